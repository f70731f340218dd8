"""Counts of quarters of an hour with planted peaks: what the detector and the forecasts are measured on.

Nothing here is taken from the product's own made-up history.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from tongyi_portal.usage.day_table import QuarterCount

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2025, 3, 3, tzinfo=ZONE)


@dataclass(frozen=True)
class Planted:
    """start, end in quarters from midnight. factor: how much more happens than in the hours around."""

    weekdays: tuple[int, ...]
    start: int
    end: int
    factor: float


def planted_peaks(chance: np.random.Generator) -> list[Planted]:
    """Zero to four peaks of half an hour to two and a half hours, daily, on workdays, at weekends or on some
    weekdays; not closer than two hours to each other."""
    peaks: list[Planted] = []
    for _number in range(int(chance.integers(0, 5))):
        days = [tuple(range(7)), tuple(range(7)), tuple(range(5)), (5, 6), (4, 5)][int(chance.integers(0, 5))]
        start, length = int(chance.integers(28, 96)), int(chance.integers(2, 11))
        new = Planted(days, start, start + length, float(chance.uniform(1.6, 4.0)))
        if all(new.start >= one.end + 8 or new.end + 8 <= one.start for one in peaks):
            peaks.append(new)
    return peaks


def history(
    seed: int, peaks: list[Planted], *, weeks: int = 8, level: float | None = None, is_flat: bool = False
) -> list[QuarterCount]:
    """Noisy counts: nights with less (unless flat), other weekends, uneven days, the launch of a template
    with a burst on its day, and ten hours of outage. Gamma-Poisson noise."""
    chance = np.random.default_rng(seed)
    days = weeks * 7
    level = level or float(np.exp(chance.uniform(np.log(8), np.log(400))))
    wakes, sleeps = chance.uniform(26, 36), chance.uniform(90, 95)
    weekend = chance.uniform(0.6, 1.6)
    rates = np.zeros(days * 96)
    growth = chance.uniform(-0.004, 0.008)
    for day in range(days):
        factor = (weekend if day % 7 >= 5 else 1.0) * np.exp(growth * day + chance.normal(0, 0.12))
        later = 3 if day % 7 >= 5 else 0
        shape = np.ones(96) if is_flat else _awake(wakes + later, sleeps + later / 3)
        rates[day * 96 : day * 96 + 96] = shape * level * factor
    launch = int(chance.integers(7, days - 7))
    after = np.maximum(np.arange(days * 96) / 96 - launch, 0)
    rates *= 1 + np.where(after > 0, chance.uniform(0.3, 1.5) * np.exp(-after / 5), 0)
    burst = launch * 96 + int(chance.integers(36, 80))
    rates[burst : burst + 8] *= chance.uniform(2, 6)
    for peak in peaks:
        for day in range(days):
            if day % 7 in peak.weekdays:
                start, end = day * 96 + peak.start, day * 96 + peak.end
                around = rates[start - 4 : end + 4].max()
                rates[start:end] = around * peak.factor * chance.uniform(0.85, 1.15)
    outage = int(chance.integers(0, days)) * 96 + int(chance.integers(30, 60))
    rates[outage : outage + 40] *= 0.05
    noise = chance.gamma(40, 1 / 40, size=rates.size)
    counts = chance.poisson(rates * noise)
    first = MONDAY.astimezone(UTC)
    return [
        QuarterCount((first + timedelta(minutes=15) * number).astimezone(ZONE), int(count))
        for number, count in enumerate(counts)
    ]


def _awake(wakes: float, sleeps: float) -> np.ndarray:
    quarters = np.arange(96)
    day = 0.12 + 0.88 / (1 + np.exp(-(quarters - wakes) / 4))
    return np.asarray(day * (1 - 0.7 / (1 + np.exp(-(quarters - sleeps) / 1.5))))
