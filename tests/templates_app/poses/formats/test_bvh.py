"""BVH: positions against angles worked out by hand, rigs by their names, and what is refused."""

from typing import Any

import numpy as np
import pytest

from templates_app.poses.formats.bvh import parse_bvh
from templates_app.poses.formats.faults import MovementFileInvalid
from templates_app.poses.formats.reading import Imported, read_movement
from templates_app.poses.formats.rigs import PARTS, joints_by_role, part_of
from templates_app.poses.skeletons import BLAZEPOSE_33

# Hips at 100, thigh and shank 40 each, upper arm 30 and forearm 25 out to the side, facing +z: centimetres.
BODY: dict[str, Any] = {
    "Hips": (None, (0, 0, 0)),
    "Spine": ("Hips", (0, 20, 0)),
    "Neck": ("Spine", (0, 30, 0)),
    "Head": ("Neck", (0, 8, 0)),
    **{
        f"{side}{name}": (parent.format(side=side), (sign * x, y, z))
        for side, sign in (("Left", 1), ("Right", -1))
        for name, parent, x, y, z in (
            ("Shoulder", "Spine", 3, 28, 0),
            ("Arm", "{side}Shoulder", 15, 0, 0),
            ("ForeArm", "{side}Arm", 30, 0, 0),
            ("Hand", "{side}ForeArm", 25, 0, 0),
            ("UpLeg", "Hips", 10, 0, 0),
            ("Leg", "{side}UpLeg", 0, -40, 0),
            ("Foot", "{side}Leg", 0, -40, 0),
            ("ToeBase", "{side}Foot", 0, -8, 16),
        )
    },
}


def bvh(
    frames: list[dict[str, tuple[float, float, float]]],
    *,
    names: Any = lambda name: name,
    body: dict[str, Any] | None = None,
    fps: float = 30,
    turn: Any = lambda offset: offset,
    order: str = "Zrotation Xrotation Yrotation",
) -> bytes:
    """A BVH text of the body above; frames: angles about z, x, y by joint, and "place" of the hips."""
    body = BODY if body is None else body
    channels: list[str] = []

    def write(joint: str, depth: int) -> str:
        pad = "\t" * depth
        kind = "ROOT" if body[joint][0] is None else "JOINT"
        offset = " ".join(f"{value:g}" for value in turn(body[joint][1]))
        positions = "6 Xposition Yposition Zposition" if kind == "ROOT" else "3"
        channels.append(joint)
        children = [name for name, (parent, _) in body.items() if parent == joint]
        inner = "".join(write(child, depth + 1) for child in children)
        if not children:
            inner = f"{pad}\tEnd Site\n{pad}\t{{\n{pad}\t\tOFFSET 0 0 5\n{pad}\t}}\n"
        return (
            f"{pad}{kind} {names(joint)}\n{pad}{{\n{pad}\tOFFSET {offset}\n"
            f"{pad}\tCHANNELS {positions} {order}\n{inner}{pad}}}\n"
        )

    text = "HIERARCHY\n" + write("Hips", 0) + f"MOTION\nFrames: {len(frames)}\nFrame Time: {1 / fps:.7f}\n"
    for frame in frames:
        row: list[float] = [*turn(frame.get("place", (0, 100, 0)))]
        for joint in channels:
            row += frame.get(joint, (0, 0, 0))
        text += " ".join(f"{value:.6f}" for value in row) + "\n"
    return text.encode()


def read(data: bytes, **changes: Any) -> Imported:
    return read_movement(data, "dance.bvh", **({"fps": None, "width": None, "height": None} | changes))


def place_of(data: bytes, joint: str, frame: int = 0) -> np.ndarray:
    parsed = parse_bvh(data, file="dance.bvh")
    return parsed.places()[frame, [node.name for node in parsed.joints].index(joint)]


def test_the_rest_pose_is_the_sum_of_its_offsets() -> None:
    data = bvh([{}])
    assert place_of(data, "LeftHand") == pytest.approx([3 + 15 + 30 + 25, 100 + 20 + 28, 0])
    assert place_of(data, "RightToeBase") == pytest.approx([-10, 100 - 80 - 8, 16])
    assert place_of(data, "RightToeBase end") == pytest.approx([-10, 12, 21])


