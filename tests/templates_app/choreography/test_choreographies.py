"""What every dance in the table must be: a sound loop that a body can dance, on the floor, and unique."""

from importlib import import_module
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from templates_app.choreography import CHOREOGRAPHIES, Choreography
from templates_app.choreography.body import Motion
from templates_app.choreography.limits import joint_angles, violations
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33

Array = npt.NDArray[np.float64]
SEQUENCES: dict[str, PoseSequence] = {}
MOTIONS: dict[tuple[str, int], Motion] = {}
RIGID = [
    ("left_hip", "right_hip"),
    *[
        (f"{side}_{first}", f"{side}_{last}")
        for side in ("left", "right")
        for first, last in (
            ("shoulder", "elbow"),
            ("elbow", "wrist"),
            ("wrist", "index"),
            ("wrist", "pinky"),
            ("wrist", "thumb"),
            ("hip", "knee"),
            ("knee", "ankle"),
            ("ankle", "heel"),
            ("heel", "foot_index"),
            ("ear", "eye"),
        )
    ],
]

LEGS = [
    number
    for number, name in enumerate(BLAZEPOSE_33.joints)
    if name.endswith(("knee", "ankle", "heel", "foot_index"))
]

every_dance = pytest.mark.parametrize("dance", CHOREOGRAPHIES.values(), ids=list(CHOREOGRAPHIES))
every_performer = pytest.mark.parametrize(
    ("dance", "performer"),
    [(dance, number) for dance in CHOREOGRAPHIES.values() for number in range(dance.people)],
    ids=[f"{dance.slug}-{number}" for dance in CHOREOGRAPHIES.values() for number in range(dance.people)],
)


def sequence_of(dance: Choreography) -> PoseSequence:
    if dance.slug not in SEQUENCES:
        SEQUENCES[dance.slug] = dance.build()
    return SEQUENCES[dance.slug]


def motion_of(dance: Choreography, performer: int = 0) -> Motion:
    if (dance.slug, performer) not in MOTIONS:
        module = import_module(f"templates_app.choreography.dances.{dance.slug}")
        MOTIONS[dance.slug, performer] = module.roles()[performer].score.motion()
    return MOTIONS[dance.slug, performer]


def joint(sequence: PoseSequence, name: str, performer: int = 0) -> npt.NDArray[np.float32]:
    return sequence.points[:, performer, BLAZEPOSE_33.index(name)]


def steps(values: Array) -> Array:
    """Distance from each frame to the next; the last one leads over the seam of the loop."""
    return np.linalg.norm(np.roll(values, -1, axis=0) - values, axis=-1)


def test_there_are_ten_dances_with_names_in_two_languages() -> None:
    assert len(CHOREOGRAPHIES) == 10
    assert {"kemusan", "mongolian", "wave", "idle_sway"} <= set(CHOREOGRAPHIES)
    assert [slug for slug, dance in CHOREOGRAPHIES.items() if dance.people > 1] == ["pair_mirror"]
    assert [slug for slug, dance in CHOREOGRAPHIES.items() if dance.is_cropped] == ["hand_dance"]
    for slug, dance in CHOREOGRAPHIES.items():
        assert dance.slug == slug
        assert all("\u4e00" <= character <= "\u9fff" for character in dance.name_zh)
        assert dance.name_en.isascii()
        assert dance.description_zh.endswith("。")
        assert dance.description_en.endswith(".")
        assert dance.tags


@every_dance
def test_a_dance_has_its_people_looping_at_30_frames_per_second_for_6_to_12_seconds(
    dance: Choreography,
) -> None:
    sequence = sequence_of(dance)
    assert (sequence.layout, sequence.fps, sequence.people_count) == ("blazepose_33", 30, dance.people)
    assert sequence.aspect == pytest.approx(9 / 16)
    assert sequence.is_loop
    assert 6 <= sequence.duration_seconds <= 12
    assert 8 <= dance.beats <= 16
    assert sequence.frame_count == round(dance.beats * 60 / dance.bpm * 30)
    unseen = LEGS if dance.is_cropped else []
    assert (np.delete(sequence.confidence, unseen, axis=2) == 1).all()
    assert (sequence.confidence[:, :, unseen] == 0).all()


