"""What a worker does to the job it holds, and what becomes of jobs whose worker was lost.

Every write here carries the lease token in its guard, so a worker that lost its lease changes nothing.
"""

import logging
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone

from generation.engines.base import JobCancelled, Progress
from generation.errors import LeaseLost
from generation.models import Artifact, Job
from generation.services.artifacts import artifacts_withdraw, outputs_sweep
from generation.services.job_events import job_record, job_record_end, made_ms, wait_ms
from generation.services.jobs import RUN_TASK
from generation.services.library_results import library_ended
from generation.states import FINISHED, JOB, WORKING, JobState
from tongyi_portal.common.errors import TransitionRefused
from tongyi_portal.common.queue import enqueue
from tongyi_portal.usage.models import UsageKind

logger = logging.getLogger(__name__)
PROGRESS_EVERY_SECONDS = 1.0
ENGINE_SHARE = 0.9  # of the progress bar; scanning, labelling and storing have the rest
HEAD_OF_QUEUE = 5  # jobs that are woken again in one sweep: more would only pile up messages


@transaction.atomic
def job_claim(*, job_id: uuid.UUID) -> Job | None:
    """Take a queued job for this worker; None when it is gone, taken, cancelled or done: that is no fault."""
    token, now = uuid.uuid4().hex, timezone.now()
    taken = Job.objects.filter(pk=job_id, state=JobState.QUEUED, cancel_requested=False).update(
        state=JobState.RUNNING,
        attempt=F("attempt") + 1,
        lease_token=token,
        lease_until=now + timedelta(seconds=settings.JOB_LEASE_SECONDS),
        started_at=now,
        stage="",
        progress=0.0,
        updated_at=now,
    )
    if not taken:
        return None
    job = Job.objects.select_related("template_version").get(pk=job_id)
    job_record(job, UsageKind.STARTED, at=job.started_at, wait_ms=wait_ms(job))
    return job


