"""revision_bump, revision_of: how a change of a list reaches the next scan of every process."""

import time

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from moderation.models.settings import ListRevision

TERMS = "terms"
HASH_BANKS = "hash_banks"


def revision_of(key: str) -> int:
    """The number of the set of lists `key`; 0 before its first change. One indexed read."""
    return ListRevision.objects.filter(key=key).values_list("number", flat=True).first() or 0


@transaction.atomic
def revision_bump(key: str) -> int:
    """Tell all processes that the lists of `key` changed; call it in the transaction that changes them.

    The row is locked until that transaction ends, so whoever reads the new number reads the change with it.
    A number is at least the time in microseconds: one that was rolled back, but that a process has already
    kept a copy for, does not come again.
    """
    moment = time.time_ns() // 1000
    ListRevision.objects.get_or_create(key=key)
    ListRevision.objects.filter(key=key).update(number=Greatest(F("number") + 1, moment))
    return revision_of(key)
