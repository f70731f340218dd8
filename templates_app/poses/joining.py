"""Movements without seams: two joined into one, one closed to a loop or repeated. Pure Python.

Both sides of a seam are led together half way each: every limb is turned, by an angle that fades out over
the blend, until place and speed agree at the seam. Limbs are turned, not moved: they keep their lengths. The
fading curve is the quintic that ends without speed or acceleration ("inertialisation", Bollo, GDC 2018).
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from templates_app.poses.limbs import (
    SEEN,
    Array,
    Root,
    Tree,
    floor_of,
    joints_of,
    limbs_of,
    nodes_of,
    segment_lengths,
    tree,
    trunk_lengths,
)
from templates_app.poses.sequence import MAX_FRAMES, PoseSequence
from tongyi_portal.common.errors import AppError, gettext_noop

# How far from the end and the start the best place to change over is looked for.
SEARCH_SECONDS = 1.0
# A frame that is lost to a better transition counts as this much distance, in parts of the trunk's length.
LOST_FRAME = 0.002
# Speed counts in frames of this length, so that rates compare.
SPEED_SECONDS = 1 / 15
MOST_BLEND_SECONDS = 4.0
# Lengths of a limb on the two sides of a seam are led together, up to this factor.
MOST_STRETCH = 2.0
# Of the seam between two rounds of a movement that was not made to be repeated.
ROUND_BLEND_SECONDS = 1.0
# Performers who end at another place than they began at go back no faster, in frame heights a second.
PACE_BACK = 0.35
# A movement that is too short by no more than this holds its last pose instead.
HELD_SECONDS = 0.25


class JoinRefused(AppError):
    """These movements cannot follow one another; the message says what was expected and got."""

    code = "movements_do_not_join"
    default_message = gettext_noop("These movements cannot be joined.")


@dataclass(frozen=True)
class Transition:
    """`first` is left after its frame `last_frame`, `second` is entered at its frame `first_frame`."""

    last_frame: int
    first_frame: int


@dataclass(frozen=True)
class Joined:
    """seam_frame: the first frame of `sequence` that comes from the second movement. entered_frame: where in
    the second movement that is. unused_frames: how many at the end of the first movement were left out. All
    are counted at the rate of `sequence`.
    """

    sequence: PoseSequence
    seam_frame: int
    entered_frame: int
    unused_frames: int

    @property
    def left_out_seconds(self) -> tuple[float, float]:
        """What was left out at the end of the first movement, and at the start of the second."""
        return self.unused_frames / self.sequence.fps, self.entered_frame / self.sequence.fps


def close_loop(sequence: PoseSequence, blend_frames: int) -> PoseSequence:
    """The movement as a loop of the same length without a seam.

    blend_frames: frames around the seam that change, half of them at either end; 0 changes none. A performer
    who ends at another place than where the movement began slides back within them: choose a pair of frames
    that fits (`analysis.best_loops`). Raises ValueError for more than the sequence has.
    """
    if not 0 <= blend_frames <= sequence.frame_count:
        raise ValueError(f"blend_frames must be 0 to {sequence.frame_count}, got {blend_frames}")
    half = blend_frames // 2
    if half == 0 or sequence.frame_count < 4:
        return replace(sequence, is_loop=True)
    head, tail = _led_together(sequence, sequence, half)
    points = sequence.points.copy()
    points[:half], points[-half:] = head, tail
    return replace(sequence, points=points, is_loop=True)


def endless(sequence: PoseSequence, seconds: float) -> PoseSequence:
    """The movement for `seconds`: one that is no loop and shorter begins again, without a seam, until then.

    Every round is as long as the movement, so music that is repeated with it keeps its place. The first one
    begins as the movement does, and the last one, where it is whole, ends as it does. Loops, and what is long
    enough, come back as they are.
    """
    frames, count = min(MAX_FRAMES, math.ceil(seconds * sequence.fps)), sequence.frame_count
    if sequence.is_loop or count < 4 or frames <= count + HELD_SECONDS * sequence.fps:
        return sequence
    blend = max(ROUND_BLEND_SECONDS, _way_back(sequence) / PACE_BACK)
    half = max(1, min(round(blend * sequence.fps), count) // 2)
    rounds = math.ceil(frames / count)
    points = np.tile(close_loop(sequence, 2 * half).points, (rounds, 1, 1, 1))
    points[:half], points[-half:] = sequence.points[:half], sequence.points[-half:]
    confidence = np.tile(sequence.confidence, (rounds, 1, 1))
    return replace(sequence, points=points[:frames], confidence=confidence[:frames])


def _way_back(sequence: PoseSequence) -> float:
    """How far from its beginning the movement ends, of the performer who ends farthest, in frame heights."""
    nodes, confidence = nodes_of(sequence)
    root = tree(sequence.layout, _root_for(confidence[[0, -1]])).root
    return float(np.linalg.norm(nodes[-1, :, root, :2] - nodes[0, :, root, :2], axis=-1).max())


def join(first: PoseSequence, second: PoseSequence, blend_seconds: float) -> Joined:
    """`second` after `first`, at the rate and in the frame of `first`.

    The change-over is where, within the last and the first second, poses and speeds fit best. The second
    movement is scaled to bodies of the first one's size, its feet are put on the same floor, and each
    performer goes on where the hips are. Should the performers now leave the frame at one side, all is moved
    over, and made smaller where the frame is too narrow for both. Performers are paired in their order.
    blend_seconds: 0 to 4, half of it before the seam; what is slow wants a long one. Raises JoinRefused.
    """
    _check(first, second, blend_seconds)
    if second.fps != first.fps:
        frames = min(MAX_FRAMES, max(1, round(second.duration_seconds * first.fps)))
        second = second.resampled(first.fps, frames)
    at = best_transition(first, second)
    before = _part(first, 0, at.last_frame + 1)
    after = _aligned(before, _part(second, at.first_frame, second.frame_count), first, second)
    if before.frame_count + after.frame_count > MAX_FRAMES:
        raise JoinRefused(
            f"Together the movements have {before.frame_count + after.frame_count} frames, "
            f"at most {MAX_FRAMES} are allowed."
        )
    points = [before.points, after.points]
    half = min(round(blend_seconds * first.fps / 2), before.frame_count, after.frame_count)
    if half > 0 and min(before.frame_count, after.frame_count) >= 2:
        head, tail = _led_together(before, after, half)
        points = [before.points[:-half], tail, head, after.points[half:]]
    whole = replace(
        before,
        points=np.concatenate(points).astype(np.float32),
        confidence=np.concatenate([before.confidence, after.confidence]),
    )
    return Joined(
        _within_frame(whole, (first, second)),
        seam_frame=before.frame_count,
        entered_frame=at.first_frame,
        unused_frames=first.frame_count - before.frame_count,
    )


def _check(first: PoseSequence, second: PoseSequence, blend_seconds: float) -> None:
    if not 0 <= blend_seconds <= MOST_BLEND_SECONDS:
        raise JoinRefused(f"The blend must be 0 to {MOST_BLEND_SECONDS:g} seconds, got {blend_seconds:g}.")
    if first.people_count != second.people_count:
        raise JoinRefused(
            f"Both movements must have as many performers, got {first.people_count} and "
            f"{second.people_count}.",
            details={"people": [first.people_count, second.people_count]},
        )
    if first.layout != second.layout:
        raise JoinRefused(f"Both movements must have one layout, got {first.layout} and {second.layout}.")


def _part(sequence: PoseSequence, start: int, stop: int) -> PoseSequence:
    return replace(
        sequence,
        points=sequence.points[start:stop],
        confidence=sequence.confidence[start:stop],
        is_loop=False,
    )


def best_transition(first: PoseSequence, second: PoseSequence) -> Transition:
    """Where to leave `first` and to enter `second`, both at one rate; at most a quarter of each is lost."""
    windows = [
        max(1, min(round(SEARCH_SECONDS * sequence.fps), sequence.frame_count // 4))
        for sequence in (first, second)
    ]
    if min(first.frame_count, second.frame_count) < 4:
        return Transition(first.frame_count - 1, 0)
    ending, seen_before = _shapes(_part(first, first.frame_count - windows[0] - 1, first.frame_count))
    starting, seen_after = _shapes(_part(second, 0, windows[1] + 1))
    speed = 1 / (SPEED_SECONDS * first.fps)
    used = seen_before & seen_after
    left = np.concatenate([ending[1:], np.diff(ending, axis=0) / speed], axis=2)[:, used]
    entered = np.concatenate([starting[:-1], np.diff(starting, axis=0) / speed], axis=2)[:, used]
    # The limb that has farthest to go decides: it would be seen to hurry.
    apart = np.linalg.norm(left[:, None] - entered[None], axis=3).max(axis=2, initial=0)
    lost = np.arange(windows[0])[::-1, None] + np.arange(windows[1])[None]
    row, column = np.unravel_index(np.argmin(apart + LOST_FRAME * lost), apart.shape)
    return Transition(first.frame_count - windows[0] + int(row), int(column))


def _shapes(sequence: PoseSequence) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Poses as seen from each performer's own middle, in trunk lengths, and which nodes are always seen."""
    nodes, confidence = nodes_of(sequence)
    limbs = tree(sequence.layout, _root_for(confidence))
    trunks = np.nan_to_num(trunk_lengths(nodes, confidence >= SEEN, limbs.names), nan=1.0)
    shapes = (nodes - nodes[:, :, limbs.root, None]) / trunks[None, :, None, None]
    return shapes.reshape(len(nodes), -1, 3), (confidence >= SEEN).all(axis=0).ravel()


