"""Reads: the queue of a moderator, the backlog, the history of one subject, the verdicts that stand."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone

from moderation.models.decision import Decision
from moderation.models.review import ReviewItem
from moderation.models.scan import ScanRun
from moderation.states import UNDECIDED, ReviewState
from moderation.taxonomy import Verdict
from tongyi_portal.common import roles


@dataclass(frozen=True)
class BacklogCounts:
    """The queue in numbers; by_severity and by_category count undecided items."""

    open: int
    claimed: int
    overdue: int
    next_due_at: datetime | None
    by_severity: dict[int, int]
    by_category: dict[str, int]

    @property
    def undecided(self) -> int:
        return self.open + self.claimed


@dataclass(frozen=True)
class SubjectHistory:
    """Everything that moderation knows of one subject, newest first."""

    scan_runs: list[ScanRun]
    review_items: list[ReviewItem]
    decisions: list[Decision]


def review_queue_for(user: Any) -> QuerySet[ReviewItem]:
    """Items that `user` may take now, most urgent first: not their own, not held by somebody else.

    Items that the user already holds come with the others. Empty for an account that may not decide.
    """
    if not user.has_perm(roles.REVIEW_DECIDE):
        return ReviewItem.objects.none()
    takeable = (
        Q(state=ReviewState.OPEN)
        | Q(state=ReviewState.CLAIMED, claimed_by=user)
        | Q(state=ReviewState.CLAIMED, claim_expires_at__lte=timezone.now())
    )
    return (
        ReviewItem.objects.filter(takeable)
        .exclude(owner_id=user.pk)
        .select_related("scan_run", "owner", "claimed_by")
        .order_by("-severity", "due_at", "id")
    )


def reviews_visible_to(user: Any) -> QuerySet[ReviewItem]:
    """All items, decided ones too, for whoever may read the queue; empty for everybody else."""
    if not user.has_perm("moderation.view_reviewitem"):
        return ReviewItem.objects.none()
    return ReviewItem.objects.select_related("scan_run", "owner", "claimed_by")


def backlog_counts() -> BacklogCounts:
    """How much waits, how much of it is late, and what it is."""
    undecided = ReviewItem.objects.filter(state__in=list(UNDECIDED)).order_by()
    totals = undecided.aggregate(
        open=Count("id", filter=Q(state=ReviewState.OPEN)),
        claimed=Count("id", filter=Q(state=ReviewState.CLAIMED)),
        overdue=Count("id", filter=Q(due_at__lt=timezone.now())),
        next_due_at=Min("due_at"),
    )
    by_severity = undecided.values_list("severity").annotate(count=Count("id"))
    by_category = undecided.values_list("category").annotate(count=Count("id"))
    return BacklogCounts(**totals, by_severity=dict(by_severity), by_category=dict(by_category))


def subject_history(subject_type: str, subject_id: uuid.UUID) -> SubjectHistory:
    """All runs, queue items and decisions of one subject, with findings, people and policies loaded."""
    same = {"subject_type": subject_type, "subject_id": subject_id}
    return SubjectHistory(
        scan_runs=list(
            ScanRun.objects.filter(**same)
            .select_related("policy")
            .prefetch_related("findings")
            .order_by("-created_at")
        ),
        review_items=list(ReviewItem.objects.filter(**same).order_by("-created_at")),
        decisions=list(
            Decision.objects.filter(**same)
            .select_related("by", "policy", "overrides")
            .order_by(F("created_at").desc())
        ),
    )


def verdicts_standing(subject_type: str, subject_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Verdict]:
    """The verdict that stands on each subject; subjects without a decision are left out.

    A block stands until somebody overrides that very decision; otherwise the newest decision counts.
    """
    decisions = Decision.objects.filter(
        subject_type=subject_type, subject_id__in=subject_ids, overridden_by__isnull=True
    )
    standing: dict[uuid.UUID, Verdict] = {}
    for subject_id, verdict in decisions.order_by("created_at").values_list("subject_id", "verdict"):
        if standing.get(subject_id) != Verdict.BLOCK:
            standing[subject_id] = Verdict(verdict)
    return standing
