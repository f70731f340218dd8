"""second_review_open, adjudication_open, adjudication_settle: another look at a decision; who is right."""

from datetime import datetime
from typing import Any

from moderation.errors import NothingDecided
from moderation.models.decision import Decision
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.models.settings import ModerationSettings
from moderation.services.decisions import decision_override
from moderation.services.opening import review_open
from moderation.services.sampling import sample_takes
from moderation.states import UNDECIDED
from moderation.taxonomy import Category, Severity, Verdict

SAMPLED = (ReviewPurpose.ORDINARY,)


def second_review_open(first: ReviewItem) -> ReviewItem | None:
    """Ask another person, who is not told, about a sampled item that was just decided; else None.

    It is due when the first one was: a later time would tell that it is a second one.
    """
    if first.purpose not in SAMPLED:
        return None
    if not sample_takes("second", first.pk, ModerationSettings.current().second_review_percent):
        return None
    return _open(first, ReviewPurpose.SECOND, not_by=first.answered_by, due_at=first.due_at)


def adjudication_open(first: ReviewItem, second: ReviewItem) -> ReviewItem | None:
    """Ask a senior moderator who is neither of the two people that disagree."""
    return _open(first, ReviewPurpose.ADJUDICATION, not_by=first.answered_by, not_by_other=second.answered_by)


def adjudication_settle(item: ReviewItem, by: Any) -> Decision | None:
    """Let the adjudicated verdict override what stands on the first item, when it differs.

    Returns the new decision; None when the first was right. Raises like `decision_override`.
    """
    standing = Decision.objects.filter(review_item=item.first_item, overridden_by__isnull=True).first()
    if standing is None:
        raise NothingDecided
    if standing.verdict == (Verdict.PASS if item.answer_approve else Verdict.BLOCK):
        return None
    return decision_override(
        decision=standing,
        by=by,
        approve=bool(item.answer_approve),
        reason_code="" if item.answer_approve else item.answer_reason,
        note=item.answer_note,
        answered=item,
    )


def answers_agree(item: ReviewItem) -> bool | None:
    """Whether a second review or an adjudication says the same as the first item; None for other purposes."""
    if item.purpose not in (ReviewPurpose.SECOND, ReviewPurpose.ADJUDICATION) or item.first_item is None:
        return None
    return item.answer_approve == item.first_item.answer_approve


def _open(
    first: ReviewItem,
    purpose: ReviewPurpose,
    *,
    not_by: Any,
    not_by_other: Any = None,
    due_at: datetime | None = None,
) -> ReviewItem | None:
    """A follower of `first`; None while the same subject already waits for the same purpose."""
    same = {"subject_type": first.subject_type, "subject_id": first.subject_id, "purpose": purpose}
    if ReviewItem.objects.filter(state__in=list(UNDECIDED), **same).exists():
        return None
    return review_open(
        scan_run=first.scan_run,
        category=Category(first.category),
        severity=Severity(first.severity),
        reason_codes=first.reason_codes,
        purpose=purpose,
        language=first.language,
        not_by=not_by,
        not_by_other=not_by_other,
        first_item=first,
        due_at=due_at,
    )
