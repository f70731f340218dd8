"""bank_create, bank_change, bank_entry_add, bank_entry_remove, bank_add_subject, bank_add_picture,
banks_follow_decision.

Whatever changes what is matched bumps the revision in the same transaction, so that every process reads the
banks again with its next scan. An entry is never deleted, only removed, with a reason.
"""

import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from moderation import subject_registry
from moderation.bank_errors import BankContentGone, BankEntryRefused, BankEntryRemoved, BankTaken
from moderation.hashing.banks import MIN_QUALITY, PDQ_DISTANCE
from moderation.hashing.pdq import distance
from moderation.models.bank import BankEntry, BankKind, HashAlgorithm, HashBank
from moderation.models.decision import Decision
from moderation.scanners.base import Media, ScanInput
from moderation.scanners.frames import sampled_frames
from moderation.services.audit import AuditNote, audit_append_all
from moderation.services.list_contents import contents_note, list_locked, list_note, rows_weighed
from moderation.services.matched_entries import entries_behind
from moderation.services.picture_intake import one_picture
from moderation.services.revisions import HASH_BANKS, revision_bump
from moderation.subject_registry import SubjectContent
from moderation.taxonomy import Category, Severity, Surface, Verdict
from tongyi_portal.common import roles

_BANK_FIELDS = frozenset({"name", "category", "severity", "note", "is_enabled", "owner"})
_HEX = re.compile(r"[0-9a-f]{64}")
Hashes = tuple[tuple[HashAlgorithm, str], ...]  # of one picture
MAX_FRAMES = 20  # PDQ hashes of one video at most


@transaction.atomic
def bank_create(
    *,
    name: str,
    kind: BankKind,
    by: Any,
    category: Category = Category.SEXUAL_EXPLICIT,
    severity: Severity = Severity.EXTREME,
    note: str = "",
    owner: Any = None,
) -> HashBank:
    """A new, empty bank that counts at once. Raises PermissionRefused, BankTaken."""
    roles.require(by, roles.BANKS_EDIT)
    if HashBank.objects.filter(name=name).exists():
        raise BankTaken(details={"name": name})
    bank = HashBank.objects.create(
        name=name,
        kind=kind,
        category=category,
        severity=severity,
        note=note,
        owner=owner if owner is not None else by,
    )
    revision_bump(HASH_BANKS)
    audit_append_all([list_note("moderation.bank.created", bank, by, **_bank_facts(bank))])
    return bank


@transaction.atomic
def bank_change(*, bank: HashBank, by: Any, **changes: Any) -> HashBank:
    """Change a bank's fields (name, category, severity, note, is_enabled, owner); its kind never changes.

    Raises PermissionRefused, BankTaken.
    """
    roles.require(by, roles.BANKS_EDIT)
    unknown = set(changes) - _BANK_FIELDS
    if unknown:
        raise TypeError(f"bank_change takes {sorted(_BANK_FIELDS)}, got {sorted(unknown)}.")
    if HashBank.objects.filter(name=changes.get("name", "")).exclude(pk=bank.pk).exists():
        raise BankTaken(details={"name": changes["name"]})
    for field, value in changes.items():
        setattr(bank, field, value)
    bank.save(update_fields=[*changes, "updated_at"])
    revision_bump(HASH_BANKS)
    facts = {**_bank_facts(bank), "fields": sorted(changes)}
    audit_append_all([list_note("moderation.bank.changed", bank, by, **facts)])
    return bank


@transaction.atomic
def bank_entry_add(
    *, bank: HashBank, algorithm: HashAlgorithm, value: str, by: Any, note: str = ""
) -> BankEntry:
    """Put a hash on a bank. value: 64 hex digits in either case.

    Raises PermissionRefused, BankEntryRefused (details["fault"]: not_hex, known).
    """
    roles.require(by, roles.BANKS_EDIT)
    entry = BankEntry(bank=bank, algorithm=algorithm, value=hash_cleaned(value), note=note, added_by=by)
    list_locked(bank)
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as error:
        raise BankEntryRefused(details={"fault": "known"}) from error
    revision_bump(HASH_BANKS)
    added = AuditNote("moderation.bank_entry.added", entry, by, _entry_facts(entry))
    audit_append_all([added, contents_note(bank, by, after=rows_weighed([entry]))])
    return entry


