"""Reads over the sums, each a statement or two over small tables; the only reader of usage for views.

Whole days are read from the sums of days, the rest of a period from those of quarters or hours. Moments
that come back are on the local clock, without a zone. All sums, also of hours and days that are not over, are
as fresh as `fresh_to` says. Demo data is counted with everything else; `has_demo` tells.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet, Sum
from django.utils import timezone

from tongyi_portal.common.report_periods import Period
from tongyi_portal.usage.local_slots import (
    DAY,
    HALVES_A_WEEK,
    HOUR,
    Slot,
    slot_moment,
    slot_of_week,
    stretches,
)
from tongyi_portal.usage.models import (
    HOURS_OF_DAY,
    TEMPLATE_KINDS,
    DayPersons,
    DayReason,
    DaySubject,
    DayTemplate,
    DayTime,
    DayTotal,
    HourReason,
    HourTemplate,
    HourTime,
    Measure,
    QuarterTotal,
    RollupMark,
    UsageEvent,
    UsageKind,
)
from tongyi_portal.usage.services.rollups import SETTLED_AFTER
from tongyi_portal.usage.shared_reads import shared_read
from tongyi_portal.usage.slots import day_start, hour_of

T = TypeVar("T", bound=Model)
Kinds = tuple[str, ...]
SlotCounts = Mapping[datetime, Mapping[str, int]]
Buckets = Mapping[int, int]
Timed = dict[str, dict[int, dict[int, int]]]  # by measure, slot and bucket
_FIRST_DAY = date(1970, 1, 1)


@dataclass(frozen=True)
class Wanted:
    """Whose sums: from `since` to before `until`; of one app, template, engine, or of all.

    since: a midnight of the site. A sum that begins before `until` counts as a whole. app: NONE for the
    portal's own pages. without: kinds of jobs that are left out. is_demo: only demo data, or none of it; None
    for both.
    """

    since: datetime
    until: datetime
    app: UUID | None = None
    template: UUID | None = None
    engine: str = ""
    without: Kinds = ()
    is_demo: bool | None = None

    @property
    def cut(self) -> datetime:
        """Midnight after the last whole day of the period."""
        return max(day_start(self.until.astimezone(timezone.get_default_timezone()).date()), self.since)

    @property
    def days(self) -> dict[str, date]:
        """The whole days, as a filter of `day`."""
        zone = timezone.get_default_timezone()
        return {"day__gte": self.since.astimezone(zone).date(), "day__lt": self.cut.astimezone(zone).date()}

    def narrow(self, rows: QuerySet[T]) -> QuerySet[T]:
        """The rows that the filters leave, but for period and template."""
        if self.app is not None:
            rows = rows.filter(app=self.app)
        if self.engine:
            rows = rows.filter(engine=self.engine)
        if self.is_demo is not None:
            rows = rows.filter(is_demo=self.is_demo)
        return rows.exclude(job_kind__in=self.without) if self.without else rows


@dataclass(frozen=True)
class Reason:
    """How often something happened for one reason. code: verdict, fault, error; reason: of a verdict."""

    kind: str
    code: str
    reason: str
    scanner: str
    surface: str
    engine: str
    count: int


@shared_read
def fresh_to() -> datetime | None:
    """Up to when the sums are complete, those of the open hour too; None when none were ever made."""
    mark = RollupMark.objects.first()
    if mark is None:
        return None
    is_up_to_date = mark.until >= hour_of(mark.rolled_at - SETTLED_AFTER)
    return mark.rolled_at if is_up_to_date else mark.until


@shared_read
def has_demo(first: date, last: date) -> bool:
    """Whether demo data lies in these days; told by the smallest table that has a row for each day."""
    days = {"day__gte": first, "day__lte": last, "is_demo": True}
    return (
        DayPersons.objects.filter(**days).exists()
        or DaySubject.objects.filter(**days).exists()
        or QuarterTotal.objects.filter(
            quarter__gte=day_start(last), quarter__lt=day_start(last + timedelta(days=1)), is_demo=True
        ).exists()
    )


@shared_read
def counts_by_slot(wanted: Wanted, kinds: Kinds, seconds: int) -> SlotCounts:
    """Events of each kind in slots of 900, 1800, 3600 or 86400 seconds; with a template of 3600 or more."""
    if wanted.template is not None and seconds < HOUR:
        raise ValueError("a template has sums by hours, not by shorter slots")
    found: dict[datetime, dict[str, int]] = defaultdict(dict)
    since = wanted.since
    if seconds == DAY and wanted.template is None:
        since = wanted.cut
        days = wanted.narrow(DayTotal.objects.filter(**wanted.days, kind__in=kinds)).order_by()
        for day, kind, count in days.values_list("day", "kind").annotate(total=Sum("count")):
            found[slot_moment((day - _FIRST_DAY).days, DAY)][kind] = count
    for slot, kind, count in _slotted(replace(wanted, since=since), kinds, seconds, 0):
        counts = found[slot_moment(slot, seconds)]
        counts[kind] = counts.get(kind, 0) + count
    return found


@shared_read
def counts_by_week(wanted: Wanted, kind: str) -> Mapping[tuple[int, int], int]:
    """Events of one kind by weekday (0 is Monday) and half-hour; with a template by whole hours."""
    step, cycle = (HOUR, 168) if wanted.template is not None else (HOUR // 2, HALVES_A_WEEK)
    found: dict[tuple[int, int], int] = defaultdict(int)
    for slot, _kind, count in _slotted(wanted, (kind,), step, cycle):
        found[slot_of_week(slot * step // 1800)] += count
    return found


@shared_read
def kind_totals(wanted: Wanted) -> Mapping[str, int]:
    """Events of every kind in the whole period, also those of which there are none; of all templates."""
    if wanted.template is not None:
        raise ValueError("of one template not every kind is summed by hours")
    rest = {"quarter__gte": wanted.cut, "quarter__lt": wanted.until}
    parts: list[QuerySet[Any]] = [
        DayTotal.objects.filter(**wanted.days),
        QuarterTotal.objects.filter(**rest),
    ]
    totals = dict.fromkeys(UsageKind.values, 0)
    for part in parts:
        for kind, count in wanted.narrow(part).order_by().values_list("kind").annotate(total=Sum("count")):
            totals[kind] += count
    return totals


@shared_read
def template_totals(wanted: Wanted, period: Period, kinds: Kinds) -> Mapping[UUID, Mapping[str, int]]:
    """Events of TEMPLATE_KINDS by template, also where there are none; a cut day is told by its hours."""
    found: dict[UUID, dict[str, int]] = defaultdict(lambda: dict.fromkeys(kinds, 0))
    last = period.last - timedelta(days=1) if period.cut else period.last
    days = wanted.narrow(DayTemplate.objects.filter(day__gte=period.first, day__lte=last)).order_by()
    for template, *counts in days.values_list("template").annotate(*[Sum(kind) for kind in kinds]):
        found[template] = dict(zip(kinds, counts, strict=True))
    if period.cut:
        hours = HourTemplate.objects.filter(hour__gte=day_start(period.last), hour__lt=period.cut)
        rows = wanted.narrow(hours).filter(kind__in=kinds).order_by()
        for template, kind, count in rows.values_list("template", "kind").annotate(total=Sum("count")):
            found[template][kind] += count
    return found


def times_by_slot(wanted: Wanted, measure: Measure, seconds: int) -> Mapping[datetime, Buckets]:
    """Buckets of waits or runs in slots of 3600 or 86400 seconds; the template is left out of account."""
    return {
        slot_moment(slot, seconds): counts
        for slot, counts in _timed_by_slot(wanted, seconds)[measure].items()
    }


def times_by_hour_of_day(wanted: Wanted, measure: Measure) -> Mapping[int, Buckets]:
    """Buckets of waits or runs by the hour of the day, 0 to 23; the template is left out of account."""
    return _timed_by_hour_of_day(wanted)[measure]


def times_together(wanted: Wanted, measure: Measure) -> Buckets:
    """Buckets of all waits or runs of the period."""
    together: dict[int, int] = defaultdict(int)
    for counts in times_by_hour_of_day(wanted, measure).values():
        for bucket, count in counts.items():
            together[bucket] += count
    return together


def reasons(wanted: Wanted, kinds: Kinds) -> list[Reason]:
    """How often each kind of event had which code, from which scanner, on which surface and engine."""
    return [one for one in _every_reason(wanted) if one.kind in kinds]


@shared_read
def subject_totals(wanted: Wanted, period: Period) -> Mapping[str, Mapping[str, int]]:
    """Events of whole days by what the photo shows, then by kind; the cut of a period is passed over."""
    rows = wanted.narrow(DaySubject.objects.filter(day__gte=period.first, day__lte=period.last))
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for subject, kind, count in (
        rows.order_by().values_list("subject_kind", "kind").annotate(total=Sum("count"))
    ):
        found[subject][kind] = count
    return found


@shared_read
def persons_by_day(
    first: date, last: date, app: UUID | None = None, is_demo: bool | None = None
) -> Mapping[tuple[date, UUID], int]:
    """Different persons by day and app. Numbers of two days, or two apps, must not be added up."""
    rows = DayPersons.objects.filter(day__gte=first, day__lte=last)
    if app is not None:
        rows = rows.filter(app=app)
    if is_demo is not None:
        rows = rows.filter(is_demo=is_demo)
    totals = rows.order_by().values_list("day", "app").annotate(total=Sum("count"))
    return {(day, own): count for day, own, count in totals}


@shared_read
def apps_seen() -> list[UUID]:
    """Apps that ever had persons, the portal's own pages among them as NONE."""
    return list(DayPersons.objects.order_by("app").values_list("app", flat=True).distinct())