@every_performer
def test_the_seam_of_the_loop_is_no_larger_a_step_than_those_within(
    dance: Choreography, performer: int
) -> None:
    points = sequence_of(dance).points[:, performer].astype(np.float64)
    moved = steps(points)
    changed = steps(np.roll(points, -1, axis=0) - points)
    for number, name in enumerate(BLAZEPOSE_33.joints):
        assert moved[-1, number] <= moved[:-1, number].max() + 1e-6, name
        # The change of velocity over the seam: the last two differences reach across it.
        assert changed[-2:, number].max() <= changed[:-2, number].max() + 1e-6, name


@every_performer
def test_bones_keep_their_length(dance: Choreography, performer: int) -> None:
    sequence = sequence_of(dance)
    for first, last in RIGID:
        length = np.linalg.norm(joint(sequence, first, performer) - joint(sequence, last, performer), axis=1)
        assert np.ptp(length) <= 0.01 * length.mean(), (first, last)


@every_dance
def test_every_joint_stays_in_the_frame_and_the_dancers_fill_it(dance: Choreography) -> None:
    sequence = sequence_of(dance)
    shown = np.delete(sequence.points, LEGS if dance.is_cropped else [], axis=2)
    x, y = shown[..., 0], shown[..., 1]
    assert x.min() >= 0.01
    assert x.max() <= sequence.aspect - 0.01
    assert y.min() >= 0.01
    assert y.max() <= 0.95
    if dance.is_cropped:
        assert (sequence.points[:, :, LEGS, 1] > 1).all()
        trunk = joint(sequence, "left_hip")[:, 1] - joint(sequence, "left_shoulder")[:, 1]
        assert 0.24 <= trunk.mean() <= 0.5
        return
    eyes_to_floor = y.max() - joint(sequence, "left_eye")[:, 1].min()
    # Side by side, people in an upright frame are smaller.
    assert (0.5 if dance.people == 1 else 0.35) <= eyes_to_floor <= 0.75


def test_partners_are_mirror_images_and_touch_without_running_into_each_other() -> None:
    dance = CHOREOGRAPHIES["pair_mirror"]
    sequence = sequence_of(dance)
    swapped = [
        BLAZEPOSE_33.joints.index(name.replace("left", "X").replace("right", "left").replace("X", "right"))
        for name in BLAZEPOSE_33.joints
    ]
    first, second = sequence.points[:, 0], sequence.points[:, 1][:, swapped]
    assert first[..., 0] + second[..., 0] == pytest.approx(sequence.aspect, abs=1e-4)
    assert first[..., 1] == pytest.approx(second[..., 1], abs=1e-4)
    gap = joint(sequence, "right_shoulder", 1)[:, 0] - joint(sequence, "left_shoulder", 0)[:, 0]
    hip_gap = joint(sequence, "right_hip", 1)[:, 0] - joint(sequence, "left_hip", 0)[:, 0]
    assert gap.min() > 0.05
    assert hip_gap.min() > 0.05
    hands = joint(sequence, "right_index", 1)[:, 0] - joint(sequence, "left_index", 0)[:, 0]
    assert np.count_nonzero(np.abs(hands) < 0.02) > 30
    assert hands.min() > -0.08


@every_dance
def test_depth_is_counted_from_the_hips_and_is_negative_towards_the_camera(dance: Choreography) -> None:
    sequence = sequence_of(dance)
    hips = (joint(sequence, "left_hip") + joint(sequence, "right_hip")) / 2
    assert np.abs(hips[:, 2]).max() < 1e-6
    # The nose of somebody who faces the camera is in front of the ears.
    ears = (joint(sequence, "left_ear") + joint(sequence, "right_ear")) / 2
    assert (joint(sequence, "nose")[:, 2] < ears[:, 2]).all()
    # The own left side is at the picture's right.
    assert (joint(sequence, "left_shoulder")[:, 0] > joint(sequence, "right_shoulder")[:, 0]).all()


@every_performer
def test_a_body_can_dance_it(dance: Choreography, performer: int) -> None:
    assert violations(motion_of(dance, performer)) == []
    angles = joint_angles(motion_of(dance, performer))
    for side in ("left", "right"):
        assert angles[f"{side} knee flexion"].min() >= 0
        assert angles[f"{side} elbow flexion"].max() <= 155