def test_a_quarter_turn_of_the_upper_arm_about_z_lets_the_arm_hang() -> None:
    # The left arm points along +x; -90 degrees about z takes x to -y.
    data = bvh([{"LeftArm": (-90, 0, 0)}])
    assert place_of(data, "LeftArm") == pytest.approx([18, 148, 0])
    assert place_of(data, "LeftForeArm") == pytest.approx([18, 118, 0])
    assert place_of(data, "LeftHand") == pytest.approx([18, 93, 0])


def test_turns_add_up_along_the_limb() -> None:
    # Upper arm down, then the elbow bent by 90 about the own y: x went to -y, so the forearm points to -z.
    data = bvh([{"LeftArm": (-90, 0, 0), "LeftForeArm": (0, 0, 90)}])
    assert place_of(data, "LeftHand") == pytest.approx([18, 118, -25])
    # A knee: thigh 30 degrees forward about x, shank back by 90.
    data = bvh([{"LeftUpLeg": (0, -30, 0), "LeftLeg": (0, 90, 0)}])
    thigh = np.array([10, 100 - 40 * np.cos(np.radians(30)), 40 * np.sin(np.radians(30))])
    assert place_of(data, "LeftLeg") == pytest.approx(thigh)
    shank = np.array([0, -40 * np.cos(np.radians(60)), -40 * np.sin(np.radians(60))])
    assert place_of(data, "LeftFoot") == pytest.approx(thigh + shank)


def test_rotations_are_applied_in_the_order_of_the_channels() -> None:
    # z first, then x about the turned axis: x -> y (z by 90), and the turned x axis is y, which keeps it.
    zxy = bvh([{"LeftArm": (90, 90, 0)}])
    assert place_of(zxy, "LeftForeArm") == pytest.approx([18, 178, 0])
    # x first, then z about the turned z axis, which is -y: x -> turned y, which is z.
    xzy = bvh([{"LeftArm": (90, 90, 0)}], order="Xrotation Zrotation Yrotation")
    assert place_of(xzy, "LeftForeArm") == pytest.approx([18, 148, 30])


def test_the_root_turns_and_moves_everything() -> None:
    data = bvh([{"place": (5, 90, -7), "Hips": (0, 0, 90)}])
    # 90 degrees about y takes x to -z and z to x.
    assert place_of(data, "LeftUpLeg") == pytest.approx([5, 90, -17])
    assert place_of(data, "RightToeBase") == pytest.approx([5 + 16, 90 - 88, -7 + 10])


def test_position_channels_of_an_inner_joint_take_the_place_of_its_offset() -> None:
    data = bvh([{}]).replace(b"JOINT Spine\n\t{\n\t\tOFFSET 0 20 0\n\t\tCHANNELS 3",
                             b"JOINT Spine\n\t{\n\t\tOFFSET 0 20 0\n\t\tCHANNELS 4 Yposition", 1)  # fmt: skip
    head, _, rows = data.rpartition(b"\n0.000000 100")
    row = (b"0.000000 100" + rows).split()
    row.insert(6, b"26.0")
    assert place_of(head + b"\n" + b" ".join(row), "Neck") == pytest.approx([0, 100 + 26 + 30, 0])


def at(sequence: Any, joint: str, frame: int = 0) -> np.ndarray:
    return sequence.points[frame, 0, BLAZEPOSE_33.index(joint)]


