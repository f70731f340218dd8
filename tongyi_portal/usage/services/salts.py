"""person_of_day, salts_purge: persons that can be counted within one day, and told from nobody afterwards."""

import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from tongyi_portal.usage.models import DaySalt
from tongyi_portal.usage.slots import day_end, day_start

SALT_BYTES = 32


@dataclass(frozen=True)
class _Salt:
    """The salt of the day from `since` to before `until`."""

    since: datetime
    until: datetime
    salt: bytes


_kept: _Salt | None = None  # today's, of this process; no zone is asked for while the day lasts


def person_of_day(account_id: uuid.UUID, at: datetime) -> int | None:
    """The account under the salt of the day of `at` in the site's zone; None when that day's salt is gone.

    Only today's salt is ever made, once for all processes. Call it inside the transaction of the change.
    """
    kept = _kept
    salt = kept.salt if kept is not None and kept.since <= at < kept.until else _salt_at(at)
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


def _salt_at(at: datetime) -> bytes | None:
    zone = timezone.get_default_timezone()  # the site's, whichever zone this request is answered in
    day, today = timezone.localdate(at, zone), timezone.localdate(timezone=zone)
    salt = _stored(day)
    if salt is None and day == today:
        salt_prepare(day)
        salt = _stored(day)
    if salt is not None and day == today:
        # Only once it is committed: a salt whose transaction was rolled back is nobody else's.
        kept = _Salt(day_start(day), day_end(day), salt)
        transaction.on_commit(lambda: _keep(kept))
    return salt


def _stored(day: date) -> bytes | None:
    salt = DaySalt.objects.filter(day=day).values_list("salt", flat=True).first()
    return None if salt is None else bytes(salt)


def _keep(salt: _Salt) -> None:
    global _kept
    _kept = salt
