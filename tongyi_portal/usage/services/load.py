"""worker_seen, worker_busy, worker_gone, load_sample: who works, and how long the queue is."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tongyi_portal.usage.models import LoadSample, WorkerBeat

QUEUE = "gpu"  # whose workers make videos; the others' tasks take moments, so nobody asks how busy they are
SEEN_WITHIN = timedelta(seconds=60)  # a worker that was not seen for so long is no longer there
FORGOTTEN_AFTER = timedelta(days=1)


def worker_seen(*, name: str, queue: str) -> None:
    """A worker shows that it is there. Call it at least every SEEN_WITHIN / 3."""
    WorkerBeat.objects.update_or_create(name=name, defaults={"queue": queue, "seen_at": timezone.now()})


def worker_busy(*, name: str, queue: str, is_busy: bool) -> None:
    """A worker begins with a job, or is done with it."""
    now = timezone.now()
    WorkerBeat.objects.update_or_create(
        name=name, defaults={"queue": queue, "seen_at": now, "busy_since": now if is_busy else None}
    )


def worker_gone(*, name: str) -> None:
    """A worker ends; one that is killed is forgotten by load_sample instead."""
    WorkerBeat.objects.filter(name=name).delete()


def workers_present(now: datetime) -> QuerySet[WorkerBeat]:
    """The workers of QUEUE that were seen lately."""
    return WorkerBeat.objects.filter(queue=QUEUE, seen_at__gte=now - SEEN_WITHIN)


@transaction.atomic
def load_sample(*, queued: int, oldest_wait_ms: int, busy: int, now: datetime | None = None) -> LoadSample:
    """Write down how many jobs wait, how many are worked on, and how many workers of QUEUE there are.

    A second call in the same minute replaces the first.
    """
    now = now or timezone.now()
    sample, _created = LoadSample.objects.update_or_create(
        at=now.replace(second=0, microsecond=0),
        is_demo=False,
        defaults={
            "queued": queued,
            "oldest_wait_ms": oldest_wait_ms,
            "workers": workers_present(now).count(),
            "busy": busy,
        },
    )
    WorkerBeat.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()
    return sample
