"""Answers take effect after a while, can be taken back until then, and many can be given at once."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from moderation.errors import (
    BatchTooLarge,
    BlockStands,
    OwnContentRefused,
    ReviewAlreadyDecided,
    ReviewNotClaimed,
    ReviewSettled,
    ReviewWithdrawn,
    UnknownReason,
)
from moderation.models import Decision, ModerationSettings, ReviewAnswer, ReviewItem
from moderation.services import answers
from moderation.services.decisions import decision_record
from moderation.services.reviews import (
    review_answer,
    review_claim,
    review_claim_next,
    review_open,
    review_undo,
    review_withdraw,
    reviews_answer_many,
    reviews_settle_due,
    reviews_undo_batch,
)
from moderation.states import ReviewState
from moderation.tasks.light import settle_due
from moderation.taxonomy import Category, Severity, Verdict
from tests.factories.moderation import RecordingSubject, ReviewItemFactory, ScanRunFactory

pytestmark = pytest.mark.django_db


def let_time_pass(seconds: int = 60) -> None:
    moment = timezone.now() - timedelta(seconds=seconds)
    ReviewItem.objects.filter(state=ReviewState.ANSWERED).update(settle_at=moment)


def answered(by: Any, approve: bool = True, **fields: Any) -> ReviewItem:
    item = review_claim(ReviewItemFactory(**fields), by)
    return review_answer(item, by, approve, "" if approve else "gore", "seen")


def test_an_answer_has_no_effect_before_its_time(moderator: Any, subject: RecordingSubject) -> None:
    item = answered(moderator)
    assert (item.state, item.answered_by, item.claimed_by) == (ReviewState.ANSWERED, moderator, None)
    assert item.settle_at is not None
    assert timedelta(seconds=8) < item.settle_at - timezone.now() < timedelta(seconds=11)
    assert settle_due() == 0
    assert subject.told == []
    assert not Decision.objects.exists()


def test_after_its_time_it_takes_effect_once(moderator: Any, subject: RecordingSubject) -> None:
    item = answered(moderator, approve=False)
    let_time_pass()
    assert settle_due() == 1
    assert settle_due() == 0
    item.refresh_from_db()
    assert (item.state, item.is_decided) == (ReviewState.REFUSED, True)
    assert subject.told == [(item.subject_id, False, ["gore"])]
    decision = Decision.objects.get(review_item=item)
    assert (decision.by, decision.verdict, decision.note) == (moderator, Verdict.BLOCK, "seen")
    answer = ReviewAnswer.objects.get(item=item)
    assert (answer.by, answer.approve, answer.reason_code) == (moderator, False, "gore")
    assert answer.seconds >= 0


def test_the_time_from_claim_to_answer_is_kept(moderator: Any, subject: RecordingSubject) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    ReviewItem.objects.filter(pk=item.pk).update(claimed_at=timezone.now() - timedelta(seconds=42))
    review_answer(item, moderator, True, "", "")
    let_time_pass()
    reviews_settle_due()
    assert 41 < ReviewAnswer.objects.get().seconds < 45


def test_without_time_to_undo_an_answer_takes_effect_at_once(
    moderator: Any, subject: RecordingSubject
) -> None:
    ModerationSettings.objects.update(undo_seconds=0)
    item = answered(moderator)
    assert item.state == ReviewState.APPROVED
    assert len(subject.told) == 1


def test_an_answer_can_be_taken_back_by_whoever_gave_it(
    moderator: Any, other_moderator: Any, subject: RecordingSubject
) -> None:
    item = answered(moderator)
    with pytest.raises(ReviewAlreadyDecided) as caught:
        review_undo(ReviewItem.objects.get(pk=item.pk), other_moderator)
    assert caught.value.details["decided_by"] == "ming"
    review_undo(item, moderator)
    assert (item.state, item.claimed_by, item.answered_by) == (ReviewState.CLAIMED, moderator, None)
    assert item.claim_expires_at is not None
    assert item.claim_expires_at > timezone.now() + timedelta(minutes=9)
    review_answer(item, moderator, False, "gore", "")
    let_time_pass()
    reviews_settle_due()
    assert subject.told == [(item.subject_id, False, ["gore"])]
    assert ReviewAnswer.objects.count() == 1


def test_what_has_taken_effect_cannot_be_taken_back(moderator: Any, subject: RecordingSubject) -> None:
    item = answered(moderator)
    let_time_pass()
    reviews_settle_due()
    with pytest.raises(ReviewSettled) as caught:
        review_undo(item, moderator)
    assert (caught.value.code, caught.value.http_status) == ("review_settled", 409)


def test_what_was_never_answered_cannot_be_taken_back(moderator: Any) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    with pytest.raises(ReviewNotClaimed):
        review_undo(item, moderator)


def test_an_answered_item_is_not_given_to_anybody(
    moderator: Any, other_moderator: Any, subject: RecordingSubject
) -> None:
    item = answered(moderator)
    for by in (moderator, other_moderator):
        assert review_claim_next(by) is None
        with pytest.raises(ReviewAlreadyDecided) as caught:
            review_claim(ReviewItem.objects.get(pk=item.pk), by)
        assert caught.value.details["decided_by"] == "ming"


def test_content_that_goes_away_meanwhile_takes_the_answer_with_it(
    moderator: Any, subject: RecordingSubject
) -> None:
    item = answered(moderator)
    assert review_withdraw(item.subject_type, item.subject_id)
    let_time_pass()
    assert reviews_settle_due() == 0
    with pytest.raises(ReviewWithdrawn):
        review_undo(item, moderator)
    assert subject.told == []


def test_an_approval_against_a_standing_block_is_refused_when_it_is_given(
    moderator: Any, subject: RecordingSubject
) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    run = item.scan_run
    decision_record(
        subject_type=item.subject_type,
        subject_id=item.subject_id,
        verdict=Verdict.BLOCK,
        reason_codes=["gore"],
        scan_run=run,
        policy=run.policy,
    )
    with pytest.raises(BlockStands):
        review_answer(item, moderator, True, "", "")
    assert ReviewItem.objects.get(pk=item.pk).state == ReviewState.CLAIMED


@pytest.mark.parametrize(
    ("fault", "code"),
    [(RuntimeError("the job is locked"), "unexpected_fault"), (BlockStands(), "review_block_stands")],
)
def test_an_answer_that_cannot_take_effect_returns_for_a_senior_moderator(
    moderator: Any, senior: Any, subject: RecordingSubject, fault: Exception, code: str
) -> None:
    item = answered(moderator)
    let_time_pass()
    subject.fault = fault
    reviews_settle_due()
    item.refresh_from_db()
    assert (item.state, item.for_senior, item.fault_code) == (ReviewState.OPEN, True, code)
    assert item.escalated_at is not None
    assert not Decision.objects.exists()
    assert not ReviewAnswer.objects.exists()
    assert review_claim_next(moderator) is None
    subject.fault = None
    assert review_claim_next(senior) == item
    review_answer(ReviewItem.objects.get(pk=item.pk), senior, True, "", "")
    let_time_pass()
    reviews_settle_due()
    item.refresh_from_db()
    assert (item.state, item.fault_code) == (ReviewState.APPROVED, "")


def test_one_fault_does_not_hold_up_the_other_answers(moderator: Any, subject: RecordingSubject) -> None:
    broken, fine = answered(moderator, subject_type="unheard_of"), answered(moderator)
    let_time_pass()
    assert reviews_settle_due() == 2
    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.state, fine.state) == (ReviewState.OPEN, ReviewState.APPROVED)


def test_answers_of_somebody_who_has_left_take_effect(moderator: Any, subject: RecordingSubject) -> None:
    item = answered(moderator)
    moderator.is_active = False
    moderator.save()
    let_time_pass()
    reviews_settle_due()
    item.refresh_from_db()
    assert item.state == ReviewState.APPROVED


def test_many_items_are_answered_each_by_itself(
    moderator: Any, other_moderator: Any, subject: RecordingSubject
) -> None:
    open_, held = ReviewItemFactory(), review_claim(ReviewItemFactory(), moderator)
    taken, own = review_claim(ReviewItemFactory(), other_moderator), ReviewItemFactory(owner=moderator)
    outcome = reviews_answer_many([open_, taken, own, held], moderator, False, "gore", "spam wave")
    assert outcome.done == [open_, held]
    assert outcome.failed == [(taken, "review_claimed_by_other"), (own, "review_own_content")]
    assert {item.answer_batch for item in outcome.done} == {outcome.batch}
    taken.refresh_from_db()
    assert taken.claimed_by == other_moderator
    let_time_pass()
    reviews_settle_due()
    assert {told[0] for told in subject.told} == {open_.subject_id, held.subject_id}


def test_a_batch_has_more_time_to_be_undone_and_is_undone_as_a_whole(
    moderator: Any, other_moderator: Any, subject: RecordingSubject
) -> None:
    items = [ReviewItemFactory() for _ in range(3)]
    outcome = reviews_answer_many(items, moderator, True, "", "")
    settle_at = outcome.done[0].settle_at
    assert settle_at is not None
    assert settle_at > timezone.now() + timedelta(seconds=20)
    ReviewItem.objects.filter(pk=items[0].pk).update(settle_at=timezone.now())
    reviews_settle_due()
    assert reviews_undo_batch(outcome.batch, other_moderator).done == []
    undone = reviews_undo_batch(outcome.batch, moderator)
    assert set(undone.done) == set(items[1:])
    assert undone.failed == [(items[0], "review_settled")]
    states = set(ReviewItem.objects.filter(pk__in=[one.pk for one in items[1:]]).values_list("state"))
    assert states == {(ReviewState.OPEN,)}
    assert len(subject.told) == 1


def test_a_batch_is_checked_before_anything_is_answered(
    moderator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [ReviewItemFactory() for _ in range(3)]
    with pytest.raises(UnknownReason):
        reviews_answer_many(items, moderator, False, "because", "")
    monkeypatch.setattr(answers, "BATCH_LIMIT", 2)
    with pytest.raises(BatchTooLarge):
        reviews_answer_many(items, moderator, True, "", "")
    assert not ReviewItem.objects.filter(state=ReviewState.ANSWERED).exists()
    assert reviews_undo_batch(uuid.uuid4(), moderator).done == []


def test_nobody_answers_on_their_own_content(moderator: Any) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    ReviewItem.objects.filter(pk=item.pk).update(owner=moderator)
    item.refresh_from_db()
    with pytest.raises(OwnContentRefused):
        review_answer(item, moderator, True, "", "")


def test_a_claim_on_content_that_has_changed_meanwhile_is_lost(moderator: Any) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    newer = ScanRunFactory(subject_id=item.subject_id, content_sha256="1" * 64)
    review_open(scan_run=newer, category=Category.GORE, severity=Severity.MILD, reason_codes=["gore"])
    with pytest.raises(ReviewNotClaimed):
        review_answer(item, moderator, True, "", "")


@pytest.mark.parametrize(("digest", "state"), [("0" * 64, "answered"), ("1" * 64, "open")])
def test_an_answer_on_content_that_has_changed_meanwhile_does_not_count(
    moderator: Any, subject: RecordingSubject, digest: str, state: str
) -> None:
    item = answered(moderator)
    newer = ScanRunFactory(subject_id=item.subject_id, content_sha256=digest)
    same = review_open(
        scan_run=newer, category=Category.GORE, severity=Severity.EXTREME, reason_codes=["gore"]
    )
    assert (same, same.state, same.scan_run, same.severity) == (item, state, newer, Severity.EXTREME)
    let_time_pass()
    reviews_settle_due()
    assert len(subject.told) == int(state == "answered")
