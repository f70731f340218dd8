"""EXPORTS: DSA fields as CSV (the Commission's columns, lists as JSON) and as JSON lines. Pure Python."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from moderation.dsa import COLUMNS

Rows = Iterable[Mapping[str, Any]]


class Export(NamedTuple):
    """A format: its media type, and the file's lines for rows of fields."""

    mime: str
    lines: Callable[[Rows], Iterator[str]]


def _json_lines(rows: Rows) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n"


def _csv_lines(rows: Rows) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {name: json.dumps(value) if isinstance(value, list) else value for name, value in row.items()}
        )
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


EXPORTS: Mapping[str, Export] = {
    "csv": Export("text/csv", _csv_lines),
    "jsonl": Export("application/x-ndjson", _json_lines),
}