def _root_for(confidence: npt.NDArray[np.float32]) -> Root:
    """The hips, unless only the chest is seen."""
    hips, chest = ((confidence[..., node] >= SEEN).all() for node in (-2, -1))
    return "chest" if chest and not hips else "hips"


def _aligned(
    before: PoseSequence, after: PoseSequence, first: PoseSequence, second: PoseSequence
) -> PoseSequence:
    """`after` at the size, on the floor and at the place of `before`."""
    ratios = []
    for track in range(first.people_count):
        sizes, others = segment_lengths(first, track), segment_lengths(second, track)
        common = [(sizes[ends], others[ends]) for ends in sizes if others.get(ends, 0) > 0]
        if common:
            ratios.append(sum(size for size, _ in common) / sum(other for _, other in common))
    scale = float(np.median(ratios)) if ratios else 1.0
    (ends, ends_seen), (starts, starts_seen) = nodes_of(before), nodes_of(after)
    root = tree(first.layout, _root_for(np.concatenate([ends_seen[-1:], starts_seen[:1]]))).root
    ends, starts = ends[:, :, root], starts[:, :, root] * scale
    # Where one more half frame would take the one, and where half a frame less would find the other.
    goes_to = ends[-1] + (ends[-1] - ends[-2]) / 2 if len(ends) > 1 else ends[-1]
    comes_from = starts[0] - (starts[1] - starts[0]) / 2 if len(starts) > 1 else starts[0]
    shift = goes_to - comes_from
    shift[:, 2] = 0
    floors = floor_of(first), floor_of(second)
    if floors[0] is not None and floors[1] is not None:
        shift[:, 1] = floors[0] - floors[1] * scale
    points = (after.points * scale + shift[None, :, None, :]).astype(np.float32)
    return replace(after, points=points, aspect=before.aspect)


