"""usage_roll_up: sums of all events so far, also of the hour that is still open; safe to run at any time."""

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from tongyi_portal.usage.models import LateHour, RollupMark, UsageEvent
from tongyi_portal.usage.services.salts import salts_purge
from tongyi_portal.usage.services.sums import day_spans, hour_spans, sums_write
from tongyi_portal.usage.slots import HOUR, day_end, day_start, days_touched, hour_from, hour_of

logger = logging.getLogger(__name__)
# A closed hour is summed again for so long, as a transaction may commit events minutes after they happened.
# None lasts longer: web requests end after one minute, and an event is written at the end of a task's work.
SETTLED_AFTER = timedelta(minutes=15)
LATE_AT_ONCE = 48
SECONDS = 45.0  # for one run; the next one goes on


def usage_roll_up(*, now: datetime | None = None, seconds: float = SECONDS) -> datetime:
    """Sum what is new and what came late; returns up to when the sums are complete.

    Each step is one transaction that begins by locking the mark, so two runs at once only wait for one
    another. Running it again changes nothing.
    """
    now = now or timezone.now()
    ends_at = time.monotonic() + seconds
    _mark_make(now)
    while _sum_late() and time.monotonic() < ends_at:
        pass
    while True:
        until, is_done = _sum_next(now)
        if is_done or time.monotonic() >= ends_at:
            return until


def usage_sum(*, since: datetime, until: datetime) -> None:
    """Sum the hours and the days that [since, until) touches anew, whatever the mark says.

    For history written at once and for repairs; run usage_roll_up before writing it, so that the mark is not
    left behind it. Hours whose events may be gone already are left as they are.
    """
    _mark_make(since)
    since = hour_of(since)
    while since < until:
        end = min(_day_over(since), hour_from(until))
        with transaction.atomic():
            mark = RollupMark.objects.select_for_update().get()
            _sum([(since, end)], mark)
        since = end


def mark_locked() -> RollupMark:
    """The mark, for a transaction that changes sums or removes events. Made when there is none yet."""
    _mark_make(timezone.now())
    return RollupMark.objects.select_for_update().get()


def _mark_make(now: datetime) -> None:
    if RollupMark.objects.exists():
        return
    first = UsageEvent.objects.aggregate(first=Min("at"))["first"] or now
    mark = RollupMark(pk=1, until=hour_of(min(first, now)), rolled_at=now)
    RollupMark.objects.bulk_create([mark], ignore_conflicts=True)


@transaction.atomic
def _sum_late() -> bool:
    """Sum hours that events came to afterwards; were there any?

    The notes are deleted first: whoever is just writing one into the same hour holds its row, and we wait.
    """
    mark = RollupMark.objects.select_for_update().get()
    hours = list(LateHour.objects.order_by("hour").values_list("hour", flat=True)[:LATE_AT_ONCE])
    for hour in hours:
        LateHour.objects.filter(hour=hour).delete()
    _sum([(hour, hour + HOUR) for hour in hours], mark)
    return bool(hours)


@transaction.atomic
def _sum_next(now: datetime) -> tuple[datetime, bool]:
    """Sum what is left of a day, and the open hours; up to when are the sums complete, and is that all?"""
    mark = RollupMark.objects.select_for_update().get()
    end_of_all, settled = hour_of(now) + HOUR, hour_of(now - SETTLED_AFTER)
    end = _day_over(mark.until)
    if end > settled:
        end = end_of_all
    _sum([(mark.until, end)], mark)
    mark.until = max(mark.until, min(end, settled))
    mark.rolled_at = now
    mark.save(update_fields=["until", "rolled_at"])
    closed = mark.until.astimezone(timezone.get_default_timezone()).date()
    salts_purge(before=closed)
    return mark.until, end == end_of_all


def _day_over(hour: datetime) -> datetime:
    """The first whole hour after the day in which an hour begins: up to there is summed at once."""
    return hour_from(day_end(hour.astimezone(timezone.get_default_timezone()).date()))


def _sum(hours: Iterable[tuple[datetime, datetime]], mark: RollupMark) -> None:
    """Write the sums of spans of whole hours and of the days they touch, as far as all events are there."""
    kept = [(max(since, mark.kept_from), until) for since, until in hours if until > mark.kept_from]
    for since, until in kept:
        sums_write(hour_spans(since, until))
    days = {day for since, until in kept for day in days_touched(since, until)}
    for day in sorted(days):
        if day_start(day) >= mark.kept_from:
            sums_write(day_spans(day))
