"""What the limits call impossible."""

import numpy as np
import pytest

from templates_app.choreography.body import Motion
from templates_app.choreography.limits import collisions, joint_angles, violations
from templates_app.choreography.score import Phrase, Score, arm, both, foot, torso
from templates_app.choreography.staging import ImpossibleMovement, Performance, stage
from templates_app.poses.skeletons import BLAZEPOSE_33

STANDING = torso("hips", drop=0.03)


def held(*channels: dict[str, float]) -> Motion:
    pose = {name: value for group in (STANDING, *channels) for name, value in group.items()}
    return Score(240, Phrase(1), base=pose).motion()


def test_standing_at_ease_is_possible() -> None:
    assert violations(held()) == []


@pytest.mark.parametrize("flexion", [20, 75, 130])
def test_the_elbow_is_read_back_as_it_was_bent(flexion: float) -> None:
    motion = held(arm("left", upper=(90, 0), fore=(90, flexion)))
    assert joint_angles(motion)["left elbow flexion"] == pytest.approx(flexion)


def test_the_knee_is_read_back_from_how_far_the_hips_sink() -> None:
    straight, bent = (joint_angles(held(torso("hips", drop=drop))) for drop in (0.005, 0.15))
    assert straight["left knee flexion"].max() < 25
    assert bent["left knee flexion"].min() > 70


@pytest.mark.parametrize(
    ("channels", "fault"),
    [
        (arm("left", upper=(90, 0), fore=(90, 175)), "left elbow flexion"),
        (arm("right", upper=(90, 0), fore=(90, -60)), "right upper arm rotation"),
        (torso("chest", yaw=60), "spine twist"),
        (torso("chest", roll=50), "spine side bend"),
        (foot("left", pitch=-60), "left ankle plantar flexion"),
        (arm("left", upper=(-20, 0), fore=(-20, 0)), "left forearm sinks into the trunk"),
        (arm("left", upper=(125, 0), fore=(265, -8)), "left forearm sinks into the head"),
        (foot("left", x=-0.06), "legs sink into each other"),
        (foot("right", lift=-0.05), "right foot sinks into the floor"),
    ],
)
def test_a_fault_is_named(channels: dict[str, float], fault: str) -> None:
    assert any(found.startswith(fault) for found in violations(held(channels))), violations(held(channels))


def test_a_knee_that_bends_forwards_is_found() -> None:
    motion = held(torso("hips", drop=0.1))
    joints = motion.joints.copy()
    # Knees pushed behind the line from hip to ankle.
    for knee in (25, 26):
        joints[:, knee, 2] -= 2 * (joints[:, knee, 2] - joints[:, knee - 2, 2])
    broken = Motion(joints, motion.lifts, motion.fps)
    assert any(fault.startswith("left knee flexion is -") for fault in violations(broken))


def test_crossed_forearms_apart_in_depth_do_not_touch() -> None:
    apart = {**arm("left", upper=(4, 60), fore=(-100, 30)), **arm("right", upper=(6, 20), fore=(-100, 30))}
    assert collisions(held(apart))["forearms sink into each other"].max() < 0
    together = both(arm("left", upper=(4, 40), fore=(-100, 30)))
    assert collisions(held(together))["forearms sink into each other"].max() > 0


def test_what_no_body_can_do_is_not_staged() -> None:
    with pytest.raises(ImpossibleMovement, match=r"spine twist is 7\d at frame"):
        stage([Performance(held(torso("chest", yaw=75)))])


def test_a_wide_movement_is_staged_smaller_and_still_in_the_frame() -> None:
    narrow, wide = (
        stage([Performance(motion)])
        for motion in (held(), held(both(arm("left", upper=(88, 10), fore=(88, 20)))))
    )
    heights = [np.ptp(sequence.points[0, 0, :, 1]) for sequence in (narrow, wide)]
    assert heights[0] == pytest.approx(0.75 * 0.92, abs=0.02)
    assert heights[1] < heights[0]
    assert wide.points[..., 0].min() >= 0.0149
    assert wide.points[..., 0].max() <= 9 / 16 - 0.0149
    assert wide.points[..., 1].max() == pytest.approx(0.94, abs=1e-4)


def test_who_stands_nearer_stands_lower_and_partners_share_one_scale() -> None:
    sequence = stage([Performance(held(), x=-0.3), Performance(held(), x=0.3, z=0.5)])
    ankles = sequence.points[0, :, BLAZEPOSE_33.index("left_ankle"), 1]
    statures = np.ptp(sequence.points[0, :, :, 1], axis=1)
    assert ankles[1] > ankles[0] + 0.03
    assert statures[0] == pytest.approx(statures[1], rel=1e-4)
    assert sequence.people_count == 2


def test_a_cropped_stage_ends_below_the_hips_and_hides_the_legs() -> None:
    whole, cropped = stage([Performance(held())]), stage([Performance(held())], is_cropped=True)
    hip, knee = BLAZEPOSE_33.index("left_hip"), BLAZEPOSE_33.index("left_knee")
    assert 0.85 < cropped.points[0, 0, hip, 1] < 1 < cropped.points[0, 0, knee, 1]
    assert (cropped.confidence[0, 0, knee], whole.confidence[0, 0, knee]) == (0, 1)
