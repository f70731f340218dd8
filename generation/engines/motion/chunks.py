"""Chunks of a tracking: what was seen in some seconds, and how to go on after them. Pure Python."""

import io
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zipfile import BadZipFile

import numpy as np

from generation.engines.motion.tracks import Floats
from tongyi_portal.vision.people_tracking import PeopleTracker

logger = logging.getLogger(__name__)
People = list[tuple[int, Floats, Floats]]
CHUNK_SECONDS = 2.0  # what a killed worker loses at most; keeping one costs a few milliseconds
_STATE = "state_"


@dataclass(frozen=True)
class Tracking:
    """What a chunk must agree with to be gone on from."""

    engine_version: str
    frame_count: int
    fps: float
    max_people: int

    def _row(self) -> list[str]:
        return [self.engine_version, str(self.frame_count), repr(self.fps), str(self.max_people)]

    @property
    def chunk_frames(self) -> int:
        return max(1, round(CHUNK_SECONDS * self.fps))

    def chunk(self, seen: Sequence[People], tracker: PeopleTracker) -> bytes:
        """The last `chunk_frames` of `seen`, which `tracker` has just done."""
        first = len(seen) - self.chunk_frames
        frames = [(index, one) for index, people in enumerate(seen[first:]) for one in people]
        points = [points for _index, (_number, points, _confidence) in frames]
        confidence = [confidence for _index, (_number, _points, confidence) in frames]
        arrays: dict[str, Any] = {
            "tracking": np.array(self._row()),
            "first": np.array(first),
            "frames": np.array([index for index, _one in frames], np.int32),
            "numbers": np.array([one[0] for _index, one in frames], np.int32),
            "points": np.array(points, np.float32).reshape(-1, 33, 3),
            "confidence": np.array(confidence, np.float32).reshape(-1, 33),
            **{_STATE + name: array for name, array in tracker.state().items()},
        }
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        return buffer.getvalue()

    def resume(self, chunks: Iterable[bytes], tracker: PeopleTracker) -> list[People]:
        """What the chunks hold from the first frame on, and `tracker` as it was after it.

        A chunk of another tracking, one that does not follow, and one that is damaged count for nothing.
        """
        seen: list[People] = []
        state: dict[str, Any] = {}
        for data in chunks:
            try:
                with np.load(io.BytesIO(data), allow_pickle=False) as chunk:
                    if chunk["tracking"].tolist() != self._row() or int(chunk["first"]) != len(seen):
                        continue
                    more = self._people(chunk)
                    state = {name[len(_STATE) :]: chunk[name] for name in chunk if name.startswith(_STATE)}
            except (ValueError, KeyError, OSError, EOFError, BadZipFile):
                logger.warning("a chunk of a tracking is damaged", exc_info=True)
                break
            seen += more
        if seen:
            tracker.restore(state)
        return seen

    def _people(self, chunk: Any) -> list[People]:
        people: list[People] = [[] for _ in range(self.chunk_frames)]
        rows = (chunk[name] for name in ("frames", "numbers", "points", "confidence"))
        for index, number, points, confidence in zip(*rows, strict=True):
            people[int(index)].append((int(number), points, confidence))
        return people


def kept_share(chunks: Iterable[bytes]) -> float:
    """How much of a clip chunks say to hold, from 0 to 1, before anything about the clip is known."""
    share = 0.0
    for data in chunks:
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as chunk:
                _version, frame_count, fps, _people = chunk["tracking"].tolist()
                end = int(chunk["first"]) + round(CHUNK_SECONDS * float(fps))
                share = max(share, min(1.0, end / int(frame_count)))
        except (ValueError, KeyError, OSError, EOFError, BadZipFile):
            continue
    return share