class Lease:
    """A claimed job in a worker's hand; a side thread keeps the lease alive while the `with` block runs.

    The thread has its own database connection and closes it. When the lease is lost, the next `report` or
    `step` raises LeaseLost; when somebody cancelled the job, JobCancelled.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.guard: dict[str, Any] = {"lease_token": job.lease_token}
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._written_at = 0.0
        self._thread = threading.Thread(target=self._beat, name=f"lease-{job.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def report(self, progress: Progress) -> None:
        """For EngineContext.report: writes at most once a second. Raises JobCancelled, LeaseLost."""
        if self._lost.is_set():
            raise LeaseLost
        if time.monotonic() - self._written_at >= PROGRESS_EVERY_SECONDS:
            self.step(progress.stage, ENGINE_SHARE * min(1.0, max(0.0, progress.fraction)))

    def step(self, stage: str, progress: float) -> None:
        """Write the stage and the progress of the whole job now. Raises JobCancelled, LeaseLost."""
        self._written_at = time.monotonic()
        if self._mine(cancel_requested=False).update(
            stage=stage, progress=progress, updated_at=timezone.now()
        ):
            return
        if self._mine(cancel_requested=True).exists():
            raise JobCancelled
        raise LeaseLost

    def move(self, target: str, **changes: Any) -> None:
        """Move the job while the lease holds. Raises LeaseLost."""
        try:
            JOB.move(self.job, target, guard=self.guard, **changes)
        except TransitionRefused as error:
            raise LeaseLost(details=error.details) from error

    def end(self, target: str, **changes: Any) -> None:
        """Move the job to where no worker holds it. Raises LeaseLost."""
        finished_at = timezone.now() if target in FINISHED else None
        self.move(target, lease_token="", lease_until=None, finished_at=finished_at, **changes)

    def finish(self, target: str, work_seconds: float, **changes: Any) -> None:
        """End the job with a result, released or not, in the transaction that stores it. Raises LeaseLost."""
        self.end(target, progress=1.0, stage="", work_seconds=work_seconds, made_at=timezone.now(), **changes)
        job_record(self.job, UsageKind.FINISHED, at=self.job.made_at, run_ms=made_ms(self.job))

    @transaction.atomic
    def fail(self, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        """End the job as failed. details: what its owner may know besides the code. Raises LeaseLost."""
        told = {"error_code": code, "error_message": message[:2000], "error_details": dict(details or {})}
        self.end(JobState.FAILED, **told)
        job_record_end(self.job)
        _drop_outputs(self.job)

    @transaction.atomic
    def cancelled(self) -> None:
        """End the job that somebody cancelled, or whose picture was blocked meanwhile. Raises LeaseLost."""
        self.job.refresh_from_db()
        self.end(_end_of_cancelled(self.job))
        job_record_end(self.job)
        _drop_outputs(self.job)

    def give_back(self, code: str, message: str) -> None:
        """Queue the job again at once, or fail it when it has had all its attempts; end a cancelled one.

        Raises LeaseLost.
        """
        with transaction.atomic():
            _requeue(self.job, self.guard, code, message)

    def _mine(self, **conditions: Any) -> Any:
        return Job.objects.filter(pk=self.job.pk, state__in=WORKING, **self.guard, **conditions)

    def _beat(self) -> None:
        try:
            while not self._stop.wait(settings.JOB_HEARTBEAT_SECONDS):
                until = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
                try:
                    if not self._mine().update(lease_until=until):
                        self._lost.set()
                        return
                except DatabaseError:
                    logger.exception("heartbeat not written", extra={"job_id": str(self.job.pk)})
        finally:
            connection.close()


def jobs_requeue_lost() -> int:
    """Queue again, or fail, every job whose lease ran out; wake the head of the queue. Safe at any time.

    Returns how many jobs had lost their worker.
    """
    now = timezone.now()
    lost = Job.objects.filter(state__in=WORKING, lease_until__lt=now).order_by("queued_at")
    count = 0
    for job in lost:
        try:
            count += _recover(job)
        except DatabaseError:  # the next sweep finds it again; the others must not wait for it
            logger.exception("lost job not recovered", extra={"job_id": str(job.pk)})
    stale = now - timedelta(seconds=settings.JOB_WAKE_AGAIN_SECONDS)
    head = Job.objects.filter(state=JobState.QUEUED).order_by("queued_at", "pk")[:HEAD_OF_QUEUE]
    for job in head:
        asleep = Job.objects.filter(pk=job.pk, state=JobState.QUEUED, woken_at__lt=stale)
        if asleep.update(woken_at=now):
            enqueue(RUN_TASK, job.pk)
    return count


def _end_of_cancelled(job: Job) -> JobState:
    """Whoever cancelled for a reason was moderation."""
    return JobState.REJECTED if job.reason_codes else JobState.CANCELLED


def _drop_outputs(job: Job) -> None:
    """Remove what lost or failed attempts left: open reviews, rows without a file, files without a row."""
    library_ended(job=job, code=job.error_code or "job_cancelled")
    artifacts_withdraw(job=job)
    Artifact.objects.filter(job=job, key="").delete()
    outputs_sweep(job=job)


@transaction.atomic
def _recover(job: Job) -> bool:
    guard = {"lease_token": job.lease_token, "lease_until": job.lease_until}
    try:
        _requeue(job, guard, "worker_lost", "The worker stopped in the middle of the job.")
    except LeaseLost:
        return False
    logger.warning("job lost its worker", extra={"job_id": str(job.pk), "attempt": job.attempt})
    return True


def _requeue(job: Job, guard: dict[str, Any], code: str, message: str) -> None:
    """Back to the queue, at its old place, or to FAILED after the last attempt.

    A job that was cancelled meanwhile ends instead; the row is locked, so that nobody cancels in between.
    """
    now = timezone.now()
    free: dict[str, Any] = {"lease_token": "", "lease_until": None, "stage": "", "progress": 0.0}
    try:
        job.refresh_from_db(from_queryset=Job.objects.select_for_update(of=("self",)))
        if job.cancel_requested:
            JOB.move(job, _end_of_cancelled(job), guard=guard, finished_at=now, **free)
            job_record_end(job)
            _drop_outputs(job)
        elif job.attempt < settings.JOB_MAX_ATTEMPTS:
            JOB.move(job, JobState.QUEUED, guard=guard, woken_at=now, error_message=message, **free)
            enqueue(RUN_TASK, job.pk)
        else:
            JOB.move(
                job,
                JobState.FAILED,
                guard=guard,
                finished_at=now,
                error_code="attempts_exhausted",
                error_message=f"{code}: {message}"[:2000],
                **free,
            )
            job_record_end(job)
            _drop_outputs(job)
    except (TransitionRefused, Job.DoesNotExist) as error:
        raise LeaseLost from error
