"""One person at a time works on an item; who may not decide it is told why."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from moderation.errors import (
    EscalationUnexplained,
    ReviewClaimedByOther,
    ReviewDecidedBefore,
    ReviewNeedsSenior,
    ReviewNotClaimed,
    ReviewOtherQueue,
)
from moderation.models import AuditEntry, ReviewItem, ReviewQueue
from moderation.services.reviews import (
    review_claim,
    review_claim_next,
    review_escalate,
    review_heartbeat,
    review_peek_next,
    review_release,
)
from moderation.states import ReviewState
from moderation.taxonomy import Severity
from tests.factories.moderation import ReviewItemFactory

pytestmark = pytest.mark.django_db


def expire(item: ReviewItem, in_seconds: int = -1) -> None:
    moment = timezone.now() + timedelta(seconds=in_seconds)
    ReviewItem.objects.filter(pk=item.pk).update(claim_expires_at=moment)


def test_a_sign_of_life_renews_the_claim(moderator: Any, other_moderator: Any) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    claimed_at = item.claimed_at
    expire(item, in_seconds=3)
    review_heartbeat(item, moderator)
    assert item.claim_expires_at is not None
    assert item.claim_expires_at > timezone.now() + timedelta(minutes=9)
    assert item.claimed_at == claimed_at
    with pytest.raises(ReviewClaimedByOther) as caught:
        review_heartbeat(item, other_moderator)
    assert caught.value.details["claimed_by"] == "ming"


def test_a_sign_of_life_claims_nothing(moderator: Any) -> None:
    item = ReviewItemFactory()
    with pytest.raises(ReviewNotClaimed):
        review_heartbeat(item, moderator)
    assert ReviewItem.objects.get(pk=item.pk).state == ReviewState.OPEN


def test_what_a_dead_browser_held_goes_to_the_next_who_asks(moderator: Any, other_moderator: Any) -> None:
    item = review_claim_next(review_claim(ReviewItemFactory(), moderator).claimed_by)
    assert item is not None
    assert review_claim_next(other_moderator) is None
    expire(item)
    found = review_claim_next(other_moderator)
    assert (found, found and found.claimed_by) == (item, other_moderator)


def test_whoever_comes_back_finds_the_item_they_held(moderator: Any) -> None:
    held = review_claim(ReviewItemFactory(severity=Severity.MILD), moderator)
    graver = ReviewItemFactory(severity=Severity.EXTREME)
    assert review_claim_next(moderator) == held
    assert review_claim_next(moderator, passing_over=[held.pk]) == graver


def test_a_skipped_item_is_not_given_again_in_the_session(moderator: Any) -> None:
    first, second = ReviewItemFactory(severity=Severity.EXTREME), ReviewItemFactory()
    item = review_claim_next(moderator)
    assert item == first
    review_release(item, moderator)
    assert review_claim_next(moderator, passing_over=[first.pk]) == second


def test_looking_ahead_claims_nothing(moderator: Any) -> None:
    now, next_, last = (ReviewItemFactory(severity=severity) for severity in (6, 4, 2))
    assert review_claim_next(moderator) == now
    assert review_peek_next(moderator, after=now) == [next_, last]
    assert review_peek_next(moderator, count=1, passing_over=[next_.pk]) == [last]
    assert ReviewItem.objects.filter(state=ReviewState.CLAIMED).count() == 1


def test_the_next_item_comes_from_the_queue_that_was_asked_for(moderator: Any) -> None:
    general = ReviewItemFactory(severity=Severity.EXTREME)
    other = ReviewQueue.objects.create(slug="faces", name="Faces")
    faces = ReviewItemFactory(queue=other, severity=Severity.MILD)
    assert review_claim_next(moderator, queue=other) == faces
    assert review_claim_next(moderator, queue=other, passing_over=[faces.pk]) is None
    assert review_claim_next(moderator, queue=general.queue) == general


def test_a_queue_with_members_is_theirs(moderator: Any, other_moderator: Any) -> None:
    queue = ReviewQueue.objects.create(slug="chinese", name="Chinese")
    queue.members.add(moderator)
    item = ReviewItemFactory(queue=queue)
    assert review_claim_next(other_moderator) is None
    with pytest.raises(ReviewOtherQueue) as caught:
        review_claim(item, other_moderator)
    assert caught.value.details == {"queue": "chinese"}
    assert review_claim_next(moderator) == item


def test_who_decided_before_is_not_asked_again(moderator: Any, other_moderator: Any, senior: Any) -> None:
    item = ReviewItemFactory(not_by=moderator, not_by_other=other_moderator)
    for by in (moderator, other_moderator):
        assert review_claim_next(by) is None
        with pytest.raises(ReviewDecidedBefore):
            review_claim(item, by)
    assert review_claim_next(senior) == item


def test_an_escalated_item_waits_for_a_senior_moderator(moderator: Any, senior: Any) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    with pytest.raises(EscalationUnexplained):
        review_escalate(item, moderator, "  ")
    review_escalate(item, moderator, "Is this a known politician?")
    assert (item.state, item.escalated_by) == (ReviewState.OPEN, moderator)
    assert AuditEntry.objects.filter(action="moderation.review.escalated").count() == 1
    assert review_claim_next(moderator) is None
    with pytest.raises(ReviewNeedsSenior):
        review_claim(item, moderator)
    found = review_claim_next(senior)
    assert (found, found and found.escalation_note) == (item, "Is this a known politician?")


def test_only_the_holder_escalates(moderator: Any, other_moderator: Any) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    with pytest.raises(ReviewClaimedByOther):
        review_escalate(item, other_moderator, "Give it to me.")
    assert not ReviewItem.objects.get(pk=item.pk).for_senior


def test_seniors_take_escalated_items_of_queues_that_they_are_no_member_of(
    moderator: Any, senior: Any
) -> None:
    queue = ReviewQueue.objects.create(slug="chinese", name="Chinese")
    queue.members.add(moderator)
    ordinary, escalated = ReviewItemFactory(queue=queue), ReviewItemFactory(queue=queue)
    review_escalate(review_claim(escalated, moderator), moderator, "Please look.")
    assert review_claim_next(senior) == escalated
    with pytest.raises(ReviewOtherQueue):
        review_claim(ordinary, senior)