@every_performer
def test_the_trunk_stays_frontal_for_pictures_that_cannot_turn(dance: Choreography, performer: int) -> None:
    motion = motion_of(dance, performer)
    for part in ("hip", "shoulder"):
        across = motion.joint(f"left_{part}") - motion.joint(f"right_{part}")
        assert np.degrees(np.abs(np.arctan2(across[:, 2], across[:, 0]))).max() <= 25


@every_performer
def test_a_foot_on_the_floor_does_not_slide(dance: Choreography, performer: int) -> None:
    motion = motion_of(dance, performer)
    for number, side in enumerate(("left", "right")):
        down = motion.lifts[:, number] < 0.001
        planted = down & np.roll(down, -1)
        toes, heels = steps(motion.joint(f"{side}_foot_index")), steps(motion.joint(f"{side}_heel"))
        # It may tip or swivel about its toes or its heel. 0.003 statures are 5 mm, in one frame.
        assert np.minimum(toes, heels)[planted].max() < 0.003
        assert planted.mean() > 0.3


@every_performer
def test_a_foot_always_carries_the_body(dance: Choreography, performer: int) -> None:
    assert (motion_of(dance, performer).lifts.min(axis=1) < 0.001).all()


@every_performer
def test_nothing_moves_faster_than_people_do(dance: Choreography, performer: int) -> None:
    motion = motion_of(dance, performer)
    for name, limit in (("nose", 1.5), ("left_hip", 1.5), ("left_wrist", 5), ("right_wrist", 5)):
        assert steps(motion.joint(name)).max() * motion.fps < limit, name
    for side in ("left", "right"):
        assert steps(motion.joint(f"{side}_ankle")).max() * motion.fps < 4


@every_dance
def test_arms_and_hips_dance_and_the_legs_too_where_the_table_says_so(dance: Choreography) -> None:
    motion = motion_of(dance)
    hips = (motion.joint("left_hip") + motion.joint("right_hip")) / 2
    assert np.ptp(hips[:, 0]) > (0.02 if dance.is_cropped else 0.04)
    for side in ("left", "right"):
        hand = motion.joint(f"{side}_wrist") - motion.joint(f"{side}_shoulder")
        assert np.ptp(hand, axis=0).max() > 0.08
        knee = joint_angles(motion)[f"{side} knee flexion"]
        if not dance.is_cropped:
            assert np.ptp(knee) > (25 if dance.is_full_body else 10)


@every_dance
def test_building_twice_gives_the_same_dance(dance: Choreography) -> None:
    assert np.array_equal(dance.build().points, sequence_of(dance).points)


@pytest.mark.parametrize(("first", "second"), list(combinations(CHOREOGRAPHIES, 2)))
def test_two_dances_differ_however_they_are_shifted_in_time(first: str, second: str) -> None:
    one, other = (_shape(sequence_of(CHOREOGRAPHIES[slug])) for slug in (first, second))
    distance = min(
        float(np.linalg.norm(one - np.roll(other, shift, axis=0), axis=2).mean())
        for shift in range(0, len(one), 4)
    )
    # In lengths of the trunk, averaged over elbows, wrists, knees and ankles.
    assert distance > 0.2


def _shape(sequence: PoseSequence) -> Array:
    """The loop in 96 frames, limbs relative to the hips, in trunk lengths, seen from the front."""
    at = np.linspace(0, sequence.frame_count, 96, endpoint=False).astype(int)
    points = sequence.points[at, 0, :, :2].astype(np.float64)
    middle = {
        part: (points[:, BLAZEPOSE_33.index(f"left_{part}")] + points[:, BLAZEPOSE_33.index(f"right_{part}")])
        / 2
        for part in ("hip", "shoulder")
    }
    trunk = np.linalg.norm(middle["shoulder"] - middle["hip"], axis=1).mean()
    limbs = [
        BLAZEPOSE_33.index(f"{side}_{name}")
        for side in ("left", "right")
        for name in ("elbow", "wrist", "knee", "ankle")
    ]
    return np.asarray((points[:, limbs] - middle["hip"][:, None]) / trunk)


