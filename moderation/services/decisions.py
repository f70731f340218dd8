"""decision_record, decision_override, decision_revise, decisions_verify: verdicts and their audit entries."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction

from moderation import subject_registry
from moderation.errors import DecisionAlreadyOverridden, OwnContentRefused, OwnDecisionRefused
from moderation.models.appeal import Appeal
from moderation.models.audit import AuditEntry
from moderation.models.decision import Decision
from moderation.models.policy import Policy
from moderation.models.review import ReviewItem
from moderation.models.scan import ScanRun
from moderation.services.audit import audit_append, audit_append_all
from moderation.services.consequences import consequences_of
from moderation.services.given_reasons import checked_reason
from moderation.services.scan_digests import ScanDigest, scan_digests
from moderation.services.telling import decision_tell
from moderation.states import AppealState
from moderation.taking_part import took_part
from moderation.taxonomy import Verdict
from moderation.usage_sources import decision_count
from tongyi_portal.common import roles

RECORDED = "moderation.decision.recorded"
NOTE_ERASED = "moderation.decision.note_erased"
AT_ONCE = 500
_NO_SCAN = {"scan_sha256": "", "scan_work_sha256": "", "scan_matched_sha256": ""}
_KEPT_LATER = frozenset({"scan_work_sha256", "scan_matched_sha256"})  # facts that older entries do not have


@transaction.atomic
def decision_record(
    *,
    subject_type: str,
    subject_id: uuid.UUID,
    verdict: Verdict,
    reason_codes: Sequence[str],
    scan_run: ScanRun | None,
    policy: Policy | None,
    review_item: ReviewItem | None = None,
    by: Any = None,
    note: str = "",
    overrides: Decision | None = None,
    scanner: str = "",
) -> Decision:
    """Write a decision and its audit entry; a person's decision also reaches the owner of the content.

    `by` None means that the policy decided; scanner: whose finding was behind it then. The owner is told
    before the audit entry is written, because the end of the audit chain must be the last row that a
    transaction locks.
    """
    decision = Decision.objects.create(
        subject_type=subject_type,
        subject_id=subject_id,
        scan_run=scan_run,
        review_item=review_item,
        policy=policy,
        verdict=verdict,
        reason_codes=list(reason_codes),
        note=note,
        by=by,
        overrides=overrides,
    )
    if by is not None:
        subject_registry.subject_type(subject_type).on_decision(
            subject_id, approved=verdict == Verdict.PASS, reason_codes=list(reason_codes)
        )
    notes = consequences_of(decision)
    decision_tell(decision)
    decision_count(decision, scanner=scanner)
    audit_append(action=RECORDED, subject=decision, actor=by, data=decision_facts(decision))
    audit_append_all(notes)
    return decision


@transaction.atomic
def decision_override(
    *,
    decision: Decision,
    by: Any,
    approve: bool,
    reason_code: str,
    note: str,
    answered: ReviewItem | None = None,
) -> Decision:
    """Replace a decision, a person's or the policy's, by another; the old one stays and is marked overridden.

    While an appeal about the content waits, whoever took part leaves it to somebody else. answered: the item
    on which `by` has just said this. Raises PermissionRefused, OwnContentRefused, OwnDecisionRefused,
    UnknownReason, ReasonNotTaken, DecisionAlreadyOverridden.
    """
    roles.require(by, roles.REVIEW_OVERRIDE)
    same: dict[str, Any] = {"subject_type": decision.subject_type, "subject_id": decision.subject_id}
    about = {f"decision__{field}": value for field, value in same.items()}
    if Appeal.objects.filter(**about, state=AppealState.OPEN).exists() and took_part(
        by, **same, but_not=answered.pk if answered else None
    ):
        raise OwnDecisionRefused
    refuse_own_content(owner_id=decision.scan_run.owner_id if decision.scan_run else None, by=by)
    return decision_revise(
        decision=decision,
        by=by,
        approve=approve,
        reason_code=reason_code,
        note=note,
        review_item=decision.review_item,
    )


@transaction.atomic
def decision_revise(
    *, decision: Decision, by: Any, approve: bool, reason_code: str, note: str, review_item: ReviewItem | None
) -> Decision:
    """decision_override for a caller who knows that `by` may: an appeal gives the right for one decision.

    Raises UnknownReason, ReasonNotTaken, DecisionAlreadyOverridden.
    """
    reason = checked_reason(reason_code, approve=approve)
    try:
        with transaction.atomic():
            return decision_record(
                subject_type=decision.subject_type,
                subject_id=decision.subject_id,
                verdict=Verdict.PASS if approve else Verdict.BLOCK,
                reason_codes=[reason],
                scan_run=decision.scan_run,
                policy=decision.policy,
                review_item=review_item,
                by=by,
                note=note,
                overrides=decision,
            )
    except IntegrityError as error:
        if Decision.objects.filter(overrides=decision).exists():
            raise DecisionAlreadyOverridden() from error
        raise


def refuse_own_content(*, owner_id: uuid.UUID | None, by: Any) -> None:
    """Raise OwnContentRefused when `by` owns the content."""
    if owner_id is not None and owner_id == by.pk:
        raise OwnContentRefused()


def decisions_verify() -> list[str]:
    """Compare every decision, and the scan it rests on, with the audit chain; a sentence for each fault."""
    told = {
        uuid.UUID(subject_id): data
        for subject_id, data in AuditEntry.objects.filter(action__in=[RECORDED, NOTE_ERASED])
        .order_by("sequence")
        .values_list("subject_id", "data")
    }
    faults: list[str] = []
    decisions = Decision.objects.select_related("policy").order_by("pk").iterator(chunk_size=AT_ONCE)
    while part := list(islice(decisions, AT_ONCE)):
        scans = scan_digests([decision.scan_run_id for decision in part if decision.scan_run_id])
        for decision in part:
            facts = told.pop(decision.pk, None)
            if facts is None:
                faults.append(f"Decision {decision.pk} has no audit entry.")
            elif facts != (now := _as_told(facts, decision_facts(decision, scans))):
                is_scan = facts | _NO_SCAN == now | _NO_SCAN
                what = "The scan of decision" if is_scan else "Decision"
                faults.append(f"{what} {decision.pk} differs from its audit entry.")
    return faults + [f"Decision {missing} is in the audit chain, but its row is missing." for missing in told]


def _as_told(told: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """`now` without what the chain did not keep yet when it was told."""
    return {key: value for key, value in now.items() if key in told or key not in _KEPT_LATER}


def decision_facts(decision: Decision, scans: Mapping[uuid.UUID, ScanDigest] | None = None) -> dict[str, Any]:
    """What the audit chain keeps of a decision; the note only as a digest, so that it can be erased.

    scans: digests of scan runs where the caller has them already.
    """
    run_id = decision.scan_run_id
    found = scan_digests([run_id] if run_id else []) if scans is None else scans
    scan = found.get(run_id) if run_id else None
    return {
        "subject_type": decision.subject_type,
        "subject_id": str(decision.subject_id),
        "verdict": str(decision.verdict),
        "reason_codes": list(decision.reason_codes),
        "policy_version": decision.policy.version if decision.policy else None,
        "scan_run": str(decision.scan_run_id) if decision.scan_run_id else None,
        "review_item": str(decision.review_item_id) if decision.review_item_id else None,
        "by": str(decision.by_id) if decision.by_id else None,
        "overrides": str(decision.overrides_id) if decision.overrides_id else None,
        "note_sha256": hashlib.sha256(decision.note.encode()).hexdigest(),
        "at": decision.created_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "scan_sha256": scan.seen if scan else None,
        "scan_work_sha256": scan.work if scan else None,
        "scan_matched_sha256": scan.matched if scan else None,
    }
