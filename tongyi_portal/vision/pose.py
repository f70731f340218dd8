"""PoseEstimator: a picture or frames in, 33 body points with confidence out (BlazePose). Pure Python.

Sources: Bazarevsky et al., "BlazePose: On-device Real-time Body Pose Tracking" (2020); Grishchenko et al.,
"BlazePose GHUM Holistic" (2022); the MediaPipe model card "BlazePose GHUM 3D" for tensors and their ranges.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.regions import Floats, Image, Region, check_image
from tongyi_portal.vision.ssd import anchor_centres, detections, invoke, sigmoid, weighted_nms

POINTS = 33
DETECTOR_SIDE = 224
DETECTOR_LAYERS = ((8, 2), (16, 2), (32, 6))
LANDMARK_SIDE = 256
DETECTOR_THRESHOLD = 0.5
OVERLAP_MERGED = 0.3  # detections that overlap more (IoU) are one person, averaged by score
PRESENCE_THRESHOLD = 0.5  # below it a tracked person counts as lost
SAME_PERSON_OVERLAP = 0.6  # two bodies whose boxes overlap more (IoU) are the same body found twice
WIDE = 1.2  # width / height from which a group is looked for in parts
REGION_SCALE = 1.25  # region of interest: the circle around the body, this much larger
HEAT_KERNEL = 7
HEAT_THRESHOLD = 0.5
HIP_CENTRE, BODY_CIRCLE = 33, 34  # auxiliary landmarks: centre of the body circle and a point on it


@dataclass(frozen=True)
class BodyPose:
    """One person in one picture, joints in the order of the layout blazepose_33, left and right the person's.

    points (float32, (33, 3)): x right, y down in pixels of the picture, origin at its top left corner (the
        centre of the first pixel is 0.5, 0.5); z in pixels too, relative to the hip centre, negative towards
        the camera. Points outside the picture are guesses.
    confidence (float32, (33,)): 0 to 1, that the point is in the picture and not hidden (visibility times
        presence).
    presence (float32, (33,)): 0 to 1, that the point is inside the picture, hidden or not.
    score: 0 to 1, that the region holds a person at all, as the landmark model sees it.
    detector_score: 0 to 1, as the detector saw it; for tracked frames that of the last detection.
    box (x0, y0, x1, y1): bounds of the person's mask and certain points, pixels, clipped to the picture.
    world (float32, (33, 3)): the body in metres, origin at the hip centre, axes as for points.
    mask (float32, (height, width)) or None: probability that the pixel belongs to this person.
    """

    points: Floats
    confidence: Floats
    presence: Floats
    score: float
    detector_score: float
    box: tuple[float, float, float, float]
    world: Floats
    mask: Floats | None = None


@dataclass(frozen=True)
class _Detection:
    """What the detector sees; `keypoints` (4, 2) in pixels: hip centre, circle, shoulder centre, circle."""

    score: float
    keypoints: Floats


class PoseEstimator:
    """BlazePose full on the CPU: a detector finds people, a landmark model places 33 points on each.

    models: where the weights lie. threads: CPU threads for each model run.
    One instance serves one thread at a time. About 45 ms for a picture of one person, 16 ms a tracked frame.
    """

    def __init__(self, models: ModelFiles, threads: int = 1) -> None:
        self.models = models
        self.threads = threads
        self._detector: Any = None
        self._landmarks: Any = None

    def load(self) -> None:
        """Read the weights; called by itself on first use. Raises ModelFileMissing. Idempotent."""
        if self._landmarks is not None:
            return
        from ai_edge_litert.interpreter import Interpreter

        detector = Interpreter(str(self.models.path("pose_detection")), num_threads=self.threads)
        landmarks = Interpreter(str(self.models.path("pose_landmark_full")), num_threads=self.threads)
        detector.allocate_tensors()
        landmarks.allocate_tensors()
        self._detector, self._landmarks = detector, landmarks
        self._anchors = anchor_centres(DETECTOR_SIDE, DETECTOR_LAYERS)

    def detect(self, image: Image, max_people: int = 4, *, with_mask: bool = False) -> list[BodyPose]:
        """Find up to `max_people` people, best detector score first; empty when nobody is seen.

        image (uint8, (height, width, 3)): RGB. with_mask: fill `BodyPose.mask` too.
        Raises ModelFileMissing, ValueError for another shape or type.
        """
        check_image(image)
        self.load()
        found: list[BodyPose] = []
        for detection in self._detections(image):
            region = _body_region(detection.keypoints[0], detection.keypoints[1])
            _, region = self.body_in(image, region, detection.score, with_mask=False)
            body, _ = self.body_in(image, region, detection.score, with_mask=with_mask)
            known = any(overlap(body.box, other.box) > SAME_PERSON_OVERLAP for other in found)
            if body.score >= PRESENCE_THRESHOLD and not known:
                found.append(body)
            if len(found) == max_people:
                break
        return found

    def track(self, frames: Iterable[Image], *, with_mask: bool = False) -> Iterator[BodyPose | None]:
        """Follow the most prominent person through a video: one result a frame, None while nobody is seen.

        The region comes from the frame before; the detector runs at the start and when the person is lost.
        Raises as `detect`.
        """
        region: Region | None = None
        detector_score = 0.0
        for frame in frames:
            check_image(frame)
            self.load()
            body: BodyPose | None = None
            if region is not None:
                body, region = self.body_in(frame, region, detector_score, with_mask=with_mask)
            if body is None or body.score < PRESENCE_THRESHOLD:
                body, region = self._find_prominent(frame, with_mask=with_mask)
                detector_score = body.detector_score if body is not None else 0.0
            yield body

    def _find_prominent(self, image: Image, *, with_mask: bool) -> tuple[BodyPose | None, Region | None]:
        """The largest person of the picture and the region to look at in the next frame."""
        best: BodyPose | None = None
        best_region: Region | None = None
        for detection in self._detections(image):
            region = _body_region(detection.keypoints[0], detection.keypoints[1])
            _, region = self.body_in(image, region, detection.score, with_mask=False)
            body, after = self.body_in(image, region, detection.score, with_mask=with_mask)
            if body.score >= PRESENCE_THRESHOLD and (best is None or area(body.box) > 1.5 * area(best.box)):
                best, best_region = body, after
        return best, best_region

    def find_regions(self, image: Image, *, closely: bool = True) -> list[tuple[float, Region]]:
        """Where people may be: the detector's score and the region to look at, best score first.

        closely: looks not only at the whole picture, but in a wide one at overlapping squares of its height
        too, which finds small people side by side. Raises ModelFileMissing.
        """
        self.load()
        height, width = image.shape[:2]
        shapes, scores = self._seen(image, Region(width / 2, height / 2, float(max(height, width)), 0.0))
        if closely and width > WIDE * height:
            for x in np.linspace(height / 2, width - height / 2, int(np.ceil(1.5 * width / height))):
                more, sure = self._seen(image, Region(float(x), height / 2, float(height), 0.0))
                shapes, scores = np.concatenate([shapes, more]), np.concatenate([scores, sure])
        merged = weighted_nms(shapes, scores, OVERLAP_MERGED)
        return [(score, _body_region(shape[2], shape[3])) for score, shape in merged]

    def _detections(self, image: Image) -> list[_Detection]:
        """People in the picture after weighted non-maximum suppression, best score first."""
        height, width = image.shape[:2]
        shapes, scores = self._seen(image, Region(width / 2, height / 2, float(max(height, width)), 0.0))
        merged = weighted_nms(shapes, scores, OVERLAP_MERGED)
        return [_Detection(score, shape[2:]) for score, shape in merged]

    def _seen(self, image: Image, region: Region) -> tuple[Floats, Floats]:
        """The detector's shapes (n, 6, 2) in pixels of the picture, and their scores (n,), unmerged."""
        crop = region.crop(image, DETECTOR_SIDE, cv2.BORDER_CONSTANT)
        raw, logits = invoke(self._detector, crop.astype(np.float32) / 127.5 - 1.0)
        shapes, scores = detections(
            raw, logits, self._anchors, side=DETECTOR_SIDE, threshold=DETECTOR_THRESHOLD
        )
        return region.to_picture(shapes), scores

    def body_in(
        self, image: Image, region: Region, detector_score: float, *, with_mask: bool
    ) -> tuple[BodyPose, Region]:
        """One pass of the landmark model over `region`: the body, and the better region that it suggests.

        detector_score: written into the body. Raises ModelFileMissing.
        """
        self.load()
        crop = region.crop(image, LANDMARK_SIDE, cv2.BORDER_REPLICATE)
        raw, flag, mask_logits, heat, world = invoke(self._landmarks, crop.astype(np.float32) / 255.0)
        marks = raw.reshape(39, 5)
        unit = _refined((marks[:, :2] / LANDMARK_SIDE).astype(np.float32), heat[0])
        flat = region.to_picture(unit)
        depth = marks[:POINTS, 2:3] * (region.side / LANDMARK_SIDE)
        visible, present = sigmoid(marks[:POINTS, 3]), sigmoid(marks[:POINTS, 4])
        confidence = visible * present
        height, width = image.shape[:2]
        body = BodyPose(
            points=np.concatenate([flat[:POINTS], depth], axis=1).astype(np.float32),
            confidence=confidence,
            presence=present,
            score=float(flag.reshape(-1)[0]),
            detector_score=detector_score,
            box=_bounds(region, mask_logits[0, :, :, 0], flat[:POINTS][confidence > 0.5], height, width),
            world=_turned(world.reshape(39, 3)[:POINTS], region.angle),
        )
        if with_mask:
            small_mask = sigmoid(mask_logits[0, :, :, 0])
            body = replace(body, mask=region.paste_mask(small_mask, height, width))
        return body, _body_region(flat[HIP_CENTRE], flat[BODY_CIRCLE])


