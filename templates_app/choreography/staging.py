"""From a dance in space to the pose sequence of a picture: the camera, the frame, the checks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from templates_app.choreography.body import Motion
from templates_app.choreography.limits import violations
from templates_app.choreography.score import Role
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33

ASPECT = 9 / 16
FLOOR = 0.94
STATURE = 0.75
MARGIN = 0.015
HIPS_AT, NEAR_STATURE = 0.92, 1.6  # of a cropped frame: where the hips lie, how tall a dancer may be
FLOOR_TILT = 0.2  # how much lower in the picture somebody stands for each stature nearer to the camera
HIPS = [BLAZEPOSE_33.index("left_hip"), BLAZEPOSE_33.index("right_hip")]
LEGS = ("knee", "ankle", "heel", "foot_index")


class ImpossibleMovement(ValueError):
    """A choreography asks for what no body can do; the message lists every fault."""

    code = "movement_impossible"


@dataclass(frozen=True)
class Performance:
    """A solved movement and where its dancer stands: x to the picture's right, z towards the camera, in
    statures.
    """

    motion: Motion
    x: float = 0.0
    z: float = 0.0


def perform(roles: Sequence[Role]) -> list[Performance]:
    """Solve what every performer dances."""
    return [Performance(role.score.motion(), role.x, role.z) for role in roles]


def stage(performances: Sequence[Performance], *, is_cropped: bool = False) -> PoseSequence:
    """The movements seen from the front, orthographically, by as many people in a 9:16 frame.

    A dancer is 0.75 of the frame's height tall, less where a wide movement would leave the frame; the floor
    lies at 0.94 of the height, and the range of the movement is centred. Who stands nearer stands lower.
    is_cropped: the frame ends below the hips instead, and the legs are not seen. Raises ImpossibleMovement.
    """
    if faults := [fault for performance in performances for fault in violations(performance.motion)]:
        raise ImpossibleMovement(" ".join(faults))
    places = np.array([[performance.x, -FLOOR_TILT * performance.z, 0.0] for performance in performances])
    joints = np.stack([performance.motion.joints for performance in performances], axis=1) + places[:, None]
    seen = np.ones(joints.shape[2], dtype=bool)
    if is_cropped:
        seen[[BLAZEPOSE_33.index(name) for name in BLAZEPOSE_33.joints if name.endswith(LEGS)]] = False
    (low, _, _), (high, top, _) = (getattr(joints[:, :, seen], end)(axis=(0, 1, 2)) for end in ("min", "max"))
    ground = float(joints[:, :, HIPS, 1].mean()) if is_cropped else float(places[:, 1].min())
    floor, stature = (HIPS_AT, NEAR_STATURE) if is_cropped else (FLOOR, STATURE)
    scale = min(stature, (ASPECT - 2 * MARGIN) / (high - low), (floor - MARGIN) / (top - ground))
    points = np.empty_like(joints)
    points[..., 0] = ASPECT / 2 + (joints[..., 0] - (low + high) / 2) * scale
    points[..., 1] = floor - (joints[..., 1] - ground) * scale
    points[..., 2] = (joints[:, :, HIPS, 2].mean(axis=2)[..., None] - joints[..., 2]) * scale
    return PoseSequence(
        layout="blazepose_33",
        fps=performances[0].motion.fps,
        points=points.astype(np.float32),
        confidence=np.broadcast_to(seen.astype(np.float32), joints.shape[:3]).copy(),
        aspect=ASPECT,
        is_loop=True,
    )
