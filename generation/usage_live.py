"""How things stand now: queue, running jobs, waits of the last hour, workers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from generation.models import Job
from generation.selectors import oldest_queued_at
from generation.states import WORKING, JobState
from moderation.statistics import percentile
from tongyi_portal.usage.queries import recent_waits
from tongyi_portal.usage.services.load import workers_present

LAST = timedelta(hours=1)


@dataclass(frozen=True)
class LiveState:
    """oldest_seconds: how long the first in the queue has waited. wait_p50, wait_p95: seconds, of those that
    started in the last hour; None when none did. workers: seen lately; busy: of these, with a job.
    """

    now: datetime
    queued: int
    running: int
    oldest_seconds: float | None
    started: int
    wait_p50: float | None
    wait_p95: float | None
    workers: int
    busy: int


def live_state(now: datetime) -> LiveState:
    """Read from the jobs, the workers' own signs and the last hour's events."""
    jobs = Job.objects.order_by()
    working = jobs.filter(state__in=WORKING).count()
    oldest = oldest_queued_at()
    waits = recent_waits(now - LAST, now)
    workers = workers_present(now).aggregate(
        known=Count("pk"), busy=Count("pk", filter=Q(busy_since__isnull=False))
    )
    return LiveState(
        now=now,
        queued=jobs.filter(state=JobState.QUEUED).count(),
        running=working,
        oldest_seconds=(now - oldest).total_seconds() if oldest else None,
        started=len(waits),
        wait_p50=percentile(waits, 0.5),
        wait_p95=percentile(waits, 0.95),
        workers=workers["known"],
        busy=workers["busy"],
    )
