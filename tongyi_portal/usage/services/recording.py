"""usage_record: the only writer of usage events, but for made-up history."""

import uuid
from datetime import datetime, timedelta
from typing import TypedDict

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from tongyi_portal.usage.models import LateHour, UsageKind
from tongyi_portal.usage.services.salts import person_of_day
from tongyi_portal.usage.signals import usage_recorded
from tongyi_portal.usage.slots import hour_of

LATE_AFTER = timedelta(minutes=10)  # younger events find their hour open; see rollups.SETTLED_AFTER
BY_PERSONS = frozenset(
    {
        UsageKind.UPLOAD,
        UsageKind.CHECK_FAILED,
        UsageKind.SUBMITTED,
        UsageKind.WATCHED,
        UsageKind.DOWNLOADED,
        UsageKind.SHARED,
        UsageKind.APPEALED,
    }
)  # kinds that may carry a person
INSERT = (
    "INSERT INTO usage_usageevent (at, kind, code, reason, scanner, surface, job_kind, engine, app_id, "
    "template_id, subject_kind, wait_ms, run_ms, person, is_demo) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


class UsageFacts(TypedDict, total=False):
    """What may be said of an event besides its kind and time; UsageEvent tells what each means.

    account_id: whose act it was; only its hash of the day is stored.
    """

    code: str
    reason: str
    scanner: str
    surface: str
    job_kind: str
    engine: str
    app_id: uuid.UUID | None
    template_id: uuid.UUID | None
    subject_kind: str
    wait_ms: int | None
    run_ms: int | None
    account_id: uuid.UUID | None


def usage_record(
    *,
    kind: UsageKind,
    at: datetime | None = None,
    code: str = "",
    reason: str = "",
    scanner: str = "",
    surface: str = "",
    job_kind: str = "",
    engine: str = "",
    app_id: uuid.UUID | None = None,
    template_id: uuid.UUID | None = None,
    subject_kind: str = "",
    wait_ms: int | None = None,
    run_ms: int | None = None,
    account_id: uuid.UUID | None = None,
) -> None:
    """Write one event with the change that it tells of: both are committed, or neither.

    at: when it happened, None for now; give the time that the changed row holds, so that the two can be
    compared; of what persons do the minute is kept. One from before the hours that are still open is noted
    as late, and its hour is summed again.
    Raises TransactionManagementError outside a transaction.
    """
    database = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` does it for each attribute
    if not database.in_atomic_block:
        raise TransactionManagementError("An event is written in the transaction of what it tells of.")
    now = timezone.now()
    moment = now if at is None else at
    has_uuid = database.features.has_native_uuid_field
    values = (
        database.ops.adapt_datetimefield_value(moment_kept(kind, moment)),
        kind.value,
        code,
        reason,
        scanner,
        surface,
        job_kind,
        engine,
        app_id if has_uuid or app_id is None else app_id.hex,
        template_id if has_uuid or template_id is None else template_id.hex,
        subject_kind,
        wait_ms,
        run_ms,
        None if account_id is None else person_of_day(account_id, moment),
        False,
    )
    with database.cursor() as cursor:
        cursor.execute(INSERT, values)
    if now - moment > LATE_AFTER:
        hour_note_late(moment, now)
    usage_recorded.send(
        sender=None, kind=kind, job_kind=job_kind, engine=engine, code=code, wait_ms=wait_ms, run_ms=run_ms
    )


def moment_kept(kind: str, at: datetime) -> datetime:
    """The time that an event gets: of what persons do the minute, so that it is no key to the row."""
    return at.replace(second=0, microsecond=0) if kind in BY_PERSONS else at


def hour_note_late(moment: datetime, now: datetime) -> None:
    """Have the hour of a moment summed again.

    An update of a row that is there makes a roll-up wait for this transaction before it takes the hour.
    """
    LateHour.objects.bulk_create(
        [LateHour(hour=hour_of(moment), noted_at=now)],
        update_conflicts=True,
        unique_fields=["hour"],
        update_fields=["noted_at"],
    )
