"""track_people, PeopleTracker: everybody in a video, frame by frame, under numbers that stay. Pure Python.

Every frame, the landmark model looks where each person is expected; every third of a second, and while
somebody is missing, the detector looks for more. What is seen is given to the known people by the cheapest
assignment (Kuhn 1955; here Crouse's variant in SciPy) of pose, box and clothes, so that two who cross keep
their numbers although the model may have looked at the wrong one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from tongyi_portal.vision.pose import PRESENCE_THRESHOLD, BodyPose, PoseEstimator, overlap
from tongyi_portal.vision.regions import Floats, Image, Region, check_image

MOST_PEOPLE = 8
DETECT_SECONDS = 0.34  # between two looks of the detector
DETECT_SECONDS_MISSING = 0.14  # the same while somebody is missing
CLOSE_LOOKS = 3  # while one person is alone and seen, every so many looks are close ones
FORGET_SECONDS = 3.0  # somebody who was away longer comes back under a new number
SAME_BODY = 0.09  # mean distance of the trunk and limb joints, in heights: one body, seen twice
FARTHEST = 1.0  # cost beyond which a body is not this person
FARTHEST_GROWTH = 0.5  # added to it for each second that the person was missing, at most once
VELOCITY_KEPT = 0.6  # of the old velocity, each frame
COASTING = 0.93  # of the velocity of a missing person, each frame
CLOTHES_KEPT = 0.95
WEIGHTS = {"pose": 2.2, "box": 0.3, "clothes": 1.0}
TRUNK = (11, 12, 24, 23)
LIMBS = (11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)


@dataclass
class _Track:
    """One person: how they looked last, and where they are heading."""

    number: int
    body: BodyPose
    region: Region
    clothes: Floats
    velocity: Floats  # pixels a frame (2,)
    height: float
    missing: int = 0

    def predicted(self) -> Floats:
        """Joints (33, 2) expected in the coming frame."""
        return self.body.points[:, :2] + self.velocity


@dataclass(frozen=True)
class _Seen:
    """A body in the frame, the region to look at next, and its clothes' colours."""

    body: BodyPose
    region: Region
    clothes: Floats


def track_people(
    estimator: PoseEstimator, frames: Iterable[Image], max_people: int = 4, *, fps: float = 30.0
) -> Iterator[list[tuple[int, BodyPose]]]:
    """Follow up to `max_people` (1 to 8) people at a time: one list a frame, of (number, body).

    frames (uint8, (height, width, 3), RGB): all of one size, `fps` a second. Numbers count from 0 in order of
    appearance; somebody who was away for more than three seconds gets a new one. Nothing is random. About
    20 ms for each person and frame. Raises ValueError for other limits or pictures, ModelFileMissing.
    """
    tracker = PeopleTracker(estimator, max_people, fps)
    for frame in frames:
        yield tracker.step(frame)


