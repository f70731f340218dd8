"""Faces, marks of origin and photo hygiene."""

import cv2
import numpy as np
import pytest

from moderation.scanners.base import Finding, Media, ProvenanceLabel, ScanInput
from moderation.scanners.faces import Faces
from moderation.scanners.photo_hygiene import SIDE, PhotoHygiene, sharpness
from moderation.scanners.provenance import Provenance
from moderation.taxonomy import Category, Severity, Surface
from templates_app.characters import draw_character
from tests.factories.moderation import plain_picture
from tongyi_portal.vision import sessions
from tongyi_portal.vision.model_files import ModelFiles


@pytest.fixture
def faces(model_files: ModelFiles, monkeypatch: pytest.MonkeyPatch) -> Faces:
    monkeypatch.setattr(sessions, "_fetched", model_files.root)
    return Faces()


def item(pixels: np.ndarray) -> ScanInput:
    return ScanInput(Media.IMAGE, Surface.PHOTO, pixels)


def test_one_face_is_counted_and_nothing_is_said_of_age_or_gender(faces: Faces) -> None:
    count, question = faces.scan(item(draw_character("qipao", 480)))
    assert (count.label, count.severity, count.evidence["count"]) == ("faces", Severity.CONTEXT, 1)
    assert (question.label, question.category) == ("age_question", Category.MINOR_SAFETY)
    assert question.severity == Severity.CONTEXT  # by itself it leads to nothing
    words = (repr(count) + repr(question)).lower()
    assert "male" not in words
    assert "years" not in words


def test_several_faces_are_told_of(faces: Faces) -> None:
    two = np.concatenate([draw_character("qipao", 480), draw_character("person", 480)], axis=1)
    found = {one.label: one for one in faces.scan(item(two))}
    assert found["faces"].evidence["count"] == 2
    assert found["several_faces"].category == Category.LIKENESS_CONSENT
    assert found["several_faces"].severity == Severity.MILD


def test_a_picture_without_people_has_no_faces(faces: Faces) -> None:
    assert faces.scan(item(plain_picture())) == []


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (ProvenanceLabel("aigc", "ai", "000"), [("marked_ai_made", 0, 100.0)]),
        (ProvenanceLabel("aigc", "ai_suspected"), [("marked_ai_possible", 0, 40.0)]),
        (ProvenanceLabel("iptc", "ai_edited"), [("marked_ai_edited", 0, 100.0)]),
        (
            ProvenanceLabel("c2pa", "captured", is_valid=False),
            [("marked_captured", 0, 100.0), ("mark_invalid", 2, 100.0)],
        ),
        (ProvenanceLabel("c2pa", "something new"), [("marked_otherwise", 0, 100.0)]),
    ],
)
def test_marks_of_origin_are_context(mark: ProvenanceLabel, expected: list[tuple[str, int, float]]) -> None:
    read = ScanInput(Media.IMAGE, Surface.PHOTO, plain_picture(64, 64), provenance=(mark,))
    found = Provenance().scan(read)
    assert [(one.label, one.severity, one.confidence) for one in found] == expected


def test_without_marks_there_is_nothing_to_say() -> None:
    assert Provenance().scan(item(plain_picture(64, 64))) == []


def hygiene(pixels: np.ndarray) -> list[Finding]:
    return PhotoHygiene().scan(item(pixels))


def test_a_good_photo_has_no_faults() -> None:
    assert hygiene(draw_character("person", 640)) == []


def test_faults_of_a_photo_are_technical_and_mild() -> None:
    sharp = draw_character("person", 640)
    faults = {
        "picture_dark": (sharp // 10).astype(np.uint8),
        "picture_blurred": cv2.GaussianBlur(sharp, (0, 0), 14),
        "picture_blank": np.full((600, 500, 3), 200, np.uint8),
        "picture_tiny": cv2.resize(sharp, (120, 160), interpolation=cv2.INTER_AREA),
    }
    for label, pixels in faults.items():
        found = {one.label: one for one in hygiene(np.asarray(pixels, np.uint8))}
        assert label in found, (label, sorted(found))
        assert (found[label].category, found[label].severity) == (Category.TECHNICAL, Severity.MILD)
        assert 50 <= found[label].confidence <= 100


def test_sharpness_is_the_largest_variance_of_nine_parts() -> None:
    grey = item(draw_character("person", 640)).grey(SIDE)
    edges = cv2.Laplacian(grey, cv2.CV_32F).astype(np.float64)
    parts = [part for rows in np.array_split(edges, 3) for part in np.array_split(rows, 3, axis=1)]
    assert sharpness(grey) == pytest.approx(max(part.var() for part in parts), rel=1e-4)


def test_a_qr_code_is_found_and_what_it_says_is_not_kept() -> None:
    code = cv2.QRCodeEncoder.create().encode("https://example.test/secret")
    picture = plain_picture(720, 960)
    side = 260
    enlarged = cv2.resize(code, (side, side), interpolation=cv2.INTER_NEAREST)
    board = np.full((side + 60, side + 60), 255, np.uint8)
    board[30:-30, 30:-30] = enlarged
    picture[500 : 500 + side + 60, 200 : 200 + side + 60] = board[..., None]
    (found,) = [one for one in hygiene(picture) if one.label == "qr_code"]
    assert (found.category, found.severity) == (Category.ADS_SPAM, Severity.MILD)
    assert found.box is not None
    assert found.box[1] > 0.5
    assert "example" not in repr(found)
