"""What holds for each scanner of the table: when it breaks, a person looks."""

import uuid
from pathlib import Path

import numpy as np
import pytest

from moderation.models import ScanRun
from moderation.scanners import SCANNERS
from moderation.scanners.base import Finding, Media, ScanInput
from moderation.services.scanning import scan_picture, scan_video, scanners_for
from moderation.services.texts import scan_text
from moderation.taxonomy import Severity, Surface, Verdict
from tests.factories.moderation import plain_picture
from tests.factories.videos import write_mp4

pytestmark = pytest.mark.django_db
SUBJECT = "test_subject"


def breaks(_scanner: object, _item: ScanInput) -> list[Finding]:
    raise RuntimeError("the model is gone")


def scanned(media: Media, folder: Path) -> ScanRun:
    """The run over a harmless text, video or picture."""
    if media == Media.TEXT:
        return scan_text(
            subject_type=SUBJECT, subject_id=uuid.uuid4(), surface=Surface.PROMPT, text="a red panda"
        )
    if media == Media.VIDEO_FRAME:
        path = write_mp4(folder / "a.mp4", [plain_picture(64, 64)] * 3)
        return scan_video(subject_type=SUBJECT, subject_id=uuid.uuid4(), surface=Surface.OUTPUT, path=path)
    pixels: np.ndarray = plain_picture(64, 64)
    return scan_picture(subject_type=SUBJECT, subject_id=uuid.uuid4(), surface=Surface.PHOTO, pixels=pixels)


@pytest.mark.parametrize("key", sorted(SCANNERS))
def test_when_it_breaks_everything_it_looks_at_is_reviewed(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanner_class = SCANNERS.get(key)
    monkeypatch.setattr(scanner_class, "scan", breaks)
    for media in sorted(scanner_class.accepts):
        run = scanned(media, tmp_path)
        assert (run.verdict, run.reason_codes) == (Verdict.REVIEW, ["scanner_failed"]), media
        fault = run.findings.get(label="scanner_failed")
        assert (fault.scanner, fault.severity) == (key, Severity.SERIOUS)
        assert "the model is gone" in fault.evidence["error"]
        assert [one["key"] for one in run.scanners if one["error"]] == [key]


def test_two_scanners_that_break_do_not_agree_that_a_picture_is_explicit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("nsfw_detector", "nsfw_classifier"):
        monkeypatch.setattr(SCANNERS.get(key), "scan", breaks)
    run = scanned(Media.IMAGE, tmp_path)
    assert (run.verdict, run.reason_codes) == (Verdict.REVIEW, ["scanner_failed"])


def test_every_medium_has_scanners() -> None:
    for media in Media:
        ready, failures = scanners_for(media)
        assert ready
        assert not failures
