"""Peaks: times of day at which much more happens than just before and after, day for day. Pure Python.

Counts of quarters of an hour are laid out by local days. A day is measured by its own level, so a day on
which everything grew is like any other; days are averaged without their extremes (trimmed means), so one
launch or one outage leaves no trace. What is usual at a time of day is first the running median of six hours
around it (Tukey 1977, chapter 7), which follows nights and busy afternoons and does not see what lasts under
three hours. Where more happens than noise explains (median absolute deviation, Hampel 1974, and the chance of
few events, whose variance is their mean), the peak reaches from half of its height to half of its height over
a line between the hours before and after it. It counts when it exceeds both of them by a quarter at least,
lasts half an hour to three hours, and shows on most days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from math import sqrt

import numpy as np
import numpy.typing as npt

from tongyi_portal.usage.day_table import QUARTERS, DayTable, QuarterCount

FACTOR = 3.0  # a quarter's, to be looked at
WHOLE_FACTOR = 7.0  # of the mean of a peak's quarters
ROUNDS = 5
SIDE = 4  # quarters before and after a peak that show what it stands on
LEAST_EXCESS = 0.25  # of what is usual
LEAST_QUARTERS = 2
LEAST_DAYS = 4  # of a weekday, or of workdays, weekends or all days together
SEEN_ON = 0.6  # of the days, at least
TRIMMED = 0.15  # of the days, at each end
AROUND = 12  # quarters on each side that tell what is usual
LONGEST = 12  # quarters
MARGIN = 24  # quarters of the days before and after that a day's profile has, for peaks around midnight
REACH = MARGIN + AROUND
PER_DEVIATION = 1.4826  # median absolute deviations in a standard deviation of normal values
LEAST_EVENTS = 10.0  # of a quarter, on all days together
FEW = 3.0  # events of a quarter
SAME = 0.6  # common part of two windows, of what they cover together, from which they are one
EVERY_DAY = tuple(range(7))
_POOLS = (EVERY_DAY, EVERY_DAY[:5], EVERY_DAY[5:], *((day,) for day in EVERY_DAY))

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Peak:
    """A time of day at which much happens, on some weekdays.

    weekdays: those on which it begins, Monday is 0. end: on the next day where it is not after the start.
    top_count, usual_count: events of a quarter, at the top and around, on an average day. ratio: of these
    two. days_seen: on how many of the days_looked_at it could be seen.
    """

    weekdays: tuple[int, ...]
    start: time
    end: time
    top_count: float
    usual_count: float
    ratio: float
    days_seen: int
    days_looked_at: int

    @property
    def is_daily(self) -> bool:
        return self.weekdays == EVERY_DAY


def find_peaks(series: Sequence[QuarterCount]) -> list[Peak]:
    """The peaks that recur, by time of day.

    series: counts by quarters of an hour in local time, at best of four weeks or more, as DayTable takes
    them.
    """
    days = _Days.of(DayTable.of(series))
    found = [window for pool in _POOLS for window in _windows(days, pool)]
    peaks = [_measured(days, window) for window in _by_weekdays(days, found)]
    return sorted((peak for peak in peaks if peak), key=lambda peak: (peak.start, peak.weekdays))


@dataclass(frozen=True)
class _Window:
    """A stretch of the day that stands out on some weekdays: quarters from midnight, `end` not included."""

    weekdays: tuple[int, ...]
    start: int
    end: int

    @property
    def place(self) -> slice:
        """Where it lies in a profile."""
        return slice(self.start + MARGIN, self.end + MARGIN)

    def overlaps(self, other: "_Window") -> bool:
        return self.start < other.end and other.start < self.end

    def is_like(self, other: "_Window") -> bool:
        common = min(self.end, other.end) - max(self.start, other.start)
        return common >= SAME * (max(self.end, other.end) - min(self.start, other.start))


@dataclass(frozen=True)
class _Days:
    """Days as rows that reach REACH quarters into the days before and after (NaN where none is).

    parts: counts over their own day's level. levels: events of an ordinary quarter of each day, above 0.
    """

    weekdays: npt.NDArray[np.int64]
    parts: Floats
    levels: Floats

    @classmethod
    def of(cls, table: DayTable) -> "_Days":
        levels = _levels(table.counts)
        known = levels > 0
        edge = np.full(REACH, np.nan)
        parts = table.counts / np.where(known, levels, np.nan)[:, None]
        flat = np.concatenate([edge, parts.ravel(), edge])
        places = np.arange(len(table.days))[:, None] * QUARTERS + np.arange(QUARTERS + 2 * REACH)
        return cls(table.weekdays[known], flat[places[known]], levels[known])

    def of_weekdays(self, weekdays: Sequence[int]) -> "_Days":
        which = np.isin(self.weekdays, weekdays)
        return _Days(self.weekdays[which], self.parts[which], self.levels[which])

    def seen(self, window: _Window, excess: float) -> Flags:
        """On which days the window stands out from the hours around it, by half of `excess` at least."""
        start, end = window.start + REACH, window.end + REACH
        before, after = self.parts[:, start - AROUND : start], self.parts[:, end : end + AROUND]
        around = np.concatenate([before, after], axis=1)
        usual = np.array([np.median(row[~np.isnan(row)]) for row in around])
        inside = self.parts[:, start:end]
        mean = np.nansum(inside, axis=1) / np.maximum((~np.isnan(inside)).sum(axis=1), 1)
        return np.asarray(mean > usual * (1 + excess / 2))


@dataclass(frozen=True)
class _Profile:
    """The average day of some days, in parts of its level, and what is usual at each of its quarters.

    Both begin MARGIN quarters before the day and end as much after it. least: below it nothing counts as
    usual. events: of an ordinary quarter, of all these days together.
    """

    parts: Floats
    usual: Floats
    least: float
    events: float

    @classmethod
    def of(cls, days: _Days) -> "_Profile":
        events = float(days.levels.sum())
        is_thin = np.median(days.levels) < FEW  # of zeros and ones, the highest are what there is
        around = _mean_of_days(days.parts, 0.0 if is_thin else TRIMMED)
        usual = np.median(np.lib.stride_tricks.sliding_window_view(around, 2 * AROUND + 1), axis=1)
        # Of nights with next to nothing, much is still little.
        least = max(0.1 * float(np.median(usual)), LEAST_EVENTS / events)
        return cls(around[AROUND:-AROUND], np.maximum(usual, least), least, events)

    @property
    def excess(self) -> Floats:
        """By how much a quarter exceeds what is usual, in parts of that."""
        return np.asarray(self.parts / self.usual - 1)

    @property
    def noise(self) -> Floats:
        """The standard deviation of `excess` where nothing stands out."""
        chance = 1 / (self.events * self.usual)
        busy = self.usual[1:] >= np.median(self.usual)
        steps = np.abs(np.diff(self.excess))[busy]  # of neighbours, which peaks change at their edges only
        spread = PER_DEVIATION * float(np.median(steps)) / sqrt(2)
        more_than_chance = max(spread**2 - float(np.median(chance[1:][busy])), 0.0)
        return np.asarray(np.sqrt(chance + more_than_chance))


def _levels(counts: Floats) -> Floats:
    """Events of an ordinary quarter of each day: the median, over its quarters, of their counts against the
    average day's, so that neither peaks nor half a day of outage change it; of FEW events, whose median says
    little, their mean without an eighth of the quarters at either end."""
    if not len(counts):
        return np.zeros(0)
    ordinary = np.nanmean(np.sort(counts, axis=1)[:, QUARTERS // 8 : -QUARTERS // 8], axis=1)
    known = ordinary > 0
    if not known.any():
        return np.zeros(len(counts))
    average = _mean_of_days(counts[known] / ordinary[known, None], TRIMMED)
    busy = average >= np.median(average) / 3
    ratios = counts[:, busy] / np.maximum(average[busy], 1e-6)
    levels = np.where(ordinary < FEW, ordinary, np.nanmedian(ratios, axis=1))
    return np.where(known, levels, 0.0)


def _mean_of_days(parts: Floats, trimmed: float) -> Floats:
    """For each quarter, without this part of the highest and of the lowest days (of few days, one each)."""
    ordered = np.sort(parts, axis=0)  # NaN comes last
    known = (~np.isnan(parts)).sum(axis=0)
    cut = np.where(known >= LEAST_DAYS, np.maximum(np.floor(known * trimmed), trimmed > 0), 0)
    place = np.arange(len(parts))[:, None]
    kept = (place >= cut) & (place < known - cut)
    return np.asarray(np.where(kept, ordered, 0).sum(axis=0) / np.maximum(kept.sum(axis=0), 1))


def _windows(days: _Days, weekdays: tuple[int, ...]) -> list[_Window]:
    """What stands out on the average of these weekdays, each from half of its height on."""
    pool = days.of_weekdays(weekdays)
    if len(pool.levels) < LEAST_DAYS:
        return []
    profile = _Profile.of(pool)
    found: list[_Window] = []
    for start, end in _stretches(profile.excess > FACTOR * profile.noise):
        window = _at_half_height(profile, _Window(weekdays, start - MARGIN, end - MARGIN))
        if window and window not in found and _is_peak(profile, window):
            found.append(window)
    return found


def _is_peak(profile: _Profile, window: _Window) -> bool:
    """Whether it is of a peak's length, height and certainty, and begins on the day itself."""
    length = window.end - window.start
    if not (0 <= window.start < QUARTERS and LEAST_QUARTERS <= length <= LONGEST):
        return False
    noise = float(profile.noise[window.place].mean()) / sqrt(length)
    return _mean_excess(profile, window) >= max(LEAST_EXCESS, WHOLE_FACTOR * noise)


