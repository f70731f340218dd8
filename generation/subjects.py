"""UploadSubject and ArtifactSubject: what a reviewer sees of them, and what a decision does."""

import uuid

from django.utils.translation import gettext_lazy as _

from generation.models import Artifact, Upload
from generation.services import artifacts, uploads
from generation.texts import kind_text
from moderation.subject_registry import SubjectPreview, SubjectTypeBase
from tongyi_portal.common.storage import signed_path


class UploadSubject(SubjectTypeBase):
    """A picture that somebody gave."""

    key = uploads.SUBJECT_KEY
    label = _("uploaded picture")

    def preview(self, subject_id: uuid.UUID) -> SubjectPreview | None:
        upload = Upload.objects.select_related("owner").filter(pk=subject_id, deleted_at__isnull=True).first()
        if upload is None:
            return None
        return SubjectPreview(
            title=str(upload.get_surface_display()),
            media="image",
            url=signed_path("uploads", upload.pk, audience="staff"),
            text="",
            owner_name=upload.owner.get_username(),
        )

    def on_decision(self, subject_id: uuid.UUID, *, approved: bool, reason_codes: list[str]) -> None:
        uploads.upload_decide(upload_id=subject_id, approved=approved, reason_codes=reason_codes)


class ArtifactSubject(SubjectTypeBase):
    """A file that a job made."""

    key = artifacts.SUBJECT_KEY
    label = _("generated result")

    def preview(self, subject_id: uuid.UUID) -> SubjectPreview | None:
        artifact = Artifact.objects.select_related("job__owner").filter(pk=subject_id).exclude(key="").first()
        if artifact is None:
            return None
        return SubjectPreview(
            title=f"{artifact.get_role_display()}, {kind_text(artifact.job.kind)}",
            media="video" if artifact.mime.startswith("video/") else "image",
            url=signed_path("artifacts", artifact.pk, audience="staff"),
            text="",
            owner_name=artifact.job.owner.get_username(),
        )

    def on_decision(self, subject_id: uuid.UUID, *, approved: bool, reason_codes: list[str]) -> None:
        artifacts.artifact_decide(artifact_id=subject_id, reason_codes=reason_codes)
