"""review_claim, review_claim_next, review_peek_next, review_heartbeat, review_release,
review_expire_claims: one person at a time works on an item."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from moderation.errors import (
    ReviewAlreadyDecided,
    ReviewClaimedByOther,
    ReviewDecidedBefore,
    ReviewNeedsSenior,
    ReviewNotClaimed,
    ReviewOtherQueue,
    ReviewWithdrawn,
)
from moderation.models.queue import ReviewQueue
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.models.settings import ModerationSettings
from moderation.queue_selectors import (
    held_by,
    queues_open_to,
    review_head_for,
    review_heads_for,
    review_lane_of,
)
from moderation.services.audit import audit_append
from moderation.services.decisions import refuse_own_content
from moderation.services.gold import gold_next
from moderation.services.opening import NO_CLAIM
from moderation.states import REVIEW, ReviewState
from moderation.taking_part import took_part
from tongyi_portal.common import roles
from tongyi_portal.common.errors import TransitionRefused


@transaction.atomic
def review_claim(item: ReviewItem, by: Any) -> ReviewItem:
    """Take the item for the claim's time, renew an own claim, or take over one that has run out.

    Raises PermissionRefused, OwnContentRefused, ReviewDecidedBefore, ReviewNeedsSenior, ReviewOtherQueue,
    ReviewClaimedByOther, ReviewAlreadyDecided, ReviewWithdrawn.
    """
    refuse_unfit(item, by)
    moment = timezone.now()
    lease = {"claimed_by": by, "claim_expires_at": moment + claim_time()}
    taken = lease | {"claimed_at": moment}
    attempts: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"state": ReviewState.OPEN}, taken),
        ({"state": ReviewState.CLAIMED, "claimed_by": by}, lease),
    ]
    if item.purpose != ReviewPurpose.GOLD:  # a gold item is made for one person
        attempts.append(({"state": ReviewState.CLAIMED, "claim_expires_at__lte": moment}, taken))
    for guard, changes in attempts:
        try:
            REVIEW.move(item, ReviewState.CLAIMED, guard=guard, **changes)
        except TransitionRefused:
            continue
        return item
    raise why_refused(item, by)


def review_claim_next(
    by: Any, queue: ReviewQueue | None = None, passing_over: Collection[uuid.UUID] = ()
) -> ReviewItem | None:
    """Claim the most urgent item that `by` may decide; None when there is none.

    An item that `by` already holds comes first, then now and then a gold item. passing_over: items that were
    skipped in this session. Many may ask at once: on PostgreSQL each skips the rows that another one is just
    taking; when somebody was faster all the same, it looks again.
    """
    roles.require(by, roles.REVIEW_DECIDE)
    if _lapsed().exists():
        review_expire_claims()
    expires_at = timezone.now() + claim_time()
    while True:
        try:
            return (
                _held(by, queue, passing_over)
                or (gold_next(by, expires_at) if queue is None else None)
                or _from_queue(by, queue, passing_over, expires_at)
            )
        except TransitionRefused:
            continue


def review_peek_next(
    by: Any, after: ReviewItem | None = None, count: int = 2, passing_over: Collection[uuid.UUID] = ()
) -> list[ReviewItem]:
    """What `by` would probably be given next, besides `after`, so that it can be loaded; claims nothing."""
    roles.require(by, roles.REVIEW_DECIDE)
    skipped = {*passing_over, after.pk} if after is not None else set(passing_over)
    return review_heads_for(by, count=count, passing_over=skipped)


@transaction.atomic
def review_heartbeat(item: ReviewItem, by: Any) -> ReviewItem:
    """Renew an own claim that still holds, and nothing else. Raises like `review_release`."""
    roles.require(by, roles.REVIEW_DECIDE)
    moment = timezone.now()
    try:
        REVIEW.move(
            item,
            ReviewState.CLAIMED,
            guard={"state": ReviewState.CLAIMED, "claimed_by": by},
            claim_expires_at=moment + claim_time(),
        )
    except TransitionRefused as error:
        raise why_refused(item, by) from error
    return item


@transaction.atomic
def review_release(item: ReviewItem, by: Any) -> ReviewItem:
    """Give an own claim back to the queue.

    Raises PermissionRefused, ReviewAlreadyDecided, ReviewClaimedByOther, ReviewWithdrawn, ReviewNotClaimed.
    """
    roles.require(by, roles.REVIEW_DECIDE)
    is_gold = item.purpose == ReviewPurpose.GOLD
    target = ReviewState.WITHDRAWN if is_gold else ReviewState.OPEN
    try:
        REVIEW.move(item, target, guard={"state": ReviewState.CLAIMED, "claimed_by": by}, **NO_CLAIM)
    except TransitionRefused as error:
        raise why_refused(item, by) from error
    return item


@transaction.atomic
def review_expire_claims() -> int:
    """Put items whose claim has run out back into the queue; how many there were."""
    moment = timezone.now()
    lapsed = _lapsed()
    ids = list(lapsed.select_for_update(skip_locked=True).values_list("pk", flat=True))
    if not ids:
        return 0
    lapsed = lapsed.filter(pk__in=ids)
    changes: dict[str, Any] = {"updated_at": moment, **NO_CLAIM}
    gold = lapsed.filter(purpose=ReviewPurpose.GOLD).update(state=ReviewState.WITHDRAWN, **changes)
    count = gold + lapsed.update(state=ReviewState.OPEN, **changes)
    if count:
        audit_append(action="moderation.review.claims_expired", data={"count": count})
    return count


def claim_time() -> timedelta:
    """How long a claim lasts without a sign of life."""
    return timedelta(minutes=ModerationSettings.current().claim_minutes)


def refuse_unfit(item: ReviewItem, by: Any) -> None:
    """Raise when `by` may not decide this item, whoever holds it.

    PermissionRefused, OwnContentRefused, ReviewDecidedBefore, ReviewNeedsSenior, ReviewOtherQueue.
    """
    roles.require(by, roles.REVIEW_DECIDE)
    refuse_own_content(owner_id=item.owner_id, by=by)
    if by.pk in (item.not_by_id, item.not_by_other_id):
        raise ReviewDecidedBefore
    if item.purpose == ReviewPurpose.APPEAL and took_part(
        by, subject_type=item.subject_type, subject_id=item.subject_id, but_not=item.pk
    ):
        raise ReviewDecidedBefore
    if item.for_senior:
        if not by.has_perm(roles.REVIEW_ESCALATED):
            raise ReviewNeedsSenior
    elif not queues_open_to(by).filter(pk=item.queue_id).exists():
        raise ReviewOtherQueue(details={"queue": item.queue.slug})


def why_refused(item: ReviewItem, by: Any) -> TransitionRefused:
    """The fault that says who was faster, read from the row as it stands now."""
    item.refresh_from_db()
    if item.is_decided or item.state == ReviewState.ANSWERED:
        return ReviewAlreadyDecided(details=_who_decided(item))
    if item.state == ReviewState.WITHDRAWN:
        return ReviewWithdrawn(details={"state": item.state})
    if item.claimed_by is not None and item.claimed_by.pk != by.pk:
        expires = item.claim_expires_at.isoformat() if item.claim_expires_at else None
        return ReviewClaimedByOther(
            details={"claimed_by": item.claimed_by.get_username(), "claim_expires_at": expires}
        )
    return ReviewNotClaimed(details={"state": item.state})


def _who_decided(item: ReviewItem) -> dict[str, Any]:
    details: dict[str, Any] = {"state": item.state}
    decision = item.decision
    if item.answered_by is not None and item.answered_at is not None:
        details |= {
            "decided_by": item.answered_by.get_username(),
            "decided_at": item.answered_at.isoformat(),
        }
    if decision is not None:
        details["decision"] = str(decision.pk)
    return details


def _held(by: Any, queue: ReviewQueue | None, passing_over: Collection[uuid.UUID]) -> ReviewItem | None:
    for item in held_by(by, queue).exclude(pk__in=list(passing_over)):
        try:
            return review_heartbeat(item, by)
        except TransitionRefused:
            continue
    return None


@transaction.atomic
def _from_queue(
    by: Any, queue: ReviewQueue | None, passing_over: Collection[uuid.UUID], expires_at: datetime
) -> ReviewItem | None:
    """Claim the head of the most urgent lane; of rows that somebody is just taking, the next one free."""
    head = review_head_for(by, queue, passing_over)
    if head is None:
        return None
    lane = review_lane_of(by, queue_id=head.queue_id, for_senior=head.for_senior, passing_over=passing_over)
    item = lane.select_for_update(skip_locked=True, of=("self",)).first() or head
    taken = {"claimed_by": by, "claimed_at": timezone.now(), "claim_expires_at": expires_at}
    REVIEW.move(item, ReviewState.CLAIMED, guard={"state": ReviewState.OPEN}, **taken)
    return item


def _lapsed() -> QuerySet[ReviewItem]:
    return ReviewItem.objects.filter(state=ReviewState.CLAIMED, claim_expires_at__lte=timezone.now())
