"""appeal_open, appeal_withdraw, appeal_settle, appeal_decide: somebody else looks at a decision again."""

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from moderation.errors import (
    AppealAlreadyMade,
    AppealDecided,
    AppealInQueue,
    AppealTooLate,
    NotAppealable,
    OwnDecisionRefused,
)
from moderation.models.appeal import Appeal
from moderation.models.decision import Decision
from moderation.models.people import LiftCause, MeasureLift, StrikeLift
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.models.statement import StatementKind, StatementOfReasons
from moderation.services.appeal_ends import appeal_end, appeal_tell, appeal_uphold
from moderation.services.audit import AuditNote, audit_append_all
from moderation.services.decisions import decision_revise, refuse_own_content
from moderation.services.evidence import evidence_note
from moderation.services.matched_entries import entries_behind
from moderation.services.opening import review_open
from moderation.services.sealing import text_seal, text_unseal
from moderation.services.statements import category_of
from moderation.services.strikes import ENDED, strike_lift_rows
from moderation.states import UNDECIDED, AppealState
from moderation.subject_registry import subject_type
from moderation.taking_part import took_part
from moderation.taxonomy import Category, Severity, Verdict
from moderation.usage_sources import appeal_count
from tongyi_portal.common import roles
from tongyi_portal.common.errors import NotFound, UnknownKey

OPENED = "moderation.appeal.opened"


@transaction.atomic
def appeal_open(*, statement: StatementOfReasons, text: str, language: str, by: Any) -> Appeal:
    """Ask another moderator to look again at what `statement` tells of.

    A strike, limit or suspension that came of a decision is appealed against through that decision. text: the
    owner's own words; stored sealed. Raises NotFound for somebody else's statement, NotAppealable,
    AppealTooLate, AppealAlreadyMade.
    """
    if statement.owner_id != by.pk:
        raise NotFound
    contested = _contested(statement)
    if statement.appeal_until is not None and statement.appeal_until < timezone.now():
        raise AppealTooLate(details={"until": statement.appeal_until.isoformat()})
    appeal = Appeal(owner_id=by.pk, language=language, **contested)
    if earlier := Appeal.objects.filter(**contested).first():
        raise AppealAlreadyMade(details={"appeal": str(earlier.pk), "state": earlier.state})
    if appeal.decision is not None:
        appeal.review_item = _item_open(appeal.decision)
    appeal.sealed_text = text_seal(owner_id=by.pk, text=text) if text else None
    try:
        with transaction.atomic():
            appeal.save(force_insert=True)
    except IntegrityError as error:
        raise AppealAlreadyMade from error
    appeal_count(appeal)
    appeal_tell("moderation.appeal.opened", appeal, {"opened_at": appeal.created_at.isoformat()})
    audit_append_all([evidence_note(OPENED, appeal, by)])
    return appeal


def appeal_text(appeal: Appeal) -> str:
    """What the owner wrote; empty once it was erased."""
    return (text_unseal(appeal.sealed_text) or "") if appeal.sealed_text else ""


def appeal_effect(appeal: Appeal) -> str:
    """A sentence for whoever decides: which hash banks approving takes hashes off; empty for none."""
    if appeal.decision is None:
        return ""
    banks = entries_behind(appeal.decision).order_by("bank__name").values_list("bank__name", flat=True)
    names = list(dict.fromkeys(banks))
    if not names:
        return ""
    return gettext(
        "If you approve, the hashes that this content matched, and all others of the same listed pictures, "
        "are taken off these banks: %(banks)s."
    ) % {"banks": ", ".join(names)}


@transaction.atomic
def appeal_settle(item: ReviewItem, by: Any) -> Decision | None:
    """Carry out a moderator's answer on an appeal's item; approval of the content takes the decision back.

    For reviews' settling, inside its transaction. Returns the new decision; None when the old one stands.
    """
    outcome = None
    open_ones = Appeal.objects.select_for_update(of=("self",)).filter(
        review_item=item, state=AppealState.OPEN
    )
    for appeal in open_ones.order_by("created_at"):  # several when one piece of content was refused twice
        _refuse_own(appeal, by, item=item)
        if item.answer_approve:
            outcome = _overturn(appeal, by, note=item.answer_note, review_item=item)
        else:
            audit_append_all(appeal_uphold(appeal, by))
    return outcome


