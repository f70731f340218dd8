"""The body in space: lengths, directions, planted feet."""

import numpy as np
import pytest

from templates_app.choreography.body import (
    ANKLE_HEIGHT,
    FOOT,
    FOREARM,
    SHANK,
    STANDING_HIP,
    THIGH,
    TOE_AHEAD,
    UPPER_ARM,
    Motion,
    neutral_channels,
    solve,
)


def pose(**changes: float) -> Motion:
    """One frame; channels are written with underscores for dots."""
    known = {name.replace(".", "_"): name for name in neutral_channels()}
    values = neutral_channels() | {known[name]: value for name, value in changes.items()}
    for side in ("left", "right"):
        for part in ("angle", "depth"):
            values[f"{side}.hand.{part}"] = values[f"{side}.fore.{part}"] + values[f"{side}.wrist.{part}"]
    return solve({name: np.array([value]) for name, value in values.items()}, 30)


def test_all_33_joints_are_placed() -> None:
    motion = pose()
    assert motion.joints.shape == (1, 33, 3)
    assert (np.linalg.norm(motion.joints[0], axis=1) > 0).all()


def test_a_person_at_ease_stands_upright_with_the_left_side_at_positive_x() -> None:
    motion = pose()
    heights = [
        float(motion.joint(name)[0, 1])
        for name in ("left_ankle", "left_knee", "left_hip", "left_shoulder", "mouth_left", "nose", "left_eye")
    ]
    assert heights == sorted(heights)
    for name in ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
        left, right = motion.joint(f"left_{name}")[0], motion.joint(f"right_{name}")[0]
        assert left == pytest.approx(right * np.array([-1, 1, 1]))
        assert left[0] > 0


def test_segments_have_human_lengths() -> None:
    motion = pose(left_upper_angle=120, left_fore_depth=60, hips_drop=0.1, left_foot_z=0.2)
    for first, last, length in (
        ("shoulder", "elbow", UPPER_ARM),
        ("elbow", "wrist", FOREARM),
        ("hip", "knee", THIGH),
        ("knee", "ankle", SHANK),
        ("heel", "foot_index", FOOT),
    ):
        distance = np.linalg.norm(motion.joint(f"left_{first}")[0] - motion.joint(f"left_{last}")[0])
        assert distance == pytest.approx(length)


@pytest.mark.parametrize(
    ("angle", "depth", "direction"),
    [(0, 0, (0, -1, 0)), (90, 0, (1, 0, 0)), (180, 0, (0, 1, 0)), (0, 90, (0, 0, 1)), (-90, 0, (-1, 0, 0))],
)
def test_an_arm_points_where_its_angles_say(
    angle: float, depth: float, direction: tuple[float, float, float]
) -> None:
    motion = pose(left_upper_angle=angle, left_upper_depth=depth)
    upper = motion.joint("left_elbow")[0] - motion.joint("left_shoulder")[0]
    assert upper / UPPER_ARM == pytest.approx(direction, abs=1e-12)


def test_a_planted_foot_stays_when_the_body_sways_sinks_and_turns() -> None:
    still = pose(hips_drop=0.03)
    moved = pose(hips_drop=0.09, hips_x=0.06, hips_yaw=15, hips_roll=8)
    for name in ("left_ankle", "left_heel", "left_foot_index", "right_ankle"):
        assert moved.joint(name) == pytest.approx(still.joint(name), abs=1e-4)


def test_sinking_bends_the_knees_forward() -> None:
    motion = pose(hips_drop=0.12)
    for side in ("left", "right"):
        hip, knee, ankle = (motion.joint(f"{side}_{name}")[0] for name in ("hip", "knee", "ankle"))
        assert knee[2] > max(hip[2], ankle[2]) + 0.05


def test_a_rising_heel_turns_the_foot_about_its_toes() -> None:
    flat, risen = pose(hips_drop=0.05), pose(hips_drop=0.05, left_foot_pitch=40)
    assert risen.joint("left_foot_index") == pytest.approx(flat.joint("left_foot_index"), abs=1e-4)
    assert risen.joint("left_heel")[0, 1] == pytest.approx(FOOT * np.sin(np.deg2rad(40)), abs=1e-4)


def test_rising_toes_turn_the_foot_about_its_heel() -> None:
    flat, risen = pose(hips_drop=0.05), pose(hips_drop=0.05, left_foot_pitch=-20)
    assert risen.joint("left_heel") == pytest.approx(flat.joint("left_heel"), abs=1e-4)
    assert risen.joint("left_foot_index")[0, 1] > 0.04


def test_a_twisting_foot_swivels_on_its_toes() -> None:
    straight, twisted = pose(hips_drop=0.05), pose(hips_drop=0.05, right_foot_twist=30)
    assert twisted.joint("right_foot_index") == pytest.approx(straight.joint("right_foot_index"), abs=1e-4)
    swing = np.linalg.norm(twisted.joint("right_heel") - straight.joint("right_heel"))
    assert swing == pytest.approx(2 * FOOT * np.sin(np.deg2rad(15)), abs=1e-4)


def test_a_foot_that_stands_far_away_pulls_the_hips_down_instead_of_lifting_off() -> None:
    motion = pose(left_foot_x=0.35)
    assert motion.joint("left_heel")[0, 1] == pytest.approx(0, abs=1e-3)
    assert motion.joint("left_hip")[0, 1] < STANDING_HIP - 0.05


def test_a_foot_on_the_floor_has_its_ankle_above_and_behind_the_toes() -> None:
    motion = pose(left_foot_yaw=0, hips_drop=0.03)
    ankle, toes = motion.joint("left_ankle")[0], motion.joint("left_foot_index")[0]
    assert ankle - toes == pytest.approx([0, ANKLE_HEIGHT, -TOE_AHEAD], abs=1e-4)


def test_thumbs_point_forward_at_ease_and_outward_when_the_palm_turns() -> None:
    across = pose().joint("left_thumb")[0] - pose().joint("left_pinky")[0]
    assert across[2] > abs(across[0])
    turned = pose(left_palm=90)
    across = turned.joint("left_thumb")[0] - turned.joint("left_pinky")[0]
    assert across[0] > abs(across[2])


def test_the_head_turns_and_nods_about_the_neck() -> None:
    straight, turned, nodding = pose(), pose(head_yaw=20), pose(head_pitch=20)
    assert turned.joint("nose")[0, 0] > straight.joint("nose")[0, 0] + 0.02
    assert nodding.joint("nose")[0, 1] < straight.joint("nose")[0, 1] - 0.01
