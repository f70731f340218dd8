"""review_open, review_withdraw, reviews_drop, review_reopen: items enter the queue and leave it undecided."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from moderation.languages import language_of
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.models.scan import ScanRun
from moderation.services.kept_frames import kept_frames_drop, kept_frames_of_subject
from moderation.services.routing import due_at_for, is_for_senior, queue_for
from moderation.services.telling import TOLD, review_tell
from moderation.states import REVIEW, UNDECIDED, ReviewState
from moderation.taxonomy import Category, Severity

NO_CLAIM: dict[str, Any] = {"claimed_by": None, "claimed_at": None, "claim_expires_at": None}
NO_ANSWER: dict[str, Any] = {
    "answer_approve": None,
    "answer_reason": "",
    "answer_note": "",
    "answered_at": None,
    "answered_by": None,
    "settle_at": None,
    "answer_batch": None,
}
# A newer scan of content that waits for an audit makes an ordinary review of it.
_MERGED = (ReviewPurpose.ORDINARY, ReviewPurpose.AUDIT)


@transaction.atomic
def review_open(
    *,
    scan_run: ScanRun,
    category: Category,
    severity: Severity,
    reason_codes: Sequence[str],
    purpose: ReviewPurpose = ReviewPurpose.ORDINARY,
    language: str | None = None,
    not_by: Any = None,
    not_by_other: Any = None,
    first_item: ReviewItem | None = None,
    due_at: datetime | None = None,
) -> ReviewItem:
    """Put the subject of a run into the queue that takes it.

    A subject that already waits for the same purpose keeps its item and its due time; claim and answer only
    while its content is the same. The item is pointed at the newer run, can only become more urgent, and one
    that nobody holds goes to the queue of its new category.
    language: "zh", "en", "" for neither; None reads it from the text that the run found. not_by,
    not_by_other: people who may not decide it. due_at: None takes the category's service target.
    """
    wanted = {
        "scan_run": scan_run,
        "category": category,
        "severity": severity,
        "reason_codes": list(reason_codes),
        "due_at": due_at if due_at is not None else due_at_for(category),
        "purpose": purpose,
    }
    waiting = _waiting_for(scan_run, purpose)
    if waiting is None:
        wanted |= {"not_by": not_by, "not_by_other": not_by_other, "first_item": first_item}
        wanted["language"] = language_of_run(scan_run) if language is None else language
        try:
            with transaction.atomic():
                item = _item_create(wanted)
            if purpose in TOLD:
                review_tell(item)
            return item
        except IntegrityError:  # a second run of the same subject was faster by a moment
            waiting = _waiting_for(scan_run, purpose)
            if waiting is None:
                raise
    return _item_update(waiting, wanted)


@transaction.atomic
def review_withdraw(subject_type: str, subject_id: uuid.UUID) -> bool:
    """Nobody needs to decide whether the subject may be seen: take its ordinary item out of the queue.

    Returns False when none waits. Second reviews, audits and appeals stay: they ask whether a decision was
    right. An item that somebody is deciding in this moment is left to them: whoever withdraws holds the
    content's lock, which that decision needs next, so waiting here would be a deadlock. Call it with the
    content already in the state in which such a decision does no harm.
    """
    return _withdraw(subject_type, subject_id, [ReviewPurpose.ORDINARY]) > 0


@transaction.atomic
def reviews_drop(subject_type: str, subject_id: uuid.UUID) -> int:
    """The subject is gone, so nobody can look at it: withdraw all its items but appeals; how many.

    Frames of it that were kept as evidence go as well.
    """
    kept_frames_drop(kept_frames_of_subject(subject_type, subject_id))
    purposes = [purpose for purpose in ReviewPurpose if purpose != ReviewPurpose.APPEAL]
    return _withdraw(subject_type, subject_id, purposes)


@transaction.atomic
def review_reopen(subject_type: str, subject_id: uuid.UUID) -> ReviewItem | None:
    """Put a subject whose item was withdrawn back into the queue, and return the item that waits.

    None when no item of it was ever withdrawn. Locks no item that waits, for the reason told above.
    """
    items = ReviewItem.objects.filter(
        subject_type=subject_type, subject_id=subject_id, purpose=ReviewPurpose.ORDINARY
    )
    waiting = items.filter(state__in=list(UNDECIDED)).first()
    if waiting is not None:
        return waiting
    withdrawn = items.filter(state=ReviewState.WITHDRAWN).order_by("-created_at").first()
    if withdrawn is not None:
        REVIEW.move(withdrawn, ReviewState.OPEN)
    return withdrawn


def language_of_run(scan_run: ScanRun) -> str:
    """The language of the text that the scanners found in the content; "" when there was none."""
    evidence = [finding.evidence for finding in scan_run.findings.all()]
    for known in evidence:
        if known.get("text_language"):
            return str(known["text_language"])
    texts = (one.get("text", "") for one in evidence)
    return language_of(" ".join(text for text in texts if isinstance(text, str)))


def _withdraw(subject_type: str, subject_id: uuid.UUID, purposes: Sequence[str]) -> int:
    items = ReviewItem.objects.select_for_update(skip_locked=True).filter(
        subject_type=subject_type,
        subject_id=subject_id,
        purpose__in=list(purposes),
        state__in=list(UNDECIDED),
    )
    found = list(items)
    for item in found:
        REVIEW.move(item, ReviewState.WITHDRAWN, **NO_CLAIM)
    return len(found)


def _waiting_for(scan_run: ScanRun, purpose: ReviewPurpose) -> ReviewItem | None:
    undecided = ReviewItem.objects.filter(
        state__in=list(UNDECIDED), subject_type=scan_run.subject_type, subject_id=scan_run.subject_id
    )
    same = _MERGED if purpose in _MERGED else (purpose,)
    found = list(undecided.filter(purpose__in=same).select_for_update())
    return min(found, key=lambda item: item.purpose != purpose, default=None)


def _item_create(wanted: dict[str, Any]) -> ReviewItem:
    run = wanted["scan_run"]
    queue = queue_for(category=wanted["category"], language=wanted["language"], surface=run.surface)
    return ReviewItem.objects.create(
        subject_type=run.subject_type,
        subject_id=run.subject_id,
        surface=run.surface,
        job_kind=run.job_kind,
        owner_id=run.owner_id,
        queue=queue,
        for_senior=is_for_senior(queue, purpose=wanted["purpose"], is_escalated=False),
        **wanted,
    )


def _route(item: ReviewItem) -> None:
    item.queue = queue_for(category=item.category, language=item.language, surface=item.surface)
    is_escalated = item.escalated_at is not None
    item.for_senior = is_for_senior(item.queue, purpose=item.purpose, is_escalated=is_escalated)


def _item_update(waiting: ReviewItem, wanted: dict[str, Any]) -> ReviewItem:
    """Point an item that waits at a newer run; it becomes more urgent, never less.

    A claim, and an answer that has not taken effect, speak of what the older run saw: when the content has
    changed, somebody has to look again.
    """
    has_changed = wanted["scan_run"].content_sha256 != waiting.scan_run.content_sha256
    if waiting.state != ReviewState.OPEN and has_changed:
        REVIEW.move(waiting, ReviewState.OPEN, **NO_CLAIM, **NO_ANSWER)
    if wanted["purpose"] == ReviewPurpose.ORDINARY:
        waiting.purpose = ReviewPurpose.ORDINARY
    if wanted["severity"] >= waiting.severity:
        is_other = wanted["category"] != waiting.category
        waiting.category, waiting.severity = wanted["category"], wanted["severity"]
        if is_other and waiting.state == ReviewState.OPEN:  # one in somebody's hands stays there
            _route(waiting)
    waiting.scan_run, waiting.due_at = wanted["scan_run"], min(waiting.due_at, wanted["due_at"])
    waiting.reason_codes = list(dict.fromkeys([*waiting.reason_codes, *wanted["reason_codes"]]))
    fields = ["scan_run", "due_at", "category", "severity", "reason_codes", "purpose", "queue", "for_senior"]
    waiting.save(update_fields=[*fields, "updated_at"])
    return waiting
