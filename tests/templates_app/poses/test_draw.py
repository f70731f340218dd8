"""Drawn poses: the picture that models expect, and the one that people see."""

import numpy as np
import pytest

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.draw import BACKGROUND, LEFT, OPENPOSE_COLOURS, RIGHT, TRUNK, draw_skeleton
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33, OPENPOSE_18, convert

WIDTH, HEIGHT = 288, 512


@pytest.fixture(scope="module")
def dance() -> PoseSequence:
    return CHOREOGRAPHIES["kemusan"].build()


def standing() -> tuple[np.ndarray, np.ndarray]:
    """One person in openpose_18, arms out and down, joints on whole pixels of a 512 high picture."""
    places = {
        "nose": (144, 90), "neck": (144, 130), "right_shoulder": (104, 130), "right_elbow": (74, 190),
        "right_wrist": (54, 250), "left_shoulder": (184, 130), "left_elbow": (214, 190),
        "left_wrist": (234, 250), "right_hip": (119, 260), "right_knee": (114, 360),
        "right_ankle": (109, 460), "left_hip": (169, 260), "left_knee": (174, 360), "left_ankle": (179, 460),
        "right_eye": (134, 80), "left_eye": (154, 80), "right_ear": (124, 86), "left_ear": (164, 86),
    }  # fmt: skip
    points = np.array([[places[joint] for joint in OPENPOSE_18.joints]], dtype=np.float32) / 512
    return points, np.ones(points.shape[:2], dtype=np.float32)


