"""The few numbers on moderation that stand on the landing page; kept for a minute."""

from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Count, Q
from django.utils import timezone

from moderation.models.answer import ReviewAnswer
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.reports.truth import DECIDED
from moderation.statistics import percentile

KEPT_SECONDS = 60
TIMED_ITEMS = 5_000  # quantiles of more would only be slower
WEEK = timedelta(days=7)
AGREEMENT_DAYS = 30


@dataclass(frozen=True)
class ReviewFigures:
    """Seconds from open to decided in the last week; agreement of second reviews in 30 days, 0 to 1."""

    decided: int
    wait_p50: float | None
    wait_p95: float | None
    pairs: int
    agreement: float | None


def review_figures() -> ReviewFigures:
    """At most a minute old."""
    kept: ReviewFigures | None = cache.get("moderation.review_figures")
    if kept is None:
        kept = _counted()
        cache.set("moderation.review_figures", kept, KEPT_SECONDS)
    return kept


def _counted() -> ReviewFigures:
    now = timezone.now()
    decided = ReviewItem.objects.filter(state__in=DECIDED, decided_at__gte=now - WEEK).exclude(
        purpose=ReviewPurpose.GOLD
    )
    times = decided.order_by("-decided_at").values_list("created_at", "decided_at")[:TIMED_ITEMS]
    waits = sorted((end - start).total_seconds() for start, end in times if end is not None)
    answers = ReviewAnswer.objects.filter(
        purpose=ReviewPurpose.SECOND,
        answered_at__gte=now - timedelta(days=AGREEMENT_DAYS),
        agrees__isnull=False,
    ).aggregate(pairs=Count("pk"), same=Count("pk", filter=Q(agrees=True)))
    return ReviewFigures(
        decided=len(waits),
        wait_p50=percentile(waits, 0.5),
        wait_p95=percentile(waits, 0.95),
        pairs=answers["pairs"],
        agreement=answers["same"] / answers["pairs"] if answers["pairs"] else None,
    )