def test_the_performer_stands_upright_in_the_frame_with_the_own_left_at_larger_x() -> None:
    result = read(bvh([{"LeftArm": (-90, 0, 0)}] * 4))
    sequence = result.sequence
    assert (sequence.layout, sequence.aspect, sequence.frame_count) == ("blazepose_33", 0.5625, 4)
    assert sequence.fps == pytest.approx(30, abs=1e-3)
    assert at(sequence, "left_hip")[0] > at(sequence, "right_hip")[0]
    assert at(sequence, "nose")[1] < at(sequence, "left_shoulder")[1] < at(sequence, "left_knee")[1]
    seen = sequence.confidence[0, 0] > 0
    assert sequence.points[0, 0, seen, 1].max() == pytest.approx(0.94, abs=1e-5)
    assert (sequence.points[0, 0, seen, 0] >= 0).all()
    assert (sequence.points[0, 0, seen, 0] <= 0.5625).all()
    # One scale for all: shank to upper arm is 40 to 30.
    shank = np.linalg.norm(at(sequence, "left_knee") - at(sequence, "left_ankle"))
    arm = np.linalg.norm(at(sequence, "right_elbow") - at(sequence, "right_shoulder"))
    assert shank / arm == pytest.approx(4 / 3, rel=1e-5)
    assert at(sequence, "left_wrist")[0] == pytest.approx(at(sequence, "left_shoulder")[0], abs=1e-6)
    # Towards the camera is negative, from the hips.
    assert at(sequence, "left_foot_index")[2] < 0
    assert at(sequence, "left_hip")[2] == pytest.approx(0, abs=1e-6)
    assert at(sequence, "nose")[2] < at(sequence, "left_ear")[2]


@pytest.mark.parametrize(
    "turn",
    [
        lambda v: (v[0], -v[2], v[1]),  # z up
        lambda v: (v[2], v[1], -v[0]),  # looks to +x
        lambda v: (-v[0], v[1], -v[2]),  # looks away
        lambda v: (-v[0], -v[1], v[2]),  # y down
    ],
)
def test_any_upright_axis_and_heading_gives_the_same_picture(turn: Any) -> None:
    data, turned = bvh([{}] * 3), bvh([{}] * 3, turn=turn)
    usual, other = read(data).sequence, read(turned).sequence
    known = [
        BLAZEPOSE_33.index(f"{side}_{part}")
        for side in ("left", "right")
        for part in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist", "foot_index")
    ]
    assert other.points[:, :, known] == pytest.approx(usual.points[:, :, known], abs=1e-5)


def test_the_way_of_the_root_is_kept_within_the_frame() -> None:
    frames = [{"place": (4.0 * step, 100, 0)} for step in range(50)]
    sequence = read(bvh(frames)).sequence
    hips = sequence.points[:, 0, [23, 24], 0].mean(axis=1)
    assert (np.diff(hips) > 0).all()
    assert np.diff(hips) == pytest.approx(np.full(49, np.diff(hips)[0]), abs=1e-6)
    seen = sequence.points[..., 0][sequence.confidence > 0]
    assert seen.min() == pytest.approx(0.03, abs=1e-4)
    assert seen.max() == pytest.approx(0.5625 - 0.03, abs=1e-4)
    wide = read(bvh(frames), width=1600, height=900).sequence
    assert wide.aspect == pytest.approx(16 / 9)


def test_high_rates_are_read_at_a_whole_part_of_them_or_at_the_wanted_one() -> None:
    frames = [{"LeftArm": (-90 * step / 119, 0, 0)} for step in range(120)]
    result = read(bvh(frames, fps=120))
    assert result.sequence.fps == pytest.approx(60, abs=0.01)
    assert result.sequence.frame_count == 60
    assert any("120 frames a second were read as 60" in note for note in result.notes)
    third = read(bvh(frames, fps=120), fps=24).sequence
    assert third.frame_count == 24
    every = read(bvh(frames, fps=120), fps=120).sequence
    assert third.points[3] == pytest.approx(every.points[15], abs=1e-5)


def test_what_the_rig_does_not_have_is_derived_at_half_confidence_or_not_seen() -> None:
    result = read(bvh([{}]))
    confidence = dict(zip(BLAZEPOSE_33.joints, result.sequence.confidence[0, 0].tolist(), strict=True))
    assert confidence["left_wrist"] == confidence["right_foot_index"] == 1
    assert confidence["nose"] == confidence["left_heel"] == 0.5
    assert confidence["left_index"] == confidence["right_thumb"] == 0
    assert any("heels and face" in note for note in result.notes)
    assert any("left_index" in note for note in result.notes)
    headless = {name: part for name, part in BODY.items() if name != "Head"}
    assert read(bvh([{}], body=headless)).sequence.confidence[0, 0, 0] == 0


