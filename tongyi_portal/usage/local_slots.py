"""Slots of local time in SQL: which quarter, hour or day of the site's clock a moment of a sum lies in.

A zone's offset is taken once for each stretch of the period in which it does not change, so no row is
converted by the database, which would cost more than the sum itself.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Func
from django.utils import timezone

QUARTER, HALF, HOUR, DAY = 900, 1800, 3600, 86_400
HALVES_A_WEEK = 336
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # slots are on the local clock, whose zone the caller knows
_EPOCH_WEEKDAY = 3  # a Thursday


class Slot(Func):
    """Whole steps of `seconds` since 1970 on a clock `offset` seconds ahead of UTC; `cycle`: modulo."""

    output_field = BigIntegerField()
    arity = 1

    def __init__(self, expression: Any, *, seconds: int, offset: int, cycle: int = 0) -> None:
        super().__init__(expression, seconds=seconds, offset=offset, modulo=f" %% {cycle}" if cycle else "")

    def as_sql(  # type: ignore[override]  # the expression is all that varies
        self, compiler: Any, connection: Any, **extra: Any
    ) -> Any:
        epoch = (
            "date_part('epoch', %(expressions)s)::bigint"
            if connection.vendor == "postgresql"
            else "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)"
        )
        template = f"((({epoch} + %(offset)s) / %(seconds)s)%(modulo)s)"
        return super().as_sql(compiler, connection, template=template, **extra)


def stretches(since: datetime, until: datetime) -> list[tuple[datetime, datetime, int]]:
    """The period in parts whose offset from UTC, in seconds, does not change; most periods are one part."""
    parts: list[tuple[datetime, datetime, int]] = []
    begun, offset = since, _offset(since)
    for moment in _steps(since, until):
        if _offset(moment) != offset:
            parts.append((begun, moment, offset))
            begun, offset = moment, _offset(moment)
    parts.append((begun, until, offset))
    return [part for part in parts if part[0] < part[1]]


def slot_moment(slot: int, seconds: int) -> datetime:
    """The beginning of a slot on the local clock, without a zone."""
    return _EPOCH + timedelta(seconds=slot * seconds)


def slot_of_week(slot: int) -> tuple[int, int]:
    """Weekday (0 is Monday) and half-hour of the day of a slot modulo HALVES_A_WEEK."""
    return (_EPOCH_WEEKDAY + slot // 48) % 7, slot % 48


def local_slots(since: datetime, until: datetime, seconds: int) -> list[datetime]:
    """Beginnings of all slots of a period on the local clock, each once, without a zone."""
    zone = timezone.get_default_timezone()
    moment = since.astimezone(zone).replace(tzinfo=None)
    end = until.astimezone(zone).replace(tzinfo=None)
    moment -= timedelta(seconds=(moment - _EPOCH).total_seconds() % seconds)
    shown = []
    while moment < end:
        shown.append(moment)
        moment += timedelta(seconds=seconds)
    return shown


def _offset(moment: datetime) -> int:
    shift = moment.astimezone(timezone.get_default_timezone()).utcoffset()
    assert shift is not None  # noqa: S101  # an aware datetime has one
    return int(shift.total_seconds())


def _steps(since: datetime, until: datetime) -> Iterator[datetime]:
    """Days of the period, and the quarters of those in which the clock changes."""
    day = since
    while day < until:
        following = min(day + timedelta(days=1), until)
        if _offset(day) == _offset(following):
            yield day
        else:
            moment = day
            while moment < following:
                yield moment
                moment += timedelta(minutes=15)
        day = following
