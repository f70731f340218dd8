"""What the desk tells of whoever uploaded the content: how long known, how often refused, what else waits."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models import ReviewItem
from moderation.services.strikes import AccountStanding, standing_of, standing_without
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


def uploader_of(item: ReviewItem) -> Uploader | None:
    """None when nobody is known as the owner. A blind reviewer is not told what this content led to."""
    owner = item.owner
    if owner is None:
        return None
    others = ReviewItem.objects.filter(owner=owner).exclude(
        subject_type=item.subject_type, subject_id=item.subject_id
    )
    counts = others.order_by().aggregate(
        approved=Count("id", filter=Q(state=ReviewState.APPROVED)),
        refused=Count("id", filter=Q(state=ReviewState.REFUSED)),
    )
    is_known = not item.is_blind
    standing = standing_of(owner) if is_known else standing_without(owner, item.subject_type, item.subject_id)
    return Uploader(
        name=owner.get_username(),
        age_days=(timezone.now() - owner.date_joined).days,
        waiting=list(others.filter(state__in=list(UNDECIDED)).exclude(purpose="gold")[:5]),
        standing=standing,
        standing_text=str(_STANDING[standing.level]),
        **counts,
    )