def _span(sequence: PoseSequence) -> tuple[float, float] | None:
    """The least and the greatest x of all that is seen."""
    seen = sequence.points[..., 0][sequence.confidence >= SEEN]
    return (float(seen.min()), float(seen.max())) if len(seen) else None


def _within_frame(sequence: PoseSequence, parts: tuple[PoseSequence, ...]) -> PoseSequence:
    """Moved sideways as little as brings all that is seen into the frame.

    Where that is too wide, though each part fitted its own frame, all is made smaller, standing on the floor;
    else it is only centred.
    """
    span = _span(sequence)
    if span is None:
        return sequence
    low, high = span
    points = sequence.points.copy()
    if high - low <= sequence.aspect:
        points[..., 0] += np.float32(max(0.0, -low) - max(0.0, high - sequence.aspect))
        return replace(sequence, points=points)
    spans = [(_span(part), part.aspect) for part in parts]
    fitted = all(at is not None and at[0] >= 0 and at[1] <= aspect for at, aspect in spans)
    scale = sequence.aspect / (high - low) * (1 - 1e-6) if fitted else 1.0
    floor = floor_of(sequence)
    still = np.array([(low + high) / 2, 1.0 if floor is None else floor, 0.0])
    middle = np.array([sequence.aspect / 2, still[1], 0.0])
    return replace(sequence, points=((points - still) * scale + middle).astype(np.float32))


