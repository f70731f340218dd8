"""A canary judges a fixed share of the subjects, always the same ones."""

import uuid
from random import Random

import pytest

from moderation.policy.canary import is_in_canary, share_of

POLICY = uuid.UUID(int=7)


def subjects(count: int) -> list[uuid.UUID]:
    random = Random(20)
    return [uuid.UUID(int=random.getrandbits(128)) for _number in range(count)]


@pytest.mark.parametrize("percent", [1, 10, 50, 99])
def test_the_share_is_about_what_was_asked_for(percent: int) -> None:
    inside = sum(is_in_canary(one, POLICY, percent) for one in subjects(20_000))
    assert inside / 200 == pytest.approx(percent, abs=1.2)


def test_the_same_subject_gets_the_same_answer_and_stays_when_the_share_grows() -> None:
    for one in subjects(300):
        assert share_of(one, POLICY) == share_of(one, POLICY)
        assert not is_in_canary(one, POLICY, 10) or is_in_canary(one, POLICY, 40)


def test_another_policy_takes_other_subjects() -> None:
    other = uuid.UUID(int=8)
    both = sum(is_in_canary(one, POLICY, 10) and is_in_canary(one, other, 10) for one in subjects(10_000))
    assert both < 200
