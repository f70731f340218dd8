"""What the demo says about a job."""

import pytest

from tongyi_portal.demo.app import Json
from tongyi_portal.demo.progress import job_in_words, time_left


def _job(state: str, **fields: object) -> Json:
    return {"state": state, "stage": "", "position": None, "eta": None, **fields}


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (_job("queued", position=2), "In the queue, position 2"),
        (_job("running", stage="rig"), "Building the figure"),
        (_job("running", stage="load"), "Loading the engine"),
        (_job("held"), "Waiting for a moderator's decision"),
        (_job("in_review", stage="scan"), "Waiting for a moderator's decision"),
        (_job("succeeded", stage="finish"), "Done"),
        (_job("cancelled"), "Cancelled"),
    ],
)
def test_a_job_is_told_in_words(job: Json, words: str) -> None:
    assert job_in_words(job) == words


@pytest.mark.parametrize(
    ("low", "high", "words"), [(1.6, 2.4, ", about 2 s left"), (2.0, 5.4, ", 2 to 5 s left")]
)
def test_a_span_without_width_is_one_number(low: float, high: float, words: str) -> None:
    assert time_left(_job("running", eta={"low_seconds": low, "high_seconds": high})) == words


def test_nobody_knows_how_long_a_moderator_takes() -> None:
    assert time_left(_job("held", eta={"low_seconds": 2.0, "high_seconds": 5.0})) == ""
