"""Shape: how much happens when in a made-up history, and which dances are asked for. Pure Python.

Two peaks a day and busier weekends, as a consumer's dance app has them; one template far ahead of the others
(22 % of all jobs at first, 27 % in the end); launches that bring people and are forgotten; one outage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

MINUTES = 1440
LUNCH, EVENING = (12 * 60 + 30, 13 * 60 + 30), (20 * 60, 21 * 60)  # minutes of the day
LUNCH_TIMES, LUNCH_AT_WEEKENDS, EVENING_TIMES = 2.4, 1.7, 2.9  # what is usual
WEEKEND_TIMES = 1.35  # a workday's events
GROWTH_A_DAY = 0.003
DAILY_NOISE, QUARTER_NOISE = 0.07, 0.06  # standard deviations of logarithms
LEADER_SHARE = (0.22, 0.27)  # on the first and on the last day
ZIPF = 0.85  # exponent of the ranks of the others
LAUNCHED_SHARE = 0.4  # of the templates; the others were there before
BIG_LAUNCHES, BIG_TIMES, BIG_DAYS = 3, 0.35, 4.0  # how many bring people, how many more, and how long
OUTAGE_PART = 0.12  # of the workers still at work
OUTAGE_HOURS = (2.0, 3.5)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shape:
    """days: in order. volumes: of each day, adding up to 1. shares (days, templates): adding up to 1 a day.

    launches: the day's number on which each template came, negative for those that were there. outage: the
    day's number, and the minutes between which most workers are away; None for a history of under a week.
    """

    days: tuple[date, ...]
    volumes: Floats
    shares: Floats
    launches: Ints
    outage: tuple[int, int, int] | None

    @classmethod
    def draw(cls, days: Sequence[date], templates: int, chance: np.random.Generator) -> "Shape":
        """A shape by chance."""
        count = len(days)
        launches = _launches(count, templates, chance)
        weekend = np.array([WEEKEND_TIMES if day.weekday() >= 5 else 1.0 for day in days])
        growth = np.exp(GROWTH_A_DAY * np.arange(count) + chance.normal(0, DAILY_NOISE, count))
        big = np.unique(launches[launches >= 0])
        big = chance.choice(big, min(BIG_LAUNCHES, len(big)), replace=False)
        ages = np.arange(count)[:, None] - big[None, :]
        brought = 1 + (BIG_TIMES * np.exp(-ages / BIG_DAYS) * (ages >= 0)).sum(axis=1)
        volumes = weekend * growth * brought
        return cls(
            tuple(days),
            volumes / volumes.sum(),
            _shares(count, templates, launches),
            launches,
            _outage(count, chance),
        )

    def minutes(self, number: int, chance: np.random.Generator) -> Floats:
        """What part of a day's events falls into each minute."""
        is_weekend = self.days[number].weekday() >= 5
        minute = np.arange(MINUTES)
        wakes, sleeps = (570, 1425) if is_weekend else (480, 1395)
        rates = 0.1 + 0.9 / (1 + np.exp(-(minute - wakes) / 50))
        rates *= 1 - 0.75 / (1 + np.exp(-(minute - sleeps) / 20))
        rates *= _bump(minute, LUNCH, LUNCH_AT_WEEKENDS if is_weekend else LUNCH_TIMES)
        rates *= _bump(minute, EVENING, EVENING_TIMES)
        rates *= np.repeat(np.exp(chance.normal(0, QUARTER_NOISE, MINUTES // 15)), 15)
        return np.asarray(rates / rates.sum())


def _bump(minute: Ints, between: tuple[int, int], times: float) -> Floats:
    """A plateau with flanks of some minutes, whose middles are the ends of the peak."""
    start, end = between
    rise, fall = (1 / (1 + np.exp(-(minute - at) / 2.5)) for at in (start, end))
    return np.asarray(1 + (times - 1) * (rise - fall))


def _launches(days: int, templates: int, chance: np.random.Generator) -> Ints:
    """The leader and most others were there before; as does any that comes within the last three days."""
    launches = np.full(templates, -1000, np.int64)
    new = chance.permutation(np.arange(1, templates))[: round(LAUNCHED_SHARE * (templates - 1))]
    if days > 6:
        launches[new] = chance.integers(2, days - 3, len(new))
    return launches


def _shares(days: int, templates: int, launches: Ints) -> Floats:
    """By rank (Zipf); what was launched rises within a day or two and falls to a third within weeks."""
    ranks = (np.arange(templates) + 3.0) ** -ZIPF
    ages = np.arange(days)[:, None] - launches[None, :]
    fresh = (1 - np.exp(-(ages + 0.5) / 1.2)) * (0.35 + 1.65 * np.exp(-ages / 9.0))
    weights = ranks * np.where(ages < 0, 0.0, np.where(launches < 0, 1.0, fresh))
    leader = np.linspace(*LEADER_SHARE, days)
    if templates == 1:
        return np.ones((days, 1))
    others = weights[:, 1:]
    return np.column_stack([leader, others / others.sum(axis=1, keepdims=True) * (1 - leader)[:, None]])


def _outage(days: int, chance: np.random.Generator) -> tuple[int, int, int] | None:
    """On a day in the middle of the history, in the afternoon."""
    if days < 7:
        return None
    start = int(chance.integers(14 * 60, 17 * 60))
    return (
        int(chance.integers(days // 3, days * 4 // 5)),
        start,
        start + int(60 * chance.uniform(*OUTAGE_HOURS)),
    )
