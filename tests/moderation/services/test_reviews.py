"""The queue: claims are exclusive, decisions are made once, nobody judges their own content."""

import uuid
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from moderation.errors import (
    BlockStands,
    OwnContentRefused,
    ReviewAlreadyDecided,
    ReviewClaimedByOther,
    ReviewNotClaimed,
    ReviewWithdrawn,
    UnknownReason,
)
from moderation.models import AuditEntry, Decision, ReviewItem
from moderation.services.decisions import decision_override, decision_record
from moderation.services.reviews import (
    review_claim,
    review_claim_next,
    review_expire_claims,
    review_open,
    review_release,
    review_reopen,
    review_resolve,
    review_withdraw,
)
from moderation.states import ReviewState
from moderation.tasks.light import expire_claims
from moderation.taxonomy import Category, Severity, Verdict
from tests.factories.moderation import RecordingSubject, ReviewItemFactory, member_of
from tongyi_portal.common import roles
from tongyi_portal.common.errors import PermissionRefused, TransitionRefused

pytestmark = pytest.mark.django_db


def lapse(item: ReviewItem) -> None:
    ReviewItem.objects.filter(pk=item.pk).update(claim_expires_at=timezone.now() - timedelta(seconds=1))


def test_a_claimed_item_cannot_be_claimed_by_somebody_else(moderator: Any, other_moderator: Any) -> None:
    item = ReviewItemFactory()
    as_seen_by_the_other = ReviewItem.objects.get(pk=item.pk)
    review_claim(item, moderator)
    assert (item.state, item.claimed_by) == (ReviewState.CLAIMED, moderator)
    with pytest.raises(ReviewClaimedByOther) as caught:
        review_claim(as_seen_by_the_other, other_moderator)
    assert caught.value.details["claimed_by"] == "ming"
    assert caught.value.http_status == 409


def test_an_own_claim_can_be_renewed(moderator: Any) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    ReviewItem.objects.filter(pk=item.pk).update(claim_expires_at=timezone.now() + timedelta(seconds=5))
    review_claim(item, moderator)
    assert item.claim_expires_at is not None
    assert item.claim_expires_at > timezone.now() + timedelta(minutes=9, seconds=30)


def test_a_claim_that_ran_out_can_be_taken_over_and_the_first_holder_is_told(
    moderator: Any, other_moderator: Any, subject: RecordingSubject
) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    lapse(item)
    review_claim(ReviewItem.objects.get(pk=item.pk), other_moderator)
    with pytest.raises(ReviewClaimedByOther):
        review_resolve(item, moderator, True, "", "")
    assert subject.told == []


def test_claims_that_ran_out_return_to_the_queue(moderator: Any) -> None:
    lapsed, held = review_claim(ReviewItemFactory(), moderator), review_claim(ReviewItemFactory(), moderator)
    lapse(lapsed)
    assert expire_claims() == 1
    lapsed.refresh_from_db()
    held.refresh_from_db()
    assert (lapsed.state, lapsed.claimed_by) == (ReviewState.OPEN, None)
    assert held.state == ReviewState.CLAIMED
    assert review_expire_claims() == 0
    with pytest.raises(ReviewNotClaimed):
        review_resolve(lapsed, moderator, True, "", "")


def test_an_item_can_be_given_back(moderator: Any, other_moderator: Any) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    with pytest.raises(ReviewClaimedByOther):
        review_release(item, other_moderator)
    review_release(item, moderator)
    assert (item.state, item.claimed_by, item.claim_expires_at) == (ReviewState.OPEN, None, None)
    assert review_claim(item, other_moderator).claimed_by == other_moderator


@pytest.mark.parametrize(
    ("approve", "reason", "state", "verdict", "told"),
    [
        (True, "", ReviewState.APPROVED, Verdict.PASS, "approved_by_reviewer"),
        (False, "sexual_nudity", ReviewState.REFUSED, Verdict.BLOCK, "sexual_nudity"),
    ],
)
def test_a_decision_reaches_the_owner_of_the_content(
    moderator: Any,
    subject: RecordingSubject,
    approve: bool,
    reason: str,
    state: ReviewState,
    verdict: Verdict,
    told: str,
) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    decision = review_resolve(item, moderator, approve, reason, "looked twice")
    assert (item.state, item.claimed_by, item.is_decided) == (state, None, True)
    assert (decision.verdict, decision.by, decision.reason_codes) == (verdict, moderator, [told])
    assert (decision.scan_run, decision.review_item) == (item.scan_run, item)
    assert subject.told == [(item.subject_id, approve, [told])]
    entry = AuditEntry.objects.get(subject_id=str(decision.pk))
    assert entry.actor_id == moderator.pk
    assert "looked twice" not in str(entry.data)


