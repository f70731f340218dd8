"""Appeals: by the owner, once, in time, to somebody else; and they really revert."""

import io
import uuid
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from moderation.errors import (
    AppealAlreadyMade,
    AppealDecided,
    AppealInQueue,
    AppealTooLate,
    NotAppealable,
    OwnDecisionRefused,
    ReviewDecidedBefore,
)
from moderation.models import (
    Appeal,
    AuditEntry,
    BankEntry,
    BankKind,
    Decision,
    HashAlgorithm,
    HashBank,
    ModerationSettings,
    ReviewItem,
    ReviewPurpose,
    ScanRun,
    SealedText,
    StatementOfReasons,
)
from moderation.scanners.base import Media, Pixels, ScanInput
from moderation.services.appeals import appeal_decide, appeal_effect, appeal_open, appeal_text
from moderation.services.banks import bank_add_picture, bank_create, bank_entry_add
from moderation.services.decisions import decision_override
from moderation.services.reviews import review_claim, review_claim_next, review_escalate, review_resolve
from moderation.services.scanning import scan_picture
from moderation.services.statements import statement_of
from moderation.services.strikes import measure_impose, standing_of, strike_issue
from moderation.services.terms import list_create, term_add
from moderation.services.texts import scan_text
from moderation.states import AppealState, ReviewState
from moderation.taxonomy import Category, Severity, Surface, Verdict
from moderation.terms.entries import ListKind
from templates_app.characters import draw_character
from tests.factories.accounts import UserFactory
from tests.factories.moderation import RecordingSubject, ReviewItemFactory, member_of
from tests.factories.rights import blocked_by_policy, refused_by
from tests.factories.webhooks import EndpointFactory
from tongyi_portal.common import roles
from tongyi_portal.common.errors import NotFound
from tongyi_portal.webhooks.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None, subject: RecordingSubject) -> Any:
    return UserFactory()


def appealed(decision: Decision, owner: Any, text: str = "It is a sculpture.") -> Appeal:
    statement = statement_of(decision)
    assert statement is not None
    return appeal_open(statement=statement, text=text, language="en", by=owner)


def answered(appeal: Appeal, by: Any, approve: bool) -> Appeal:
    assert appeal.review_item is not None
    review_resolve(review_claim(appeal.review_item, by), by, approve, "" if approve else "gore", "")
    appeal.refresh_from_db()
    return appeal


def test_an_appeal_enters_the_queue_for_another_person(
    owner: Any, moderator: Any, other_moderator: Any
) -> None:
    appeal = appealed(refused_by(moderator, owner), owner)
    item = appeal.review_item
    assert item is not None
    assert (item.purpose, item.not_by) == (ReviewPurpose.APPEAL, moderator)
    with pytest.raises(ReviewDecidedBefore):
        review_claim(item, moderator)
    assert review_claim_next(moderator) is None
    assert review_claim_next(other_moderator) == item


def test_the_words_of_an_appeal_are_stored_sealed(owner: Any, moderator: Any) -> None:
    appeal = appealed(refused_by(moderator, owner), owner)
    assert appeal_text(appeal) == "It is a sculpture."
    assert "sculpture" not in SealedText.objects.get(pk=appeal.sealed_text).sealed


def test_an_overturned_decision_restores_content_and_standing(
    owner: Any, moderator: Any, other_moderator: Any, subject: RecordingSubject
) -> None:
    decision = refused_by(moderator, owner)
    appeal = answered(appealed(decision, owner), other_moderator, approve=True)
    assert appeal.state == AppealState.OVERTURNED
    assert appeal.outcome is not None
    assert (appeal.outcome.overrides, appeal.outcome.by) == (decision, other_moderator)
    assert subject.told[-1] == (decision.subject_id, True, ["approved_by_reviewer"])
    assert standing_of(owner).active_strikes == 0
    assert StatementOfReasons.objects.filter(owner=owner, kind="restored").exists()
    call_command("audit_verify")


def test_an_upheld_decision_stands_and_is_told(
    owner: Any, moderator: Any, other_moderator: Any, subject: RecordingSubject
) -> None:
    decision = refused_by(moderator, owner)
    told_before = list(subject.told)
    appeal = answered(appealed(decision, owner), other_moderator, approve=False)
    assert (appeal.state, appeal.decided_by) == (AppealState.UPHELD, other_moderator)
    assert subject.told == told_before
    assert standing_of(owner).active_strikes == 1
    assert "The decision stands" in StatementOfReasons.objects.get(kind="upheld").text_en
    call_command("audit_verify")


