"""Reads: the history of one subject, the verdicts that stand. The queue: see `queue_selectors`."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F

from moderation.models.decision import Decision
from moderation.models.review import ReviewItem
from moderation.models.scan import ScanRun
from moderation.taxonomy import Verdict


@dataclass(frozen=True)
class SubjectHistory:
    """Everything that moderation knows of one subject, newest first."""

    scan_runs: list[ScanRun]
    review_items: list[ReviewItem]
    decisions: list[Decision]


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
