"""The worst frame of a video: kept with its scan, shown to staff, gone with the video, never an orphan."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from moderation import personal_data
from moderation.evidence_locks import EVIDENCE_LOCKS
from moderation.models import AuditEntry, AuditHead, Decision, KeptFrame, ScanRun
from moderation.models.scan import ScanPurpose
from moderation.personal_data import PersonalData
from moderation.review.kept_frame_file import kept_frame_url
from moderation.review.views import desk_url
from moderation.scanners.stills import LONGEST_SIDE, still_of
from moderation.services import kept_frames
from moderation.services.decisions import decisions_verify
from moderation.services.erasure import erasure_request, erasure_run
from moderation.services.reviews import reviews_drop
from moderation.services.scanning import scan_picture, scan_video
from moderation.tasks.light import wipe_frames
from moderation.taxonomy import Surface, Verdict
from tests.factories.accounts import UserFactory, user_with
from tests.factories.moderation import RecordingSubject
from tests.factories.videos import write_mp4
from tests.moderation.services.test_audit import without_locks
from tongyi_portal.common import roles, storage

pytestmark = pytest.mark.django_db
STAND_INS = "tests.moderation.stand_in_scanners"
UPLOADS = storage.UPLOADS


def level(brightness: int, width: int = 64, height: int = 64) -> np.ndarray:
    return np.full((height, width, 3), brightness, np.uint8)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Dark, dark, bright, dark: the bright frame at two seconds is the worst."""
    frames = [level(20)] * 10 + [level(30)] * 10 + [level(200)] * 5 + [level(25)] * 10
    return write_mp4(tmp_path / "a.mp4", frames)


@pytest.fixture
def gore_is_bright(only_scanners: Callable[..., None]) -> None:
    only_scanners(f"{STAND_INS}:SeesGoreInBrightFrames")


def scanned(path: Path, **changes: Any) -> ScanRun:
    values = {
        "subject_type": "test_subject",
        "subject_id": uuid.uuid4(),
        "surface": Surface.OUTPUT,
        **changes,
    }
    return scan_video(path=path, **values)


def stored_frames() -> set[str]:
    return set(storage.keys_below(UPLOADS, storage.frame_folder(timezone.now())))


def no_storage(*_given: Any) -> Any:
    raise storage.StorageUnavailable


def test_the_picture_of_the_worst_moment_is_kept(gore_is_bright: None, film: Path) -> None:
    run = scanned(film)
    frame = run.kept_frame
    data = storage.read_bytes(UPLOADS, frame.key)
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert (run.verdict, frame.seconds, run.worst_seconds) == (Verdict.REVIEW, 2.0, 2.0)
    assert abs(float(pixels.mean()) - 200) < 6
    assert (frame.width, frame.height, frame.byte_size) == (64, 64, len(data))
    assert frame.sha256 == hashlib.sha256(data).hexdigest()


def test_a_frame_is_scaled_down_and_never_up() -> None:
    wide, small = still_of(level(90, 1920, 1080)), still_of(level(90, 64, 48))
    assert (wide.width, wide.height) == (LONGEST_SIDE, 540)
    assert (small.width, small.height) == (64, 48)
    assert cv2.imdecode(np.frombuffer(wide.data, np.uint8), cv2.IMREAD_COLOR).shape == (540, LONGEST_SIDE, 3)


def test_nothing_is_kept_of_a_video_that_passes(only_scanners: Callable[..., None], film: Path) -> None:
    only_scanners(f"{STAND_INS}:SeesNothing")
    run = scanned(film)
    assert run.verdict == Verdict.PASS
    assert not KeptFrame.objects.filter(scan_run=run).exists()
    assert not any(str(run.pk) in key for key in stored_frames())


def test_nothing_is_kept_of_pictures_and_of_checks(gore_is_bright: None, film: Path) -> None:
    picture = scan_picture(
        subject_type="test_subject", subject_id=uuid.uuid4(), surface=Surface.PHOTO, pixels=level(220)
    )
    check = scanned(film, purpose=ScanPurpose.CHECK)
    assert Verdict.PASS not in {picture.verdict, check.verdict}
    assert not KeptFrame.objects.exists()


