"""terms_preview, terms_import, terms_export: word lists as files."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from moderation.models.terms import Term, TermList
from moderation.services.audit import AuditNote, audit_append_all
from moderation.services.list_contents import contents_note, rows_weighed
from moderation.services.revisions import TERMS, revision_bump
from moderation.terms.files import WordFault, WordFileUnreadable, WordRow, word_list_read
from moderation.text_errors import TermFileRefused
from tongyi_portal.common import roles
from tongyi_portal.common.spreadsheets import cell_written

_BATCH = 1000


@dataclass(frozen=True)
class ImportReport:
    """What a file would change, or changed. known: words that stand on the list already."""

    new: tuple[WordRow, ...]
    restored: tuple[WordRow, ...]
    known: tuple[WordRow, ...]
    faults: tuple[WordFault, ...]

    @property
    def change_count(self) -> int:
        return len(self.new) + len(self.restored)


def terms_preview(*, term_list: TermList, data: bytes, is_csv: bool) -> ImportReport:
    """What `terms_import` would do with this file. Raises TermFileRefused (details["fault"])."""
    try:
        read = word_list_read(data, is_csv=is_csv)
    except WordFileUnreadable as error:
        raise TermFileRefused(details={"fault": error.code}) from error
    standing = dict(Term.objects.filter(term_list=term_list).values_list("text", "is_enabled"))
    return ImportReport(
        new=tuple(row for row in read.rows if row.text not in standing),
        restored=tuple(row for row in read.rows if standing.get(row.text) is False),
        known=tuple(row for row in read.rows if standing.get(row.text) is True),
        faults=tuple(read.faults),
    )


@transaction.atomic
def terms_import(*, term_list: TermList, data: bytes, is_csv: bool, by: Any) -> ImportReport:
    """Add a file's words to a list; lines with faults are left out and reported, the others are taken.

    Raises PermissionRefused, TermFileRefused.
    """
    roles.require(by, roles.TERMS_EDIT)
    TermList.objects.select_for_update().get(pk=term_list.pk)
    report = terms_preview(term_list=term_list, data=data, is_csv=is_csv)
    added = Term.objects.bulk_create(
        (Term(term_list=term_list, text=row.text, added_by=by, **_values(row)) for row in report.new),
        batch_size=_BATCH,
    )
    texts = [row.text for row in report.restored]
    before = rows_weighed(_restored(term_list, texts))
    for row in report.restored:
        Term.objects.filter(term_list=term_list, text=row.text).update(
            is_enabled=True, added_by=by, updated_at=timezone.now(), **_values(row)
        )
    if report.change_count:
        revision_bump(TERMS)
    facts = {
        "added": len(report.new),
        "restored": len(report.restored),
        "known": len(report.known),
        "faults": len(report.faults),
    }
    notes = [AuditNote("moderation.terms.imported", term_list, by, facts)]
    if report.change_count:
        after = rows_weighed(added) + rows_weighed(_restored(term_list, texts))
        notes.append(contents_note(term_list, by, before=before, after=after))
    audit_append_all(notes)
    return report


def terms_export(term_list: TermList) -> Iterator[str]:
    """The list's enabled words as CSV lines that `terms_import` takes."""
    line = io.StringIO()
    writer = csv.writer(line)
    rows = Term.objects.filter(term_list=term_list, is_enabled=True).order_by("text")
    writer.writerow(["text", "whole_word", "note", "expires_at"])
    for term in rows.iterator(chunk_size=2000):
        day = timezone.localtime(term.expires_at - timedelta(seconds=1)).date() if term.expires_at else ""
        writer.writerow([cell_written(term.text), int(term.is_whole_word), cell_written(term.note), day])
        if line.tell() > 32 * 1024:
            yield line.getvalue()
            line.seek(0)
            line.truncate()
    yield line.getvalue()


def _restored(term_list: TermList, texts: list[str]) -> Iterator[Term]:
    for start in range(0, len(texts), _BATCH):
        yield from Term.objects.filter(term_list=term_list, text__in=texts[start : start + _BATCH])


def _values(row: WordRow) -> dict[str, Any]:
    expires_at = None
    if row.expires_on is not None:
        expires_at = timezone.make_aware(datetime.combine(row.expires_on + timedelta(days=1), time.min))
    return {"is_whole_word": row.is_whole_word, "note": row.note, "expires_at": expires_at}
