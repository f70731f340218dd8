from datetime import time

import numpy as np
import pytest

from tests.tongyi_portal.usage.planted import Planted, history, planted_peaks
from tongyi_portal.usage.peaks import Peak, find_peaks

SEEDS = range(100)
EVERY_DAY = tuple(range(7))


def _quarter(moment: time) -> int:
    return moment.hour * 4 + moment.minute // 15


def _is_found(planted: Planted, peak: Peak) -> bool:
    """On the same weekdays, and both ends within 15 minutes."""
    ends = ((_quarter(peak.start), planted.start), (_quarter(peak.end), planted.end))
    apart = [min((one - other) % 96, (other - one) % 96) for one, other in ends]
    return max(apart) <= 1 and set(peak.weekdays) == set(planted.weekdays)


@pytest.mark.slow
def test_planted_peaks_are_found_and_hardly_anything_else_is_over_100_noisy_histories() -> None:
    planted_count = found_count = right = 0
    for seed in SEEDS:
        planted = planted_peaks(np.random.default_rng(10_000 + seed))
        found = find_peaks(history(seed, planted))
        planted_count, found_count = planted_count + len(planted), found_count + len(found)
        right += sum(any(_is_found(one, peak) for peak in found) for one in planted)

    assert planted_count > 100
    assert right / found_count >= 0.97
    assert right / planted_count >= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("is_flat", [True, False], ids=["flat", "with nights"])
def test_no_peak_is_found_in_100_histories_without_one(is_flat: bool) -> None:
    found = [find_peaks(history(50_000 + seed, [], is_flat=is_flat)) for seed in SEEDS]

    assert [peaks for peaks in found if peaks] == []


def test_a_peak_says_when_it_is_how_high_it_is_and_on_how_many_days_it_was_seen() -> None:
    noon = Planted(EVERY_DAY, 50, 54, 2.5)

    (peak,) = find_peaks(history(3, [noon], level=100))

    assert (peak.start, peak.end, peak.is_daily) == (time(12, 30), time(13, 30), True)
    assert peak.ratio == pytest.approx(2.5, rel=0.2)
    assert peak.top_count == pytest.approx(peak.usual_count * peak.ratio)
    assert peak.days_looked_at == 56
    assert peak.days_seen >= 50


def test_a_peak_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    late = Planted((4, 5), 95, 99, 2.5)

    (peak,) = find_peaks(history(3, [late], level=100))

    assert (peak.weekdays, peak.start, peak.end) == ((4, 5), time(23, 45), time(0, 45))


def test_weekends_may_have_another_peak_than_workdays_at_about_the_same_time() -> None:
    planted = [Planted(tuple(range(5)), 80, 84, 2.5), Planted((5, 6), 80, 90, 2.5)]

    found = find_peaks(history(5, planted, level=100))

    assert [(peak.weekdays, peak.start, peak.end) for peak in found] == [
        ((0, 1, 2, 3, 4), time(20, 0), time(21, 0)),
        ((5, 6), time(20, 0), time(22, 30)),
    ]


def test_what_happened_on_few_days_is_no_peak() -> None:
    series = history(8, [Planted((2,), 60, 64, 5.0)], weeks=3, level=100)

    assert find_peaks(series) == []
    assert find_peaks(series[:200]) == []
    assert find_peaks([]) == []
