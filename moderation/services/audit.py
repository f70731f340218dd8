"""audit_append, audit_append_all, audit_verify, audit_verify_stretch, audit_end: a chain in which nothing can
change or go missing unseen."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from django.db import models, transaction
from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from moderation.canonical import canonical_json, digest_of
from moderation.models.audit import FIRST_PREVIOUS, AuditEntry, AuditHead

STRETCH = 5000  # entries of one audit_verify_stretch at most: 1.5 s on two cores at a load of 15
STRETCH_FAULTS = 100  # faults that it names


@dataclass(frozen=True)
class AuditReport:
    """faults: one sentence for each thing that is wrong with the chain; empty when it holds.

    end: "<sequence>:<digest>" of the last entry. Whoever keeps it elsewhere can prove later that nobody has
    written the chain anew from the start.
    """

    entry_count: int
    faults: tuple[str, ...]
    end: str = ""

    @property
    def is_intact(self) -> bool:
        return not self.faults


@dataclass(frozen=True)
class AuditStretch:
    """A part of the chain. end: where the next part begins; is_last: it reached the chain's own end.

    faults: at most STRETCH_FAULTS of the `fault_count` that there are.
    """

    entry_count: int
    fault_count: int
    faults: tuple[str, ...]
    end: str
    is_last: bool


@dataclass(frozen=True)
class AuditNote:
    """An entry that is still to be appended, as the arguments of audit_append."""

    action: str
    subject: models.Model | None = None
    actor: Any = None
    data: Mapping[str, Any] = field(default_factory=dict)


def audit_append_all(notes: Iterable[AuditNote]) -> None:
    """Append what several services have to tell, once none of them will lock another row."""
    for note in notes:
        audit_append(action=note.action, subject=note.subject, actor=note.actor, data=note.data)


@transaction.atomic
def audit_append(
    *,
    action: str,
    subject: models.Model | None = None,
    actor: Any = None,
    data: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add one entry at the end of the chain, inside the caller's transaction.

    action: "<app>.<thing>.<what happened>". subject: the row it speaks of. actor: a user, None for the
    machine. data: JSON without floats (they raise TypeError). The lock on the chain's end is held until the
    outermost transaction ends, so call this last: whoever locks other rows after it may deadlock with
    another writer.
    """
    facts = dict(data or {})
    canonical_json(facts)
    head, _created = AuditHead.objects.select_for_update().get_or_create(id=1)
    entry = AuditEntry(
        sequence=head.sequence + 1,
        created_at=timezone.now(),
        action=action,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        actor_id=actor.pk if actor is not None else None,
        data=facts,
        previous_digest=head.digest,
    )
    entry.digest = _digest(entry)
    entry.save(force_insert=True)
    head.sequence, head.digest = entry.sequence, entry.digest
    head.save(update_fields=["sequence", "digest"])
    return entry


def audit_verify(kept: Collection[str] = ()) -> AuditReport:
    """Walk the whole chain and say what does not fit: changed, missing, inserted or cut-off entries.

    kept: ends of earlier reports, which the chain must still hold.
    """
    entries = AuditEntry.objects.order_by("sequence").iterator(chunk_size=2000)
    faults, previous, expected, count = _walk(entries, previous=FIRST_PREVIOUS, expected=1)
    head = AuditHead.objects.filter(id=1).first()
    stored = (head.sequence, head.digest) if head is not None else (0, FIRST_PREVIOUS)
    if stored != (expected - 1, previous):
        faults.append(f"The chain ends at entry {expected - 1}, but its head says {stored[0]}.")
    faults += [fault for end in kept for fault in _end_faults(*_parts(end))]
    return AuditReport(count, tuple(faults), f"{expected - 1}:{previous}")


def audit_end() -> str:
    """Where the chain ends now, as in AuditReport: to be kept elsewhere."""
    head = AuditHead.objects.filter(id=1).first() or AuditHead()
    return f"{head.sequence}:{head.digest}"


def audit_verify_stretch(*, start: str = "", count: int = STRETCH) -> AuditStretch:
    """Check at most `count` entries behind `start`, an end that was checked or kept; "": from the first on.

    The chain must still hold `start`. Every entry is checked once when each call starts at the last one's
    end until `is_last`; nothing is read twice, so a chain of any length can be checked in bounded requests.
    """
    sequence, previous = _parts(start) if start else (0, FIRST_PREVIOUS)
    faults = _end_faults(sequence, previous) if sequence else []
    head = AuditHead.objects.filter(id=1).first() or AuditHead()
    behind = AuditEntry.objects.filter(sequence__gt=sequence, sequence__lte=head.sequence)
    found = list(behind.order_by("sequence")[: min(count, STRETCH)])
    walked, previous, expected, seen = _walk(found, previous=previous, expected=sequence + 1)
    faults += walked
    is_last = seen < min(count, STRETCH) or expected > head.sequence
    if is_last and (head.sequence, head.digest) != (expected - 1, previous):
        faults.append(f"The chain ends at entry {expected - 1}, but its head says {head.sequence}.")
    if is_last and _entries_behind_the_head():
        faults.append("There are entries behind the end that the chain's head names.")
    return AuditStretch(
        seen, len(faults), tuple(faults[:STRETCH_FAULTS]), f"{expected - 1}:{previous}", is_last
    )


def _walk(entries: Iterable[AuditEntry], *, previous: str, expected: int) -> tuple[list[str], str, int, int]:
    """What does not fit among `entries`; the last digest, the sequence to come next, how many they were."""
    faults: list[str] = []
    count = 0
    for entry in entries:
        count += 1
        if entry.sequence != expected:
            faults.append(f"Entries {expected} to {entry.sequence - 1} are missing.")
        elif entry.previous_digest != previous:
            faults.append(f"Entry {entry.sequence} does not follow the entry before it.")
        if _digest(entry) != entry.digest:
            faults.append(f"Entry {entry.sequence} was changed after it was written.")
        previous, expected = entry.digest, entry.sequence + 1
    return faults, previous, expected, count


def _entries_behind_the_head() -> bool:
    """Asked in one statement, so that an entry which is appended meanwhile is not taken for one."""
    head = AuditHead.objects.filter(id=1).values("sequence")
    return AuditEntry.objects.filter(sequence__gt=Coalesce(Subquery(head), 0)).exists()


def _parts(end: str) -> tuple[int, str]:
    sequence, _colon, digest = end.partition(":")
    return int(sequence), digest


def _end_faults(sequence: int, digest: str) -> list[str]:
    if AuditEntry.objects.filter(sequence=sequence, digest=digest).exists():
        return []
    return [f"The chain no longer holds the end {sequence}:{digest}: it was cut off or written anew."]


def _digest(entry: AuditEntry) -> str:
    facts = {
        "sequence": entry.sequence,
        "at": entry.created_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "action": entry.action,
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "actor_id": str(entry.actor_id) if entry.actor_id else None,
        "data": entry.data,
    }
    return digest_of(facts, after=entry.previous_digest)
