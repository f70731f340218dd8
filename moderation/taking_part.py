"""took_part, without_takers_part: an appeal is decided by nobody who had a hand in what it is about."""

import uuid
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from moderation.models.decision import Decision
from moderation.models.review import ReviewItem, ReviewPurpose


def took_part(
    user: Any, *, subject_type: str, subject_id: uuid.UUID, but_not: uuid.UUID | None = None
) -> bool:
    """Whether `user` answered or escalated an item of this content, or decided on it.

    Counted are the first reviewer, a second one who agreed without being told, an adjudicator, and whoever
    overrode a decision. but_not: the item that is in hand now.
    """
    same = {"subject_type": subject_type, "subject_id": subject_id}
    items = ReviewItem.objects.filter(_by(user), **same)
    if but_not is not None:
        items = items.exclude(pk=but_not)
    return items.exists() or Decision.objects.filter(by=user.pk, **same).exists()


def without_takers_part(items: QuerySet[ReviewItem], user: Any) -> QuerySet[ReviewItem]:
    """`items` without the appeals about content in whose review `user` took part."""
    same = {"subject_type": OuterRef("subject_type"), "subject_id": OuterRef("subject_id")}
    answered = ReviewItem.objects.filter(_by(user), **same).exclude(pk=OuterRef("pk"))
    decided = Decision.objects.filter(by=user.pk, **same)
    return items.exclude(Q(purpose=ReviewPurpose.APPEAL) & (Exists(answered) | Exists(decided)))


def _by(user: Any) -> Q:
    return Q(answered_by=user.pk) | Q(escalated_by=user.pk)
