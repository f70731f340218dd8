"""Dance videos and takes in the console: read only, as evidence; the way in is the page "New from video"."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from moderation.blindness import not_waiting_for
from moderation.texts import reasons_text
from templates_app.editor_pages.findings import findings
from templates_app.models import MotionVideo, Take, TemplateVersion
from templates_app.motion_limits import motion_measures
from templates_app.motion_page import editor_address, motion_urls
from templates_app.motion_subject import MotionVideoSubject
from templates_app.motion_texts import motion_faults_list
from templates_app.services.motion_checks import motion_extract
from templates_app.services.motions import motion_erase
from templates_app.states import MotionState
from templates_app.work import Work, work_on
from tongyi_portal.common import roles
from tongyi_portal.common.admin import (
    EvidenceAdmin,
    ShortId,
    for_each_row,
    json_list_text,
    picture_tag,
    staff_of,
    video_tag,
)
from tongyi_portal.common.storage import signed_path

NOT_TAKEN = "not_taken"
MOTION_COLOURS: dict[str, str] = {
    MotionState.RECEIVING: "primary",
    MotionState.CHECKING: "primary",
    MotionState.REFUSED: "danger",
    MotionState.IN_REVIEW: "warning",
    MotionState.BLOCKED: "danger",
    MotionState.ACCEPTED: "success",
    MotionState.ABANDONED: "info",
    NOT_TAKEN: "danger",
}


VERDICTS = {"kept": _("✓ kept"), "broken": _("✗ not kept"), "noted": _("note"), "unknown": "–"}
SAID = ("fault_list", "note_list", "reasons", "take_link", "measures")


def versions_links(versions: Any) -> SafeString:
    """Each version with a link to its page and one to its editor."""
    return format_html_join(
        " · ",
        '<a class="portal-link" href="{}">{}</a> (<a class="portal-link" href="{}">{}</a>)',
        (
            (
                reverse("admin:templates_app_templateversion_change", args=[version.pk]),
                f"v{version.number} {version.get_state_display()}",
                editor_address(version.pk),
                _("editor"),
            )
            for version in versions
        ),
    ) or SafeString("–")


class ShortFileName:
    """Its column of a list: as much as fits beside the others, the whole on pointing at it."""

    @display(description=_("file name"), ordering="file_name")
    def short_name(self, row: MotionVideo | Take) -> SafeString:
        return format_html('<span class="portal-cut" title="{0}">{0}</span>', row.file_name)


@admin.register(MotionVideo)
class MotionVideoAdmin(ShortFileName, ShortId, EvidenceAdmin):
    list_display = ("short_name", "template", "status", "how_far", "length", "owner", "created_at")
    list_filter = ("state",)
    search_fields = ("id", "file_name", "sha256", "owner__username", "template__search_text")
    list_select_related = ("owner", "template", "take")
    date_hierarchy = "created_at"
    actions = ("extract", "erase")
    actions_list = ("new_from_video",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "clip",
                    ("template", "owner"),
                    ("standing", "how_far"),
                    "again",
                    "fault_list",
                    "note_list",
                    "reasons",
                    "take_link",
                    ("created_at", "erased_at"),
                )
            },
        ),
        (_("Limits"), {"fields": ("measures",)}),
        (
            _("File"),
            {
                "fields": (
                    "file_name",
                    ("byte_size", "received_bytes"),
                    ("width", "height"),
                    ("fps", "length"),
                    ("codec", "mime", "has_audio"),
                    "sha256",
                )
            },
        ),
    )
    readonly_fields = ("clip", "standing", "how_far", "again", "length", *SAID)

    def get_urls(self) -> list[URLPattern]:
        return [*motion_urls(), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[MotionVideo]:
        rows = super().get_queryset(request)
        return not_waiting_for(request.user, rows, subject_type=MotionVideoSubject.key)

    @action(description=_("New from video"), url_path="from-video", permissions=["edit"], icon="video_call")
    def new_from_video(self, request: HttpRequest) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:motion_new"))

    def has_edit_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm(roles.TEMPLATE_EDIT))

    @display(description=_("state"), label=MOTION_COLOURS)
    def status(self, motion: MotionVideo) -> tuple[str, str]:
        """That of the video; of an accepted one without a movement, that the work on it has ended."""
        work = _extraction(motion)
        if work is not None and work.is_finished:
            return NOT_TAKEN, gettext("movement not taken")
        return motion.state, motion.get_state_display()

    @display(description=_("state"))
    def standing(self, motion: MotionVideo) -> str:
        """The same on the video's page, which shows no labels."""
        return self.status(motion)[1]

    @display(description=_("progress"))
    def how_far(self, motion: MotionVideo) -> SafeString | str:
        """Of the upload, then of the job that takes its movement; why that failed; else a dash."""
        if motion.state == MotionState.RECEIVING:
            return _bar(motion.received_bytes / max(1, motion.byte_size), "")
        if hasattr(motion, "take"):
            return gettext("movement taken")
        work = _extraction(motion)
        if work is None:
            return "–"
        if work.is_finished:
            return work.error_text or gettext("Taking the movement was stopped.")
        return _bar(work.progress, work.stage_text)

    @display(description=_("next step"))
    def again(self, motion: MotionVideo) -> SafeString | str:
        """The page on which the movement is taken again, where nobody is at it."""
        work = _extraction(motion)
        if not _is_usable(motion) or (work is not None and not work.is_finished):
            return "–"
        address = f"{reverse('admin:motion_new')}?motion={motion.pk}"
        return format_html('<a class="portal-link" href="{}">{}</a>', address, _("Take the movement again"))

    @display(description=_("seconds"), ordering="duration_seconds")
    def length(self, motion: MotionVideo) -> str:
        return "–" if motion.duration_seconds is None else f"{motion.duration_seconds:.1f}"

    @display(description=_("clip"))
    def clip(self, motion: MotionVideo) -> SafeString:
        """Veiled until it is accepted."""
        if not motion.key:
            return SafeString("–")
        tag = video_tag(signed_path("motions", motion.pk, audience="staff"), str(motion), size="large")
        if motion.state == MotionState.ACCEPTED:
            return tag
        return format_html('<span class="portal-veil" tabindex="0">{}</span>', tag)

    @display(description=_("faults"))
    def fault_list(self, motion: MotionVideo) -> SafeString:
        """Of the video; of one that has none, why its movement could not be taken."""
        work = _extraction(motion)
        if work is not None and work.error_text:
            return format_html("<p>{}</p>", work.error_text)
        return _faults(motion, is_blocking=True)

    @display(description=_("notes"))
    def note_list(self, motion: MotionVideo) -> SafeString:
        return _faults(motion, is_blocking=False)

    @display(description=_("measured"))
    def measures(self, motion: MotionVideo) -> SafeString:
        """Each limit, what was measured, and whether it is kept."""
        heads = (_("limit"), _("allowed"), _("measured"), _("verdict"))
        rows = format_html_join(
            "",
            '<tr><th scope="row">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>',
            (
                (one.label, one.allowed, one.measured or "–", VERDICTS[one.verdict])
                for one in motion_measures(motion)
            ),
        )
        if not rows:
            return SafeString("–")
        head = format_html_join("", '<th scope="col">{}</th>', ((one,) for one in heads))
        return format_html('<table class="portal-facts"><tr>{}</tr>{}</table>', head, rows)

    @display(description=_("reasons"))
    def reasons(self, motion: MotionVideo) -> str:
        return reasons_text(motion.reason_codes)

    @display(description=_("take"))
    def take_link(self, motion: MotionVideo) -> SafeString:
        if not hasattr(motion, "take"):
            return SafeString("–")
        address = reverse("admin:templates_app_take_change", args=[motion.take.pk])
        return format_html(
            '<a class="portal-link" href="{}">{}</a> · {}',
            address,
            _("take"),
            versions_links(motion.take.versions.order_by("number")),
        )

    @admin.action(description=_("Take the movement of the selected videos again"), permissions=["edit"])
    def extract(self, request: HttpRequest, motions: models.QuerySet[MotionVideo]) -> None:
        for_each_row(
            request,
            motions,
            lambda motion: motion_extract(motion=motion, by=staff_of(request)),
            ngettext_lazy("%(count)d extraction was queued.", "%(count)d extractions were queued.", "count"),
        )

    @admin.action(description=_("Erase the selected videos for good"), permissions=["edit"])
    def erase(self, request: HttpRequest, motions: models.QuerySet[MotionVideo]) -> None:
        for_each_row(
            request,
            motions,
            lambda motion: motion_erase(motion=motion, by=staff_of(request)),
            ngettext_lazy("%(count)d video was erased.", "%(count)d videos were erased.", "count"),
        )


