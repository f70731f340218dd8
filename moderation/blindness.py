"""What a reader may know of content that they are to judge, or may be given to judge, without knowing.

Three kinds of rows tell of a judgement. Evidence (decisions, strikes, statements) is written once: what stood
there before the first judgement stays, as it did for the first reviewer (`not_given_away_to`). Content and
its jobs show by their state what was decided: they are kept back whether the review is the first or a second
one, or else that would tell which (`not_waiting_for`). And an adjudicator knows both answers, but not who
gave them (`blind_reviews_of` with `is_nameless`).
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, TypeVar, cast

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from moderation.models.review import BLIND_PURPOSES, ReviewItem, ReviewPurpose
from moderation.states import UNDECIDED
from tongyi_portal.common import roles

Rows = TypeVar("Rows", bound=Model)
_LOOK_ORDINARY = (ReviewPurpose.ORDINARY, *BLIND_PURPOSES)
_JUDGED_AT = Coalesce("first_item__decided_at", "gold__source__decided_at", "created_at")


def blind_reviews_of(user: Any, *, is_nameless: bool = False) -> QuerySet[Any]:
    """Undecided second reviews that may still be given to `user`, and blind items that they have in hand.

    Of people who may override decisions only what they have in hand: they must find every other decision.
    Each comes with `judged_at`, the moment of the first judgement. is_nameless: also adjudications that may
    be given to `user`, who must not learn whose answers they are.
    """
    wanted = Q(purpose__in=BLIND_PURPOSES) & _in_hand_or(user, [ReviewPurpose.SECOND])
    if is_nameless and user.has_perm(roles.REVIEW_ESCALATED):
        wanted |= Q(purpose=ReviewPurpose.ADJUDICATION)
    return _that_may_be_taken_by(user).filter(wanted).annotate(judged_at=_JUDGED_AT)


def reviews_looking_ordinary_for(user: Any) -> QuerySet[ReviewItem]:
    """Undecided items that `user` has in hand or may be given, and cannot tell from each other.

    Of people who may override decisions only what they have in hand.
    """
    ordinary = [ReviewPurpose.ORDINARY, ReviewPurpose.SECOND]
    wanted = Q(purpose__in=_LOOK_ORDINARY) & _in_hand_or(user, ordinary)
    return _that_may_be_taken_by(user).exclude(owner_id=user.pk).filter(wanted)


def not_given_away_to(
    user: Any,
    rows: QuerySet[Rows],
    *,
    subject_type: str = "subject_type",
    subject_id: str = "subject_id",
    written_at: str = "created_at",
    may_stay: Q | None = None,
    has_names: bool = False,
) -> QuerySet[Rows]:
    """`rows` without those that tell `user` what was said of content that they are to judge blindly.

    subject_type, subject_id, written_at: where the row names its content, and since when it tells something;
    what was written before the first judgement stays. may_stay: rows that tell nothing. has_names: the rows
    name people, so those of an adjudication are left out as well, for whoever may adjudicate. Nothing is left
    out for accounts that decide nothing.
    """
    if not user.has_perm(roles.REVIEW_DECIDE):
        return rows
    blind = blind_reviews_of(user, is_nameless=has_names).filter(
        subject_type=OuterRef(subject_type),
        subject_id=OuterRef(subject_id),
        judged_at__lte=OuterRef(written_at),
    )
    keep = ~Q(Exists(blind))
    return rows.filter(keep if may_stay is None else may_stay | keep)


def not_waiting_for(user: Any, rows: QuerySet[Rows], *, subject_type: str, key: str = "pk") -> QuerySet[Rows]:
    """Rows of content, or made of it, without what `user` has to judge or may be given to judge.

    subject_type: the kind of content; key: the way from the row to it. A first review and
    a second one hide the same. Nothing is left out for accounts that decide nothing.
    """
    if not user.has_perm(roles.REVIEW_DECIDE):
        return rows
    waiting = reviews_looking_ordinary_for(user).filter(subject_type=subject_type)
    if key == "pk":
        return rows.filter(~Exists(waiting.filter(subject_id=OuterRef("pk"))))
    same = {"pk": OuterRef("pk"), f"{key}__in": waiting.values("subject_id")}
    return rows.filter(~Exists(rows.model._default_manager.filter(**same)))


def known_before(item: ReviewItem) -> datetime | None:
    """The first judgement: what came later is not told to whoever judges `item`. None where all is."""
    if not item.is_blind:
        return None
    moments = ReviewItem.objects.filter(pk=item.pk).annotate(judged_at=_JUDGED_AT)
    return cast(datetime, moments.values_list("judged_at", flat=True).get())


def is_nameless(item: ReviewItem) -> bool:
    """Whether `item` shows what people said without their names: an adjudication, until it is decided."""
    return item.purpose == ReviewPurpose.ADJUDICATION and not item.is_decided


def entries_shown_to(user: Any, entries: QuerySet[Rows]) -> QuerySet[Rows]:
    """Entries of hash banks without those made of content that `user` has to judge blindly.

    That a picture stands on a bank of blocked ones says what somebody thought of it.
    """
    return not_given_away_to(
        user,
        entries,
        subject_type="source_subject_type",
        subject_id="source_subject_id",
        written_at="added_at",
        has_names=True,
    )


def _in_hand_or(user: Any, purposes: Collection[ReviewPurpose]) -> Q:
    in_hand = Q(claimed_by=user.pk) | Q(answered_by=user.pk)
    return in_hand if user.has_perm(roles.REVIEW_OVERRIDE) else in_hand | Q(purpose__in=purposes)


def _that_may_be_taken_by(user: Any) -> QuerySet[ReviewItem]:
    waiting = ReviewItem.objects.filter(state__in=list(UNDECIDED))
    return waiting.exclude(not_by=user.pk).exclude(not_by_other=user.pk).order_by()
