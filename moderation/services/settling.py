"""review_settle, reviews_settle_due, settle_now: an answer takes effect, or the item returns to the queue."""

import logging
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, transaction
from django.utils import timezone, translation

from moderation.errors import BlockStands
from moderation.models.answer import ReviewAnswer
from moderation.models.decision import Decision
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.selectors import verdicts_standing
from moderation.services.adjudication import (
    adjudication_open,
    adjudication_settle,
    answers_agree,
    second_review_open,
)
from moderation.services.audit import audit_append, audit_append_all
from moderation.services.decisions import decision_record
from moderation.services.evidence import evidence_note
from moderation.states import REVIEW, ReviewState
from moderation.taxonomy import Verdict
from tongyi_portal.common.errors import AppError, TransitionRefused

logger = logging.getLogger(__name__)
SETTLED_AT_ONCE = 500
ANSWERED = "moderation.review.answered"
_UNEXPECTED = "unexpected_fault"
Settler = Callable[[ReviewItem, Any], Decision | None]


def review_settle(item: ReviewItem) -> ReviewItem:
    """Let the answer on an item take effect. Safe to call twice, and for an item that has no answer.

    When it cannot - the content was blocked meanwhile, its owner refuses, anything breaks - the item returns
    to the queue of senior moderators with the fault on it. While the database itself fails, it just waits.
    """
    try:
        with transaction.atomic():
            settle_now(item)
    except _NothingToSettle:
        item.refresh_from_db()
    except OperationalError:
        logger.warning("answer not settled, it will be tried again", exc_info=True)
    except Exception as error:  # whatever the owner of the content raises, nothing gets lost
        logger.warning("answer could not take effect", extra={"item": str(item.pk)}, exc_info=True)
        _send_back(item, error)
    return item


def reviews_settle_due() -> int:
    """Settle all answers whose time to be undone is over, each in its own transaction; how many were tried.

    Nobody needs to be there: answers of a moderator whose browser is gone settle like all others.
    """
    due = ReviewItem.objects.filter(state=ReviewState.ANSWERED, settle_at__lte=timezone.now())
    ids = list(due.order_by("settle_at").values_list("pk", flat=True)[:SETTLED_AT_ONCE])
    for pk in ids:
        item = ReviewItem.objects.filter(pk=pk).first()
        if item is not None:
            review_settle(item)
    return len(ids)


@transaction.atomic
def settle_now(item: ReviewItem) -> Decision | None:
    """Move an answered item to its end and carry the answer out; faults are raised, and nothing has changed.

    Returns the decision that was recorded: None for a gold item, a second review, a passed audit and an
    adjudication that upholds the first answer.
    """
    target = ReviewState.APPROVED if item.answer_approve else ReviewState.REFUSED
    try:
        REVIEW.move(
            item,
            target,
            guard={"state": ReviewState.ANSWERED, "answered_at": item.answered_at},
            decided_at=timezone.now(),
            fault_code="",
        )
    except TransitionRefused as error:
        raise _NothingToSettle from error
    answer = _keep_answer(item)
    decision = _SETTLERS[ReviewPurpose(item.purpose)](item, item.answered_by)
    audit_append_all([evidence_note(ANSWERED, answer, item.answered_by)])
    return decision


def settler_register(purpose: ReviewPurpose, settler: Settler) -> None:
    """Say what an answer on items of this purpose does. Called in AppConfig.ready.

    It runs inside the transaction that closes the item, with (item, person), must append to the audit chain
    last, and when it raises, the item returns to the queue.
    """
    _SETTLERS[purpose] = settler


class _NothingToSettle(TransitionRefused):
    """The answer was taken back, settled or withdrawn meanwhile."""


def _keep_answer(item: ReviewItem) -> ReviewAnswer:
    gold, answered_at = item.gold, item.answered_at or timezone.now()
    seconds = (answered_at - (item.claimed_at or answered_at)).total_seconds()
    answer: ReviewAnswer = ReviewAnswer.objects.create(
        item=item,
        by=item.answered_by,
        purpose=item.purpose,
        approve=bool(item.answer_approve),
        reason_code=item.answer_reason,
        seconds=max(seconds, 0.0),
        answered_at=answered_at,
        batch=item.answer_batch,
        agrees=answers_agree(item),
        is_right=gold.expected_approve == item.answer_approve if gold is not None else None,
    )
    return answer


def _ordinary(item: ReviewItem, by: Any) -> Decision | None:
    refuse_standing_block(item)
    second_review_open(item)
    return _record(item, by)


def _audit(item: ReviewItem, by: Any) -> Decision | None:
    return None if item.answer_approve else _record(item, by)


def _second(item: ReviewItem, _by: Any) -> Decision | None:
    if item.first_item is not None and not answers_agree(item):
        adjudication_open(item.first_item, item)
    return None


def _gold(_item: ReviewItem, _by: Any) -> Decision | None:
    return None  # only the answer counts


def _record(item: ReviewItem, by: Any) -> Decision:
    return decision_record(
        subject_type=item.subject_type,
        subject_id=item.subject_id,
        verdict=Verdict.PASS if item.answer_approve else Verdict.BLOCK,
        reason_codes=[item.answer_reason],
        scan_run=item.scan_run,
        policy=item.scan_run.policy,
        review_item=item,
        by=by,
        note=item.answer_note,
    )


_SETTLERS: dict[ReviewPurpose, Settler] = {
    ReviewPurpose.ORDINARY: _ordinary,
    ReviewPurpose.AUDIT: _audit,
    ReviewPurpose.SECOND: _second,
    ReviewPurpose.ADJUDICATION: adjudication_settle,
    ReviewPurpose.GOLD: _gold,
    ReviewPurpose.APPEAL: _ordinary,
}


def refuse_standing_block(item: ReviewItem) -> None:
    """Raise BlockStands for an approval of content on which a block stands that nobody has overridden."""
    standing = verdicts_standing(item.subject_type, [item.subject_id])
    if item.answer_approve and standing.get(item.subject_id) == Verdict.BLOCK:
        raise BlockStands


@transaction.atomic
def _send_back(item: ReviewItem, error: Exception) -> None:
    """Put an item whose answer could not take effect before senior moderators, with the fault."""
    code = error.code if isinstance(error, AppError) else _UNEXPECTED
    message = error.message if isinstance(error, AppError) else type(error).__name__
    with translation.override("en"):
        note = translation.gettext(str(message))
    item.refresh_from_db()
    is_gold = item.purpose == ReviewPurpose.GOLD
    try:
        REVIEW.move(
            item,
            ReviewState.WITHDRAWN if is_gold else ReviewState.OPEN,
            guard={"state": ReviewState.ANSWERED, "answered_at": item.answered_at},
            claimed_at=None,
            for_senior=True,
            escalated_at=timezone.now(),
            escalated_by=None,
            escalation_note=note,
            fault_code=code,
        )
    except TransitionRefused:
        return
    audit_append(action="moderation.review.sent_back", subject=item, data={"fault": code})