def test_a_block_of_the_policy_can_be_appealed_to_anybody(
    owner: Any, moderator: Any, subject: RecordingSubject
) -> None:
    decision = blocked_by_policy(owner)
    assert answered(appealed(decision, owner), moderator, approve=True).state == AppealState.OVERTURNED
    assert subject.told == [(decision.subject_id, True, ["approved_by_reviewer"])]


def test_there_is_one_appeal_for_a_decision(owner: Any, moderator: Any, other_moderator: Any) -> None:
    decision = refused_by(moderator, owner)
    answered(appealed(decision, owner), other_moderator, approve=False)
    with pytest.raises(AppealAlreadyMade) as caught:
        appealed(decision, owner)
    assert caught.value.details["state"] == "upheld"


def test_only_the_owner_appeals_and_only_in_time(owner: Any, moderator: Any) -> None:
    decision = refused_by(moderator, owner)
    statement = statement_of(decision)
    assert statement is not None
    with pytest.raises(NotFound):
        appeal_open(statement=statement, text="", language="en", by=UserFactory())
    statement.appeal_until = timezone.now() - timedelta(seconds=1)
    with pytest.raises(AppealTooLate):
        appeal_open(statement=statement, text="", language="en", by=owner)


def test_a_decision_that_was_taken_back_cannot_be_appealed(owner: Any, moderator: Any, senior: Any) -> None:
    decision = refused_by(moderator, owner)
    decision_override(decision=decision, by=senior, approve=True, reason_code="", note="")
    with pytest.raises(NotAppealable):
        appealed(Decision.objects.get(pk=decision.pk), owner)


def test_an_override_meanwhile_ends_the_appeal_and_its_item(owner: Any, moderator: Any, senior: Any) -> None:
    decision = refused_by(moderator, owner)
    appeal = appealed(decision, owner)
    decision_override(decision=decision, by=senior, approve=True, reason_code="", note="")
    appeal.refresh_from_db()
    assert appeal.state == AppealState.OVERTURNED
    assert appeal.review_item is not None
    assert appeal.review_item.state == ReviewState.WITHDRAWN
    call_command("audit_verify")


KEPT: dict[str, Any] = {"approve": False, "reason_code": "hate", "note": ""}


def test_whoever_decided_leaves_the_appeal_to_somebody_else(owner: Any, senior: Any) -> None:
    decision = refused_by(senior, owner)
    appeal = appealed(decision, owner)
    with pytest.raises(OwnDecisionRefused):
        decision_override(decision=decision, by=senior, **KEPT)
    appeal.refresh_from_db()
    assert appeal.is_open


def test_a_block_that_replaces_the_one_complained_of_refuses_the_appeal(
    owner: Any, moderator: Any, senior: Any
) -> None:
    EndpointFactory(owner=owner)
    decision = refused_by(moderator, owner)
    appeal = appealed(decision, owner)
    new = decision_override(decision=decision, by=senior, **KEPT)
    appeal.refresh_from_db()
    assert (appeal.state, appeal.outcome, appeal.decided_by) == (AppealState.UPHELD, new, senior)
    assert StatementOfReasons.objects.get(owner=owner, kind="upheld").decision == decision
    told = Event.objects.get(type="moderation.appeal.decided")
    assert told.data["outcome"] == "upheld"
    call_command("audit_verify")


@pytest.mark.parametrize("approve", [True, False])
def test_whoever_escalated_does_not_end_the_appeal_by_an_override(
    owner: Any, senior: Any, other_senior: Any, approve: bool
) -> None:
    item = ReviewItemFactory(owner=owner)
    review_escalate(review_claim(item, senior), senior, "I am not sure.")
    decision = resolve(item, other_senior, approve=False)
    appeal = appealed(decision, owner)
    with pytest.raises(OwnDecisionRefused):
        decision_override(decision=decision, by=senior, **KEPT | {"approve": approve})
    appeal.refresh_from_db()
    assert appeal.is_open


def test_whoever_listed_what_was_matched_does_not_end_the_appeal_by_an_override(
    owner: Any, senior: Any, other_senior: Any
) -> None:
    _bank, pixels = listed_picture(senior)
    decision = Decision.objects.get(scan_run=sent(pixels, owner))
    appealed(decision, owner)
    with pytest.raises(OwnDecisionRefused):
        decision_override(decision=decision, by=senior, **KEPT)
    assert decision_override(decision=decision, by=other_senior, **KEPT).overrides == decision


