"""changes_digest, rescans_verify: what became of each change of a rescan, held by the audit chain."""

import uuid

from moderation.canonical import digest_of
from moderation.models.audit import AuditEntry
from moderation.models.rescan import RescanChange
from moderation.services.evidence import plain_value

APPLIED, CHANGES = "moderation.rescan.applied", "changes_sha256"
_HELD = (
    *("subject_type", "subject_id", "scan_run_id", "before", "after", "reason_codes", "category", "severity"),
    *("confidence", "label", "passed_by_person", "is_excluded", "applied_at", "outcome"),
)


def changes_digest(rescan_id: uuid.UUID) -> str:
    """SHA-256 over all changes of a rescan; they stay as they are once it was applied."""
    rows = RescanChange.objects.filter(rescan=rescan_id).order_by("pk").values_list(*_HELD)
    return digest_of([[plain_value(value) for value in row] for row in rows.iterator(chunk_size=2000)])


def rescans_verify() -> list[str]:
    """Compare the changes of every rescan that was applied with the chain; a sentence for each fault.

    Entries of before the digest was kept tell counts alone, and are passed over.
    """
    told = AuditEntry.objects.filter(action=APPLIED, data__has_key=CHANGES).order_by("sequence")
    return [
        f"The changes of rescan {rescan_id} differ from its audit entry."
        for rescan_id, data in told.values_list("subject_id", "data")
        if changes_digest(uuid.UUID(rescan_id)) != data[CHANGES]
    ]
