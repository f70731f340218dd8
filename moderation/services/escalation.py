"""review_escalate: pass an item on to senior moderators."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from moderation.errors import EscalationUnexplained
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.services.audit import audit_append
from moderation.services.claims import why_refused
from moderation.services.opening import NO_CLAIM
from moderation.states import REVIEW, ReviewState
from tongyi_portal.common import roles
from tongyi_portal.common.errors import TransitionRefused


@transaction.atomic
def review_escalate(item: ReviewItem, by: Any, note: str) -> ReviewItem:
    """Give an own claim to senior moderators, with a note that says what they should look at.

    A gold item that is escalated just ends: nobody is waiting for it. Raises PermissionRefused,
    EscalationUnexplained, and like `review_release`.
    """
    roles.require(by, roles.REVIEW_DECIDE)
    if not note.strip():
        raise EscalationUnexplained
    is_gold = item.purpose == ReviewPurpose.GOLD
    try:
        REVIEW.move(
            item,
            ReviewState.WITHDRAWN if is_gold else ReviewState.OPEN,
            guard={"state": ReviewState.CLAIMED, "claimed_by": by},
            for_senior=True,
            escalated_at=timezone.now(),
            escalated_by=by,
            escalation_note=note.strip(),
            **NO_CLAIM,
        )
    except TransitionRefused as error:
        raise why_refused(item, by) from error
    audit_append(action="moderation.review.escalated", subject=item, actor=by)
    return item
