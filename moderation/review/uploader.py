"""What the desk tells of whoever uploaded the content: how long known, how often refused, what else waits."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from moderation.models import ReviewItem
from moderation.states import UNDECIDED, ReviewState


@dataclass(frozen=True)
class Uploader:
    """approved, refused: other items, by people. waiting: at most five other items, most urgent first."""

    name: str
    age_days: int
    approved: int
    refused: int
    waiting: list[ReviewItem]
    strikes: int | None
    standing: str
    standing_text: str


def uploader_of(item: ReviewItem) -> Uploader | None:
    """None when nobody is known as the owner."""
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
    standing: Any = None
    return Uploader(
        name=owner.get_username(),
        age_days=(timezone.now() - owner.date_joined).days,
        waiting=list(others.filter(state__in=list(UNDECIDED)).exclude(purpose="gold")[:5]),
        strikes=standing.active_strikes if standing else None,
        standing=standing.level if standing else "",
        standing_text=str(standing.level) if standing else "",
        **counts,
    )
