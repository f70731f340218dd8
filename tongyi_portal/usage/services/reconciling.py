"""usage_reconcile: are the sums what the events say, and the events what their tables say? Repairs both."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from tongyi_portal.accounts.models import ApiToken
from tongyi_portal.usage.models import LateHour, RollupMark, UsageEvent, UsageKind
from tongyi_portal.usage.services.correcting import event_correct
from tongyi_portal.usage.services.recording import UsageFacts, moment_kept, usage_record
from tongyi_portal.usage.services.rollups import mark_locked
from tongyi_portal.usage.services.sums import Span, day_spans, hour_spans, sums_write
from tongyi_portal.usage.slots import DAY, HOUR, day_end, day_start, days_touched, hour_of
from tongyi_portal.usage.sources import EventSource, Fact, event_sources

UNSETTLED = timedelta(minutes=20)  # what happened since then may not be committed yet
MINUTE = timedelta(minutes=1)
_Key = tuple[Any, ...]
# What an event tells besides time, kind of job and surface, and what stands where it tells nothing. Accounts
# may be gone by now, and the secret that tells persons is: they are not compared.
_TOLD: dict[str, Any] = {
    **dict.fromkeys(("code", "reason", "scanner", "engine", "subject_kind"), ""),
    **dict.fromkeys(("app_id", "template_id", "wait_ms", "run_ms")),
}


@dataclass(frozen=True)
class Discrepancy:
    """rows: sums that differ, or events that are missing, wrong or too many. repaired: all were put right.

    Events that are too many stay: their rows may have been there once.
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
    the end of its minute, and to what is still kept. A missing event is written with the time of its row; one
    that tells something else than its row is replaced. Raises ValueError when `until` is not after `since`.
    """
    if until is not None and until <= since:
        raise ValueError(f"until must be after since, got {since} and {until}")
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


@dataclass
class _Place:
    """What lies at one time (of what persons do, in one minute), of one kind of job and surface.

    rows: each with its source; events: not yet found to be of one of the rows.
    """

    rows: list[tuple[EventSource, Fact]]
    events: list[UsageEvent]


def _places(
    kind: UsageKind, sources: list[EventSource], since: datetime, until: datetime
) -> Iterator[_Place]:
    found: dict[_Key, _Place] = defaultdict(lambda: _Place([], []))
    for source in sources:
        for at, facts in source.facts(since, until):
            key = (moment_kept(kind, at), facts.get("job_kind", ""), facts.get("surface", ""))
            found[key].rows.append((source, (at, facts)))
    for event in UsageEvent.objects.filter(kind=kind, is_demo=False, at__gte=since, at__lt=until):
        found[moment_kept(kind, event.at), event.job_kind, event.surface].events.append(event)
    yield from found.values()


def _events_compare(
    kind: UsageKind, sources: list[EventSource], since: datetime, until: datetime, is_repairing: bool
) -> list[Discrepancy]:
    missing: dict[str, list[Fact]] = defaultdict(list)
    wrong: dict[str, list[tuple[UsageEvent, dict[str, Any]]]] = defaultdict(list)
    surplus = 0
    for place in _places(kind, sources, since, until):
        gone = _apps_gone(place.events)
        for source, fact in _without_event(place, gone):
            if not place.events:
                missing[source.table].append(fact)
                continue
            nearest = min(
                place.events, key=lambda event: len(_differing_columns(source, fact[1], event, gone))
            )
            place.events.remove(nearest)
            wrong[source.table].append((nearest, _differing_columns(source, fact[1], nearest, gone)))
        surplus += len(place.events)
    found = []
    for table, facts_of in missing.items():
        if is_repairing:
            _events_write(kind, facts_of)
        found.append(Discrepancy(table, since, f"events “{kind}” are missing", len(facts_of), is_repairing))
    for table, events in wrong.items():
        names = ", ".join(sorted({name for _event, columns in events for name in columns}))
        if is_repairing:
            for event, columns in events:
                event_correct(event=event, columns=columns)
        what = f"events “{kind}” tell something else than their rows ({names})"
        found.append(Discrepancy(table, since, what, len(events), is_repairing))
    if surplus and all(source.is_whole for source in sources):
        tables = ", ".join(source.table for source in sources)
        found.append(Discrepancy(tables, since, f"events “{kind}” have no row", surplus, repaired=False))
    return found


def _without_event(place: _Place, gone: set[Any]) -> list[tuple[EventSource, Fact]]:
    """The rows that no event tells of as they are; the events of the others leave the place."""
    left = []
    for source, fact in place.rows:
        fitting = next(
            (event for event in place.events if not _differing_columns(source, fact[1], event, gone)), None
        )
        if fitting is None:
            left.append((source, fact))
        else:
            place.events.remove(fitting)
    return left


def _differing_columns(
    source: EventSource, facts: UsageFacts, event: UsageEvent, gone: set[Any]
) -> dict[str, Any]:
    """The columns in which an event is not what its row says, with what it says.

    What a photo shows may be known later than the event. An app may be gone since, and its row without it.
    """
    found = {}
    for name, nothing in _TOLD.items():
        told, stored = facts.get(name, nothing), getattr(event, name)
        is_later = (name == "subject_kind" and not stored) or (
            name == "app_id" and told is None and stored in gone
        )
        if told != stored and not is_later and name not in source.untold:
            found[name] = told
    return found


def _apps_gone(events: Iterable[UsageEvent]) -> set[Any]:
    """Apps of these events that are no longer there."""
    apps = {event.app_id for event in events if event.app_id is not None}
    return apps - set(ApiToken.objects.filter(pk__in=apps).values_list("pk", flat=True)) if apps else apps


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
