"""collect_tracks: what was seen frame by frame becomes one sequence, its main person first. Pure Python."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generation.engines.motion.take import TrackInfo
from templates_app.poses.sequence import FARTHEST, PoseSequence

Floats = npt.NDArray[np.float32]
Seen = Sequence[Sequence[tuple[int, Floats, Floats]]]

SHORTEST_SECONDS = 0.5  # who is seen for less was none
SMALLEST_SHARE = 0.35  # of the main person's height; smaller ones are pictures, mirrors, passers-by
# Who dances along: seen in so many of the clip's frames, and so tall as a share of the tallest of these.
MAIN_SEEN_SHARE = 0.8
MAIN_HEIGHT_SHARE = 0.6
OFF_MIDDLE_COST = 0.5
REJOIN_SECONDS = 6.0
REJOIN_HEIGHT = 1.3  # heights of two parts of one person's track differ at most so many times
REJOIN_WIDTHS = 0.6  # body heights between where a person was lost and found again


@dataclass(frozen=True)
class Tracks:
    """raw: as estimated; infos: one a person, in the order of its people axis."""

    raw: PoseSequence
    infos: tuple[TrackInfo, ...]


@dataclass(eq=False)
class _Path:
    """One track: the frames in which it is seen, and its joints there."""

    frames: list[int]
    points: list[Floats]
    confidence: list[Floats]

    def height(self) -> float:
        return float(np.median([np.ptp(points[:, 1]) for points in self.points]))

    def centre(self, index: int) -> Floats:
        return np.asarray(self.points[index][[11, 12, 23, 24], :2].mean(axis=0), np.float32)


def collect_tracks(seen: Seen, size: tuple[int, int], fps: float, max_people: int) -> Tracks | None:
    """The people of a clip as one sequence; None when nobody was seen for half a second.

    seen: for every frame (number, points (33, 3) in pixels, confidence (33,)). size: width, height of the
    frames. Tracks that end where another begins soon after, near by and as tall, are joined. Kept are at most
    `max_people`, none much smaller than the main person, who comes first; the others by the time they are
    seen.
    """
    paths = _rejoined(_paths(seen), fps)
    paths = [path for path in paths if len(path.frames) >= SHORTEST_SECONDS * fps]
    if not paths:
        return None
    width, height = size
    main = max(paths, key=lambda path: _prominence(path, width))
    others = [path for path in paths if path is not main and path.height() >= SMALLEST_SHARE * main.height()]
    others.sort(key=lambda path: (-len(path.frames) * path.height(), path.frames[0]))
    kept = [main, *others[: max_people - 1]]
    dancing = _dancing(main, kept, len(seen))
    raw = _sequence(kept, len(seen), width, height, fps)
    return Tracks(raw, tuple(_info(raw, index, kept[index] in dancing) for index in range(len(kept))))


def _dancing(main: _Path, kept: Sequence[_Path], frames: int) -> list[_Path]:
    """The main person and whoever is there as much and as tall: all for whom the clip was made."""
    there = [path for path in kept if path is main or len(path.frames) >= MAIN_SEEN_SHARE * frames]
    tallest = max(path.height() for path in there)
    return [path for path in there if path is main or path.height() >= MAIN_HEIGHT_SHARE * tallest]


def _paths(seen: Seen) -> list[_Path]:
    paths: dict[int, _Path] = {}
    for index, people in enumerate(seen):
        for number, points, confidence in people:
            path = paths.setdefault(number, _Path([], [], []))
            path.frames.append(index)
            path.points.append(points)
            path.confidence.append(confidence)
    return list(paths.values())


def _rejoined(paths: list[_Path], fps: float) -> list[_Path]:
    """Put a person who was lost and found again under another number together."""
    joined: list[_Path] = []
    for path in sorted(paths, key=lambda one: one.frames[0]):
        earlier = [one for one in joined if _continues(one, path, fps)]
        if earlier:
            last = max(earlier, key=lambda one: one.frames[-1])
            last.frames += path.frames
            last.points += path.points
            last.confidence += path.confidence
        else:
            joined.append(path)
    return joined


def _continues(one: _Path, later: _Path, fps: float) -> bool:
    pause = later.frames[0] - one.frames[-1]
    tall = (one.height(), later.height())
    apart = float(np.linalg.norm(later.centre(0) - one.centre(-1)))
    return (
        0 < pause <= REJOIN_SECONDS * fps
        and max(tall) <= REJOIN_HEIGHT * min(tall)
        and apart <= REJOIN_WIDTHS * max(tall)
    )


def _prominence(path: _Path, width: int) -> float:
    """Tall, near the middle and seen for long."""
    middle = np.mean([path.centre(index)[0] for index in range(len(path.frames))]) / width
    return len(path.frames) * path.height() * (1 - OFF_MIDDLE_COST * min(1.0, abs(float(middle) - 0.5) * 2))


def _sequence(paths: list[_Path], frames: int, width: int, height: int, fps: float) -> PoseSequence:
    """Tracks on the people axis, in frame heights; where a track is absent its points rest."""
    points = np.zeros((frames, len(paths), 33, 3), np.float32)
    confidence = np.zeros((frames, len(paths), 33), np.float32)
    for person, path in enumerate(paths):
        at = np.array(path.frames)
        places = np.clip(np.stack(path.points) / height, -FARTHEST, FARTHEST)
        points[at, person] = places
        confidence[at, person] = np.clip(np.stack(path.confidence), 0.001, 1)
        nearest = np.clip(np.searchsorted(at, np.arange(frames), side="right") - 1, 0, len(at) - 1)
        absent = np.setdiff1d(np.arange(frames), at)
        points[absent, person] = places[nearest[absent]]
    return PoseSequence("blazepose_33", fps, points, confidence, aspect=width / height)


def _info(raw: PoseSequence, person: int, is_main: bool) -> TrackInfo:
    seen = np.flatnonzero(raw.confidence[:, person].max(axis=1) > 0)
    return TrackInfo(
        index=person,
        first_frame=int(seen[0]),
        last_frame=int(seen[-1]),
        mean_confidence=round(float(raw.confidence[seen, person].mean()), 4),
        seen_share=round(len(seen) / raw.frame_count, 4),
        mean_height=round(float(np.ptp(raw.points[seen, person, :, 1], axis=1).mean()), 4),
        is_main=is_main,
    )
