"""How visible a cut from one frame to another would be, and which frames make the best loops. Pure Python.

A cut from frame i to frame j is invisible when the pose goes on where it was going, and as fast. Both are
measured against what happens from frame to frame within the same movement. A score of 1: the pose is off by
half of the liveliest step, or the speed changes as much as in the liveliest moment; less is lost among them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from templates_app.poses.limbs import SEEN, Array, nodes_of, tree, trunk_lengths
from templates_app.poses.sequence import PoseSequence

# Seams with a lower score cannot be seen.
VISIBLE = 1.0
MAIN_JOINTS = (
    "nose", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
# Joints seen in fewer frames tell nothing about a seam.
SEEN_SHARE = 0.8
# What the eye cannot tell from standing still, in trunk lengths from one frame to the next.
IMPERCEPTIBLE = 0.004
LIVELIEST = 99
# A pose may be off by this part of the liveliest step.
OFF_PLACE = 0.5
# A loop that is a frame off the beat ranks as if its seam were this much worse.
OFF_BEAT_FRAME = 0.5
# Loops that begin and end this near to a better one are the same loop.
SAME_LOOP_SECONDS = 0.25
MOST_CANDIDATES = 20_000

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Loop:
    """Frames that make a loop, both included.

    score: visibility of the cut from the last frame to the first; below 1 is invisible.
    beats: its length in beats where it is whole to half a frame, else None (also without a beat grid).
    """

    first_frame: int
    last_frame: int
    score: float
    beats: int | None


class Seams:
    """Scores of cuts within one sequence; building it costs a few milliseconds, a matrix of cuts more."""

    def __init__(self, sequence: PoseSequence) -> None:
        self.fps = sequence.fps
        self.frames = sequence.frame_count
        poses = _features(sequence)
        self.known = poses.shape[1] > 0 and self.frames >= 4
        if not self.known:
            return
        steps = np.diff(poses, axis=0)
        # Speed into and out of each frame; at the ends what there is.
        self.into, self.out = np.vstack([steps[:1], steps]), np.vstack([steps, steps[-1:]])
        # From here to there: half a frame on from the one, half a frame back from the other.
        self.leaving, self.entering = poses + self.into / 2, poses - self.out / 2
        per_joint = poses.shape[1] // 3
        self.norm = np.sqrt(per_joint)
        changes = np.linalg.norm(self.out[2:-1] - self.into[1:-2], axis=1) / self.norm
        moves = np.linalg.norm(steps, axis=1) / self.norm
        self.usual_move = max(OFF_PLACE * float(np.percentile(moves, LIVELIEST)), IMPERCEPTIBLE)
        self.usual_change = max(float(np.percentile(changes, LIVELIEST)), IMPERCEPTIBLE)

    def score(self, last_frame: int, first_frame: int) -> float:
        """Visibility of a cut from `last_frame` to `first_frame`; infinite where nothing is seen."""
        return float(self.matrix([last_frame], [first_frame])[0, 0])

    def matrix(self, last_frames: npt.ArrayLike, first_frames: npt.ArrayLike) -> Scores:
        """Scores of all cuts from one of `last_frames` (rows) to one of `first_frames` (columns)."""
        last, first = np.asarray(last_frames, dtype=int), np.asarray(first_frames, dtype=int)
        if not self.known:
            return np.full((len(last), len(first)), np.inf, dtype=np.float32)
        place = _distances(self.leaving[last], self.entering[first]) / (self.norm * self.usual_move)
        speed = _distances(self.into[last], self.out[first]) / (self.norm * self.usual_change)
        scores: Scores = np.maximum(place, speed)
        return scores


def best_loops(
    sequence: PoseSequence,
    count: int,
    *,
    min_seconds: float = 2.0,
    max_seconds: float = 20.0,
    beats: tuple[float, ...] = (),
) -> tuple[Loop, ...]:
    """Up to `count` different loops within these lengths, the best first.

    beats: times of the beats in seconds, ascending; loops that are whole numbers of beats long are preferred.
    Empty where the movement is shorter than `min_seconds`, or nothing is seen.
    """
    seams = Seams(sequence)
    least, most = (round(seconds * sequence.fps) for seconds in (min_seconds, max_seconds))
    least = max(least, 2)
    if not seams.known or least > seams.frames:
        return ()
    frames = np.arange(seams.frames)
    scores = seams.matrix(frames, frames)
    rank = scores.copy()
    length = frames[:, None] - frames[None] + 1
    rank[(length < least) | (length > most)] = np.inf
    grid = np.asarray(beats, dtype=np.float64)
    off = np.zeros((1, 1))
    if len(grid) >= 2:
        spans = _beat_of(grid, (frames + 1) / seams.fps)[:, None] - _beat_of(grid, frames / seams.fps)[None]
        off = np.abs(spans - np.round(spans)) * float(np.median(np.diff(grid))) * seams.fps
        rank += (OFF_BEAT_FRAME * np.maximum(off - 0.5, 0)).astype(np.float32)
    found: list[Loop] = []
    for last, first in _apart(rank, count, round(SAME_LOOP_SECONDS * sequence.fps)):
        whole = len(grid) >= 2 and off[last, first] <= 0.5 and round(float(spans[last, first])) >= 1
        whole_beats = round(float(spans[last, first])) if whole else None
        found.append(Loop(first, last, round(float(scores[last, first]), 3), whole_beats))
    return tuple(found)


def _apart(rank: Scores, count: int, apart: int) -> list[tuple[int, int]]:
    """The best (last, first) of which no two are within `apart` frames at both ends."""
    flat = rank.ravel()
    some = min(MOST_CANDIDATES, len(flat) - 1)
    candidates = np.argpartition(flat, some)[: some + 1]
    candidates = candidates[np.isfinite(flat[candidates])]
    rows, columns = np.unravel_index(candidates[np.argsort(flat[candidates], kind="stable")], rank.shape)
    out: list[tuple[int, int]] = []
    while len(rows) and len(out) < count:
        last, first = int(rows[0]), int(columns[0])
        out.append((last, first))
        other = (np.abs(rows - last) > apart) | (np.abs(columns - first) > apart)
        rows, columns = rows[other], columns[other]
    return out


def _beat_of(grid: Array, seconds: Array) -> Array:
    """Times in beats; beyond the grid its first and last distance go on."""
    padded = np.concatenate(
        [[grid[0] - 1000 * (grid[1] - grid[0])], grid, [grid[-1] + 1000 * (grid[-1] - grid[-2])]]
    )
    numbers = np.concatenate([[-1000], np.arange(len(grid)), [len(grid) + 999]])
    beats: Array = np.interp(seconds, padded, numbers)
    return beats


def _features(sequence: PoseSequence) -> npt.NDArray[np.float32]:
    """(frames, 3 x joints): main joints in trunk lengths, from the root, and where the root is."""
    nodes, confidence = nodes_of(sequence)
    names = tree(sequence.layout, "hips").names
    main = [names.index(name) for name in MAIN_JOINTS]
    trunks = trunk_lengths(nodes, confidence >= SEEN, names)
    parts = []
    for track in range(sequence.people_count):
        seen = confidence[:, track] >= SEEN
        root = next((node for node in (-2, -1) if seen[:, node].mean() >= SEEN_SHARE), None)
        if root is None or np.isnan(trunks[track]):
            continue
        used = [joint for joint in main if seen[:, joint].mean() >= SEEN_SHARE]
        places = _bridged(nodes[:, track], seen, [*used, root])
        shape = np.concatenate([places[:, :-1] - places[:, -1:], places[:, -1:]], axis=1)
        parts.append((shape / trunks[track]).reshape(len(shape), -1))
    joined = np.concatenate(parts, axis=1) if parts else np.zeros((len(nodes), 0))
    return joined.astype(np.float32)


def _bridged(nodes: Array, seen: npt.NDArray[np.bool_], used: list[int]) -> Array:
    """The nodes `used`, with straight lines where they are not seen."""
    out = nodes[:, used].copy()
    frames = np.arange(len(nodes))
    for place, node in enumerate(used):
        known = seen[:, node]
        if not known.all():
            for axis in range(3):
                out[~known, place, axis] = np.interp(frames[~known], frames[known], out[known, place, axis])
    return out


def _distances(some: npt.NDArray[np.float32], others: npt.NDArray[np.float32]) -> Scores:
    """Euclidean distances of all pairs; from the products of sums, about 1e-3 of their size exact."""
    centre = others.mean(axis=0)
    some, others = some - centre, others - centre
    squares = (some**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)[None] - 2 * some @ others.T
    out: Scores = np.sqrt(np.maximum(squares, 0))
    return out
