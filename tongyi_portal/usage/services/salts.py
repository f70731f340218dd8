"""person_of_day, salts_purge: persons that can be counted within one day, and told from nobody afterwards."""

import hmac
import secrets
import uuid
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from tongyi_portal.usage.models import DaySalt

SALT_BYTES = 32
_kept: tuple[date, bytes] | None = None  # of this process; replaced as a whole, so no thread sees half of it


def person_of_day(account_id: uuid.UUID, at: datetime) -> int | None:
    """The account under the salt of the day of `at` in the site's zone; None when that day's salt is gone.

    Only today's salt is ever made, once for all processes. Call it inside the transaction of the change.
    """
    salt = _salt_of(timezone.localdate(at, timezone.get_default_timezone()))
    if salt is None:
        return None
    return int.from_bytes(hmac.digest(salt, account_id.bytes, "sha256")[:8], "big", signed=True)


def salts_purge(*, before: date) -> int:
    """Forget the salts of days before `before`: their persons have been counted. How many there were."""
    return DaySalt.objects.filter(day__lt=before).delete()[0]


def salt_prepare(day: date) -> None:
    """Make a day's salt ahead, so that no transaction waits for another that makes it. Safe to repeat."""
    DaySalt.objects.bulk_create(
        [DaySalt(day=day, salt=secrets.token_bytes(SALT_BYTES))], ignore_conflicts=True
    )


def _today() -> date:
    """In the site's zone, whichever zone this request is answered in."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def _salt_of(day: date) -> bytes | None:
    kept, today = _kept, _today()
    if kept is not None and kept[0] == day:
        return kept[1]
    salt = _stored(day)
    if salt is None and day == today:
        salt_prepare(day)
        salt = _stored(day)
    if salt is not None and day == today:
        # Only once it is committed: a salt whose transaction was rolled back is nobody else's.
        transaction.on_commit(lambda: _keep(day, salt))
    return salt


def _stored(day: date) -> bytes | None:
    salt = DaySalt.objects.filter(day=day).values_list("salt", flat=True).first()
    return None if salt is None else bytes(salt)


def _keep(day: date, salt: bytes) -> None:
    global _kept
    _kept = (day, salt)
