"""A report's table for programs: CSV lines that no spreadsheet takes for a formula, and plain JSON values."""

import csv
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext, override

from tongyi_portal.common.report_periods import zone_name
from tongyi_portal.common.reports import Column, ColumnKind, ReportResult, ResultRow
from tongyi_portal.common.spreadsheets import cell_written

LINES_AT_ONCE = 500


def csv_response(result: ReportResult) -> StreamingHttpResponse:
    """The report as a CSV file to be saved, sent in parts, in the language of the request."""
    response = StreamingHttpResponse(
        _parts(csv_lines(result), get_language()), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{file_name(result)}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _parts(lines: Iterator[str], language: str | None) -> Iterator[str]:
    """The language is set anew for each part: by then the request's own may be over."""
    while True:
        with override(language):
            part = "".join(islice(lines, LINES_AT_ONCE))
        if not part:
            return
        yield part


class _Echo:
    def write(self, line: str) -> str:
        return line


def csv_lines(result: ReportResult) -> Iterator[str]:
    """The report as CSV, line by line, with a byte order mark for spreadsheets.

    Each line begins with what it is about: the period's first and last day, or the moment, both with their
    zone in the header; the days that it is compared with; the filters; a 1 for demo data. Totals are left
    out: a program adds up by itself.
    """
    writer: Any = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(csv_header(result))
    for row in result.rows:
        yield writer.writerow(csv_cells(result, row))


def csv_header(result: ReportResult) -> list[str]:
    zone = zone_name()
    head = [title for title, _value in _question(result)]
    for column in result.columns:
        unit = zone if column.kind == ColumnKind.MOMENT else column.unit
        head.append(f"{column.title} ({unit})" if unit else str(column.title))
        if column.is_compared and result.compared is not None:
            head.append(gettext("%(column)s, before") % {"column": head[-1]})
    return [cell_written(title) for title in head]


def csv_cells(result: ReportResult, row: ResultRow) -> list[str]:
    cells = [value for _title, value in _question(result)]
    for column in result.columns:
        cells.append(plain_text(column, row.cells.get(column.key)))
        if column.is_compared and result.compared is not None:
            cells.append(plain_text(column, (row.previous or {}).get(column.key)))
    return cells


def _question(result: ReportResult) -> list[tuple[str, str]]:
    """Titles and values that are the same in each line."""
    zone = {"zone": zone_name()}
    period = result.asked.period
    if not result.report.has_period:
        asked = [(gettext("as of (%(zone)s)") % zone, _local(result.asked.now))]
    else:
        asked = [
            (gettext("first day (%(zone)s)") % zone, str(period.first)),
            (gettext("last day (%(zone)s)") % zone, str(period.last)),
        ]
    if period.cut is not None:
        asked.append((gettext("counted to (%(zone)s)") % zone, _local(period.cut)))
    if result.compared is not None:
        end = _local(result.compared.cut) if result.compared.cut else str(result.compared.last)
        asked += [
            (gettext("compared from (%(zone)s)") % zone, str(result.compared.first)),
            (gettext("compared to (%(zone)s)") % zone, end),
        ]
    asked += [
        (gettext("filter: %(name)s") % {"name": title}, cell_written(value)) for title, value in result.chosen
    ]
    return [*asked, (gettext("demo data"), "1")] if result.is_demo else asked


def plain_text(column: Column, value: Any) -> str:
    """A cell of CSV: numbers with a point and no unit; nothing for no number."""
    if value is None:
        return ""
    if column.kind == ColumnKind.MOMENT:
        return _local(value)
    if column.kind == ColumnKind.FLAG:
        return "1" if value else "0"
    if column.kind == ColumnKind.TEXT:
        return cell_written(str(value))
    return str(round(value, 4))


def json_value(column: Column, value: Any) -> Any:
    """A cell of JSON: numbers rounded as in CSV, moments in the site's zone, texts in the reader's words."""
    if value is None or column.kind == ColumnKind.FLAG:
        return value
    if column.kind == ColumnKind.MOMENT:
        return timezone.localtime(value).isoformat(timespec="seconds")
    return str(value) if column.kind == ColumnKind.TEXT else round(value, 4)


def file_name(result: ReportResult) -> str:
    """A name for the file: the report and its days."""
    if not result.report.has_period:
        return f"{result.report.key}_{timezone.localtime(result.asked.now):%Y-%m-%d_%H%M}.csv"
    return f"{result.report.key}_{result.asked.period.first}_{result.asked.period.last}.csv"


def _local(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S")
