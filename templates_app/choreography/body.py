"""The dancer's body: channels of movement in, 33 joints in space out, by forward kinematics and leg IK.

Space: x to the picture's right, y up from the floor, z towards the camera, all in units of the body's
stature; the dancer faces the camera, so the own left side lies at positive x. Angles are in degrees.
Segment lengths follow Drillis and Contini (1966) as printed in Winter, "Biomechanics and Motor Control of
Human Movement", fig. 4.1; shoulder and hip widths are those between the joint centres that BlazePose marks,
which lie inside the silhouette.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from templates_app.poses.skeletons import BLAZEPOSE_33

Array = npt.NDArray[np.float64]

THIGH, SHANK, ANKLE_HEIGHT = 0.245, 0.246, 0.039
HIP_HALF, SHOULDER_HALF = 0.064, 0.105
LUMBAR, THORAX, NECK = 0.110, 0.178, 0.035
UPPER_ARM, FOREARM = 0.186, 0.146
TOE_AHEAD, HEEL_BEHIND = 0.105, 0.042
FOOT = TOE_AHEAD + HEEL_BEHIND
STANDING_HIP = THIGH + SHANK + ANKLE_HEIGHT
SIDES = {"left": 1.0, "right": -1.0}

# Points of the head, from the top of the neck, in the head's own frame; x is given for the left side.
FACE = {
    "nose": (0.0, 0.072, 0.078),
    "left_eye_inner": (0.010, 0.094, 0.062),
    "left_eye": (0.019, 0.095, 0.058),
    "left_eye_outer": (0.028, 0.094, 0.050),
    "left_ear": (0.044, 0.079, 0.0),
    "mouth_left": (0.016, 0.050, 0.062),
}
# Knuckles and thumb, from the wrist: along the hand, towards the thumb's side.
HAND = {"index": (0.068, 0.018), "pinky": (0.061, -0.021), "thumb": (0.035, 0.032)}

TORSO_CHANNELS = {
    **{f"hips.{name}": 0.0 for name in ("x", "z", "drop", "yaw", "pitch", "roll")},
    **{f"{part}.{name}": 0.0 for part in ("chest", "head") for name in ("yaw", "pitch", "roll")},
}
SIDE_CHANNELS = {
    "shoulder.lift": 0.0,
    "shoulder.front": 0.0,
    "upper.angle": 12.0,
    "upper.depth": 2.0,
    "fore.angle": 8.0,
    "fore.depth": 12.0,
    "wrist.angle": 0.0,
    "wrist.depth": 0.0,
    "palm": 0.0,
    "foot.x": 0.075,
    "foot.z": 0.0,
    "foot.lift": 0.0,
    "foot.yaw": 10.0,
    "foot.twist": 0.0,
    "foot.pitch": 0.0,
    "knee.out": 8.0,
}


def neutral_channels() -> dict[str, float]:
    """Every channel with its value for a person who stands at ease, arms hanging.

    hips.x, hips.z: pelvis over the floor; hips.drop: how far it is below standing height (knees bend).
    yaw turns to the own left, pitch leans forwards, roll leans to the own left; hips, chest and head are
    each given in space, not relative to one another. upper, fore: where that segment of the arm points,
    seen from the chest: `angle` in the picture plane (0 down, 90 out to its own side, 180 up, negative
    across the body), `depth` towards the camera. wrist: the hand against the forearm. palm: 0 thumb
    forward, 90 thumb outward.
    foot.x, foot.z: the ankle over the floor with the foot flat; foot.lift: height of its lowest point;
    foot.yaw: toes outward; foot.twist: the same, but swivelling on the toes; foot.pitch: heel up about the
    toes, negative toes up about the heel. knee.out: where the knee points.
    """
    channels = dict(TORSO_CHANNELS)
    for side, sign in SIDES.items():
        channels |= {f"{side}.{name}": value for name, value in SIDE_CHANNELS.items()}
        channels[f"{side}.foot.x"] *= sign
    return channels


@dataclass(frozen=True)
class Motion:
    """Solved movement.

    joints (float64, (frames, 33, 3)): BlazePose order, in the space described on top.
    lifts (float64, (frames, 2)): height of the lowest point of the left and the right foot over the floor.
    fps: frames per second. The movement is a loop: frame `frames` would be frame 0.
    """

    joints: Array
    lifts: Array
    fps: float

    def joint(self, name: str) -> Array:
        """One joint over time, (frames, 3)."""
        return self.joints[:, BLAZEPOSE_33.index(name)]


def solve(channels: Mapping[str, Array], fps: float) -> Motion:
    """Joints for channels sampled at `fps`; all of `neutral_channels` must be given, (frames,) each.

    The arms' hands point where the channels "left.hand.angle", "left.hand.depth" and their right fellows say.
    """
    frames = len(channels["hips.x"])
    joints = np.zeros((frames, len(BLAZEPOSE_33.joints), 3))
    feet = {side: _foot(channels, side) for side in SIDES}
    pelvis = _turn(channels, "hips")
    root = _root(channels, pelvis, feet)
    _place_legs(joints, channels, root, pelvis, feet)
    chest = _turn(channels, "chest")
    lumbar = _turn(channels, "hips", "chest")
    neck = root + LUMBAR * lumbar[:, :, 1] + THORAX * chest[:, :, 1]
    _place_arms(joints, channels, neck, chest)
    head = _turn(channels, "head")
    top = neck + NECK * _unit(chest[:, :, 1] + head[:, :, 1])
    for name, (x, y, z) in FACE.items():
        for joint, sign in ((name, 1.0), (name.replace("left", "right"), -1.0)):
            joints[:, BLAZEPOSE_33.index(joint)] = top + head @ np.array([sign * x, y, z])
    lifts = np.stack([channels[f"{side}.foot.lift"] for side in SIDES], axis=1)
    return Motion(joints, lifts, fps)


def _turn(channels: Mapping[str, Array], *parts: str) -> Array:
    """Rotation matrices (frames, 3, 3) of a part, or of the mean of two parts' angles."""
    yaw, pitch, roll = (
        np.deg2rad(np.mean([channels[f"{part}.{name}"] for part in parts], axis=0))
        for name in ("yaw", "pitch", "roll")
    )
    return _about("y", yaw) @ _about("x", pitch) @ _about("z", -roll)


