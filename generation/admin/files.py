"""Uploads and artifacts in the console: read, played in place."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from generation.blindness import artifacts_shown_to
from generation.models import Artifact, ArtifactRole, Upload
from generation.states import ArtifactState, UploadState
from generation.subjects import UploadSubject
from moderation.blindness import not_waiting_for
from moderation.texts import reasons_text
from tongyi_portal.common.admin import (
    EvidenceAdmin,
    ShortId,
    facts_table,
    picture_tag,
    video_tag,
)
from tongyi_portal.common.storage import signed_path

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
