"""What can be said of a movement by looking at it: for editors, reviewers, and the choice of an engine."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from templates_app.poses.limbs import FEET, SEEN, Array, floor_of, nodes_of
from templates_app.poses.seams import MAIN_JOINTS, Seams
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import LAYOUTS
from templates_app.poses.turning import Turn, runs_of, turns_of

BUCKETS = 120
WORST_MOMENTS = 3
WORST_SECONDS = 0.2
# A body is full where both legs are seen, down to an ankle, in this share of the frames.
FULL_SHARE = 0.5
# Feet within this part of the trunk's length of the floor stand on it.
FLOOR_SLACK = 0.12
# Shares from which on a figure cut from a photo cannot follow.
HARD_SIDE, HARD_BACK, HARD_OVERLAP, HARD_TUMBLE, HARD_OUT, HARD_UNSEEN = 0.15, 0.03, 0.05, 0.05, 0.2, 0.25

BodyStyle = Literal["full", "half"]
HardReason = Literal["turns_away", "shows_back", "people_overlap", "not_upright", "out_of_frame", "unsure"]


@dataclass(frozen=True)
class JointMoment:
    """Frames, both included, in which a joint is seen worst, and how well on average."""

    first_frame: int
    last_frame: int
    confidence: float


@dataclass(frozen=True)
class JointSight:
    """How well a joint of a performer is seen.

    strip: mean confidence in each of the buckets into which the sequence is cut. worst: up to 3, worst first.
    """

    track: int
    joint: str
    mean: float
    unseen_share: float
    strip: tuple[float, ...]
    worst: tuple[JointMoment, ...]


@dataclass(frozen=True)
class LargestMovement:
    """The joint that moves fastest against the body: at which frame, and how many trunk lengths a second."""

    track: int
    joint: str
    frame: int
    trunks_per_second: float


@dataclass(frozen=True)
class MotionAnalysis:
    """What `analyse` found.

    people_count: tracks in which somebody is seen at all. joints: by track, then in the layout's order.
    energy: for every second, mean speed of the main joints in trunk lengths a second (scale free).
    turns_away_share: share of the frames in which any performer turns away more than 60 degrees.
    hard_reasons: why a figure cut from a photo cannot follow; empty when it can.
    loop_score: visibility of the cut from the last frame to the first, below 1 invisible; None where nothing
        is seen. floor: y of the floor. feet_on_floor_share: frames in which a foot stands; both None without
        feet. out_of_frame_share: of the main joints that are seen.
    """

    body_style: BodyStyle
    people_count: int
    frame_count: int
    duration_seconds: float
    joints: tuple[JointSight, ...]
    energy: tuple[float, ...]
    turns: tuple[Turn, ...]
    turns_away_share: float
    hard_reasons: tuple[HardReason, ...]
    loop_score: float | None
    floor: float | None
    feet_on_floor_share: float | None
    largest_movement: LargestMovement | None
    out_of_frame_share: float

    @property
    def is_hard_for_cutout(self) -> bool:
        return bool(self.hard_reasons)

    def as_json(self) -> dict[str, Any]:
        """All fields as JSON values, and `is_hard_for_cutout`."""
        return asdict(self) | {"is_hard_for_cutout": self.is_hard_for_cutout}


def analyse(sequence: PoseSequence, *, buckets: int = BUCKETS) -> MotionAnalysis:
    """Everything that can be said of the sequence by itself; see MotionAnalysis.

    buckets: into how many parts the strips of confidence are cut; no more than there are frames.
    """
    nodes, confidence = nodes_of(sequence)
    seen = confidence >= SEEN
    turns = turns_of(sequence)
    speeds, relative = _speeds(sequence, nodes, seen)
    floor = floor_of(sequence)
    score = Seams(sequence).score(sequence.frame_count - 1, 0)
    out_of_frame = _out_of_frame_share(sequence)
    present = seen[:, :, [*_main(sequence), -1, -2]].any(axis=(0, 2))
    return MotionAnalysis(
        body_style=_body_style(sequence),
        people_count=int(present.sum()),
        frame_count=sequence.frame_count,
        duration_seconds=round(sequence.duration_seconds, 3),
        joints=_sights(sequence, min(buckets, sequence.frame_count)),
        energy=_energy(speeds, sequence.fps),
        turns=turns,
        turns_away_share=round(_share(turns, sequence.frame_count), 4),
        hard_reasons=_hard_reasons(sequence, nodes, seen, turns, out_of_frame),
        loop_score=round(score, 3) if np.isfinite(score) else None,
        floor=None if floor is None else round(floor, 4),
        feet_on_floor_share=None if floor is None else _feet_on_floor_share(sequence, floor, nodes),
        largest_movement=_largest(relative),
        out_of_frame_share=round(out_of_frame, 4),
    )


def _main(sequence: PoseSequence) -> list[int]:
    return [LAYOUTS[sequence.layout].index(name) for name in MAIN_JOINTS]


def _trunks(nodes: Array, seen: npt.NDArray[np.bool_]) -> Array:
    """Length of each performer's trunk, the median of where it is seen; nan where it never is."""
    lengths = np.linalg.norm(nodes[:, :, -1] - nodes[:, :, -2], axis=-1)
    known = seen[:, :, -1] & seen[:, :, -2]
    return np.array(
        [
            max(float(np.median(lengths[known[:, track], track])), 1e-6) if known[:, track].any() else np.nan
            for track in range(nodes.shape[1])
        ]
    )


