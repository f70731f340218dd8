"""Who is who from frame to frame, in files that list people without names. Pure Python."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from templates_app.poses.limbs import SEEN
from templates_app.poses.sequence import MAX_PEOPLE

# One frame's people: (people, joints, 3) of x, y in frame heights, and confidence.
People = npt.NDArray[np.float32]

# Somebody who is farther than this from where they were, in body heights, is somebody else.
FARTHEST_STEP = 0.5
# For every second out of sight, this much more.
STEP_PER_SECOND = 0.5
UNMATCHED = 1e6
# Tracks that somebody may take up again: those seen last.
MAX_REMEMBERED = 64


@dataclass
class _Track:
    """Somebody who was seen: `pose` is the last one, in `frame`."""

    pose: npt.NDArray[np.float32]
    frame: int
    count: int


def follow(frames: list[People], fps: float) -> tuple[npt.NDArray[np.float32], int]:
    """People in tracks: (frames, tracks, joints, 3), and how many further tracks were dropped.

    Each frame's people are assigned to those of before by the least sum of distances. The tracks that are
    seen longest are kept, at most as many as a sequence may have, in the order in which they appear; who is
    not there has confidence 0. Some frame must hold somebody.
    """
    tracks: list[_Track] = []
    placed: list[list[int]] = []
    for frame, people in enumerate(frames):
        numbers = _assign(tracks, people, frame, fps)
        for person, number in enumerate(numbers):
            if number == len(tracks):
                tracks.append(_Track(people[person], frame, 0))
            tracks[number].pose, tracks[number].frame = people[person], frame
            tracks[number].count += 1
        placed.append(numbers)
    longest = sorted(range(len(tracks)), key=lambda number: -tracks[number].count)[:MAX_PEOPLE]
    kept = {number: place for place, number in enumerate(sorted(longest))}
    out = np.zeros((len(frames), len(kept), frames[0].shape[1], 3), dtype=np.float32)
    for frame, numbers in enumerate(placed):
        for person, number in enumerate(numbers):
            if number in kept:
                out[frame, kept[number]] = frames[frame][person]
    return out, len(tracks) - len(kept)


def _assign(tracks: list[_Track], people: People, frame: int, fps: float) -> list[int]:
    """The track of each person; numbers from len(tracks) on are new ones."""
    recent = sorted(range(len(tracks)), key=lambda number: -tracks[number].frame)[:MAX_REMEMBERED]
    numbers = [-1] * len(people)
    if recent and len(people):
        cost = _distances(people, np.stack([tracks[number].pose for number in recent]))
        away = np.array([frame - tracks[number].frame - 1 for number in recent]) / fps
        cost[cost > FARTHEST_STEP + STEP_PER_SECOND * away] = UNMATCHED
        for person, place in zip(*linear_sum_assignment(cost), strict=True):
            if cost[person, place] < UNMATCHED:
                numbers[person] = recent[place]
    fresh = len(tracks)
    for person, number in enumerate(numbers):
        if number < 0:
            numbers[person], fresh = fresh, fresh + 1
    return numbers


def _distances(people: People, others: People) -> npt.NDArray[np.float64]:
    """Mean distance of the joints that both show, in parts of the larger one's size: (people, others)."""
    both = (people[:, None, :, 2] >= SEEN) & (others[None, :, :, 2] >= SEEN)
    apart = np.linalg.norm(people[:, None, :, :2] - others[None, :, :, :2], axis=-1)
    mean = (apart * both).sum(axis=-1) / np.maximum(both.sum(axis=-1), 1)
    larger = np.maximum(_sizes(people)[:, None], _sizes(others)[None])
    return np.where(both.any(axis=-1), mean / larger, UNMATCHED)


def _sizes(people: People) -> npt.NDArray[np.float64]:
    """The longer side of the box around what is seen of each person."""
    seen = (people[..., 2] >= SEEN)[..., None]
    high = np.where(seen, people[..., :2], -np.inf).max(axis=1)
    low = np.where(seen, people[..., :2], np.inf).min(axis=1)
    return np.maximum(np.nan_to_num(high - low, neginf=0.0).max(axis=-1), 1e-3)
