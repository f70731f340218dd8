"""Cells of a report as people read them: units, intervals, the change since the period before."""

from dataclasses import dataclass
from typing import Any

from tongyi_portal.common.report_texts import PLACES, cell_text, number_text, seconds_text
from tongyi_portal.common.reports import Column, ColumnKind, ReportResult, ResultRow, Row


@dataclass(frozen=True)
class ShownCell:
    """A cell of the page. bounds: its interval. before: its value in the period before; change: since."""

    text: str
    is_number: bool
    bounds: str = ""
    before: str = ""
    change: str = ""


def shown_columns(result: ReportResult) -> list[Column]:
    """The columns of the page: bounds stand in the cell that they belong to, codes for programs nowhere."""
    bounds = {key for column in result.columns for key in (column.low, column.high)}
    return [one for one in result.columns if one.key not in bounds and not one.is_for_programs]


def shown_row(result: ReportResult, row: ResultRow) -> list[ShownCell]:
    return [_shown(result, column, row) for column in shown_columns(result)]


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
    if column.kind == ColumnKind.SECONDS:
        return f"{seconds_text(low)} – {seconds_text(high)}"
    places = PLACES.get(column.kind, 1)
    return f"{number_text(low, places)}–{number_text(high, places)}"


def _change(column: Column, value: Any, earlier: Any) -> str:
    """Shares differ in points, everything else in per cent of what was."""
    if value is None or earlier is None:
        return ""
    if column.kind in (ColumnKind.PERCENT, ColumnKind.RATIO):
        places = PLACES[column.kind]
        return f"{value - earlier:+.{places}f}"
    return f"{100 * (value - earlier) / earlier:+.0f} %" if earlier else ""
