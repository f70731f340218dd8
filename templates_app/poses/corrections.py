"""Corrections of single joints: what one is, and how keyframes change a track around them. Pure Python."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
CorrectionKind = Literal["place", "hidden", "seen"]

DEFAULT_REACH_SECONDS = 0.25
# What a person has placed, or says is seen, is certain.
CERTAIN = 1.0
# Below this confidence a joint counts as not seen (docs/pose-format.md).
SEEN = 0.3


@dataclass(frozen=True)
class Correction:
    """One correction of one joint, in the take's own tracks, frames and coordinates.

    kind "place": the joint is at `x`, `y` (units of the frame's height) in `frame`: a keyframe. Between
        keyframes of the same joint its offset from the take is interpolated smoothly; before the first and
        after the last it fades out over `reach` frames (None: a quarter of a second).
    kind "hidden", "seen": from `frame` to `last_frame`, both included (None: in `frame` only), the joint
        counts as not seen, or as seen.
    Joints that depend on the corrected one (the wrist, when an elbow is placed) do not move along.
    """

    track: int
    joint: str
    frame: int
    kind: CorrectionKind
    x: float | None = None
    y: float | None = None
    reach: int | None = None
    last_frame: int | None = None


def corrected(
    points: npt.NDArray[np.float32],
    confidence: npt.NDArray[np.float32],
    corrections: Iterable[Correction],
    *,
    joints: tuple[str, ...],
    default_reach: int,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Copies of the arrays of a PoseSequence with the corrections in them.

    Places come first, then "hidden" and "seen" in their order. A joint is certain in a keyframe, and between
    two keyframes wherever the take does not see it; there its way is taken as straight between where it is
    seen or placed. Corrections must fit the arrays.
    """
    points, confidence = points.copy(), confidence.copy()
    keyframes: dict[tuple[int, int], list[Correction]] = defaultdict(list)
    for correction in corrections:
        if correction.kind == "place":
            keyframes[correction.track, joints.index(correction.joint)].append(correction)
    for (track, joint), placed in keyframes.items():
        placed.sort(key=lambda keyframe: keyframe.frame)
        _place(points[:, track, joint], confidence[:, track, joint], placed, default_reach)
    for correction in corrections:
        if correction.kind != "place":
            last = correction.frame if correction.last_frame is None else correction.last_frame
            span = confidence[correction.frame : last + 1, correction.track, joints.index(correction.joint)]
            span[:] = 0.0 if correction.kind == "hidden" else CERTAIN
    return points, confidence


def _place(
    way: npt.NDArray[np.float32],
    confidence: npt.NDArray[np.float32],
    keyframes: list[Correction],
    default_reach: int,
) -> None:
    """Moves one joint's way, (frames, 3), in place."""
    at = np.array([keyframe.frame for keyframe in keyframes])
    goal = np.array([(keyframe.x, keyframe.y) for keyframe in keyframes], dtype=np.float64)
    reaches = [default_reach if key.reach is None else key.reach for key in (keyframes[0], keyframes[-1])]
    # The first frames on either side that keep the take's own place.
    knots = np.concatenate([[at[0] - reaches[0] - 1], at, [at[-1] + reaches[1] + 1]])
    frames = np.arange(max(0, knots[0] + 1), min(len(way), knots[-1]))
    base = _bridged(way[:, :2].astype(np.float64), confidence >= SEEN, at, goal)
    offsets = np.concatenate([np.zeros((1, 2)), goal - base[at], np.zeros((1, 2))])
    way[frames, :2] = base[frames] + smooth_through(knots, offsets, frames)
    between = confidence[at[0] : at[-1] + 1]
    between[between < SEEN] = CERTAIN
    confidence[at] = CERTAIN


def _bridged(way: Array, seen: npt.NDArray[np.bool_], at: npt.NDArray[np.int64], goal: Array) -> Array:
    """The way with straight lines where the joint is not seen: coordinates mean nothing there."""
    if seen.all():
        return way
    known, places = seen.copy(), way.copy()
    places[at[~seen[at]]] = goal[~seen[at]]
    known[at] = True
    frames, anchors = np.arange(len(way)), np.flatnonzero(known)
    for axis in range(2):
        places[~known, axis] = np.interp(frames[~known], anchors, places[anchors, axis])
    return places


def smooth_through(knots: npt.NDArray[np.int64], values: Array, at: npt.NDArray[np.int64]) -> Array:
    """Values (knots, dims) at the places `at`: a monotone cubic with level ends.

    Between two knots nothing goes beyond them (Fritsch and Carlson 1980, with Butland's harmonic slopes).
    """
    steps = np.diff(knots).astype(np.float64)[:, None]
    chords = np.diff(values, axis=0) / steps
    slopes = np.zeros_like(values)
    before, after = steps[:-1] + 2 * steps[1:], 2 * steps[:-1] + steps[1:]
    same_way = chords[:-1] * chords[1:] > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        harmonic = (before + after) / (after / chords[:-1] + before / chords[1:])
    slopes[1:-1] = np.where(same_way, harmonic, 0.0)
    piece = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(steps) - 1)
    step = steps[piece]
    part = (at[:, None] - knots[piece][:, None]) / step
    start, end = values[piece], values[piece + 1]
    out: Array = (
        start * (1 + 2 * part) * (1 - part) ** 2
        + slopes[piece] * step * part * (1 - part) ** 2
        + end * part**2 * (3 - 2 * part)
        - slopes[piece + 1] * step * part**2 * (1 - part)
    )
    return out
