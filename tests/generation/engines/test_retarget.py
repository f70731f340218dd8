"""Movement keeps its angles and its footing on a body of other proportions."""

import numpy as np

from generation.engines.animation.retarget import retarget
from generation.engines.animation.skeleton import (
    ANKLE,
    ELBOW,
    HIP,
    KNEE,
    SHOULDER,
    THIGH,
    UPPER_ARM,
    WRIST,
    RestSkeleton,
    rest_skeleton,
)
from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import convert
from tests.generation.engines.conftest import Joints, joint, movement, raise_left_arm, turn_about

LEFT_LEG = ("left_knee", "left_ankle", "left_heel", "left_foot_index")


def direction(points: np.ndarray, start: int, end: int) -> np.ndarray:
    vectors = points[..., end, :2] - points[..., start, :2]
    return np.degrees(np.arctan2(vectors[..., 1], vectors[..., 0]))


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs((one - other + 180) % 360 - 180)


def longer_legged(rest: RestSkeleton) -> RestSkeleton:
    """Another body: half as tall again below the hips, and twice as large altogether."""
    points = rest.points.copy()
    hips = points[list(HIP), 1].mean()
    below = points[:, 1] > hips
    points[below, 1] = hips + 1.5 * (points[below, 1] - hips)
    return RestSkeleton(points, rest.torso, rest.arm_radius, rest.leg_radius).placed(2.0, (0.0, 0.0))


def test_a_still_driver_leaves_the_person_as_photographed(rest: RestSkeleton) -> None:
    motion = retarget(movement(6, lambda points, part: None), rest)

    assert np.abs(motion.points - rest.points).max() < 0.03 * rest.torso
    assert np.abs(motion.turn).max() < np.radians(1.5)
    assert motion.planted.all()


def test_arm_directions_follow_the_driver(rest: RestSkeleton) -> None:
    poses = movement(30, raise_left_arm)
    motion = retarget(poses, longer_legged(rest))
    driver = poses.points[:, 0]

    for start, end, names in (
        (SHOULDER[0], ELBOW[0], ("left_shoulder", "left_elbow")),
        (ELBOW[0], WRIST[0], ("left_elbow", "left_wrist")),
    ):
        wanted = direction(driver, joint(names[0]), joint(names[1]))
        assert np.percentile(difference(direction(motion.points, start, end), wanted), 90) < 4


def test_an_arm_that_goes_up_turns_outwards_not_through_the_body(rest: RestSkeleton) -> None:
    def up(points: Joints, part: float) -> None:
        turn_about(
            points,
            "left_shoulder",
            ("left_elbow", "left_wrist", "left_index", "left_pinky", "left_thumb"),
            -170 * part,
        )

    motion = retarget(movement(20, up), rest)

    assert motion.turn[-1, UPPER_ARM[0]] < np.radians(-120)
    assert (np.diff(motion.turn[:, UPPER_ARM[0]]) < 0.02).all()


def test_a_standing_foot_does_not_slide_while_the_body_sways(rest: RestSkeleton) -> None:
    rng = np.random.default_rng(1)

    def sway(points: Joints, part: float) -> None:
        feet = [joint(name) for name in ("left_ankle", "right_ankle", "left_foot_index", "right_foot_index")]
        kept = points[feet].copy()
        points[:, 0] += 0.04 * np.sin(2 * np.pi * part)
        points[feet] = kept + rng.normal(0, 0.0015, kept.shape)

    motion = retarget(movement(60, sway, is_loop=True), rest.placed(3.0, (0.0, 0.0)))

    assert motion.planted.mean() > 0.95
    for side in (0, 1):
        ankle = motion.points[motion.planted[:, side], ANKLE[side]]
        assert np.linalg.norm(ankle - ankle.mean(axis=0), axis=1).max() < 1.5
    assert np.ptp(motion.points[:, 0, 0]) > 0.05 * 3 * rest.torso


def test_every_stance_of_our_dances_stays_put(rest: RestSkeleton) -> None:
    large = longer_legged(rest)
    for slug in ("kemusan", "idle_sway"):
        motion = retarget(CHOREOGRAPHIES[slug].build(), large)
        for side in (0, 1):
            together = motion.planted[1:, side] & motion.planted[:-1, side]
            steps = np.linalg.norm(np.diff(motion.points[:, ANKLE[side]], axis=0), axis=1)[together]
            assert steps.size
            assert steps.max() < 1.5


def test_a_lifted_foot_is_lifted_on_the_persons_own_scale(rest: RestSkeleton) -> None:
    def lift(points: Joints, part: float) -> None:
        turn_about(points, "left_hip", LEFT_LEG, -35 * float(np.sin(np.pi * part)))

    motion = retarget(movement(40, lift), rest)

    assert motion.lift[20, 0] > 0.1 * rest.torso
    assert not motion.planted[20, 0]
    assert motion.planted[:, 1].mean() > 0.9
    assert motion.lift[:, 1].max() < 0.03 * rest.torso


def test_legs_never_stretch_much_beyond_their_length(rest: RestSkeleton) -> None:
    motion = retarget(CHOREOGRAPHIES["kemusan"].build(), longer_legged(rest))

    assert motion.stretch[:, list(THIGH)].max() < 1.2


def test_a_driver_without_hands_and_feet_still_moves_the_body(rest: RestSkeleton) -> None:
    full = movement(20, raise_left_arm)
    points, confidence = convert(full.points, full.confidence, source="blazepose_33", target="coco_17")
    motion = retarget(PoseSequence("coco_17", 30.0, points, confidence, full.aspect), rest)

    assert np.isfinite(motion.points).all()
    wanted = direction(full.points[:, 0], joint("left_shoulder"), joint("left_elbow"))
    assert np.percentile(difference(direction(motion.points, SHOULDER[0], ELBOW[0]), wanted), 90) < 5


def test_the_sway_limit_holds_the_pelvis_near_the_middle(rest: RestSkeleton) -> None:
    def walk(points: Joints, part: float) -> None:
        points[:, 0] += 0.8 * (part - 0.5)

    free = retarget(movement(40, walk), rest)
    held = retarget(movement(40, walk), rest, sway_limit=20.0)

    assert np.ptp(free.points[:, 0, 0]) > 100
    assert np.ptp(held.points[:, 0, 0]) < 45


def test_knees_lie_between_hip_and_ankle_as_the_drivers_do() -> None:
    poses = CHOREOGRAPHIES["kemusan"].build()
    body = rest_skeleton(poses.points[0, 0, :, :2] * 800)
    motion = retarget(poses, body)
    driver = poses.points[:, 0]

    wanted = direction(driver, joint("right_hip"), joint("right_knee"))
    assert np.percentile(difference(direction(motion.points, HIP[1], KNEE[1]), wanted), 75) < 8
