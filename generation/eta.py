"""start_times(queue, running, history, workers) and estimate_end: an honest range for a wait. Pure Python.

Run times are taken as independent, so that along one worker's queue means and variances add; the range is the
central 80 % of a normal distribution with that mean and variance.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from statistics import fmean, pstdev

Z_80 = 1.2816  # a normal value lies within this many deviations of its mean with probability 0.8
ENOUGH = 5  # finished jobs of a like size before they are trusted alone
LIKE_SIZE = 0.25  # sizes that differ by no more than this share are alike
SMALLEST_SPREAD = 0.1  # of the mean: no two runs are the same
EARLIEST_TRUSTED_PROGRESS = 0.1
STEADY_SPREAD = 0.2  # of what is left, by the pace so far


@dataclass(frozen=True)
class Work:
    """A job that waits. model: key of its history. guess_*: used until there is one."""

    model: str
    units: float
    guess_seconds: float
    guess_deviation: float


@dataclass(frozen=True)
class RunningWork(Work):
    """A job that a worker has in hand. progress: 0 to 1. is_steady: it grows evenly over the time."""

    elapsed_seconds: float = 0.0
    progress: float = 0.0
    is_steady: bool = False


@dataclass(frozen=True)
class Finished:
    """What one finished job took."""

    units: float
    seconds: float


@dataclass(frozen=True)
class WaitEstimate:
    """Seconds until the job has ended: 8 of 10 jobs end within this range."""

    low_seconds: float
    high_seconds: float


@dataclass(frozen=True)
class StartTime:
    """Seconds until a worker is free for a job, and how far that may be off."""

    mean_seconds: float
    variance: float


History = Mapping[str, Sequence[Finished]]


def run_time(work: Work, history: History) -> tuple[float, float]:
    """Mean and deviation in seconds of the whole run of one job.

    From finished jobs of a like size; else from all of the same model, scaled by size; else the kind's guess.
    """
    finished = history.get(work.model, ())
    alike = [done.seconds for done in finished if abs(done.units - work.units) <= LIKE_SIZE * work.units]
    if len(alike) >= ENOUGH:
        return _moments(alike)
    scaled = [done.seconds * work.units / done.units for done in finished if done.units > 0]
    if scaled:
        mean, deviation = _moments(scaled)
        return mean, max(deviation, 0.3 * mean)  # run time is not quite proportional to size
    return work.guess_seconds, work.guess_deviation


def estimate_rest(work: RunningWork, history: History) -> WaitEstimate:
    """How long a running job still needs."""
    return _range(*_rest(work, history))


def start_times(
    queue: Iterable[Work], running: Sequence[RunningWork], history: History, workers: int
) -> list[StartTime]:
    """When each job of `queue` will start, and last, when one behind them all would.

    Each job goes to the worker that is free first. queue: in the order of service. workers: how many there
    are, 1 or more.
    """
    free = [(mean, deviation**2) for mean, deviation in (_rest(work, history) for work in running)]
    free += [(0.0, 0.0)] * max(0, workers - len(free))
    heapify(free)
    runs: dict[Work, tuple[float, float]] = {}  # a long queue holds few different works
    starts = []
    for work in queue:
        starts.append(StartTime(*free[0]))
        if work not in runs:
            runs[work] = run_time(work, history)
        mean, deviation = runs[work]
        heapreplace(free, (free[0][0] + mean, free[0][1] + deviation**2))
    return [*starts, StartTime(*free[0])]


def estimate_end(start: StartTime, work: Work, history: History) -> WaitEstimate:
    """When a job that starts then will have ended."""
    mean, deviation = run_time(work, history)
    return _range(start.mean_seconds + mean, math.sqrt(start.variance + deviation**2))


def poll_seconds(low_seconds: float, *, jitter: float) -> float:
    """When to ask again: a tenth of the shortest wait, 1 to 15 seconds, spread by up to a fifth either way.

    jitter: 0 to 1, a fresh random number, so that callers who began together do not stay together.
    """
    return round(min(15.0, max(1.0, low_seconds / 10)) * (0.8 + 0.4 * jitter), 2)


def _rest(work: RunningWork, history: History) -> tuple[float, float]:
    """Mean and deviation of what is left; what progress says counts the more, the further the job is.

    Progress that is steady counts alone: a machine that is busy slows what is left as what is done.
    """
    mean, deviation = run_time(work, history)
    by_clock = max(mean - work.elapsed_seconds, 0.05 * mean)
    if work.progress < EARLIEST_TRUSTED_PROGRESS:
        return by_clock, deviation
    by_progress = work.elapsed_seconds * (1 - work.progress) / work.progress
    if work.is_steady:
        return by_progress, STEADY_SPREAD * by_progress
    rest = work.progress * by_progress + (1 - work.progress) * by_clock
    return rest, deviation * (1 - work.progress)


def _moments(seconds: Sequence[float]) -> tuple[float, float]:
    mean = fmean(seconds)
    return mean, max(pstdev(seconds), SMALLEST_SPREAD * mean)


def _range(mean: float, deviation: float) -> WaitEstimate:
    return WaitEstimate(max(0.0, mean - Z_80 * deviation), mean + Z_80 * deviation)
