"""How long jobs wait for a worker and how many keep that short: a model, and a simulation that checks it.
Pure Python.

The model is a birth-death chain of the number of jobs waiting or running, for c alike workers that take the
job that came first. While some are free it is the chain of M/M/c. While all are busy, its steps up and down
have the mean and the variance of what comes and goes: with runs of squared coefficient of variation s, at
rates up (2 lambda + c mu (s - 1)) / 2 and down c mu (1 + s) / 2. In its steady state a job must wait with
Erlang's probability C, and then waits (1 + s) / 2 times as long as in M/M/c, which is the approximation of
Allen and Cunneen (Allen 1990, chapter 5; Whitt 1993, "Approximations for the GI/G/m queue").
Unlike those formulas the chain is also followed through time, so that a quarter with more work than the
workers can do leaves its queue to the next one, and a short peak does not count as if it lasted for ever.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, log, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_banded
from scipy.optimize import brentq
from scipy.special import gammaincc

QUARTER_SECONDS = 900.0
STEPS = 12  # of a quarter, each followed implicitly
STEADY_BELOW = 0.8  # of all workers busy: then a quarter is long enough to settle in
TAIL = 1e-7  # of jobs, that may find a longer queue than the chain has states for
MOST_STATES = 20_000
PART = 0.95
JOBS_SIMULATED = 60_000
REPETITIONS = (30, 1000)  # at least, at most
RESAMPLED = 200

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Runs:
    """How long jobs run: seconds on average, and the square of (standard deviation / average)."""

    mean_seconds: float
    squared_variation: float

    def __post_init__(self) -> None:
        if self.mean_seconds <= 0 or self.squared_variation < 0:
            raise ValueError(f"mean_seconds > 0 and squared_variation >= 0, got {self}")

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Runs":
        """From runs that were measured. Raises ValueError without any."""
        if not len(seconds):
            raise ValueError("no runs given")
        mean = float(np.mean(seconds))
        return cls(mean, float(np.var(seconds)) / mean**2)


@dataclass(frozen=True)
class Plan:
    """Workers, and what the jobs of each quarter would meet.

    p95_wait_seconds: what 95 % do not exceed. utilisation: the part of the workers that is busy. is_enough:
    whether every quarter keeps the limit; False when more workers than allowed would be needed.
    """

    workers: int
    p95_wait_seconds: tuple[float, ...]
    utilisation: tuple[float, ...]
    is_enough: bool


def workers_needed(
    arrivals_per_hour: Sequence[float], runs: Runs, p95_wait_limit_seconds: float, max_workers: int
) -> Plan:
    """The fewest workers with which no quarter's p95 wait exceeds the limit.

    arrivals_per_hour: rate of each quarter of an hour, one after the other.
    """
    if max_workers < 1 or p95_wait_limit_seconds < 0 or not len(arrivals_per_hour):
        raise ValueError(
            f"max_workers >= 1, a limit >= 0 and a quarter at least, got {max_workers}, "
            f"{p95_wait_limit_seconds}, {len(arrivals_per_hour)} quarters"
        )
    low, high = 1, max_workers
    while low < high:
        middle = (low + high) // 2
        if _keeps(arrivals_per_hour, runs, p95_wait_limit_seconds, middle):
            high = middle
        else:
            low = middle + 1
    return expected_waits(arrivals_per_hour, runs, p95_wait_limit_seconds, low)


def expected_waits(
    arrivals_per_hour: Sequence[float], runs: Runs, p95_wait_limit_seconds: float, workers: int
) -> Plan:
    """What so many workers make of the quarters; see workers_needed."""
    rates = [rate / 3600 for rate in arrivals_per_hour]
    chain = _Chain.for_rates(rates, runs, workers)
    states = list(_states(chain, rates))
    waits = tuple(chain.wait_quantile(state) for state in states)
    busy = tuple(chain.busy(state) / workers for state in states)
    return Plan(workers, waits, busy, max(waits) <= p95_wait_limit_seconds)


def _keeps(arrivals_per_hour: Sequence[float], runs: Runs, limit_seconds: float, workers: int) -> bool:
    """Whether the limit is kept; ends at the first quarter that does not keep it."""
    rates = [rate / 3600 for rate in arrivals_per_hour]
    chain = _Chain.for_rates(rates, runs, workers)
    return all(chain.part_over(state, limit_seconds) <= 1 - PART for state in _states(chain, rates))


def _states(chain: "_Chain", rates: Sequence[float]) -> Iterator[Floats]:
    """The probabilities of the chain's states on average over each quarter."""
    capacity = chain.workers * chain.rate_of_ends
    state = chain.steady(min(rates[0], 0.95 * capacity))
    for rate in rates:
        if rate < STEADY_BELOW * capacity and chain.waiting(state) < 1:
            state = mean = chain.steady(rate)
        else:
            state, mean = chain.followed(state, rate)
        yield mean


