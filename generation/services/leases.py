"""What a worker does to the job it holds, and what becomes of jobs whose worker was lost.

Every write here carries the lease token in its guard, so a worker that lost its lease changes nothing.
"""

import logging
import math
import os
import random
import socket
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from generation import retries
from generation.engines.base import JobCancelled, Progress
from generation.errors import LeaseLost, OverTimeLimit
from generation.models import Artifact, Job, WakeUp
from generation.services.artifacts import artifacts_withdraw, outputs_sweep
from generation.services.job_events import job_record, job_record_end, made_ms, wait_ms
from generation.services.library_results import library_ended
from generation.services.wake_ups import wake_up_write
from generation.states import FINISHED, JOB, WORKING, JobState
from tongyi_portal.accounts.models import User
from tongyi_portal.common.errors import TransitionRefused
from tongyi_portal.usage.models import UsageKind

logger = logging.getLogger(__name__)
PROGRESS_EVERY_SECONDS = 1.0
ENGINE_SHARE = 0.9  # of the progress bar; scanning, labelling and storing have the rest
FAILURES_KEPT = 10
# What is nobody's fault outside: an operator may queue such a job again once the cause is mended.
DEAD_LETTER_CODES = frozenset({"attempts_exhausted", "internal_error", "time_limit", "engine_out_of_memory"})


@transaction.atomic
def job_claim(*, job_id: uuid.UUID, account_limit: int | None = None) -> Job | None:
    """Take a queued job for this worker; None when it is gone, taken, paused, cancelled or done: that is no
    fault; and where its account has `account_limit` jobs in work.
    """
    if account_limit is not None and not _has_place(job_id, account_limit):
        return None
    token, now = uuid.uuid4().hex, timezone.now()
    due = Q(not_before__isnull=True) | Q(not_before__lte=now)
    taken = Job.objects.filter(due, pk=job_id, state=JobState.QUEUED, cancel_requested=False).update(
        state=JobState.RUNNING,
        attempt=F("attempt") + 1,
        lease_token=token,
        lease_until=now + timedelta(seconds=settings.JOB_LEASE_SECONDS),
        worker=f"{socket.gethostname()}:{os.getpid()}"[:120],
        started_at=now,
        stage="",
        progress=0.0,
        updated_at=now,
    )
    if not taken:
        return None
    WakeUp.objects.filter(pk=job_id).delete()
    job = Job.objects.select_related("template_version").get(pk=job_id)
    job_record(job, UsageKind.STARTED, at=job.started_at, wait_ms=wait_ms(job))
    return job


def _has_place(job_id: uuid.UUID, limit: int) -> bool:
    """Whether the job's account has fewer jobs in work; two workers that ask at once ask one after
    another.
    """
    owner = User.objects.select_for_update(of=("self",), no_key=True).filter(jobs=job_id).first()
    return owner is not None and Job.objects.filter(owner=owner, state__in=WORKING).count() < limit


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
        self._stops_at = math.inf
        self._thread = threading.Thread(target=self._beat, name=f"lease-{job.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def limit(self, stops_at: float) -> None:
        """Let `report` and `step` raise OverTimeLimit from then on, by the monotonic clock."""
        self._stops_at = stops_at

    def report(self, progress: Progress) -> None:
        """For EngineContext.report: writes at most once a second.

        Raises JobCancelled, LeaseLost, OverTimeLimit.
        """
        if self._lost.is_set():
            raise LeaseLost
        if time.monotonic() >= self._stops_at:
            raise OverTimeLimit
        if time.monotonic() - self._written_at >= PROGRESS_EVERY_SECONDS:
            self.step(progress.stage, ENGINE_SHARE * min(1.0, max(0.0, progress.fraction)))

    def step(self, stage: str, progress: float) -> None:
        """Write the stage and the progress of the whole job now.

        Raises JobCancelled, LeaseLost, OverTimeLimit.
        """
        if time.monotonic() >= self._stops_at:
            raise OverTimeLimit
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
        self.end(JobState.FAILED, dead_at=timezone.now() if code in DEAD_LETTER_CODES else None, **told)
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
        """Queue the job again, or fail it when it has had all its attempts; end a cancelled one.

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
    """Queue again, or fail, every job whose lease ran out; how many had lost their worker. Safe at any
    time.
    """
    lost = Job.objects.filter(state__in=WORKING, lease_until__lt=timezone.now()).order_by("queued_at")
    count = 0
    for job in lost:
        try:
            count += _recover(job)
        except DatabaseError:  # the next sweep finds it again; the others must not wait for it
            logger.exception("lost job not recovered", extra={"job_id": str(job.pk)})
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
        _requeue(job, guard, retries.WORKER_LOST, "The worker stopped in the middle of the job.")
    except LeaseLost:
        return False
    losses = sum(failure["code"] == retries.WORKER_LOST for failure in job.failures)
    level = logging.WARNING if losses == 1 else logging.ERROR  # once may be chance
    facts = {"job_id": str(job.pk), "attempt": job.attempt, "worker": job.worker, "losses": losses}
    logger.log(level, "job lost its worker", extra=facts)
    return True


def _requeue(job: Job, guard: dict[str, Any], code: str, message: str) -> None:
    """Back to the queue, at its old place, or to FAILED after the last attempt.

    A job that was cancelled meanwhile ends instead; the row is locked, so that nobody cancels in between.
    """
    now = timezone.now()
    free: dict[str, Any] = {"lease_token": "", "lease_until": None, "stage": "", "progress": 0.0}
    try:
        job.refresh_from_db(from_queryset=Job.objects.select_for_update(of=("self",)))
        failure = {"attempt": job.attempt, "code": code, "message": message[:500], "at": now.isoformat()}
        free["failures"] = [*job.failures, {**failure, "worker": job.worker}][-FAILURES_KEPT:]
        counted = job.attempt - job.attempt_base
        if job.cancel_requested:
            JOB.move(job, _end_of_cancelled(job), guard=guard, finished_at=now, **free)
            job_record_end(job)
            _drop_outputs(job)
        elif counted < settings.JOB_MAX_ATTEMPTS or code == retries.WORKER_STOPPED:
            not_before = _pause(code, counted)
            base = job.attempt_base + (code == retries.WORKER_STOPPED)
            JOB.move(
                job,
                JobState.QUEUED,
                guard=guard,
                not_before=not_before,
                attempt_base=base,
                error_message=message[:2000],
                **free,
            )
            wake_up_write(job, due_at=not_before)
        else:
            JOB.move(
                job,
                JobState.FAILED,
                guard=guard,
                finished_at=now,
                dead_at=now,
                error_code="attempts_exhausted",
                error_message=f"{code}: {message}"[:2000],
                **free,
            )
            job_record_end(job)
            _drop_outputs(job)
            logger.error("job given up", extra={"job_id": str(job.pk), "code": code})
    except (TransitionRefused, Job.DoesNotExist) as error:
        raise LeaseLost from error


def _pause(code: str, counted: int) -> datetime | None:
    seconds = retries.pause_after(
        code, counted, base_seconds=settings.JOB_RETRY_PAUSE_SECONDS, chance=random.random()
    )
    return timezone.now() + timedelta(seconds=seconds) if seconds else None