def test_an_adjudicator_who_differs_ends_the_appeal(
    owner: Any, moderator: Any, other_moderator: Any, senior: Any
) -> None:
    ModerationSettings.objects.update(second_review_percent=100)
    decision = refused_by(moderator, owner)
    second = ReviewItem.objects.get(first_item=decision.review_item, purpose=ReviewPurpose.SECOND)
    resolve(second, other_moderator, approve=True)
    appeal = appealed(decision, owner)
    resolve(ReviewItem.objects.get(purpose=ReviewPurpose.ADJUDICATION), senior, approve=True)
    appeal.refresh_from_db()
    assert (appeal.state, appeal.decided_by) == (AppealState.OVERTURNED, senior)


def test_a_strike_is_appealed_through_its_decision(owner: Any, moderator: Any, other_moderator: Any) -> None:
    decision = refused_by(moderator, owner)
    told = StatementOfReasons.objects.get(owner=owner, kind="strike")
    appeal = appeal_open(statement=told, text="No.", language="en", by=owner)
    assert appeal.decision == decision
    answered(appeal, other_moderator, approve=True)
    assert standing_of(owner).active_strikes == 0


def test_what_was_imposed_by_hand_is_decided_by_another_senior(
    owner: Any, senior: Any, other_senior: Any
) -> None:
    strike_issue(owner=owner, category="ads_spam", reason_code="ads_spam", note="", by=senior)
    told = StatementOfReasons.objects.get(owner=owner, kind="strike")
    appeal = appeal_open(statement=told, text="No.", language="zh-hans", by=owner)
    assert appeal.review_item is None
    with pytest.raises(OwnDecisionRefused):
        appeal_decide(appeal=appeal, approve=True, note="", by=senior)
    appeal_decide(appeal=appeal, approve=True, note="", by=other_senior)
    assert standing_of(owner).active_strikes == 0
    with pytest.raises(AppealDecided):
        appeal_decide(appeal=appeal, approve=False, note="", by=other_senior)
    call_command("audit_verify")


@pytest.mark.parametrize("approve", [True, False])
def test_an_appeal_that_waits_in_the_queue_is_decided_there(
    owner: Any, moderator: Any, senior: Any, subject: RecordingSubject, approve: bool
) -> None:
    appeal = appealed(refused_by(moderator, owner), owner)
    with pytest.raises(AppealInQueue) as caught:
        appeal_decide(appeal=appeal, approve=approve, note="", by=senior)
    assert caught.value.details == {"review_item": str(appeal.review_item_id)}
    appeal.refresh_from_db()
    assert appeal.is_open
    assert answered(appeal, senior, approve=approve).state != AppealState.OPEN