def _body_region(centre: Floats, on_circle: Floats) -> Region:
    return Region.around_circle(centre, on_circle, REGION_SCALE)


def _refined(unit: Floats, heat: Floats) -> Floats:
    """Move each point to the centre of mass of its heat map near by, where the map is sure.

    unit (float32, (n, 2)) in 0..1; heat (float32, (rows, columns, n)): logits.
    """
    rows, columns, count = heat.shape
    reach = HEAT_KERNEL // 2
    at = np.clip(np.floor(unit * (columns, rows)), -1e6, 1e6).astype(int)
    inside = ((at >= 0) & (at < (columns, rows))).all(axis=1)
    offsets = np.arange(-reach, reach + 1)
    xs, ys = at[:, :1] + offsets, at[:, 1:] + offsets
    usable = ((ys >= 0) & (ys < rows))[:, :, None] & ((xs >= 0) & (xs < columns))[:, None, :]
    row, column = np.clip(ys, 0, rows - 1)[:, :, None], np.clip(xs, 0, columns - 1)[:, None, :]
    weight = np.where(usable, sigmoid(heat[row, column, np.arange(count)[:, None, None]]), 0.0)
    total = np.maximum(weight.sum(axis=(1, 2)), 1e-9)
    mean_x = (weight * column).sum(axis=(1, 2)) / total / columns
    mean_y = (weight * row).sum(axis=(1, 2)) / total / rows
    sure = inside & (weight.max(axis=(1, 2)) >= HEAT_THRESHOLD)
    return np.where(sure[:, None], np.stack([mean_x, mean_y], axis=1), unit).astype(np.float32)