def test_where_a_scanner_broke_the_frame_it_broke_at_is_kept(
    only_scanners: Callable[..., None], film: Path
) -> None:
    only_scanners(f"{STAND_INS}:Breaks")
    assert scanned(film).kept_frame.seconds == 0.0


def test_a_storage_that_fails_costs_the_picture_and_not_the_verdict(
    gore_is_bright: None, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "store_bytes", no_storage)
    run = scanned(film)
    assert run.verdict == Verdict.REVIEW
    assert run.review_item is not None
    assert not KeptFrame.objects.exists()


def test_a_row_that_cannot_be_written_takes_its_file_along(gore_is_bright: None, film: Path) -> None:
    before = stored_frames()
    AuditHead.objects.update(sequence=0)  # the next entry would take a number that is taken
    with pytest.raises(IntegrityError), transaction.atomic():
        scanned(film)
    assert stored_frames() == before


def test_a_file_whose_process_died_is_swept_and_one_with_a_row_or_of_this_hour_stays(
    gore_is_bright: None, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = timezone.now() - timedelta(hours=5)
    lost = storage.store_bytes(UPLOADS, storage.frame_key(uuid.uuid4(), earlier), b"lost")
    fresh = storage.store_bytes(UPLOADS, storage.frame_key(uuid.uuid4(), timezone.now()), b"being written")
    with monkeypatch.context() as patch:
        patch.setattr(kept_frames.timezone, "now", lambda: earlier)
        kept = scanned(film).kept_frame
    assert storage.frame_folder(earlier) in kept.key
    wipe_frames()
    assert not storage.exists(UPLOADS, lost)
    assert storage.exists(UPLOADS, fresh)
    assert storage.exists(UPLOADS, kept.key)


def test_the_frame_goes_with_the_content(gore_is_bright: None, film: Path, subject: RecordingSubject) -> None:
    frame = scanned(film).kept_frame
    with TestCase.captureOnCommitCallbacks(execute=True):
        reviews_drop(frame.scan_run.subject_type, frame.scan_run.subject_id)
    gone = KeptFrame.objects.get(pk=frame.pk)
    assert gone.erased_at is not None
    assert (gone.key, gone.sha256) == ("", frame.sha256)
    assert not storage.exists(UPLOADS, frame.key)


def test_a_storage_that_fails_hides_the_frame_and_it_is_wiped_later(
    gore_is_bright: None, film: Path, subject: RecordingSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = scanned(film).kept_frame
    with monkeypatch.context() as patch:
        patch.setattr(storage, "erase", no_storage)
        with TestCase.captureOnCommitCallbacks(execute=True):
            reviews_drop(frame.scan_run.subject_type, frame.scan_run.subject_id)
    hidden = KeptFrame.objects.get(pk=frame.pk)
    assert (hidden.key, hidden.erased_at is not None) == (frame.key, True)
    wipe_frames()
    assert not storage.exists(UPLOADS, frame.key)
    assert KeptFrame.objects.get(pk=frame.pk).key == ""


@pytest.mark.parametrize("whole_account", [True, False])
def test_an_erasure_takes_the_frame_and_the_evidence_still_verifies(
    gore_is_bright: None, film: Path, subject: RecordingSubject, whole_account: bool
) -> None:
    owner = UserFactory()
    run = scanned(film, owner_id=owner.pk)
    key = run.kept_frame.key
    about = {} if whole_account else {"subject_type": run.subject_type, "subject_id": run.subject_id}
    erasure = erasure_run(erasure_id=erasure_request(owner=owner, by=owner, **about).pk)
    assert erasure is not None
    assert (erasure.state, erasure.report["frames"]) == ("done", 1)
    assert not storage.exists(UPLOADS, key)
    assert decisions_verify() == []


def test_an_erasure_counts_the_frames_that_went_with_the_content(
    gore_is_bright: None, film: Path, subject: RecordingSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = UserFactory()
    run = scanned(film, owner_id=owner.pk)
    scanned(film, owner_id=owner.pk)

    def erase(_owner_id: uuid.UUID) -> int:
        reviews_drop(run.subject_type, run.subject_id)
        return 1

    monkeypatch.setitem(personal_data._KINDS, "clips", PersonalData("clips", erase, lambda _owner_id: []))
    erasure = erasure_run(erasure_id=erasure_request(owner=owner, by=owner).pk)
    assert erasure is not None
    assert erasure.report["frames"] == 2


def test_what_hides_a_frame_stands_in_the_chain(
    gore_is_bright: None, film: Path, subject: RecordingSubject
) -> None:
    run = scanned(film)
    with TestCase.captureOnCommitCallbacks(execute=True):
        reviews_drop(run.subject_type, run.subject_id)
    frame = KeptFrame.objects.get()
    entry = AuditEntry.objects.get(action="moderation.frame.erased")
    assert (entry.subject_id, entry.data["sha256"]) == (str(frame.pk), frame.sha256)
    assert kept_frames.kept_frames_verify() == []
    call_command("audit_verify")


def test_a_frame_that_somebody_hid_is_found_and_keeps_its_file(
    gore_is_bright: None, film: Path, subject: RecordingSubject
) -> None:
    frame = scanned(film).kept_frame
    with connection.cursor() as cursor:
        cursor.execute("UPDATE moderation_keptframe SET erased_at = created_at")
    assert kept_frames.kept_frames_wipe(KeptFrame.objects.all()) == 0
    assert storage.read_bytes(UPLOADS, frame.key)
    assert [fault.partition(" is hidden")[1] for fault in kept_frames.kept_frames_verify()] == [" is hidden"]
    with pytest.raises(CommandError):
        call_command("audit_verify")


def test_a_frame_whose_process_died_before_the_chain_was_told_is_told_of_before_it_is_wiped(
    gore_is_bright: None, film: Path, subject: RecordingSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = scanned(film)
    reviews_drop(run.subject_type, run.subject_id)  # what follows the commit never comes
    monkeypatch.setattr(subject, "preview", lambda _subject_id: None)
    assert kept_frames.kept_frames_wipe(KeptFrame.objects.all()) == 1
    assert kept_frames.kept_frames_verify() == []


@pytest.mark.parametrize("change", ["erased_at = created_at, key = ''", "key = 'another'"])
def test_the_database_refuses_to_lose_a_frame_in_one_step(
    gore_is_bright: None, film: Path, change: str
) -> None:
    scanned(film)
    EVIDENCE_LOCKS.install(connection)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE moderation_keptframe SET {change}")


def test_an_erased_frame_is_not_shown_again(
    gore_is_bright: None, film: Path, subject: RecordingSubject
) -> None:
    run = scanned(film)
    reviews_drop(run.subject_type, run.subject_id)
    EVIDENCE_LOCKS.install(connection)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE moderation_keptframe SET erased_at = NULL")


@pytest.mark.parametrize("change", ["sha256 = 'f'", "seconds = 9", "width = 1"])
def test_a_changed_row_is_found_and_refused_by_the_database(
    gore_is_bright: None, film: Path, change: str
) -> None:
    scanned(film)
    EVIDENCE_LOCKS.install(connection)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE moderation_keptframe SET {change}")
    assert decisions_verify() == []
    with without_locks() as cursor:
        cursor.execute(f"UPDATE moderation_keptframe SET {change}")
    assert [fault for fault in decisions_verify() if fault.startswith("The scan of decision")]


def test_a_row_that_was_taken_out_or_put_in_is_found(gore_is_bright: None, film: Path) -> None:
    run, bare = scanned(film), scanned(film)
    with without_locks() as cursor:
        cursor.execute("DELETE FROM moderation_keptframe")
    KeptFrame.objects.create(
        scan_run=bare, seconds=2.0, key="frames/x.jpg", width=1, height=1, byte_size=1, sha256="0" * 64
    )
    faults = decisions_verify()
    for decision in Decision.objects.filter(scan_run__in=[run, bare]):
        assert f"The scan of decision {decision.pk} differs from its audit entry." in faults


def test_scans_without_a_frame_keep_the_digest_they_always_had() -> None:
    from moderation.canonical import digest_of
    from moderation.services.scan_digests import scan_digests
    from tests.factories.moderation import ScanRunFactory

    run = ScanRun.objects.get(pk=ScanRunFactory().pk)
    values = [
        *(str(run.pk), "test_subject", str(run.subject_id), "photo", "", "image", "admission"),
        *("0" * 64, "", 0, str(run.policy_id), "review", ["sexual_nudity"], 1, None),
    ]
    assert scan_digests([run.pk])[run.pk].seen == digest_of([values, []])


def test_audit_verify_reads_the_files_when_asked(gore_is_bright: None, film: Path, capsys: Any) -> None:
    swapped, missing = scanned(film).kept_frame, scanned(film).kept_frame
    call_command("audit_verify", "--files")
    storage.erase(UPLOADS, swapped.key)
    storage.store_bytes(UPLOADS, swapped.key, b"another picture")
    storage.erase(UPLOADS, missing.key)
    call_command("audit_verify")
    with pytest.raises(CommandError, match="2 faults"):
        call_command("audit_verify", "--files")
    told = capsys.readouterr().err
    assert f"The kept frame of scan {swapped.scan_run_id} is not the one that was stored." in told
    assert f"The kept frame of scan {missing.scan_run_id} is missing." in told


# Who sees it


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_staff_see_it_at_a_signed_address_and_nobody_else(
    gore_is_bright: None, film: Path, moderator: Any
) -> None:
    owner = user_with(roles.API_USE)
    frame = scanned(film, owner_id=owner.pk).kept_frame
    url = kept_frame_url(frame)
    seen = signed_in(moderator).get(url)
    assert (seen.status_code, seen["Content-Type"]) == (200, "image/jpeg")
    assert b"".join(seen.streaming_content) == storage.read_bytes(UPLOADS, frame.key)
    assert seen["Cache-Control"] == "private, no-store"
    assert signed_in(owner).get(url).status_code == 403
    assert Client().get(url).status_code in {401, 403}
    as_owner = storage.signed_path("frames", frame.pk)
    refused = signed_in(moderator).get(as_owner)
    assert (refused.status_code, refused.json()["code"]) == (403, "link_invalid")


def test_an_erased_frame_is_not_served(
    gore_is_bright: None, film: Path, moderator: Any, subject: RecordingSubject
) -> None:
    frame = scanned(film).kept_frame
    url = kept_frame_url(frame)
    reviews_drop(frame.scan_run.subject_type, frame.scan_run.subject_id)
    assert signed_in(moderator).get(url).status_code == 404


def test_the_desk_and_the_page_of_the_scan_show_it_veiled(
    gore_is_bright: None, film: Path, moderator: Any, subject: RecordingSubject
) -> None:
    run = scanned(film)
    item = run.review_item
    assert item is not None
    client = signed_in(moderator)
    desk = client.get(desk_url(item.pk)).content.decode()
    assert f'<img class="desk-veiled" src="/media/frames/{run.kept_frame.pk}?for=staff&amp;token=' in desk
    assert "The worst frame, kept as evidence: 2.0 s" in desk
    page = client.get(reverse("admin:moderation_scanrun_change", args=[run.pk])).content.decode()
    assert "portal-veil" in page
    assert f"/media/frames/{run.kept_frame.pk}?for=staff" in page
    reviews_drop(run.subject_type, run.subject_id)
    assert "/media/frames/" not in client.get(desk_url(item.pk)).content.decode()
