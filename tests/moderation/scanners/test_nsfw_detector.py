"""The nudity detector on the real weights."""

import numpy as np
import pytest

from moderation.scanners.base import Media, ScanInput
from moderation.scanners.nsfw_detector import CLASSES, NsfwDetector, letterbox, strongest_boxes
from moderation.taxonomy import Category, Severity, Surface
from tests.factories.moderation import explicit_stand_in, plain_picture
from tongyi_portal.vision.sessions import session


def labels(pixels: np.ndarray) -> dict[str, float]:
    findings = NsfwDetector().scan(ScanInput(Media.IMAGE, Surface.PHOTO, pixels))
    return {finding.label: finding.confidence for finding in reversed(findings)}


def test_the_classes_stand_in_the_order_of_the_network() -> None:
    import ast

    names = ast.literal_eval(session("nudenet_320n").get_modelmeta().custom_metadata_map["names"])
    ours = [label for label, _severity in CLASSES]
    assert len(CLASSES) == len(names) == 18
    for index, label in enumerate(ours):
        assert label == ("face" if names[index].startswith("FACE_") else names[index].lower())


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        (Severity.EXTREME, {"female_genitalia_exposed", "male_genitalia_exposed", "anus_exposed"}),
        (Severity.SERIOUS, {"female_breast_exposed", "buttocks_exposed"}),
        (
            Severity.MILD,
            {"female_genitalia_covered", "anus_covered", "female_breast_covered", "buttocks_covered"}
            | {"belly_exposed", "male_breast_exposed"},
        ),
        (
            Severity.CONTEXT,
            {"face", "feet_exposed", "feet_covered", "armpits_exposed", "armpits_covered", "belly_covered"},
        ),
    ],
)
def test_each_class_has_its_severity(severity: Severity, expected: set[str]) -> None:
    assert {label for label, (_category, grave) in CLASSES if grave == severity} == expected


def test_gender_of_faces_is_not_stored() -> None:
    assert [label for label, (category, _grave) in CLASSES if category == Category.PRIVACY] == [
        "face",
        "face",
    ]


def test_it_sees_the_stand_in_and_where_it_is() -> None:
    findings = NsfwDetector().scan(ScanInput(Media.IMAGE, Surface.PHOTO, explicit_stand_in()))
    breasts = [one for one in findings if one.label == "female_breast_exposed"]
    assert len(breasts) == 2
    for one in breasts:
        assert one.confidence > 60
        assert one.box is not None
        assert one.box[1] < 0.5 < one.box[3]  # the middle of the picture's height
        assert 0.25 < one.box[2] - one.box[0] < 0.6


def test_it_is_fed_red_first() -> None:
    right, swapped = labels(explicit_stand_in()), labels(explicit_stand_in()[..., ::-1].copy())
    assert right["female_breast_exposed"] > swapped.get("female_breast_exposed", 0.0)


def test_the_place_does_not_depend_on_the_shape_of_the_picture() -> None:
    wide = np.full((640, 1280, 3), 90, np.uint8)
    wide[:, 800:] = explicit_stand_in()
    findings = NsfwDetector().scan(ScanInput(Media.IMAGE, Surface.PHOTO, wide))
    boxes = [one.box for one in findings if one.label == "female_breast_exposed" and one.box]
    assert boxes
    assert all(box[0] > 0.55 for box in boxes)


def test_a_picture_without_people_has_nothing_grave() -> None:
    assert NsfwDetector().scan(ScanInput(Media.IMAGE, Surface.PHOTO, plain_picture())) == []


def test_without_pixels_it_refuses() -> None:
    with pytest.raises(ValueError, match="pixels"):
        NsfwDetector().scan(ScanInput(Media.IMAGE, Surface.PHOTO))


def test_the_input_is_scaled_padded_and_ordered() -> None:
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[..., 0] = 255
    blob, used = letterbox(ScanInput(Media.IMAGE, Surface.PHOTO, pixels))
    assert blob.shape == (1, 3, 320, 320)
    assert used == (320.0, 160.0)
    assert blob[0, :, 0, 0].tolist() == [1.0, 0.0, 0.0]
    assert np.allclose(blob[0, :, 200, 0], 114 / 255)


def test_overlapping_boxes_of_one_class_become_one() -> None:
    output = np.zeros((22, 4), np.float32)
    output[:4] = np.array([[100, 104, 100, 250], [100, 100, 102, 100], [50, 50, 50, 40], [50, 50, 50, 40]])
    output[4 + 3, :2] = (0.9, 0.8)  # the same thing twice
    output[4 + 1, 2] = 0.7  # another class at the same place
    output[4 + 3, 3] = 0.19  # too weak
    assert [(round(score, 1), index) for _box, score, index in strongest_boxes(output)] == [
        (0.9, 3),
        (0.7, 1),
    ]
