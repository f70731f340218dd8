"""revision_bump, revision_of: how a change of a list reaches the next scan of every process."""

from django.db import transaction
from django.db.models import F

from moderation.models.settings import ListRevision

TERMS = "terms"
HASH_BANKS = "hash_banks"


def revision_of(key: str) -> int:
    """The number of the set of lists `key`; 0 before its first change. One indexed read."""
    return ListRevision.objects.filter(key=key).values_list("number", flat=True).first() or 0


@transaction.atomic
def revision_bump(key: str) -> int:
    """Tell all processes that the lists of `key` changed; call it in the transaction that changes them.

    The row is locked until that transaction ends, so a reader sees the new number together with the change.
    """
    if not ListRevision.objects.filter(key=key).update(number=F("number") + 1):
        row, is_new = ListRevision.objects.select_for_update().get_or_create(key=key, defaults={"number": 1})
        if not is_new:
            ListRevision.objects.filter(pk=row.pk).update(number=F("number") + 1)
    return revision_of(key)