def _at_half_height(profile: _Profile, window: _Window) -> _Window | None:
    """The window moved to where half of the top is reached; None when that runs out of what is known."""
    for _round in range(ROUNDS):
        first, last = window.start - SIDE - 1, window.end + SIDE + 1
        if first < -MARGIN or last > QUARTERS + MARGIN:
            return None
        more = profile.parts[first + MARGIN : last + MARGIN] - _line(profile, window, first, last)
        inside = slice(window.start - first, window.end - first)
        top = float(np.sort(more[inside])[-LEAST_QUARTERS:].mean())
        start = end = int(np.argmax(more[inside])) + window.start - first
        while start > 0 and more[start - 1] > top / 2:
            start -= 1
        while end < len(more) and more[end] > top / 2:
            end += 1
        moved = replace(window, start=first + start, end=first + end)
        if moved == window or end <= start:
            break
        window = moved
    return window


def _sides(profile: _Profile, window: _Window) -> tuple[float, float]:
    """What happens in the hours before and after a window, a quarter away from its edges."""
    start, end = window.place.start, window.place.stop
    before, after = profile.parts[start - SIDE - 1 : start - 1], profile.parts[end + 1 : end + SIDE + 1]
    return max(float(np.median(before)), profile.least), max(float(np.median(after)), profile.least)


