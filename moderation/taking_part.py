"""took_part, without_takers_part: an appeal is decided by nobody who had a hand in what it is about."""

import uuid
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from moderation.models.bank import BankEntry
from moderation.models.decision import Decision
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.models.scan import Finding
from moderation.models.terms import Term
from moderation.scanners.image_hash import APPROVED
from moderation.states import UNDECIDED

Subject = tuple[str, uuid.UUID]


def took_part(
    user: Any, *, subject_type: str, subject_id: uuid.UUID, but_not: uuid.UUID | None = None
) -> bool:
    """Whether `user` answered or escalated an item of this content, decided on it, or listed what it matched.

    Counted are the first reviewer, a second one who agreed without being told, an adjudicator, whoever
    overrode a decision, and whoever put the hash or the word on its list that a scan of this content found.
    but_not: the item that is in hand now.
    """
    same = {"subject_type": subject_type, "subject_id": subject_id}
    items = ReviewItem.objects.filter(_by(user), **same)
    if but_not is not None:
        items = items.exclude(pk=but_not)
    return (
        items.exists()
        or Decision.objects.filter(by=user.pk, **same).exists()
        or bool(_matching_lists_of(user, [(subject_type, subject_id)]))
    )


def without_takers_part(items: QuerySet[ReviewItem], user: Any) -> QuerySet[ReviewItem]:
    """`items` without the appeals that wait about content in whose review `user` took part."""
    same = {"subject_type": OuterRef("subject_type"), "subject_id": OuterRef("subject_id")}
    answered = ReviewItem.objects.filter(_by(user), **same).exclude(pk=OuterRef("pk"))
    decided = Decision.objects.filter(by=user.pk, **same)
    others = items.exclude(Q(purpose=ReviewPurpose.APPEAL) & (Exists(answered) | Exists(decided)))
    if not _has_listed_anything(user):
        return others
    appeals = ReviewItem.objects.filter(purpose=ReviewPurpose.APPEAL, state__in=list(UNDECIDED)).order_by()
    matching = _matching_lists_of(user, list(appeals.values_list("subject_type", "subject_id").distinct()))
    barred = [subject_id for _type, subject_id in matching]
    return others.exclude(purpose=ReviewPurpose.APPEAL, subject_id__in=barred) if barred else others


def _by(user: Any) -> Q:
    return Q(answered_by=user.pk) | Q(escalated_by=user.pk)


def _has_listed_anything(user: Any) -> bool:
    return (
        BankEntry.objects.filter(added_by=user.pk).exists() or Term.objects.filter(added_by=user.pk).exists()
    )


def _matching_lists_of(user: Any, subjects: Collection[Subject]) -> set[Subject]:
    """Those of `subjects` in which a scan found a hash or a word that `user` had put on its list."""
    if not subjects or not _has_listed_anything(user):
        return set()
    found: dict[Subject, set[str]] = defaultdict(set)
    findings = Finding.objects.filter(scan_run__subject_id__in=[subject_id for _type, subject_id in subjects])
    rows = findings.exclude(label=APPROVED).order_by()
    for subject_type, subject_id, evidence in rows.values_list(
        "scan_run__subject_type", "scan_run__subject_id", "evidence"
    ).iterator(chunk_size=500):
        listed = {str(evidence[key]) for key in ("entry_id", "term_id") if evidence.get(key)}
        found[subject_type, subject_id] |= listed
    ids = set().union(*found.values())
    own = {
        str(key)
        for model in (BankEntry, Term)
        for key in model.objects.filter(pk__in=ids, added_by=user.pk).values_list("pk", flat=True)
    }
    return {subject for subject in subjects if not own.isdisjoint(found[subject])}
