"""From a dance in space to the pose sequence of a picture: the camera, the frame, the checks."""

import numpy as np

from templates_app.choreography.body import Motion
from templates_app.choreography.limits import violations
from templates_app.poses.sequence import PoseSequence

ASPECT = 9 / 16
FLOOR = 0.94
STATURE = 0.75
MARGIN = 0.015


class ImpossibleMovement(ValueError):
    """A choreography asks for what no body can do; the message lists every fault."""

    code = "movement_impossible"


def stage(motion: Motion) -> PoseSequence:
    """The motion seen from the front, orthographically, as one person in a 9:16 frame.

    The dancer is 0.75 of the frame's height tall, less where a wide movement would leave the frame; the floor
    lies at 0.94 of the height, and the range of the movement is centred. Raises ImpossibleMovement.
    """
    if faults := violations(motion):
        raise ImpossibleMovement(" ".join(faults))
    low, high = motion.joints[..., 0].min(), motion.joints[..., 0].max()
    top = motion.joints[..., 1].max()
    scale = min(STATURE, (ASPECT - 2 * MARGIN) / (high - low), (FLOOR - MARGIN) / top)
    points = np.empty_like(motion.joints)
    points[..., 0] = ASPECT / 2 + (motion.joints[..., 0] - (low + high) / 2) * scale
    points[..., 1] = FLOOR - motion.joints[..., 1] * scale
    hips = (motion.joint("left_hip")[:, 2] + motion.joint("right_hip")[:, 2]) / 2
    points[..., 2] = (hips[:, None] - motion.joints[..., 2]) * scale
    return PoseSequence(
        layout="blazepose_33",
        fps=motion.fps,
        points=points[:, None].astype(np.float32),
        confidence=np.ones((len(points), 1, points.shape[1]), dtype=np.float32),
        aspect=ASPECT,
        is_loop=True,
    )
