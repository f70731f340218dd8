"""Cells of a report as people read them: units, intervals, the change since the period before."""

from dataclasses import dataclass
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext

from tongyi_portal.common.reports import Column, ColumnKind, ReportResult, ResultRow, Row
from tongyi_portal.console.dashboard import seconds_text

NOTHING = "–"
_PLACES = {ColumnKind.COUNT: 0, ColumnKind.NUMBER: 1, ColumnKind.RATIO: 2, ColumnKind.PERCENT: 1}


@dataclass(frozen=True)
class ShownCell:
    """A cell of the page. bounds: its interval. before: its value in the period before; change: since."""

    text: str
    is_number: bool
    bounds: str = ""
    before: str = ""
    change: str = ""


def shown_columns(result: ReportResult) -> list[Column]:
    """The columns of the page: bounds stand in the cell that they belong to."""
    bounds = {key for column in result.columns for key in (column.low, column.high)}
    return [column for column in result.columns if column.key not in bounds]


def shown_row(result: ReportResult, row: ResultRow) -> list[ShownCell]:
    return [_shown(result, column, row) for column in shown_columns(result)]


def cell_text(column: Column, value: Any) -> str:
    """A value with its unit, in the reader's language."""
    if value is None:
        return NOTHING
    if column.kind == ColumnKind.TEXT:
        return str(value)
    if column.kind == ColumnKind.FLAG:
        return gettext("yes") if value else gettext("no")
    if column.kind == ColumnKind.MOMENT:
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if column.kind == ColumnKind.SECONDS:
        return seconds_text(value)
    if column.kind == ColumnKind.HOURS:
        return seconds_text(value * 3600)
    text = _number(value, _PLACES[column.kind])
    return f"{text} %" if column.kind == ColumnKind.PERCENT else text


def _shown(result: ReportResult, column: Column, row: ResultRow) -> ShownCell:
    value = row.cells.get(column.key)
    if column.key not in row.cells:
        return ShownCell("", column.is_number)
    before = change = ""
    if column.is_compared and result.compared is not None:
        earlier = row.previous.get(column.key) if row.previous is not None else None
        before, change = cell_text(column, earlier), _change(column, value, earlier)
    return ShownCell(cell_text(column, value), column.is_number, _bounds(column, row.cells), before, change)


def _bounds(column: Column, cells: Row) -> str:
    low, high = cells.get(column.low), cells.get(column.high)
    if not column.low or low is None or high is None:
        return ""
    places = _PLACES.get(column.kind, 1)
    return f"{_number(low, places)}–{_number(high, places)}"


def _number(value: float, places: int) -> str:
    """Rounded first: Django would cut the rest off."""
    return str(formats.number_format(round(value, places), places, use_l10n=True, force_grouping=True))


def _change(column: Column, value: Any, earlier: Any) -> str:
    """Shares differ in points, everything else in per cent of what was."""
    if value is None or earlier is None:
        return ""
    if column.kind in (ColumnKind.PERCENT, ColumnKind.RATIO):
        places = _PLACES[column.kind]
        return f"{value - earlier:+.{places}f}"
    return f"{100 * (value - earlier) / earlier:+.0f} %" if earlier else ""