def _body_style(sequence: PoseSequence) -> BodyStyle:
    """Full where performers' legs are seen, within the frame, most of the time."""
    joints = LAYOUTS[sequence.layout]
    inside = (sequence.confidence >= SEEN) & (sequence.points[..., 1] <= 1.02)
    knees, ankles = (
        inside[:, :, [joints.index(f"{side}_{part}") for side in ("left", "right")]]
        for part in ("knee", "ankle")
    )
    legs = knees.all(axis=2) & ankles.any(axis=2)
    present = (sequence.confidence >= SEEN).any(axis=2)
    return "full" if present.any() and legs[present].mean() >= FULL_SHARE else "half"


def _sights(sequence: PoseSequence, buckets: int) -> tuple[JointSight, ...]:
    edges = np.linspace(0, sequence.frame_count, buckets + 1).astype(int)
    confidence = np.clip(sequence.confidence.astype(np.float64), 0, 1)
    sums = np.add.reduceat(confidence, edges[:-1], axis=0)
    strips = np.round(sums / np.diff(edges)[:, None, None], 3)
    means, unseen = confidence.mean(axis=0), (confidence < SEEN).mean(axis=0)
    window = max(1, round(WORST_SECONDS * sequence.fps))
    return tuple(
        JointSight(
            track=track,
            joint=name,
            mean=round(float(means[track, joint]), 4),
            unseen_share=round(float(unseen[track, joint]), 4),
            strip=tuple(strips[:, track, joint].tolist()),
            worst=_worst(confidence[:, track, joint], window),
        )
        for track in range(sequence.people_count)
        for joint, name in enumerate(LAYOUTS[sequence.layout].joints)
    )


