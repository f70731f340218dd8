"""Intervals for shares, recall from a stratified sample, agreement beyond chance, percentiles. Pure Python.

All intervals are of 95 % unless `z` says otherwise; shares are 0 to 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, sqrt

Z95 = 1.959963984540054
ENOUGH = 30  # below it an interval says little, and pages say so


@dataclass(frozen=True)
class Estimate:
    """A value between its bounds."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Stratum:
    """A part of all content of which some was looked at.

    population: how much there is. sampled: how much of it people decided on. positive: how much of that
    they found violating.
    """

    population: int
    sampled: int
    positive: int

    def __post_init__(self) -> None:
        if not 0 <= self.positive <= self.sampled <= self.population:
            raise ValueError(f"0 <= positive <= sampled <= population, got {self}")


def wilson(positive: int, total: int, z: float = Z95) -> Estimate | None:
    """Share with Wilson's score interval (Wilson 1927), which holds for few and for extreme counts.

    None for nothing of nothing.
    """
    return _wilson(positive / total, float(total), z) if total else None


def sampled_share(stratum: Stratum, z: float = Z95) -> Estimate | None:
    """The share of violating content in a stratum. Where most of it was looked at, little is uncertain:
    the sample counts for more by the finite population correction; a census is exact.
    """
    if not stratum.sampled:
        return None
    share = stratum.positive / stratum.sampled
    unseen = stratum.population - stratum.sampled
    if not unseen:
        return Estimate(share, share, share)
    return _wilson(share, stratum.sampled * (stratum.population - 1) / unseen, z)


def estimated_total(strata: Sequence[Stratum], z: float = Z95) -> Estimate:
    """How much violating content there is in all strata together.

    The bounds combine those of the strata (MOVER: Zou and Donner 2008), so none found in a small sample does
    not mean none there. A stratum of which nothing was looked at may hold anything: it widens the upper
    bound by all it holds.
    """
    value = below = above = unknown = 0.0
    for stratum in strata:
        share = sampled_share(stratum, z)
        if share is None:
            unknown += stratum.population
            continue
        value += stratum.population * share.value
        below += (stratum.population * (share.value - share.low)) ** 2
        above += (stratum.population * (share.high - share.value)) ** 2
    return Estimate(value, max(value - sqrt(below), 0.0), value + sqrt(above) + unknown)


def recall(caught: Sequence[Stratum], missed: Sequence[Stratum], z: float = Z95) -> Estimate | None:
    """Of all violating content, the share that lies in `caught`; None when no violating content is known.

    The bounds are those of the ratio missed / caught (MOVER-R: Donner and Zou 2012).
    """
    found, lost = estimated_total(caught, z), estimated_total(missed, z)
    if found.value + lost.value == 0:
        return None
    value = found.value / (found.value + lost.value)
    if found.low <= 0:
        return Estimate(value, 0.0, _bounded_share(found.high, lost.low))
    ratio = _ratio_bounds(lost, found)
    return Estimate(value, 1 / (1 + ratio[1]), 1 / (1 + ratio[0]))


@dataclass(frozen=True)
class Agreement:
    """Two people's answers on the same items. kappa: None where it is not defined."""

    pairs: int
    observed: float
    kappa: Estimate | None


def cohens_kappa(
    both_approve: int, only_first: int, only_second: int, both_refuse: int, z: float = Z95
) -> Agreement | None:
    """Agreement beyond chance (Cohen 1960) with the large-sample interval of Fleiss, Cohen and Everitt 1969.

    only_first: how often the first alone approved. Kappa is not defined where chance alone would make both
    always agree. None without pairs.
    """
    total = both_approve + only_first + only_second + both_refuse
    if not total:
        return None
    cells = [[both_approve / total, only_first / total], [only_second / total, both_refuse / total]]
    rows = [sum(row) for row in cells]
    columns = [cells[0][i] + cells[1][i] for i in (0, 1)]
    observed = cells[0][0] + cells[1][1]
    chance = sum(rows[i] * columns[i] for i in (0, 1))
    if chance >= 1 - 1e-12:
        return Agreement(total, observed, None)
    kappa = (observed - chance) / (1 - chance)
    diagonal = sum(cells[i][i] * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2 for i in (0, 1))
    beside = (1 - kappa) ** 2 * sum(cells[i][1 - i] * (columns[i] + rows[1 - i]) ** 2 for i in (0, 1))
    rest = (kappa - chance * (1 - kappa)) ** 2
    error = sqrt(max(diagonal + beside - rest, 0.0) / total) / (1 - chance)
    return Agreement(
        total, observed, Estimate(kappa, max(kappa - z * error, -1.0), min(kappa + z * error, 1.0))
    )


def percentile(ordered: Sequence[float], part: float) -> float | None:
    """Percentile of an ascending sequence, between neighbours by distance; part 0 to 1. None if empty."""
    if not 0 <= part <= 1:
        raise ValueError(f"part must be 0 to 1, got {part}")
    if not ordered:
        return None
    place = part * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _wilson(share: float, weight: float, z: float) -> Estimate:
    middle = (share + z * z / (2 * weight)) / (1 + z * z / weight)
    half = z / (1 + z * z / weight) * sqrt(share * (1 - share) / weight + (z / (2 * weight)) ** 2)
    low = 0.0 if share == 0 else max(middle - half, 0.0)
    return Estimate(share, low, 1.0 if share == 1 else min(middle + half, 1.0))


def _bounded_share(part: float, rest: float) -> float:
    return part / (part + rest) if part + rest else 1.0


def _ratio_bounds(over: Estimate, under: Estimate) -> tuple[float, float]:
    """Bounds of over / under, under.low > 0. Without an upper bound of its own it is infinite."""
    product = over.value * under.value
    lower_room = under.high * (2 * under.value - under.high)
    low = 0.0
    if over.low > 0 and lower_room > 0:
        inside = product**2 - over.low * under.high * (2 * over.value - over.low) * (
            2 * under.value - under.high
        )
        low = (product - sqrt(max(inside, 0.0))) / lower_room
    inside = product**2 - over.high * under.low * (2 * over.value - over.high) * (2 * under.value - under.low)
    high = (product + sqrt(max(inside, 0.0))) / (under.low * (2 * under.value - under.low))
    return max(low, 0.0), high