def simulate(arrivals: Floats, runs: Floats, workers: int) -> Floats:
    """The wait of each job in seconds: job by job, the one that came first is taken first.

    arrivals (float, (jobs, repetitions)): seconds, ascending down each column; NaN where a repetition
    has no more jobs. runs (same shape): how long each takes.
    """
    free = np.zeros((arrivals.shape[1], workers))
    every = np.arange(arrivals.shape[1])
    waits = np.empty_like(arrivals)
    for job, moments in enumerate(arrivals):
        first = free.argmin(axis=1)
        starts = np.maximum(moments, free[every, first])
        waits[job] = starts - moments
        free[every, first] = starts + runs[job]
    return waits


@dataclass(frozen=True)
class SimulatedWait:
    """The wait in seconds that PART of the jobs do not exceed, and the bounds that repetitions by the same
    rates keep 19 times out of 20."""

    p95_seconds: float
    low: float
    high: float


def simulated_wait(
    arrivals_per_hour: Sequence[float], runs: Runs, workers: int, quarter: int, *, seed: int
) -> SimulatedWait | None:
    """Simulate quarters of an hour many times, jobs coming and taking time by chance; None where none comes.

    Work is drawn from the log-normal distribution of the same mean and variation. quarter: whose jobs are
    looked at. The bounds come from a bootstrap over whole repetitions, as jobs of one queue are not
    independent (Davison and Hinkley 1997, section 3.8).
    """
    chance = np.random.default_rng(seed)
    until_then = np.asarray(arrivals_per_hour[: quarter + 1])  # later jobs make nobody wait before
    expected = until_then.sum() / 4
    repetitions = int(np.clip(JOBS_SIMULATED / max(expected, 1), *REPETITIONS))
    arrivals = _arrivals(chance, until_then, repetitions)
    spread = log(1 + runs.squared_variation)
    work = chance.lognormal(log(runs.mean_seconds) - spread / 2, sqrt(spread), arrivals.shape)
    waits = simulate(arrivals, work, workers)
    looked_at = arrivals // QUARTER_SECONDS == quarter
    if not looked_at.any():
        return None
    found, repetition = waits[looked_at], np.nonzero(looked_at)[1]
    order = np.argsort(found)
    found, repetition = found[order], repetition[order]
    again = chance.multinomial(repetitions, np.full(repetitions, 1 / repetitions), RESAMPLED)
    drawn = [_weighted_quantile(found, times[repetition]) for times in again]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return SimulatedWait(_weighted_quantile(found, np.ones(len(found))), float(low), float(high))


def _arrivals(chance: np.random.Generator, rates: Floats, repetitions: int) -> Floats:
    """Moments at which jobs come, each independent of the others; NaN where no more come."""
    counts = chance.poisson(rates / 4, (repetitions, len(rates)))
    totals = counts.sum(axis=1)
    moments = np.full((totals.max(initial=0), repetitions), np.nan)
    for number in range(repetitions):
        quarters = np.repeat(np.arange(len(rates)), counts[number])
        moments[: totals[number], number] = np.sort(
            QUARTER_SECONDS * (quarters + chance.random(len(quarters)))
        )
    return moments


