"""LiveGauges: how things stand now, read from the database whenever somebody looks.

Every web process tells the same, so a query takes the maximum of them, not the sum.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.db.models import Count, Max, Min
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from generation.models import Job, WakeUp
from generation.selectors import queue_load
from generation.services.dead_letters import DEAD_LETTERS
from generation.states import UNFINISHED, WORKING
from moderation.queue_selectors import backlog_counts_recent
from tongyi_portal.usage.models import LoadSample, WorkerBeat
from tongyi_portal.usage.services.load import QUEUE, SEEN_WITHIN
from tongyi_portal.webhooks.models import Delivery
from tongyi_portal.webhooks.states import DeliveryState

logger = logging.getLogger(__name__)
FAILED_WITHIN = timedelta(days=1)
Gauges = Iterator[GaugeMetricFamily]


class LiveGauges(Collector):
    """portal_database_up is 0, and nothing else is told, while the database does not answer."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        groups: tuple[Callable[[], Gauges], ...] = (_queue, _jobs, _workers, _webhooks, _reviews)
        try:
            gauges = [gauge for group in groups for gauge in group()]
        except DatabaseError:
            logger.warning("gauges not read", exc_info=True)
            gauges = []
        return [_one("portal_database_up", "Whether the database answers.", float(bool(gauges))), *gauges]


def _queue() -> Gauges:
    now, loads = timezone.now(), queue_load()
    queued = GaugeMetricFamily("portal_queue_jobs", "Jobs that wait.", labels=["worker_class", "kind"])
    oldest = GaugeMetricFamily(
        "portal_queue_oldest_seconds", "How long the first has waited.", labels=["worker_class", "kind"]
    )
    for load in loads:
        queued.add_metric([QUEUE, load.kind], load.queued)
        oldest.add_metric([QUEUE, load.kind], max(0.0, _since(now, load.oldest_queued_at)))
    work = GaugeMetricFamily(
        "portal_queue_work_seconds",
        "Expected work of all that waits: what workers are scaled by.",
        labels=["worker_class"],
    )
    work.add_metric([QUEUE], sum(load.work_seconds for load in loads))
    yield from (queued, oldest, work)
    unsent = WakeUp.objects.filter(sent_at__isnull=True, due_at__lte=now).aggregate(oldest=Min("due_at"))
    yield _one(
        "portal_wake_ups_lag_seconds",
        "How long the first wake-up has not been sent.",
        _since(now, unsent["oldest"]),
    )


def _jobs() -> Gauges:
    unfinished = Job.objects.filter(state__in=UNFINISHED).order_by()
    counts = dict(unfinished.values_list("state").annotate(Count("pk")))
    jobs = GaugeMetricFamily("portal_jobs", "Jobs that have not ended, by state.", labels=["state"])
    for state in sorted(UNFINISHED):
        jobs.add_metric([state], counts.get(state, 0))
    yield jobs
    dead = Job.objects.filter(DEAD_LETTERS).count()
    yield _one("portal_dead_letters", "Jobs given up that no operator has queued again.", dead)
    lost = Job.objects.filter(state__in=WORKING, lease_until__lt=timezone.now()).count()
    yield _one(
        "portal_jobs_without_worker", "Jobs whose lease ran out and that no sweep has found yet.", lost
    )


def _workers() -> Gauges:
    now = timezone.now()
    present = WorkerBeat.objects.filter(seen_at__gte=now - SEEN_WITHIN).order_by()
    workers = GaugeMetricFamily("portal_workers", "Workers that were seen lately.", labels=["worker_class"])
    busy = GaugeMetricFamily("portal_workers_busy", "Those that have a job.", labels=["worker_class"])
    for queue, seen, with_job in present.values_list("queue").annotate(Count("pk"), Count("busy_since")):
        workers.add_metric([queue], seen)
        busy.add_metric([queue], with_job)
    yield from (workers, busy)
    sampled = LoadSample.objects.filter(is_demo=False).aggregate(at=Max("at"))["at"]
    if sampled is not None:
        age = (now - sampled).total_seconds()
        yield _one("portal_clock_age_seconds", "Since the clock's last sample; it takes one a minute.", age)


def _webhooks() -> Gauges:
    now = timezone.now()
    waiting = Delivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=now).aggregate(
        deliveries=Count("pk"), oldest=Min("due_at")
    )
    yield _one("portal_webhooks_due", "Deliveries that wait for a sender.", waiting["deliveries"])
    yield _one(
        "portal_webhooks_lag_seconds",
        "How long the first of them has been due.",
        _since(now, waiting["oldest"]),
    )
    given_up = Delivery.objects.filter(
        state=DeliveryState.FAILED, updated_at__gte=now - FAILED_WITHIN
    ).count()
    yield _one("portal_webhooks_given_up", "Deliveries given up within a day.", given_up)


def _reviews() -> Gauges:
    backlog = backlog_counts_recent()
    reviews = GaugeMetricFamily("portal_reviews", "Items that nobody has decided.", labels=["state"])
    for state in ("open", "claimed", "answered"):
        reviews.add_metric([state], getattr(backlog, state))
    yield reviews
    yield _one("portal_reviews_overdue", "Items whose time is over.", backlog.overdue)
    late = _since(timezone.now(), backlog.next_due_at)
    yield _one("portal_reviews_late_seconds", "How late the first item is; below 0: still in time.", late)


def _since(now: datetime, moment: datetime | None) -> float:
    """Seconds; 0 for no moment."""
    return (now - moment).total_seconds() if moment is not None else 0.0


def _one(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
