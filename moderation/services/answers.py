"""review_answer, review_undo, review_resolve, reviews_answer_many, reviews_undo_batch: what a person says."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from moderation.errors import BatchTooLarge, ReviewSettled
from moderation.models.decision import Decision
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.models.settings import ModerationSettings
from moderation.services.claims import claim_time, refuse_unfit, review_claim, why_refused
from moderation.services.given_reasons import checked_reason
from moderation.services.opening import NO_ANSWER, NO_CLAIM
from moderation.services.settling import refuse_standing_block, review_settle, settle_now
from moderation.states import REVIEW, ReviewState
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError, TransitionRefused

BATCH_LIMIT = 200


@dataclass(frozen=True)
class BulkOutcome:
    """What became of each item. failed: the item and the code of its fault; nothing was changed on it."""

    batch: uuid.UUID
    done: list[ReviewItem] = field(default_factory=list)
    failed: list[tuple[ReviewItem, str]] = field(default_factory=list)


def review_answer(item: ReviewItem, by: Any, approve: bool, reason_code: str, note: str) -> ReviewItem:
    """Decide an item that `by` holds; it takes effect when the time to undo it is over.

    reason_code: one of PERSON_REASONS, empty for an approval. Raises PermissionRefused, OwnContentRefused,
    ReviewDecidedBefore, ReviewNeedsSenior, ReviewOtherQueue, UnknownReason, ReasonNotTaken, BlockStands for
    an approval of content that was blocked meanwhile, and one of ReviewAlreadyDecided (names who),
    ReviewClaimedByOther, ReviewWithdrawn, ReviewNotClaimed.
    """
    seconds = ModerationSettings.current().undo_seconds
    _answer(item, by, approve, reason_code, note, undo_seconds=seconds)
    return review_settle(item) if not seconds else item


@transaction.atomic
def review_undo(item: ReviewItem, by: Any) -> ReviewItem:
    """Take back an own answer that has not taken effect; `by` holds the item again, with a new claim.

    A gold item is answered for good once it has settled, like all others. Raises PermissionRefused,
    ReviewSettled, ReviewAlreadyDecided when the answer is somebody else's, ReviewWithdrawn, ReviewNotClaimed.
    """
    roles.require(by, roles.REVIEW_DECIDE)
    lease = {"claimed_by": by, "claim_expires_at": timezone.now() + claim_time()}
    guard = {"state": ReviewState.ANSWERED, "answered_by": by}
    try:
        REVIEW.move(item, ReviewState.CLAIMED, guard=guard, **lease, **NO_ANSWER)
    except TransitionRefused as error:
        raise _why_not_undone(item, by) from error
    return item


@transaction.atomic
def review_resolve(item: ReviewItem, by: Any, approve: bool, reason_code: str, note: str) -> Decision | None:
    """Decide an item that `by` holds, at once; the owner of the content acts on it in the same transaction.

    Returns what `settle_now` returns. Raises like `review_answer`, and whatever the owner raises; nothing has
    changed then.
    """
    _answer(item, by, approve, reason_code, note, undo_seconds=0)
    return settle_now(item)


def reviews_answer_many(
    items: Sequence[ReviewItem], by: Any, approve: bool, reason_code: str, note: str
) -> BulkOutcome:
    """Answer up to BATCH_LIMIT items in one go, each by itself: one that fails does not hold up the others.

    Open items are claimed first. All can be taken back together (`reviews_undo_batch`) until they take
    effect. Raises PermissionRefused, UnknownReason, ReasonNotTaken, BatchTooLarge; other faults stand in the
    outcome.
    """
    roles.require(by, roles.REVIEW_DECIDE)
    checked_reason(reason_code, approve=approve)
    if len(items) > BATCH_LIMIT:
        raise BatchTooLarge(details={"limit": BATCH_LIMIT, "items": len(items)})
    seconds = ModerationSettings.current().bulk_undo_seconds
    outcome = BulkOutcome(batch=uuid.uuid4())
    for item in items:
        try:
            with transaction.atomic():
                review_claim(item, by)
                _answer(item, by, approve, reason_code, note, undo_seconds=seconds, batch=outcome.batch)
        except AppError as error:
            outcome.failed.append((item, error.code))
        else:
            outcome.done.append(review_settle(item) if not seconds else item)
    return outcome


def reviews_undo_batch(batch: uuid.UUID, by: Any) -> BulkOutcome:
    """Take back all own answers of a batch that have not taken effect; the items are open again.

    Raises PermissionRefused.
    """
    roles.require(by, roles.REVIEW_DECIDE)
    outcome = BulkOutcome(batch=batch)
    for item in ReviewItem.objects.filter(answer_batch=batch, answered_by=by):
        is_gold = item.purpose == ReviewPurpose.GOLD
        try:
            REVIEW.move(
                item,
                ReviewState.WITHDRAWN if is_gold else ReviewState.OPEN,
                guard={"state": ReviewState.ANSWERED, "answer_batch": batch},
                **NO_CLAIM,
                **NO_ANSWER,
            )
        except TransitionRefused:
            outcome.failed.append((item, _why_not_undone(item, by).code))
        else:
            outcome.done.append(item)
    return outcome


@transaction.atomic
def _answer(
    item: ReviewItem,
    by: Any,
    approve: bool,
    reason_code: str,
    note: str,
    *,
    undo_seconds: int,
    batch: uuid.UUID | None = None,
) -> None:
    refuse_unfit(item, by)
    reason, moment = checked_reason(reason_code, approve=approve), timezone.now()
    try:
        REVIEW.move(
            item,
            ReviewState.ANSWERED,
            guard={"state": ReviewState.CLAIMED, "claimed_by": by},
            claimed_by=None,
            claim_expires_at=None,
            answer_approve=approve,
            answer_reason=reason,
            answer_note=note,
            answered_at=moment,
            answered_by=by,
            settle_at=moment + timedelta(seconds=undo_seconds),
            answer_batch=batch,
        )
    except TransitionRefused as error:
        raise why_refused(item, by) from error
    if item.purpose == ReviewPurpose.ORDINARY:
        refuse_standing_block(item)


def _why_not_undone(item: ReviewItem, by: Any) -> TransitionRefused:
    fault = why_refused(item, by)
    if item.is_decided and item.answered_by_id == by.pk:
        return ReviewSettled(details=fault.details)
    return fault
