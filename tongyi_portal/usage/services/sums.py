"""sums_write: the sums of a span of hours and of days, made of its events by the database itself.

One statement for each table: INSERT ... SELECT ... GROUP BY, bounded by `at`, so that PostgreSQL reads only
the months and blocks of the span. The begin of a quarter or an hour is told from `at` by an expression of the
database; the begin of a day is computed here once for the whole day, as no zone is asked for row by row.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, models, transaction

from tongyi_portal.usage.models import (
    NONE,
    DayPersons,
    DaySubject,
    DayTemplate,
    HourReason,
    HourTemplate,
    HourTime,
    QuarterTotal,
    UsageEvent,
)
from tongyi_portal.usage.slots import day_end, day_start

EVENTS = UsageEvent._meta.db_table
_BEGINS = {  # of the quarter and of the hour in which `at` lies
    "postgresql": {
        "quarter": "date_bin('15 minutes', at, TIMESTAMPTZ '2000-01-01 00:00:00+00')",
        "hour": "date_bin('1 hour', at, TIMESTAMPTZ '2000-01-01 00:00:00+00')",
    },
    "sqlite": {  # `at` is stored as text in UTC: 2026-03-01 12:34:56.789012
        "quarter": "substr(at, 1, 14) || printf('%%02d', substr(at, 15, 2) / 15 * 15) || ':00'",
        "hour": "substr(at, 1, 13) || ':00:00'",
    },
}
_SPLIT = {
    "app": "COALESCE(app_id, {none})",
    "job_kind": "job_kind",
    "engine": "engine",
    "is_demo": "is_demo",
}
_MILLISECONDS = "CASE kind WHEN 'started' THEN wait_ms ELSE run_ms END"
_BUCKET = (  # histograms.bucket_of
    f"CASE WHEN {_MILLISECONDS} < 1 THEN -1 "
    f"ELSE CAST(FLOOR(LN(CAST({_MILLISECONDS} AS double precision)) / 0.09531017980432487) AS integer) END"
)
_FINISHED_MS = "SUM(CASE WHEN kind = 'finished' THEN COALESCE(run_ms, 0) ELSE 0 END)"


@dataclass(frozen=True)
class Sum:
    """A table of sums. slot: its column for the time. keys: its other key columns, as expressions of events.

    where: which events count. values: its columns that are sums. split: the keys that all but one share.
    """

    model: type[models.Model]
    slot: str
    keys: Mapping[str, str]
    where: str = "TRUE"
    values: Mapping[str, str] = field(default_factory=lambda: {"count": "COUNT(*)"})
    split: Mapping[str, str] = field(default_factory=lambda: _SPLIT)

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def columns(self) -> list[str]:
        return [self.slot, *self.keys, *self.split, *self.values]


_TEMPLATE = "COALESCE(template_id, {none})"
HOUR_SUMS = (
    Sum(QuarterTotal, "quarter", {"kind": "kind"}),
    Sum(HourTemplate, "hour", {"template": _TEMPLATE, "kind": "kind"}),
    Sum(
        HourTime,
        "hour",
        {"measure": "CASE kind WHEN 'started' THEN 'wait' ELSE 'run' END", "bucket": _BUCKET},
        where="((kind = 'started' AND wait_ms IS NOT NULL) OR (kind = 'finished' AND run_ms IS NOT NULL))",
    ),
    Sum(
        HourReason,
        "hour",
        {"kind": "kind", "code": "code", "reason": "reason", "scanner": "scanner", "surface": "surface"},
        where="(code <> '' OR reason <> '')",
    ),
)
DAY_SUMS = (
    Sum(
        DayTemplate,
        "day",
        {"template": _TEMPLATE, "kind": "kind"},
        values={"count": "COUNT(*)", "run_ms": _FINISHED_MS},
    ),
    Sum(DaySubject, "day", {"subject_kind": "subject_kind", "kind": "kind"}, where="subject_kind <> ''"),
    Sum(
        DayPersons,
        "day",
        {},
        where="person IS NOT NULL",
        values={"count": "COUNT(DISTINCT person)"},
        split={"app": _SPLIT["app"], "is_demo": "is_demo"},
    ),
)


@dataclass(frozen=True)
class Span:
    """What is summed into one table at once: its events in [since, until). day: of a table of days."""

    table: Sum
    since: datetime
    until: datetime
    day: date | None = None

    def select(self) -> tuple[str, list[Any]]:
        """The sums as they should be, in the order of the table's columns, with the query's parameters."""
        slot = "{day}" if self.day is not None else _BEGINS[connection.vendor][self.table.slot]
        keys = [*self.table.keys.values(), *self.table.split.values()]
        taken = ", ".join([slot, *keys, *self.table.values.values()])
        places = ", ".join(str(place) for place in range(1, len(keys) + 2))
        inside = f"at >= {{since}} AND at < {{until}} AND {self.table.where}"
        sql = f"SELECT {taken} FROM {EVENTS} WHERE {inside} GROUP BY {places}"  # noqa: S608
        return _filled(sql, self._values())

    def condition(self) -> tuple[str, list[Any]]:
        """Which rows of the table belong to the span."""
        if self.day is not None:
            return _filled(f"{self.table.slot} = {{day}}", self._values())
        return _filled(f"{self.table.slot} >= {{since}} AND {self.table.slot} < {{until}}", self._values())

    def _values(self) -> dict[str, Any]:
        none = models.UUIDField().get_db_prep_value(NONE, connection)
        operations = connection.ops
        return {
            "since": operations.adapt_datetimefield_value(self.since),
            "until": operations.adapt_datetimefield_value(self.until),
            "day": operations.adapt_datefield_value(self.day) if self.day is not None else None,
            "none": none,
        }


def hour_spans(since: datetime, until: datetime) -> list[Span]:
    """One for each table of hours; `since` and `until` are whole hours."""
    return [Span(table, since, until) for table in HOUR_SUMS]


def day_spans(day: date) -> list[Span]:
    """One for each table of days."""
    return [Span(table, day_start(day), day_end(day), day) for table in DAY_SUMS]


@transaction.atomic
def sums_write(spans: Sequence[Span]) -> None:
    """Delete the rows of each span and write them anew. Safe to repeat.

    Call it with the mark locked, and only for spans of which all events are still there.
    """
    with connection.cursor() as cursor:
        for span in spans:
            condition, values = span.condition()
            cursor.execute(f"DELETE FROM {span.table.table} WHERE {condition}", values)  # noqa: S608
            query, values = span.select()
            columns = ", ".join(f'"{column}"' for column in span.table.columns)
            cursor.execute(f"INSERT INTO {span.table.table} ({columns}) {query}", values)


def _filled(sql: str, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The query with a placeholder for each {name}, and their values in the order of the places."""
    used = [values[name] for name in re.findall(r"{(\w+)}", sql)]
    return re.sub(r"{\w+}", "%s", sql), used
