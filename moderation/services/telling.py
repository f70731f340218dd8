"""decision_tell, review_tell, policy_tell: events for webhooks, with nothing personal in them."""

from collections.abc import Sequence
from typing import Any

from moderation.models.decision import Decision
from moderation.models.policy import Policy
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.policy.rules import reason_text
from moderation.services.statements import owner_id_of
from tongyi_portal.webhooks.services.events import event_emit

# A blind second review, an audit sample or a gold item works only while nobody is told that it is one.
TOLD = frozenset({ReviewPurpose.ORDINARY, ReviewPurpose.APPEAL})


def decision_tell(decision: Decision) -> None:
    """Tell the owner's apps and staff of a decision. Call it after what follows from the decision."""

    def data() -> dict[str, Any]:
        statement = decision.statements.values_list("pk", flat=True).first()
        return {
            "decision": str(decision.pk),
            "subject": _subject(decision),
            "verdict": str(decision.verdict),
            "reasons": _reasons(decision.reason_codes),
            "decided_by": "person" if decision.by_id else "policy",
            "overrides": str(decision.overrides_id) if decision.overrides_id else None,
            "statement": str(statement) if statement else None,
            "decided_at": decision.created_at.isoformat(),
        }

    event_emit(type="moderation.decision.made", owner_id=owner_id_of(decision), data=data)


def review_tell(item: ReviewItem) -> None:
    """Tell staff's tools that an item waits."""
    event_emit(
        type="moderation.review.opened",
        owner_id=item.owner_id,
        data=lambda: {
            "item": str(item.pk),
            "subject": _subject(item),
            "category": str(item.category),
            "severity": int(item.severity),
            "reasons": _reasons(item.reason_codes),
            "due_at": item.due_at.isoformat(),
        },
    )


def policy_tell(policy: Policy) -> None:
    """Tell staff's tools that a version went live."""
    event_emit(
        type="moderation.policy.published",
        owner_id=None,
        data=lambda: {
            "policy": str(policy.pk),
            "version": policy.version,
            "state": str(policy.state),
            "published_at": policy.published_at.isoformat() if policy.published_at else None,
        },
    )


def _subject(row: Decision | ReviewItem) -> dict[str, str]:
    return {"type": row.subject_type, "id": str(row.subject_id)}


def _reasons(codes: Sequence[str]) -> list[dict[str, str]]:
    return [{"code": code, "zh": reason_text(code, "zh"), "en": reason_text(code, "en")} for code in codes]
