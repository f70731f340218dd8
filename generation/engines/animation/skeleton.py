"""The animation skeleton: twenty points and fifteen bones, and how they are read from a BlazePose body."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from templates_app.poses.skeletons import BLAZEPOSE_33

Points = npt.NDArray[np.float64]

POINTS = (
    "pelvis", "waist", "neck",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "head_top", "left_hand", "right_hand", "left_toe", "right_toe",
)  # fmt: skip
BONES = (
    ("pelvis", "waist"), ("waist", "neck"), ("neck", "head_top"),
    ("left_shoulder", "left_elbow"), ("right_shoulder", "right_elbow"),
    ("left_elbow", "left_wrist"), ("right_elbow", "right_wrist"),
    ("left_wrist", "left_hand"), ("right_wrist", "right_hand"),
    ("left_hip", "left_knee"), ("right_hip", "right_knee"),
    ("left_knee", "left_ankle"), ("right_knee", "right_ankle"),
    ("left_ankle", "left_toe"), ("right_ankle", "right_toe"),
)  # fmt: skip
PELVIS, WAIST, NECK = 0, 1, 2
SHOULDER, ELBOW, WRIST, HIP, KNEE, ANKLE = (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14)
HEAD_TOP, HAND, TOE = 15, (16, 17), (18, 19)
BONE_PELVIS, BONE_CHEST, BONE_HEAD = 0, 1, 2
UPPER_ARM, FOREARM, PALM, THIGH, SHANK, FOOT = (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14)
BONE_START = np.array([POINTS.index(start) for start, _ in BONES])
BONE_END = np.array([POINTS.index(end) for _, end in BONES])
SIDES = (0, 1)  # the person's own left, right

_blaze = BLAZEPOSE_33.index
# Knuckles lie about two thirds of the way from the wrist to the finger tips.
HAND_REACH = 1.7


def read_points(body: npt.NDArray[np.floating]) -> Points:
    """Skeleton points of BlazePose bodies.

    body (float, (..., 33, 2 or more)): x, y in any unit. Returns (float64, (..., 20, 2)). The waist lies half
    way up the trunk, the neck just above the shoulder line, the head's top one and a half eye-to-mouth-sized
    steps above the ears.
    """
    xy = np.asarray(body, dtype=np.float64)[..., :2]
    out = np.zeros((*xy.shape[:-2], len(POINTS), 2))
    for name in POINTS[3:15]:
        out[..., POINTS.index(name), :] = xy[..., _blaze(name), :]
    hips = (xy[..., _blaze("left_hip"), :] + xy[..., _blaze("right_hip"), :]) / 2
    shoulders = (xy[..., _blaze("left_shoulder"), :] + xy[..., _blaze("right_shoulder"), :]) / 2
    ears = (xy[..., _blaze("left_ear"), :] + xy[..., _blaze("right_ear"), :]) / 2
    out[..., PELVIS, :] = hips
    out[..., WAIST, :] = hips * 0.55 + shoulders * 0.45
    out[..., NECK, :] = shoulders * 0.8 + ears * 0.2
    out[..., HEAD_TOP, :] = ears + (ears - shoulders) * 0.75
    for side, name in enumerate(("left", "right")):
        wrist = xy[..., _blaze(f"{name}_wrist"), :]
        knuckles = (xy[..., _blaze(f"{name}_index"), :] + xy[..., _blaze(f"{name}_pinky"), :]) / 2
        out[..., HAND[side], :] = wrist + (knuckles - wrist) * HAND_REACH
        out[..., TOE[side], :] = xy[..., _blaze(f"{name}_foot_index"), :]
    return out


def bone_vectors(points: Points) -> Points:
    """Start-to-end vectors, (..., 15, 2), of the bones of (..., 20, 2) points."""
    return points[..., BONE_END, :] - points[..., BONE_START, :]


@dataclass(frozen=True)
class RestSkeleton:
    """The person as photographed.

    points (float64, (20, 2)): skeleton points in pixels.
    torso: shoulder line to hip line, pixels; the yardstick of every width below.
    arm_radius, leg_radius: half widths of upper arm and thigh, pixels.
    """

    points: Points
    torso: float
    arm_radius: float
    leg_radius: float

    def placed(self, scale: float, offset: tuple[float, float]) -> "RestSkeleton":
        """The same skeleton after `xy * scale + offset`."""
        return RestSkeleton(
            self.points * scale + np.asarray(offset),
            self.torso * scale,
            self.arm_radius * scale,
            self.leg_radius * scale,
        )


def rest_skeleton(body: npt.NDArray[np.floating]) -> RestSkeleton:
    """Skeleton of a photographed BlazePose body (33, 2+) in pixels."""
    points = read_points(body)
    shoulders = points[list(SHOULDER)].mean(axis=0)
    torso = float(np.linalg.norm(points[PELVIS] - shoulders))
    return RestSkeleton(points, torso, arm_radius=0.155 * torso, leg_radius=0.22 * torso)


def without_legs(rest: RestSkeleton) -> RestSkeleton:
    """The skeleton with straight legs below the hips, for a photo that does not show the person's own."""
    points = rest.points.copy()
    for side in SIDES:
        for joint, down, out in ((KNEE, 0.95, 0.0), (ANKLE, 1.9, 0.0), (TOE, 2.0, 0.1)):
            shift = np.array([out if side == 0 else -out, down]) * rest.torso
            points[joint[side]] = points[HIP[side]] + shift
    return RestSkeleton(points, rest.torso, rest.arm_radius, rest.leg_radius)
