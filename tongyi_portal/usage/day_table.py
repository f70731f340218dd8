"""QuarterCount, DayTable: counts of quarters of an hour, laid out as whole local days. Pure Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

import numpy as np
import numpy.typing as npt

QUARTERS = 96  # of a day
QUARTER = timedelta(minutes=15)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class QuarterCount:
    """moment_local: an aware time in the zone whose days are meant, at a full quarter of an hour."""

    moment_local: datetime
    count: int


@dataclass(frozen=True)
class DayTable:
    """Whole days without gaps.

    days: one after the other. counts (float, (days, 96)): by quarter of the wall clock; where the clock was
    put back, the mean of both; where it was put forward, NaN for what it left out.
    """

    days: tuple[date, ...]
    counts: Floats

    @classmethod
    def of(cls, series: Sequence[QuarterCount]) -> "DayTable":
        """series: each quarter once, in any order; one that is missing is zero. The first day is whole when
        its first quarter is named, the last one when its last quarter is; else they are left out.

        Raises ValueError for a time without a zone or within a quarter.
        """
        if not series:
            return cls((), np.zeros((0, QUARTERS)))
        places = [_place(one.moment_local) for one in series]
        (first, first_quarter), (last, last_quarter) = min(places), max(places)
        first += timedelta(days=first_quarter > 0)
        last -= timedelta(days=last_quarter < QUARTERS - 1)
        days = tuple(first + timedelta(days=number) for number in range((last - first).days + 1))
        sums, times = np.zeros((len(days), QUARTERS)), np.zeros((len(days), QUARTERS))
        for (day, quarter), one in zip(places, series, strict=True):
            if first <= day <= last:
                sums[(day - first).days, quarter] += one.count
                times[(day - first).days, quarter] += 1
        counts = sums / np.maximum(times, 1)
        zone = series[0].moment_local.tzinfo
        for row, day in enumerate(days):
            counts[row, _left_out(day, zone)] = np.nan
        return cls(days, counts)

    @property
    def weekdays(self) -> npt.NDArray[np.int64]:
        return np.array([day.weekday() for day in self.days], np.int64)

    def days_of(self, weekdays: Sequence[int]) -> Flags:
        """Which days are one of these weekdays."""
        return np.isin(self.weekdays, weekdays)


def quarter_moment(day: date, quarter: int, zone: tzinfo | None) -> datetime:
    """The local time at which a quarter of a day begins; those from 96 on lie on the days after."""
    further, quarter = divmod(quarter, QUARTERS)
    moment = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=further)
    return moment.replace(hour=quarter // 4, minute=quarter % 4 * 15)


def _place(moment: datetime) -> tuple[date, int]:
    if moment.tzinfo is None or moment.minute % 15 or moment.second or moment.microsecond:
        raise ValueError(f"moment_local must be an aware quarter of an hour, got {moment!r}")
    return moment.date(), moment.hour * 4 + moment.minute // 15


def _left_out(day: date, zone: tzinfo | None) -> list[int]:
    """Quarters of the wall clock that the day does not have, as summer time began."""
    ends = quarter_moment(day, 0, zone).utcoffset(), quarter_moment(day, QUARTERS, zone).utcoffset()
    if ends[0] == ends[1]:
        return []
    moments = [quarter_moment(day, quarter, zone) for quarter in range(QUARTERS)]
    return [
        quarter
        for quarter, moment in enumerate(moments)
        if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None)
    ]
