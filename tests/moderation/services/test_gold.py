"""Gold items look like all others, count for nobody but their answerer, and come once each."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from moderation.errors import GoldAlready, GoldNotDecided, GoldRetired, GoldUnexplained, UnknownReason
from moderation.models import Decision, GoldItem, ModerationSettings, ReviewAnswer, ReviewItem, ReviewPurpose
from moderation.queue_selectors import backlog_counts, review_queue_for, reviews_visible_to
from moderation.services.gold import gold_add, gold_retire
from moderation.services.reviews import (
    review_answer,
    review_claim,
    review_claim_next,
    review_escalate,
    review_expire_claims,
    review_release,
    review_resolve,
    review_undo,
    reviews_settle_due,
)
from moderation.states import ReviewState
from tests.factories.moderation import RecordingSubject, ReviewItemFactory, member_of
from tongyi_portal.common import roles
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def expert(db: None) -> Any:
    return member_of(roles.SENIOR_MODERATOR, "expert")


@pytest.fixture
def golds(expert: Any, senior: Any, subject: RecordingSubject) -> list[GoldItem]:
    """Two gold items, both to be refused; every item is a gold one from now on."""
    made = []
    for _ in range(2):
        item = review_claim(ReviewItemFactory(), expert)
        review_resolve(item, expert, False, "gore", "")
        made.append(
            gold_add(item=item, expected_approve=False, expected_reason="gore", note="Blood.", by=senior)
        )
    ModerationSettings.objects.update(gold_percent=100)
    subject.told.clear()
    return made


def answer_next(by: Any, approve: bool) -> ReviewItem:
    item = review_claim_next(by)
    assert item is not None
    review_answer(item, by, approve, "" if approve else "gore", "")
    ReviewItem.objects.filter(pk=item.pk).update(settle_at=timezone.now())
    reviews_settle_due()
    item.refresh_from_db()
    return item


def test_everybody_meets_each_gold_item_once_before_one_comes_again(
    moderator: Any, other_moderator: Any, golds: list[GoldItem]
) -> None:
    for by in (moderator, other_moderator):
        met = [answer_next(by, approve=False).gold for _ in range(4)]
        assert set(met[:2]) == set(met[2:]) == set(golds)


def test_an_answer_to_a_gold_item_is_only_kept(
    moderator: Any, golds: list[GoldItem], subject: RecordingSubject
) -> None:
    decisions = Decision.objects.count()
    right, wrong = answer_next(moderator, approve=False), answer_next(moderator, approve=True)
    assert (right.state, wrong.state) == (ReviewState.REFUSED, ReviewState.APPROVED)
    assert [right.answer.is_right, wrong.answer.is_right] == [True, False]
    assert Decision.objects.count() == decisions
    assert subject.told == []
    assert right.gold is not None
    assert right.gold.note == "Blood."


def test_nothing_tells_a_gold_item_from_others_until_it_is_answered(
    moderator: Any, golds: list[GoldItem]
) -> None:
    item = review_claim_next(moderator)
    assert item is not None
    assert (item.purpose, item.is_blind) == (ReviewPurpose.GOLD, True)
    assert item.severity == golds[0].source.severity
    assert review_claim_next(moderator) == item
    assert review_answer(item, moderator, True, "", "").settle_at is not None
    review_undo(item, moderator)
    assert not ReviewAnswer.objects.filter(purpose="gold").exists()


def test_a_gold_item_is_no_work_that_waits_and_nobody_else_sees_it(
    moderator: Any, other_moderator: Any, senior: Any, golds: list[GoldItem]
) -> None:
    item = review_claim_next(moderator)
    assert backlog_counts().undecided == 0
    assert item in reviews_visible_to(moderator)
    assert item not in reviews_visible_to(other_moderator)
    assert item in reviews_visible_to(senior)
    assert item not in review_queue_for(other_moderator)


def test_a_gold_item_that_is_given_back_or_left_ends(
    moderator: Any, other_moderator: Any, golds: list[GoldItem]
) -> None:
    released, escalated, left = None, None, None
    released = review_release(review_claim_next(moderator), moderator)
    escalated = review_escalate(review_claim_next(moderator), moderator, "Look.")
    left = review_claim_next(moderator)
    assert left is not None
    ReviewItem.objects.filter(pk=left.pk).update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    assert review_expire_claims() == 1
    left.refresh_from_db()
    assert {released.state, escalated.state, left.state} == {ReviewState.WITHDRAWN}


def test_whoever_decided_or_marked_it_is_not_asked(expert: Any, senior: Any, golds: list[GoldItem]) -> None:
    assert review_claim_next(expert) is None
    assert review_claim_next(senior) is None


def test_without_a_share_no_gold_item_comes(moderator: Any, golds: list[GoldItem]) -> None:
    ModerationSettings.objects.update(gold_percent=0)
    assert review_claim_next(moderator) is None


def test_a_retired_gold_item_comes_no_more(moderator: Any, senior: Any, golds: list[GoldItem]) -> None:
    for gold in golds:
        gold_retire(gold=gold, by=senior)
    assert review_claim_next(moderator) is None
    with pytest.raises(GoldRetired):
        gold_retire(gold=golds[0], by=senior)


def test_content_that_is_gone_is_no_gold_item(
    moderator: Any, golds: list[GoldItem], subject: RecordingSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "preview", lambda subject_id: None)
    assert review_claim_next(moderator) is None


def test_a_gold_item_needs_a_decision_a_reason_a_note_and_a_senior_moderator(
    moderator: Any, senior: Any, golds: list[GoldItem]
) -> None:
    open_, decided = ReviewItemFactory(), golds[0].source
    with pytest.raises(PermissionRefused):
        gold_add(item=decided, expected_approve=True, expected_reason="", note="Fine.", by=moderator)
    with pytest.raises(GoldNotDecided):
        gold_add(item=open_, expected_approve=True, expected_reason="", note="Fine.", by=senior)
    with pytest.raises(GoldUnexplained):
        gold_add(item=decided, expected_approve=True, expected_reason="", note=" ", by=senior)
    with pytest.raises(UnknownReason):
        gold_add(item=decided, expected_approve=False, expected_reason="", note="Bad.", by=senior)
    with pytest.raises(GoldAlready):
        gold_add(item=decided, expected_approve=True, expected_reason="", note="Fine.", by=senior)
    assert ReviewAnswer.objects.filter(purpose="gold").count() == 0
