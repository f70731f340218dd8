"""PastRows, rows_write: rows with times of the past, which append-only models would not take."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models

from moderation.models import Appeal, Decision, Finding, GoldItem, ReviewAnswer, ReviewItem, ScanRun
from moderation.services.appeals import OPENED
from moderation.services.audit import audit_append, audit_append_all
from moderation.services.decisions import RECORDED, decision_facts
from moderation.services.evidence import evidence_note
from moderation.services.gold import ADDED
from moderation.services.scan_digests import scan_digests
from moderation.services.settling import ANSWERED
from tongyi_portal.demo.history_pictures import history_upload

ROWS_AT_ONCE = 2000


@dataclass
class PastRows:
    """Rows of one stretch of time, written together.

    pictures: what an item is about, as a JPEG. files: once the rows are written, what is to be stored where.
    """

    runs: list[ScanRun] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    items: list[ReviewItem] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    overrides: list[Decision] = field(default_factory=list)
    answers: list[ReviewAnswer] = field(default_factory=list)
    golds: list[GoldItem] = field(default_factory=list)
    appeals: list[Appeal] = field(default_factory=list)
    pictures: list[tuple[ReviewItem, bytes]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)

    def write(self, *, with_audit: bool) -> None:
        """In the order in which rows need each other. with_audit: every decision enters the audit chain."""
        uploads = [
            history_upload(item.scan_run, item, data, hashlib.sha256(data).hexdigest())
            for item, data in self.pictures
        ]
        self.files = [
            (upload.key, data) for upload, (_item, data) in zip(uploads, self.pictures, strict=True)
        ]
        plain = [item for item in self.items if item.gold_id is None and item.first_item_id is None]
        further = [item for item in self.items if item.gold_id is not None or item.first_item_id is not None]
        first: list[Sequence[models.Model]] = [uploads, self.runs, self.findings, plain, self.golds, further]
        for rows in (*first, self.decisions, self.overrides, self.answers, self.appeals):
            rows_write(rows)
        if with_audit:
            decided = [*self.decisions, *self.overrides]
            scans = scan_digests([one.scan_run_id for one in decided if one.scan_run_id])
            for decision in decided:
                facts = decision_facts(decision, scans)
                audit_append(action=RECORDED, subject=decision, actor=decision.by, data=facts)
            audit_append_all(evidence_note(ADDED, gold, gold.added_by) for gold in self.golds)
            audit_append_all(evidence_note(OPENED, appeal, appeal.owner) for appeal in self.appeals)
            audit_append_all(evidence_note(ANSWERED, answer, answer.by) for answer in self.answers)


def rows_write(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model exactly as they are, times included, in as few statements as possible.

    Only for made-up history: it passes by everything that a model's `save` and its services see to.
    """
    if not rows:
        return
    fields = [one for one in rows[0]._meta.concrete_fields if not _is_counted(one, rows[0])]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(one.column)) for one in fields)
    marks = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(rows[0]._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            cursor.executemany(statement, [[_stored(one, row) for one in fields] for row in part])


def _is_counted(column: Any, row: models.Model) -> bool:
    """Keys that the database counts by itself."""
    return isinstance(column, models.AutoField) and getattr(row, column.attname) is None


def _stored(column: Any, row: models.Model) -> Any:
    return column.get_db_prep_save(getattr(row, column.attname), connection)
