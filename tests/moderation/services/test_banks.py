"""Hash banks: who may change them, what counts when, and what a revised decision takes off again."""

import uuid
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from moderation.bank_errors import (
    BankContentGone,
    BankEntryRefused,
    BankEntryRemoved,
    BankFileRefused,
    BankTaken,
)
from moderation.models import AuditEntry, BankEntry, BankKind, Decision, HashAlgorithm, HashBank, ScanRun
from moderation.scanners.base import Media, ScanInput
from moderation.services.audit import audit_verify
from moderation.services.bank_imports import bank_entries_export, bank_entries_import
from moderation.services.banks import (
    bank_add_subject,
    bank_change,
    bank_create,
    bank_entry_add,
    bank_entry_remove,
)
from moderation.services.decisions import decision_override
from moderation.services.scanning import scan_picture
from moderation.subject_registry import SubjectContent
from moderation.taxonomy import Category, Severity, Surface, Verdict
from templates_app.characters import draw_character
from tests.factories.moderation import RecordingSubject, explicit_stand_in, member_of
from tongyi_portal.common import roles
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db
HASH = "0123456789abcdef" * 4


@pytest.fixture
def person() -> np.ndarray:
    return draw_character("person", 288)


@pytest.fixture
def bank(senior: Any) -> HashBank:
    return bank_create(
        name="Refused", kind=BankKind.BLOCK, category=Category.GORE, severity=Severity.EXTREME, by=senior
    )


@pytest.fixture
def approved(senior: Any) -> HashBank:
    return bank_create(name="Approved", kind=BankKind.ALLOW, by=senior)


@pytest.fixture
def shown(subject: RecordingSubject, monkeypatch: pytest.MonkeyPatch) -> dict[uuid.UUID, np.ndarray]:
    """What content the test subject has."""
    pictures: dict[uuid.UUID, np.ndarray] = {}

    @contextmanager
    def content(subject_id: uuid.UUID) -> Any:
        pixels = pictures.get(subject_id)
        yield SubjectContent("image", Surface.PHOTO, pixels=pixels) if pixels is not None else None

    monkeypatch.setattr(subject, "content", content)
    return pictures


def scanned(pixels: np.ndarray, subject_id: uuid.UUID | None = None, **changes: Any) -> ScanRun:
    values: dict[str, Any] = {"subject_type": "test_subject", "surface": Surface.PHOTO, **changes}
    return scan_picture(pixels=pixels, subject_id=subject_id or uuid.uuid4(), **values)


def test_a_picture_on_a_block_bank_is_blocked_from_the_next_scan_on_and_free_once_removed(
    shown: dict[uuid.UUID, np.ndarray], bank: HashBank, senior: Any, person: np.ndarray
) -> None:
    subject_id = uuid.uuid4()
    shown[subject_id] = person
    assert scanned(person).verdict == Verdict.PASS
    entries = bank_add_subject(subject_type="test_subject", subject_id=subject_id, bank=bank, by=senior)
    assert sorted(entry.algorithm for entry in entries) == ["pdq", "sha256"]
    mirrored = scanned(np.ascontiguousarray(person[:, ::-1]))
    assert (mirrored.verdict, mirrored.reason_codes) == (Verdict.BLOCK, ["gore"])
    assert mirrored.findings.get(label="known_picture").evidence["bank"] == "Refused"
    for entry in entries:
        bank_entry_remove(entry=entry, by=senior, reason="A mistake.")
    assert scanned(person).verdict == Verdict.PASS
    assert audit_verify().is_intact


def test_a_bank_that_is_switched_off_matches_nothing(
    shown: dict[uuid.UUID, np.ndarray], bank: HashBank, senior: Any, person: np.ndarray
) -> None:
    subject_id = uuid.uuid4()
    shown[subject_id] = person
    bank_add_subject(subject_type="test_subject", subject_id=subject_id, bank=bank, by=senior)
    bank_change(bank=bank, by=senior, is_enabled=False)
    assert scanned(person).verdict == Verdict.PASS


def test_an_approved_picture_is_not_doubted_again_and_a_changed_copy_is(
    shown: dict[uuid.UUID, np.ndarray], approved: HashBank, senior: Any
) -> None:
    doubtful = explicit_stand_in(doubtful=True)
    assert scanned(doubtful).verdict == Verdict.REVIEW
    subject_id = uuid.uuid4()
    shown[subject_id] = doubtful
    bank_add_subject(subject_type="test_subject", subject_id=subject_id, bank=approved, by=senior)
    assert scanned(doubtful).verdict == Verdict.PASS
    changed = doubtful.copy()
    changed[:8, :8] = 0
    run = scanned(changed)
    assert run.verdict == Verdict.REVIEW
    assert run.findings.filter(label="approved_picture").exists()


def test_an_approval_never_lifts_a_block(
    shown: dict[uuid.UUID, np.ndarray], approved: HashBank, senior: Any
) -> None:
    subject_id = uuid.uuid4()
    shown[subject_id] = explicit_stand_in()
    bank_add_subject(subject_type="test_subject", subject_id=subject_id, bank=approved, by=senior)
    assert scanned(explicit_stand_in()).verdict == Verdict.BLOCK