def test_an_item_is_decided_once_and_the_second_learns_who(
    moderator: Any, other_moderator: Any, subject: RecordingSubject
) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    stale = ReviewItem.objects.get(pk=item.pk)
    review_resolve(item, moderator, True, "", "")
    for by in (other_moderator, moderator):
        with pytest.raises(ReviewAlreadyDecided) as caught:
            review_resolve(stale, by, False, "gore", "")
        assert caught.value.details["decided_by"] == "ming"
        assert caught.value.http_status == 409
    with pytest.raises(ReviewAlreadyDecided):
        review_claim(stale, other_moderator)
    assert Decision.objects.filter(review_item=item).count() == 1
    assert len(subject.told) == 1


def test_an_item_must_be_claimed_before_it_is_decided(moderator: Any, subject: RecordingSubject) -> None:
    item = ReviewItemFactory()
    with pytest.raises(ReviewNotClaimed):
        review_resolve(item, moderator, True, "", "")
    assert ReviewItem.objects.get(pk=item.pk).state == ReviewState.OPEN


def test_a_refusal_needs_a_known_reason(moderator: Any, subject: RecordingSubject) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    for reason in ("", "because"):
        with pytest.raises(UnknownReason):
            review_resolve(item, moderator, False, reason, "")
    assert ReviewItem.objects.get(pk=item.pk).state == ReviewState.CLAIMED


def test_nobody_decides_on_their_own_content(moderator: Any, subject: RecordingSubject) -> None:
    item = ReviewItemFactory(owner=moderator)
    with pytest.raises(OwnContentRefused):
        review_claim(item, moderator)
    with pytest.raises(OwnContentRefused):
        review_resolve(item, moderator, True, "", "")
    assert review_claim_next(moderator) is None


def test_others_may_not_touch_the_queue() -> None:
    curator, item = member_of(roles.CURATOR, "cui"), ReviewItemFactory()
    for attempt in (
        lambda: review_claim(item, curator),
        lambda: review_claim_next(curator),
        lambda: review_release(item, curator),
        lambda: review_resolve(item, curator, True, "", ""),
    ):
        with pytest.raises(PermissionRefused):
            attempt()
    assert ReviewItem.objects.get(pk=item.pk).state == ReviewState.OPEN


def test_when_the_owner_cannot_act_the_decision_is_not_made(
    moderator: Any, subject: RecordingSubject
) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    subject.fault = RuntimeError("the job is locked")
    with pytest.raises(RuntimeError):
        review_resolve(item, moderator, True, "", "")
    assert ReviewItem.objects.get(pk=item.pk).state == ReviewState.CLAIMED
    assert not Decision.objects.filter(review_item=item).exists()


def test_the_next_item_is_the_gravest_and_then_the_one_due_first(moderator: Any) -> None:
    soon = timezone.now() + timedelta(hours=1)
    ReviewItemFactory(severity=Severity.MILD, due_at=soon)
    first = ReviewItemFactory(severity=Severity.EXTREME)
    second = ReviewItemFactory(severity=Severity.SERIOUS, due_at=soon)
    third = ReviewItemFactory(severity=Severity.SERIOUS)
    order = []
    for _ in range(3):
        item = review_claim_next(moderator)
        assert item is not None
        order.append(item.pk)
        ReviewItem.objects.filter(pk=item.pk).update(
            state="approved", claimed_by=None, claim_expires_at=None, decided_at=timezone.now()
        )
    assert order == [first.pk, second.pk, third.pk]


