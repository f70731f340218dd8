"""When a delivery is tried again."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tongyi_portal.webhooks.schedule import JITTER, LONGEST_PAUSE, WAITS, pause_after, wait_after


def test_the_waits_are_those_of_the_specification() -> None:
    waits = [wait_after(tries, chance=0) for tries in range(10)]

    assert [wait.total_seconds() for wait in waits if wait is not None] == [
        *(0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
    ]
    assert wait_after(10, chance=0) is None


@given(st.integers(0, len(WAITS) - 1), st.floats(0, 1))
def test_jitter_only_lengthens_a_wait_and_by_a_fifth_at_most(tries: int, chance: float) -> None:
    wait = wait_after(tries, chance=chance)

    assert wait is not None
    assert WAITS[tries] <= wait <= WAITS[tries] * (1 + JITTER)


def test_a_wish_for_a_later_attempt_is_kept_up_to_a_day() -> None:
    assert wait_after(1, chance=0, wish=timedelta(minutes=10)) == timedelta(minutes=10)
    assert wait_after(1, chance=0, wish=timedelta(days=30)) == timedelta(days=1)


@given(st.integers(1, 10**6))
def test_a_pause_grows_to_five_minutes_and_no_further(failures: int) -> None:
    assert timedelta(seconds=5) <= pause_after(failures) <= LONGEST_PAUSE
