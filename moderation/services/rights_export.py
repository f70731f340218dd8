"""data_of: everything that is stored of an account, as plain JSON for its owner."""

from typing import Any

from django.db import models

from moderation.models.appeal import Appeal
from moderation.models.consent import ConsentRecord
from moderation.models.people import AccountMeasure, Strike
from moderation.models.statement import StatementOfReasons
from moderation.personal_data import personal_data
from moderation.services.appeals import appeal_text
from moderation.services.consents import consent_words


def data_of(user: Any) -> dict[str, Any]:
    """The account, its content by kind, and what moderation keeps of it; no notes of staff."""
    own = {"owner_id": user.pk}
    return {
        "account": {
            "id": user.pk,
            "user_name": user.get_username(),
            "email": user.email,
            "is_guest": user.is_guest,
            "joined_at": user.date_joined,
        },
        **{kind.key: kind.export(user.pk) for kind in personal_data()},
        "consents": [_consent(row) for row in ConsentRecord.objects.filter(**own).order_by("created_at")],
        "statements": _rows(StatementOfReasons, own, "id", "kind", "created_at", "text_zh", "text_en"),
        "appeals": [_appeal(row) for row in Appeal.objects.filter(**own).order_by("created_at")],
        "strikes": _rows(Strike, own, "id", "category", "reason_code", "created_at", "expires_at"),
        "measures": _rows(AccountMeasure, own, "id", "kind", "reason_code", "created_at", "until"),
    }


def _rows(model: type[models.Model], own: dict[str, Any], *fields: str) -> list[dict[str, Any]]:
    return list(model._default_manager.filter(**own).order_by("created_at").values(*fields))


def _consent(consent: ConsentRecord) -> dict[str, Any]:
    name, guardian = consent_words(consent)
    fields = ("id", "subject_type", "subject_id", "relation", "is_minor", "job_kinds", "allows_sharing")
    times = ("expires_at", "wording", "language", "state", "created_at", "ended_at")
    facts = {field: getattr(consent, field) for field in (*fields, *times)}
    return facts | {"name": name, "guardian": guardian}


def _appeal(appeal: Appeal) -> dict[str, Any]:
    return {
        "id": appeal.pk,
        "decision": appeal.decision_id,
        "state": appeal.state,
        "text": appeal_text(appeal),
        "created_at": appeal.created_at,
        "decided_at": appeal.decided_at,
    }