@transaction.atomic
def bank_entry_remove(*, entry: BankEntry, by: Any, reason: str) -> BankEntry:
    """Take a hash off its bank; it no longer matches, and stays as a record.

    Raises PermissionRefused, BankEntryRefused (details["fault"]: reason) without a reason, BankEntryRemoved.
    """
    roles.require(by, roles.BANKS_EDIT)
    if not reason.strip():
        raise BankEntryRefused(details={"fault": "reason"})
    notes = _removed(BankEntry.objects.filter(pk=entry.pk), by=by, reason=reason.strip())
    if not notes:
        raise BankEntryRemoved
    audit_append_all(notes)
    entry.refresh_from_db()
    return entry


@transaction.atomic
def bank_add_subject(
    *, subject_type: str, subject_id: uuid.UUID, bank: HashBank, by: Any, note: str = ""
) -> list[BankEntry]:
    """Put the hashes of one of our own pictures or videos on a bank; the entries that are new.

    A picture gives its SHA-256 and, where it has structure enough, its PDQ; a video the PDQ of frames that
    differ. Raises PermissionRefused, BankContentGone when there is nothing left to hash.
    """
    roles.require(by, roles.BANKS_EDIT)
    with subject_registry.subject_type(subject_type).content(subject_id) as content:
        pictures = [picture for part in content.parts for picture in _pictures_of(part)] if content else []
    if not pictures:
        raise BankContentGone
    added = _new_entries(
        bank, pictures, by=by, note=note, source_subject_type=subject_type, source_subject_id=subject_id
    )
    facts = {
        "bank": str(bank.pk),
        "bank_name": bank.name,
        "kind": bank.kind,
        "subject_type": subject_type,
        "subject": str(subject_id),
        "entries": [str(entry.pk) for entry in added],
    }
    notes = [AuditNote("moderation.bank.subject_added", bank, by, facts)]
    audit_append_all([*notes, contents_note(bank, by, after=rows_weighed(added))] if added else notes)
    return added


@transaction.atomic
def bank_add_picture(*, bank: HashBank, data: bytes, by: Any, note: str = "") -> list[BankEntry]:
    """Put the hashes of a picture file on a bank; the entries that are new. The picture is not kept.

    Its SHA-256 and, where it has structure enough, its PDQ. Raises PermissionRefused, CheckPictureRefused
    with intake's code, ChecksBusy.
    """
    roles.require(by, roles.BANKS_EDIT)
    with one_picture(data) as picture:
        pictures = _pictures_of(SubjectContent("image", Surface.PHOTO, pixels=picture.pixels))
    added = _new_entries(bank, pictures, by=by, note=note)
    notes = [AuditNote("moderation.bank_entry.added", entry, by, _entry_facts(entry)) for entry in added]
    audit_append_all([*notes, contents_note(bank, by, after=rows_weighed(added))] if added else notes)
    return added


def banks_follow_decision(decision: Decision) -> list[AuditNote]:
    """Take off what a revised decision had put on banks: hashes must not outlive the decision they rest on.

    Where a refusal was taken back, also what had led to it, whoever put it there: else the same file would be
    refused again. Part of the decision's own transaction and right; returns what is left to audit.
    """
    is_passed = decision.verdict == Verdict.PASS
    old = decision.overrides
    entries = BankEntry.objects.filter(
        bank__kind=BankKind.BLOCK if is_passed else BankKind.ALLOW,
        source_subject_type=decision.subject_type,
        source_subject_id=decision.subject_id,
    )
    if is_passed and old is not None and old.verdict == Verdict.BLOCK:
        behind = list(entries_behind(old).values_list("pk", flat=True))
        own = list(entries.values_list("pk", flat=True))
        entries = BankEntry.objects.filter(pk__in=[*own, *behind])
    return _removed(entries, by=decision.by, reason="decision_revised")


def hash_cleaned(value: str) -> str:
    """The hash in lower case. Raises BankEntryRefused."""
    cleaned = value.strip().lower()
    if not _HEX.fullmatch(cleaned):
        raise BankEntryRefused(details={"fault": "not_hex"})
    return cleaned


