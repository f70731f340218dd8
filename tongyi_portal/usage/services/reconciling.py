"""usage_reconcile: are the sums what the events say, and the events what their tables say? Repairs both."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from tongyi_portal.usage.models import LateHour, RollupMark, UsageEvent, UsageKind
from tongyi_portal.usage.services.recording import UsageFacts, moment_kept, usage_record
from tongyi_portal.usage.services.rollups import mark_locked
from tongyi_portal.usage.services.sums import Span, day_spans, hour_spans, sums_write
from tongyi_portal.usage.slots import DAY, HOUR, day_end, day_start, days_touched, hour_of
from tongyi_portal.usage.sources import EventSource, Fact, event_sources

UNSETTLED = timedelta(minutes=20)  # what happened since then may not be committed yet
MINUTE = timedelta(minutes=1)
_Key = tuple[Any, ...]


@dataclass(frozen=True)
class Discrepancy:
    """rows: sums that differ, or events that are missing or too many. repaired: they have been put right.

    Events that are too many stay: nothing takes an event back.
    """

    table: str
    since: datetime
    what: str
    rows: int
    repaired: bool

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} {self.table}: {self.what}, {self.rows} rows" + (
            ", repaired" if self.repaired else ""
        )


def usage_reconcile(
    *, since: datetime, until: datetime | None = None, is_repairing: bool = False
) -> list[Discrepancy]:
    """Compare first the events with the tables they come from, then the sums with the events.

    since, until: widened to whole hours, and to whole days for sums of days; cut to what is settled, up to
    the end of its minute, and to what is still kept. A missing event is written with the time of its row.
    """
    mark = RollupMark.objects.first()
    since = hour_of(max(since, mark.kept_from) if mark is not None else since)
    until = min(until or timezone.now(), timezone.now() - UNSETTLED)
    until = (until + MINUTE - until.resolution).replace(second=0, microsecond=0)
    found: list[Discrepancy] = []
    for begin, end in _days(since, until):
        for kind, sources in event_sources():
            found += _events_compare(kind, sources, begin, end, is_repairing)
    return found + list(_sums_compare(since, until, is_repairing))


def _days(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        yield since, min(since + DAY, until)
        since += DAY


def _key(kind: UsageKind, at: datetime, facts: UsageFacts) -> _Key:
    """What tells one event of a kind from another; accounts and tokens may be gone by now, so not by them."""
    return (
        moment_kept(kind, at),
        facts.get("job_kind", ""),
        facts.get("surface", ""),
        facts.get("code", ""),
        facts.get("template_id"),
    )


def _events_compare(
    kind: UsageKind, sources: list[EventSource], since: datetime, until: datetime, is_repairing: bool
) -> list[Discrepancy]:
    rows: dict[_Key, list[tuple[EventSource, Fact]]] = defaultdict(list)
    for source in sources:
        for at, facts in source.facts(since, until):
            rows[_key(kind, at, facts)].append((source, (at, facts)))
    stored = UsageEvent.objects.filter(kind=kind, is_demo=False, at__gte=since, at__lt=until)
    fields = ("at", "job_kind", "surface", "code", "template_id")
    events = Counter[_Key]((moment_kept(kind, at), *others) for at, *others in stored.values_list(*fields))
    missing: dict[str, list[Fact]] = defaultdict(list)
    for key, wanted in rows.items():
        for source, fact in wanted[events[key] :]:
            missing[source.table].append(fact)
    found = []
    for table, facts_of in missing.items():
        if is_repairing:
            _events_write(kind, facts_of)
        found.append(Discrepancy(table, since, f"events “{kind}” are missing", len(facts_of), is_repairing))
    surplus = sum((events - Counter({key: len(wanted) for key, wanted in rows.items()})).values())
    if surplus and all(source.is_whole for source in sources):
        tables = ", ".join(source.table for source in sources)
        found.append(Discrepancy(tables, since, f"events “{kind}” have no row", surplus, repaired=False))
    return found


@transaction.atomic
def _events_write(kind: UsageKind, facts: list[Fact]) -> None:
    for at, fact in facts:
        usage_record(kind=kind, at=at, **fact)


def _sums_compare(since: datetime, until: datetime, is_repairing: bool) -> Iterator[Discrepancy]:
    """Sums up to where they are complete, but for those that the next roll-up writes anew."""
    mark = RollupMark.objects.first()
    if mark is None:
        return
    end = min(hour_of(until), mark.until)
    late = list(LateHour.objects.values_list("hour", flat=True))
    for span in _spans(since, end, mark):
        if any(span.since <= hour < span.until for hour in late):
            continue
        differing = _differing(span)
        if differing:
            if is_repairing:
                with transaction.atomic():
                    mark_locked()
                    sums_write([span], is_of_stored=False)
            yield Discrepancy(span.table.table, span.since, "sums differ", differing, is_repairing)


def _spans(since: datetime, until: datetime, mark: RollupMark) -> Iterator[Span]:
    """Hours of the days in which any differs, and whole days."""
    for begin, end in _days(since, until):
        for span in hour_spans(begin, end):
            if _differing(span):
                for number in range((end - begin) // HOUR):
                    hour = begin + number * HOUR
                    yield replace(span, since=hour, until=hour + HOUR)
    for day in days_touched(since, until) if since < until else ():
        if day_start(day) >= mark.kept_from and day_end(day) <= mark.until:
            yield from day_spans(day)


def _differing(span: Span) -> int:
    """How many rows of the span are in the table and should not be, or the other way round."""
    columns = ", ".join(f'"{column}"' for column in span.table.columns)
    wanted, wanted_values = span.select()
    condition, values = span.condition()
    stored = f"SELECT {columns} FROM {span.table.table} WHERE {condition}"  # noqa: S608  # a table of ours
    both = (
        f"SELECT COUNT(*) FROM (SELECT * FROM ({wanted}) AS w EXCEPT {stored}) AS a",  # noqa: S608
        f"SELECT COUNT(*) FROM ({stored} EXCEPT SELECT * FROM ({wanted}) AS w) AS a",  # noqa: S608
    )
    with connection.cursor() as cursor:
        cursor.execute(both[0], [*wanted_values, *values])
        missing = cursor.fetchone()[0]
        cursor.execute(both[1], [*values, *wanted_values])
        return int(max(missing, cursor.fetchone()[0]))
