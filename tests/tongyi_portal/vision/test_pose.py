"""BlazePose on a drawn person whose joints are known."""

import numpy as np
import numpy.typing as npt
import pytest

from templates_app.poses.skeletons import BLAZEPOSE_33
from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.pose import PoseEstimator

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def both_sides(*joints: str) -> list[int]:
    return [BLAZEPOSE_33.index(f"{side}_{joint}") for side in ("left", "right") for joint in joints]


LIMBS = both_sides("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
FEET = both_sides("ankle", "heel")


@pytest.fixture(scope="module")
def estimator(model_files: ModelFiles) -> PoseEstimator:
    return PoseEstimator(model_files)


def mean_error(points: Floats, truth: Floats) -> float:
    """Mean distance of the limb joints, as a part of the person's drawn height."""
    height = float(np.ptp(truth[:, 1]))
    return float(np.linalg.norm(points[LIMBS, :2] - truth[LIMBS], axis=1).mean()) / height


def test_the_joints_of_a_drawn_person_are_found_where_they_were_drawn(
    estimator: PoseEstimator, person: Image, person_joints: Floats
) -> None:
    (body,) = estimator.detect(person)
    assert body.points.shape == (33, 3)
    assert mean_error(body.points, person_joints) < 0.03
    assert body.score > 0.9
    assert body.confidence[LIMBS].min() > 0.5


def test_left_and_right_are_the_persons_own(estimator: PoseEstimator, person: Image) -> None:
    (body,) = estimator.detect(person)
    left, right = BLAZEPOSE_33.index("left_shoulder"), BLAZEPOSE_33.index("right_shoulder")
    assert body.points[left, 0] > body.points[right, 0]


def test_a_person_lying_on_the_side_is_found_by_turning_the_region(
    estimator: PoseEstimator, person: Image, person_joints: Floats
) -> None:
    lying = np.ascontiguousarray(np.rot90(person))
    truth = np.stack([person_joints[:, 1], person.shape[1] - person_joints[:, 0]], axis=1)
    (body,) = estimator.detect(lying)
    distances = np.linalg.norm(body.points[LIMBS, :2] - truth[LIMBS], axis=1)
    assert distances.mean() < 0.05 * person.shape[0]
    upright = estimator.detect(person)[0].world
    turned = np.stack([upright[:, 1], -upright[:, 0]], axis=1)
    assert np.abs(body.world[LIMBS, :2] - turned[LIMBS]).mean() < 0.1


def test_points_scale_with_the_picture(estimator: PoseEstimator, person: Image) -> None:
    large = np.repeat(np.repeat(person, 4, axis=0), 4, axis=1)
    small_body, large_body = estimator.detect(person)[0], estimator.detect(large)[0]
    difference = np.abs(large_body.points[LIMBS, :2] / 4 - small_body.points[LIMBS, :2])
    assert difference.mean() < 3.0


def test_two_people_are_two_and_the_limit_holds(estimator: PoseEstimator, person: Image) -> None:
    pair = np.hstack([person, person[:, ::-1]])
    bodies = estimator.detect(pair)
    assert len(bodies) == 2
    middles = sorted((body.box[0] + body.box[2]) / 2 for body in bodies)
    assert middles[0] < person.shape[1] < middles[1]
    assert len(estimator.detect(pair, max_people=1)) == 1


def test_legs_outside_the_picture_have_no_presence(estimator: PoseEstimator, person: Image) -> None:
    (body,) = estimator.detect(np.ascontiguousarray(person[: person.shape[0] // 2]))
    assert body.presence[FEET].max() < 0.3
    assert body.confidence[FEET].max() < 0.3


def test_noise_and_a_blank_wall_hold_nobody(estimator: PoseEstimator) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    assert estimator.detect(noise) == []
    assert estimator.detect(np.full((300, 200, 3), 180, np.uint8)) == []


def test_the_mask_covers_the_joints_and_leaves_the_corners(
    estimator: PoseEstimator, person: Image, person_joints: Floats
) -> None:
    (body,) = estimator.detect(person, with_mask=True)
    assert body.mask is not None
    assert body.mask.shape == person.shape[:2]
    inner = person_joints[both_sides("hip", "knee", "shoulder")]
    assert all(body.mask[int(y), int(x)] > 0.8 for x, y in inner)
    assert max(body.mask[0, 0], body.mask[0, -1], body.mask[-1, 0], body.mask[-1, -1]) < 0.05


def test_without_a_wish_for_it_there_is_no_mask(estimator: PoseEstimator, person: Image) -> None:
    assert estimator.detect(person)[0].mask is None


def test_tracking_follows_a_moving_person_and_notices_when_nobody_is_there(
    estimator: PoseEstimator, person: Image, person_joints: Floats
) -> None:
    steps = [0, 8, 16, 24]
    frames = [np.roll(person, step, axis=1) for step in steps]
    frames += [np.full_like(person, 128)] * 2 + [person]
    bodies = list(estimator.track(iter(frames)))
    assert len(bodies) == len(frames)
    for step, body in zip(steps, bodies, strict=False):
        assert body is not None
        assert mean_error(body.points, person_joints + np.float32([step, 0])) < 0.04
    assert bodies[4] is None
    assert bodies[5] is None
    assert bodies[6] is not None


@pytest.mark.parametrize(
    "image", [np.zeros((10, 10), np.uint8), np.zeros((10, 10, 3), np.float32), np.zeros((0, 10, 3), np.uint8)]
)
def test_another_shape_or_type_is_refused(estimator: PoseEstimator, image: Image) -> None:
    with pytest.raises(ValueError, match="uint8"):
        estimator.detect(image)
