"""review_open, review_claim, review_claim_next, review_release, review_resolve, review_withdraw,
review_reopen, review_expire_claims."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from moderation.errors import (
    BlockStands,
    ReviewAlreadyDecided,
    ReviewClaimedByOther,
    ReviewNotClaimed,
    ReviewWithdrawn,
)
from moderation.models.decision import Decision
from moderation.models.review import ReviewItem
from moderation.models.scan import ScanRun
from moderation.policy.defaults import review_hours
from moderation.selectors import review_queue_for, verdicts_standing
from moderation.services.audit import audit_append
from moderation.services.decisions import checked_reason, decision_record, refuse_own_content
from moderation.states import REVIEW, UNDECIDED, ReviewState
from moderation.taxonomy import Category, Severity, Verdict
from tongyi_portal.common import roles
from tongyi_portal.common.errors import TransitionRefused

CLAIM_TIME = timedelta(minutes=10)
_NO_CLAIM: dict[str, Any] = {"claimed_by": None, "claim_expires_at": None}


@transaction.atomic
def review_open(
    *, scan_run: ScanRun, category: Category, severity: Severity, reason_codes: Sequence[str]
) -> ReviewItem:
    """Put the subject of a run into the queue.

    A subject that already waits keeps its item, its claim and its due time: the item is pointed at the newer
    run, and can only become more urgent.
    """
    due_at = timezone.now() + timedelta(hours=review_hours(category))
    waiting = _waiting_for(scan_run)
    if waiting is None:
        try:
            with transaction.atomic():
                return _item_create(scan_run, category, severity, reason_codes, due_at)
        except IntegrityError:  # a second run of the same subject was faster by a moment
            waiting = _waiting_for(scan_run)
            if waiting is None:
                raise
    if severity >= waiting.severity:
        waiting.category, waiting.severity = category, severity
    waiting.scan_run, waiting.due_at = scan_run, min(waiting.due_at, due_at)
    waiting.reason_codes = list(dict.fromkeys([*waiting.reason_codes, *reason_codes]))
    waiting.save(update_fields=["scan_run", "due_at", "category", "severity", "reason_codes", "updated_at"])
    return waiting


@transaction.atomic
def review_claim(item: ReviewItem, by: Any) -> ReviewItem:
    """Take the item for CLAIM_TIME, renew an own claim, or take over one that has run out.

    Raises PermissionRefused, OwnContentRefused, ReviewClaimedByOther, ReviewAlreadyDecided, ReviewWithdrawn.
    """
    roles.require(by, roles.REVIEW_DECIDE)
    refuse_own_content(owner_id=item.owner_id, by=by)
    moment = timezone.now()
    lease = {"claimed_by": by, "claim_expires_at": moment + CLAIM_TIME}
    guards: list[dict[str, Any]] = [
        {"state": ReviewState.OPEN},
        {"state": ReviewState.CLAIMED, "claimed_by": by},
        {"state": ReviewState.CLAIMED, "claim_expires_at__lte": moment},
    ]
    for guard in guards:
        try:
            REVIEW.move(item, ReviewState.CLAIMED, guard=guard, **lease)
        except TransitionRefused:
            continue
        return item
    raise _why_refused(item, by)


def review_claim_next(by: Any) -> ReviewItem | None:
    """Claim the most urgent item that `by` may decide; None when the queue is empty.

    Each look at the queue takes its head; when another moderator was faster, it looks again.
    """
    roles.require(by, roles.REVIEW_DECIDE)
    while True:
        item = review_queue_for(by).first()
        if item is None:
            return None
        try:
            return review_claim(item, by)
        except TransitionRefused:
            continue


@transaction.atomic
def review_release(item: ReviewItem, by: Any) -> ReviewItem:
    """Give an own claim back to the queue. Raises like `review_resolve`."""
    roles.require(by, roles.REVIEW_DECIDE)
    try:
        REVIEW.move(item, ReviewState.OPEN, guard={"claimed_by": by}, **_NO_CLAIM)
    except TransitionRefused as error:
        raise _why_refused(item, by) from error
    return item


@transaction.atomic
def review_resolve(item: ReviewItem, by: Any, approve: bool, reason_code: str, note: str) -> Decision:
    """Decide an item that `by` holds, once; the owner of the content acts on it in the same transaction.

    reason_code: a key of REASONS; may be empty for an approval. Raises PermissionRefused, OwnContentRefused,
    UnknownReason, BlockStands for an approval of content that was blocked meanwhile, and one of
    ReviewAlreadyDecided (names who), ReviewClaimedByOther, ReviewWithdrawn, ReviewNotClaimed.
    """
    roles.require(by, roles.REVIEW_DECIDE)
    refuse_own_content(owner_id=item.owner_id, by=by)
    reason = checked_reason(reason_code, approve=approve)
    target = ReviewState.APPROVED if approve else ReviewState.REFUSED
    try:
        REVIEW.move(item, target, guard={"claimed_by": by}, decided_at=timezone.now(), **_NO_CLAIM)
    except TransitionRefused as error:
        raise _why_refused(item, by) from error
    standing = verdicts_standing(item.subject_type, [item.subject_id])
    if approve and standing.get(item.subject_id) == Verdict.BLOCK:
        raise BlockStands
    return decision_record(
        subject_type=item.subject_type,
        subject_id=item.subject_id,
        verdict=Verdict.PASS if approve else Verdict.BLOCK,
        reason_codes=[reason],
        scan_run=item.scan_run,
        policy=item.scan_run.policy,
        review_item=item,
        by=by,
        note=note,
    )


@transaction.atomic
def review_withdraw(subject_type: str, subject_id: uuid.UUID) -> bool:
    """Take the subject's item out of the queue, claimed or not; False when none waits.

    An item that somebody is deciding in this moment is left to them: whoever withdraws holds the content's
    lock, which that decision needs next, so waiting here would be a deadlock. Call it with the content
    already in the state in which such a decision does no harm.
    """
    item = (
        ReviewItem.objects.select_for_update(skip_locked=True)
        .filter(subject_type=subject_type, subject_id=subject_id, state__in=list(UNDECIDED))
        .first()
    )
    if item is None:
        return False
    REVIEW.move(item, ReviewState.WITHDRAWN, **_NO_CLAIM)
    return True


@transaction.atomic
def review_reopen(subject_type: str, subject_id: uuid.UUID) -> ReviewItem | None:
    """Put a subject whose item was withdrawn back into the queue, and return the item that waits.

    None when no item of it was ever withdrawn. Locks no item that waits, for the reason told above.
    """
    items = ReviewItem.objects.filter(subject_type=subject_type, subject_id=subject_id)
    waiting = items.filter(state__in=list(UNDECIDED)).first()
    if waiting is not None:
        return waiting
    withdrawn = items.filter(state=ReviewState.WITHDRAWN).order_by("-created_at").first()
    if withdrawn is not None:
        REVIEW.move(withdrawn, ReviewState.OPEN)
    return withdrawn


@transaction.atomic
def review_expire_claims() -> int:
    """Put items whose claim has run out back into the queue; how many there were."""
    moment = timezone.now()
    lapsed = ReviewItem.objects.filter(state=ReviewState.CLAIMED, claim_expires_at__lte=moment)
    count = lapsed.update(state=ReviewState.OPEN, updated_at=moment, **_NO_CLAIM)
    if count:
        audit_append(action="moderation.review.claims_expired", data={"count": count})
    return count


def _waiting_for(scan_run: ScanRun) -> ReviewItem | None:
    undecided = ReviewItem.objects.filter(state__in=list(UNDECIDED)).select_for_update()
    return undecided.filter(subject_type=scan_run.subject_type, subject_id=scan_run.subject_id).first()


def _item_create(
    scan_run: ScanRun, category: Category, severity: Severity, reason_codes: Sequence[str], due_at: datetime
) -> ReviewItem:
    return ReviewItem.objects.create(
        scan_run=scan_run,
        subject_type=scan_run.subject_type,
        subject_id=scan_run.subject_id,
        surface=scan_run.surface,
        job_kind=scan_run.job_kind,
        owner_id=scan_run.owner_id,
        category=category,
        severity=severity,
        reason_codes=list(reason_codes),
        due_at=due_at,
    )


def _why_refused(item: ReviewItem, by: Any) -> TransitionRefused:
    """The fault that says who was faster, read from the row as it stands now."""
    item.refresh_from_db()
    if item.is_decided:
        decision = item.decision
        details: dict[str, Any] = {"state": item.state}
        if decision is not None:
            details |= {
                "decided_by": decision.by.get_username(),
                "decided_at": decision.created_at.isoformat(),
                "decision": str(decision.pk),
            }
        return ReviewAlreadyDecided(details=details)
    if item.state == ReviewState.WITHDRAWN:
        return ReviewWithdrawn(details={"state": item.state})
    if item.claimed_by is not None and item.claimed_by.pk != by.pk:
        expires = item.claim_expires_at.isoformat() if item.claim_expires_at else None
        return ReviewClaimedByOther(
            details={"claimed_by": item.claimed_by.get_username(), "claim_expires_at": expires}
        )
    return ReviewNotClaimed(details={"state": item.state})