class PeopleTracker:
    """track_people for a caller who hands frames over one by one, and may go on later from a `state`."""

    def __init__(self, estimator: PoseEstimator, max_people: int, fps: float) -> None:
        if not 1 <= max_people <= MOST_PEOPLE:
            raise ValueError(f"max_people must be 1 to {MOST_PEOPLE}, got {max_people}")
        self.estimator = estimator
        self.max_people = max_people
        self.fps = fps
        self.tracks: list[_Track] = []
        self.born = 0
        self.since_detection = 0
        self.looks = 0

    def step(self, frame: Image) -> list[tuple[int, BodyPose]]:
        """One frame on: look, assign, add who is new, forget who is gone."""
        check_image(frame)
        self.tracks = [track for track in self.tracks if track.missing <= FORGET_SECONDS * self.fps]
        seen = [
            self._look(frame, _moved(t.region, t.velocity), t.body.detector_score) for t in self._present()
        ]
        found = [one for one in seen if one is not None]
        if self._is_detection_due(len(found)):
            is_alone = len(self.tracks) == len(found) == 1
            found += self._detected(frame, found, closely=not is_alone or self.looks % CLOSE_LOOKS == 0)
            self.since_detection = 0
            self.looks += 1
        self.since_detection += 1
        bodies = _distinct(found)
        left = self._assign(bodies)
        for one in left:
            if len(self._present()) < self.max_people:
                self._add(one)
        return [(track.number, track.body) for track in self._present()]

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """All that the coming frames depend on, as plain arrays."""
        tracks = self.tracks
        bodies = [track.body for track in tracks]
        regions = [(one.region.x, one.region.y, one.region.side, one.region.angle) for one in tracks]
        return {
            "counters": np.array([self.born, self.since_detection, self.looks], np.int64),
            "numbers": np.array([(track.number, track.missing) for track in tracks], np.int64).reshape(-1, 2),
            "points": np.array([body.points for body in bodies], np.float32).reshape(-1, 33, 3),
            "confidence": np.array([body.confidence for body in bodies], np.float32).reshape(-1, 33),
            "presence": np.array([body.presence for body in bodies], np.float32).reshape(-1, 33),
            "world": np.array([body.world for body in bodies], np.float32).reshape(-1, 33, 3),
            "scores": np.array([(one.score, one.detector_score) for one in bodies], float).reshape(-1, 2),
            "boxes": np.array([body.box for body in bodies], float).reshape(-1, 4),
            "regions": np.array(regions, float).reshape(-1, 4),
            "clothes": np.array([track.clothes for track in tracks], np.float32).reshape(-1, 128),
            "velocities": np.array([track.velocity for track in tracks], np.float32).reshape(-1, 2),
            "heights": np.array([track.height for track in tracks], float),
        }

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on as the tracker would have whose `state` this was."""
        self.born, self.since_detection, self.looks = state["counters"].tolist()
        self.tracks = []
        for index, (number, missing) in enumerate(state["numbers"].tolist()):
            score, detector_score = state["scores"][index].tolist()
            x0, y0, x1, y1 = state["boxes"][index].tolist()
            body = BodyPose(
                points=state["points"][index],
                confidence=state["confidence"][index],
                presence=state["presence"][index],
                score=score,
                detector_score=detector_score,
                box=(x0, y0, x1, y1),
                world=state["world"][index],
            )
            region = Region(*state["regions"][index].tolist())
            clothes, velocity = state["clothes"][index], state["velocities"][index]
            height = float(state["heights"][index])
            self.tracks.append(_Track(number, body, region, clothes, velocity, height, missing))

    def _present(self) -> list[_Track]:
        return [track for track in self.tracks if not track.missing]

    def _is_detection_due(self, found: int) -> bool:
        if not self.born:
            return True
        is_missing = found < len(self.tracks)
        pause = DETECT_SECONDS_MISSING if is_missing else DETECT_SECONDS
        lost_now = found < len(self._present())
        return lost_now or self.since_detection >= max(1, round(pause * self.fps))

    def _look(self, frame: Image, region: Region, detector_score: float) -> _Seen | None:
        body, after = self.estimator.body_in(frame, region, detector_score, with_mask=False)
        if body.score < PRESENCE_THRESHOLD or not np.isfinite(body.points).all():
            return None
        return _Seen(body, after, _clothes(frame, body))

    def _detected(self, frame: Image, known: list[_Seen], *, closely: bool) -> list[_Seen]:
        """Bodies that the detector finds and nobody looks at yet; each is looked at twice to settle."""
        found: list[_Seen] = []
        for score, region in self.estimator.find_regions(frame, closely=closely)[: 2 * MOST_PEOPLE]:
            if any(_is_within(region, one.region) for one in (*known, *found)):
                continue
            first = self._look(frame, region, score)
            second = self._look(frame, first.region, score) if first is not None else None
            if second is not None:
                found.append(second)
        return found

    def _assign(self, bodies: list[_Seen]) -> list[_Seen]:
        """Give bodies to tracks; tracks without one coast. Returns the bodies that nobody took."""
        costs = np.array([[self._cost(track, one) for one in bodies] for track in self.tracks], np.float64)
        taken: set[int] = set()
        given: set[int] = set()
        if costs.size:
            limits = np.array([self._farthest(track) for track in self.tracks])[:, None]
            rows, columns = linear_sum_assignment(np.minimum(costs, limits + 1))
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
                if costs[row, column] <= limits[row, 0]:
                    self._update(self.tracks[row], bodies[column])
                    taken.add(column)
                    given.add(row)
        for index, track in enumerate(self.tracks):
            if index not in given:
                self._coast(track)
        return [one for index, one in enumerate(bodies) if index not in taken]

    def _farthest(self, track: _Track) -> float:
        return FARTHEST + min(1.0, track.missing / self.fps) * FARTHEST_GROWTH

    def _cost(self, track: _Track, one: _Seen) -> float:
        height = max(track.height, 1.0)
        pose = float(
            np.linalg.norm(track.predicted()[LIMBS, :] - one.body.points[LIMBS, :2], axis=1).mean() / height
        )
        pose = pose / (1 + 2 * min(1.5, track.missing / self.fps))  # who is away may have gone somewhere
        box = 1 - overlap(_moved_box(track.body.box, track.velocity), one.body.box)
        clothes = 1 - float(np.minimum(track.clothes, one.clothes).sum())
        return WEIGHTS["pose"] * pose + WEIGHTS["box"] * box + WEIGHTS["clothes"] * clothes

    def _update(self, track: _Track, one: _Seen) -> None:
        moved = (_centre(one.body) - _centre(track.body)) / (track.missing + 1)
        keep = VELOCITY_KEPT if not track.missing else 0.0
        track.velocity = (keep * track.velocity + (1 - keep) * moved).astype(np.float32)
        track.clothes = CLOTHES_KEPT * track.clothes + (1 - CLOTHES_KEPT) * one.clothes
        track.height = 0.9 * track.height + 0.1 * _height(one.body)
        track.body, track.region, track.missing = one.body, one.region, 0

    def _coast(self, track: _Track) -> None:
        """A person who is not seen goes on for a while, slower and slower."""
        shift = track.velocity
        points = track.body.points.copy()
        points[:, :2] += shift
        track.body = replace(track.body, points=points, box=_moved_box(track.body.box, shift))
        track.region = _moved(track.region, shift)
        track.velocity = track.velocity * np.float32(COASTING)
        track.missing += 1

    def _add(self, one: _Seen) -> None:
        still = np.zeros(2, np.float32)
        self.tracks.append(
            _Track(self.born, one.body, one.region, one.clothes, still, max(_height(one.body), 1.0))
        )
        self.born += 1


def _distinct(found: list[_Seen]) -> list[_Seen]:
    """Without bodies that were seen twice; the surer one stays."""
    kept: list[_Seen] = []
    for one in sorted(found, key=lambda seen: -seen.body.score):
        if not any(_is_same(one.body, other.body) for other in kept):
            kept.append(one)
    return kept


def _is_same(one: BodyPose, other: BodyPose) -> bool:
    apart = np.linalg.norm(one.points[LIMBS, :2] - other.points[LIMBS, :2], axis=1).mean()
    height = max(_height(one), _height(other), 1.0)
    trunks = np.linalg.norm(_centre(one) - _centre(other)) / height
    return bool(apart / height < SAME_BODY) or bool(trunks < 0.05 and overlap(one.box, other.box) > 0.6)


def _is_within(region: Region, other: Region) -> bool:
    """Both regions are around one body."""
    apart = float(np.hypot(region.x - other.x, region.y - other.y))
    return apart < 0.06 * other.side and 0.6 < region.side / max(other.side, 1.0) < 1.6


def _clothes(frame: Image, body: BodyPose) -> Floats:
    """Colours of the trunk and the thighs, as shares (128,): what tells dancers apart."""
    small, shares = 48, []
    for corners in (TRUNK, (23, 24, 26, 25)):
        target = np.array([[0, 0], [small, 0], [small, small], [0, small]], np.float32)
        matrix, _ = cv2.estimateAffinePartial2D(body.points[list(corners), :2].astype(np.float32), target)
        if matrix is None or not np.isfinite(matrix).all():
            shares.append(np.full(64, 1 / 64, np.float32))
            continue
        patch = cv2.warpAffine(frame, matrix, (small, small), borderMode=cv2.BORDER_REPLICATE)
        lab = cv2.cvtColor(patch, cv2.COLOR_RGB2LAB)
        bins = np.asarray(cv2.calcHist([lab], [0, 1, 2], None, [4, 8, 8], [0, 256, 64, 192, 64, 192]))
        bins = cv2.GaussianBlur(bins.reshape(4, 64), (3, 1), 0)
        counts = bins.reshape(4, 8, 8).reshape(4, 4, 2, 4, 2).sum(axis=(2, 4)).ravel()
        shares.append((counts / max(float(counts.sum()), 1.0)).astype(np.float32))
    return np.asarray(np.concatenate(shares) / 2, np.float32)


def _centre(body: BodyPose) -> Floats:
    return np.asarray(body.points[list(TRUNK), :2].mean(axis=0), np.float32)


def _height(body: BodyPose) -> float:
    """Of the joints, in pixels; also of a person who lies or crouches the longer extent."""
    return float(np.ptp(body.points[:, :2], axis=0).max())


def _moved(region: Region, shift: Floats) -> Region:
    return replace(region, x=region.x + float(shift[0]), y=region.y + float(shift[1]))


def _moved_box(box: tuple[float, float, float, float], shift: Floats) -> tuple[float, float, float, float]:
    x, y = float(shift[0]), float(shift[1])
    return (box[0] + x, box[1] + y, box[2] + x, box[3] + y)
