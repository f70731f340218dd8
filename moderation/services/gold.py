"""gold_add, gold_retire, gold_next: items whose right answer is known, mixed in among the others."""

import hashlib
import random
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from moderation.errors import GoldAlready, GoldNotDecided, GoldRetired, GoldUnexplained
from moderation.models.answer import GoldItem
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.models.settings import ModerationSettings
from moderation.services.audit import audit_append_all
from moderation.services.evidence import evidence_note
from moderation.services.given_reasons import checked_reason
from moderation.services.routing import due_at_for
from moderation.states import ReviewState
from moderation.subject_registry import subject_type
from moderation.taxonomy import Category
from tongyi_portal.common import roles
from tongyi_portal.common.errors import UnknownKey

ADDED = "moderation.gold.added"


@transaction.atomic
def gold_add(
    *, item: ReviewItem, expected_approve: bool, expected_reason: str, note: str, by: Any
) -> GoldItem:
    """Make a gold item of a decided item; `note` is told to whoever answers it.

    Raises PermissionRefused, UnknownReason, GoldUnexplained, GoldNotDecided, GoldAlready.
    """
    roles.require(by, roles.GOLD_MARK)
    reason = "" if expected_approve else checked_reason(expected_reason, approve=False)
    if not note.strip():
        raise GoldUnexplained
    if not item.is_decided or item.purpose == ReviewPurpose.GOLD:
        raise GoldNotDecided(details={"state": item.state})
    try:
        with transaction.atomic():
            gold = GoldItem.objects.create(
                source=item,
                scan_run=item.scan_run,
                expected_approve=expected_approve,
                expected_reason=reason,
                note=note.strip(),
                added_by=by,
            )
    except IntegrityError as error:
        raise GoldAlready from error
    facts = {"source": str(item.pk), "approve": expected_approve, "reason": reason}
    audit_append_all([evidence_note(ADDED, gold, by, **facts)])
    return gold


@transaction.atomic
def gold_retire(*, gold: GoldItem, by: Any) -> GoldItem:
    """Give it to nobody any more; the answers it got stay. Raises PermissionRefused, GoldRetired."""
    roles.require(by, roles.GOLD_MARK)
    active = GoldItem.objects.filter(pk=gold.pk, retired_at__isnull=True)
    if not active.update(retired_at=timezone.now(), retired_by=by, updated_at=timezone.now()):
        raise GoldRetired
    gold.refresh_from_db()
    audit_append_all([evidence_note("moderation.gold.retired", gold, by)])
    return gold


def gold_next(by: Any, expires_at: datetime) -> ReviewItem | None:
    """Now and then, by chance, a gold item already claimed by `by` until `expires_at`; None otherwise.

    Nobody meets one again before they have answered all the others, nor one that they decided, marked or own.
    """
    if random.random() * 100 >= ModerationSettings.current().gold_percent:
        return None
    for gold in _least_seen(by):
        if _can_be_shown(gold.source):
            return _item_of(gold, by, expires_at)
    return None


def _least_seen(by: Any) -> list[GoldItem]:
    """Gold items that `by` answered least often, in an order of their own for each person."""
    answered = Q(items__answered_by=by, items__state__in=[ReviewState.APPROVED, ReviewState.REFUSED])
    in_hand = ReviewItem.objects.filter(
        Q(state=ReviewState.CLAIMED, claimed_by=by) | Q(state=ReviewState.ANSWERED, answered_by=by),
        gold=OuterRef("pk"),
    )
    fit = (
        GoldItem.objects.filter(retired_at__isnull=True)
        .exclude(added_by=by)
        .exclude(source__answered_by=by)
        .exclude(source__owner=by)
        .filter(~Exists(in_hand))
        .select_related("source__queue", "scan_run")
        .annotate(times=Count("items", filter=answered))
    )
    found = list(fit)
    fewest = min((gold.times for gold in found), default=0)
    least = [gold for gold in found if gold.times == fewest]
    return sorted(least, key=lambda gold: hashlib.sha256(f"{by.pk}{fewest}{gold.pk}".encode()).digest())


def _can_be_shown(source: ReviewItem) -> bool:
    try:
        return subject_type(source.subject_type).preview(source.subject_id) is not None
    except UnknownKey:
        return False


def _item_of(gold: GoldItem, by: Any, expires_at: datetime) -> ReviewItem:
    source, moment = gold.source, timezone.now()
    return ReviewItem.objects.create(
        scan_run=gold.scan_run,
        subject_type=source.subject_type,
        subject_id=source.subject_id,
        surface=source.surface,
        job_kind=source.job_kind,
        language=source.language,
        owner_id=source.owner_id,
        purpose=ReviewPurpose.GOLD,
        gold=gold,
        queue=source.queue,
        category=source.category,
        severity=source.severity,
        reason_codes=source.reason_codes,
        due_at=due_at_for(Category(source.category)),
        state=ReviewState.CLAIMED,
        claimed_by=by,
        claimed_at=moment,
        claim_expires_at=expires_at,
    )
