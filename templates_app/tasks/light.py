"""Tasks of the light queue: dance videos, versions handed in, what the clock does, views of covers."""

import logging
import uuid

from celery import shared_task

from templates_app.models import MotionVideo, TemplateVersion
from templates_app.services import featuring, handing_in, scheduling
from templates_app.services.covers import cover_view_record
from templates_app.services.motion_checks import motion_check, motions_unchecked
from templates_app.services.motions import (
    CHECK_TASK,
    motion_wipe,
    motions_erased_lately,
    motions_expire,
    motions_unwiped,
)
from tongyi_portal.common.queue import enqueue
from tongyi_portal.common.storage import StorageUnavailable

logger = logging.getLogger(__name__)


@shared_task
def check_motion(motion_id: str) -> None:
    """Check one video that has come whole. Safe to run twice."""
    motion = MotionVideo.objects.filter(pk=uuid.UUID(motion_id)).first()
    if motion is None:
        logger.info("no such video", extra={"motion_id": motion_id})
        return
    motion_check(motion=motion)


@shared_task
def check_cut_off_motions() -> None:
    """Check the videos again whose check was cut off. Safe at any time."""
    for motion_id in motions_unchecked():
        enqueue(CHECK_TASK, motion_id)


@shared_task
def expire_motions() -> None:
    """Give up the uploads with which nobody goes on. Safe to run twice."""
    motions_expire()


@shared_task
def wipe_motions() -> None:
    """Remove files of erased videos that were left there, or came late. Safe to run twice."""
    for motion_id in dict.fromkeys([*motions_unwiped(), *motions_erased_lately()]):
        try:
            motion_wipe(motion_id=motion_id)
        except StorageUnavailable:
            logger.exception("erased video not wiped", extra={"motion_id": str(motion_id)})


@shared_task
def check_version(version_id: str) -> None:
    """Have one version that was handed in scanned. Safe to run twice."""
    version = TemplateVersion.objects.select_related("template").filter(pk=uuid.UUID(version_id)).first()
    if version is None:
        logger.info("no such version", extra={"version_id": version_id})
        return
    handing_in.version_check(version=version)


@shared_task
def check_cut_off_versions() -> None:
    """Check the versions again whose check was cut off. Safe at any time."""
    for version_id in handing_in.versions_unchecked():
        enqueue(handing_in.CHECK_TASK, version_id)


@shared_task
def versions_advance() -> None:
    """Let due versions go live and retire. Safe at any time and to run twice."""
    scheduling.versions_advance()


@shared_task
def featured_refresh() -> None:
    """Bring the catalogue's featured positions up to date with the clock. Safe to run twice."""
    featuring.featured_refresh()


@shared_task
def record_cover_view(view: str) -> None:
    """Note that a viewer was shown a cover that is tried out: "<variant>:<viewer>". Safe to run twice."""
    variant_id, _, viewer = view.partition(":")
    cover_view_record(variant_id=int(variant_id), viewer=viewer)
