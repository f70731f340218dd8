"""audit_entries_for: the audit chain as one reader may see it, without what gives a judgement away."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery

from moderation.blindness import blind_reviews_of
from moderation.models import (
    AccountMeasure,
    Appeal,
    AuditEntry,
    BankEntry,
    Decision,
    GoldItem,
    MeasureLift,
    ReviewAnswer,
    ReviewItem,
    ReviewPurpose,
    StatementOfReasons,
    Strike,
    StrikeLift,
)
from tongyi_portal.common import roles

# Rows whose entries tell what somebody said of a piece of content, and how each of them leads to it.
_TELLING: dict[type[Model], tuple[str, ...]] = {
    ReviewItem: ("",),
    ReviewAnswer: ("item__",),
    GoldItem: ("source__",),
    Decision: ("",),
    StatementOfReasons: ("decision__", "strike__decision__", "measure__strike__decision__"),
    Appeal: ("decision__", "strike__decision__", "measure__strike__decision__"),
    Strike: ("decision__",),
    StrikeLift: ("strike__decision__",),
    AccountMeasure: ("strike__decision__",),
    MeasureLift: ("measure__strike__decision__",),
    BankEntry: ("source_",),
}
_PUT_ON_A_BANK = "moderation.bank.subject_added"
Content = tuple[str, Any]


def audit_entries_for(user: Any) -> QuerySet[AuditEntry]:
    """The chain with `actor_name`, the account's name where it still is there.

    Whoever decides finds no entry about content that they have to judge blindly, from its first judgement on,
    nor about content that they may adjudicate without knowing the two people. Who decides without the right
    to change decisions may get any blind review, so finds no entry of anybody's judgement. Everybody else
    finds all of it.
    """
    name = get_user_model().objects.filter(pk=OuterRef("actor_id")).values("username")
    entries = AuditEntry.objects.annotate(actor_name=Subquery(name))
    if not user.has_perm(roles.REVIEW_DECIDE):
        return entries
    if not user.has_perm(roles.REVIEW_OVERRIDE):
        kinds = [model._meta.label_lower for model in _TELLING]
        return entries.exclude(subject_type__in=kinds).exclude(action=_PUT_ON_A_BANK)
    blind = {(item.subject_type, item.subject_id): item.judged_at for item in blind_reviews_of(user)}
    nameless = blind_reviews_of(user, is_nameless=True).filter(purpose=ReviewPurpose.ADJUDICATION)
    contents = set(nameless.values_list("subject_type", "subject_id"))
    if blind:
        entries = entries.exclude(_about(blind) & Q(created_at__gte=min(blind.values())))
    return entries.exclude(_about(contents)) if contents else entries


def _about(contents: Collection[Content]) -> Q:
    """Entries that tell what somebody said of these contents."""
    subjects = sorted({str(subject_id) for _kind, subject_id in contents})
    on_a_bank = Q(action=_PUT_ON_A_BANK, data__subject__in=subjects)
    return Q(subject_id__in=[*subjects, *_keys_about(contents)]) | on_a_bank


def _keys_about(contents: Iterable[Content]) -> Iterator[str]:
    """Keys of the rows that tell of the contents; one condition a kind, as databases limit their depth."""
    by_kind = defaultdict(list)
    for kind, key in contents:
        by_kind[kind].append(key)
    for model, ways in _TELLING.items():
        wanted = Q()
        for way in ways:
            for kind, keys in by_kind.items():
                wanted |= Q(**{f"{way}subject_type": kind, f"{way}subject_id__in": keys})
        for pk in model._default_manager.filter(wanted).order_by().values_list("pk", flat=True):
            yield str(pk)