def _about(axis: str, angle: Array) -> Array:
    """Right-handed rotation matrices about one axis; angle in radians, (frames,)."""
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    out = np.zeros((len(angle), 3, 3))
    out[:] = np.eye(3)
    out[:, first, first] = out[:, second, second] = np.cos(angle)
    out[:, second, first] = np.sin(angle)
    out[:, first, second] = -np.sin(angle)
    return out


def _unit(vectors: Array) -> Array:
    unit: Array = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit


def _foot(channels: Mapping[str, Array], side: str) -> dict[str, Array]:
    """Ankle, heel and toe tip of a foot: it tips about the toes when the heel rises, else about the heel."""
    yaw = np.deg2rad(channels[f"{side}.foot.yaw"]) * SIDES[side]
    heading = yaw + np.deg2rad(channels[f"{side}.foot.twist"]) * SIDES[side]
    pitch = np.deg2rad(channels[f"{side}.foot.pitch"])
    up = np.array([0.0, 1.0, 0.0])
    ahead = _level(heading)
    flat = np.stack([channels[f"{side}.foot.{axis}"] for axis in ("x", "lift", "z")], axis=1)
    along = np.cos(pitch)[:, None] * ahead - np.sin(pitch)[:, None] * up
    above = np.sin(pitch)[:, None] * ahead + np.cos(pitch)[:, None] * up
    toe = flat + TOE_AHEAD * _level(yaw)
    toe = np.where(pitch[:, None] >= 0, toe, toe + FOOT * (along - ahead))
    return {
        "ankle": toe - TOE_AHEAD * along + ANKLE_HEIGHT * above,
        "heel": toe - FOOT * along,
        "foot_index": toe,
    }


def _level(bearing: Array) -> Array:
    """Unit vectors along the floor; 0 is towards the camera, positive to the picture's right."""
    return np.stack([np.sin(bearing), np.zeros_like(bearing), np.cos(bearing)], axis=1)


def _root(channels: Mapping[str, Array], pelvis: Array, feet: Mapping[str, Mapping[str, Array]]) -> Array:
    """Middle of the hips, lowered where a foot on the floor would otherwise be out of the leg's reach."""
    root = np.stack([channels["hips.x"], STANDING_HIP - channels["hips.drop"], channels["hips.z"]], axis=1)
    limits: dict[str, Array] = {}
    for side, sign in SIDES.items():
        hip = sign * HIP_HALF * pelvis[:, :, 0]
        away = feet[side]["ankle"] - root - hip
        reach = np.sqrt(np.maximum((THIGH + SHANK) ** 2 - away[:, 0] ** 2 - away[:, 2] ** 2, 0.01))
        # A lifted foot follows the body instead of holding it down.
        limits[side] = feet[side]["ankle"][:, 1] + reach - hip[:, 1] + 4 * channels[f"{side}.foot.lift"]
    root[:, 1] = _soft_minimum(root[:, 1], _soft_minimum(limits["left"], limits["right"]))
    return root


