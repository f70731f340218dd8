"""Report: one question with filters, answered as a table; page, CSV and API all read the same `ReportResult`.

An app writes its reports in its package `reports` and registers them there with `report_register`; the
packages are imported when Django starts. docs/how-to/report.md shows one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, cast

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.errors import AppError, NotFound, PermissionRefused
from tongyi_portal.common.report_periods import MAX_DAYS, Compare, Period, Preset, preset_period

Row = Mapping[str, Any]


class ReportNotFound(NotFound):
    code = "report_not_found"
    default_message: ClassVar[Any] = _("There is no such report.")


class ReportQueryInvalid(AppError):
    """A filter has a value that it does not offer, or a period is none."""

    code = "invalid_report_query"
    default_message: ClassVar[Any] = _("A filter of the report has a value that is not offered.")


class ColumnKind(StrEnum):
    """How a cell is written: each page, and CSV and JSON in their own plain way."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"  # one decimal
    RATIO = "ratio"  # two decimals, such as kappa
    PERCENT = "percent"  # 0 to 100
    SECONDS = "seconds"
    HOURS = "hours"
    MOMENT = "moment"  # an aware datetime
    FLAG = "flag"


_UNITS = {ColumnKind.PERCENT: "%", ColumnKind.SECONDS: "s", ColumnKind.HOURS: "h"}


@dataclass(frozen=True)
class Column:
    """One column. help: a sentence on how the number is made. is_compared: has a value of the period before.

    low, high: keys of the columns that hold the bounds of this one's interval; the page shows them in its
    cell, CSV and JSON as columns of their own. is_for_programs: stands in CSV and JSON alone, as a stable
    code of what another column tells in the reader's language.
    """

    key: str
    title: Any
    kind: ColumnKind = ColumnKind.COUNT
    help: Any = ""
    is_compared: bool = False
    low: str = ""
    high: str = ""
    is_for_programs: bool = False

    @property
    def unit(self) -> str:
        return _UNITS.get(self.kind, "")

    @property
    def is_number(self) -> bool:
        return self.kind not in (ColumnKind.TEXT, ColumnKind.FLAG, ColumnKind.MOMENT)


@dataclass(frozen=True)
class ChoiceFilter:
    """A list of values to choose one from. choices: (value, name) pairs, asked for at each request.

    default: the value without a choice; "" stands for all and is offered first unless `is_required`.
    """

    key: str
    title: Any
    choices: Callable[[], Iterable[tuple[str, Any]]]
    default: str = ""
    is_required: bool = False

    def offered(self) -> list[tuple[str, Any]]:
        every: list[tuple[str, Any]] = [] if self.is_required else [("", _("all"))]
        return [*every, *self.choices()]


class ChartKind(StrEnum):
    """BARS: a row of bars for each label. LINES: over time. INTERVALS: series are value, low, high.
    HEATMAP: a row of cells for each series, a column for each label; darker is more.
    """

    BARS = "bars"
    LINES = "lines"
    INTERVALS = "intervals"
    HEATMAP = "heatmap"


@dataclass(frozen=True)
class Series:
    """One line or one colour of bars; None where there is no number."""

    title: Any
    values: Sequence[float | None]


@dataclass(frozen=True)
class Band:
    """A shaded stretch of a chart of lines, from one label to another, both counted."""

    first: int
    last: int
    title: Any


@dataclass(frozen=True)
class Mark:
    """An upright line in a chart of lines, at a label or between two; `title` is listed below the chart."""

    at: float
    title: Any


@dataclass(frozen=True)
class Chart:
    """A picture of some of the rows. title says what it shows; the table has the same numbers.

    summary: what stands out, as a sentence, for whoever does not see the picture. bands, marks, open_from:
    of charts of lines; open_from is the first label whose time is not over, drawn dashed.
    """

    kind: ChartKind
    title: Any
    labels: Sequence[Any]
    series: Sequence[Series]
    unit: str = ""
    summary: Any = ""
    bands: Sequence[Band] = ()
    marks: Sequence[Mark] = ()
    open_from: int | None = None


