"""usage_demo_write: fills the usage tables with a made-up history, all of it marked as demo data."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.errors import AppError
from tongyi_portal.usage.history import APPS, WORDS, HistoryDay, HistoryPlan, history_days
from tongyi_portal.usage.models import LoadSample, RollupMark, UsageEvent
from tongyi_portal.usage.services.partitions import partitions_ensure
from tongyi_portal.usage.services.rollups import usage_roll_up, usage_sum
from tongyi_portal.usage.slots import day_start

EVENT_COLUMNS = ("at", *WORDS, "app_id", "template_id", "wait_ms", "run_ms", "person", "is_demo")
LOAD_COLUMNS = ("at", "queued", "oldest_wait_ms", "workers", "busy", "is_demo")
ROLLUP_SECONDS = 3600.0  # for all of it: nobody else waits for what it sums
_NAMESPACE = uuid.UUID("7f5b4d0a-0b55-4c1e-9e56-6f2f3d0a9a11")  # of made-up apps and templates

Column = list[Any]


class DemoHistoryPresent(AppError):
    code = "usage_demo_present"
    default_message: ClassVar[Any] = _("There is made-up usage already; remove it first.")


def usage_demo_write(
    *,
    plan: HistoryPlan,
    template_ids: Sequence[uuid.UUID] = (),
    say: Callable[[str], object] = lambda _line: None,
) -> int:
    """Write the plan's events and minutes, and sum them up; how many events there are.

    template_ids: of templates that exist, the leader first; further ones of the plan are made up, as are the
    apps. Each day is one transaction. What really happened is left alone. Raises DemoHistoryPresent.
    """
    if usage_demo_is_present():
        raise DemoHistoryPresent
    since = day_start(plan.until.date()) - timedelta(days=plan.days)
    partitions_ensure(since=since, until=plan.until)
    templates = [*template_ids[: plan.templates]]
    templates += [
        uuid.uuid5(_NAMESPACE, f"template {number}") for number in range(len(templates), plan.templates)
    ]
    apps = [uuid.uuid5(_NAMESPACE, f"app {number}") for number in range(APPS)]
    count = 0
    for day in history_days(plan):
        with transaction.atomic():
            _insert(UsageEvent._meta.db_table, EVENT_COLUMNS, _event_columns(day, templates, apps))
            _insert(LoadSample._meta.db_table, LOAD_COLUMNS, _load_columns(day))
        count += len(day.events)
        say(f"{day.day}: {len(day.events)} events")
    mark = RollupMark.objects.first()
    if mark is not None:
        usage_sum(since=since, until=mark.until)
    usage_roll_up(seconds=ROLLUP_SECONDS)
    return count


def usage_demo_is_present() -> bool:
    return UsageEvent.objects.filter(is_demo=True).exists()


def _event_columns(day: HistoryDay, templates: list[uuid.UUID], apps: list[uuid.UUID]) -> list[Column]:
    events = day.events
    return [
        _moments(events["at"]),
        *(_named(events[name], list(words)) for name, words in WORDS.items()),
        _named(events["app"], [_uuid(one) for one in apps]),
        _named(events["template"], [_uuid(one) for one in templates]),
        _unless(events["wait_ms"], -1),
        _unless(events["run_ms"], -1),
        _unless(events["person"], 0),
        [True] * len(events),
    ]


def _load_columns(day: HistoryDay) -> list[Column]:
    load = day.load
    numbers = [load[name].tolist() for name in LOAD_COLUMNS[1:-1]]
    return [_moments(load["at"]), *numbers, [True] * len(load)]


def _moments(milliseconds: npt.NDArray[np.int64]) -> Column:
    """As text that both databases read as UTC and that SQLite stores as Django does."""
    text = np.char.replace(np.datetime_as_string(milliseconds.astype("datetime64[ms]"), unit="us"), "T", " ")
    if connection.vendor == "postgresql":
        text = np.char.add(text, "+00")
    return list(text.tolist())


def _named(numbers: npt.NDArray[Any], words: list[Any]) -> Column:
    """Each number's word; none for -1."""
    return list(np.array([*words, None], dtype=object)[numbers.astype(np.int64)])


def _unless(numbers: npt.NDArray[np.int64], nothing: int) -> Column:
    values = numbers.astype(object)
    values[numbers == nothing] = None
    return list(values)


def _uuid(value: uuid.UUID) -> str:
    return str(value) if connection.features.has_native_uuid_field else value.hex


def _insert(table: str, names: Sequence[str], columns: list[Column]) -> None:
    """COPY on PostgreSQL, which is many times faster there; else one statement for all rows."""
    quoted = ", ".join(connection.ops.quote_name(name) for name in names)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {connection.ops.quote_name(table)} ({quoted}) FROM STDIN") as copy:
                for block in _copy_blocks(columns):
                    copy.write(block)
            return
        marks = ", ".join(["%s"] * len(names))
        statement = f"INSERT INTO {connection.ops.quote_name(table)} ({quoted}) VALUES ({marks})"  # noqa: S608
        cursor.executemany(statement, list(zip(*columns, strict=True)))


def _copy_blocks(columns: list[Column], rows_at_once: int = 20_000) -> Iterator[str]:
    """PostgreSQL's text format (its manual: COPY); nothing made up here holds tabs or backslashes."""
    texts = [["\\N" if value is None else str(value) for value in column] for column in columns]
    for start in range(0, len(texts[0]), rows_at_once):
        lines = zip(*(column[start : start + rows_at_once] for column in texts), strict=True)
        yield "".join(["\t".join(line) + "\n" for line in lines])
