"""Reads: the history of one subject, the verdicts that stand, two answers. The queue: `queue_selectors`."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from moderation.blindness import is_nameless, known_before, not_given_away_to
from moderation.models.decision import Decision
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.models.scan import ScanRun
from moderation.taxonomy import Verdict


@dataclass(frozen=True)
class SubjectHistory:
    """What one reader may know of one subject, newest first."""

    scan_runs: list[ScanRun]
    review_items: list[ReviewItem]
    decisions: list[Decision]


def history_known_to(reader: Any, item: ReviewItem) -> SubjectHistory:
    """The history of an item's subject as `reader` may know it, with findings, people and policies loaded.

    To a blind item belongs what there was before the first judgement, so that it looks like the first one.
    """
    about = Q(subject_type=item.subject_type, subject_id=item.subject_id)
    before = known_before(item)
    if before is not None:
        about &= Q(created_at__lt=before)
    decisions = decisions_known_to(reader, item).filter(about)
    runs = ScanRun.objects.filter(about).select_related("policy").prefetch_related("findings")
    return SubjectHistory(
        scan_runs=list(runs.order_by("-created_at")),
        review_items=list(ReviewItem.objects.filter(about).order_by("-created_at")),
        decisions=list(decisions.select_related("by", "policy", "overrides").order_by("-created_at")),
    )


def decisions_known_to(reader: Any, item: ReviewItem) -> QuerySet[Decision]:
    """Decisions on any content that `reader` may know of while `item` is before them."""
    known = not_given_away_to(reader, Decision.objects.all(), has_names=not is_nameless(item))
    before = known_before(item)
    return known if before is None else known.filter(created_at__lt=before)


def answers_compared(item: ReviewItem) -> list[ReviewItem]:
    """Of an adjudication: the two items whose answers differ, in the order of the answers; else nothing."""
    if item.purpose != ReviewPurpose.ADJUDICATION or item.first_item_id is None:
        return []
    both = Q(pk=item.first_item_id) | Q(first_item=item.first_item_id)
    answered = ReviewItem.objects.filter(both, answer_approve__isnull=False).exclude(pk=item.pk)
    return list(answered.order_by("answered_at"))


def verdicts_standing(
    subject_type: str, subject_ids: Collection[uuid.UUID], known: QuerySet[Decision] | None = None
) -> dict[uuid.UUID, Verdict]:
    """The verdict that stands on each subject; subjects without a decision are left out.

    A block stands until somebody overrides that very decision; otherwise the newest decision counts. known:
    the decisions that the reader may know of; None for all.
    """
    decisions = (Decision.objects.all() if known is None else known).filter(
        subject_type=subject_type, subject_id__in=subject_ids, overridden_by__isnull=True
    )
    standing: dict[uuid.UUID, Verdict] = {}
    for subject_id, verdict in decisions.order_by("created_at").values_list("subject_id", "verdict"):
        if standing.get(subject_id) != Verdict.BLOCK:
            standing[subject_id] = Verdict(verdict)
    return standing
