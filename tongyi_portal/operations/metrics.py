"""What this process counts: requests, and the life of jobs. Processes of one group share METRICS_DIR.

Each process writes files of its own there, so that whoever is asked can tell the sum of all.
"""

from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

from generation.models import Job
from generation.states import WORKING, JobState
from tongyi_portal.usage.models import UsageKind

REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
JOB_SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 180, 300, 450, 600, 900, 1200, 1500, 1800)

REQUESTS = Histogram(
    "portal_http_request_seconds",
    "Time to the first byte of the answer.",
    ["method", "route", "status"],
    buckets=REQUEST_SECONDS,
)
JOB_WAITS = Histogram(
    "portal_job_wait_seconds",
    "From queued to the first start.",
    ["kind", "engine"],
    buckets=JOB_SECONDS,
)
JOB_RUNS = Histogram(
    "portal_job_run_seconds",
    "Work of the attempt that ended the job.",
    ["kind", "engine", "outcome"],
    buckets=JOB_SECONDS,
)
JOBS_SUBMITTED = Counter("portal_jobs_submitted", "Jobs that were submitted.", ["kind"])
JOBS_STARTED = Counter("portal_jobs_started", "Attempts that were begun.", ["kind", "engine", "attempt"])
JOBS_FINISHED = Counter("portal_jobs_finished", "Jobs that have a result.", ["kind", "engine"])
JOBS_FAILED = Counter(
    "portal_jobs_failed",
    "Jobs given up, by code; attempts_exhausted is a dead letter.",
    ["kind", "engine", "code"],
)
JOBS_CANCELLED = Counter("portal_jobs_cancelled", "Jobs that were cancelled.", ["kind"])
LEASES_EXPIRED = Counter("portal_job_leases_expired", "Jobs whose worker was lost.", ["kind"])


def counted_registry() -> CollectorRegistry:
    """What all processes that share METRICS_DIR have counted."""
    _make_folder()
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(settings.METRICS_DIR))  # type: ignore[no-untyped-call]
    return registry


def request_counted(*, method: str, route: str, status: int, seconds: float) -> None:
    """One request was answered. route: the pattern, never the path: the number of patterns is limited."""
    _of(REQUESTS, method=method, route=route, status=str(status)).observe(seconds)


def event_counted(
    kind: UsageKind, *, job_kind: str, engine: str, code: str, wait_ms: int | None, run_ms: int | None
) -> None:
    """Count what a committed usage event tells of a job; events of other things are left out."""
    job = {"kind": job_kind, "engine": engine}
    match kind:
        case UsageKind.SUBMITTED:
            _of(JOBS_SUBMITTED, kind=job_kind).inc()
        case UsageKind.STARTED:
            _of(JOBS_STARTED, **job, attempt="first" if wait_ms is not None else "again").inc()
            if wait_ms is not None:
                _of(JOB_WAITS, **job).observe(wait_ms / 1000)
        case UsageKind.FINISHED:
            _of(JOBS_FINISHED, **job).inc()
        case UsageKind.FAILED:
            _of(JOBS_FAILED, **job, code=code).inc()
        case UsageKind.CANCELLED:
            _of(JOBS_CANCELLED, kind=job_kind).inc()
    if run_ms is not None:
        outcome = "finished" if kind == UsageKind.FINISHED else "failed"
        _of(JOB_RUNS, **job, outcome=outcome).observe(run_ms / 1000)


def lease_expired(before: Job, after: Job) -> bool:
    """Whether a move of this job took it from a worker that was lost.

    Only moves away from a worker are looked at: whoever makes them has read the lease anew, while a worker
    that ends its job knows the lease as it was at the claim.
    """
    away = after.state in {JobState.QUEUED, JobState.CANCELLED} or after.error_code == "attempts_exhausted"
    return away and before.state in WORKING and _is_past(before.lease_until)


def lease_counted(job_kind: str) -> None:
    """A job was taken from a worker that was lost."""
    _of(LEASES_EXPIRED, kind=job_kind).inc()


def _is_past(moment: datetime | None) -> bool:
    return moment is not None and moment < timezone.now()


def _of(metric: Any, **labels: str) -> Any:
    _make_folder()
    return metric.labels(**labels)


@cache
def _make_folder() -> None:
    settings.METRICS_DIR.mkdir(parents=True, exist_ok=True)
