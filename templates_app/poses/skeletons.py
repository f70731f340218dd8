"""Named keypoint layouts, their bones, and conversions between them. Pure Python.

Layouts: BlazePose GHUM 33 (Google, 2020), COCO-17 (Lin et al. 2014), OpenPose-18 (Cao et al. 2019,
COCO model).
Left and right are the person's own.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Layout:
    """Joint names in storage order, and the bones that join them (pairs of joint indices)."""

    joints: tuple[str, ...]
    bones: tuple[tuple[int, int], ...]

    def index(self, joint: str) -> int:
        """Position of `joint`; raises ValueError when the layout does not have it."""
        return self.joints.index(joint)


BLAZEPOSE_33 = Layout(
    joints=(
        "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye",
        "right_eye_outer", "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder",
        "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_pinky",
        "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb", "left_hip", "right_hip",
        "left_knee", "right_knee", "left_ankle", "right_ankle", "left_heel", "right_heel",
        "left_foot_index", "right_foot_index",
    ),
    bones=(
        (11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24), (23, 25), (25, 27),
        (24, 26), (26, 28), (27, 31), (28, 32), (27, 29), (28, 30), (15, 19), (16, 20), (0, 2), (0, 5),
        (2, 7), (5, 8),
    ),
)  # fmt: skip
COCO_17 = Layout(
    joints=(
        "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
        "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee",
        "right_knee", "left_ankle", "right_ankle",
    ),
    bones=(
        (5, 6), (5, 7), (7, 9), (6, 8), (8, 10), (5, 11), (6, 12), (11, 12), (11, 13), (13, 15), (12, 14),
        (14, 16), (0, 1), (0, 2), (1, 3), (2, 4),
    ),
)  # fmt: skip
OPENPOSE_18 = Layout(
    joints=(
        "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow",
        "left_wrist", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
        "right_eye", "left_eye", "right_ear", "left_ear",
    ),
    bones=(
        (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13),
        (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
    ),
)  # fmt: skip
LAYOUTS = {"blazepose_33": BLAZEPOSE_33, "coco_17": COCO_17, "openpose_18": OPENPOSE_18}


def mirrored_order(layout: str) -> npt.NDArray[np.int64]:
    """For each joint, the index of its fellow on the other side, or its own where it has none."""
    joints = LAYOUTS[layout].joints
    swap = {"left": "right", "right": "left"}
    fellows = ["_".join(swap.get(word, word) for word in joint.split("_")) for joint in joints]
    return np.array([joints.index(fellow) for fellow in fellows])


def convert(
    points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32], *, source: str, target: str
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Re-order joints from one layout into another, over any leading axes.

    points (float32, (..., joints, dims)), confidence (float32, (..., joints)). OpenPose's neck is the middle
    of the shoulders with the lower of their confidences. A joint that the source lacks is zero with
    confidence 0. Raises KeyError for an unknown layout.
    """
    have, want = LAYOUTS[source], LAYOUTS[target]
    out = np.zeros((*points.shape[:-2], len(want.joints), points.shape[-1]), dtype=np.float32)
    seen = np.zeros((*points.shape[:-2], len(want.joints)), dtype=np.float32)
    for position, joint in enumerate(want.joints):
        if joint in have.joints:
            out[..., position, :] = points[..., have.index(joint), :]
            seen[..., position] = confidence[..., have.index(joint)]
        elif joint == "neck":
            left, right = have.index("left_shoulder"), have.index("right_shoulder")
            out[..., position, :] = (points[..., left, :] + points[..., right, :]) / 2
            seen[..., position] = np.minimum(confidence[..., left], confidence[..., right])
    return out, seen
