import numpy as np
import pytest

from tongyi_portal.usage.histograms import bucket_bounds, bucket_of, quantile


@pytest.mark.parametrize("ms", [1, 2, 9, 10, 999, 1000, 60_000, 86_400_000, 2**40])
def test_a_time_lies_within_the_bounds_of_its_bucket(ms: int) -> None:
    low, high = bucket_bounds(bucket_of(ms))

    assert low <= ms < high


def test_less_than_a_millisecond_has_a_bucket_of_its_own() -> None:
    assert bucket_of(0) == -1
    assert bucket_bounds(-1) == (0.0, 1.0)
    assert quantile({-1: 99, 50: 1}, 0.5) == 0.0


def test_what_is_no_time_and_no_part_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        bucket_of(-1)
    with pytest.raises(ValueError, match="part"):
        quantile({1: 1}, 95)
    with pytest.raises(ValueError, match="bucket"):
        bucket_bounds(-2)


def test_nothing_counted_has_no_quantile() -> None:
    assert quantile({}, 0.5) is None
    assert quantile({3: 0}, 0.5) is None


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.95, 0.99, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_a_quantile_is_within_five_percent_of_the_one_of_the_times_themselves(part: float, seed: int) -> None:
    times = np.random.default_rng(seed).lognormal(9, 1.5, 1001).astype(int) + 1
    counts: dict[int, int] = {}
    for ms in times.tolist():
        counts[bucket_of(ms)] = counts.get(bucket_of(ms), 0) + 1

    exact = np.quantile(times, part, method="inverted_cdf")

    assert quantile(counts, part) == pytest.approx(exact, rel=0.05)


def test_counts_of_two_hours_add_up() -> None:
    first, second = {10: 3, 12: 1}, {12: 2, 40: 4}
    both = {10: 3, 12: 3, 40: 4}

    assert quantile({b: first.get(b, 0) + second.get(b, 0) for b in {*first, *second}}, 0.5) == quantile(
        both, 0.5
    )