@dataclass(frozen=True)
class Asked:
    """What a reader asked for: everything that rows may depend on."""

    period: Period
    now: datetime
    compare: Compare = Compare.NONE
    choices: Mapping[str, str] = field(default_factory=dict)

    def choice(self, key: str) -> str:
        """The chosen value of a filter; "" for all."""
        return self.choices.get(key, "")

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Since and until, for `field__gte` and `field__lt`."""
        return self.period.since, self.period.until


class Report:
    """Base of all reports. Stateless: one instance answers everybody.

    permissions: any one of them opens the report. scope: what a token needs. identity: keys of the columns
    that tell one row from another, by which rows meet those of the period before. has_period: False for a
    report of the present moment.
    """

    key: ClassVar[str]
    title: ClassVar[Any]
    description: ClassVar[Any]
    permissions: ClassVar[tuple[str, ...]]
    scope: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]
    identity: ClassVar[tuple[str, ...]]
    filters: ClassVar[tuple[ChoiceFilter, ...]] = ()
    has_period: ClassVar[bool] = True
    default_preset: ClassVar[Preset] = Preset.MONTH

    def columns_for(self, asked: Asked) -> tuple[Column, ...]:
        """The columns of this question; the same for all unless a filter changes what a row is."""
        return self.columns

    def rows(self, asked: Asked) -> list[Row]:
        """The table: a mapping for each row, with every column's key; None where there is no number."""
        raise NotImplementedError

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        """The row below the table, with the keys it has."""
        return None

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart | None:
        """A picture beside the table, where one helps."""
        return None

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        """Sentences that a reader must know to read the numbers rightly."""
        return []

    def row_key(self, row: Row) -> tuple[Any, ...]:
        """What a row has in common with the same row of another period: the cells of `identity`."""
        return tuple(row.get(key) for key in self.identity)

    def data_to(self, asked: Asked) -> datetime:
        """Up to when the numbers are complete: now, for a report that reads the rows themselves."""
        return asked.now

    def comparison_end(self, asked: Asked) -> datetime | None:
        """Where a period that runs must end to be compared; None for a report that reads up to now."""
        return None

    def counts_demo(self, asked: Asked) -> bool:
        """Whether made-up data stands in the numbers."""
        return False

    def may_be_read_by(self, user: Any) -> bool:
        return any(user.has_perm(permission) for permission in self.permissions)


@dataclass(frozen=True)
class ResultRow:
    """A row and the one that it was in the period before, if there was one."""

    cells: Row
    previous: Row | None = None


@dataclass(frozen=True)
class ReportResult:
    """An answered report."""

    report: Report
    asked: Asked
    columns: tuple[Column, ...]
    rows: list[ResultRow]
    totals: ResultRow | None
    chart: Chart | None
    notes: list[Any]
    compared: Period | None
    data_to: datetime

    @cached_property
    def chosen(self) -> list[tuple[str, str]]:
        """Title and value of each filter that was set, in the language that is active."""
        filters = [one for one in self.report.filters if self.asked.choice(one.key) not in ("", one.default)]
        names = [dict(one.offered())[self.asked.choice(one.key)] for one in filters]
        return [(str(one.title), str(name)) for one, name in zip(filters, names, strict=True)]

    @cached_property
    def is_demo(self) -> bool:
        """Whether made-up data stands in its numbers."""
        return self.report.counts_demo(self.asked)


_REPORTS: dict[str, Report] = {}


def report_register(report: type[Report]) -> type[Report]:
    """Class decorator: makes a report known. Raises ValueError for a key that another report has."""
    known = _REPORTS.get(report.key)
    if known is not None and type(known).__qualname__ != report.__qualname__:
        raise ValueError(f"Report {report.key!r} is registered twice.")
    _REPORTS[report.key] = report()
    return report


def all_reports() -> list[Report]:
    """Every registered report, in the order of registration."""
    return list(_REPORTS.values())


def reports_for(user: Any) -> list[Report]:
    """The reports that `user` may read."""
    return [report for report in _REPORTS.values() if report.may_be_read_by(user)]


