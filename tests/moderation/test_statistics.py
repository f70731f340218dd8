"""Intervals and agreement against known values, and against what happens when samples are really drawn."""

import numpy as np
import pytest
from scipy import stats

from moderation.statistics import (
    Stratum,
    cohens_kappa,
    estimated_total,
    percentile,
    recall,
    sampled_share,
    wilson,
)

DRAWS = 1500


@pytest.mark.parametrize(
    ("positive", "total"), [(0, 1), (0, 10), (1, 10), (3, 10), (50, 100), (999, 1000), (7, 7)]
)
def test_wilsons_interval_is_that_of_scipy(positive: int, total: int) -> None:
    expected = stats.binomtest(positive, total).proportion_ci(method="wilson")
    made = wilson(positive, total)
    assert made is not None
    assert (made.value, made.low, made.high) == pytest.approx((positive / total, expected.low, expected.high))


def test_nothing_of_nothing_has_no_interval() -> None:
    assert wilson(0, 0) is None
    assert sampled_share(Stratum(10, 0, 0)) is None
    assert cohens_kappa(0, 0, 0, 0) is None
    assert recall([], []) is None
    assert recall([Stratum(100, 100, 0)], [Stratum(50, 10, 0)]) is None


def test_a_census_is_exact_and_a_part_is_less_sure() -> None:
    census = sampled_share(Stratum(200, 200, 50))
    half = sampled_share(Stratum(200, 100, 25))
    tenth = sampled_share(Stratum(1000, 100, 25))
    assert census is not None
    assert half is not None
    assert tenth is not None
    assert census.low == census.high == 0.25
    assert half.high - half.low < tenth.high - tenth.low
    plain = wilson(25, 100)
    assert plain is not None
    assert tenth.high <= plain.high


def test_a_stratum_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="positive <= sampled"):
        Stratum(10, 5, 6)


def test_none_found_in_a_sample_does_not_mean_none_there() -> None:
    total = estimated_total([Stratum(10_000, 100, 0)])
    assert (total.value, total.low) == (0, 0)
    assert 250 < total.high < 450  # about 3.7 % of 10,000


def test_what_nobody_looked_at_may_hold_anything() -> None:
    total = estimated_total([Stratum(100, 100, 7), Stratum(40, 0, 0)])
    assert (total.value, total.low, total.high) == pytest.approx((7, 7, 47))


def test_recall_without_misses_in_the_sample_is_still_bounded_below_one() -> None:
    found = recall([Stratum(500, 500, 90)], [Stratum(10_000, 400, 0)])
    assert found is not None
    assert found.value == found.high == 1
    assert 0.4 < found.low < 0.6


def test_a_scanner_that_caught_nothing_has_no_recall() -> None:
    found = recall([Stratum(500, 500, 0)], [Stratum(500, 500, 30), Stratum(1000, 100, 2)])
    assert found is not None
    assert (found.value, found.low, found.high) == (0, 0, 0)


@pytest.mark.parametrize(
    ("caught", "missed"),
    [
        ([(1500, 900, 1500)], [(20_000, 300, 200)]),
        ([(2000, 800, 400)], [(20_000, 400, 200), (5000, 50, 100)]),
        ([(400, 300, 400), (300, 100, 150)], [(8000, 60, 300)]),
    ],
    ids=["census and rare", "samples", "strata"],
)
def test_recalls_interval_covers_the_truth_as_often_as_it_says(
    caught: list[tuple[int, int, int]], missed: list[tuple[int, int, int]]
) -> None:
    """Each stratum: population, violating, sample. 1,500 draws: 95 % means 93 to 99 of 100 here."""
    chance = np.random.default_rng(5)

    def drawn(strata: list[tuple[int, int, int]]) -> list[Stratum]:
        return [Stratum(n, k, int(chance.hypergeometric(bad, n - bad, k))) for n, bad, k in strata]

    inside = 0
    held, lost = sum(one[1] for one in caught), sum(one[1] for one in missed)
    for _ in range(DRAWS):
        made = recall(drawn(caught), drawn(missed))
        assert made is not None
        inside += made.low <= held / (held + lost) <= made.high
    assert 0.93 <= inside / DRAWS <= 0.99


def test_kappa_of_a_textbook_table() -> None:
    agreement = cohens_kappa(20, 5, 10, 15)
    assert agreement is not None
    assert agreement.kappa is not None
    assert agreement.observed == pytest.approx(0.7)
    assert agreement.kappa.value == pytest.approx(0.4)
    # Fleiss, Cohen and Everitt's standard error of this table is 0.127.
    assert agreement.kappa.high - agreement.kappa.value == pytest.approx(1.96 * 0.127, abs=0.002)


def test_kappas_bounds_hold_what_resampling_finds() -> None:
    chance = np.random.default_rng(3)
    table = np.array([60, 9, 14, 37])
    agreement = cohens_kappa(*(int(cell) for cell in table))
    assert agreement is not None
    assert agreement.kappa is not None
    again = []
    for _ in range(2000):
        made = cohens_kappa(*(int(cell) for cell in chance.multinomial(table.sum(), table / table.sum())))
        if made is not None and made.kappa is not None:
            again.append(made.kappa.value)
    low, high = np.percentile(again, [2.5, 97.5])
    assert (agreement.kappa.low, agreement.kappa.high) == pytest.approx((low, high), abs=0.03)


def test_kappa_is_one_for_the_same_answers_and_undefined_where_there_is_only_one_answer() -> None:
    same, single = cohens_kappa(30, 0, 0, 12), cohens_kappa(30, 0, 0, 0)
    assert same is not None
    assert same.kappa is not None
    assert same.kappa.value == pytest.approx(1)
    assert single is not None
    assert (single.observed, single.kappa) == (1, None)


def test_percentiles_are_those_of_numpy() -> None:
    values = sorted(np.random.default_rng(1).lognormal(size=57).tolist())
    for part in (0, 0.05, 0.5, 0.95, 1):
        assert percentile(values, part) == pytest.approx(float(np.percentile(values, part * 100)))
    assert percentile([], 0.5) is None
    assert percentile([4.0], 0.95) == 4
    with pytest.raises(ValueError, match="0 to 1"):
        percentile([1.0], 1.5)
