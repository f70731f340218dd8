"""Waits as ranges: history first, guesses before there is any."""

from dataclasses import replace

import pytest

from generation import eta
from generation.eta import Finished, RunningWork, Work

GUESS = Work("dance/animation", 10.0, 20.0, 8.0)


def running(progress: float, elapsed: float, units: float = 10.0) -> RunningWork:
    return RunningWork("dance/animation", units, 20.0, 8.0, elapsed_seconds=elapsed, progress=progress)


def history(*seconds: float, units: float = 10.0) -> dict[str, list[Finished]]:
    return {"dance/animation": [Finished(units, value) for value in seconds]}


def wait_of_last(
    queue: list[Work], in_work: list[RunningWork], known: dict[str, list[Finished]], workers: int
) -> eta.WaitEstimate:
    starts = eta.start_times(queue, in_work, known, workers)
    return eta.estimate_end(starts[len(queue) - 1], queue[-1], known)


def middle(wait: eta.WaitEstimate) -> float:
    return (wait.low_seconds + wait.high_seconds) / 2


def test_before_any_job_has_run_the_guess_holds() -> None:
    assert eta.run_time(GUESS, {}) == (20.0, 8.0)


def test_jobs_of_a_like_size_are_trusted_alone() -> None:
    known = history(10, 11, 9, 10, 10)
    known["dance/animation"] += [Finished(30.0, 300.0)]
    mean, deviation = eta.run_time(GUESS, known)
    assert (mean, deviation) == (10.0, 1.0)


def test_a_few_jobs_of_another_size_are_scaled_and_trusted_less() -> None:
    mean, deviation = eta.run_time(GUESS, history(5, 5, units=5.0))
    assert (mean, deviation) == (10.0, 3.0)


def test_the_history_of_another_engine_does_not_count() -> None:
    assert eta.run_time(GUESS, {"dance/other": [Finished(10.0, 1.0)] * 9}) == (20.0, 8.0)


def test_an_idle_worker_starts_at_once() -> None:
    wait = wait_of_last([GUESS], [], history(*[10.0] * 5), workers=1)
    assert middle(wait) == pytest.approx(10.0)
    assert wait.low_seconds < 10.0 < wait.high_seconds


def test_jobs_ahead_add_up_on_one_worker_and_share_two() -> None:
    known = history(*[10.0] * 5)
    assert middle(wait_of_last([GUESS] * 4, [], known, workers=1)) == pytest.approx(40.0)
    assert middle(wait_of_last([GUESS] * 4, [], known, workers=2)) == pytest.approx(20.0)


def test_a_longer_queue_is_less_certain_but_not_in_proportion() -> None:
    known = history(*[10.0] * 5)
    one, nine = (wait_of_last([GUESS] * count, [], known, workers=1) for count in (1, 9))
    width_one, width_nine = one.high_seconds - one.low_seconds, nine.high_seconds - nine.low_seconds
    assert width_nine == pytest.approx(3 * width_one)


def test_a_job_behind_the_queue_starts_when_all_before_it_have_ended() -> None:
    known = history(*[10.0] * 5)
    starts = eta.start_times([GUESS, GUESS], [], known, workers=1)
    assert [start.mean_seconds for start in starts] == [0.0, 10.0, 20.0]
    assert [start.variance for start in starts] == [0.0, 1.0, 2.0]
    assert eta.start_times([], [], known, workers=1) == [eta.StartTime(0.0, 0.0)]


def test_running_jobs_hold_their_worker_for_what_is_left_of_them() -> None:
    known = history(*[10.0] * 5)
    wait = wait_of_last([GUESS], [running(progress=0.5, elapsed=5.0)], known, workers=1)
    assert middle(wait) == pytest.approx(15.0)


def test_the_further_a_job_is_the_more_its_own_pace_counts() -> None:
    known = history(*[10.0] * 5)
    slow = eta.estimate_rest(running(progress=0.9, elapsed=18.0), known)
    assert middle(slow) == pytest.approx(0.9 * 2.0 + 0.1 * 0.5)
    assert slow.high_seconds - slow.low_seconds < 1.0


def test_a_job_of_steady_progress_goes_by_its_own_pace_however_quick_others_were() -> None:
    known = history(*[10.0] * 5)
    slow = replace(running(progress=0.2, elapsed=60.0), is_steady=True)
    rest = eta.estimate_rest(slow, known)
    assert rest.low_seconds < 240.0 == middle(rest) < rest.high_seconds
    begun = replace(slow, progress=0.05, elapsed_seconds=4.0)
    assert middle(eta.estimate_rest(begun, known)) == 6.0


def test_a_job_that_has_just_begun_goes_by_the_clock() -> None:
    assert middle(eta.estimate_rest(running(progress=0.01, elapsed=4.0), history(*[10.0] * 5))) == 6.0


def test_a_job_that_takes_longer_than_all_before_it_is_never_said_to_be_over() -> None:
    assert middle(eta.estimate_rest(running(progress=0.0, elapsed=500.0), history(*[10.0] * 5))) > 0


def test_nobody_waits_less_than_nothing() -> None:
    wild = Work("new", 1.0, 10.0, 100.0)
    assert wait_of_last([wild], [], {}, workers=1).low_seconds == 0.0


@pytest.mark.parametrize(("wait", "low", "high"), [(0, 0.8, 1.2), (60, 4.8, 7.2), (9999, 12.0, 18.0)])
def test_polls_are_a_tenth_of_the_wait_and_spread(wait: float, low: float, high: float) -> None:
    assert eta.poll_seconds(wait, jitter=0.0) == low
    assert eta.poll_seconds(wait, jitter=1.0) == high
