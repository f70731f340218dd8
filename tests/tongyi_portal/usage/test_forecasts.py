from datetime import timedelta

import pytest

from tests.tongyi_portal.usage.planted import Planted, history
from tongyi_portal.usage.day_table import QUARTER, QuarterCount
from tongyi_portal.usage.forecasts import expected_rate, next_peak
from tongyi_portal.usage.peaks import find_peaks

EVERY_DAY = tuple(range(7))
PLANTED = [Planted(EVERY_DAY, 50, 54, 2.2), Planted(EVERY_DAY, 80, 84, 2.6)]
KNOWN = 63 * 96 + 40  # quarters: nine weeks, and the tenth day's first ten hours


def _until_ten(seed: int) -> tuple[list[QuarterCount], list[QuarterCount]]:
    series = history(7000 + seed, PLANTED, weeks=10)
    return series[:KNOWN], series[KNOWN:]


def test_the_next_peak_is_the_first_to_begin_after_now() -> None:
    past, _future = _until_ten(0)
    now = past[-1].moment_local

    forecast = next_peak(past, find_peaks(past), now)

    assert forecast is not None
    assert (forecast.start.date(), forecast.start.hour, forecast.start.minute) == (now.date(), 12, 30)
    assert forecast.end - forecast.start == timedelta(hours=1)
    assert forecast.low < forecast.expected_count < forecast.high
    assert (forecast.interval, forecast.based_on_days) == (0.8, 63)


@pytest.mark.slow
def test_four_of_five_intervals_of_the_next_peak_hold_what_came() -> None:
    hits = 0
    for seed in range(100):
        past, future = _until_ten(seed)
        forecast = next_peak(past, find_peaks(past), past[-1].moment_local)
        assert forecast is not None
        came = sum(one.count for one in future if forecast.start <= one.moment_local < forecast.end)
        hits += forecast.low <= came <= forecast.high

    assert 0.75 <= hits / 100 <= 0.88


@pytest.mark.slow
def test_four_of_five_intervals_of_the_next_days_quarters_hold_what_came() -> None:
    hits = quarters = 0
    for seed in range(40):
        past, future = _until_ten(seed)
        since = future[0].moment_local
        rates = expected_rate(past, since, since + timedelta(hours=24))
        assert [one.quarter for one in rates] == [one.moment_local for one in future[:96]]
        hits += sum(one.low <= real.count <= one.high for one, real in zip(rates, future, strict=False))
        quarters += len(rates)

    assert 0.75 <= hits / quarters <= 0.88


def test_growth_is_followed() -> None:
    past, _future = _until_ten(1)
    twice = [QuarterCount(one.moment_local, one.count * 2) for one in past[-8 * 96 :]]
    since = past[-1].moment_local + QUARTER

    before = expected_rate(past, since, since + timedelta(hours=8))
    after = expected_rate(past[: -8 * 96] + twice, since, since + timedelta(hours=8))

    assert sum(one.expected for one in after) == pytest.approx(
        2 * sum(one.expected for one in before), rel=0.15
    )


def test_within_a_quarter_the_running_one_is_the_first() -> None:
    past, future = _until_ten(3)
    since = future[0].moment_local + timedelta(minutes=7, seconds=5)

    rates = expected_rate(past, since, since + timedelta(minutes=30))

    assert [one.quarter for one in rates] == [one.moment_local for one in future[:3]]


def test_without_peaks_or_weeks_enough_there_is_no_forecast() -> None:
    past, _future = _until_ten(2)
    now, peaks = past[-1].moment_local, find_peaks(past)
    few = past[-10 * 96 :]

    assert next_peak(past, [], now) is None
    assert next_peak(few, peaks, now) is None
    assert expected_rate(few, now, now + timedelta(hours=2)) == []
    assert next_peak([], peaks, now) is None