def _strongest(signal: Array, at_least: int = 1) -> int:
    """Cycles per loop of the strongest component, among those of at least so many."""
    return at_least + int(np.abs(np.fft.rfft(signal))[at_least:].argmax())


def test_kemusan_crosses_either_leg_clearly_in_front_of_the_other() -> None:
    sequence = sequence_of(CHOREOGRAPHIES["kemusan"])
    motion = motion_of(CHOREOGRAPHIES["kemusan"])
    angles = joint_angles(motion)
    for number, side, other, sign in ((1, "right", "left", 1), (0, "left", "right", -1)):
        past = sign * (joint(sequence, f"{side}_ankle")[:, 0] - joint(sequence, f"{other}_ankle")[:, 0])
        crossed = (past > 0.03) & (motion.lifts[:, number] > 0.03)
        assert np.count_nonzero(crossed & ~np.roll(crossed, 1)) == 5
        assert past.max() > 0.06
        in_front = joint(sequence, f"{other}_ankle")[:, 2] - joint(sequence, f"{side}_ankle")[:, 2]
        assert in_front[crossed].min() > 0.03
        assert angles[f"{side} knee flexion"][crossed].min() > 55


def test_kemusan_flicks_the_wrists_up_and_down_on_every_beat() -> None:
    motion, beats = motion_of(CHOREOGRAPHIES["kemusan"]), CHOREOGRAPHIES["kemusan"].beats
    for side in ("left", "right"):
        hand = (motion.joint(f"{side}_index") + motion.joint(f"{side}_pinky")) / 2 - motion.joint(
            f"{side}_wrist"
        )
        turn = np.unwrap(np.arctan2(hand[:, 1], hand[:, 0]))
        # One flick up and one drop a beat: the speed of the turn peaks twice a beat.
        assert _strongest(np.abs(np.gradient(turn))) == 2 * beats


@pytest.mark.parametrize("slug", ["kemusan", "disco_point", "shuffle", "yangge", "kpop_point", "pair_mirror"])
def test_the_body_bounces_on_the_beat(slug: str) -> None:
    motion, beats = motion_of(CHOREOGRAPHIES[slug]), CHOREOGRAPHIES[slug].beats
    height = (motion.joint("left_hip")[:, 1] + motion.joint("right_hip")[:, 1]) / 2
    # Slower than half a beat is not a bounce but a sinking and rising.
    assert _strongest(height, at_least=beats // 2 + 1) in {beats, 2 * beats}


def test_the_arm_wave_reaches_one_joint_after_the_other() -> None:
    motion = motion_of(CHOREOGRAPHIES["wave"])
    quarter = len(motion.joints) // 4
    names = ["left_wrist", "left_elbow", "left_shoulder", "right_shoulder", "right_elbow", "right_wrist"]
    crests = [int(motion.joint(name)[:quarter, 1].argmax()) for name in names]
    assert crests == sorted(crests)
    assert crests[-1] - crests[0] > quarter / 2
    back = [int(motion.joint(name)[quarter : 2 * quarter, 1].argmax()) for name in reversed(names)]
    assert back == sorted(back)


def test_the_shuffle_walks_sideways_on_a_foot_that_never_leaves_the_floor() -> None:
    motion = motion_of(CHOREOGRAPHIES["shuffle"])
    walked = slice(0, round(3.4 / 16 * len(motion.joints)))
    assert (motion.lifts[walked, 1] < 0.001).all()
    right = motion.joint("right_ankle")[walked, 0]
    assert right[0] - right[-1] > 0.12


def test_the_mongolian_dance_shakes_its_shoulders_against_each_other() -> None:
    motion = motion_of(CHOREOGRAPHIES["mongolian"])
    shaking = slice(round(8.5 / 16 * len(motion.joints)), round(11.5 / 16 * len(motion.joints)))
    apart = (motion.joint("left_shoulder") - motion.joint("right_shoulder"))[shaking, 2]
    swings = np.flatnonzero(np.diff(np.sign(apart - apart.mean())))
    assert len(swings) >= 6
    assert np.ptp(apart) > 0.06
