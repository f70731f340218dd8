"""bank_entries_preview, bank_entries_import, bank_entries_export: hash banks as files."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any
from unicodedata import category

from django.db import transaction

from moderation.bank_errors import BankEntryRefused, BankFileRefused
from moderation.models.bank import BankEntry, HashAlgorithm, HashBank
from moderation.services.audit import AuditNote, audit_append_all
from moderation.services.banks import hash_cleaned
from moderation.services.list_contents import contents_note, rows_weighed
from moderation.services.revisions import HASH_BANKS, revision_bump
from tongyi_portal.common import roles
from tongyi_portal.common.spreadsheets import cell_read, cell_written

MAX_BYTES = 32 * 1024 * 1024
MAX_ROWS = 250_000
_BATCH = 1000
_FAULTS_KEPT = 50


@dataclass(frozen=True)
class BankImport:
    """What a file brought, or would bring.

    known: hashes that were on the bank before. faults: (line, code), the first 50.
    """

    added: int
    known: int
    fault_count: int
    faults: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class _File:
    """What a file says of a bank. new: the note of each hash that is not on it, by algorithm and hash."""

    new: dict[tuple[str, str], str]
    known: int
    faults: tuple[tuple[int, str], ...]

    @property
    def report(self) -> BankImport:
        return BankImport(len(self.new), self.known, len(self.faults), self.faults[:_FAULTS_KEPT])


def bank_entries_preview(*, bank: HashBank, data: bytes) -> BankImport:
    """What `bank_entries_import` would do with this file. Raises BankFileRefused (details["fault"])."""
    return _read(bank, data).report


@transaction.atomic
def bank_entries_import(*, bank: HashBank, data: bytes, by: Any) -> BankImport:
    """Add a CSV file's hashes; lines with faults are left out and reported, the others are taken.

    Columns "hash" (64 hex digits), if wanted "algorithm" ("pdq", the default, or "sha256") and "note"; a file
    of one hash a line needs no heading. Fault codes: not_hex, algorithm, note (a control character in it, but
    for line breaks and tabs). Raises PermissionRefused,
    BankFileRefused (details["fault"]: too_large, encoding, columns, too_many_rows).
    """
    roles.require(by, roles.BANKS_EDIT)
    HashBank.objects.select_for_update().get(pk=bank.pk)
    file = _read(bank, data)
    added = BankEntry.objects.bulk_create(
        (
            BankEntry(bank=bank, algorithm=algorithm, value=value, note=note, added_by=by)
            for (algorithm, value), note in file.new.items()
        ),
        batch_size=_BATCH,
    )
    if added:
        revision_bump(HASH_BANKS)
    report = file.report
    facts = {"name": bank.name, "added": report.added, "known": report.known, "faults": report.fault_count}
    notes = [AuditNote("moderation.bank.imported", bank, by, facts)]
    audit_append_all([*notes, contents_note(bank, by, after=rows_weighed(added))] if added else notes)
    return report


def bank_entries_export(bank: HashBank) -> Iterator[str]:
    """The active entries as CSV lines that `bank_entries_import` takes."""
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(["algorithm", "hash", "note"])
    rows = BankEntry.objects.filter(bank=bank, removed_at__isnull=True).order_by("algorithm", "value")
    for algorithm, value, note in rows.values_list("algorithm", "value", "note").iterator(chunk_size=2000):
        writer.writerow([algorithm, value, cell_written(note)])
        if line.tell() > 32 * 1024:
            yield line.getvalue()
            line.seek(0)
            line.truncate()
    yield line.getvalue()


def _read(bank: HashBank, data: bytes) -> _File:
    """Raises BankFileRefused."""
    wanted: dict[tuple[str, str], str] = {}
    faults: list[tuple[int, str]] = []
    for line, row in _rows(data):
        algorithm = (row.get("algorithm") or HashAlgorithm.PDQ).strip().lower()
        if algorithm not in HashAlgorithm.values:
            faults.append((line, "algorithm"))
            continue
        try:
            value = hash_cleaned(row["hash"] or "")
        except BankEntryRefused:
            faults.append((line, "not_hex"))
            continue
        note = cell_read((row.get("note") or "").strip())
        if any(category(one) == "Cc" and one not in "\r\n\t" for one in note):  # PostgreSQL stores no NUL
            faults.append((line, "note"))
            continue
        wanted.setdefault((algorithm, value), note[:200])
    active = BankEntry.objects.filter(bank=bank, removed_at__isnull=True)
    standing = set(active.values_list("algorithm", "value"))
    new = {key: note for key, note in wanted.items() if key not in standing}
    return _File(new, len(wanted) - len(new), tuple(faults))


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Line numbers and cells. Raises BankFileRefused."""
    if len(data) > MAX_BYTES:
        raise BankFileRefused(details={"fault": "too_large", "limit": MAX_BYTES})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BankFileRefused(details={"fault": "encoding"}) from error
    try:
        yield from _cells(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:  # a cell of more than 128 KiB, say
        raise BankFileRefused(details={"fault": "columns"}) from error


def _cells(reader: Any) -> Iterator[tuple[int, dict[str, str | None]]]:
    """A CSV reader's rows below its heading; a file of one column needs none. Raises BankFileRefused."""
    first: list[str] = next(reader, [])
    names = [cell.strip().lower() for cell in first]
    rows: Iterable[list[str]] = reader
    if "hash" not in names:
        if len(names) != 1:
            raise BankFileRefused(details={"fault": "columns"})
        names, rows = ["hash"], chain([first], reader)
    for number, cells in enumerate(rows):
        if number >= MAX_ROWS:
            raise BankFileRefused(details={"fault": "too_many_rows", "limit": MAX_ROWS})
        if cells:
            yield reader.line_num, dict(zip_longest(names, cells[: len(names)]))