def _line(profile: _Profile, window: _Window, first: int, last: int) -> Floats:
    """What would be usual from `first` to `last` without the peak: a straight line of logarithms between the
    hours before and after it."""
    places = [window.start - SIDE / 2 - 1.5, window.end + SIDE / 2 + 0.5]
    return np.asarray(np.exp(np.interp(np.arange(first, last), places, np.log(_sides(profile, window)))))


def _mean_excess(profile: _Profile, window: _Window) -> float:
    """By how much the window exceeds the higher one of the hours before and after it: where a day begins or
    ends, one of them is as high as what lies between."""
    return float(profile.parts[window.place].mean()) / max(_sides(profile, window)) - 1


def _stretches(flags: Flags) -> list[tuple[int, int]]:
    steps = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in zip(steps[0::2], steps[1::2], strict=True)]


def _by_weekdays(days: _Days, found: Sequence[_Window]) -> list[_Window]:
    """Each peak with the weekdays that have it.

    Windows of many days are surer than a weekday's own. A weekday takes them when its days show them too,
    and its own ones only for what those do not cover, or where it clearly begins or ends otherwise.
    """
    taken: dict[int, list[_Window]] = {weekday: [] for weekday in EVERY_DAY}
    for weekday in EVERY_DAY:
        of_day = days.of_weekdays((weekday,))
        if not len(of_day.levels):
            continue
        profile = _Profile.of(of_day)
        own = [window for window in found if window.weekdays == (weekday,)]
        for window in found:  # those of most days first
            is_wider = weekday in window.weekdays and len(window.weekdays) > 1
            if is_wider and not any(window.overlaps(other) for other in taken[weekday]):
                is_contradicted = any(_differ(profile, window, other) for other in own)
                if not is_contradicted and _stands_out(of_day, profile, window):
                    taken[weekday].append(window)
        taken[weekday] += [window for window in own if not any(map(window.overlaps, taken[weekday]))]
    groups: list[_Window] = []
    for weekday, windows in taken.items():
        ends_before = max((window.end - QUARTERS for window in taken[(weekday - 1) % 7]), default=0)
        for window in windows:
            if window.start >= ends_before:  # else it is the rest of what began the day before
                _join(groups, replace(window, weekdays=(weekday,)))
    return groups


