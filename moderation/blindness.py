"""not_given_away_to: rows that tell of decisions, without content that the reader has to judge blindly."""

from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Value

from moderation.models.review import BLIND_PURPOSES, ReviewItem, ReviewPurpose
from moderation.states import UNDECIDED
from tongyi_portal.common import roles

Rows = TypeVar("Rows", bound=Model)


def blind_reviews_of(user: Any) -> QuerySet[ReviewItem]:
    """Undecided second reviews that may still be given to `user`, and blind items that they have in hand.

    Of people who may override decisions only what they have in hand: they must find every other decision.
    """
    blind = Q(claimed_by=user.pk) | Q(answered_by=user.pk)
    if not user.has_perm(roles.REVIEW_OVERRIDE):
        blind |= Q(purpose=ReviewPurpose.SECOND)
    waiting = ReviewItem.objects.filter(purpose__in=BLIND_PURPOSES, state__in=list(UNDECIDED)).filter(blind)
    return waiting.exclude(not_by=user.pk).exclude(not_by_other=user.pk).order_by()


def not_given_away_to(
    user: Any,
    rows: QuerySet[Rows],
    *,
    subject_type: str | Value = "subject_type",
    subject_id: str = "subject_id",
    may_stay: Q | None = None,
) -> QuerySet[Rows]:
    """`rows` without those about content that `user` is to judge without knowing what somebody else said.

    subject_type, subject_id: where the row names its content; subject_type may be a Value. may_stay: rows
    that tell nothing. Nothing is left out for accounts that decide nothing.
    """
    if not user.has_perm(roles.REVIEW_DECIDE):
        return rows
    kind = OuterRef(subject_type) if isinstance(subject_type, str) else subject_type
    blind = blind_reviews_of(user).filter(subject_type=kind, subject_id=OuterRef(subject_id))
    keep = ~Q(Exists(blind))
    return rows.filter(keep if may_stay is None else may_stay | keep)


def entries_shown_to(user: Any, entries: QuerySet[Rows]) -> QuerySet[Rows]:
    """Entries of hash banks without those made of content that `user` has to judge blindly.

    That a picture stands on a bank of blocked ones says what somebody thought of it.
    """
    return not_given_away_to(
        user, entries, subject_type="source_subject_type", subject_id="source_subject_id"
    )