def _soft_minimum(first: Array, second: Array, width: float = 0.008) -> Array:
    """The smaller of two values, with the corner rounded over about `width`; never above either."""
    lower: Array = 0.5 * (first + second - np.sqrt((first - second) ** 2 + width**2))
    return lower


def _place_legs(
    joints: Array,
    channels: Mapping[str, Array],
    root: Array,
    pelvis: Array,
    feet: Mapping[str, Mapping[str, Array]],
) -> None:
    """Two-bone IK from hip to ankle; the knee bends towards `knee.out`, never backwards."""
    for side, sign in SIDES.items():
        hip = root + sign * HIP_HALF * pelvis[:, :, 0]
        line = feet[side]["ankle"] - hip
        wanted = np.linalg.norm(line, axis=1)
        length = _soft_minimum(wanted, np.full_like(wanted, THIGH + SHANK), 0.002)
        toward = line / wanted[:, None]
        shift = toward * (length - wanted)[:, None]
        bearing = np.deg2rad(sign * channels[f"{side}.knee.out"] + channels["hips.yaw"])
        pole = np.stack([np.sin(bearing), np.full_like(bearing, 0.15), np.cos(bearing)], axis=1)
        bend = _unit(pole - np.sum(pole * toward, axis=1, keepdims=True) * toward)
        along = (THIGH**2 - SHANK**2 + length**2) / (2 * length)
        outward = np.sqrt(np.maximum(THIGH**2 - along**2, 0.0))
        joints[:, BLAZEPOSE_33.index(f"{side}_hip")] = hip
        joints[:, BLAZEPOSE_33.index(f"{side}_knee")] = (
            hip + along[:, None] * toward + outward[:, None] * bend
        )
        for part, place in feet[side].items():
            joints[:, BLAZEPOSE_33.index(f"{side}_{part}")] = place + shift


def _place_arms(joints: Array, channels: Mapping[str, Array], neck: Array, chest: Array) -> None:
    for side, sign in SIDES.items():
        lift, front = (channels[f"{side}.shoulder.{name}"] for name in ("lift", "front"))
        offset = np.stack([np.full_like(lift, sign * SHOULDER_HALF), lift, front], axis=1)
        shoulder = neck + np.einsum("nij,nj->ni", chest, offset)
        upper, _, _ = _segment(channels, f"{side}.upper", sign)
        fore, _, _ = _segment(channels, f"{side}.fore", sign)
        hand, outward, forward = _segment(channels, f"{side}.hand", sign)
        palm = np.deg2rad(channels[f"{side}.palm"])[:, None]
        thumbward = np.cos(palm) * forward + np.sin(palm) * outward
        elbow = shoulder + UPPER_ARM * np.einsum("nij,nj->ni", chest, upper)
        wrist = elbow + FOREARM * np.einsum("nij,nj->ni", chest, fore)
        for name, place in (("shoulder", shoulder), ("elbow", elbow), ("wrist", wrist)):
            joints[:, BLAZEPOSE_33.index(f"{side}_{name}")] = place
        for name, (along, across) in HAND.items():
            local = along * hand + across * thumbward
            joints[:, BLAZEPOSE_33.index(f"{side}_{name}")] = wrist + np.einsum("nij,nj->ni", chest, local)


def _segment(channels: Mapping[str, Array], name: str, sign: float) -> tuple[Array, Array, Array]:
    """Where a segment points in the chest's frame, and its unit tangents for growing angle and depth."""
    angle, depth = (np.deg2rad(channels[f"{name}.{part}"]) for part in ("angle", "depth"))
    sine, cosine = np.sin(angle), np.cos(angle)
    points = np.stack([sign * np.cos(depth) * sine, -np.cos(depth) * cosine, np.sin(depth)], axis=1)
    outward = np.stack([sign * cosine, sine, np.zeros_like(sine)], axis=1)
    forward = np.stack([-sign * np.sin(depth) * sine, np.sin(depth) * cosine, np.cos(depth)], axis=1)
    return points, outward, forward
