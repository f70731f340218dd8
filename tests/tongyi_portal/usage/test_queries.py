"""Reads over the sums tell what was counted by hand: local days, weeks, filters, cut periods, clocks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings
from django.utils import timezone

from tests.factories.usage import event
from tests.factories.usage_history import events_sum_up
from tongyi_portal.common.report_periods import Period
from tongyi_portal.usage import queries
from tongyi_portal.usage.load_queries import Load, load_by_hour_of_day, load_by_slot
from tongyi_portal.usage.local_slots import DAY, HALF, HOUR, QUARTER, local_slots, stretches
from tongyi_portal.usage.models import NONE, LoadSample, Measure, RollupMark, UsageKind
from tongyi_portal.usage.queries import Wanted
from tongyi_portal.usage.shared_reads import reads_shared

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
APP, DANCE, OTHER = UUID(int=9), UUID(int=1), UUID(int=2)
SUBMITTED = (UsageKind.SUBMITTED.value,)
DAY_4 = Period(date(2026, 3, 4), date(2026, 3, 4))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


def wanted(first: int = 4, last: int = 4, **narrowed: Any) -> Wanted:
    return Wanted(at(first, 0), at(last, 0) + timedelta(days=1), **narrowed)


def local(hour: int, minute: int = 0, day: int = 4) -> datetime:
    """A moment on the local clock, without a zone, as reads give them."""
    return at(day, hour, minute).replace(tzinfo=None)


def test_slots_are_those_of_the_local_clock() -> None:
    for moment in (at(3, 23, 59), at(4, 0, 1), at(4, 12, 31), at(4, 12, 44), at(4, 12, 46), at(5, 0, 0)):
        event(moment)
    events_sum_up()
    by_quarter = queries.counts_by_slot(wanted(), SUBMITTED, QUARTER)
    assert {slot: counts["submitted"] for slot, counts in by_quarter.items()} == {
        local(0): 1,
        local(12, 30): 2,
        local(12, 45): 1,
    }
    by_half = queries.counts_by_slot(wanted(), SUBMITTED, HALF)
    assert by_half[local(12, 30)] == {"submitted": 3}
    by_day = queries.counts_by_slot(wanted(3, 5), SUBMITTED, DAY)
    assert [by_day[local(0, day=day)]["submitted"] for day in (3, 4, 5)] == [1, 4, 1]


def test_each_filter_narrows_and_none_counts_the_portals_own_pages() -> None:
    event(at(4, 9), app_id=APP, template_id=DANCE, engine="animation", job_kind="dance_video")
    event(at(4, 9), template_id=DANCE, engine="other", job_kind="dance_video")
    event(at(4, 9), template_id=OTHER, job_kind="pose_extract", engine="motion")
    events_sum_up()

    def count(**narrowed: Any) -> int:
        days = queries.counts_by_slot(wanted(**narrowed), SUBMITTED, DAY)
        if "template" not in narrowed:
            assert queries.kind_totals(wanted(**narrowed))["submitted"] == days[local(0)]["submitted"]
        return days[local(0)]["submitted"]

    assert count() == 3
    assert count(app=APP) == 1
    assert count(app=NONE) == 2
    assert count(engine="other") == 1
    assert count(template=DANCE) == 2
    assert count(template=DANCE, app=APP) == 1
    assert count(without=("pose_extract",)) == 2
    with pytest.raises(ValueError, match="hours"):
        queries.counts_by_slot(wanted(template=DANCE), SUBMITTED, QUARTER)
    with pytest.raises(ValueError, match="watched"):
        queries.counts_by_slot(wanted(template=DANCE), ("watched",), HOUR)
    with pytest.raises(ValueError, match="template"):
        queries.kind_totals(wanted(template=DANCE))


def test_the_week_begins_on_monday_and_half_hours_are_told_apart() -> None:
    event(at(4, 12, 29))  # a Wednesday
    event(at(4, 12, 30))
    event(at(8, 23, 59))  # a Sunday
    event(at(9, 0, 0))  # a Monday
    events_sum_up()
    week = queries.counts_by_week(wanted(4, 9), "submitted")
    assert dict(week) == {(2, 24): 1, (2, 25): 1, (6, 47): 1, (0, 0): 1}


def test_templates_are_counted_by_days_and_a_cut_day_by_its_hours() -> None:
    for hour in (1, 9, 18):
        event(at(4, hour), template_id=DANCE)
    event(at(3, 9), template_id=DANCE)
    event(at(4, 9), template_id=None)
    events_sum_up()
    whole = queries.template_totals(wanted(), DAY_4, SUBMITTED)
    assert whole == {DANCE: {"submitted": 3}}
    until_noon = Period(date(2026, 3, 3), date(2026, 3, 4), cut=at(4, 12))
    assert queries.template_totals(wanted(3, 4), until_noon, SUBMITTED) == {DANCE: {"submitted": 3}}


def test_waits_are_told_by_hour_of_day_and_over_time() -> None:
    for day in (3, 4):
        event(at(day, 12, 5), UsageKind.STARTED, wait_ms=10_000)
    event(at(4, 20, 5), UsageKind.STARTED, wait_ms=60_000)
    event(at(4, 20, 6), UsageKind.FINISHED, run_ms=5_000)
    events_sum_up()
    by_hour = queries.times_by_hour_of_day(wanted(3, 4), Measure.WAIT)
    assert {hour: sum(counts.values()) for hour, counts in by_hour.items()} == {12: 2, 20: 1}
    over_time = queries.times_by_slot(wanted(3, 4), Measure.WAIT, HOUR)
    assert set(over_time) == {local(12, day=3), local(12), local(20)}
    assert sum(queries.times_together(wanted(), Measure.RUN).values()) == 1


def test_a_day_that_the_period_cuts_is_told_by_its_quarters_and_hours() -> None:
    for day, hour in ((3, 0), (3, 23), (4, 9), (4, 14)):
        event(at(day, hour), UsageKind.FAILED, code="engine_failed")
        event(at(day, hour), UsageKind.STARTED, wait_ms=10_000)
    events_sum_up()
    until_noon = Wanted(at(3, 0), at(4, 12))
    kinds = (UsageKind.FAILED.value,)
    assert queries.kind_totals(until_noon)["failed"] == 3
    days = queries.counts_by_slot(until_noon, kinds, DAY)
    assert days == {local(0, day=3): {"failed": 2}, local(0): {"failed": 1}}
    assert [one.count for one in queries.reasons(until_noon, kinds)] == [3]
    by_hour = queries.times_by_hour_of_day(until_noon, Measure.WAIT)
    assert {hour: sum(counts.values()) for hour, counts in by_hour.items()} == {0: 1, 23: 1, 9: 1}
    by_day = queries.times_by_slot(until_noon, Measure.WAIT, DAY)
    assert {day: sum(counts.values()) for day, counts in by_day.items()} == {local(0, day=3): 2, local(0): 1}


def test_days_and_hours_tell_the_same_where_hours_do_not_begin_with_the_day(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Kathmandu"  # 5:45 ahead of UTC: an hour begins at a quarter before
    timezone.get_default_timezone.cache_clear()
    try:
        midnight = datetime(2026, 3, 4, tzinfo=ZoneInfo("Asia/Kathmandu"))
        for minutes in (-60, -1, 0, 44, 46, 600, 1439, 1486):
            moment = midnight + timedelta(minutes=minutes)
            event(moment, UsageKind.STARTED, wait_ms=1_000, code="c")
        events_sum_up()
        two_days = Wanted(midnight - timedelta(days=1), midnight + timedelta(days=1))
        by_hour = queries.times_by_slot(two_days, Measure.WAIT, HOUR)
        in_hours = {slot: sum(counts.values()) for slot, counts in by_hour.items()}
        in_days = queries.times_by_slot(two_days, Measure.WAIT, DAY)
        of_day = queries.times_by_hour_of_day(two_days, Measure.WAIT)
        codes = queries.reasons(two_days, (UsageKind.STARTED.value,))
        started = queries.kind_totals(two_days)["started"]
    finally:
        timezone.get_default_timezone.cache_clear()
    assert started == 7
    assert sum(in_hours.values()) == sum(one.count for one in codes) == 7
    for slot, counts in in_days.items():
        hours = [count for hour, count in in_hours.items() if hour.date() == slot.date()]
        assert sum(counts.values()) == sum(hours)
    for hour, counts in of_day.items():
        assert sum(counts.values()) == sum(count for slot, count in in_hours.items() if slot.hour == hour)


def test_reasons_subjects_and_persons_are_told_as_they_were_summed() -> None:
    event(at(4, 9), UsageKind.MODERATED, code="block", reason="gore", scanner="x", surface="photo")
    event(at(4, 10), UsageKind.MODERATED, code="block", reason="gore", scanner="x", surface="photo")
    event(at(4, 9), subject_kind="comic", person=1)
    event(at(4, 9), person=1)
    event(at(4, 9), person=2, app_id=APP)
    events_sum_up()
    (found,) = queries.reasons(wanted(), (UsageKind.MODERATED.value,))
    assert (found.code, found.reason, found.scanner, found.surface, found.count) == (
        "block",
        "gore",
        "x",
        "photo",
        2,
    )
    assert queries.subject_totals(wanted(), DAY_4) == {"comic": {"submitted": 1}}
    day = date(2026, 3, 4)
    assert queries.persons_by_day(day, day) == {(day, NONE): 1, (day, APP): 1}
    assert queries.apps_seen() == [NONE, APP]


def test_load_is_summed_over_minutes_and_idle_counts_only_while_others_wait() -> None:
    for minute, queued, busy in ((0, 0, 0), (1, 3, 1), (2, 1, 2)):
        LoadSample.objects.create(
            at=at(4, 12, minute), queued=queued, oldest_wait_ms=1000 * queued, workers=2, busy=busy
        )
    LoadSample.objects.create(at=at(4, 12, 59), queued=0, oldest_wait_ms=0, workers=0, busy=1)
    events_sum_up()
    expected = Load(4, 4, 3, 3000, 6, 4, 1)
    assert load_by_hour_of_day(at(4, 0), at(5, 0)) == {12: expected}
    assert load_by_slot(at(4, 0), at(5, 0), HOUR) == {local(12): expected}


def test_sums_are_fresh_to_their_last_run_unless_they_lag_behind() -> None:
    assert queries.fresh_to() is None
    mark = RollupMark.objects.create(pk=1, until=at(4, 12), rolled_at=at(4, 12, 50))
    assert queries.fresh_to() == mark.rolled_at
    RollupMark.objects.update(until=at(2, 0))
    assert queries.fresh_to() == at(2, 0)


def test_demo_data_is_told_where_it_lies() -> None:
    event(at(4, 9), person=3, is_demo=True)
    event(at(5, 9), person=3)
    events_sum_up()
    assert queries.has_demo(date(2026, 3, 4), date(2026, 3, 6))
    assert not queries.has_demo(date(2026, 3, 5), date(2026, 3, 6))


def test_where_the_clock_changes_the_period_is_read_in_two_parts_and_no_event_is_lost() -> None:
    with override_settings(TIME_ZONE="Europe/Berlin"):
        berlin = ZoneInfo("Europe/Berlin")
        since, until = (datetime(2026, 3, day, tzinfo=berlin) for day in (28, 31))
        assert [offset for _since, _until, offset in stretches(since, until)] == [3600, 7200]
        for moment in ("2026-03-28 22:30", "2026-03-29 00:30", "2026-03-29 01:30", "2026-03-30 10:00"):
            event(datetime.fromisoformat(moment).replace(tzinfo=UTC))
        events_sum_up()
        found = queries.counts_by_slot(Wanted(since, until), SUBMITTED, HOUR)
        assert {slot: counts["submitted"] for slot, counts in found.items()} == {
            local(23, day=28): 1,
            local(1, day=29): 1,
            local(3, day=29): 1,
            local(12, day=30): 1,
        }
        days = queries.counts_by_slot(Wanted(since, until), SUBMITTED, DAY)
        assert [counts["submitted"] for _day, counts in sorted(days.items())] == [1, 2, 1]
        assert len(local_slots(since, until, DAY)) == 3


def test_shared_reads_are_made_once_and_only_inside(django_assert_num_queries: Any) -> None:
    event(at(4, 9))
    events_sum_up()
    with reads_shared(), django_assert_num_queries(2):
        first, second = (queries.kind_totals(wanted())["submitted"] for _turn in range(2))
    with django_assert_num_queries(4):
        third, fourth = (queries.kind_totals(wanted())["submitted"] for _turn in range(2))
    assert first == second == third == fourth == 1
