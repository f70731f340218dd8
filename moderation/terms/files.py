"""word_list_read: a word list as a file, line by line, with what is wrong in it. Pure Python.

Plain text: one word a line; empty lines and lines that begin with # are left out. CSV: a heading with the
column "text" and, if wanted, "whole_word" (1 or 0), "note" and "expires_at" (2026-12-31). UTF-8 or GB 18030.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from moderation.terms.folding import NFKC, is_han
from tongyi_portal.common.spreadsheets import cell_read

MAX_BYTES = 1024 * 1024
MAX_ROWS = 60_000
MAX_TERM = 100
MAX_NOTE = 200
# The characters that running Chinese text is full of.
_EVERYWHERE = frozenset("的一是不了在人有我他这那个们中来上大为和到以说时要就出会可也你对能而得着下自之")
_COLUMNS = {"text", "whole_word", "note", "expires_at"}
_YES, _NO = {"1", "true", "yes"}, {"0", "false", "no", ""}


class WordFileUnreadable(ValueError):
    """The file as a whole cannot be taken. code: see FILE_FAULTS."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class WordRow:
    """One word of a file. expires_on: the last day on which it counts."""

    line: int
    text: str
    is_whole_word: bool = False
    note: str = ""
    expires_on: date | None = None


@dataclass(frozen=True)
class WordFault:
    """A line that is not taken. code: too_long, too_short, control, repeated, flag, date, note."""

    line: int
    code: str
    excerpt: str


@dataclass
class WordFile:
    """What a file holds."""

    rows: list[WordRow] = field(default_factory=list)
    faults: list[WordFault] = field(default_factory=list)


def word_list_read(data: bytes, *, is_csv: bool) -> WordFile:
    """Read a file. Raises WordFileUnreadable: too_large, encoding, too_many_rows, columns, empty."""
    if len(data) > MAX_BYTES:
        raise WordFileUnreadable("too_large")
    text = _decoded(data)
    result = WordFile()
    seen: set[str] = set()
    for row in _csv_rows(text) if is_csv else _plain_rows(text):
        if len(result.rows) + len(result.faults) >= MAX_ROWS:
            raise WordFileUnreadable("too_many_rows")
        checked = _checked(row)
        if isinstance(checked, WordRow) and checked.text in seen:
            checked = WordFault(checked.line, "repeated", checked.text)
        if isinstance(checked, WordRow):
            seen.add(checked.text)
            result.rows.append(checked)
        else:
            result.faults.append(checked)
    if not result.rows and not result.faults:
        raise WordFileUnreadable("empty")
    return result


def word_cleaned(text: str) -> str:
    """The word in NFC, without space around it, with single spaces inside."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def word_fault(text: str) -> str | None:
    """Why a cleaned word cannot be listed: too_long, too_short or control; None when it can.

    A single Latin letter or digit stands in nearly every text, and so do some characters; others may mean
    something by themselves.
    """
    if len(text) > MAX_TERM:
        return "too_long"
    if any(unicodedata.category(one) in ("Cc", "Cs", "Co", "Cn") for one in text):
        return "control"
    visible = "".join(map(NFKC.__getitem__, text)).replace(" ", "")
    if not visible or (len(visible) == 1 and (not is_han(visible) or visible in _EVERYWHERE)):
        return "too_short"
    return None


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise WordFileUnreadable("encoding")


def _plain_rows(text: str) -> Iterator[dict[str, str | int]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield {"line": number, "text": line}


def _csv_rows(text: str) -> Iterator[dict[str, str | int]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        names = {(name or "").strip().lower() for name in reader.fieldnames or []}
        if "text" not in names or not names <= _COLUMNS:
            raise WordFileUnreadable("columns")
        for values in reader:
            fields = {(key or "").strip().lower(): value for key, value in values.items() if key}
            cells = {key: cell_read(value or "") for key, value in fields.items()}
            if any(cells.values()):
                yield {"line": reader.line_num, **cells}
    except csv.Error as error:
        raise WordFileUnreadable("columns") from error


def _checked(values: dict[str, str | int]) -> WordRow | WordFault:
    line, text = int(values["line"]), word_cleaned(str(values["text"]))
    code = word_fault(text)
    flag, note = str(values.get("whole_word", "")).strip().lower(), str(values.get("note", "")).strip()
    if code is None and flag not in _YES | _NO:
        code = "flag"
    if code is None and len(note) > MAX_NOTE:
        code = "note"
    day: date | None = None
    if code is None and values.get("expires_at"):
        try:
            day = date.fromisoformat(str(values["expires_at"]).strip())
        except ValueError:
            code = "date"
    if code is not None:
        return WordFault(line, code, text[:40])
    return WordRow(line, text, flag in _YES, note, day)
