"""Sums are what counting the events one by one gives, however often and late they are made."""

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.factories.usage import NOON, TEMPLATES, busy_days, event
from tongyi_portal.usage.models import (
    HOURS_OF_DAY,
    NONE,
    TEMPLATE_KINDS,
    DayPersons,
    DayReason,
    DaySalt,
    DaySubject,
    DayTemplate,
    DayTime,
    DayTotal,
    HourReason,
    HourTemplate,
    HourTime,
    LateHour,
    LoadQuarter,
    LoadSample,
    QuarterTotal,
    RollupMark,
    UsageEvent,
    UsageKind,
)
from tongyi_portal.usage.services.rollups import usage_roll_up, usage_sum

pytestmark = pytest.mark.django_db
SUMS = (
    *(QuarterTotal, HourTemplate, HourTime, HourReason, LoadQuarter),
    *(DayTotal, DayTime, DayReason, DayTemplate, DaySubject, DayPersons),
)


def stored() -> dict[str, set[tuple[Any, ...]]]:
    """All sums, without the ids of their rows."""
    return {
        model.__name__: set(
            model.objects.values_list(
                *[field.name for field in model._meta.concrete_fields if field.name != "id"]
            )
        )
        for model in SUMS
    }


def day_of(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo("Asia/Shanghai")).date()