def test_an_appeal_whose_content_is_gone_is_decided_by_hand(
    owner: Any, moderator: Any, senior: Any, subject: RecordingSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    appeal = appealed(refused_by(moderator, owner), owner)
    monkeypatch.setattr(subject, "preview", lambda subject_id: None)
    appeal_decide(appeal=appeal, approve=True, note="", by=senior)
    appeal.refresh_from_db()
    assert appeal.state == AppealState.OVERTURNED


def test_a_suspension_by_hand_can_be_overturned(owner: Any, senior: Any, other_senior: Any) -> None:
    until = timezone.now() + timedelta(days=3)
    measure_impose(owner=owner, kind="suspension", until=until, reason_code="hate", note="", by=senior)
    told = StatementOfReasons.objects.get(owner=owner, kind="suspension")
    appeal = appeal_open(statement=told, text="", language="en", by=owner)
    appeal_decide(appeal=appeal, approve=True, note="", by=other_senior)
    assert standing_of(owner).level == "good"


def resolve(item: ReviewItem, by: Any, approve: bool) -> Any:
    return review_resolve(review_claim(item, by), by, approve, "" if approve else "gore", "")


def refuses(item: ReviewItem | None, by: Any) -> bool:
    """Whether the item is neither given to `by` nor taken when they ask for it."""
    assert item is not None
    with pytest.raises(ReviewDecidedBefore):
        review_claim(item, by)
    return review_claim_next(by) is None


def test_a_second_reviewer_who_agreed_does_not_get_the_appeal(
    owner: Any, moderator: Any, other_moderator: Any, senior: Any
) -> None:
    ModerationSettings.objects.update(second_review_percent=100)
    decision = refused_by(moderator, owner)
    second = ReviewItem.objects.get(first_item=decision.review_item, purpose=ReviewPurpose.SECOND)
    resolve(second, other_moderator, approve=False)
    appeal = appealed(decision, owner)
    assert refuses(appeal.review_item, moderator)
    assert refuses(appeal.review_item, other_moderator)
    assert review_claim_next(senior) == appeal.review_item
    assert answered(appeal, senior, approve=True).state == AppealState.OVERTURNED


def test_one_who_agrees_after_the_appeal_was_made_does_not_get_it_either(
    owner: Any, moderator: Any, other_moderator: Any
) -> None:
    ModerationSettings.objects.update(second_review_percent=100)
    decision = refused_by(moderator, owner)
    appeal = appealed(decision, owner)
    second = ReviewItem.objects.get(first_item=decision.review_item, purpose=ReviewPurpose.SECOND)
    resolve(second, other_moderator, approve=False)
    assert refuses(appeal.review_item, other_moderator)


def test_the_adjudicator_and_both_who_differed_do_not_get_the_appeal(
    owner: Any, moderator: Any, other_moderator: Any, senior: Any, other_senior: Any
) -> None:
    ModerationSettings.objects.update(second_review_percent=100)
    decision = refused_by(moderator, owner)
    second = ReviewItem.objects.get(first_item=decision.review_item, purpose=ReviewPurpose.SECOND)
    resolve(second, other_moderator, approve=True)
    last = ReviewItem.objects.get(first_item=decision.review_item, purpose=ReviewPurpose.ADJUDICATION)
    resolve(last, senior, approve=False)
    appeal = appealed(decision, owner)
    for by in (moderator, other_moderator, senior):
        assert refuses(appeal.review_item, by)
    with pytest.raises(OwnDecisionRefused):
        appeal_decide(appeal=appeal, approve=False, note="", by=senior)
    assert answered(appeal, other_senior, approve=False).state == AppealState.UPHELD


def test_whoever_escalated_the_content_does_not_get_the_appeal(
    owner: Any, moderator: Any, senior: Any, other_senior: Any
) -> None:
    item = ReviewItemFactory(owner=owner)
    review_escalate(review_claim(item, moderator), moderator, "I am not sure.")
    decision = resolve(item, senior, approve=False)
    appeal = appealed(decision, owner)
    assert refuses(appeal.review_item, moderator)
    assert refuses(appeal.review_item, senior)
    assert answered(appeal, other_senior, approve=False).state == AppealState.UPHELD


def test_who_reviewed_other_content_gets_the_appeal(owner: Any, moderator: Any, other_moderator: Any) -> None:
    refused_by(other_moderator, owner)
    appeal = appealed(refused_by(moderator, owner), owner)
    assert review_claim_next(other_moderator) == appeal.review_item


def listed_picture(by: Any, category: Category = Category.GORE) -> tuple[HashBank, Pixels]:
    """A picture without harm, both of whose hashes `by` has put on a bank that blocks."""
    pixels = draw_character("person", 288)
    bank = bank_create(
        name="Refused", kind=BankKind.BLOCK, category=category, severity=Severity.EXTREME, by=by
    )
    hashed = ScanInput(Media.IMAGE, Surface.PHOTO, pixels)
    bank_entry_add(bank=bank, algorithm=HashAlgorithm.SHA256, value=hashed.sha256, by=by)
    bank_entry_add(bank=bank, algorithm=HashAlgorithm.PDQ, value=hashed.pdq.hex, by=by)
    return bank, pixels


def sent(pixels: Pixels, owner: Any) -> ScanRun:
    return scan_picture(
        subject_type="test_subject",
        subject_id=uuid.uuid4(),
        surface=Surface.PHOTO,
        pixels=pixels,
        owner_id=owner.pk,
    )


def test_an_overturned_block_takes_off_what_it_matched_so_that_the_same_file_passes(
    owner: Any, senior: Any, moderator: Any
) -> None:
    bank, pixels = listed_picture(senior)
    other = bank_entry_add(bank=bank, algorithm=HashAlgorithm.SHA256, value="ab" * 32, by=senior)
    run = sent(pixels, owner)
    assert run.verdict == Verdict.BLOCK
    appeal = appealed(Decision.objects.get(scan_run=run), owner)
    assert appeal_effect(appeal).endswith("taken off these banks: Refused.")
    answered(appeal, moderator, approve=True)
    assert list(BankEntry.objects.filter(bank=bank, removed_at__isnull=True)) == [other]
    taken_off = AuditEntry.objects.filter(action="moderation.bank_entry.removed")
    assert {(entry.actor_id, entry.data["reason"]) for entry in taken_off} == {
        (moderator.pk, "decision_revised")
    }
    assert sent(pixels, owner).verdict == Verdict.PASS
    assert standing_of(owner).active_strikes == 0
    call_command("audit_verify")


def file_of(pixels: Pixels, kind: str) -> bytes:
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, kind)
    return written.getvalue()


