"""Uploads, jobs and engines in the console: read, play in place, cancel, retry."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display

from generation.blindness import artifacts_shown_to, jobs_shown_to
from generation.kinds import KINDS
from generation.models import Artifact, ArtifactRole, EngineProfile, Job, JobInput, Upload
from generation.services.jobs import job_cancel, job_retry
from generation.states import ArtifactState, JobState, UploadState
from generation.subjects import UploadSubject
from generation.texts import kind_text, stage_text
from moderation.blindness import not_waiting_for
from moderation.texts import reasons_text
from tongyi_portal.common import roles
from tongyi_portal.common.admin import (
    EvidenceAdmin,
    ShortId,
    facts_table,
    for_each_row,
    json_list_text,
    picture_tag,
    staff_of,
    video_tag,
)
from tongyi_portal.common.storage import signed_path

JOB_COLOURS = {
    JobState.HELD: "warning",
    JobState.QUEUED: "info",
    JobState.RUNNING: "primary",
    JobState.CHECKING: "primary",
    JobState.IN_REVIEW: "warning",
    JobState.SUCCEEDED: "success",
    JobState.REJECTED: "danger",
    JobState.FAILED: "danger",
    JobState.CANCELLED: "info",
}
UPLOAD_COLOURS = {
    UploadState.PENDING: "info",
    UploadState.IN_REVIEW: "warning",
    UploadState.ACCEPTED: "success",
    UploadState.BLOCKED: "danger",
}
ARTIFACT_COLOURS = {
    ArtifactState.WITHHELD: "info",
    ArtifactState.IN_REVIEW: "warning",
    ArtifactState.RELEASED: "success",
    ArtifactState.REFUSED: "danger",
    ArtifactState.ERASED: "info",
}


class KindFilter(admin.SimpleListFilter):
    """By kind of job, under its name instead of its key."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind, kind_text(kind)) for kind in KINDS]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class NamesKind:
    """Adds the column `kind_name`."""

    @display(description=_("kind"), ordering="kind")
    def kind_name(self, row: Any) -> str:
        return kind_text(row.kind)


def upload_picture(upload: Upload, size: str) -> SafeString:
    """The picture, veiled until a reader points at it unless it was accepted; a dash once it was erased."""
    if upload.is_erased:
        return SafeString("–")
    tag = picture_tag(signed_path("uploads", upload.pk, audience="staff"), str(upload), size)
    if upload.state == UploadState.ACCEPTED:
        return tag
    return format_html('<span class="portal-veil" tabindex="0">{}</span>', tag)


def artifact_media(artifacts: list[Artifact], size: str) -> SafeString:
    """The video with its cover as poster; only the cover in lists; veiled until released."""
    by_role = {artifact.role: artifact for artifact in artifacts}
    video, cover = by_role.get(ArtifactRole.VIDEO), by_role.get(ArtifactRole.COVER)
    poster = signed_path("artifacts", cover.pk, audience="staff") if cover else ""
    if video is None:
        return picture_tag(poster, str(cover), size) if cover else SafeString("–")
    tag = video_tag(
        signed_path("artifacts", video.pk, audience="staff"), str(video), poster=poster, size=size
    )
    if video.state == ArtifactState.RELEASED:
        return tag
    return format_html('<span class="portal-veil" tabindex="0">{}</span>', tag)


def _with_its_cover(artifact: Artifact) -> list[Artifact]:
    """A video with the cover of the same job; any other file alone."""
    if artifact.role != ArtifactRole.VIDEO:
        return [artifact]
    return [artifact, *(other for other in artifact.job.artifacts.all() if other.role == ArtifactRole.COVER)]


