"""What the desk tells of whoever uploaded the content: how long known, how often refused, what else waits."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.blindness import blind_reviews_of, known_before, not_given_away_to
from moderation.models import ReviewItem
from moderation.services.strikes import AccountStanding, standing_without
from moderation.states import UNDECIDED, ReviewState

_STANDING = {
    "good": _("in good standing"),
    "limited": _("limited"),
    "suspended": _("suspended"),
}


@dataclass(frozen=True)
class Uploader:
    """approved, refused: other items, by people. waiting: at most five other items, most urgent first."""

    name: str
    age_days: int
    approved: int
    refused: int
    waiting: list[ReviewItem]
    standing: AccountStanding
    standing_text: str


def uploader_of(item: ReviewItem, viewer: Any) -> Uploader | None:
    """None when nobody is known as the owner.

    Nothing counts that came of content which the viewer is to judge blindly, this item's or another's; for a
    blind item the counts are those of before the first judgement.
    """
    owner = item.owner
    if owner is None:
        return None
    others = ReviewItem.objects.filter(owner=owner).exclude(
        subject_type=item.subject_type, subject_id=item.subject_id
    )
    decided = not_given_away_to(viewer, others.filter(decided_at__isnull=False), written_at="decided_at")
    before = known_before(item)
    if before is not None:
        decided = decided.filter(decided_at__lt=before)
    counts = decided.order_by().aggregate(
        approved=Count("id", filter=Q(state=ReviewState.APPROVED)),
        refused=Count("id", filter=Q(state=ReviewState.REFUSED)),
    )
    unknown = set(blind_reviews_of(viewer).filter(owner=owner).values_list("subject_type", "subject_id"))
    if item.is_blind:
        unknown.add((item.subject_type, item.subject_id))
    standing = standing_without(owner, unknown)
    return Uploader(
        name=owner.get_username(),
        age_days=(timezone.now() - owner.date_joined).days,
        waiting=list(others.filter(state__in=list(UNDECIDED)).exclude(purpose="gold")[:5]),
        standing=standing,
        standing_text=str(_STANDING[standing.level]),
        **counts,
    )
