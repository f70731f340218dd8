"""The shift strip of the desk: what one moderator did today, how right it was, and what they have seen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from moderation.models import ReviewAnswer, ReviewItem
from moderation.models.review import ReviewPurpose
from moderation.services.exposure import ExposureStatus, exposure_status
from moderation.states import ReviewState

AGREEMENT_DAYS = 30


@dataclass(frozen=True)
class Shift:
    """agreement: per cent of second reviews of the last 30 days, own or of own answers, that agreed; None
    without any. gold_right of gold_count: items with a known answer, today."""

    decided_today: int
    undoable: int
    agreement: int | None
    gold_count: int
    gold_right: int
    exposure: ExposureStatus


def shift_of(user: Any) -> Shift:
    """The numbers of today, by the portal's time zone."""
    moment = timezone.now()
    midnight = timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    answered = ReviewItem.objects.filter(answered_by=user, answered_at__gte=midnight).aggregate(
        all=Count("id"), undoable=Count("id", filter=Q(state=ReviewState.ANSWERED, settle_at__gt=moment))
    )
    gold = ReviewAnswer.objects.filter(
        by=user, purpose=ReviewPurpose.GOLD, answered_at__gte=midnight
    ).aggregate(all=Count("id"), right=Count("id", filter=Q(is_right=True)))
    return Shift(
        decided_today=answered["all"],
        undoable=answered["undoable"],
        agreement=_agreement(user),
        gold_count=gold["all"],
        gold_right=gold["right"],
        exposure=exposure_status(user),
    )


def answers_since(user: Any, moment: datetime) -> int:
    """How many items of the backlog `user` has answered since then; gold items are none of it."""
    answered = ReviewItem.objects.filter(answered_by=user, answered_at__gt=moment)
    return answered.exclude(purpose=ReviewPurpose.GOLD).count()


def _agreement(user: Any) -> int | None:
    seconds = ReviewAnswer.objects.filter(
        Q(by=user) | Q(item__first_item__answered_by=user),
        purpose=ReviewPurpose.SECOND,
        answered_at__gte=timezone.now() - timedelta(days=AGREEMENT_DAYS),
        agrees__isnull=False,
    ).aggregate(all=Count("id"), agreed=Count("id", filter=Q(agrees=True)))
    return round(100 * seconds["agreed"] / seconds["all"]) if seconds["all"] else None
