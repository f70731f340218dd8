"""MotionVideoSubject: what a reviewer sees of a dance video, and what a decision does to it."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from moderation.subject_registry import SubjectContent, SubjectPreview, SubjectTypeBase, ids_after
from moderation.taxonomy import Surface
from templates_app.models import MotionVideo
from templates_app.services.motion_checks import motion_decide
from templates_app.services.motions import SUBJECT_KEY, motion_erase, motion_wipe
from templates_app.states import MotionState
from tongyi_portal.common import storage


class MotionVideoSubject(SubjectTypeBase):
    """A clip that a curator uploaded to make a template of."""

    key = SUBJECT_KEY
    label = _("dance video")

    def preview(self, subject_id: uuid.UUID) -> SubjectPreview | None:
        """The clip itself, behind an address that only staff may open."""
        motion = (
            MotionVideo.objects.select_related("owner")
            .filter(pk=subject_id, erased_at__isnull=True)
            .exclude(key="")
            .first()
        )
        if motion is None:
            return None
        return SubjectPreview(
            title=motion.file_name,
            media="video",
            url=storage.signed_path("motions", motion.pk, audience="staff"),
            text="",
            owner_name=motion.owner.get_username(),
        )

    def on_decision(self, subject_id: uuid.UUID, *, approved: bool, reason_codes: list[str]) -> None:
        """Approved: its movement is taken. Refused: nobody but reviewers sees it any more."""
        motion_decide(motion_id=subject_id, approved=approved, reason_codes=reason_codes)

    @contextmanager
    def content(self, subject_id: uuid.UUID) -> Iterator[SubjectContent | None]:
        """The stored video. Raises StorageUnavailable, FileMissing."""
        motion = MotionVideo.objects.filter(pk=subject_id, erased_at__isnull=True).exclude(key="").first()
        if motion is None:
            yield None
            return
        with tempfile.TemporaryDirectory() as folder:
            path = storage.fetch_to(storage.UPLOADS, motion.key, Path(folder) / "video")
            yield SubjectContent("video", Surface.MOTION_VIDEO, owner_id=motion.owner_id, path=path)

    def standing_ids(self, after: uuid.UUID | None = None) -> Iterator[uuid.UUID]:
        """Accepted videos: curators see them, and movements are taken from them."""
        return ids_after(
            MotionVideo.objects.filter(state=MotionState.ACCEPTED, erased_at__isnull=True), after
        )

    def erase(self, subject_id: uuid.UUID) -> None:
        """With the pictures and the sound of its take. Raises StorageUnavailable."""
        motion = MotionVideo.objects.filter(pk=subject_id).first()
        if motion is not None:
            motion_erase(motion=motion, by=None)
            motion_wipe(motion_id=subject_id)
