"""pause_after(...): how long a job waits after an attempt that did not end it. Pure Python."""

WORKER_LOST, WORKER_STOPPED = "worker_lost", "worker_stopped"
LONGEST_PAUSE_SECONDS = 600.0
GROWTH = 3.0
JITTER = 0.2  # of the pause, so that what failed together does not come back together


def pause_after(code: str, attempts: int, *, base_seconds: float, chance: float) -> float:
    """Seconds until the next attempt, after so many that counted, 1 or more.

    chance: 0 to 1, drawn by the caller. A worker that was told to stop is no fault of the job; the first loss
    of a worker mostly is none either, the next one is the job's until the contrary is shown.
    """
    steps = attempts - 1 if code == WORKER_LOST else attempts
    if code == WORKER_STOPPED or steps < 1:
        return 0.0
    return min(LONGEST_PAUSE_SECONDS, base_seconds * GROWTH ** (steps - 1)) * (1 + JITTER * chance)