def _led_together(
    before: PoseSequence, after: PoseSequence, half: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The first `half` frames of `after` and the last `half` of `before`, bent so that they fit."""
    (ending, ending_seen), (starting, starting_seen) = nodes_of(before), nodes_of(after)
    head = after.points[:half].astype(np.float64)
    tail = before.points[-half:].astype(np.float64)
    for track in range(before.people_count):
        seen = np.concatenate([ending_seen[-2:, track], starting_seen[:2, track]])
        limbs = tree(before.layout, _root_for(seen))
        use = _usable(seen, limbs)
        gap = _gap(limbs_of(ending[-2:, track], limbs), limbs_of(starting[:2, track], limbs), limbs, use)
        away: Array = np.arange(half) + np.float64(0.5)
        head[:, track] = joints_of(
            _bent(limbs_of(starting[:half, track], limbs), gap, -away, half, limbs), limbs
        )
        tail[:, track] = joints_of(
            _bent(limbs_of(ending[-half:, track], limbs), gap, away[::-1], half, limbs), limbs
        )
    return head.astype(np.float32), tail.astype(np.float32)


def _usable(seen: npt.NDArray[np.float32], limbs: Tree) -> npt.NDArray[np.bool_]:
    """Limbs of which both ends are seen on both sides of the seam."""
    nodes: npt.NDArray[np.bool_] = np.all(seen >= SEEN, axis=0)
    ends: npt.NDArray[np.bool_] = nodes & nodes[[max(parent, 0) for parent in limbs.parents]]
    ends[limbs.root] = nodes[limbs.root]
    return ends


@dataclass(frozen=True)
class _Gap:
    """What the second side of the seam has more than the first, by node: turns (root: place), and lengths."""

    turn: Array
    turn_speed: Array
    stretch: Array


def _gap(ending: Array, starting: Array, limbs: Tree, use: npt.NDArray[np.bool_]) -> _Gap:
    speed_before, speed_after = ending[1] - ending[0], starting[1] - starting[0]
    at_seam = ending[1] + speed_before / 2, starting[0] - speed_after / 2
    lengths = [np.maximum(np.linalg.norm(side, axis=-1, keepdims=True), 1e-6) for side in at_seam]
    ways = [side / length for side, length in zip(at_seam, lengths, strict=True)]
    turn = _turn_between(*ways)
    spins = [
        np.cross(way, speed / length)
        for way, speed, length in zip(ways, (speed_before, speed_after), lengths, strict=True)
    ]
    turn_speed = spins[1] - spins[0]
    turn[limbs.root] = at_seam[1][limbs.root] - at_seam[0][limbs.root]
    turn_speed[limbs.root] = speed_after[limbs.root] - speed_before[limbs.root]
    # Not at the seam itself: a turning limb that is carried on straight grows.
    measured = [np.linalg.norm(side, axis=-1, keepdims=True) for side in (ending[1], starting[0])]
    ratio = np.maximum(measured[1], 1e-6) / np.maximum(measured[0], 1e-6)
    stretch = np.log(np.clip(ratio, 1 / MOST_STRETCH, MOST_STRETCH))
    stretch[limbs.root] = 0
    for part in (turn, turn_speed, stretch):
        part[~use] = 0
    return _Gap(turn, turn_speed, stretch)


def _bent(bones: Array, gap: _Gap, away: Array, half: int, limbs: Tree) -> Array:
    """Limbs (frames, nodes, 3), each turned by its half of the gap as it fades out.

    away: frames from the seam, positive before it, where the gap is added, negative after it.
    """
    part = (np.abs(away) / half)[:, None, None]
    place = np.sign(away)[:, None, None] * (1 - part**3 * (10 - part * (15 - 6 * part))) / 2
    speed = -half * part * (1 - part**2 * (6 - part * (8 - 3 * part))) / 2
    turn = place * gap.turn + speed * gap.turn_speed
    out = _turned(bones, turn) * np.exp(place * gap.stretch)
    out[:, limbs.root] = bones[:, limbs.root] + turn[:, limbs.root]
    return out


def _turn_between(start: Array, end: Array) -> Array:
    """Rotation vectors of the shortest turns from unit vectors to others, (nodes, 3)."""
    axis = np.cross(start, end)
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    cosine = np.sum(start * end, axis=-1, keepdims=True)
    # Opposite directions: any axis across will do; in the picture's plane, where the take can be seen.
    flat = np.broadcast_to(np.array([0.0, 0.0, 1.0]), axis.shape)
    axis = np.where(sine > 1e-9, axis / np.maximum(sine, 1e-9), np.where(cosine < 0, flat, 0.0))
    turn: Array = axis * np.arctan2(sine, cosine)
    return turn


def _turned(vectors: Array, turn: Array) -> Array:
    """Vectors rotated by rotation vectors (Rodrigues)."""
    angle = np.linalg.norm(turn, axis=-1, keepdims=True)
    axis = turn / np.maximum(angle, 1e-12)
    along = np.sum(axis * vectors, axis=-1, keepdims=True)
    cosine, sine = np.cos(angle), np.sin(angle)
    out: Array = vectors * cosine + np.cross(axis, vectors) * sine + axis * along * (1 - cosine)
    return out
