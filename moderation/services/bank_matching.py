"""bank_snapshot: the hash banks in force, kept in each process until one of them changes."""

import threading

from moderation.hashing.banks import BankEntryFacts, BankFacts, BankSnapshot
from moderation.models.bank import BankEntry, BankKind, HashBank
from moderation.services.revisions import HASH_BANKS, revision_of
from moderation.taxonomy import Category, Severity

_kept: BankSnapshot | None = None
_reading = threading.Lock()


def bank_snapshot() -> BankSnapshot:
    """All enabled banks with their active entries.

    One indexed read for each call; the entries are read again, in about half a second for 100,000, when a
    bank was changed anywhere.
    """
    global _kept
    revision = revision_of(HASH_BANKS)
    with _reading:
        if _kept is None or _kept.revision != revision:
            _kept = _read(revision)
        return _kept


def _read(revision: int) -> BankSnapshot:
    banks = [
        BankFacts(
            str(bank.pk),
            bank.name,
            bank.kind == BankKind.ALLOW,
            Category(bank.category),
            Severity(bank.severity),
        )
        for bank in HashBank.objects.filter(is_enabled=True)
    ]
    rows = BankEntry.objects.filter(removed_at__isnull=True, bank__is_enabled=True).order_by("id")
    columns = rows.values_list("id", "bank_id", "algorithm", "value")
    entries = (
        BankEntryFacts(str(entry), str(bank), algorithm, value) for entry, bank, algorithm, value in columns
    )
    return BankSnapshot.of(revision, banks, entries)
