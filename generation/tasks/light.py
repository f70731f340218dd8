"""Tasks of the light queue: finding lost jobs, judging pictures again, cleaning up."""

import logging
import uuid
from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.db import connection

from generation import runner
from generation.models import Upload
from generation.selectors import video_counts
from generation.services.direct_uploads import direct_uploads_expire
from generation.services.erasing import artifact_wipe, artifacts_unwiped
from generation.services.idempotency import idempotency_keys_purge
from generation.services.leases import jobs_requeue_lost
from generation.services.load import queue_sample
from generation.services.uploads import upload_judge_stored, upload_wipe, uploads_unjudged, uploads_unwiped
from generation.services.wake_ups import wake_ups_relay
from templates_app.services.popularity import popularity_store
from tongyi_portal.common.queue import enqueue
from tongyi_portal.common.storage import StorageUnavailable

logger = logging.getLogger(__name__)


@shared_task
def requeue_lost() -> None:
    """Bring back jobs whose worker or wake-up was lost, and pictures whose scan was. Safe at any time."""
    if jobs_requeue_lost():
        runner.purge_scratch()
    wake_ups_relay()
    for upload_id in uploads_unjudged():
        enqueue("generation.tasks.light.judge_upload", upload_id)


@shared_task
def judge_upload(upload_id: str) -> None:
    """Scan one picture whose first scan was interrupted. Safe to run twice."""
    upload = Upload.objects.filter(pk=uuid.UUID(upload_id), deleted_at__isnull=True).first()
    if upload is not None:
        upload_judge_stored(upload=upload)


@shared_task
def purge_scratch() -> None:
    """Remove scratch folders of attempts that are over."""
    runner.purge_scratch()


@shared_task
def wipe_uploads() -> None:
    """Remove files of erased pictures that the storage failed to remove before. Safe to run twice."""
    for upload_id in uploads_unwiped():
        try:
            upload_wipe(upload_id=upload_id)
        except StorageUnavailable:
            logger.exception("erased picture not wiped", extra={"upload_id": str(upload_id)})


@shared_task
def wipe_artifacts() -> None:
    """Remove files of erased results that the storage failed to remove before. Safe to run twice."""
    for artifact_id in artifacts_unwiped():
        try:
            artifact_wipe(artifact_id=artifact_id)
        except StorageUnavailable:
            logger.exception("erased result not wiped", extra={"artifact_id": str(artifact_id)})


@shared_task
def expire_direct_uploads() -> None:
    """Erase what lies in the object store and was not completed in time. Safe to run twice."""
    try:
        direct_uploads_expire()
    except StorageUnavailable:
        logger.exception("expired originals not erased")


@shared_task
def purge_idempotency_keys() -> None:
    """Forget idempotency keys after a day. Safe to run twice."""
    idempotency_keys_purge()


@shared_task
def refresh_popularity() -> None:
    """Order the library by what videos are made with. Safe to run twice."""
    popularity_store(counts=video_counts())


@shared_task
def sample_load() -> None:
    """Write down how long the queue is and how many workers there are. Safe to run twice."""
    queue_sample()


@worker_ready.connect
def _at_start(**_kwargs: Any) -> None:
    """A worker looks for lost jobs, and for what lost attempts left behind, as soon as it is up."""
    jobs_requeue_lost()
    wake_ups_relay()
    runner.purge_scratch()
    connection.close()
