"""Reads: what an account was told, what it may appeal against, its consents and erasures."""

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from moderation.blindness import not_given_away_to
from moderation.models.appeal import Appeal
from moderation.models.consent import ConsentRecord
from moderation.models.decision import Decision
from moderation.models.people import Strike
from moderation.models.statement import StatementKind, StatementOfReasons

_NOT_APPEALABLE = {StatementKind.RESTORED, StatementKind.UPHELD}


def statements_of(user: Any) -> QuerySet[StatementOfReasons]:
    """What the user was told, with what their appeals are about."""
    return _with_appeals(StatementOfReasons.objects.filter(owner_id=user.pk))


def statements_seen_by(staff: Any) -> QuerySet[StatementOfReasons]:
    """What all accounts were told, without what was decided on content that `staff` has to judge blindly."""
    rows: QuerySet[StatementOfReasons] = StatementOfReasons.objects.select_related("owner")
    for way in ("decision", "strike__decision", "measure__strike__decision"):
        kind, key = f"{way}__subject_type", f"{way}__subject_id"
        rows = not_given_away_to(staff, rows, subject_type=kind, subject_id=key)
    return _with_appeals(rows)


def _with_appeals(rows: QuerySet[StatementOfReasons]) -> QuerySet[StatementOfReasons]:
    return rows.select_related(
        "decision__appeal",
        "decision__overridden_by",
        "strike__decision__appeal",
        "strike__decision__overridden_by",
        "strike__appeal",
        "strike__lift",
        "measure__strike__decision__appeal",
        "measure__strike__decision__overridden_by",
        "measure__strike__appeal",
        "measure__strike__lift",
        "measure__appeal",
        "measure__lift",
    )


def statements_about(user: Any, subject_ids: Collection[uuid.UUID]) -> QuerySet[StatementOfReasons]:
    """What the user was told of these pieces of content, newest first."""
    return statements_of(user).filter(decision__subject_id__in=subject_ids).order_by("-created_at")


def appeal_about(statement: StatementOfReasons) -> Appeal | None:
    """The appeal against what a statement tells, made through this statement or another one."""
    for contested in _contested(statement):
        appeal: Appeal | None = getattr(contested, "appeal", None)
        if appeal is not None:
            return appeal
    return None


def is_appealable(statement: StatementOfReasons) -> bool:
    """Whether its owner may appeal now: in time, not yet, and it still stands."""
    if statement.kind in _NOT_APPEALABLE or appeal_about(statement) is not None:
        return False
    moment = timezone.now()
    if statement.appeal_until is not None and statement.appeal_until <= moment:
        return False
    found = _contested(statement)
    if isinstance(found[0], Decision):
        return not hasattr(found[0], "overridden_by")
    return not hasattr(found[0], "lift")


def consents_of(user: Any) -> QuerySet[ConsentRecord]:
    """The user's consents."""
    return ConsentRecord.objects.filter(owner_id=user.pk)


def people_with_strikes(query: str = "") -> QuerySet[Strike]:
    """Strikes of accounts whose name or reason fits."""
    rows = Strike.objects.select_related("owner", "issued_by", "decision", "lift")
    return rows.filter(Q(owner__username__icontains=query) | Q(category=query)) if query else rows


def _contested(statement: StatementOfReasons) -> list[Any]:
    """What an appeal would be about: the decision behind everything, else strike or measure."""
    measure = statement.measure
    strike = statement.strike or (measure.strike if measure is not None else None)
    decision = statement.decision or (strike.decision if strike is not None else None)
    if decision is not None:
        return [decision]
    return [row for row in (strike, measure) if row is not None]
