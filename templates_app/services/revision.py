"""catalogue_changed: tell every cache that a page of the catalogue may look different now."""

import time

from django.db import transaction
from django.db.models import F

from templates_app.models import CatalogueRevision

ONLY = 1
LONGEST_SECONDS = 3600  # nothing that was read is taken to hold for longer


def catalogue_changed() -> None:
    """Call it in the transaction of whatever changes what a list, a template or the categories show.

    The number grows right after the commit, in a statement of its own: the one row is locked for that
    statement alone, so writers neither wait for each other nor lock each other out, and a transaction that is
    rolled back changes nothing. Who reads the number before the content it stands for never keeps old content
    under a new number. Of many rows, call it once.
    """
    transaction.on_commit(_bump)


def _bump() -> None:
    if not CatalogueRevision.objects.filter(pk=ONLY).update(number=F("number") + 1):
        _revision, is_new = CatalogueRevision.objects.get_or_create(pk=ONLY)
        if not is_new:
            CatalogueRevision.objects.filter(pk=ONLY).update(number=F("number") + 1)


def catalogue_state() -> tuple[int, int]:
    """The revision and the hour: while both are the same, what was read of the catalogue still holds.

    The hour, because a change may go uncounted where a process dies right after its commit. One query; read
    it before the content.
    """
    return catalogue_revision(), int(time.time()) // LONGEST_SECONDS


def catalogue_revision() -> int:
    """The number as it stands; 0 before the first change. Read it before the content."""
    return CatalogueRevision.objects.filter(pk=ONLY).values_list("number", flat=True).first() or 0
