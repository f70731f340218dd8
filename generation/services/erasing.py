"""job_erase, artifact_wipe, upload_take_down: results leave for good, as owners or people in them wish."""

import logging
import uuid
from collections.abc import Collection, Iterator

from django.db import transaction
from django.utils import timezone

from generation.errors import JobStillRunning
from generation.models import Artifact, IdempotencyKey, Job, JobInput, Upload
from generation.services.artifacts import SUBJECT_KEY
from generation.services.job_events import job_record, job_record_end
from generation.services.jobs import job_withdraw
from generation.services.uploads import upload_erase, upload_wipe
from generation.states import ARTIFACT, FINISHED, JOB, WORKING, ArtifactState, JobState
from moderation.services.reviews import reviews_drop
from tongyi_portal.common import storage
from tongyi_portal.usage.models import UsageKind

logger = logging.getLogger(__name__)
WITHDRAWN_REASON = "likeness_consent"
WIPED_AT_ONCE = 500


@transaction.atomic
def artifacts_erase(*, job: Job, reason_codes: Collection[str] = ()) -> int:
    """Take all files of a result from everybody at once, to be wiped on commit. Call it with the job locked.

    While the storage fails the rows keep their keys, and artifact_wipe is tried again.
    """
    rows = list(job.artifacts.exclude(state=ArtifactState.ERASED))
    for row in rows:
        reviews_drop(SUBJECT_KEY, row.pk)
        ARTIFACT.move(row, ArtifactState.ERASED, reason_codes=list(reason_codes))
        transaction.on_commit(lambda pk=row.pk: artifact_wipe(artifact_id=pk), robust=True)  # type: ignore[misc]
    return len(rows)


def artifact_wipe(*, artifact_id: uuid.UUID) -> None:
    """Remove the file of an erased artifact, and only then its key. Safe to call twice.

    Raises StorageUnavailable.
    """
    erased = Artifact.objects.filter(pk=artifact_id, state=ArtifactState.ERASED).exclude(key="").first()
    if erased is not None:
        storage.erase(storage.OUTPUTS, erased.key)
        Artifact.objects.filter(pk=artifact_id).update(key="", updated_at=timezone.now())


def artifacts_unwiped() -> list[uuid.UUID]:
    """Erased artifacts whose file is still there, the longest erased first."""
    unwiped = Artifact.objects.filter(state=ArtifactState.ERASED).exclude(key="").order_by("updated_at")
    return list(unwiped.values_list("pk", flat=True)[:WIPED_AT_ONCE])


def job_erase(*, job_id: uuid.UUID) -> int:
    """Erase a result and what was asked for: files, texts of the request. The row stays, and is not shown.

    A job in work is stopped first. Safe to call twice. Raises JobStillRunning until its worker has let go of
    it, StorageUnavailable.
    """
    with transaction.atomic():
        job = Job.objects.select_for_update(of=("self",)).get(pk=job_id)
        if job.state not in FINISHED:
            job_withdraw(job)
            job.refresh_from_db()
        if job.state in WORKING:
            is_running = True
        else:
            is_running = False
            artifacts_erase(job=job)
            job.params = {key: value for key, value in job.params.items() if isinstance(value, int | float)}
            is_first = job.erased_at is None
            job.error_message, job.failures, job.erased_at = "", [], job.erased_at or timezone.now()
            job.save(update_fields=["params", "error_message", "failures", "erased_at", "updated_at"])
            IdempotencyKey.objects.filter(job=job).delete()
            if is_first:
                job_record(job, UsageKind.DELETED, at=job.erased_at)
    if is_running:
        raise JobStillRunning(details={"job": str(job_id)})
    rows = list(job.artifacts.exclude(key="").values_list("pk", flat=True))
    for artifact_id in rows:
        artifact_wipe(artifact_id=artifact_id)
    for key in storage.keys_below(storage.OUTPUTS, storage.output_folder(job_id)):
        storage.erase(storage.OUTPUTS, key)
    return len(rows)


@transaction.atomic
def upload_take_down(*, upload_id: uuid.UUID) -> int:
    """The person in a picture no longer agrees: erase it and all that was made of it; how many results.

    Unfinished jobs are cancelled, finished ones refused, both with the reason. Safe to call twice.
    """
    upload = Upload.objects.select_for_update(of=("self",)).filter(pk=upload_id).first()
    if upload is None:
        logger.info("consent to a picture that is gone", extra={"upload_id": str(upload_id)})
        return 0
    using = JobInput.objects.filter(upload=upload).values("job")
    jobs = list(Job.objects.select_for_update(of=("self",)).filter(pk__in=using).order_by("created_at"))
    taken_down = sum(_take_down(job) for job in jobs)
    upload_erase(upload=upload)
    return taken_down


def uploads_erase_of(owner_id: uuid.UUID) -> int:
    """Erase all pictures of an account. Raises StorageUnavailable; safe to call again then."""
    count = 0
    for upload in Upload.objects.filter(owner_id=owner_id).exclude(key="", deleted_at__isnull=False):
        upload_erase(upload=upload)
        upload_wipe(upload_id=upload.pk)
        count += 1
    return count


def jobs_erase_of(owner_id: uuid.UUID) -> int:
    """Erase all results of an account. Raises JobStillRunning, StorageUnavailable; call it again then."""
    waiting: JobStillRunning | None = None
    count = 0
    for job_id in _jobs_left(owner_id):
        try:
            job_erase(job_id=job_id)
            count += 1
        except JobStillRunning as error:
            waiting = error
    if waiting is not None:
        raise waiting
    return count


def _jobs_left(owner_id: uuid.UUID) -> Iterator[uuid.UUID]:
    owned = Job.objects.filter(owner_id=owner_id)
    yield from list(owned.filter(erased_at__isnull=True).values_list("pk", flat=True))
    unwiped = owned.filter(erased_at__isnull=False).exclude(artifacts__key="").filter(artifacts__isnull=False)
    yield from list(unwiped.values_list("pk", flat=True).distinct())


def _take_down(job: Job) -> bool:
    reasons = [WITHDRAWN_REASON]
    if job.state in WORKING:
        Job.objects.filter(pk=job.pk).update(
            cancel_requested=True, reason_codes=reasons, updated_at=timezone.now()
        )
        return True
    has_files = artifacts_erase(job=job, reason_codes=reasons) > 0
    if job.state in {JobState.SUCCEEDED, JobState.IN_REVIEW}:
        JOB.move(job, JobState.REJECTED, reason_codes=reasons, finished_at=timezone.now())
        return True
    if job.state not in FINISHED:
        JOB.move(
            job, JobState.CANCELLED, cancel_requested=True, reason_codes=reasons, finished_at=timezone.now()
        )
        job_record_end(job)
        return True
    return has_files
