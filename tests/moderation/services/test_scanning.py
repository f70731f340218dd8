"""Scanning content: what is stored, what the verdict is, and that faults mean review."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from moderation.hashing.banks import PDQ_DISTANCE
from moderation.hashing.pdq import distance
from moderation.models import (
    AuditEntry,
    AuditHead,
    BankKind,
    Decision,
    HashAlgorithm,
    Policy,
    ReviewItem,
    ScanRun,
)
from moderation.scanners import SCANNERS, running
from moderation.scanners.base import Media, ScanInput
from moderation.services.banks import bank_create, bank_entry_add
from moderation.services.scanning import scan_picture, scan_video
from moderation.taxonomy import Category, Severity, Surface, Verdict
from templates_app.characters import draw_character
from tests.factories.moderation import RecordingSubject, explicit_stand_in, member_of, plain_picture
from tests.factories.videos import write_mp4
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
STAND_INS = "tests.moderation.stand_in_scanners"


def scanned(pixels: np.ndarray | None = None, **changes: Any) -> ScanRun:
    values = {"subject_type": "test_subject", "subject_id": uuid.uuid4(), "surface": Surface.PHOTO, **changes}
    return scan_picture(pixels=plain_picture(64, 64) if pixels is None else pixels, **values)


def test_an_ordinary_picture_passes_and_leaves_its_scores() -> None:
    run = scanned(plain_picture())
    assert (run.verdict, run.reason_codes, run.review_item) == (Verdict.PASS, [], None)
    assert {report["key"] for report in run.scanners} == set(SCANNERS) - {"text_terms"}
    assert all(report["milliseconds"] > 0 and not report["error"] for report in run.scanners)
    finding = run.findings.get(label="nsfw")
    assert finding.scanner_version
    assert finding.confidence < 5


def test_the_explicit_stand_in_is_blocked_with_its_reason() -> None:
    run = scanned(explicit_stand_in())
    assert (run.verdict, run.reason_codes) == (Verdict.BLOCK, ["sexual_explicit"])
    assert run.review_item is None
    corroborated = run.findings.get(label="nudity_corroborated")
    assert corroborated.box is not None
    assert corroborated.evidence["detector_label"] == "female_breast_exposed"


def test_a_doubtful_picture_waits_for_a_person() -> None:
    owner = member_of(roles.APP, "owner")
    run = scanned(explicit_stand_in(doubtful=True), owner_id=owner.pk, job_kind="dance_video")
    item = run.review_item
    assert run.verdict == Verdict.REVIEW
    assert item is not None
    assert (item.state, item.owner_id, item.job_kind) == ("open", owner.pk, "dance_video")
    assert item.category == Category.SEXUAL_NUDITY
    assert item.reason_codes == run.reason_codes == ["sexual_nudity", "scanners_disagree"]
    assert item.due_at > item.created_at


def test_the_machines_decision_and_its_audit_entry_are_written() -> None:
    run = scanned(explicit_stand_in())
    decision = Decision.objects.get(scan_run=run)
    assert (decision.verdict, decision.by, decision.policy) == (Verdict.BLOCK, None, run.policy)
    entry = AuditEntry.objects.get(subject_id=str(decision.pk))
    assert entry.data["verdict"] == "block"
    assert entry.data["policy_version"] == 1


def test_the_owner_of_the_content_is_not_called_by_the_machine(subject: RecordingSubject) -> None:
    scanned(explicit_stand_in())
    assert subject.told == []


@pytest.mark.parametrize("scanner", ["Breaks", "CannotLoad", "CannotBeMade", "NoSuchClass"])
def test_a_scanner_that_fails_means_review(only_scanners: Callable[..., None], scanner: str) -> None:
    only_scanners(f"{STAND_INS}:{scanner}", f"{STAND_INS}:SeesNothing")
    run = scanned()
    assert (run.verdict, run.reason_codes) == (Verdict.REVIEW, ["scanner_failed"])
    assert run.review_item is not None
    finding = run.findings.get()
    assert finding.category == Category.SCANNER_FAILED
    assert finding.evidence["error"]


def test_a_scanner_that_hangs_means_review(
    only_scanners: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    only_scanners(f"{STAND_INS}:Hangs")
    monkeypatch.setattr(running.run_scanners, "__kwdefaults__", {"seconds_for_one": 0.1})
    assert scanned().verdict == Verdict.REVIEW


def test_a_failed_scanner_does_not_hide_what_another_saw(only_scanners: Callable[..., None]) -> None:
    only_scanners(f"{STAND_INS}:Breaks", f"{STAND_INS}:SeesGore")
    assert scanned().verdict == Verdict.BLOCK


def test_no_scanner_at_all_means_review(only_scanners: Callable[..., None]) -> None:
    only_scanners()
    assert scanned().verdict == Verdict.REVIEW


def test_no_live_policy_means_review() -> None:
    Policy.objects.update(state="retired")
    run = scanned()
    assert (run.verdict, run.reason_codes, run.policy) == (Verdict.REVIEW, ["no_live_policy"], None)
    assert run.review_item is not None


def test_a_second_scan_of_waiting_content_keeps_one_item() -> None:
    subject_id = uuid.uuid4()
    first = scanned(explicit_stand_in(doubtful=True), subject_id=subject_id)
    second = scanned(explicit_stand_in(doubtful=True), subject_id=subject_id)
    item = ReviewItem.objects.get(subject_id=subject_id)
    assert item.scan_run == second
    assert (first.review_item, second.review_item) == (None, item)


def test_nothing_is_stored_when_the_last_step_fails() -> None:
    subject_id = uuid.uuid4()
    AuditHead.objects.update(sequence=0)  # the next entry would take a number that is taken
    with pytest.raises(IntegrityError), transaction.atomic():
        scanned(explicit_stand_in(doubtful=True), subject_id=subject_id)
    assert not ScanRun.objects.filter(subject_id=subject_id).exists()
    assert not ReviewItem.objects.filter(subject_id=subject_id).exists()
    assert not Decision.objects.filter(subject_id=subject_id).exists()


def test_the_digest_is_of_the_pixels() -> None:
    import hashlib

    pixels = plain_picture()
    assert scanned(pixels[:, ::-1]).content_sha256 == hashlib.sha256(pixels[:, ::-1].tobytes()).hexdigest()


# Videos


def bright(level: int) -> np.ndarray:
    return np.full((64, 64, 3), level, np.uint8)


def scanned_video(path: Path) -> ScanRun:
    return scan_video(subject_type="test_subject", subject_id=uuid.uuid4(), surface=Surface.OUTPUT, path=path)


def test_the_worst_frame_of_a_video_is_kept_with_its_time(
    only_scanners: Callable[..., None], tmp_path: Path
) -> None:
    only_scanners(f"{STAND_INS}:SeesGoreInBrightFrames")
    frames = [bright(20)] * 10 + [bright(30)] * 10 + [bright(200)] * 5 + [bright(25)] * 10
    run = scanned_video(write_mp4(tmp_path / "a.mp4", frames))
    assert (run.verdict, run.medium) == (Verdict.REVIEW, "video")
    assert run.worst_seconds == 2.0
    finding = run.findings.get()
    assert finding.seconds == 2.0
    assert finding.confidence > 70
    assert run.frames_scanned >= 4


def test_an_explicit_scene_in_a_video_is_blocked(tmp_path: Path) -> None:
    calm, explicit = plain_picture(480, 640), explicit_stand_in()
    path = write_mp4(tmp_path / "a.mp4", [calm] * 12 + [explicit] * 6 + [calm] * 6)
    run = scanned_video(path)
    assert (run.verdict, run.reason_codes) == (Verdict.BLOCK, ["sexual_explicit"])
    assert run.worst_seconds == pytest.approx(1.2, abs=0.45)


def test_the_hash_of_the_worst_frame_is_the_videos(tmp_path: Path) -> None:
    calm, explicit = plain_picture(480, 640), explicit_stand_in()
    run = scanned_video(write_mp4(tmp_path / "a.mp4", [calm] * 12 + [explicit] * 6, crf=12))
    worst, first = (ScanInput(Media.IMAGE, Surface.OUTPUT, one).pdq for one in (explicit, calm))
    assert distance(run.pdq, worst.hex) <= PDQ_DISTANCE < distance(run.pdq, first.hex)
    assert run.pdq_quality > 0


def test_a_video_with_a_picture_of_a_block_bank_is_blocked_and_says_where(
    senior: Any, tmp_path: Path
) -> None:
    calm, unwanted = plain_picture(480, 640), draw_character("person", 640)
    bank = bank_create(
        name="Refused", kind=BankKind.BLOCK, category=Category.GORE, severity=Severity.EXTREME, by=senior
    )
    unwanted_hash = ScanInput(Media.IMAGE, Surface.PHOTO, unwanted).pdq.hex
    bank_entry_add(bank=bank, algorithm=HashAlgorithm.PDQ, value=unwanted_hash, by=senior)
    run = scanned_video(write_mp4(tmp_path / "a.mp4", [calm] * 12 + [unwanted] * 6 + [calm] * 6))
    assert (run.verdict, run.reason_codes) == (Verdict.BLOCK, ["gore"])
    finding = run.findings.get(label="known_picture")
    assert finding.evidence["bank"] == "Refused"
    assert finding.seconds == run.worst_seconds == pytest.approx(1.2, abs=0.45)


def test_an_ordinary_video_passes(tmp_path: Path) -> None:
    run = scanned_video(write_mp4(tmp_path / "a.mp4", [plain_picture()] * 15))
    assert (run.verdict, run.frames_scanned) == (Verdict.PASS, 2)


def test_a_video_that_cannot_be_decoded_is_reviewed(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"no video at all")
    run = scanned_video(path)
    assert (run.verdict, run.reason_codes, run.frames_scanned) == (Verdict.REVIEW, ["scanner_failed"], 0)