def test_an_overturned_block_of_a_copy_clears_the_listed_file_itself(
    owner: Any, senior: Any, moderator: Any
) -> None:
    pixels = draw_character("person", 768)
    bank = bank_create(
        name="Refused", kind=BankKind.BLOCK, category=Category.GORE, severity=Severity.EXTREME, by=senior
    )
    exact, near = bank_add_picture(bank=bank, data=file_of(pixels, "PNG"), by=senior)
    other = bank_entry_add(bank=bank, algorithm=HashAlgorithm.SHA256, value="ab" * 32, by=senior)
    with Image.open(io.BytesIO(file_of(pixels, "JPEG"))) as copy:
        run = sent(np.asarray(copy), owner)
    assert [found.evidence["entry_id"] for found in run.findings.filter(label="known_picture")] == [
        str(near.pk)
    ]
    appeal = appealed(Decision.objects.get(scan_run=run), owner)
    assert "all others of the same listed pictures" in appeal_effect(appeal)
    answered(appeal, moderator, approve=True)
    exact.refresh_from_db()
    assert exact.removed_reason == "decision_revised"
    assert list(BankEntry.objects.filter(bank=bank, removed_at__isnull=True)) == [other]
    assert sent(pixels, UserFactory()).verdict == Verdict.PASS
    call_command("audit_verify")


def test_an_upheld_block_leaves_its_bank_as_it_is(owner: Any, senior: Any, moderator: Any) -> None:
    bank, pixels = listed_picture(senior)
    answered(appealed(Decision.objects.get(scan_run=sent(pixels, owner)), owner), moderator, approve=False)
    assert not BankEntry.objects.filter(removed_at__isnull=False).exists()
    assert bank.entries.count() == 2


def test_a_hash_of_another_picture_that_only_asked_for_a_person_stays(
    owner: Any, senior: Any, moderator: Any
) -> None:
    pixels = draw_character("person", 288)
    bank = bank_create(
        name="Refused", kind=BankKind.BLOCK, category=Category.GORE, severity=Severity.EXTREME, by=senior
    )
    near = f"{int(ScanInput(Media.IMAGE, Surface.PHOTO, pixels).pdq.hex, 16) ^ ((1 << 20) - 1):064x}"
    entry = bank_entry_add(bank=bank, algorithm=HashAlgorithm.PDQ, value=near, by=senior)
    run = sent(pixels, owner)
    assert run.verdict == Verdict.REVIEW
    item = run.review_item
    assert item is not None
    refused = review_resolve(review_claim(item, moderator), moderator, False, "gore", "")
    appeal = appealed(refused, owner)
    assert appeal_effect(appeal) == ""
    answered(appeal, member_of(roles.MODERATOR, "yan"), approve=True)
    entry.refresh_from_db()
    assert entry.is_active


def test_whoever_put_the_matched_hash_on_its_bank_leaves_the_appeal_to_others(
    owner: Any, senior: Any, moderator: Any
) -> None:
    _bank, pixels = listed_picture(senior)
    item = appealed(Decision.objects.get(scan_run=sent(pixels, owner)), owner).review_item
    assert item is not None
    assert review_claim_next(senior) is None
    with pytest.raises(ReviewDecidedBefore):
        review_claim(item, senior)
    assert review_claim_next(moderator) == item


def test_whoever_put_the_matched_word_on_its_list_leaves_the_appeal_to_others(
    owner: Any, senior: Any, moderator: Any
) -> None:
    words = list_create(
        name="Words",
        kind=ListKind.BLOCK,
        category=Category.HATE,
        severity=Severity.EXTREME,
        language="en",
        by=senior,
    )
    term_add(term_list=words, text="gribblefax", by=senior)
    run = scan_text(
        subject_type="test_subject",
        subject_id=uuid.uuid4(),
        surface=Surface.PROMPT,
        text="a gribblefax at the sea",
        owner_id=owner.pk,
    )
    assert run.verdict == Verdict.BLOCK
    item = appealed(Decision.objects.get(scan_run=run), owner).review_item
    assert item is not None
    assert review_claim_next(senior) is None
    with pytest.raises(ReviewDecidedBefore):
        review_claim(item, senior)
    assert review_claim_next(moderator) == item