@admin.register(Upload)
class UploadAdmin(ShortId, EvidenceAdmin):
    list_display = ("picture", "short_id", "surface", "status", "owner", "width", "height", "created_at")
    list_display_links = ("short_id",)
    list_filter = ("state", "surface")
    search_fields = ("id", "sha256", "owner__username")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    fieldsets = (
        (
            None,
            {"fields": ("large_picture", ("surface", "state"), "reasons", ("owner", "token"), "created_at")},
        ),
        (_("File"), {"fields": (("width", "height"), ("byte_size", "mime"), "sha256", "deleted_at")}),
    )
    readonly_fields = ("large_picture", "reasons", "deleted_at")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Upload]:
        rows = super().get_queryset(request)
        return not_waiting_for(request.user, rows, subject_type=UploadSubject.key)

    @display(description=_("picture"))
    def picture(self, upload: Upload) -> SafeString:
        return upload_picture(upload, "thumb")

    @display(description=_("picture"))
    def large_picture(self, upload: Upload) -> SafeString:
        return upload_picture(upload, "large")

    @display(description=_("state"), label=UPLOAD_COLOURS)
    def status(self, upload: Upload) -> tuple[str, str]:
        return upload.state, upload.get_state_display()

    @display(description=_("reasons"))
    def reasons(self, upload: Upload) -> str:
        return reasons_text(upload.reason_codes)


@admin.register(Job)
class JobAdmin(NamesKind, ShortId, EvidenceAdmin):
    list_display = (
        "clip",
        "short_id",
        "kind_name",
        "template",
        "owner",
        "status",
        "progress_bar",
        "waited",
        "created_at",
    )
    list_display_links = ("short_id",)
    list_filter = ("state", KindFilter, "engine_key", "template_version__template")
    search_fields = ("id", "owner__username", "template_version__template__slug", "error_code")
    date_hierarchy = "created_at"
    actions = ("cancel", "retry")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("large_clip", "photos"),
                    ("state", "stage_name"),
                    "progress_bar",
                    ("kind_name", "template_version"),
                    ("owner", "token"),
                    ("error_code", "error_message"),
                    "reasons",
                )
            },
        ),
        (
            _("Times"),
            {
                "fields": (
                    ("created_at", "queued_at"),
                    ("started_at", "finished_at"),
                    ("waited", "ran"),
                    "stages",
                )
            },
        ),
        (_("Engine"), {"fields": (("engine_key", "engine_version"), ("attempt", "seed"), "wishes")}),
        (_("Files"), {"fields": ("files",)}),
    )
    readonly_fields = (
        "large_clip",
        "photos",
        "kind_name",
        "stage_name",
        "progress_bar",
        "waited",
        "ran",
        "stages",
        "files",
        "reasons",
        "wishes",
    )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Job]:
        return (
            jobs_shown_to(request.user, super().get_queryset(request))
            .select_related("owner", "token", "template_version__template")
            .prefetch_related(
                "artifacts", models.Prefetch("inputs", JobInput.objects.select_related("upload"))
            )
        )

    @display(description=_("result"))
    def clip(self, job: Job) -> SafeString:
        return artifact_media(list(job.artifacts.all()), "thumb")

    @display(description=_("result"))
    def large_clip(self, job: Job) -> SafeString:
        return artifact_media(list(job.artifacts.all()), "large")

    @display(description=_("photos"))
    def photos(self, job: Job) -> SafeString:
        return format_html_join(
            " ", "{}", ((upload_picture(job_input.upload, "large"),) for job_input in job.inputs.all())
        ) or SafeString("–")

    @display(description=_("template"), ordering="template_version__template__slug")
    def template(self, job: Job) -> str:
        return str(job.template_version.template) if job.template_version else "–"

    @display(description=_("stage"))
    def stage_name(self, job: Job) -> str:
        return stage_text(job.stage) or "–"

    @display(description=_("state"), label=JOB_COLOURS)
    def status(self, job: Job) -> tuple[str, str]:
        return job.state, job.get_state_display()

    @display(description=_("progress"), ordering="progress")
    def progress_bar(self, job: Job) -> SafeString:
        return format_html(
            '<progress class="portal-progress" max="100" value="{0}" aria-label="{1}"></progress> {0} %',
            round(job.progress * 100),
            _("progress"),
        )

    @display(description=_("waited (s)"))
    def waited(self, job: Job) -> str:
        if job.queued_at is None or job.started_at is None:
            return "–"
        return f"{(job.started_at - job.queued_at).total_seconds():.1f}"

    @display(description=_("ran (s)"), ordering="work_seconds")
    def ran(self, job: Job) -> str:
        """The worker's time alone: a review may take days."""
        return "–" if job.work_seconds is None else f"{job.work_seconds:.1f}"

    @display(description=_("seconds per stage"))
    def stages(self, job: Job) -> str:
        return json_list_text(
            f"{stage_text(stage)} {seconds:.2f}" for stage, seconds in job.stage_seconds.items()
        )

    @display(description=_("parameters"))
    def wishes(self, job: Job) -> SafeString:
        return facts_table(job.params)

    @display(description=_("reasons"))
    def reasons(self, job: Job) -> str:
        return reasons_text(job.reason_codes)

    @display(description=_("files"))
    def files(self, job: Job) -> SafeString:
        return format_html_join(
            "",
            '<p><a class="text-primary-600 dark:text-primary-500" href="{}">{}</a> · {} · {} B · {}</p>',
            (
                (
                    reverse("admin:generation_artifact_change", args=[artifact.pk]),
                    artifact.get_role_display(),
                    artifact.get_state_display(),
                    artifact.byte_size,
                    artifact.sha256[:16],
                )
                for artifact in job.artifacts.all()
            ),
        ) or SafeString("–")

    @admin.action(description=_("Cancel the selected jobs"), permissions=["operate"])
    def cancel(self, request: HttpRequest, jobs: models.QuerySet[Job]) -> None:
        for_each_row(
            request,
            jobs,
            lambda job: job_cancel(job=job, by=staff_of(request)),
            ngettext_lazy(
                "%(count)d job is being cancelled.", "%(count)d jobs are being cancelled.", "count"
            ),
        )

    @admin.action(description=_("Run the selected jobs again"), permissions=["operate"])
    def retry(self, request: HttpRequest, jobs: models.QuerySet[Job]) -> None:
        for_each_row(
            request,
            jobs,
            lambda job: job_retry(job=job, by=staff_of(request)),
            ngettext_lazy(
                "%(count)d job was queued again as a new job.",
                "%(count)d jobs were queued again as new jobs.",
                "count",
            ),
        )

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.JOB_OPERATE))


