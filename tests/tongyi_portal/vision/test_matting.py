"""Mattes of a drawn person."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tongyi_portal.vision.matting import PersonMatte, foreground_colours
from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.pose import BodyPose, PoseEstimator

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
BONES = ((11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (24, 26), (26, 28), (11, 24), (12, 23))


@pytest.fixture(scope="module")
def matter(model_files: ModelFiles) -> PersonMatte:
    return PersonMatte(model_files)


@pytest.fixture(scope="module")
def body(model_files: ModelFiles, person: Image) -> BodyPose:
    return PoseEstimator(model_files).detect(person, with_mask=True)[0]


@pytest.fixture(scope="module")
def alpha(matter: PersonMatte, person: Image, body: BodyPose) -> Floats:
    return matter.matte(person, body)


def test_the_matte_covers_every_limb_and_nothing_far_from_the_person(
    alpha: Floats, person_joints: Floats, body: BodyPose
) -> None:
    for start, end in BONES:
        for part in (0.2, 0.5, 0.8):
            x, y = person_joints[start] * (1 - part) + person_joints[end] * part
            assert alpha[int(y), int(x)] > 0.95
    x0, y0, x1, y1 = (int(value) for value in body.box)
    outside = alpha.copy()
    outside[max(0, y0 - 12) : y1 + 12, max(0, x0 - 12) : x1 + 12] = 0
    assert outside.max() == 0
    assert 0.35 * (x1 - x0) * (y1 - y0) < alpha.sum() < 0.75 * (x1 - x0) * (y1 - y0)


def test_the_matte_is_one_piece_with_a_narrow_soft_edge(alpha: Floats) -> None:
    count, _ = cv2.connectedComponents((alpha > 0.5).astype(np.uint8))
    assert count == 2
    soft = np.count_nonzero((alpha > 0.02) & (alpha < 0.98))
    outline = np.count_nonzero(cv2.Canny((alpha > 0.5).astype(np.uint8) * 255, 50, 100))
    assert 0 < soft < 6 * outline


def test_the_same_picture_gives_the_same_matte(
    matter: PersonMatte, person: Image, body: BodyPose, alpha: Floats
) -> None:
    np.testing.assert_array_equal(matter.matte(person, body), alpha)


def test_a_second_person_is_left_out(model_files: ModelFiles, matter: PersonMatte, person: Image) -> None:
    pair = np.hstack([person, person[:, ::-1]])
    bodies = PoseEstimator(model_files).detect(pair, with_mask=True)
    left = min(bodies, key=lambda one: one.box[0])
    matte = matter.matte(pair, left)
    assert matte[:, : person.shape[1]].sum() > 1000
    assert matte[:, person.shape[1] :].sum() < 0.01 * matte.sum()


def test_a_pose_without_mask_is_refused(matter: PersonMatte, person: Image, body: BodyPose) -> None:
    with pytest.raises(ValueError, match="with_mask=True"):
        matter.matte(person, replace(body, mask=None))


def test_foreground_colours_carry_no_background_fringe() -> None:
    alpha = np.zeros((80, 80), np.float32)
    cv2.circle(alpha, (40, 40), 25, 1.0, -1)
    alpha = np.asarray(cv2.GaussianBlur(alpha, (9, 9), 0), np.float32)
    red, green = np.array([200.0, 20, 20]), np.array([10.0, 220, 10])
    mixed = (alpha[:, :, None] * red + (1 - alpha[:, :, None]) * green).round().astype(np.uint8)
    colours = foreground_colours(mixed, alpha)
    edge = (alpha > 0.2) & (alpha < 0.99)
    assert np.abs(colours[edge].astype(int) - red).max() < 25
    assert np.abs(mixed[edge].astype(int) - red).max() > 100
    np.testing.assert_array_equal(colours[alpha > 0.995], mixed[alpha > 0.995])