BIPED = {
    "Hips": "Bip01", "Spine": "Bip01 Spine", "Neck": "Bip01 Neck", "Head": "Bip01 Head",
    "Shoulder": "Clavicle", "Arm": "UpperArm", "ForeArm": "Forearm", "Hand": "Hand", "UpLeg": "Thigh",
    "Leg": "Calf", "Foot": "Foot", "ToeBase": "Toe0",
}  # fmt: skip
BLENDER = {
    "Shoulder": "shoulder", "Arm": "upper_arm", "ForeArm": "forearm", "Hand": "hand", "UpLeg": "thigh",
    "Leg": "shin", "Foot": "foot", "ToeBase": "toe",
}  # fmt: skip
OLD = {
    "Shoulder": "Collar", "Arm": "Shldr", "ForeArm": "ForeArm", "Hand": "Hand", "UpLeg": "Thigh",
    "Leg": "Shin", "Foot": "Foot", "ToeBase": "Toe",
}  # fmt: skip
HUMAN = {
    "Shoulder": "Collar", "Arm": "Shoulder", "ForeArm": "Elbow", "Hand": "Wrist", "UpLeg": "Hip",
    "Leg": "Knee", "Foot": "Ankle", "ToeBase": "Toe",
}  # fmt: skip


def renamed(name: str, table: dict[str, str], form: str) -> str:
    for side in ("Left", "Right"):
        if name.startswith(side):
            part = table[name[len(side) :]]
            return form.format(side=side, letter=side[0], small=side[0].lower(), part=part)
    return table.get(name, name)


@pytest.mark.parametrize(
    "names",
    [
        lambda name: name,
        lambda name: f"mixamorig:{name}",
        lambda name: f"mixamorig_{name}",
        lambda name: renamed(name, BIPED, "Bip01 {letter} {part}"),
        lambda name: renamed(name, BLENDER, "{part}.{letter}"),
        lambda name: renamed(name, BLENDER, "DEF-{part}.{letter}"),
        lambda name: renamed(name, BLENDER, "{part}_{small}"),
        lambda name: renamed(name, OLD, "{small}{part}"),
        lambda name: renamed(name, HUMAN, "{side}{part}"),
        lambda name: renamed(name, HUMAN, "{side}_{part}"),
    ],
)
def test_common_rigs_are_told_by_their_names(names: Any) -> None:
    usual, other = read(bvh([{}])).sequence, read(bvh([{}], names=names)).sequence
    assert other.points == pytest.approx(usual.points, abs=1e-6)
    assert np.array_equal(other.confidence, usual.confidence)


def test_the_hip_joint_of_cmu_is_not_taken_for_the_thigh() -> None:
    sides = [f"{letter}{part}" for letter in ("L", "R") for part in ("HipJoint", "Thumb")]
    parts = ("UpLeg", "Leg", "Foot", "ToeBase", "Shoulder", "Arm", "ForeArm", "Hand", "FingerBase")
    limbs = [f"{side}{part}" for side in ("Left", "Right") for part in parts]
    names = ["Hips", *sides, "LowerBack", "Spine", "Neck", "Head", *limbs]
    roles = joints_by_role(names, file="cmu.bvh")
    assert {role: names[index] for role, index in roles.items()} == {
        **{
            f"{side.lower()}_{joint}": f"{side}{part}"
            for side in ("Left", "Right")
            for joint, part in zip(
                (*PARTS, "foot_index", "index"),
                ("UpLeg", "Leg", "Foot", "Arm", "ForeArm", "Hand", "ToeBase", "FingerBase"),
                strict=True,
            )
        },
        "left_thumb": "LThumb", "right_thumb": "RThumb", "head": "Head", "hips": "Hips", "neck": "Neck",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("mixamorig:LeftUpLeg", ("left", "upleg")),
        ("lThigh", ("left", "thigh")),
        ("Bip01 R UpperArm", ("right", "upperarm")),
        ("thigh.L", ("left", "thigh")),
        ("CC_Base_R_Forearm", ("right", "forearm")),
        ("leftshoulder", ("left", "shoulder")),
        ("RHipJoint", ("right", "hipjoint")),
        ("Spine1", ("", "spine1")),
        ("Hips", ("", "hips")),
    ],
)
def test_a_name_is_taken_apart_into_side_and_part(name: str, part: tuple[str, str]) -> None:
    assert part_of(name) == part