def _turned(world: Floats, angle: float) -> Floats:
    """World points, from the upright region back into the picture's orientation."""
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, z = world.T
    return np.stack([cos * x - sin * y, sin * x + cos * y, z], axis=1).astype(np.float32)


def _bounds(
    region: Region, logits: Floats, certain: Floats, height: int, width: int
) -> tuple[float, float, float, float]:
    """Bounds in the picture of the mask's largest piece and of the certain points (n, 2)."""
    solid = (logits > 0).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    spots = [certain]
    if count > 1:
        largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        piece = labels == largest
        rows = np.flatnonzero(piece.any(axis=1))
        first = piece[rows].argmax(axis=1)  # the ends of its rows span the whole piece, however it is turned
        last = piece.shape[1] - 1 - piece[rows, ::-1].argmax(axis=1)
        ends = np.concatenate([np.stack([columns, rows], axis=1) for columns in (first, last)])
        unit = (ends + 0.5) / np.array(piece.shape[::-1])
        spots.append(region.to_picture(unit.astype(np.float32)))
    every = np.concatenate(spots)
    if not len(every):
        return (0.0, 0.0, 0.0, 0.0)
    limit = np.array([width, height])
    low, high = np.clip(every.min(axis=0), 0, limit), np.clip(every.max(axis=0), 0, limit)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def area(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    """Intersection over union of two boxes."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(across, 0.0) * max(down, 0.0)
    return shared / max(area(one) + area(other) - shared, 1e-9)
