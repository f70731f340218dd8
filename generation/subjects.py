"""UploadSubject and ArtifactSubject: what a reviewer sees of them, and what a decision does."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from generation.models import Artifact, Job, Upload
from generation.services import artifacts, erasing, uploads
from generation.services.job_events import job_facts, upload_facts
from generation.states import ArtifactState, UploadState
from generation.texts import kind_text
from moderation.provenance.reading import Provenance
from moderation.provenance.scan_labels import scan_labels
from moderation.subject_registry import SubjectContent, SubjectPreview, SubjectTypeBase, ids_after
from moderation.taxonomy import Surface
from tongyi_portal.common import storage
from tongyi_portal.common.storage import signed_path
from tongyi_portal.usage.models import UsageKind
from tongyi_portal.usage.services.recording import UsageFacts
from tongyi_portal.vision.media import read_image


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

    @contextmanager
    def content(self, subject_id: uuid.UUID) -> Iterator[SubjectContent | None]:
        """The stored picture. Raises StorageUnavailable, FileMissing."""
        upload = Upload.objects.filter(pk=subject_id, deleted_at__isnull=True).exclude(key="").first()
        if upload is None:
            yield None
            return
        with tempfile.TemporaryDirectory() as folder:
            path = storage.fetch_to(storage.UPLOADS, upload.key, Path(folder) / "picture")
            yield SubjectContent(
                "image",
                Surface(upload.surface),
                owner_id=upload.owner_id,
                pixels=read_image(path),
                provenance=scan_labels(Provenance.from_json(upload.provenance)),
            )

    def standing_ids(self, after: uuid.UUID | None = None) -> Iterator[uuid.UUID]:
        """Accepted pictures: their owners use them."""
        accepted = Upload.objects.filter(state=UploadState.ACCEPTED, deleted_at__isnull=True)
        return ids_after(accepted, after)

    def erase(self, subject_id: uuid.UUID) -> None:
        """Raises StorageUnavailable."""
        upload = Upload.objects.filter(pk=subject_id).first()
        if upload is not None:
            uploads.upload_erase(upload=upload)
            uploads.upload_wipe(upload_id=subject_id)

    def usage_facts(self, subject_id: uuid.UUID) -> UsageFacts:
        upload = Upload.objects.filter(pk=subject_id).first()
        return upload_facts(upload) if upload is not None else {}

    def withdraw_consent(self, subject_id: uuid.UUID) -> int:
        """The picture is erased as well: it shows the person."""
        return erasing.upload_take_down(upload_id=subject_id)


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

    @contextmanager
    def content(self, subject_id: uuid.UUID) -> Iterator[SubjectContent | None]:
        """The stored video or picture. Raises StorageUnavailable, FileMissing."""
        artifact = Artifact.objects.select_related("job").filter(pk=subject_id).exclude(key="").first()
        if artifact is None:
            yield None
            return
        job = artifact.job
        with tempfile.TemporaryDirectory() as folder:
            path = storage.fetch_to(storage.OUTPUTS, artifact.key, Path(folder) / "result")
            if artifact.mime.startswith("video/"):
                yield SubjectContent("video", Surface.OUTPUT, job.kind, job.owner_id, path=path)
            else:
                pixels = read_image(path)
                yield SubjectContent("image", Surface.OUTPUT, job.kind, job.owner_id, pixels=pixels)

    def standing_ids(self, after: uuid.UUID | None = None) -> Iterator[uuid.UUID]:
        """Released results."""
        released = Artifact.objects.filter(state=ArtifactState.RELEASED).exclude(key="")
        return ids_after(released, after)

    def act_of(self, subject_id: uuid.UUID) -> uuid.UUID:
        """The job: its owner asked once for all of its files."""
        job_id = Artifact.objects.filter(pk=subject_id).values_list("job_id", flat=True).first()
        return job_id or subject_id

    def usage_facts(self, subject_id: uuid.UUID) -> UsageFacts:
        job = Job.objects.filter(artifacts=subject_id).select_related("template_version").first()
        return job_facts(job, UsageKind.MODERATED) if job is not None else {}

    def erase(self, subject_id: uuid.UUID) -> None:
        """With the other files of the same result, as they show the same.

        Raises JobStillRunning, StorageUnavailable.
        """
        job_id = Artifact.objects.filter(pk=subject_id).values_list("job_id", flat=True).first()
        if job_id is not None:
            erasing.job_erase(job_id=job_id)