def openpose(points: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    return draw_skeleton(
        points, confidence, layout="openpose_18", width=WIDTH, height=HEIGHT, style="openpose"
    )


def pixel(points: np.ndarray, joint: str) -> tuple[int, int]:
    x, y = points[0, OPENPOSE_18.index(joint), :2] * HEIGHT
    return round(float(y)), round(float(x))


def test_joints_have_their_rainbow_colour_at_full_brightness_on_black() -> None:
    points, confidence = standing()
    image = openpose(points, confidence)
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.dtype == np.uint8
    for number, joint in enumerate(OPENPOSE_18.joints):
        assert tuple(image[pixel(points, joint)]) == OPENPOSE_COLOURS[number], joint
    assert tuple(image[5, 5]) == (0, 0, 0)
    assert tuple(image[-5, -5]) == (0, 0, 0)


def test_limbs_have_the_colour_of_their_bone_at_three_fifths() -> None:
    points, confidence = standing()
    image = openpose(points, confidence)
    for (start, end), colour in zip(OPENPOSE_18.bones[:12], OPENPOSE_COLOURS, strict=False):
        x, y = (points[0, start] + points[0, end]) / 2 * HEIGHT
        assert tuple(image[round(float(y)), round(float(x))]) == tuple(int(part * 0.6) for part in colour)


def test_thickness_follows_the_size_of_the_picture() -> None:
    points, confidence = standing()
    covered = [
        np.count_nonzero(
            draw_skeleton(
                points, confidence, layout="openpose_18", width=288 * k, height=512 * k, style="openpose"
            ).any(axis=2)
        )
        / k**2
        for k in (2, 4)
    ]
    assert covered[1] == pytest.approx(covered[0], rel=0.15)


def test_an_unsure_joint_is_left_out_with_its_limbs() -> None:
    points, confidence = standing()
    confidence[0, OPENPOSE_18.index("left_elbow")] = 0.29
    image = openpose(points, confidence)
    assert not image[pixel(points, "left_elbow")].any()
    assert image[pixel(points, "left_wrist")].any()
    forearm = (np.array(pixel(points, "left_elbow")) + np.array(pixel(points, "left_wrist"))) // 2
    assert not image[tuple(forearm)].any()


def test_the_openpose_picture_of_another_layout_is_that_of_its_conversion(dance: PoseSequence) -> None:
    points, confidence = dance.points[7], dance.confidence[7]
    straight = draw_skeleton(
        points, confidence, layout="blazepose_33", width=WIDTH, height=HEIGHT, style="openpose"
    )
    converted = convert(points, confidence, source="blazepose_33", target="openpose_18")
    assert np.array_equal(straight, openpose(*converted))


def viewer(points: np.ndarray, confidence: np.ndarray, layout: str = "blazepose_33") -> np.ndarray:
    return draw_skeleton(points, confidence, layout=layout, width=WIDTH, height=HEIGHT, style="viewer")


def count(image: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int(np.count_nonzero((np.abs(image.astype(int) - colour) < 6).all(axis=2)))


def test_the_viewer_shows_a_figure_with_a_left_and_a_right_side(dance: PoseSequence) -> None:
    image = viewer(dance.points[20], dance.confidence[20])
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.dtype == np.uint8
    for colour in (LEFT, RIGHT, TRUNK):
        assert count(image, colour) > 800
    assert tuple(image[3, 3]) == BACKGROUND
    columns = np.nonzero((np.abs(image.astype(int) - LEFT) < 6).all(axis=2))[1]
    others = np.nonzero((np.abs(image.astype(int) - RIGHT) < 6).all(axis=2))[1]
    assert columns.mean() > others.mean()


def test_what_is_nearer_covers_what_is_farther(dance: PoseSequence) -> None:
    points, confidence = dance.points[:1, 0].copy(), dance.confidence[0]
    left, right = (
        [BLAZEPOSE_33.index(f"{side}_{name}") for name in ("knee", "ankle", "heel", "foot_index")]
        for side in ("left", "right")
    )
    points[0, right, :2] = points[0, left, :2]
    for nearer, colour in ((left, LEFT), (right, RIGHT)):
        depths = points.copy()
        depths[0, left + right, 2] = 0.2
        depths[0, nearer, 2] = -0.2
        image = viewer(depths, confidence)
        x, y = (points[0, left[0], :2] + points[0, left[1], :2]) / 2 * HEIGHT
        assert tuple(image[round(float(y)), round(float(x))]) == colour


@pytest.mark.parametrize("layout", ["coco_17", "openpose_18"])
def test_the_viewer_draws_layouts_without_hands_and_feet_and_depth(dance: PoseSequence, layout: str) -> None:
    points, confidence = convert(dance.points[0], dance.confidence[0], source="blazepose_33", target=layout)
    image = viewer(points[..., :2], confidence, layout)
    for colour in (LEFT, RIGHT, TRUNK):
        assert count(image, colour) > 500


def test_nobody_is_drawn_of_whom_nothing_is_seen(dance: PoseSequence) -> None:
    image = viewer(dance.points[0], np.zeros_like(dance.confidence[0]))
    assert (image == BACKGROUND).all()


def test_two_people_are_both_drawn(dance: PoseSequence) -> None:
    points, confidence = standing()
    pair = np.concatenate([points * 0.5, points * 0.5 + [0.28, 0.4]]).astype(np.float32)
    twice = np.concatenate([confidence, confidence])
    one, both = viewer(pair[:1], confidence, "openpose_18"), viewer(pair, twice, "openpose_18")
    assert count(both, TRUNK) == pytest.approx(2 * count(one, TRUNK), rel=0.1)


def test_joints_outside_the_picture_are_no_fault() -> None:
    points, confidence = standing()
    far = points * 90 - 40
    for style in ("openpose", "viewer"):
        image = draw_skeleton(
            far.astype(np.float32), confidence, layout="openpose_18", width=64, height=64, style=style
        )
        assert image.shape == (64, 64, 3)


@pytest.mark.parametrize("style", ["openpose", "viewer"])
def test_arrays_that_do_not_fit_the_layout_are_refused(style: str) -> None:
    points, confidence = standing()
    with pytest.raises(ValueError, match=r"points must be \(people, 33, 2 or 3\) for blazepose_33"):
        draw_skeleton(points, confidence, layout="blazepose_33", width=64, height=64, style=style)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"confidence must be \(1, 18\), got \(1, 17\)"):
        draw_skeleton(
            points,
            confidence[:, 1:],
            layout="openpose_18",
            width=64,
            height=64,
            style=style,  # type: ignore[arg-type]
        )
