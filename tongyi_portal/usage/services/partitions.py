"""partitions_ensure, partitions_drop: the months of events on PostgreSQL; other databases have none."""

import logging
import re
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tongyi_portal.usage.models import UsageEvent

logger = logging.getLogger(__name__)
TABLE = UsageEvent._meta.db_table
REST = f"{TABLE}_rest"  # the default partition
AHEAD = timedelta(days=62)
LOCK_MILLISECONDS = 3000
_MONTH = re.compile(rf"{TABLE}_(\d{{4}})_(\d{{2}})")


def partitions_ensure(*, since: datetime | None = None, until: datetime | None = None) -> list[str]:
    """Make the partitions of all months (UTC) that `since` to `until` touch; the names of new ones.

    By default this month and the next two. A month of which the default partition already holds events stays
    there, and one that cannot be locked within seconds is left to the next run: its events lie in the default
    partition then, and none is lost.
    """
    if connection.vendor != "postgresql":
        return []
    since = since or timezone.now()
    until = until or timezone.now() + AHEAD
    present, made = set(_partitions()), []
    month = month_of(since)
    while month <= until:
        name = f"{TABLE}_{month:%Y_%m}"
        if name not in present and _make(name, month):
            made.append(name)
        month = next_month(month)
    return made


def partitions_drop(*, before: datetime) -> list[str]:
    """Drop the months that end before or at `before`, with all their events; their names.

    Raises OperationalError when the table cannot be locked within seconds; nothing is dropped then.
    """
    if connection.vendor != "postgresql":
        return []
    over = [name for name, month in _partitions().items() if next_month(month) <= before]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
        for name in over:
            cursor.execute(f'DROP TABLE "{name}"')
    return over


def month_of(moment: datetime) -> datetime:
    """The beginning of its month in UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    """The beginning of the month after."""
    return month_of(month + timedelta(days=32))


def _partitions() -> dict[str, datetime]:
    """Name and month of each partition but the default one, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = %s::regclass ORDER BY c.relname",
            [TABLE],
        )
        names = [_MONTH.fullmatch(row[0]) for row in cursor.fetchall()]
    return {found[0]: datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC) for found in names if found}


def _make(name: str, month: datetime) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
            cursor.execute(
                f'CREATE TABLE "{name}" PARTITION OF "{TABLE}" FOR VALUES FROM (%s) TO (%s)',
                [month, next_month(month)],
            )
    except DatabaseError:
        logger.exception("partition not made", extra={"partition": name})
        return False
    return True
