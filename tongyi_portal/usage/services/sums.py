"""sums_write: the sums of a span of hours and of days, made by the database itself.

One statement for each table: INSERT ... SELECT ... GROUP BY, bounded by `at`, so that PostgreSQL reads only
the months and blocks of the span. The begin of a quarter or an hour is told from `at` by an expression of the
database; the begin of a day is computed here once for the whole day, as no zone is asked for row by row.
Sums of days that hours or quarters know already are made of those.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from tongyi_portal.usage.models import (
    HOURS_OF_DAY,
    NONE,
    TEMPLATE_KINDS,
    DayPersons,
    DayReason,
    DaySubject,
    DayTemplate,
    DayTime,
    DayTotal,
    HourReason,
    HourTemplate,
    HourTime,
    LoadQuarter,
    LoadSample,
    QuarterTotal,
    UsageEvent,
)
from tongyi_portal.usage.slots import HOUR, day_end, day_start, hour_from

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
_IDLE_WHILE_QUEUED = "CASE WHEN queued > 0 AND workers > busy THEN workers - busy ELSE 0 END"
_FINISHED_MS = "SUM(CASE WHEN kind = 'finished' THEN COALESCE(run_ms, 0) ELSE 0 END)"


@dataclass(frozen=True)
class Sum:
    """A table of sums. slot: its column for the time. keys: its other key columns, as expressions of events.

    where: which events count. values: its columns that are sums. split: the keys that all but two share.
    source: the table that is summed. of: the sums of shorter slots that it adds up; whatever these have in
    their columns it has as well. is_by_hour: it also has them in columns by hours of the day.
    """

    model: type[models.Model]
    slot: str
    keys: Mapping[str, str]
    where: str = "TRUE"
    values: Mapping[str, str] = field(default_factory=lambda: {"count": "COUNT(*)"})
    split: Mapping[str, str] = field(default_factory=lambda: _SPLIT)
    source: str = EVENTS
    of: "Sum | None" = None
    is_by_hour: bool = False

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def columns(self) -> list[str]:
        return [self.slot, *self.keys, *self.split, *self.values, *(HOURS_OF_DAY if self.is_by_hour else ())]

    @classmethod
    def of_days(cls, model: type[models.Model], of: "Sum", *, is_by_hour: bool = False) -> "Sum":
        """The sums of days that add up those of hours or quarters."""
        return cls(
            model,
            "day",
            {key: key for key in of.keys},
            values={"count": "CAST(SUM(count) AS bigint)"},
            split={key: key for key in of.split},
            of=of,
            is_by_hour=is_by_hour,
        )


_QUARTERS = Sum(QuarterTotal, "quarter", {"kind": "kind"})
_TIMES = Sum(
    HourTime,
    "hour",
    {"measure": "CASE kind WHEN 'started' THEN 'wait' ELSE 'run' END", "bucket": _BUCKET},
    where="((kind = 'started' AND wait_ms IS NOT NULL) OR (kind = 'finished' AND run_ms IS NOT NULL))",
)
_REASONS = Sum(
    HourReason,
    "hour",
    {"kind": "kind", "code": "code", "reason": "reason", "scanner": "scanner", "surface": "surface"},
    where="(code <> '' OR reason <> '')",
)
HOUR_SUMS = (
    _QUARTERS,
    Sum(
        HourTemplate,
        "hour",
        {"template": "template_id", "kind": "kind"},
        where=f"template_id IS NOT NULL AND kind IN {TEMPLATE_KINDS}",
    ),
    _TIMES,
    _REASONS,
    Sum(
        LoadQuarter,
        "quarter",
        {},
        values={
            "count": "COUNT(*)",
            "queued": "SUM(queued)",
            "queued_most": "MAX(queued)",
            "oldest_wait_ms": "MAX(oldest_wait_ms)",
            "workers": "SUM(workers)",
            "busy": "SUM(busy)",
            "idle_while_queued": f"SUM({_IDLE_WHILE_QUEUED})",
        },
        split={"is_demo": "is_demo"},
        source=LoadSample._meta.db_table,
    ),
)
DAY_SUMS = (
    Sum.of_days(DayTotal, _QUARTERS),
    Sum.of_days(DayTime, _TIMES, is_by_hour=True),
    Sum.of_days(DayReason, _REASONS),
    Sum(
        DayTemplate,
        "day",
        {"template": "template_id"},
        where="template_id IS NOT NULL",
        values={
            "count": "COUNT(*)",
            **{kind: f"SUM(CASE WHEN kind = '{kind}' THEN 1 ELSE 0 END)" for kind in TEMPLATE_KINDS},
            "run_ms": _FINISHED_MS,
        },
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

    def select(self, *, is_of_stored: bool = False) -> tuple[str, list[Any]]:
        """The sums as they should be, in the order of the table's columns, with the query's parameters.

        They are told from the events; is_of_stored: from the sums that are added up, where there are any.
        """
        slot = "{day}" if self.day is not None else _BEGINS[connection.vendor][self.table.slot]
        keys = [*self.table.keys.values(), *self.table.split.values()]
        values = [*self.table.values.values(), *(self._by_hour() if self.table.is_by_hour else ())]
        taken = ", ".join(
            f'{expression} AS "{column}"'
            for column, expression in zip(self.table.columns, [slot, *keys, *values], strict=True)
        )
        places = ", ".join(str(place) for place in range(1, len(keys) + 2))
        source, parameters = self._source(is_of_stored=is_of_stored)
        sql, values_of = _filled(f"SELECT {taken} FROM ", self._values())  # noqa: S608
        return f"{sql}{source} GROUP BY {places}", [*values_of, *parameters]

    def condition(self) -> tuple[str, list[Any]]:
        """Which rows of the table belong to the span."""
        if self.day is not None:
            return _filled(f"{self.table.slot} = {{day}}", self._values())
        return _filled(f"{self.table.slot} >= {{since}} AND {self.table.slot} < {{until}}", self._values())

    def _source(self, *, is_of_stored: bool) -> tuple[str, list[Any]]:
        """What is summed: rows of events or samples, or sums of shorter slots."""
        if self.table.of is None:
            inside = f"at >= {{since}} AND at < {{until}} AND {self.table.where}"
            return _filled(f"{self.table.source} WHERE {inside}", self._values())
        part = Span(self.table.of, self.since, self.until)
        if is_of_stored:
            condition, parameters = part.condition()
            return f"{part.table.table} WHERE {condition}", parameters
        sql, parameters = part.select()
        return f"({sql}) AS parts", parameters

    def _by_hour(self) -> list[str]:
        """Of each hour of the day the sum of its hours in UTC: one, none or two, where the clock changes."""
        zone = timezone.get_default_timezone()
        places: dict[int, list[str]] = {}
        for number in range((self.until - self.since) // HOUR):
            local = (self.since + number * HOUR).astimezone(zone).hour
            places.setdefault(local, []).append(f"{{hour_{number}}}")
        return [
            f"CAST(SUM(CASE WHEN hour IN ({', '.join(places[local])}) THEN count ELSE 0 END) AS bigint)"
            if local in places
            else "0"
            for local in range(24)
        ]

    def _values(self) -> dict[str, Any]:
        none = models.UUIDField().get_db_prep_value(NONE, connection)
        moment = connection.ops.adapt_datetimefield_value
        hours = range((self.until - self.since) // HOUR) if self.table.is_by_hour else ()
        return {
            "since": moment(self.since),
            "until": moment(self.until),
            "day": connection.ops.adapt_datefield_value(self.day) if self.day is not None else None,
            "none": none,
            **{f"hour_{number}": moment(self.since + number * HOUR) for number in hours},
        }


def hour_spans(since: datetime, until: datetime) -> list[Span]:
    """One for each table of hours; `since` and `until` are whole hours."""
    return [Span(table, since, until) for table in HOUR_SUMS]


def day_spans(day: date) -> list[Span]:
    """One for each table of days. What adds up hours takes those that begin in the day."""
    begin, end = day_start(day), day_end(day)
    return [
        Span(table, begin, end, day)
        if table.of is None or table.of.slot != "hour"
        else Span(table, hour_from(begin), hour_from(end), day)
        for table in DAY_SUMS
    ]


@transaction.atomic
def sums_write(spans: Sequence[Span], *, is_of_stored: bool = True) -> None:
    """Delete the rows of each span and write them anew. Safe to repeat.

    Call it with the mark locked, only for spans of which all events are still there, and for days after
    their hours, unless these are not to be relied on (is_of_stored).
    """
    with connection.cursor() as cursor:
        for span in spans:
            condition, values = span.condition()
            cursor.execute(f"DELETE FROM {span.table.table} WHERE {condition}", values)  # noqa: S608
            query, values = span.select(is_of_stored=is_of_stored)
            columns = ", ".join(f'"{column}"' for column in span.table.columns)
            cursor.execute(f"INSERT INTO {span.table.table} ({columns}) {query}", values)


def _filled(sql: str, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The query with a placeholder for each {name}, and their values in the order of the places."""
    used = [values[name] for name in re.findall(r"{(\w+)}", sql)]
    return re.sub(r"{\w+}", "%s", sql), used