@pytest.mark.parametrize("is_claimed", [True, False])
def test_a_withdrawn_item_leaves_the_queue_and_can_no_longer_be_decided(
    moderator: Any, subject: RecordingSubject, is_claimed: bool
) -> None:
    item = ReviewItemFactory()
    if is_claimed:
        review_claim(item, moderator)
    assert review_withdraw(item.subject_type, item.subject_id)
    assert not review_withdraw(item.subject_type, item.subject_id)
    assert review_claim_next(moderator) is None
    for attempt in (
        lambda: review_claim(item, moderator),
        lambda: review_resolve(item, moderator, True, "", ""),
        lambda: review_resolve(item, moderator, False, "gore", ""),
    ):
        with pytest.raises(ReviewWithdrawn):
            attempt()
    item.refresh_from_db()
    assert (item.state, item.claimed_by, item.is_waiting) == (ReviewState.WITHDRAWN, None, False)
    assert subject.told == []


def test_a_withdrawn_subject_can_wait_again(moderator: Any) -> None:
    item = ReviewItemFactory()
    review_withdraw(item.subject_type, item.subject_id)
    for _ in range(2):
        assert review_reopen(item.subject_type, item.subject_id) == item
    assert review_claim_next(moderator) == item
    assert review_reopen(item.subject_type, uuid.uuid4()) is None


def test_a_newer_scan_of_a_withdrawn_subject_gets_an_item_of_its_own() -> None:
    old = ReviewItemFactory()
    review_withdraw(old.subject_type, old.subject_id)
    new = review_open(
        scan_run=old.scan_run,
        category=Category.GORE,
        severity=Severity.MILD,
        reason_codes=["gore"],
    )
    assert new != old
    assert new.is_waiting


def test_content_that_was_blocked_meanwhile_is_not_approved_in_the_ordinary_way(
    moderator: Any, senior: Any, subject: RecordingSubject
) -> None:
    item = review_claim(ReviewItemFactory(), moderator)
    run = item.scan_run
    common = {"subject_type": item.subject_type, "subject_id": item.subject_id, "policy": run.policy}
    block = decision_record(verdict=Verdict.BLOCK, reason_codes=["gore"], scan_run=run, **common)
    decision_record(verdict=Verdict.REVIEW, reason_codes=["sexual_nudity"], scan_run=run, **common)
    with pytest.raises(BlockStands):
        review_resolve(item, moderator, True, "", "")
    assert ReviewItem.objects.get(pk=item.pk).state == ReviewState.CLAIMED
    decision_override(decision=block, by=senior, approve=True, reason_code="", note="")
    assert review_resolve(item, moderator, True, "", "").verdict == Verdict.PASS


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_moderators_in_a_hurry_decide_every_item_exactly_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four threads with connections of their own empty one queue."""
    from moderation import subject_registry
    from moderation.services.audit import audit_verify

    recording = RecordingSubject()
    monkeypatch.setitem(subject_registry._TYPES, recording.key, recording)
    items = [ReviewItemFactory().pk for _ in range(12)]
    people = [member_of(roles.MODERATOR, f"moderator-{number}") for number in range(4)]
    start, faults = Barrier(len(people)), []

    def work(by: Any) -> None:
        try:
            start.wait()
            while (item := review_claim_next(by)) is not None:
                review_resolve(item, by, True, "", "")
        except Exception as error:  # noqa: BLE001  # a thread's fault must reach the test
            faults.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work, args=[by]) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert sorted(Decision.objects.values_list("review_item", flat=True)) == sorted(items)
    assert ReviewItem.objects.filter(state=ReviewState.APPROVED).count() == 12
    assert audit_verify().is_intact


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_many_who_claim_one_item_at_once_one_gets_it() -> None:
    item_id = ReviewItemFactory().pk
    people = [member_of(roles.MODERATOR, f"moderator-{number}") for number in range(6)]
    start, winners, losers = Barrier(len(people)), [], []

    def work(by: Any) -> None:
        try:
            item = ReviewItem.objects.get(pk=item_id)
            start.wait()
            winners.append(review_claim(item, by).claimed_by)
        except TransitionRefused:
            losers.append(by)
        finally:
            connection.close()

    threads = [Thread(target=work, args=[by]) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(winners), len(losers)) == (1, 5)
    assert ReviewItem.objects.get(pk=item_id).claimed_by == winners[0]