def recent_waits(since: datetime, until: datetime) -> list[float]:
    """Waits in seconds, ascending, of all that started in a short time; the one read of raw events.

    Meant for the live strip's last hour, which no sum holds exactly. Without demo data.
    """
    rows = UsageEvent.objects.filter(
        at__gte=since, at__lt=until, kind=UsageKind.STARTED, is_demo=False, wait_ms__isnull=False
    )
    return sorted((wait or 0) / 1000 for wait in rows.values_list("wait_ms", flat=True))


def _counted(wanted: Wanted) -> tuple[QuerySet[Any], str]:
    """The table that counts shorter slots, and its field of time: by quarters, with a template by hours."""
    if wanted.template is not None:
        return wanted.narrow(HourTemplate.objects.filter(template=wanted.template)), "hour"
    return wanted.narrow(QuarterTotal.objects.all()), "quarter"


def _slotted(wanted: Wanted, kinds: Kinds, seconds: int, cycle: int) -> list[tuple[int, str, int]]:
    rows, field = _counted(wanted)
    if wanted.template is not None and not set(kinds) <= set(TEMPLATE_KINDS):
        raise ValueError(f"of a template {TEMPLATE_KINDS} are summed by hours, got {kinds}")
    found: list[tuple[int, str, int]] = []
    for since, until, offset in stretches(wanted.since, wanted.until):
        found += (
            rows.filter(**{f"{field}__gte": since, f"{field}__lt": until}, kind__in=kinds)
            .order_by()
            .annotate(slot=Slot(field, seconds=seconds, offset=offset, cycle=cycle))
            .values_list("slot", "kind")
            .annotate(total=Sum("count"))
        )
    return found


