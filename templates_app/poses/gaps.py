"""Mends estimated poses: exchanged left and right limbs, joints that fly off, and gaps. Pure Python.

BlazePose sees one limb at a time without knowing the frame before well: crossing legs and turned backs make
it give the left limb's place to the right one for some frames. In a whole video that is plain to see, since
both limbs jump at once, to each other's place, and back.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33
from templates_app.poses.smoothing import body_height, runs

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

UNSEEN = 0.15  # joints of less confidence are gaps
FILLED_CONFIDENCE = 0.8  # of the less certain end of the gap
SWAP_SECONDS = 0.75  # what is exchanged for longer is taken for a turn of the body
SWAP_COST = 0.004  # body heights a frame: without need nothing is exchanged
SWAP_GAIN = 0.08  # body heights that an exchange must save at each of its ends, a limb joint
LENGTH_SLACK = 1.3  # a limb may look that much longer than it does in all but the rarest frames
LENGTH_PERCENTILE = 92
SPIKE_REACH = 2  # frames to either side
SPIKE = 0.12  # body heights from where the neighbours are
ARMS = (("left_elbow", "right_elbow"), ("left_wrist", "right_wrist"), ("left_pinky", "right_pinky"),
        ("left_index", "right_index"), ("left_thumb", "right_thumb"))  # fmt: skip
LEGS = (("left_knee", "right_knee"), ("left_ankle", "right_ankle"), ("left_heel", "right_heel"),
        ("left_foot_index", "right_foot_index"))  # fmt: skip
TRUNK = (("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"))
LIMB_BONES = (
    ("left_shoulder", "left_elbow", "left_wrist"), ("right_shoulder", "right_elbow", "right_wrist"),
    ("left_hip", "left_knee", "left_ankle"), ("right_hip", "right_knee", "right_ankle"),
)  # fmt: skip
BEYOND = {  # what hangs on a joint and flies off with it
    "elbow": ("wrist", "pinky", "index", "thumb"), "wrist": ("pinky", "index", "thumb"),
    "knee": ("ankle", "heel", "foot_index"), "ankle": ("heel", "foot_index"),
}  # fmt: skip


@dataclass(frozen=True)
class Mended:
    """sequence: mended. swapped: limb joints times frames that were exchanged; outliers: that were dropped;
    filled: that were filled.
    """

    sequence: PoseSequence
    swapped: int
    outliers: int
    filled: int


def mend(sequence: PoseSequence, max_gap_seconds: float = 0.4) -> Mended:
    """Exchange, drop and fill, in this order; `sequence` must have the layout blazepose_33."""
    straight, swapped = mend_swaps(sequence)
    clean, outliers = drop_outliers(straight)
    filled, count = fill_gaps(clean, max_gap_seconds)
    return Mended(filled, swapped, outliers, count)


def mend_swaps(sequence: PoseSequence) -> tuple[PoseSequence, int]:
    """Give left and right back their own joints where they were exchanged for a while.

    Whole bodies first, then arms and legs. For each, the cheapest path through "as is" and "exchanged" over
    all frames (Viterbi 1967), where a step costs the way that the joints travel. Returns the number of joints
    that were moved, counted over frames.
    """
    points, confidence = sequence.points.copy(), sequence.confidence.copy()
    moved = 0
    for person in range(sequence.people_count):
        size = body_height(sequence, person)
        for pairs in ((*TRUNK, *ARMS[:2], *LEGS[:2]), ARMS[:2], LEGS[:2]):
            whole = {TRUNK[0]: (*TRUNK, *ARMS, *LEGS)}.get(pairs[0], ARMS if pairs[0] in ARMS else LEGS)
            left, right = _indices(pairs)
            seen = confidence[:, person].max(axis=1) > 0
            for first, last in runs(seen):
                span = slice(first, last)
                flags = _swapped(
                    points[span, person, :, :2].astype(np.float64), left, right, size, sequence.fps
                )
                frames = first + np.flatnonzero(flags)
                one, other = _indices(whole)
                _exchange(points[:, person], frames, one, other)
                _exchange(confidence[:, person], frames, one, other)
                moved += 2 * len(one) * len(frames)
    return replace(sequence, points=points, confidence=confidence), moved


def drop_outliers(sequence: PoseSequence) -> tuple[PoseSequence, int]:
    """Set the confidence of joints to 0 that make a limb too long or leave their path for a frame or two.

    What hangs on such a joint goes with it. Returns how many joints were dropped, counted over frames.
    """
    confidence = sequence.confidence.copy()
    for person in range(sequence.people_count):
        flat = sequence.points[:, person, :, :2].astype(np.float64)
        seen = confidence[:, person] > 0
        size = body_height(sequence, person)
        wrong = _spikes(flat, seen, size)
        for chain in LIMB_BONES:
            for start, end in pairwise(chain):
                one, other = BLAZEPOSE_33.index(start), BLAZEPOSE_33.index(end)
                length = np.linalg.norm(flat[:, one] - flat[:, other], axis=1)
                sure = seen[:, one] & seen[:, other]
                if sure.sum() > 2 * SPIKE_REACH:
                    limit = LENGTH_SLACK * float(np.percentile(length[sure], LENGTH_PERCENTILE))
                    wrong[:, other] |= sure & (length > max(limit, 0.05 * size))
        for name in BLAZEPOSE_33.joints:
            side, _, joint = name.partition("_")
            for hanging in BEYOND.get(joint, ()):
                wrong[:, BLAZEPOSE_33.index(f"{side}_{hanging}")] |= wrong[:, BLAZEPOSE_33.index(name)]
        confidence[:, person][wrong] = 0
    dropped = int(((sequence.confidence > 0) & (confidence == 0)).sum())
    return replace(sequence, confidence=confidence), dropped


def fill_gaps(sequence: PoseSequence, max_gap_seconds: float = 0.4) -> tuple[PoseSequence, int]:
    """Fill what is missing between two frames in which it is seen, if they are near enough in time.

    A joint is missing where its confidence is below 0.15. Between two frames on either side the path is a
    monotone cubic (Fritsch and Carlson 1980), with one on a side it is a line. Filled joints get four fifths
    of the lower confidence at the ends of the gap. Longer gaps, the beginning and the end keep what they
    have; where a joint has confidence 0 in them, its points hold the last place seen, so that nothing flies
    about. Returns how many joints were filled, counted over frames.
    """
    points, confidence = sequence.points.astype(np.float64), sequence.confidence.copy()
    longest = round(max_gap_seconds * sequence.fps)
    filled = 0
    for person in range(sequence.people_count):
        for joint in range(points.shape[2]):
            seen = sequence.confidence[:, person, joint] >= UNSEEN
            if not seen.any():
                continue
            for first, last in runs(~seen):
                if first > 0 and last < len(seen) and last - first <= longest:
                    points[first:last, person, joint] = _between(points[:, person, joint], seen, first, last)
                    ends = sequence.confidence[[first - 1, last], person, joint]
                    confidence[first:last, person, joint] = FILLED_CONFIDENCE * float(ends.min())
                    filled += last - first
                else:
                    _hold(points[:, person, joint], sequence.confidence[:, person, joint], seen, first, last)
    return replace(sequence, points=points.astype(np.float32), confidence=confidence), filled


def _indices(pairs: tuple[tuple[str, str], ...]) -> tuple[list[int], list[int]]:
    return [BLAZEPOSE_33.index(left) for left, _ in pairs], [BLAZEPOSE_33.index(right) for _, right in pairs]


def _exchange(
    values: npt.NDArray[np.float32], frames: npt.NDArray[np.int_], one: list[int], other: list[int]
) -> None:
    kept = values[np.ix_(frames, one)].copy()
    values[np.ix_(frames, one)] = values[np.ix_(frames, other)]
    values[np.ix_(frames, other)] = kept


def _swapped(flat: Floats, left: list[int], right: list[int], size: float, fps: float) -> Flags:
    """Which frames are exchanged, from the joints' places (frames, 33, 2)."""
    frames = len(flat)
    if frames < 3:
        return np.zeros(frames, np.bool_)
    pair = np.stack([flat[:, left], flat[:, right]], axis=1) / size
    coming = pair[:-1].copy()  # where the joints are heading, unless they have just jumped
    step = np.diff(pair, axis=0)
    calm = np.linalg.norm(step[:-1], axis=-1, keepdims=True) < SWAP_GAIN
    coming[1:] += np.where(calm, step[:-1], 0)
    same = np.linalg.norm(pair[1:] - coming, axis=-1).mean(axis=(1, 2))
    crossed = np.linalg.norm(pair[1:, ::-1] - coming, axis=-1).mean(axis=(1, 2))
    crossed = np.minimum(crossed + SWAP_GAIN / 2, 1.0)
    cost = np.array([0.0, SWAP_COST])
    came = np.zeros((frames, 2), np.int_)
    for index in range(1, frames):
        stay, change = same[index - 1], crossed[index - 1]
        ways = np.array([[cost[0] + stay, cost[1] + change], [cost[0] + change, cost[1] + stay]])
        came[index] = ways.argmin(axis=1)
        cost = ways.min(axis=1) + np.array([0.0, SWAP_COST])
    state = np.zeros(frames, np.int_)
    state[-1] = int(cost.argmin())
    for index in range(frames - 1, 0, -1):
        state[index - 1] = came[index, state[index]]
    flags = state == 1
    for first, last in runs(flags):
        if last - first > SWAP_SECONDS * fps:
            flags[first:last] = False
    return flags


