"""A share of decisions is made twice, blind; who is right when they differ, a senior moderator says."""

from typing import Any

import pytest

from moderation.errors import ReviewDecidedBefore, ReviewNeedsSenior
from moderation.models import Decision, ModerationSettings, ReviewAnswer, ReviewItem, ReviewPurpose
from moderation.selectors import verdicts_standing
from moderation.services.reviews import (
    review_claim,
    review_claim_next,
    review_resolve,
    review_withdraw,
    reviews_drop,
)
from moderation.states import ReviewState
from moderation.taxonomy import Verdict
from tests.factories.moderation import RecordingSubject, ReviewItemFactory, member_of
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def everything_twice(db: None) -> None:
    ModerationSettings.objects.update(second_review_percent=100)


def resolve(item: ReviewItem, by: Any, approve: bool) -> Any:
    return review_resolve(review_claim(item, by), by, approve, "" if approve else "gore", "")


def follower(item: ReviewItem, purpose: ReviewPurpose) -> ReviewItem:
    return ReviewItem.objects.get(first_item=item, purpose=purpose)


def test_a_decided_item_is_decided_again_by_somebody_who_does_not_know(
    moderator: Any, other_moderator: Any, subject: RecordingSubject
) -> None:
    first = ReviewItemFactory()
    resolve(first, moderator, approve=True)
    second = follower(first, ReviewPurpose.SECOND)
    assert second.is_blind
    assert (second.subject_id, second.severity, second.not_by) == (first.subject_id, 4, moderator)
    assert review_claim_next(moderator) is None
    with pytest.raises(ReviewDecidedBefore):
        review_claim(second, moderator)
    assert review_claim_next(other_moderator) == second


def test_two_who_agree_are_noted_and_change_nothing(
    moderator: Any, other_moderator: Any, subject: RecordingSubject
) -> None:
    first = ReviewItemFactory()
    resolve(first, moderator, approve=False)
    assert resolve(follower(first, ReviewPurpose.SECOND), other_moderator, approve=False) is None
    assert ReviewAnswer.objects.get(purpose="second").agrees is True
    assert ReviewAnswer.objects.get(purpose="ordinary").agrees is None
    assert Decision.objects.count() == 1
    assert len(subject.told) == 1
    assert not ReviewItem.objects.filter(state=ReviewState.OPEN).exists()


def test_two_who_differ_are_judged_by_a_senior_moderator_who_is_neither(
    moderator: Any, senior: Any, subject: RecordingSubject
) -> None:
    other_senior = member_of(roles.SENIOR_MODERATOR, "wei")
    first = ReviewItemFactory()
    resolve(first, moderator, approve=True)
    resolve(follower(first, ReviewPurpose.SECOND), senior, approve=False)
    assert ReviewAnswer.objects.get(purpose="second").agrees is False
    last = follower(first, ReviewPurpose.ADJUDICATION)
    assert (last.for_senior, last.not_by, last.not_by_other) == (True, moderator, senior)
    for by, fault in ((moderator, ReviewDecidedBefore), (senior, ReviewDecidedBefore)):
        with pytest.raises(fault):
            review_claim(last, by)
    with pytest.raises(ReviewNeedsSenior):
        review_claim(last, member_of(roles.MODERATOR, "new"))
    decision = resolve(last, other_senior, approve=False)
    assert decision.overrides == Decision.objects.get(review_item=first, overrides__isnull=True)
    assert verdicts_standing(first.subject_type, [first.subject_id])[first.subject_id] == Verdict.BLOCK
    assert [told[1] for told in subject.told] == [True, False]
    assert ReviewAnswer.objects.get(purpose="adjudication").agrees is False


def test_an_adjudication_that_upholds_the_first_changes_nothing(
    moderator: Any, other_moderator: Any, senior: Any, subject: RecordingSubject
) -> None:
    first = ReviewItemFactory()
    resolve(first, moderator, approve=False)
    resolve(follower(first, ReviewPurpose.SECOND), other_moderator, approve=True)
    assert resolve(follower(first, ReviewPurpose.ADJUDICATION), senior, approve=False) is None
    assert Decision.objects.count() == 1
    assert ReviewAnswer.objects.get(purpose="adjudication").agrees is True


def test_a_second_review_outlives_that_the_content_no_longer_waits(
    moderator: Any, subject: RecordingSubject
) -> None:
    first = ReviewItemFactory()
    resolve(first, moderator, approve=True)
    assert not review_withdraw(first.subject_type, first.subject_id)
    assert follower(first, ReviewPurpose.SECOND).state == ReviewState.OPEN
    assert reviews_drop(first.subject_type, first.subject_id) == 1
    assert follower(first, ReviewPurpose.SECOND).state == ReviewState.WITHDRAWN


def test_without_a_share_nobody_is_asked_twice(moderator: Any, subject: RecordingSubject) -> None:
    ModerationSettings.objects.update(second_review_percent=0)
    resolve(ReviewItemFactory(), moderator, approve=True)
    assert ReviewItem.objects.count() == 1
