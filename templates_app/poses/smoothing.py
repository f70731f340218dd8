"""smooth: takes the tremble out of estimated poses without making them late; lag and jitter in numbers.

Pure Python. The One-Euro filter (Casiez, Roussel and Vogel, "1 Euro Filter", CHI 2012) is a low pass whose
cut-off rises with speed: calm joints are held still, quick ones are followed. Here it runs forwards and then
backwards with the same cut-offs, so that the lag of one pass undoes that of the other.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from templates_app.poses.sequence import PoseSequence

Floats = npt.NDArray[np.float64]

PAD_SECONDS = 0.5  # the movement is mirrored beyond its ends for so long, or goes round when it is a loop
LEAST_WEIGHT = 0.15  # of a joint with confidence 0, as against one with confidence 1
SMALLEST_BODY = 0.02  # frame heights
LAG_REACH = 8  # frames that lag_frames looks to either side
MOVING = 1e-9


@dataclass(frozen=True)
class OneEuro:
    """The filter's parameters; speeds are in body heights a second, so they fit every size of person.

    cutoff_hz: of a joint at rest. slope: hertz added for each body height a second. speed_cutoff_hz: of the
    low pass that the speed itself goes through. depth_cutoff_hz: of z, which trembles more than x and y.
    """

    cutoff_hz: float = 2.0
    slope: float = 16.0
    speed_cutoff_hz: float = 5.0
    depth_cutoff_hz: float = 2.0


def smooth(sequence: PoseSequence, settings: OneEuro | None = None) -> PoseSequence:
    """The same movement without tremble: as long, same confidence, no lag.

    A joint counts for as much as its confidence says. Where a person is away (confidence 0 of all joints) the
    points stay as they are, and the frames before and after are smoothed apart from each other.
    """
    settings = settings or OneEuro()
    points = sequence.points.astype(np.float64)
    for person in range(sequence.people_count):
        seen = sequence.confidence[:, person].max(axis=1) > 0
        size = body_height(sequence, person)
        whole = bool(seen.all())
        for first, last in runs(seen):
            span = slice(first, last)
            weight = sequence.confidence[span, person].astype(np.float64)
            points[span, person] = _filtered(
                points[span, person], weight, sequence.fps, size, settings, is_loop=sequence.is_loop and whole
            )
    return replace(sequence, points=points.astype(np.float32))


def body_height(sequence: PoseSequence, person: int) -> float:
    """How tall a person is in frame heights: the longer extent of the joints, but for the rarest frames."""
    seen = sequence.confidence[:, person].max(axis=1) > 0
    if not seen.any():
        return SMALLEST_BODY
    extent = np.ptp(sequence.points[seen, person, :, :2], axis=1).max(axis=1)
    return max(float(np.percentile(extent, 90)), SMALLEST_BODY)


def runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of true values as (first, one past the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def lag_frames(reference: PoseSequence, other: PoseSequence) -> float:
    """How many frames `other` is behind `reference`; negative when it is ahead. Best shift of the velocities,
    read to parts of a frame by a parabola. Raises ValueError for sequences of another shape.
    """
    if reference.points.shape != other.points.shape:
        raise ValueError(f"expected points {reference.points.shape}, got {other.points.shape}")
    one = np.diff(reference.points[..., :2].astype(np.float64), axis=0).reshape(len(reference.points) - 1, -1)
    two = np.diff(other.points[..., :2].astype(np.float64), axis=0).reshape(len(one), -1)
    reach = min(LAG_REACH, len(one) // 3)
    inner = one[reach : len(one) - reach]
    shifts = np.arange(-reach, reach + 1)
    likeness = np.array(
        [_likeness(inner, two[reach + shift : len(two) - reach + shift]) for shift in shifts.tolist()]
    )
    best = int(np.clip(np.argmax(likeness), 1, len(shifts) - 2))
    before, at, after = likeness[best - 1 : best + 2]
    bend = before - 2 * at + after
    return float(shifts[best] + (0.5 * (before - after) / bend if abs(bend) > MOVING else 0.0))


def jitter(sequence: PoseSequence) -> float:
    """How much the joints tremble: root mean square of the third difference over frames, in body heights.

    Movement that muscles make has little of it; noise of standard deviation s gives 4.5 s.
    Only joints and frames that are seen count; 0 when there are none.
    """
    total, count = 0.0, 0
    for person in range(sequence.people_count):
        third = np.diff(sequence.points[:, person, :, :2].astype(np.float64), 3, axis=0)
        seen = sequence.confidence[:, person] > 0
        whole = seen[:-3] & seen[1:-2] & seen[2:-1] & seen[3:]
        total += float((third[whole] ** 2).mean(axis=-1).sum()) / body_height(sequence, person) ** 2
        count += int(whole.sum())
    return float(np.sqrt(total / count)) if count else 0.0


def _likeness(one: Floats, two: Floats) -> float:
    return float((one * two).sum() / max(float(np.linalg.norm(one) * np.linalg.norm(two)), MOVING))


def _filtered(
    points: Floats, weight: Floats, fps: float, size: float, settings: OneEuro, *, is_loop: bool
) -> Floats:
    """Forwards and backwards over (frames, joints, 3)."""
    if len(points) < 3:
        return points
    pad = max(1, round(PAD_SECONDS * fps)) if is_loop else min(round(PAD_SECONDS * fps), len(points) - 1)
    wide, sure = _padded(points, weight, pad, is_loop=is_loop)
    share = LEAST_WEIGHT + (1 - LEAST_WEIGHT) * np.clip(sure, 0, 1)
    velocity = np.gradient(wide[..., :2], axis=0) * (fps / size)
    calm = np.full(sure.shape, _gain(settings.speed_cutoff_hz, fps)) * share
    speed = np.linalg.norm(_both_ways(velocity, calm[..., None]), axis=-1)
    flat = _gain(settings.cutoff_hz + settings.slope * speed, fps) * share
    deep = _gain(settings.depth_cutoff_hz + settings.slope * speed / 2, fps) * share
    gain = np.stack([flat, flat, deep], axis=-1)
    return _both_ways(wide, gain)[pad : pad + len(points)]


def _gain(cutoff_hz: Floats | float, fps: float) -> Floats:
    """Share of the new value in a first-order low pass (Casiez et al., equation 6)."""
    step = 2 * np.pi * np.asarray(cutoff_hz, np.float64) / fps
    return np.asarray(step / (1 + step), np.float64)


def _both_ways(values: Floats, gain: Floats) -> Floats:
    """Mean of forwards-then-backwards and backwards-then-forwards: neither end of time is preferred."""
    one = _one_way(_one_way(values, gain)[::-1], gain[::-1])[::-1]
    other = _one_way(_one_way(values[::-1], gain[::-1])[::-1], gain)
    return np.asarray((one + other) / 2, np.float64)


def _one_way(values: Floats, gain: Floats) -> Floats:
    out = values.copy()
    for index in range(1, len(values)):
        out[index] = out[index - 1] + gain[index] * (values[index] - out[index - 1])
    return out


def _padded(points: Floats, weight: Floats, pad: int, *, is_loop: bool) -> tuple[Floats, Floats]:
    """Points and weights continued beyond both ends: round the loop, or mirrored through the end point."""
    if not pad:
        return points, weight
    if is_loop:
        at = np.arange(-pad, len(points) + pad) % len(points)
        return points[at], weight[at]
    before, after = 2 * points[0] - points[pad:0:-1], 2 * points[-1] - points[-2 : -pad - 2 : -1]
    return (
        np.concatenate([before, points, after]),
        np.concatenate([weight[pad:0:-1], weight, weight[-2 : -pad - 2 : -1]]),
    )