def _weighted_quantile(ascending: Floats, weights: npt.NDArray[Any]) -> float:
    sums = np.cumsum(weights)
    place = np.searchsorted(sums, PART * sums[-1])
    return float(ascending[min(int(place), len(ascending) - 1)])


@dataclass(frozen=True)
class _Chain:
    """States 0 .. size - 1: so many jobs wait or run. rate_of_ends: mu, of one worker."""

    workers: int
    size: int
    rate_of_ends: float
    variation: float

    @classmethod
    def for_rates(cls, rates: Sequence[float], runs: Runs, workers: int) -> "_Chain":
        """With room for the queue that these rates make: what cannot be done in time, and chance."""
        capacity = workers / runs.mean_seconds
        backlog = most = 0.0
        for rate in rates:
            backlog = max(backlog + (rate - capacity) * QUARTER_SECONDS, 0.0)
            most = max(most, backlog)
        spread = sqrt((1 + runs.squared_variation) * max(rates) * QUARTER_SECONDS * 4)
        size = min(workers + ceil(most + 6 * spread) + 50, MOST_STATES)
        return cls(workers, size, 1 / runs.mean_seconds, runs.squared_variation)

    def rates(self, arrivals: float) -> tuple[Floats, Floats]:
        """Rates up from each state and down to the one below; down[0] is 0."""
        number = np.arange(self.size)
        is_full = number >= self.workers
        capacity = self.workers * self.rate_of_ends
        up_full = max((2 * arrivals + capacity * (self.variation - 1)) / 2, 1e-3 * arrivals)
        up = np.where(is_full, up_full, arrivals)
        down = np.where(is_full, capacity * (1 + self.variation) / 2, number * self.rate_of_ends)
        up[-1] = 0
        return up, down

    def steady(self, arrivals: float) -> Floats:
        """The probabilities in the long run, of arrivals that the workers can keep up with."""
        up, down = self.rates(arrivals)
        with np.errstate(divide="ignore"):
            logs = np.concatenate([[0.0], np.cumsum(np.log(up[:-1]) - np.log(down[1:]))])
        found = np.exp(logs - logs.max())
        return np.asarray(found / found.sum())

    def followed(self, state: Floats, arrivals: float) -> tuple[Floats, Floats]:
        """The probabilities after a quarter of an hour, and their mean over it (implicit Euler steps)."""
        step = QUARTER_SECONDS / STEPS
        up, down = self.rates(arrivals)
        bands = np.zeros((3, self.size))
        bands[0, 1:] = -step * down[1:]
        bands[1] = 1 + step * (up + down)
        bands[2, :-1] = -step * up[:-1]
        mean = np.zeros(self.size)
        for _number in range(STEPS):
            after = solve_banded((1, 1), bands, state, check_finite=False)
            mean += (state + after) / (2 * STEPS)
            state = after
        return state, mean

    def busy(self, state: Floats) -> float:
        return float(np.minimum(np.arange(self.size), self.workers) @ state)

    def waiting(self, state: Floats) -> float:
        return float(np.maximum(np.arange(self.size) - self.workers, 0) @ state)

    def part_over(self, state: Floats, seconds: float) -> float:
        """The part of the jobs that come in such a state and wait longer than so many seconds.

        A job that finds n >= c others waits for n - c + 1 ends of runs, which come at rate c mu: their sum is
        spread by Erlang's distribution.
        """
        ends = np.arange(1, self.size - self.workers + 1)
        found = state[self.workers :]
        likely = found > TAIL / self.size
        capacity = self.workers * self.rate_of_ends
        return float(found[likely] @ gammaincc(ends[likely], capacity * seconds))

    def wait_quantile(self, state: Floats) -> float:
        """The wait in seconds that PART of the jobs that come in such a state do not exceed."""
        if self.part_over(state, 0.0) <= 1 - PART:
            return 0.0
        longest = 2.0 * self.size / (self.workers * self.rate_of_ends)
        found = brentq(
            lambda seconds: self.part_over(state, seconds) - (1 - PART), 0.0, longest, xtol=0.01, rtol=1e-4
        )
        return float(found)