@admin.register(Artifact)
class ArtifactAdmin(ShortId, EvidenceAdmin):
    list_display = ("clip", "short_id", "role", "status", "job", "byte_size", "created_at")
    list_display_links = ("short_id",)
    list_filter = ("state", "role")
    search_fields = ("id", "job__id", "sha256")
    fieldsets = (
        (None, {"fields": ("large_clip", ("role", "state"), "job", "reasons")}),
        (
            _("File"),
            {
                "fields": (
                    ("width", "height"),
                    ("length", "byte_size"),
                    "mime",
                    "sha256",
                    "ai_label",
                )
            },
        ),
    )
    readonly_fields = ("large_clip", "length", "reasons", "ai_label")

    @display(description=_("seconds"))
    def length(self, artifact: Artifact) -> str:
        return "–" if artifact.duration_seconds is None else f"{artifact.duration_seconds:.1f}"

    @display(description=_("AI label"))
    def ai_label(self, artifact: Artifact) -> SafeString:
        return facts_table(artifact.label)

    @display(description=_("reasons"))
    def reasons(self, artifact: Artifact) -> str:
        return reasons_text(artifact.reason_codes)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Artifact]:
        rows = super().get_queryset(request).select_related("job").prefetch_related("job__artifacts")
        return artifacts_shown_to(request.user, rows)

    @display(description=_("file"))
    def clip(self, artifact: Artifact) -> SafeString:
        return artifact_media(_with_its_cover(artifact), "thumb")

    @display(description=_("file"))
    def large_clip(self, artifact: Artifact) -> SafeString:
        return artifact_media(_with_its_cover(artifact), "large")

    @display(description=_("state"), label=ARTIFACT_COLOURS)
    def status(self, artifact: Artifact) -> tuple[str, str]:
        return artifact.state, artifact.get_state_display()


@admin.register(EngineProfile)
class EngineProfileAdmin(NamesKind, ModelAdmin):  # type: ignore[misc]
    list_display = ("kind_name", "engine_key", "is_enabled", "is_default", "updated_at")
    list_filter = (KindFilter, "is_enabled")
    fields = ("kind_name", "engine_key", "is_enabled", "is_default", "params")
    readonly_fields = ("kind_name", "engine_key")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
