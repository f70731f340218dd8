"""NsfwDetector: finds exposed and covered body parts with the NudeNet 320n network. Pure Python.

The model is a YOLOv8 network (input: RGB, 0 to 1, square; output: 4 box numbers and 18 class scores for
each place). Its own package feeds it BGR, ignores orientation and does not scale 16-bit pictures, so only
the weights are used. They see neither violence nor age, and drawings badly.
"""

import cv2
import numpy as np
import numpy.typing as npt

from moderation.scanners.base import Finding, Media, ScanInput
from moderation.taxonomy import Category, Severity
from tongyi_portal.vision.sessions import session

INPUT_SIDE = 320
PAD_GREY = 114  # what YOLOv8 was trained with around letterboxed pictures
MIN_SCORE = 0.2  # below it nothing is stored
MAX_OVERLAP = 0.45  # boxes of one class that overlap more are one thing

_EXPLICIT = (Category.SEXUAL_EXPLICIT, Severity.EXTREME)
_NUDITY = (Category.SEXUAL_NUDITY, Severity.SERIOUS)
_SUGGESTIVE = (Category.SEXUAL_SUGGESTIVE, Severity.MILD)
_CONTEXT = (Category.SEXUAL_SUGGESTIVE, Severity.CONTEXT)
_FACE = (Category.PRIVACY, Severity.CONTEXT)

# In the network's order. The two face classes share one label: a person's gender is neither inferred nor
# stored.
CLASSES: tuple[tuple[str, tuple[Category, Severity]], ...] = (
    ("female_genitalia_covered", _SUGGESTIVE),
    ("face", _FACE),
    ("buttocks_exposed", _NUDITY),
    ("female_breast_exposed", _NUDITY),
    ("female_genitalia_exposed", _EXPLICIT),
    ("male_breast_exposed", _SUGGESTIVE),
    ("anus_exposed", _EXPLICIT),
    ("feet_exposed", _CONTEXT),
    ("belly_covered", _CONTEXT),
    ("feet_covered", _CONTEXT),
    ("armpits_covered", _CONTEXT),
    ("armpits_exposed", _CONTEXT),
    ("face", _FACE),
    ("belly_exposed", _SUGGESTIVE),
    ("male_genitalia_exposed", _EXPLICIT),
    ("anus_covered", _SUGGESTIVE),
    ("female_breast_covered", _SUGGESTIVE),
    ("buttocks_covered", _SUGGESTIVE),
)

Floats = npt.NDArray[np.float32]


class NsfwDetector:
    """Where which body part is seen; confidence is the network's class score times 100."""

    key = "nsfw_detector"
    version = "nudenet-320n-2024.06.2"
    accepts = frozenset({Media.IMAGE, Media.VIDEO_FRAME})

    def load(self) -> None:
        """Load the network; once per process."""
        session("nudenet_320n")

    def scan(self, item: ScanInput) -> list[Finding]:
        """Findings of all 18 classes from MIN_SCORE up. Raises ValueError without pixels."""
        blob, used = letterbox(item)
        network = session("nudenet_320n")
        output = network.run(None, {"images": blob})[0][0]
        return [_finding(box, score, index, used) for box, score, index in strongest_boxes(output)]


def letterbox(item: ScanInput) -> tuple[Floats, tuple[float, float]]:
    """The network's input (float32, (1, 3, 320, 320), RGB, 0 to 1) and the used width and height in it.

    The picture lies at the top left; the rest is grey.
    """
    height, width = item.picture.shape[:2]
    scale = INPUT_SIDE / max(height, width)
    used_width, used_height = max(1, round(width * scale)), max(1, round(height * scale))
    square = np.full((INPUT_SIDE, INPUT_SIDE, 3), PAD_GREY, np.uint8)
    square[:used_height, :used_width] = item.resized(used_width, used_height)
    blob = np.asarray(cv2.dnn.blobFromImage(square, 1 / 255), np.float32)
    return blob, (float(used_width), float(used_height))


def strongest_boxes(output: Floats) -> list[tuple[Floats, float, int]]:
    """Boxes (x0, y0, x1, y1 in input pixels), scores and class numbers that stand after overlaps are merged.

    output (float32, (22, n)): centre x, centre y, width, height, then 18 class scores, for n places.
    """
    scores = output[4:].max(axis=0)
    kept = np.flatnonzero(scores >= MIN_SCORE)
    kept = kept[np.argsort(-scores[kept], kind="stable")]
    centre, size = output[:2, kept], output[2:4, kept]
    boxes = np.concatenate([centre - size / 2, centre + size / 2]).T
    classes = output[4:, kept].argmax(axis=0)
    standing = np.ones(len(kept), dtype=bool)
    for index in range(len(kept)):
        if standing[index]:
            later = slice(index + 1, None)
            overlapping = _overlap(boxes[index], boxes[later]) > MAX_OVERLAP
            standing[later] &= ~(overlapping & (classes[later] == classes[index]))
    return [(boxes[i], float(scores[kept[i]]), int(classes[i])) for i in np.flatnonzero(standing)]


def _overlap(box: Floats, others: Floats) -> Floats:
    """Intersection over union of one box with many."""
    corner, far = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.clip(far - corner, 0, None).prod(axis=1)
    areas = (others[:, 2:] - others[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod()
    result: Floats = shared / np.maximum(areas - shared, 1e-6)
    return result


def _finding(box: Floats, score: float, index: int, used: tuple[float, float]) -> Finding:
    label, (category, severity) = CLASSES[index]
    x0, y0, x1, y1 = np.clip(box / np.array([*used, *used], np.float32), 0, 1).round(4).tolist()
    return Finding(category, severity, round(min(score, 1.0) * 100, 2), label, (x0, y0, x1, y1))