def test_missing_joints_are_named() -> None:
    legless = {name: part for name, part in BODY.items() if "Leg" not in name and name not in
               ("LeftFoot", "RightFoot", "LeftToeBase", "RightToeBase")}  # fmt: skip
    with pytest.raises(MovementFileInvalid) as caught:
        read(bvh([{}], body=legless))
    assert caught.value.reason == "joints_missing"
    assert "left_hip, left_knee, left_ankle, right_hip" in str(caught.value)
    assert "LeftForeArm" in str(caught.value), "and what there is instead"


DEEP = b"HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 0\n" + b"JOINT b\n{\nOFFSET 0 0 0\nCHANNELS 0\n" * 5000
MANY = (
    b"HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 0\n" + b"JOINT b\n{\nOFFSET 0 0 0\nCHANNELS 0\n}\n" * 5000
)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: b"hello", "bvh_motion_missing"),
        (lambda data: DEEP + b"MOTION\n", "bvh_too_large"),
        (lambda data: MANY + b"}\nMOTION\n", "bvh_too_large"),
        (lambda data: data.replace(b"Frames: 2", b"Frames: 999999999"), "too_many_frames"),
        (lambda data: data.replace(b"Frames: 2", b"Frames: 99999999999999"), "bvh_motion_invalid"),
        (lambda data: data.replace(b"Frames: 2", b"Frames: -2"), "bvh_motion_invalid"),
        (lambda data: data.replace(b"Frames: 2", b"Frames: 3"), "bvh_motion_invalid"),
        (lambda data: data + b"1 2 3", "bvh_motion_invalid"),
        (lambda data: data.replace(b"Frame Time: 0.0333333", b"Frame Time: nan"), "bvh_motion_invalid"),
        (lambda data: data.replace(b"Frame Time: 0.0333333", b"Frame Time: 0"), "bvh_motion_invalid"),
        (lambda data: data.replace(b"0.000000 100.000000", b"nan 100.000000"), "number_out_of_range"),
        (lambda data: data.replace(b"0.000000 100.000000", b"1e300 100.000000"), "number_out_of_range"),
        (lambda data: data.replace(b"0.000000 100.000000", b"zero 100.000000"), "not_a_number"),
        (lambda data: data.replace(b"OFFSET 0 20 0", b"OFFSET 0 x 0"), "bvh_hierarchy_invalid"),
        (lambda data: data.replace(b"OFFSET 0 20 0", b"OFFSET 0 nan 0"), "bvh_hierarchy_invalid"),
        (
            lambda data: data.replace(b"CHANNELS 3 Zrotation", b"CHANNELS 3 Wrotation"),
            "bvh_hierarchy_invalid",
        ),
        (
            lambda data: data.replace(b"CHANNELS 3 Zrotation", b"CHANNELS 3 Xrotation"),
            "bvh_hierarchy_invalid",
        ),
        (lambda data: data.replace(b"CHANNELS 3", b"CHANNELS 77"), "bvh_hierarchy_invalid"),
        (lambda data: data.replace(b"JOINT Neck", b"BONE Neck"), "bvh_hierarchy_invalid"),
        (lambda data: data.replace(b"}\nMOTION", b"MOTION"), "bvh_hierarchy_invalid"),
        (lambda data: data.replace(b"}\nMOTION", b"}\nROOT b\nMOTION"), "bvh_hierarchy_invalid"),
    ],
)
def test_damaged_and_hostile_files_are_refused(change: Any, reason: str) -> None:
    with pytest.raises(MovementFileInvalid) as caught:
        read(change(bvh([{}, {}])))
    assert caught.value.reason == reason
    assert caught.value.file == "dance.bvh"


def test_a_skeleton_without_extent_is_refused() -> None:
    flat = {name: (parent, (0, 0, 0)) for name, (parent, _) in BODY.items()}
    with pytest.raises(MovementFileInvalid) as caught:
        read(bvh([{}], body=flat))
    assert caught.value.reason == "skeleton_flat"
