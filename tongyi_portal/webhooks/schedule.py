"""When a delivery is tried again. Pure Python."""

from datetime import timedelta

# Standard Webhooks 1.0, "Delivery": each is the wait before that attempt.
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
JITTER = 0.2  # of the wait, so that what failed together does not come back together
LONGEST_WISH = timedelta(days=1)
LONGEST_PAUSE = timedelta(minutes=5)


def wait_after(tries: int, *, chance: float, wish: timedelta = timedelta(0)) -> timedelta | None:
    """How long to wait after so many failed attempts; None when it was the last one.

    chance: 0 to 1, drawn by the caller. wish: what the answer's Retry-After asked for; kept up to a day.
    """
    if tries >= len(WAITS):
        return None
    return max(WAITS[tries] * (1 + JITTER * chance), min(wish, LONGEST_WISH))


def pause_after(failures: int) -> timedelta:
    """How long an endpoint is left alone after so many failures in a row: 5 s, doubled up to 5 minutes."""
    return min(timedelta(seconds=5 * 2 ** min(failures - 1, 10)), LONGEST_PAUSE)