def _spikes(flat: Floats, seen: Flags, size: float) -> Flags:
    """Joints (frames, 33) that are far from the median of the frames around them."""
    if len(flat) <= 2 * SPIKE_REACH:
        return np.zeros(seen.shape, np.bool_)
    wide = np.pad(flat, ((SPIKE_REACH, SPIKE_REACH), (0, 0), (0, 0)), mode="edge")
    window = np.lib.stride_tricks.sliding_window_view(wide, 2 * SPIKE_REACH + 1, axis=0)
    middle = np.median(window, axis=-1)
    spread = np.median(np.linalg.norm(window - middle[..., None], axis=2), axis=-1)
    away = np.linalg.norm(flat - middle, axis=-1)
    return np.asarray(seen & (away > SPIKE * size) & (away > 4 * spread), np.bool_)


def _between(path: Floats, seen: Flags, first: int, last: int) -> Floats:
    """Values (gap, 3) between the frames on either side of a gap."""
    before = [index for index in (first - 2, first - 1) if index >= 0 and seen[index]]
    after = [index for index in (last, last + 1) if index < len(seen) and seen[index]]
    at = np.arange(first, last)
    known = np.array([*before, *after])
    if len(before) == 2 and len(after) == 2:
        return np.asarray(PchipInterpolator(known, path[known])(at), np.float64)
    ends = np.array([first - 1, last])
    return np.stack([np.interp(at, ends, path[ends, axis]) for axis in range(path.shape[1])], axis=1)


def _hold(path: Floats, confidence: npt.NDArray[np.float32], seen: Flags, first: int, last: int) -> None:
    """In a gap that stays open, joints of confidence 0 rest at the nearest place seen before, else after."""
    source = first - 1 if first > 0 else last
    for index in range(first, last):
        if confidence[index] <= 0 and source < len(seen):
            path[index] = path[source]
