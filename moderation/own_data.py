"""TEXTS and ENDPOINTS: how an account's submitted texts and webhook addresses are erased and handed out."""

import uuid
from typing import Any

from moderation.models.text import TextSubmission
from moderation.personal_data import PersonalData
from moderation.services.texts import text_erase, text_words
from moderation.states import TextState
from tongyi_portal.webhooks.models import Endpoint


def _texts_erase(owner_id: uuid.UUID) -> int:
    left = TextSubmission.objects.filter(owner_id=owner_id).exclude(state=TextState.ERASED)
    ids = list(left.values_list("pk", flat=True))
    for text_id in ids:
        text_erase(text_id=text_id)
    return len(ids)


def _texts(owner_id: uuid.UUID) -> list[dict[str, Any]]:
    rows = TextSubmission.objects.filter(owner_id=owner_id).order_by("created_at")
    fields = ("id", "surface", "job_kind", "language", "state", "reason_codes", "created_at")
    return [{name: getattr(row, name) for name in fields} | {"text": text_words(row)} for row in rows]


def _endpoints_erase(owner_id: uuid.UUID) -> int:
    """With their deliveries; not by endpoint_delete, as the account may do nothing any more."""
    rows = Endpoint.objects.filter(owner_id=owner_id)
    count = rows.count()
    rows.delete()
    return count


def _endpoints(owner_id: uuid.UUID) -> list[dict[str, Any]]:
    rows = Endpoint.objects.filter(owner_id=owner_id).order_by("created_at")
    fields = ("id", "url", "description", "event_types", "created_at")
    return [{name: getattr(row, name) for name in fields} for row in rows]


TEXTS = PersonalData("texts", _texts_erase, _texts)
ENDPOINTS = PersonalData("webhook_endpoints", _endpoints_erase, _endpoints)
