"""FaceDetector: a picture in, face boxes with scores out (BlazeFace short range). Pure Python.

Source: Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs" (2019).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.regions import Floats, Image, Region, check_image
from tongyi_portal.vision.ssd import anchor_centres, detections, invoke, weighted_nms

SIDE = 128
LAYERS = ((8, 2), (16, 6))
THRESHOLD = 0.75  # knees, hands and printed letters reach 0.7 at small sizes, real faces 0.9
OVERLAP_MERGED = 0.3
TILE_PARTS = (
    1,
    2,
    4,
)  # squares of 1, 1/2 and 1/4 of the shorter side: the model sees faces from 1/8 of a square
SMALLEST_TILE = 96  # pixels; smaller squares would be enlarged noise


@dataclass(frozen=True)
class Face:
    """One face. box (x0, y0, x1, y1): pixels, clipped to the picture. score: 0 to 1."""

    box: tuple[float, float, float, float]
    score: float


class FaceDetector:
    """Finds frontal and half-turned faces, large or small, by looking at overlapping squares of the picture.

    models: where the weights lie. threads: CPU threads for each model run.
    One instance serves one thread at a time.
    """

    def __init__(self, models: ModelFiles, threads: int = 1) -> None:
        self.models = models
        self.threads = threads
        self._model: Any = None

    def load(self) -> None:
        """Read the weights; called by itself on first use. Raises ModelFileMissing. Idempotent."""
        if self._model is not None:
            return
        from ai_edge_litert.interpreter import Interpreter

        model = Interpreter(str(self.models.path("face_detection_short_range")), num_threads=self.threads)
        model.allocate_tensors()
        self._model = model
        self._anchors = anchor_centres(SIDE, LAYERS)

    def detect(self, image: Image) -> list[Face]:
        """Every face found, best score first; empty when there is none.

        image (uint8, (height, width, 3)): RGB. Raises ModelFileMissing, ValueError for another shape or type.
        """
        check_image(image)
        self.load()
        shapes: list[Floats] = []
        scores: list[Floats] = []
        for tile in _tiles(*image.shape[:2]):
            crop = tile.crop(image, SIDE, cv2.BORDER_CONSTANT)
            raw, logits = invoke(self._model, crop.astype(np.float32) / 127.5 - 1.0)
            found, sure = detections(raw, logits, self._anchors, side=SIDE, threshold=THRESHOLD)
            shapes.append(tile.to_picture(found))
            scores.append(sure)
        merged = weighted_nms(np.concatenate(shapes), np.concatenate(scores), OVERLAP_MERGED)
        limit = np.array(image.shape[1::-1])
        faces: list[Face] = []
        for score, shape in merged:
            if not any(_contains(face.box, shape[:2].mean(axis=0)) for face in faces):
                (x0, y0), (x1, y1) = np.clip(shape[:2], 0, limit).tolist()
                faces.append(Face((x0, y0, x1, y1), score))
        return faces


def _contains(box: tuple[float, float, float, float], point: Floats) -> bool:
    return bool(box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3])


def _tiles(height: int, width: int) -> Iterator[Region]:
    """The whole picture in one square, then overlapping squares of falling size."""
    yield Region(width / 2, height / 2, float(max(height, width)), 0.0)
    for part in TILE_PARTS:
        side = min(height, width) / part
        if side < SMALLEST_TILE:
            return
        for y in _centres(height, side):
            for x in _centres(width, side):
                yield Region(x, y, side, 0.0)


def _centres(length: int, side: float) -> list[float]:
    """Centres of squares that cover a length with at least a third of overlap."""
    count = int(np.ceil((length - side) / (side * 2 / 3))) + 1
    return (
        [float(at) for at in np.linspace(side / 2, length - side / 2, count)] if count > 1 else [length / 2]
    )
