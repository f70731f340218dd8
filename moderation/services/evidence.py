"""evidence_note, evidence_begin, evidence_verify: rows whose every state stands in the audit chain.

The chain keeps the whole row each time a service writes it, long or personal columns as digests. So a row
that was changed, taken out or put in by anybody else differs from the last that the chain says of it. A row
that a service removes is told of with nothing in its place.
"""

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import models

from moderation.canonical import digest_of
from moderation.models.answer import GoldItem, ReviewAnswer
from moderation.models.appeal import Appeal
from moderation.models.audit import AuditEntry
from moderation.models.bank import HashBank
from moderation.models.consent import ConsentRecord
from moderation.models.erasure import ErasureRequest
from moderation.models.people import AccountMeasure, MeasureLift, Strike, StrikeLift
from moderation.models.policy import Policy
from moderation.models.queue import ReviewQueue, ServiceTarget
from moderation.models.settings import ModerationSettings
from moderation.models.statement import StatementOfReasons
from moderation.models.terms import TermList
from moderation.services.audit import AuditNote, audit_append_all

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
    Policy: frozenset({"note"}),
    ModerationSettings: frozenset(),
    ReviewQueue: frozenset(),
    ServiceTarget: frozenset(),
    GoldItem: frozenset(),
}
_NOT_KEPT = frozenset({"updated_at"})
_EMPTIED: Mapping[type[models.Model], frozenset[str]] = {  # with accounts, and with content
    TermList: frozenset({"owner"}),
    GoldItem: frozenset({"note"}),
}
_WITH_MANY: Mapping[type[models.Model], tuple[str, ...]] = {ReviewQueue: ("members",)}
_BEGUN_LATER = (Policy, ModerationSettings, ReviewQueue, ServiceTarget, GoldItem)
RECORDED, BEGUN = "moderation.evidence.recorded", "moderation.evidence.recording_begun"


def evidence_note(action: str, row: models.Model, actor: Any = None, **further: Any) -> AuditNote:
    """What to append to the chain once `row` was written; `further`: plain JSON beside the row itself."""
    return AuditNote(action, row, actor, {ROW: row_facts(row), **further})


def evidence_gone(action: str, row: models.Model, actor: Any = None, **further: Any) -> AuditNote:
    """What to append to the chain before a service removes `row` for good."""
    return AuditNote(action, row, actor, {ROW: None, **further})


def evidence_begin() -> None:
    """Once in an installation's life: put rows into the chain that are older than its knowledge of them."""
    if AuditEntry.objects.filter(action=BEGUN).exists():
        return
    notes = []
    for model in _BEGUN_LATER:
        told = AuditEntry.objects.filter(subject_type=model._meta.label_lower, data__has_key=ROW)
        known = set(told.values_list("subject_id", flat=True))
        rows = [row for row in model._default_manager.order_by("pk") if str(row.pk) not in known]
        notes += [evidence_note(RECORDED, row) for row in rows]
    audit_append_all([*notes, AuditNote(BEGUN, data={"rows": len(notes)})])


def row_facts(row: models.Model) -> dict[str, Any]:
    """All columns of a row as plain JSON, the same from every database."""
    digested = EVIDENCE[type(row)]
    left_out = _NOT_KEPT | _EMPTIED.get(type(row), frozenset())
    facts: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.name in left_out:
            continue
        value = field.value_from_object(row)
        facts[field.name] = digest_of(value) if field.name in digested else plain_value(value)
    for name in _WITH_MANY.get(type(row), ()):
        facts[name] = sorted(str(key) for key in getattr(row, name).values_list("pk", flat=True))
    return facts


def evidence_verify() -> list[str]:
    """Compare every row of EVIDENCE with what the chain says of it last; a sentence for each difference."""
    return [fault for model in EVIDENCE for fault in _faults_of(model)]


def _faults_of(model: type[models.Model]) -> Iterator[str]:
    name = model.__name__
    entries = AuditEntry.objects.filter(subject_type=model._meta.label_lower, data__has_key=ROW)
    told: dict[str, str] = {}
    for key, data in entries.order_by("sequence").values_list("subject_id", "data").iterator(chunk_size=2000):
        if data[ROW] is None:
            told.pop(key, None)
        else:
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
