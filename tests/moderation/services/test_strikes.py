"""Strikes: what counts, what follows, how long it lasts, and how it is taken back."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from moderation.errors import (
    AccountSuspended,
    OwnContentRefused,
    ReasonNotTaken,
    StrikeAlreadyLifted,
    UnknownReason,
)
from moderation.models import (
    AccountMeasure,
    BankKind,
    HashAlgorithm,
    ModerationSettings,
    ScanRun,
    StatementOfReasons,
    Strike,
)
from moderation.people_errors import AccountClosed, CategoryNeverCounted, StaffAccountRefused
from moderation.policy.rules import MACHINE_REASONS
from moderation.scanners.base import Media, Pixels, ScanInput
from moderation.services import strikes
from moderation.services.banks import bank_create, bank_entry_add
from moderation.services.decisions import decision_override, decision_record
from moderation.services.people_acts import data_hand_out
from moderation.services.reviews import review_claim, review_resolve
from moderation.services.scanning import scan_picture
from moderation.services.strikes import (
    NEVER_COUNTED,
    measure_impose,
    measure_lift,
    require_good_standing,
    standing_of,
    strike_issue,
    strike_lift,
)
from moderation.taxonomy import Category, Severity, Surface, Verdict
from tests.factories.accounts import UserFactory
from tests.factories.moderation import (
    RecordingSubject,
    ReviewItemFactory,
    explicit_stand_in,
    plain_picture,
)
from tests.factories.rights import blocked_by_policy, refused_by
from tongyi_portal.accounts.services import account_close
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None, subject: RecordingSubject) -> Any:
    return UserFactory(is_guest=True)


def scanned_with_bank(
    owner: Any, senior: Any, category: Category, severity: Severity, picture: Pixels | None = None
) -> ScanRun:
    """`owner` sends a picture whose hash a senior moderator put on a block bank."""
    pixels = plain_picture() if picture is None else picture
    bank = bank_create(name="Refused", kind=BankKind.BLOCK, category=category, severity=severity, by=senior)
    exact = ScanInput(Media.IMAGE, Surface.PHOTO, pixels).sha256
    bank_entry_add(bank=bank, algorithm=HashAlgorithm.SHA256, value=exact, by=senior)
    return scan_picture(
        subject_type="test_subject",
        subject_id=uuid.uuid4(),
        surface=Surface.PHOTO,
        pixels=pixels,
        owner_id=owner.pk,
    )


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Let the strikes' clock go on."""
    moment = timezone.now() + timedelta(days=days)
    monkeypatch.setattr(strikes.timezone, "now", lambda: moment)