def _join(groups: list[_Window], window: _Window) -> None:
    for place, group in enumerate(groups):
        if group.is_like(window) and window.weekdays[0] not in group.weekdays:
            groups[place] = replace(group, weekdays=group.weekdays + window.weekdays)
            return
    groups.append(window)


def _stands_out(days: _Days, profile: _Profile, window: _Window) -> bool:
    excess = _mean_excess(profile, window)
    return excess >= LEAST_EXCESS and bool(days.seen(window, excess).mean() >= SEEN_ON)


def _differ(profile: _Profile, wider: _Window, own: _Window) -> bool:
    """Whether a weekday's own window is clearly another one than a window of more days that it overlaps."""
    if not own.overlaps(wider) or own.is_like(wider):
        return False
    both = replace(own, start=min(own.start, wider.start), end=max(own.end, wider.end))
    more = profile.parts[both.place] - _line(profile, both, both.start, both.end)
    quarters = np.arange(both.start, both.end)
    in_own = (quarters >= own.start) & (quarters < own.end)
    in_wider = (quarters >= wider.start) & (quarters < wider.end)
    half, noise = float(more[in_own].mean()) / 2, (profile.noise * profile.usual)[both.place]
    for only, sign in ((in_own & ~in_wider, 1), (in_wider & ~in_own, -1)):
        count = int(only.sum())
        if count and sign * (more[only].mean() - half) > FACTOR * noise[only].mean() / sqrt(count):
            return True
    return False


def _measured(days: _Days, group: _Window) -> Peak | None:
    """The peak from all days of its weekdays; None when together they do not show it, or too few do."""
    pool = days.of_weekdays(group.weekdays)
    windows = [window for window in _windows(days, group.weekdays) if window.overlaps(group)]
    if not windows:
        return None
    profile = _Profile.of(pool)
    window = max(windows, key=lambda one: _mean_excess(profile, one))
    seen = pool.seen(window, _mean_excess(profile, window))
    if seen.mean() < SEEN_ON:
        return None
    level = float(np.median(pool.levels))
    top = float(profile.parts[window.place].max()) * level
    usual = float(_line(profile, window, window.start, window.end).mean()) * level
    return Peak(
        weekdays=group.weekdays,
        start=_time(window.start),
        end=_time(window.end),
        top_count=top,
        usual_count=usual,
        ratio=top / usual,
        days_seen=int(seen.sum()),
        days_looked_at=len(seen),
    )


def _time(quarter: int) -> time:
    return time(quarter % QUARTERS // 4, quarter % 4 * 15)
