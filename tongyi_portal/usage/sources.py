"""EventSource and its registry: the tables that events tell of, as their apps describe them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tongyi_portal.usage.models import UsageKind
from tongyi_portal.usage.services.recording import UsageFacts

Fact = tuple[datetime, UsageFacts]


@dataclass(frozen=True)
class EventSource:
    """One kind of event and the rows that each stand for one.

    table: how a report calls them. facts: of the rows in [since, until), the time and what usage_record was
    told, or would be. is_whole: there is no other event of this kind (a job that was started twice has two
    STARTED, and remembers the last). untold: columns of the event that its row does not remember.
    """

    kind: UsageKind
    table: str
    facts: Callable[[datetime, datetime], Iterable[Fact]]
    is_whole: bool = True
    untold: frozenset[str] = frozenset()


_SOURCES: dict[tuple[UsageKind, str], EventSource] = {}


def event_source_register(source: EventSource) -> None:
    """Called in AppConfig.ready of the app whose rows these are."""
    _SOURCES[source.kind, source.table] = source


def event_sources() -> Iterator[tuple[UsageKind, list[EventSource]]]:
    """Every kind of event that tables hold, with its tables."""
    for kind in UsageKind:
        found = [source for source in _SOURCES.values() if source.kind == kind]
        if found:
            yield kind, found
