"""standing_verify: content can be used only while the last decision on it says so. items_verify: what waits
for people, and who answered, is what decisions and answers tell."""

import uuid
from collections.abc import Iterator
from itertools import islice

from django.db.models import Exists, F, OuterRef, Q

from moderation.models.appeal import Appeal
from moderation.models.audit import AuditEntry
from moderation.models.decision import Decision
from moderation.models.review import ReviewItem
from moderation.models.scan import ScanPurpose
from moderation.selectors import verdicts_standing
from moderation.states import ReviewState
from moderation.subject_registry import SubjectType, visible_types
from moderation.taxonomy import Verdict

AT_ONCE = 500
ESCALATED = "moderation.review.escalated"


def standing_verify() -> list[str]:
    """Content that counts as accepted though a block stands on it, or nobody has passed it."""
    return [fault for kind in visible_types() for fault in _accepted_against(kind)]


def _accepted_against(kind: SubjectType) -> Iterator[str]:
    ids = kind.standing_ids()
    while part := list(islice(ids, AT_ONCE)):
        standing = verdicts_standing(kind.key, part)
        for subject_id in part:
            if standing.get(subject_id, Verdict.PASS) != Verdict.PASS:
                yield (
                    f"The {kind.key} {subject_id} can be used, but the decision that stands on it is "
                    f"“{standing[subject_id]}”."
                )


def items_verify() -> list[str]:
    """Compare review items with answers, decisions, appeals and the chain; a sentence for each difference."""
    return [*_answers_differ(), *_items_missing(), *_escalations_differ()]


def _answers_differ() -> Iterator[str]:
    """Whoever answered may not decide the appeal, so this must be the person who did."""
    decided = ReviewItem.objects.filter(state__in=[ReviewState.APPROVED, ReviewState.REFUSED])
    same = Q(
        answer__by=F("answered_by"),
        answer__approve=F("answer_approve"),
        answer__reason_code=F("answer_reason"),
        answer__answered_at=F("answered_at"),
    )
    keys = decided.exclude(same).order_by("pk").values_list("pk", flat=True)
    yield from (
        f"Review item {key} differs from the answer that was given." for key in keys.iterator(chunk_size=2000)
    )


def _items_missing() -> Iterator[str]:
    """Work that got lost: the policy asked for a person, or somebody appealed, and no item is there."""
    items = ReviewItem.objects.filter(
        subject_type=OuterRef("subject_type"), subject_id=OuterRef("subject_id")
    )
    asked = Decision.objects.filter(
        verdict=Verdict.REVIEW, by__isnull=True, scan_run__purpose=ScanPurpose.ADMISSION
    )
    lost = asked.filter(~Exists(items)).order_by("pk").values_list("subject_type", "subject_id")
    for subject_type, subject_id in lost.iterator(chunk_size=2000):
        yield f"The {subject_type} {subject_id} was put before people, but its review item is missing."
    known = ReviewItem.objects.filter(pk=OuterRef("review_item_id"))
    appeals = Appeal.objects.filter(~Exists(known), review_item_id__isnull=False).order_by("pk")
    for key in appeals.values_list("pk", flat=True).iterator(chunk_size=2000):
        yield f"The review item of appeal {key} is missing."


def _escalations_differ() -> Iterator[str]:
    told: dict[uuid.UUID, uuid.UUID | None] = {}
    entries = AuditEntry.objects.filter(action=ESCALATED).order_by("sequence")
    for key, actor_id in entries.values_list("subject_id", "actor_id").iterator(chunk_size=2000):
        told[uuid.UUID(key)] = actor_id
    items = ReviewItem.objects.filter(escalated_by__isnull=False).order_by("pk")
    for key, by_id in items.values_list("pk", "escalated_by_id").iterator(chunk_size=2000):
        if told.get(key) != by_id:
            yield f"Review item {key} was not escalated by whom it names."
