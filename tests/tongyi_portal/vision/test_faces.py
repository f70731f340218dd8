"""Faces of a drawn person."""

import numpy as np
import numpy.typing as npt
import pytest

from tongyi_portal.vision.faces import FaceDetector
from tongyi_portal.vision.model_files import ModelFiles

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
