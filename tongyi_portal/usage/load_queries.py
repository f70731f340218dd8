"""Reads over the sums of the load: how many waited, and how busy the workers were."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Sum

from tongyi_portal.usage.local_slots import HOUR, Slot, slot_moment, stretches
from tongyi_portal.usage.models import LoadQuarter
from tongyi_portal.usage.shared_reads import shared_read


@dataclass(frozen=True)
class Load:
    """Queue and workers over a slot, by one sample a minute.

    samples: minutes that were looked at. busy, workers: sums over them. idle_while_queued: minutes of
    workers that stood idle while jobs waited.
    """

    samples: int
    queued: int
    queued_most: int
    oldest_wait_ms: int
    workers: int
    busy: int
    idle_while_queued: int

    def with_more(self, other: "Load") -> "Load":
        """Both together."""
        return Load(
            self.samples + other.samples,
            self.queued + other.queued,
            max(self.queued_most, other.queued_most),
            max(self.oldest_wait_ms, other.oldest_wait_ms),
            self.workers + other.workers,
            self.busy + other.busy,
            self.idle_while_queued + other.idle_while_queued,
        )


@shared_read
def load_by_slot(
    since: datetime, until: datetime, seconds: int, is_demo: bool | None = None
) -> Mapping[datetime, Load]:
    """Queue and workers in slots of 3600 or 86400 seconds."""
    return {
        slot_moment(slot, seconds): load for slot, load in _loads(since, until, seconds, 0, is_demo).items()
    }


@shared_read
def load_by_hour_of_day(since: datetime, until: datetime, is_demo: bool | None = None) -> Mapping[int, Load]:
    """Queue and workers by the hour of the day, 0 to 23."""
    return _loads(since, until, HOUR, 24, is_demo)


def _loads(
    since: datetime, until: datetime, seconds: int, cycle: int, is_demo: bool | None
) -> dict[int, Load]:
    found: dict[int, Load] = {}
    quarters = LoadQuarter.objects.all()
    if is_demo is not None:
        quarters = quarters.filter(is_demo=is_demo)
    for begun, ended, offset in stretches(since, until):
        rows = (
            quarters.filter(quarter__gte=begun, quarter__lt=ended)
            .order_by()
            .annotate(slot=Slot("quarter", seconds=seconds, offset=offset, cycle=cycle))
            .values_list("slot")
            .annotate(
                Sum("count"),
                Sum("queued"),
                Max("queued_most"),
                Max("oldest_wait_ms"),
                Sum("workers"),
                Sum("busy"),
                Sum("idle_while_queued"),
            )
        )
        for slot, *row in rows:
            before = found.get(slot)  # of a slot that the clock's change cut in two
            found[slot] = Load(*row) if before is None else before.with_more(Load(*row))
    return found
