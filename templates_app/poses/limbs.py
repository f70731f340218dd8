"""A pose as a root and limbs, so that poses can be bent into one another without stretching. Pure Python."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import LAYOUTS

Array = npt.NDArray[np.float64]
Root = Literal["hips", "chest"]

SEEN = 0.3
# Every joint hangs from another one. "hips" and "chest" are the middles of the pairs of joints.
_PARENTS = {
    "left_hip": "hips", "right_hip": "hips", "left_knee": "left_hip", "right_knee": "right_hip",
    "left_ankle": "left_knee", "right_ankle": "right_knee", "left_heel": "left_ankle",
    "right_heel": "right_ankle", "left_foot_index": "left_ankle", "right_foot_index": "right_ankle",
    "left_shoulder": "chest", "right_shoulder": "chest", "left_elbow": "left_shoulder",
    "right_elbow": "right_shoulder", "left_wrist": "left_elbow", "right_wrist": "right_elbow",
    "left_pinky": "left_wrist", "right_pinky": "right_wrist", "left_index": "left_wrist",
    "right_index": "right_wrist", "left_thumb": "left_wrist", "right_thumb": "right_wrist",
    "neck": "chest", "nose": "chest",
}  # fmt: skip
_FACE_PARENT = "nose"
# The segments that say how large a body is in the picture.
SEGMENTS = (("hips", "chest"), ("left_hip", "left_knee"), ("right_hip", "right_knee"))
SHANKS = (("left_knee", "left_ankle"), ("right_knee", "right_ankle"))
FEET = ("left_ankle", "right_ankle", "left_heel", "right_heel", "left_foot_index", "right_foot_index")


@dataclass(frozen=True)
class Tree:
    """Nodes are the layout's joints, then "hips" and "chest". parents[node] is -1 for the root.

    order: all nodes but the root, parents before their children.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    order: tuple[int, ...]
    root: int


@cache
def tree(layout: str, root: Root) -> Tree:
    """The layout's tree of limbs that hangs from the hips, or from the chest where hips are not seen."""
    names = (*LAYOUTS[layout].joints, "hips", "chest")
    other: Root = "chest" if root == "hips" else "hips"
    above = {name: _PARENTS.get(name, _FACE_PARENT) for name in LAYOUTS[layout].joints} | {other: root}
    parents = tuple(names.index(above[name]) if name in above else -1 for name in names)
    order: list[int] = []
    placed = {names.index(root)}
    while len(placed) < len(names):
        ready = [node for node, parent in enumerate(parents) if node not in placed and parent in placed]
        order += ready
        placed |= set(ready)
    return Tree(names, parents, tuple(order), names.index(root))


def nodes_of(sequence: PoseSequence) -> tuple[Array, npt.NDArray[np.float32]]:
    """Places and confidence of all nodes: (frames, people, joints + 2, 3), (frames, people, joints + 2)."""
    joints = LAYOUTS[sequence.layout].joints
    pairs = [[joints.index(f"{side}_{part}") for side in ("left", "right")] for part in ("hip", "shoulder")]
    middles = [sequence.points[:, :, pair].astype(np.float64).mean(axis=2) for pair in pairs]
    seen = [sequence.confidence[:, :, pair].min(axis=2) for pair in pairs]
    places = np.concatenate([sequence.points, np.stack(middles, axis=2)], axis=2)
    return places, np.concatenate([sequence.confidence, np.stack(seen, axis=2)], axis=2)


def limbs_of(nodes: Array, limbs: Tree) -> Array:
    """Each node from its parent, (..., nodes, 3); the root keeps its place."""
    parents = np.array([max(parent, 0) for parent in limbs.parents])
    out = nodes - nodes[..., parents, :]
    out[..., limbs.root, :] = nodes[..., limbs.root, :]
    return out


def joints_of(bones: Array, limbs: Tree) -> Array:
    """The inverse of `limbs_of`, without the two middles."""
    nodes = bones.copy()
    for node in limbs.order:
        nodes[..., node, :] = nodes[..., limbs.parents[node], :] + bones[..., node, :]
    joints: Array = nodes[..., :-2, :]
    return joints


def segment_lengths(sequence: PoseSequence, track: int) -> dict[tuple[str, str], float]:
    """Median length of each segment of a performer's body that is seen in a tenth of the frames or more."""
    nodes, confidence = nodes_of(sequence)
    names = tree(sequence.layout, "hips").names
    out = {}
    for ends in SEGMENTS + SHANKS:
        start, end = (names.index(name) for name in ends)
        seen = np.minimum(confidence[:, track, start], confidence[:, track, end]) >= SEEN
        if seen.mean() >= 0.1:
            along = nodes[seen, track, end] - nodes[seen, track, start]
            out[ends] = float(np.median(np.linalg.norm(along, axis=-1)))
    return out


def floor_of(sequence: PoseSequence) -> float | None:
    """Height of the floor in the picture (y): where the lowest feet stand. None where no feet are seen."""
    joints = LAYOUTS[sequence.layout].joints
    feet = [joints.index(name) for name in FEET if name in joints]
    seen = sequence.confidence[:, :, feet] >= SEEN
    lowest = np.where(seen, sequence.points[:, :, feet, 1], -np.inf).max(axis=(1, 2))
    lowest = lowest[np.isfinite(lowest)]
    return None if len(lowest) < 0.1 * sequence.frame_count else float(np.percentile(lowest, 90))