def _worst(confidence: Array, window: int) -> tuple[JointMoment, ...]:
    """Stretches in which the joint is not seen, widened to `window` frames; the worst and longest first."""
    moments = []
    for first, last in runs_of(confidence < SEEN):
        spare = max(0, window - (last - first + 1))
        first, last = max(0, first - spare // 2), min(len(confidence) - 1, last + spare - spare // 2)
        moments.append(JointMoment(first, last, round(float(confidence[first : last + 1].mean()), 4)))
    moments.sort(key=lambda moment: (moment.first_frame - moment.last_frame) * (1 - moment.confidence))
    return tuple(moments[:WORST_MOMENTS])


def _speeds(sequence: PoseSequence, nodes: Array, seen: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
    """Speeds of main joints in trunk lengths a second, in the picture and against the body; nan if unseen.

    (frames - 1, people, main joints) each.
    """
    main = _main(sequence)
    trunks = _trunks(nodes, seen)[None, :, None]
    both = seen[1:, :, main] & seen[:-1, :, main]
    rooted = both & (seen[1:, :, -1] & seen[:-1, :, -1])[..., None]
    body = nodes[:, :, main] - nodes[:, :, -1:]
    absolute, relative = (
        np.linalg.norm(np.diff(places[..., :2], axis=0), axis=-1) * sequence.fps / trunks
        for places in (nodes[:, :, main], body)
    )
    return np.where(both, absolute, np.nan), np.where(rooted, relative, np.nan)


def _energy(speeds: Array, fps: float) -> tuple[float, ...]:
    """Mean speed in each second; 0 where nothing is seen."""
    seconds = np.floor((np.arange(len(speeds)) + 0.5) / fps).astype(int)
    known = np.isfinite(speeds)
    sums = np.bincount(seconds, weights=np.where(known, speeds, 0).sum(axis=(1, 2)))
    counts = np.bincount(seconds, weights=known.sum(axis=(1, 2)))
    return tuple(np.round(sums / np.maximum(counts, 1), 4).tolist())


def _largest(relative: Array) -> LargestMovement | None:
    if not np.isfinite(relative).any():
        return None
    frame, track, joint = (int(axis) for axis in np.unravel_index(np.nanargmax(relative), relative.shape))
    speed = round(float(relative[frame, track, joint]), 3)
    return LargestMovement(track, MAIN_JOINTS[joint], frame, speed)


def _share(turns: tuple[Turn, ...], frames: int, facing: str | None = None) -> float:
    away = np.zeros(frames, dtype=bool)
    for turn in turns:
        if facing in (None, turn.facing):
            away[turn.first_frame : turn.last_frame + 1] = True
    return float(away.mean())


def _out_of_frame_share(sequence: PoseSequence) -> float:
    main = _main(sequence)
    seen = sequence.confidence[:, :, main] >= SEEN
    places = sequence.points[:, :, main, :2]
    outside = ((places < 0) | (places > np.array([sequence.aspect, 1.0]))).any(axis=-1)
    return float((outside & seen).sum() / max(1, seen.sum()))


def _feet_on_floor_share(sequence: PoseSequence, floor: float, nodes: Array) -> float:
    """Share of frames, of those in which feet are seen, with a foot on the floor."""
    joints = LAYOUTS[sequence.layout].joints
    feet = [joints.index(name) for name in FEET if name in joints]
    seen = sequence.confidence[:, :, feet] >= SEEN
    trunks = _trunks(nodes, np.ones(nodes.shape[:3], dtype=bool))
    height = np.where(seen, floor - sequence.points[:, :, feet, 1], np.inf).min(axis=2)
    present = seen.any(axis=2)
    slack = np.broadcast_to(FLOOR_SLACK * trunks, height.shape)
    return round(float((height < slack)[present].mean()), 4)


def _hard_reasons(
    sequence: PoseSequence,
    nodes: Array,
    seen: npt.NDArray[np.bool_],
    turns: tuple[Turn, ...],
    out_of_frame: float,
) -> tuple[HardReason, ...]:
    main = _main(sequence)
    present = seen[:, :, main].any(axis=2)
    tumbled = (nodes[:, :, -1, 1] > nodes[:, :, -2, 1]) & seen[:, :, -1] & seen[:, :, -2]
    upper = seen[:, :, main[:7]][present]
    checks: tuple[tuple[HardReason, bool], ...] = (
        ("turns_away", _share(turns, sequence.frame_count) > HARD_SIDE),
        ("shows_back", _share(turns, sequence.frame_count, "back") > HARD_BACK),
        ("people_overlap", _overlap_share(sequence, main) > HARD_OVERLAP),
        ("not_upright", float(tumbled.any(axis=1).mean()) > HARD_TUMBLE),
        ("out_of_frame", out_of_frame > HARD_OUT),
        ("unsure", not len(upper) or float(1 - upper.mean()) > HARD_UNSEEN),
    )
    return tuple(reason for reason, applies in checks if applies)


def _overlap_share(sequence: PoseSequence, main: list[int]) -> float:
    """Share of frames in which trunk boxes of two performers lie over one another."""
    trunk = [joint for joint in main if LAYOUTS[sequence.layout].joints[joint].endswith(("shoulder", "hip"))]
    places, seen = sequence.points[:, :, trunk, :2], (sequence.confidence[:, :, trunk] >= SEEN).all(axis=2)
    low, high = places.min(axis=2), places.max(axis=2)
    over = np.zeros(sequence.frame_count, dtype=bool)
    for one in range(sequence.people_count):
        for other in range(one):
            apart = (low[:, one] > high[:, other]) | (low[:, other] > high[:, one])
            over |= ~apart.any(axis=1) & seen[:, one] & seen[:, other]
    return float(over.mean())
