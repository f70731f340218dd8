"""Faces of a drawn person."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tongyi_portal.vision.faces import SIDE, FaceDetector, squares_of
from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.regions import Region

Image = npt.NDArray[np.uint8]
NOSE = 0


@pytest.fixture(scope="module")
def detector(model_files: ModelFiles) -> FaceDetector:
    return FaceDetector(model_files)


def test_the_small_face_of_a_full_body_picture_is_found_around_the_nose(
    detector: FaceDetector, person: Image, person_joints: npt.NDArray[np.float32]
) -> None:
    (face,) = detector.detect(person)
    x, y = person_joints[NOSE]
    assert face.box[0] < x < face.box[2]
    assert face.box[1] < y < face.box[3]
    assert face.box[2] - face.box[0] < 0.25 * person.shape[1]


def test_faces_are_counted_once_each(detector: FaceDetector, person: Image) -> None:
    assert len(detector.detect(np.hstack([person, person[:, ::-1]]))) == 2


def test_a_picture_without_a_head_has_no_face(detector: FaceDetector, person: Image) -> None:
    assert detector.detect(np.ascontiguousarray(person[person.shape[0] // 2 :])) == []
    assert detector.detect(np.full((40, 60, 3), 90, np.uint8)) == []


@pytest.mark.parametrize(("width", "height"), [(360, 480), (480, 271), (480, 96), (300, 300), (100, 40)])
def test_squares_show_what_lies_there_in_the_picture(width: int, height: int) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), np.uint8)
    picture = np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    covered = np.zeros((height, width), bool)
    squares = list(squares_of(picture))
    for square in squares:
        (x0, y0), (x1, y1) = square.to_picture(np.array([[0, 0], [1, 1]], np.float32))
        there = Region((x0 + x1) / 2, (y0 + y1) / 2, max(x1 - x0, y1 - y0), 0.0)
        expected = there.crop(picture, SIDE, cv2.BORDER_CONSTANT) / 127.5 - 1.0
        away = np.abs(cv2.blur(square.pixels, (9, 9)) - cv2.blur(expected, (9, 9)))
        assert square.pixels.shape == (SIDE, SIDE, 3)
        assert away.mean() < 0.06
        covered[max(0, round(y0)) : round(y1), max(0, round(x0)) : round(x1)] |= square is not squares[0]
    assert covered.all() == (min(width, height) >= 96)
