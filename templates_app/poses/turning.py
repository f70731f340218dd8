"""In which parts of a movement a performer turns away from the camera. Pure Python."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from templates_app.poses.limbs import SEEN, Array
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import LAYOUTS

# From here on a figure cut from a frontal photo does not look like somebody who turns.
SIDE_DEGREES, BACK_DEGREES = 60.0, 110.0
SHORTEST_SECONDS, BRIDGED_SECONDS = 0.12, 0.12
SMOOTHED_SECONDS = 0.1
# Shoulders that look this much narrower than usual, in layouts without depth, are turned.
USUAL_WIDTH_PERCENTILE = 90
_FACE = ("nose", "left_eye", "right_eye")

Facing = Literal["side", "back"]


@dataclass(frozen=True)
class Turn:
    """Frames, both included, in which the performer of `track` shows the side or the back."""

    track: int
    first_frame: int
    last_frame: int
    facing: Facing
    degrees: float


def turns_of(sequence: PoseSequence) -> tuple[Turn, ...]:
    """All turns beyond 60 degrees, by track and time. "back" from 110 degrees on."""
    found: list[Turn] = []
    for track in range(sequence.people_count):
        yaw = yaw_of(sequence, track)
        away = _lasting(yaw > SIDE_DEGREES, sequence.fps)
        for first, last in runs_of(away):
            degrees = float(np.nanmax(yaw[first : last + 1]))
            facing: Facing = "back" if degrees >= BACK_DEGREES else "side"
            found.append(Turn(track, first, last, facing, round(degrees, 1)))
    return tuple(found)


def yaw_of(sequence: PoseSequence, track: int) -> Array:
    """Degrees, 0 to 180, by which shoulders and hips are turned from the camera; nan where they are not seen.

    With depth from the direction across the trunk; without it from its width, and from which side lies left.
    Shoulders that lie the wrong way round count as the back only where the face is hidden, too, or depth
    says the same: a crossed pair of points is a common mistake of pose estimators.
    """
    joints = LAYOUTS[sequence.layout].joints
    points, seen = sequence.points[:, track], sequence.confidence[:, track] >= SEEN
    across, known = np.zeros((len(points), 3)), np.zeros(len(points), dtype=bool)
    for part in ("shoulder", "hip"):
        left, right = (joints.index(f"{side}_{part}") for side in ("left", "right"))
        both = seen[:, left] & seen[:, right]
        across[both] += points[both, left] - points[both, right]
        known |= both
    out = np.full(len(points), np.nan)
    if not known.any():
        return out
    width = across[:, 0]
    if np.abs(across[known, 2]).max() > 1e-6:
        yaw = np.degrees(np.arctan2(np.abs(across[:, 2]), width))
    else:
        usual = max(float(np.percentile(np.abs(width[known]), USUAL_WIDTH_PERCENTILE)), 1e-9)
        yaw = np.degrees(np.arccos(np.clip(width / usual, -1, 1)))
        face = seen[:, [joints.index(name) for name in _FACE]].any(axis=1)
        yaw = np.where(face & (yaw > 90), 180 - yaw, yaw)
    out[known] = yaw[known]
    return _smoothed(out, known, sequence.fps)


def _smoothed(values: Array, known: npt.NDArray[np.bool_], fps: float) -> Array:
    """A running mean over a tenth of a second, of what is known."""
    size = max(1, 2 * round(SMOOTHED_SECONDS * fps / 2) + 1)
    window = np.ones(size)
    total = np.convolve(np.where(known, values, 0.0), window, mode="full")
    weight = np.convolve(known.astype(float), window, mode="full")
    middle = slice(size // 2, size // 2 + len(values))
    with np.errstate(invalid="ignore"):
        return np.where(known, total[middle] / weight[middle], np.nan)


def _lasting(flags: npt.NDArray[np.bool_], fps: float) -> npt.NDArray[np.bool_]:
    """Without the gaps and then the runs that are too short to mean anything."""
    out = flags.copy()
    for value, seconds in ((False, BRIDGED_SECONDS), (True, SHORTEST_SECONDS)):
        for first, last in runs_of(out == value):
            inside = first > 0 and last < len(out) - 1
            if (last - first + 1) / fps < seconds and (inside or value):
                out[first : last + 1] = not value
    return out


def runs_of(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(start), int(end) - 1) for start, end in zip(edges[::2], edges[1::2], strict=True)]