def test_sums_are_what_counting_one_by_one_gives() -> None:
    events = busy_days(NOON - timedelta(days=2), 3)
    usage_roll_up(now=NOON + timedelta(days=2))
    split = [(one.app_id or NONE, one.job_kind, one.engine, False) for one in events]

    def begin(at: datetime, minutes: int) -> datetime:
        return at.replace(minute=at.minute // minutes * minutes, second=0, microsecond=0)

    quarters = Counter((*rest, begin(one.at, 15), one.kind) for one, rest in zip(events, split, strict=True))
    fields = ("app", "job_kind", "engine", "is_demo")
    assert quarters == {
        row[:-1]: row[-1] for row in QuarterTotal.objects.values_list(*fields, "quarter", "kind", "count")
    }
    templates = Counter(
        (*rest, begin(one.at, 60), one.template_id, one.kind)
        for one, rest in zip(events, split, strict=True)
        if one.template_id and one.kind in TEMPLATE_KINDS
    )
    assert templates == {
        row[:-1]: row[-1]
        for row in HourTemplate.objects.values_list(*fields, "hour", "template", "kind", "count")
    }
    days = Counter(
        (day_of(one.at), one.template_id, one.kind)
        for one in events
        if one.template_id and one.kind in TEMPLATE_KINDS
    )
    found: Counter[Any] = Counter()
    for day, template, *counts in DayTemplate.objects.values_list("day", "template", *TEMPLATE_KINDS):
        found.update(
            {(day, template, kind): count for kind, count in zip(TEMPLATE_KINDS, counts, strict=True)}
        )
    assert +found == days
    assert sum(DayTemplate.objects.values_list("count", flat=True)) == sum(
        bool(e.template_id) for e in events
    )
    runs = sum(one.run_ms or 0 for one in events if one.kind == "finished" and one.template_id)
    assert sum(DayTemplate.objects.values_list("run_ms", flat=True)) == runs
    shown = Counter((day_of(one.at), one.subject_kind, one.kind) for one in events if one.subject_kind)
    subjects: Counter[Any] = Counter()
    for day, subject, kind, count in DaySubject.objects.values_list("day", "subject_kind", "kind", "count"):
        subjects[day, subject, kind] += count
    assert subjects == shown
    reasons = Counter((one.code, one.reason, one.scanner, one.surface) for one in events if one.code)
    told: Counter[Any] = Counter()
    for *key, count in HourReason.objects.values_list("code", "reason", "scanner", "surface", "count"):
        told[tuple(key)] += count
    assert told == reasons
    persons: dict[Any, set[int]] = {}
    for one in events:
        if one.person is not None:
            persons.setdefault((day_of(one.at), one.app_id or NONE), set()).add(one.person)
    assert {key: len(them) for key, them in persons.items()} == {
        (day, app): count for day, app, count in DayPersons.objects.values_list("day", "app", "count")
    }


def test_sums_of_days_add_up_those_of_their_quarters_and_hours() -> None:
    events = busy_days(NOON - timedelta(days=2), 3)
    usage_roll_up(now=NOON + timedelta(days=2))
    totals: Counter[Any] = Counter()
    for day, kind, count in DayTotal.objects.values_list("day", "kind", "count"):
        totals[day, kind] += count
    assert totals == Counter((day_of(one.at), one.kind) for one in events)
    coded: Counter[Any] = Counter()
    for day, code, count in DayReason.objects.values_list("day", "code", "count"):
        coded[day, code] += count
    assert coded == Counter((day_of(one.at), one.code) for one in events if one.code)
    waits: Counter[Any] = Counter()
    for day, count, *hours in DayTime.objects.filter(measure="wait").values_list(
        "day", "count", *HOURS_OF_DAY
    ):
        assert count == sum(hours)
        waits.update({(day, hour): number for hour, number in enumerate(hours) if number})
    zone = ZoneInfo("Asia/Shanghai")
    started = [one for one in events if one.wait_ms is not None]
    assert waits == Counter((day_of(one.at), one.at.astimezone(zone).hour) for one in started)


def test_the_load_of_a_quarter_adds_up_its_minutes() -> None:
    for minute, queued, busy in ((0, 0, 3), (7, 3, 1), (14, 5, 2), (15, 1, 0)):
        LoadSample.objects.create(
            at=NOON + timedelta(minutes=minute), queued=queued, oldest_wait_ms=queued, workers=2, busy=busy
        )
    usage_roll_up(now=NOON + timedelta(minutes=20))
    names = ("count", "queued", "queued_most", "oldest_wait_ms", "workers", "busy", "idle_while_queued")
    assert list(LoadQuarter.objects.order_by("quarter").values_list(*names)) == [
        (3, 8, 5, 5, 6, 6, 1),
        (1, 1, 1, 1, 2, 0, 2),
    ]


@pytest.mark.parametrize("milliseconds", [0, 1, 2, 9, 10, 11, 999, 1000, 60_000, 86_400_000, 10**9])
def test_times_fall_into_the_bucket_of_their_logarithm(milliseconds: int) -> None:
    event(NOON, UsageKind.STARTED, wait_ms=milliseconds)
    event(NOON, UsageKind.FINISHED, run_ms=milliseconds)
    event(NOON, UsageKind.FAILED, run_ms=milliseconds)
    usage_roll_up(now=NOON)
    bucket = -1 if milliseconds < 1 else math.floor(math.log(milliseconds) / math.log(1.1))
    assert sorted(HourTime.objects.values_list("measure", "bucket", "count")) == [
        ("run", bucket, 1),
        ("wait", bucket, 1),
    ]


def test_rolling_up_again_changes_nothing() -> None:
    busy_days(NOON - timedelta(days=1), 1)
    usage_roll_up(now=NOON)
    first = stored()
    usage_roll_up(now=NOON)
    usage_roll_up(now=NOON + timedelta(hours=3))
    usage_sum(since=NOON - timedelta(days=2), until=NOON)
    assert stored() == first
    assert first["QuarterTotal"]


def test_the_open_quarter_is_summed_as_far_as_it_has_come() -> None:
    event(NOON + timedelta(minutes=1))
    usage_roll_up(now=NOON + timedelta(minutes=2))
    event(NOON + timedelta(minutes=3))
    until = usage_roll_up(now=NOON + timedelta(minutes=4))
    assert QuarterTotal.objects.get().count == 2
    assert DayTotal.objects.get().count == 2
    assert until == NOON


def test_an_hour_is_complete_a_quarter_of_an_hour_after_its_end() -> None:
    event(NOON, template_id=TEMPLATES[0])
    assert usage_roll_up(now=NOON + timedelta(minutes=74)) == NOON
    event(NOON + timedelta(minutes=59), template_id=TEMPLATES[0])  # committed late by a long transaction
    assert usage_roll_up(now=NOON + timedelta(minutes=75)) == NOON + timedelta(hours=1)
    assert HourTemplate.objects.get().count == 2


def test_an_event_that_comes_hours_late_is_added_to_its_hour_and_day() -> None:
    event(NOON, template_id=TEMPLATES[0])
    usage_roll_up(now=NOON + timedelta(days=2))
    event(NOON + timedelta(minutes=5), template_id=TEMPLATES[0])
    LateHour.objects.create(hour=NOON, noted_at=NOON)
    usage_roll_up(now=NOON + timedelta(days=2))
    assert (HourTemplate.objects.get().count, DayTemplate.objects.get().count) == (2, 2)
    assert not LateHour.objects.exists()


def test_after_a_long_pause_the_sums_catch_up_step_by_step() -> None:
    busy_days(NOON - timedelta(days=9), 9)
    until = usage_roll_up(now=NOON, seconds=0)
    assert until < NOON - timedelta(days=7)
    usage_roll_up(now=NOON)
    assert sum(QuarterTotal.objects.values_list("count", flat=True)) == UsageEvent.objects.count()
    assert RollupMark.objects.get().until == NOON - timedelta(hours=1)


def test_days_begin_at_midnight_of_the_site(settings: Any) -> None:
    event(datetime(2026, 3, 3, 15, 59, tzinfo=UTC))
    event(datetime(2026, 3, 3, 16, 0, tzinfo=UTC))
    usage_roll_up(now=NOON)
    assert sorted(DayTotal.objects.values_list("day", flat=True)) == [date(2026, 3, 3), date(2026, 3, 4)]


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Europe/Berlin", "America/St_Johns"])
def test_days_of_any_zone_hold_every_event_once(settings: Any, zone: str) -> None:
    settings.TIME_ZONE = zone
    timezone.get_default_timezone.cache_clear()
    try:
        events = busy_days(datetime(2026, 3, 28, tzinfo=UTC), 3)  # Berlin's clocks are put forward
        usage_roll_up(now=datetime(2026, 4, 2, tzinfo=UTC))
        wanted = Counter(one.at.astimezone(ZoneInfo(zone)).date() for one in events)
    finally:
        timezone.get_default_timezone.cache_clear()
    found: Counter[date] = Counter()
    for day, count in DayTotal.objects.values_list("day", "count"):
        found[day] += count
    assert found == wanted
    of_templates: Counter[date] = Counter()
    for day, count in DayTemplate.objects.values_list("day", "count"):
        of_templates[day] += count
    with_template = [one.at for one in events if one.template_id]
    assert of_templates == Counter(at.astimezone(ZoneInfo(zone)).date() for at in with_template)
    times = list(DayTime.objects.values_list("count", *HOURS_OF_DAY))
    assert all(count == sum(hours) for count, *hours in times)
    assert sum(count for count, *_hours in times) == sum(HourTime.objects.values_list("count", flat=True))


def test_demo_data_is_summed_apart() -> None:
    event(NOON)
    event(NOON, is_demo=True)
    usage_roll_up(now=NOON)
    assert sorted(QuarterTotal.objects.values_list("is_demo", "count")) == [(False, 1), (True, 1)]


def test_the_salt_of_a_day_goes_once_its_persons_are_counted() -> None:
    event(NOON, person=5)
    for day in (3, 4, 5):
        DaySalt.objects.create(day=date(2026, 3, day), salt=b"x")
    midnight = datetime(2026, 3, 4, 16, tzinfo=UTC)
    usage_roll_up(now=midnight + timedelta(minutes=14))
    assert sorted(DaySalt.objects.values_list("day", flat=True)) == [date(2026, 3, 4), date(2026, 3, 5)]
    usage_roll_up(now=midnight + timedelta(minutes=15))
    assert list(DaySalt.objects.values_list("day", flat=True)) == [date(2026, 3, 5)]
    assert DayPersons.objects.get().count == 1
