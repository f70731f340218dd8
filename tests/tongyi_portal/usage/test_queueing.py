from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tongyi_portal.usage.queueing import Runs, expected_waits, simulate, simulated_wait, workers_needed

RUN = 90.0


def _waits(arrivals: Sequence[float] | np.ndarray, runs: Sequence[float] | np.ndarray, workers: int) -> Any:
    """Of one repetition."""
    return simulate(np.array(arrivals, float)[:, None], np.array(runs, float)[:, None], workers)[:, 0]


def _run_seconds(chance: np.random.Generator, runs: Runs, count: int) -> np.ndarray:
    if not runs.squared_variation:
        return np.full(count, runs.mean_seconds)
    shape = 1 / runs.squared_variation
    return chance.gamma(shape, runs.mean_seconds / shape, count)


def _day(base: float, top: float) -> np.ndarray:
    """Arrivals an hour by quarters: a quiet night, and two hours of peak."""
    rates = base * (0.15 + 0.85 / (1 + np.exp(-(np.arange(96) - 30) / 4)))
    rates[50:54] *= top
    rates[80:84] *= top * 1.2
    return rates


def _worst_p95(seed: int, rates: np.ndarray, runs: Runs, workers: int, days: int = 60) -> float:
    """Of all quarters, the longest p95 wait that the simulation of so many days finds."""
    chance = np.random.default_rng(seed)
    waits: list[list[float]] = [[] for _quarter in rates]
    for _day in range(days):
        counts = chance.poisson(rates / 4)
        arrivals = np.sort(np.concatenate([900 * (q + chance.random(n)) for q, n in enumerate(counts)]))
        found = _waits(arrivals, _run_seconds(chance, runs, len(arrivals)), workers)
        for moment, wait in zip(arrivals, found, strict=True):
            waits[int(moment // 900)].append(wait)
    return max(float(np.quantile(one, 0.95)) for one in waits if len(one) >= 20)


def test_jobs_are_taken_in_the_order_in_which_they_came() -> None:
    assert _waits([0, 1, 2, 3, 50], [10, 10, 10, 10, 1], 2).tolist() == [0, 0, 8, 8, 0]
    assert _waits([0, 1, 2], [10, 10, 10], 1).tolist() == [0, 9, 18]


def test_repetitions_of_different_length_do_not_meet() -> None:
    arrivals = np.array([[0.0, 0.0], [1.0, 5.0], [2.0, np.nan]])
    waits = simulate(arrivals, np.full((3, 2), 10.0), 1)
    assert waits[:, 0].tolist() == [0, 9, 18]
    assert waits[:2, 1].tolist() == [0, 5]


@pytest.mark.parametrize(("rate", "workers"), [(40, 2), (200, 6), (1200, 30)])
def test_simulated_waits_hardly_depend_on_chance_and_lie_in_their_interval(rate: float, workers: int) -> None:
    rates, runs = [rate / 2] * 4 + [rate] * 4, Runs(RUN, 1.0)
    found = [simulated_wait(rates, runs, workers, 7, seed=seed) for seed in range(5)]
    assert simulated_wait(rates, runs, workers, 7, seed=0) == found[0]
    waits = [one.p95_seconds for one in found if one is not None]
    first = found[0]
    assert first is not None
    assert len(waits) == 5
    assert first.low <= waits[0] <= first.high
    assert max(waits) - min(waits) <= max(1.5 * (first.high - first.low), 0.1 * RUN)
    assert first.high - first.low <= 0.7 * waits[0]


def test_where_nobody_comes_no_wait_is_simulated() -> None:
    assert simulated_wait([0.0, 0.0], Runs(60, 1), 1, 0, seed=1) is None


@pytest.mark.parametrize("load", [0.5, 0.7, 0.8, 0.9])
@pytest.mark.parametrize("variation", [0.25, 1.0, 2.0])
@pytest.mark.parametrize("workers", [1, 2, 4, 16])
def test_steady_waits_are_those_of_the_simulation(load: float, variation: float, workers: int) -> None:
    """Within 15 %, or 15 % of a run where waits are that short."""
    chance, runs = np.random.default_rng(7), Runs(RUN, variation)
    rate, count = load * workers / RUN, 200_000 if load >= 0.9 else 60_000
    arrivals = np.cumsum(chance.exponential(1 / rate, count))
    waits = _waits(arrivals, _run_seconds(chance, runs, count), workers)

    plan = expected_waits([rate * 3600] * 400, runs, 0, workers)

    simulated = float(np.quantile(waits[count // 20 :], 0.95))
    assert plan.p95_wait_seconds[-1] == pytest.approx(simulated, rel=0.15, abs=0.15 * RUN)
    assert plan.utilisation[-1] == pytest.approx(load, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("base", "top", "mean", "variation", "limit"),
    [
        (20, 2, 150, 2, 120),
        (20, 2, 60, 0.3, 600),
        (60, 2.5, 60, 0.3, 600),
        (60, 2.5, 90, 1, 30),
        (60, 2.5, 150, 2, 600),
        (200, 2.2, 90, 1, 120),
        (200, 2.2, 90, 1, 600),
    ],
)
def test_the_workers_of_a_day_with_peaks_are_those_of_the_simulation_give_or_take_one(
    base: float, top: float, mean: float, variation: float, limit: float
) -> None:
    rates, runs = _day(base, top), Runs(mean, variation)

    plan = workers_needed(rates.tolist(), runs, limit, 100)

    assert plan.is_enough
    assert _worst_p95(1, rates, runs, plan.workers + 1) <= limit * 1.1
    if plan.workers > 2:
        assert _worst_p95(1, rates, runs, plan.workers - 2) > limit


def test_a_queue_that_one_quarter_leaves_makes_the_next_one_wait() -> None:
    rates = [20.0] * 4 + [200.0] * 2 + [20.0] * 8

    plan = expected_waits(rates, Runs(60, 0.5), 60, 2)

    assert plan.p95_wait_seconds[3] < 60
    assert plan.p95_wait_seconds[4] < plan.p95_wait_seconds[5]
    assert plan.p95_wait_seconds[6] > 600
    assert plan.p95_wait_seconds[13] < 60
    assert max(plan.utilisation) <= 1
    assert not plan.is_enough


def test_an_empty_night_needs_one_worker_and_waits_for_nothing() -> None:
    plan = workers_needed([0.0] * 8, Runs(60, 1), 0, 10)

    assert (plan.workers, set(plan.p95_wait_seconds), set(plan.utilisation)) == (1, {0.0}, {0.0})


def test_more_than_the_workers_allowed_is_said_not_to_be_enough() -> None:
    plan = workers_needed([600.0] * 8, Runs(60, 1), 60, 4)

    assert (plan.workers, plan.is_enough) == (4, False)


def test_runs_are_told_by_mean_and_variation_and_nonsense_is_refused() -> None:
    assert Runs.of([30, 90]) == Runs(60, 0.25)
    for nonsense in (lambda: Runs.of([]), lambda: Runs(0, 1), lambda: workers_needed([], Runs(1, 1), 1, 1)):
        with pytest.raises(ValueError):
            nonsense()