def test_a_revised_decision_takes_its_hashes_off_the_bank(
    shown: dict[uuid.UUID, np.ndarray], bank: HashBank, senior: Any
) -> None:
    subject_id = uuid.uuid4()
    shown[subject_id] = explicit_stand_in()
    scanned(shown[subject_id], subject_id)
    bank_add_subject(subject_type="test_subject", subject_id=subject_id, bank=bank, by=senior)
    decision = Decision.objects.get(subject_id=subject_id)
    decision_override(decision=decision, by=senior, approve=True, reason_code="", note="Spheres.")
    entries = list(BankEntry.objects.filter(bank=bank))
    assert len(entries) == 2
    assert {(entry.is_active, entry.removed_by, entry.removed_reason) for entry in entries} == {
        (False, senior, "decision_revised")
    }
    assert AuditEntry.objects.filter(action="moderation.bank_entry.removed").count() == 2


def test_hashes_of_one_picture_are_tied_also_to_one_that_stood_there(
    shown: dict[uuid.UUID, np.ndarray], bank: HashBank, senior: Any, person: np.ndarray
) -> None:
    hashed = ScanInput(Media.IMAGE, Surface.PHOTO, person)
    stood = bank_entry_add(bank=bank, algorithm=HashAlgorithm.PDQ, value=hashed.pdq.hex, by=senior)
    subject_id = uuid.uuid4()
    shown[subject_id] = person
    (new,) = bank_add_subject(subject_type="test_subject", subject_id=subject_id, bank=bank, by=senior)
    assert (new.algorithm, new.same_as) == (HashAlgorithm.SHA256, stood)
    bank_entry_remove(entry=stood, by=senior, reason="Too coarse.")
    (again,) = bank_add_subject(subject_type="test_subject", subject_id=subject_id, bank=bank, by=senior)
    assert (again.algorithm, again.same_as) == (HashAlgorithm.PDQ, stood)


def test_content_that_is_gone_or_known_adds_nothing(
    shown: dict[uuid.UUID, np.ndarray], bank: HashBank, senior: Any, person: np.ndarray
) -> None:
    with pytest.raises(BankContentGone):
        bank_add_subject(subject_type="test_subject", subject_id=uuid.uuid4(), bank=bank, by=senior)
    for expected in (2, 0):
        subject_id = uuid.uuid4()
        shown[subject_id] = person
        added = bank_add_subject(subject_type="test_subject", subject_id=subject_id, bank=bank, by=senior)
        assert len(added) == expected


def test_only_who_may_edit_banks_changes_them(bank: HashBank, moderator: Any) -> None:
    with pytest.raises(PermissionRefused):
        bank_entry_add(bank=bank, algorithm=HashAlgorithm.PDQ, value=HASH, by=moderator)
    with pytest.raises(PermissionRefused):
        bank_create(name="Mine", kind=BankKind.BLOCK, by=moderator)
    with pytest.raises(PermissionRefused):
        bank_entries_import(bank=bank, data=HASH.encode(), by=moderator)


def test_a_hash_stands_on_a_bank_once_and_can_return_after_its_removal(bank: HashBank, senior: Any) -> None:
    entry = bank_entry_add(bank=bank, algorithm=HashAlgorithm.PDQ, value=HASH.upper(), by=senior)
    assert entry.value == HASH
    with pytest.raises(BankEntryRefused) as refused:
        bank_entry_add(bank=bank, algorithm=HashAlgorithm.PDQ, value=HASH, by=senior)
    assert refused.value.details == {"fault": "known"}
    with pytest.raises(BankEntryRefused):
        bank_entry_remove(entry=entry, by=senior, reason="  ")
    bank_entry_remove(entry=entry, by=senior, reason="Wrong.")
    with pytest.raises(BankEntryRemoved):
        bank_entry_remove(entry=entry, by=senior, reason="Again.")
    assert bank_entry_add(bank=bank, algorithm=HashAlgorithm.PDQ, value=HASH, by=senior).is_active


def test_names_of_banks_are_told_apart(bank: HashBank, senior: Any) -> None:
    with pytest.raises(BankTaken):
        bank_create(name="Refused", kind=BankKind.ALLOW, by=senior)


def test_a_file_of_hashes_is_taken_line_by_line(bank: HashBank, senior: Any) -> None:
    rows = [
        "hash,algorithm,note",
        f"{HASH},pdq,one",
        f"{HASH},pdq,again",
        "xyz,pdq,",
        f"{'0' * 64},sha256,",
        f"{HASH},md5,",
    ]
    report = bank_entries_import(bank=bank, data="\n".join(rows).encode(), by=senior)
    assert (report.added, report.known, report.fault_count) == (2, 0, 2)
    assert report.faults == ((4, "not_hex"), (6, "algorithm"))
    again = bank_entries_import(bank=bank, data="".join(bank_entries_export(bank)).encode(), by=senior)
    assert (again.added, again.known, again.fault_count) == (0, 2, 0)


@pytest.mark.parametrize(
    ("data", "fault"), [(b"", "columns"), (b"a,b\n1,2", "columns"), (b"\xff\xfe\x00", "encoding")]
)
def test_a_file_that_is_no_list_is_refused(bank: HashBank, senior: Any, data: bytes, fault: str) -> None:
    with pytest.raises(BankFileRefused) as refused:
        bank_entries_import(bank=bank, data=data, by=senior)
    assert refused.value.details["fault"] == fault


def test_lists_that_cannot_be_read_mean_review(monkeypatch: pytest.MonkeyPatch, person: np.ndarray) -> None:
    from django.db import DatabaseError

    from moderation.services import scanning

    def fails() -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(scanning, "bank_snapshot", fails)
    run = scanned(person)
    assert (run.verdict, run.reason_codes) == (Verdict.REVIEW, ["scanner_failed"])


def test_members_of_staff_without_the_right_read_banks(bank: HashBank) -> None:
    reader = member_of(roles.MODERATOR, "reader")
    assert reader.has_perm("moderation.view_hashbank")
    assert not reader.has_perm(roles.BANKS_EDIT)