@transaction.atomic
def appeal_decide(*, appeal: Appeal, approve: bool, note: str, by: Any) -> Appeal:
    """Decide an appeal in the console: one about a strike or measure by hand, which no queue item stands for.

    An appeal with an item that waits in the queue is decided there, unless its content is gone. Raises
    PermissionRefused, OwnContentRefused, OwnDecisionRefused, AppealDecided, AppealInQueue.
    """
    roles.require(by, roles.PEOPLE_MANAGE)
    appeal = Appeal.objects.select_for_update(of=("self",)).get(pk=appeal.pk)
    if not appeal.is_open:
        raise AppealDecided(details={"state": appeal.state})
    refuse_own_content(owner_id=appeal.owner_id, by=by)
    _refuse_own(appeal, by)
    item = appeal.review_item
    if item is not None and item.state in UNDECIDED and _is_there(item):
        raise AppealInQueue(details={"review_item": str(item.pk)})
    if not approve:
        audit_append_all(appeal_uphold(appeal, by))
    elif appeal.decision is not None:
        _overturn(appeal, by, note=note, review_item=appeal.review_item)
    else:
        _lift_by_hand(appeal, by, note)
    return appeal


def _contested(statement: StatementOfReasons) -> dict[str, Any]:
    """Which decision, strike or measure the appeal is about. Raises NotAppealable."""
    measure = statement.measure
    strike = statement.strike or (measure.strike if measure is not None else None)
    decision = statement.decision or (strike.decision if strike is not None else None)
    if statement.kind in {StatementKind.RESTORED, StatementKind.UPHELD}:
        raise NotAppealable
    if decision is not None:
        if decision.verdict != Verdict.BLOCK or hasattr(decision, "overridden_by"):
            raise NotAppealable
        return {"decision": decision}
    if strike is not None:
        if hasattr(strike, "lift"):
            raise NotAppealable
        return {"strike": strike}
    if measure is None or hasattr(measure, "lift") or measure.until <= timezone.now():
        raise NotAppealable
    return {"measure": measure}


def _item_open(decision: Decision) -> ReviewItem:
    """An item that nobody who took part will be given (see taking_part); the policy's go to anybody."""
    run = decision.scan_run
    if run is None:
        raise NotAppealable
    severities = run.findings.values_list("severity", flat=True)
    return review_open(
        scan_run=run,
        category=category_of(list(decision.reason_codes)) or Category.DISAGREEMENT,
        severity=Severity(max(severities, default=Severity.SERIOUS)),
        reason_codes=list(decision.reason_codes),
        purpose=ReviewPurpose.APPEAL,
        not_by=decision.by,
    )


def _is_there(item: ReviewItem) -> bool:
    """Whether anybody could still be shown the content of the item."""
    try:
        return subject_type(item.subject_type).preview(item.subject_id) is not None
    except UnknownKey:
        return False


def _refuse_own(appeal: Appeal, by: Any, *, item: ReviewItem | None = None) -> None:
    """Raise OwnDecisionRefused when `by` made what is complained of, or took part in it.

    item: the appeal's own, which `by` has just answered.
    """
    strike, measure = appeal.strike, appeal.measure
    makers: set[uuid.UUID | None] = {
        appeal.decision.by_id if appeal.decision else None,
        strike.issued_by_id if strike else None,
        measure.imposed_by_id if measure else None,
    }
    if by.pk in makers:
        raise OwnDecisionRefused
    decision = appeal.decision or (strike.decision if strike else None)
    if decision is not None and took_part(
        by,
        subject_type=decision.subject_type,
        subject_id=decision.subject_id,
        but_not=item.pk if item else None,
    ):
        raise OwnDecisionRefused


def _overturn(appeal: Appeal, by: Any, *, note: str, review_item: ReviewItem | None) -> Decision:
    """Revise the decision, which restores the content, the strike and the banks, and ends the appeal."""
    assert appeal.decision is not None, "appeals of other kinds are lifted by hand"  # noqa: S101
    outcome = decision_revise(
        decision=appeal.decision, by=by, approve=True, reason_code="", note=note, review_item=review_item
    )
    appeal.refresh_from_db()
    return outcome


def _lift_by_hand(appeal: Appeal, by: Any, note: str) -> None:
    notes: list[AuditNote] = []
    if appeal.strike is not None:
        notes += strike_lift_rows(
            appeal.strike, StrikeLift(strike=appeal.strike, cause=LiftCause.OVERRIDDEN, note=note, by=by)
        )
    elif appeal.measure is not None:
        lift = MeasureLift(measure=appeal.measure, cause=LiftCause.OVERRIDDEN, note=note, by=by)
        lift.save(force_insert=True)
        notes.append(evidence_note(ENDED, lift, by))
    audit_append_all(appeal_end(appeal, AppealState.OVERTURNED, by) + notes)