def _is_usable(motion: MotionVideo) -> bool:
    """Whether a movement can be taken from it and has not been."""
    return motion.state == MotionState.ACCEPTED and motion.erased_at is None and not hasattr(motion, "take")


def _extraction(motion: MotionVideo) -> Work | None:
    """The newest job on a video that waits for its movement; looked up once for all that a row shows."""
    if not hasattr(motion, "extraction"):
        motion.extraction = work_on("motion", motion.pk) if _is_usable(motion) else None  # type: ignore[attr-defined]
    return cast(Work | None, motion.extraction)  # type: ignore[attr-defined]


def _faults(motion: MotionVideo, *, is_blocking: bool) -> SafeString:
    faults = [one for one in motion_faults_list(motion.faults) if one["is_blocking"] == is_blocking]
    return format_html_join("", "<p>{}</p>", ((fault["message"],) for fault in faults)) or SafeString("–")


def _bar(share: float, words: str) -> SafeString:
    return format_html(
        '<progress class="portal-progress" max="100" value="{0}" aria-label="{1}"></progress> {0} % {2}',
        round(share * 100),
        _("progress"),
        words,
    )


@admin.register(Take)
class TakeAdmin(ShortFileName, ShortId, EvidenceAdmin):
    list_display = (
        "short_id",
        "template",
        "origin",
        "short_name",
        "length",
        "track_count",
        "bpm",
        "created_at",
    )
    list_filter = ("origin",)
    search_fields = ("id", "file_name", "template__search_text", "pose_sha256")
    list_select_related = ("template",)
    date_hierarchy = "created_at"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "clip",
                    "strip",
                    ("template", "created_by"),
                    ("origin", "source"),
                    "version_list",
                    "remarks",
                )
            },
        ),
        (
            _("Movement"),
            {
                "fields": (
                    ("length", "fps"),
                    ("frame_count", "track_count"),
                    ("bpm", "aspect"),
                    "people",
                    "found",
                    ("engine_key", "engine_version"),
                    "pose_sha256",
                )
            },
        ),
    )
    readonly_fields = ("clip", "strip", "version_list", "remarks", "length", "people", "found")

    @display(description=_("seconds"))
    def length(self, take: Take) -> str:
        return f"{take.frame_count / take.fps:.1f}"

    @display(description=_("clip"))
    def clip(self, take: Take) -> SafeString:
        if not take.proxy_key:
            return SafeString("–")
        return video_tag(signed_path("take-proxies", take.pk, audience="staff"), str(take), size="large")

    @display(description=_("strip of pictures"))
    def strip(self, take: Take) -> SafeString:
        if not take.strip_key:
            return SafeString("–")
        return picture_tag(signed_path("take-strips", take.pk, audience="staff"), str(take), "large")

    @display(description=_("versions"))
    def version_list(self, take: Take) -> SafeString:
        return versions_links(TemplateVersion.objects.filter(take=take).order_by("number"))

    @display(description=_("notes"))
    def remarks(self, take: Take) -> str:
        return json_list_text(take.notes)

    @display(description=_("performers"))
    def people(self, take: Take) -> SafeString:
        return _lines(_track_text(number, track) for number, track in enumerate(take.tracks, 1))

    @display(description=_("analysis"))
    def found(self, take: Take) -> SafeString:
        return _lines(findings(take.analysis))


def _track_text(number: int, track: Mapping[str, Any]) -> str:
    seen = gettext("seen %(share)s %%, sure %(confidence)s %%") % {
        "share": round(100 * track["seen_share"]),
        "confidence": round(100 * track["mean_confidence"]),
    }
    return f"{gettext('track %(number)s') % {'number': number}}: {seen}"


def _lines(texts: Iterable[str]) -> SafeString:
    return format_html_join(SafeString("<br>"), "{}", ((text,) for text in texts)) or SafeString("–")