def report_for(user: Any, key: str) -> Report:
    """Raises ReportNotFound, PermissionRefused."""
    report = _REPORTS.get(key)
    if report is None:
        raise ReportNotFound(details={"report": key})
    if not report.may_be_read_by(user):
        raise PermissionRefused(details={"permission": " | ".join(report.permissions)})
    return report


def report_run(report: Report, asked: Asked) -> ReportResult:
    """Answer a question, with the period before beside it where that was asked for and a column has it.

    The `asked` of the answer tells where a period that runs was cut to be compared.
    """
    asked, compared = _compared(report, asked)
    rows = report.rows(asked)
    totals = report.totals(asked, rows)
    before: dict[tuple[Any, ...], Row] = {}
    totals_before: Row | None = None
    if compared is not None:
        asked_before = Asked(compared, asked.now, Compare.NONE, asked.choices)
        rows_before = report.rows(asked_before)
        totals_before = report.totals(asked_before, rows_before)
        before = {report.row_key(row): row for row in rows_before}
    return ReportResult(
        report=report,
        asked=asked,
        columns=report.columns_for(asked),
        rows=[ResultRow(row, before.get(report.row_key(row))) for row in rows],
        totals=ResultRow(totals, totals_before) if totals is not None else None,
        chart=report.chart(asked, rows) if rows else None,
        notes=report.notes(asked, rows),
        compared=compared,
        data_to=report.data_to(asked),
    )


def _compared(report: Report, asked: Asked) -> tuple[Asked, Period | None]:
    """The question, cut where it must be, and the period to compare with; None while there is nothing yet."""
    if asked.compare == Compare.NONE or not any(column.is_compared for column in report.columns_for(asked)):
        return asked, None
    end = report.comparison_end(asked) if asked.period.is_running(asked.now) else None
    if end is not None:
        if end <= asked.period.since:
            return asked, None
        asked = replace(asked, period=replace(asked.period, cut=end))
    return asked, asked.period.compared(asked.compare, asked.now)


def asked_of(report: Report, given: Mapping[str, str], now: datetime | None = None) -> Asked:
    """Read a question from the parameters of an address; unknown parameters are left alone.

    preset, since and until (days), compare, and a parameter for each filter. Raises ReportQueryInvalid.
    """
    moment = now or timezone.now()
    choices = {}
    for one in report.filters:
        value = given.get(one.key, one.default)
        if value not in {offered for offered, _name in one.offered()}:
            raise ReportQueryInvalid(details={"filter": one.key, "value": value[:80]})
        choices[one.key] = value
    compare = given.get("compare") or Compare.NONE
    if compare not in Compare.values:
        raise ReportQueryInvalid(details={"filter": "compare", "value": compare[:80]})
    period = _period_of(report, given, moment)
    return Asked(period, moment, Compare(compare) if report.has_period else Compare.NONE, choices)


def parameters_of(report: Report) -> frozenset[str]:
    """The parameters of an address that a report takes."""
    period = {"preset", "since", "until", "compare"} if report.has_period else set()
    return frozenset(period | {one.key for one in report.filters})


def _period_of(report: Report, given: Mapping[str, str], now: datetime) -> Period:
    has_days = given.get("since") or given.get("until")
    named = given.get("preset") or ("custom" if has_days else report.default_preset)
    if named not in Preset.values:
        raise ReportQueryInvalid(details={"filter": "preset", "value": named[:80]})
    if named != Preset.CUSTOM:
        return preset_period(Preset(named), now)
    days = {}
    for key in ("since", "until"):
        try:
            days[key] = date.fromisoformat(given.get(key) or "")
        except ValueError as error:
            raise ReportQueryInvalid(
                _("Give both days of the period as YYYY-MM-DD."), details={"filter": key}
            ) from error
    if not 0 <= (days["until"] - days["since"]).days < MAX_DAYS or days["since"].year < 2000:
        raise ReportQueryInvalid(
            _("The period must end after it begins, and be shorter than three years."),
            details={"filter": "until"},
        )
    return Period(days["since"], days["until"])


def sum_of(rows: Sequence[Row], key: str) -> int:
    """The sum of a column of counts."""
    return sum(cast(int, row[key] or 0) for row in rows)
