"""evidence_note and evidence_verify: rows whose every state stands in the audit chain, found when changed.

The chain keeps the whole row each time a service writes it, long or personal columns as digests. So a row
that was changed, taken out or put in by anybody else differs from the last that the chain says of it.
"""

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import models

from moderation.canonical import digest_of
from moderation.models.answer import ReviewAnswer
from moderation.models.appeal import Appeal
from moderation.models.audit import AuditEntry
from moderation.models.bank import HashBank
from moderation.models.consent import ConsentRecord
from moderation.models.erasure import ErasureRequest
from moderation.models.people import AccountMeasure, MeasureLift, Strike, StrikeLift
from moderation.models.statement import StatementOfReasons
from moderation.models.terms import TermList
from moderation.services.audit import AuditNote

ROW = "row"
# Which tables are held to the chain, and which of their columns it keeps as digests only.
EVIDENCE: Mapping[type[models.Model], frozenset[str]] = {
    Strike: frozenset({"note"}),
    StrikeLift: frozenset({"note"}),
    AccountMeasure: frozenset({"note"}),
    MeasureLift: frozenset({"note"}),
    StatementOfReasons: frozenset({"text_zh", "text_en", "dsa"}),
    Appeal: frozenset(),
    ReviewAnswer: frozenset(),
    ConsentRecord: frozenset(),
    ErasureRequest: frozenset(),
    HashBank: frozenset({"note"}),
    TermList: frozenset({"note"}),
}
_NOT_KEPT = frozenset({"updated_at"})
_EMPTIED_WITH_ACCOUNTS: Mapping[type[models.Model], frozenset[str]] = {TermList: frozenset({"owner"})}


def evidence_note(action: str, row: models.Model, actor: Any = None, **further: Any) -> AuditNote:
    """What to append to the chain once `row` was written; `further`: plain JSON beside the row itself."""
    return AuditNote(action, row, actor, {ROW: row_facts(row), **further})


def row_facts(row: models.Model) -> dict[str, Any]:
    """All columns of a row as plain JSON, the same from every database."""
    digested = EVIDENCE[type(row)]
    left_out = _NOT_KEPT | _EMPTIED_WITH_ACCOUNTS.get(type(row), frozenset())
    facts = {}
    for field in row._meta.concrete_fields:
        if field.name in left_out:
            continue
        value = field.value_from_object(row)
        facts[field.name] = digest_of(value) if field.name in digested else plain_value(value)
    return facts


def evidence_verify() -> list[str]:
    """Compare every row of EVIDENCE with what the chain says of it last; a sentence for each difference."""
    return [fault for model in EVIDENCE for fault in _faults_of(model)]


def _faults_of(model: type[models.Model]) -> Iterator[str]:
    name = model.__name__
    entries = AuditEntry.objects.filter(subject_type=model._meta.label_lower, data__has_key=ROW)
    told: dict[str, str] = {}
    for key, data in entries.order_by("sequence").values_list("subject_id", "data").iterator(chunk_size=2000):
        told[key] = digest_of(data[ROW])
    for row in model._default_manager.order_by("pk").iterator(chunk_size=2000):
        digest = told.pop(str(row.pk), None)
        if digest is None:
            yield f"{name} {row.pk} has no audit entry."
        elif digest != digest_of(row_facts(row)):
            yield f"{name} {row.pk} differs from its audit entry."
    yield from (f"{name} {key} is in the audit chain, but its row is missing." for key in told)


def plain_value(value: Any) -> Any:
    """A column's value as JSON without floats, the same from every database."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bool | int | None):
        return value
    if isinstance(value, list | dict):
        return value
    return repr(value) if isinstance(value, float) else str(value)  # a float's repr survives a database