def test_a_refusal_by_a_person_is_a_strike_that_expires(
    owner: Any, moderator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = refused_by(moderator, owner)
    strike = Strike.objects.get()
    assert (strike.owner, strike.decision, strike.category) == (owner, decision, "gore")
    assert standing_of(owner).active_strikes == 1
    assert standing_of(owner).level == "good"
    later(monkeypatch, 91)
    assert standing_of(owner).active_strikes == 0


def test_one_picture_gives_one_strike_however_often_it_is_scanned_and_refused(
    owner: Any, moderator: Any, other_moderator: Any
) -> None:
    first = refused_by(moderator, owner)
    refused_by(other_moderator, owner, "sexual_nudity", subject_id=first.subject_id)
    assert Strike.objects.get().decision == first


def test_what_was_refused_again_after_the_first_refusal_was_taken_back_counts(
    owner: Any, moderator: Any, senior: Any
) -> None:
    first = refused_by(moderator, owner)
    decision_override(decision=first, by=senior, approve=True, reason_code="", note="")
    refused_by(moderator, owner, subject_id=first.subject_id)
    assert standing_of(owner).active_strikes == 1


@pytest.mark.parametrize("reason", ["technical", "scanner_failed", "scanners_disagree", "other"])
def test_what_is_no_violation_is_never_a_strike(owner: Any, senior: Any, reason: str) -> None:
    run = blocked_by_policy(owner).scan_run
    assert run is not None
    decision_record(
        subject_type=run.subject_type,
        subject_id=run.subject_id,
        verdict=Verdict.BLOCK,
        reason_codes=[reason],
        scan_run=run,
        policy=run.policy,
        by=senior,  # as one who applies a rescan
    )
    assert not Strike.objects.exists()


@pytest.mark.parametrize("reason", sorted(MACHINE_REASONS))
def test_a_person_gives_no_reason_of_the_machine(
    owner: Any, moderator: Any, senior: Any, reason: str
) -> None:
    with pytest.raises(UnknownReason):
        refused_by(moderator, owner, reason)
    decision = refused_by(moderator, owner)
    with pytest.raises(UnknownReason):
        decision_override(decision=decision, by=senior, approve=False, reason_code=reason, note="")
    common: dict[str, Any] = {"owner": owner, "reason_code": reason, "note": "", "by": senior}
    with pytest.raises(UnknownReason):
        strike_issue(category="hate", **common)
    with pytest.raises(UnknownReason):
        measure_impose(kind="limit", until=timezone.now() + timedelta(days=1), **common)
    assert Strike.objects.count() == 1


def test_an_approval_carries_no_reason(owner: Any, moderator: Any, senior: Any) -> None:
    decision = refused_by(moderator, owner)
    with pytest.raises(ReasonNotTaken):
        decision_override(decision=decision, by=senior, approve=True, reason_code="hate", note="")
    assert decision_override(
        decision=decision, by=senior, approve=True, reason_code="", note=""
    ).reason_codes == ["approved_by_reviewer"]


@pytest.mark.parametrize("category", sorted(NEVER_COUNTED))
def test_a_strike_by_hand_is_about_a_harm(owner: Any, senior: Any, category: str) -> None:
    with pytest.raises(CategoryNeverCounted):
        strike_issue(owner=owner, category=category, reason_code="other", note="", by=senior)


def test_a_closed_or_erased_account_gets_neither_strike_nor_measure(owner: Any, senior: Any) -> None:
    account_close(user=owner)  # `owner` itself still says that it is active
    common: dict[str, Any] = {"owner": owner, "reason_code": "hate", "note": "", "by": senior}
    with pytest.raises(AccountClosed):
        strike_issue(category="hate", **common)
    with pytest.raises(AccountClosed):
        measure_impose(kind="limit", until=timezone.now() + timedelta(days=1), **common)
    assert not StatementOfReasons.objects.exists()


def test_a_machine_alone_gives_no_strike(owner: Any) -> None:
    blocked_by_policy(owner)
    assert not Strike.objects.exists()


@pytest.mark.parametrize(
    ("category", "reason"), [(Category.GORE, "gore"), (Category.SEXUAL_NUDITY, "listed_content")]
)
def test_a_picture_that_a_person_put_on_a_block_bank_is_a_strike_of_the_banks_category(
    owner: Any, senior: Any, category: Category, reason: str
) -> None:
    run = scanned_with_bank(owner, senior, category, Severity.EXTREME)
    strike = Strike.objects.get()
    assert (strike.owner, strike.category, strike.reason_code) == (owner, category, reason)
    assert strike.decision is not None
    assert strike.decision.scan_run == run


def test_a_match_that_only_asked_for_a_person_is_no_strike(owner: Any, senior: Any) -> None:
    run = scanned_with_bank(owner, senior, Category.GORE, Severity.SERIOUS)
    assert run.verdict == Verdict.REVIEW
    assert not Strike.objects.exists()


def test_a_block_that_does_not_rest_on_the_bank_is_no_strike(owner: Any, senior: Any) -> None:
    run = scanned_with_bank(owner, senior, Category.GORE, Severity.MILD, explicit_stand_in())
    assert run.verdict == Verdict.BLOCK
    assert run.findings.filter(label="known_picture").exists()
    assert not Strike.objects.exists()


def test_what_was_sent_before_the_first_strike_does_not_count_again(owner: Any, moderator: Any) -> None:
    sent_together = ReviewItemFactory(owner=owner)
    refused_by(moderator, owner)
    review_resolve(review_claim(sent_together, moderator), moderator, False, "gore", "")
    assert Strike.objects.count() == 1
    refused_by(moderator, owner)  # sent after the owner was told
    assert Strike.objects.count() == 2


def test_strikes_limit_then_suspend_an_account_until_its_time_is_over(
    owner: Any, moderator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels = []
    for _ in range(4):
        refused_by(moderator, owner)
        levels.append(standing_of(owner).level)
    assert levels == ["good", "limited", "limited", "suspended"]
    with pytest.raises(AccountSuspended) as caught:
        require_good_standing(owner)
    details = caught.value.details
    assert (caught.value.code, caught.value.http_status) == ("account_suspended", 403)
    assert details["statement_url"] == f"/api/v1/rights/statements/{details['statement']}"
    later(monkeypatch, 31)
    assert standing_of(owner).level == "limited"
    later(monkeypatch, 91)
    assert require_good_standing(owner).level == "good"


def test_the_thresholds_are_those_of_the_settings(owner: Any, moderator: Any) -> None:
    ModerationSettings.objects.update(strikes_to_limit=1, strikes_to_suspend=2, suspension_days=7)
    refused_by(moderator, owner)
    assert standing_of(owner).level == "limited"
    refused_by(moderator, owner)
    until = standing_of(owner).until
    assert until is not None
    assert timedelta(days=6, hours=23) < until - timezone.now() < timedelta(days=7, hours=1)


def test_an_overridden_refusal_takes_back_its_strike_and_the_suspension(
    owner: Any, moderator: Any, senior: Any
) -> None:
    decisions = [refused_by(moderator, owner) for _ in range(4)]
    decision_override(decision=decisions[0], by=senior, approve=True, reason_code="", note="")
    standing = standing_of(owner)
    assert (standing.level, standing.active_strikes) == ("limited", 3)
    call_command("audit_verify")


def test_another_reason_replaces_the_strike(owner: Any, moderator: Any, senior: Any) -> None:
    decision = refused_by(moderator, owner)
    decision_override(decision=decision, by=senior, approve=False, reason_code="hate", note="")
    active = strikes.strikes_active(owner.pk)
    assert [strike.category for strike in active] == ["hate"]


def test_seniors_issue_and_lift_strikes_by_hand(owner: Any, moderator: Any, senior: Any) -> None:
    with pytest.raises(PermissionRefused):
        strike_issue(owner=owner, category="ads_spam", reason_code="ads_spam", note="", by=moderator)
    strike = strike_issue(owner=owner, category="ads_spam", reason_code="ads_spam", note="flood", by=senior)
    assert standing_of(owner).active_strikes == 1
    strike_lift(strike=strike, note="a mix-up", by=senior)
    assert standing_of(owner).active_strikes == 0
    with pytest.raises(StrikeAlreadyLifted):
        strike_lift(strike=strike, note="", by=senior)
    call_command("audit_verify")


def _staff(account: Any, is_staff: bool) -> None:
    account.is_staff = is_staff
    account.save(update_fields=["is_staff"])


def test_nobody_lifts_what_their_own_account_got(senior: Any, other_senior: Any) -> None:
    until = timezone.now() + timedelta(days=2)
    common: dict[str, Any] = {"owner": senior, "reason_code": "ads_spam", "note": "flood", "by": other_senior}
    _staff(senior, False)  # given before the account became one of the staff
    strike = strike_issue(category="ads_spam", **common)
    measure = measure_impose(kind="limit", until=until, **common)
    _staff(senior, True)
    with pytest.raises(OwnContentRefused):
        strike_lift(strike=strike, note="never mind", by=senior)
    with pytest.raises(OwnContentRefused):
        measure_lift(measure=measure, note="never mind", by=senior)
    assert (standing_of(senior).level, standing_of(senior).active_strikes) == ("limited", 1)


def test_seniors_suspend_by_hand_and_end_it(owner: Any, moderator: Any, senior: Any) -> None:
    until = timezone.now() + timedelta(days=2)
    asked: dict[str, Any] = {"owner": owner, "kind": "suspension", "until": until, "reason_code": "ads_spam"}
    with pytest.raises(PermissionRefused):
        measure_impose(**asked, note="", by=moderator)
    measure = measure_impose(**asked, note="flood", by=senior)
    assert standing_of(owner).level == "suspended"
    measure_lift(measure=measure, note="", by=senior)
    assert standing_of(owner).level == "good"
    assert AccountMeasure.objects.get().lift.by == senior


def test_nobody_acts_by_hand_on_staff_nor_on_themselves(senior: Any, moderator: Any) -> None:
    until = timezone.now() + timedelta(days=1)
    for account in (senior, moderator, UserFactory(is_superuser=True)):
        with pytest.raises(StaffAccountRefused):
            strike_issue(owner=account, category="hate", reason_code="hate", note="", by=senior)
        with pytest.raises(StaffAccountRefused):
            measure_impose(
                owner=account, kind="suspension", until=until, reason_code="hate", note="", by=senior
            )
        with pytest.raises(StaffAccountRefused):
            data_hand_out(owner=account, by=senior)
    assert not Strike.objects.exists()
    assert not AccountMeasure.objects.exists()