def _removed(entries: Any, *, by: Any, reason: str) -> list[AuditNote]:
    """Mark those that are active as removed; a note for each, and one for each bank."""
    banks = HashBank.objects.filter(pk__in=entries.values("bank")).order_by("pk").select_for_update()
    locked = list(banks)
    active = list(
        entries.select_for_update(of=("self",)).filter(removed_at__isnull=True).select_related("bank")
    )
    before = {bank.pk: rows_weighed(entry for entry in active if entry.bank_id == bank.pk) for bank in locked}
    for entry in active:
        entry.removed_at, entry.removed_by, entry.removed_reason = timezone.now(), by, reason[:200]
        entry.save(update_fields=["removed_at", "removed_by", "removed_reason"])
    if active:
        revision_bump(HASH_BANKS)
    notes = [
        AuditNote("moderation.bank_entry.removed", entry, by, {**_entry_facts(entry), "reason": reason[:200]})
        for entry in active
    ]
    for bank in locked:
        changed = [entry for entry in active if entry.bank_id == bank.pk]
        if changed:
            notes.append(contents_note(bank, by, before=before[bank.pk], after=rows_weighed(changed)))
    return notes


def _new_entries(
    bank: HashBank, pictures: Iterable[Hashes], *, by: Any, note: str, **source: Any
) -> list[BankEntry]:
    """Rows for the hashes that are not on the bank; its lock is held until the transaction ends."""
    list_locked(bank)
    facts = {"bank": bank, "note": note, "added_by": by, **source}
    added = [entry for hashes in pictures for entry in _new_entries_of(hashes, **facts)]
    if added:
        revision_bump(HASH_BANKS)
    return added


def _new_entries_of(hashes: Hashes, *, bank: HashBank, **facts: Any) -> Iterator[BankEntry]:
    """Rows for one picture's hashes, tied to its first one on the bank, which may have stood there before."""
    active = BankEntry.objects.filter(bank=bank, removed_at__isnull=True).select_related("same_as")
    known = {one: active.filter(algorithm=one[0], value=one[1]).first() for one in hashes}
    first = next((entry.same_as or entry for entry in known.values() if entry is not None), None)
    for (algorithm, value), standing in known.items():
        if standing is None:
            entry = BankEntry.objects.create(
                bank=bank, algorithm=algorithm, value=value, same_as=first, **facts
            )
            first = first or entry
            yield entry


def _pictures_of(content: SubjectContent) -> list[Hashes]:
    """The hashes of each picture in the content; frames of a video are pictures of their own."""
    if content.pixels is not None:
        item = ScanInput(Media.IMAGE, content.surface, content.pixels)
        exact = (HashAlgorithm.SHA256, item.sha256)
        has_structure = item.pdq.quality >= MIN_QUALITY
        return [(exact, (HashAlgorithm.PDQ, item.pdq.hex)) if has_structure else (exact,)]
    if content.path is not None:
        frames = sampled_frames(content.path, content.surface)
        return [((HashAlgorithm.PDQ, value),) for value in _distinct(frames)]
    return []


def _distinct(frames: Iterable[ScanInput]) -> list[str]:
    """PDQ hashes of frames that no earlier one of them would match."""
    kept: list[str] = []
    for frame in frames:
        hashed = frame.pdq
        is_known = any(distance(hashed.hex, earlier) <= PDQ_DISTANCE for earlier in kept)
        if hashed.quality >= MIN_QUALITY and not is_known:
            kept.append(hashed.hex)
        if len(kept) == MAX_FRAMES:
            break
    return kept


def _bank_facts(bank: HashBank) -> dict[str, Any]:
    return {
        "name": bank.name,
        "kind": str(bank.kind),
        "category": str(bank.category),
        "severity": int(bank.severity),
        "is_enabled": bank.is_enabled,
    }


def _entry_facts(entry: BankEntry) -> dict[str, Any]:
    return {
        "bank": str(entry.bank.pk),
        "bank_name": entry.bank.name,
        "kind": str(entry.bank.kind),
        "algorithm": str(entry.algorithm),
        "value": entry.value,
    }
