"""What the next peak and the next hours will bring, with intervals taken from past errors. Pure Python.

A quarter is expected to have what the same quarter had on the same weekday of the last weeks, each against
the level of the seven days before it, at today's level. How far off that would have been on past days gives
the interval (as in inductive conformal prediction, Vovk, Gammerman and Shafer 2005, chapter 4; over time it
holds as far as tomorrow is like the last weeks). Nothing is assumed about how counts are spread.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import ceil, floor

import numpy as np
import numpy.typing as npt

from tongyi_portal.usage.day_table import QUARTER, QUARTERS, DayTable, QuarterCount, quarter_moment
from tongyi_portal.usage.peaks import Peak

INTERVAL = 0.8
WEEKS = 6  # of the same weekday that are averaged
LEVEL_DAYS = 7  # so that each weekday counts once
ERROR_DAYS = 42  # whose errors give the interval
NEIGHBOURS = 4  # quarters on each side whose errors count for one
LEAST_ERRORS = 9  # with fewer, no rank lies within INTERVAL

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """The next time of a peak: events expected in all of it, and the bounds that hold them with probability
    `interval`.

    based_on_days: how many past days with this peak went into it.
    """

    start: datetime
    end: datetime
    expected_count: float
    low: float
    high: float
    interval: float
    based_on_days: int


@dataclass(frozen=True)
class QuarterForecast:
    """Events expected in a quarter of an hour, with bounds as in Forecast."""

    quarter: datetime
    expected: float
    low: float
    high: float


def next_peak(series: Sequence[QuarterCount], peaks: Sequence[Peak], now: datetime) -> Forecast | None:
    """The first of the peaks to begin after `now`, in the zone of `series`.

    series: as for find_peaks; days before `now`'s count. None without peaks, or with so few weeks that no
    interval can be given.
    """
    history = _History.of(series, now)
    coming = [
        (quarter_moment(day, _quarter(peak.start), history.zone), peak)
        for peak in peaks
        for number in range(8)
        if (day := history.today + timedelta(days=number)).weekday() in peak.weekdays
    ]
    later = [one for one in coming if one[0] > now]
    if not later:
        return None
    start, peak = min(later, key=lambda one: one[0])
    first = _quarter(peak.start)
    length = (_quarter(peak.end) - first - 1) % QUARTERS + 1
    sums = _windows(history.counts, first, length)[:, None]
    expected = _expected(sums, history.weekdays, history.levels)
    days = np.flatnonzero(np.isin(history.weekdays, peak.weekdays))
    recent = days[days >= len(history.counts) - ERROR_DAYS]
    ratios = _ratios(sums[recent], expected[recent]).ravel()
    mean = _coming(sums, history, start.date().weekday())[0]
    bounds = _bounds(ratios[~np.isnan(ratios)])
    if bounds is None or np.isnan(mean):
        return None
    low, high = (_from_ratio(mean, bound) for bound in bounds)
    end = start + QUARTER * length
    return Forecast(start, end, float(mean), low, high, INTERVAL, len(days))


def expected_rate(series: Sequence[QuarterCount], since: datetime, until: datetime) -> list[QuarterForecast]:
    """Every quarter from that of `since` up to `until`, from the whole days before that of `since`.

    The errors are those of forecasts for the next day; a week ahead they are larger where the level changes.
    Empty with fewer than about three weeks.
    """
    history = _History.of(series, since)
    counts = history.counts
    expected = _expected(counts, history.weekdays, history.levels)
    ratios = _ratios(counts[-ERROR_DAYS:], expected[-ERROR_DAYS:])
    by_weekday = [_coming(counts, history, weekday) for weekday in range(7)]
    found, moment = [], since.astimezone(history.zone)
    moment = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
    while moment < until:
        quarter = _quarter(moment.time())
        near = ratios[:, np.arange(quarter - NEIGHBOURS, quarter + NEIGHBOURS + 1) % QUARTERS].ravel()
        bounds, mean = _bounds(near[~np.isnan(near)]), by_weekday[moment.weekday()][quarter]
        if bounds is not None and not np.isnan(mean):
            low, high = (_from_ratio(mean, bound) for bound in bounds)
            found.append(QuarterForecast(moment, float(mean), low, high))
        moment = (moment.astimezone(UTC) + QUARTER).astimezone(history.zone)
    return found


@dataclass(frozen=True)
class _History:
    """The whole days before `today`. levels: of each day, the mean of the LEVEL_DAYS days before it, NaN
    where there are fewer; one more for today."""

    counts: Floats
    weekdays: npt.NDArray[np.int64]
    levels: Floats
    today: date
    zone: tzinfo | None

    @classmethod
    def of(cls, series: Sequence[QuarterCount], now: datetime) -> "_History":
        zone = series[0].moment_local.tzinfo if series else now.tzinfo
        today = now.astimezone(zone).date()
        table = DayTable.of(series)
        known = sum(day < today for day in table.days)
        counts = table.counts[:known]
        totals = np.concatenate([[0.0], np.cumsum(np.nansum(counts, axis=1))])
        levels = np.full(known + 1, np.nan)
        levels[LEVEL_DAYS:] = (totals[LEVEL_DAYS:] - totals[:-LEVEL_DAYS]) / LEVEL_DAYS
        levels[levels == 0] = np.nan
        return cls(counts, table.weekdays[:known], levels, today, zone)


def _expected(values: Floats, weekdays: npt.NDArray[np.int64], levels: Floats) -> Floats:
    """For each past day, what would have been forecast for it the evening before; NaN where nothing could."""
    expected = np.full(values.shape, np.nan)
    relative = values / levels[: len(values), None]
    for day in range(len(values)):
        earlier = np.flatnonzero(weekdays[:day] == weekdays[day])[-WEEKS:]
        expected[day] = _middle(relative[earlier]) * levels[day]
    return expected


def _coming(values: Floats, history: _History, weekday: int) -> Floats:
    """What is expected of the next such weekday."""
    earlier = np.flatnonzero(history.weekdays == weekday)[-WEEKS:]
    relative = values[earlier] / history.levels[earlier, None]
    return np.asarray(_middle(relative) * history.levels[-1])


def _middle(relative: Floats) -> Floats:
    """The mean without the lowest and the highest, of four and more; NaN without days."""
    known = relative[~np.isnan(relative).all(axis=1)] if len(relative) else relative
    if not len(known):
        return np.full(relative.shape[1], np.nan)
    ordered = np.sort(known, axis=0)
    kept = ordered[1:-1] if len(ordered) >= 4 else ordered
    return np.asarray(kept.mean(axis=0))


def _windows(counts: Floats, first: int, length: int) -> Floats:
    """The sum of `length` quarters from `first` on, for each day; NaN where the last days do not reach."""
    flat = np.concatenate([counts.ravel(), np.full(QUARTERS, np.nan)])
    starts = np.arange(len(counts)) * QUARTERS + first
    return np.asarray(flat[starts[:, None] + np.arange(length)].sum(axis=1))


def _ratios(values: Floats, expected: Floats) -> Floats:
    """How many times as much happened; half an event is added so that quiet quarters have a ratio too."""
    return np.asarray((values + 0.5) / (expected + 0.5))


def _from_ratio(expected: float, ratio: float) -> float:
    return max(float((expected + 0.5) * ratio - 0.5), 0.0)


def _bounds(ratios: Floats) -> tuple[float, float] | None:
    """The ranks that leave (1 - INTERVAL) / 2 of (count + 1) on each side."""
    count, side = len(ratios), (1 - INTERVAL) / 2
    if count < LEAST_ERRORS:
        return None
    ordered = np.sort(ratios)
    low, high = floor((count + 1) * side), ceil((count + 1) * (1 - side))
    return float(ordered[low - 1]), float(ordered[high - 1])


def _quarter(moment: time) -> int:
    return moment.hour * 4 + moment.minute // 15