@shared_read
def _every_reason(wanted: Wanted) -> list[Reason]:
    """Of all kinds together: a page asks for several, and none has many reasons."""
    parts: list[QuerySet[Any]] = [
        DayReason.objects.filter(**wanted.days),
        HourReason.objects.filter(hour__gte=wanted.cut, hour__lt=wanted.until),
    ]
    fields = ("kind", "code", "reason", "scanner", "surface", "engine")
    found: Counter[tuple[str, str, str, str, str, str]] = Counter()
    for part in parts:
        for row in wanted.narrow(part).order_by().values_list(*fields).annotate(total=Sum("count")):
            found[row[:6]] += row[6]
    return [Reason(*key, count) for key, count in found.items()]


@shared_read
def _timed_by_slot(wanted: Wanted, seconds: int) -> Timed:
    """Waits and runs together: by measure, slot and bucket."""
    found: Timed = {measure: {} for measure in Measure.values}
    since = wanted.since
    if seconds == DAY:
        since = wanted.cut
        days = wanted.narrow(DayTime.objects.filter(**wanted.days)).order_by()
        for measure, day, bucket, count in days.values_list("measure", "day", "bucket").annotate(
            total=Sum("count")
        ):
            found[measure].setdefault((day - _FIRST_DAY).days, {})[bucket] = count
    _hours_add(found, replace(wanted, since=since), seconds, 0)
    return found


@shared_read
def _timed_by_hour_of_day(wanted: Wanted) -> Timed:
    """Waits and runs together: by measure, hour of the day and bucket."""
    found: Timed = {measure: {} for measure in Measure.values}
    hours = [Sum(hour) for hour in HOURS_OF_DAY]
    days = wanted.narrow(DayTime.objects.filter(**wanted.days)).order_by()
    for measure, bucket, *counts in days.values_list("measure", "bucket").annotate(*hours):
        for hour, count in enumerate(counts):
            if count:
                found[measure].setdefault(hour, {})[bucket] = count
    _hours_add(found, replace(wanted, since=wanted.cut), HOUR, 24)
    return found


def _hours_add(found: Timed, wanted: Wanted, seconds: int, cycle: int) -> None:
    """Add the waits and runs of the period's hours."""
    for since, until, offset in stretches(wanted.since, wanted.until):
        rows = (
            wanted.narrow(HourTime.objects.filter(hour__gte=since, hour__lt=until))
            .order_by()
            .annotate(slot=Slot("hour", seconds=seconds, offset=offset, cycle=cycle))
            .values_list("measure", "slot", "bucket")
            .annotate(total=Sum("count"))
        )
        for measure, slot, bucket, count in rows:
            counts = found[measure].setdefault(slot, {})
            counts[bucket] = counts.get(bucket, 0) + count
