from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tongyi_portal.usage.day_table import DayTable, QuarterCount, quarter_moment

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def _series(first: datetime, quarters: int, count: int = 1) -> list[QuarterCount]:
    start = first.astimezone(UTC)
    return [
        QuarterCount((start + timedelta(minutes=15) * number).astimezone(first.tzinfo), count)
        for number in range(quarters)
    ]


def test_days_that_are_covered_in_part_are_left_out() -> None:
    table = DayTable.of(_series(datetime(2025, 5, 1, 9, tzinfo=SHANGHAI), 96 * 3))

    assert [day.day for day in table.days] == [2, 3]
    assert table.counts.tolist() == [[1.0] * 96] * 2


def test_a_quarter_that_is_missing_in_between_is_zero() -> None:
    series = _series(datetime(2025, 5, 1, tzinfo=SHANGHAI), 96)
    del series[10:20]

    table = DayTable.of(series)

    assert table.counts[0, 10:20].sum() == 0
    assert table.counts.sum() == 86


def test_the_hour_that_summer_time_skips_is_unknown_and_the_one_that_comes_twice_is_a_mean() -> None:
    spring = DayTable.of(_series(datetime(2025, 3, 30, tzinfo=BERLIN), 92, count=4))
    autumn = DayTable.of(_series(datetime(2025, 10, 26, tzinfo=BERLIN), 100, count=4))

    assert np.flatnonzero(np.isnan(spring.counts[0])).tolist() == [8, 9, 10, 11]
    assert autumn.counts.tolist() == [[4.0] * 96]


def test_times_without_a_zone_or_within_a_quarter_are_refused() -> None:
    with pytest.raises(ValueError, match="aware quarter"):
        DayTable.of([QuarterCount(datetime(2025, 5, 1), 1)])  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware quarter"):
        DayTable.of([QuarterCount(datetime(2025, 5, 1, 0, 7, tzinfo=SHANGHAI), 1)])


def test_nothing_makes_no_days_and_quarters_run_on_into_the_next_day() -> None:
    assert DayTable.of([]).days == ()
    assert quarter_moment(datetime(2025, 5, 1).date(), 97, SHANGHAI) == datetime(  # noqa: DTZ001
        2025, 5, 2, 0, 15, tzinfo=SHANGHAI
    )
