"""FaceDetector: a picture in, face boxes with scores out (BlazeFace short range). Pure Python.

Source: Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs" (2019).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.regions import Floats, Image, check_image
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
        for square in squares_of(image):
            raw, logits = invoke(self._model, square.pixels)
            found, sure = detections(raw, logits, self._anchors, side=SIDE, threshold=THRESHOLD)
            if sure.size:
                shapes.append(square.to_picture(found))
                scores.append(sure)
        if not shapes:
            return []
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


@dataclass(frozen=True, eq=False)
class Square:
    """A square of the picture as the model takes it.

    pixels (float32, (SIDE, SIDE, 3)): -1 to 1. corner: x and y of its top left in the picture as it was
    reduced for it. scale: pixels of the picture to one of those, across and down.
    """

    pixels: Floats
    corner: tuple[int, int]
    scale: tuple[float, float]

    def to_picture(self, unit: Floats) -> Floats:
        """Map points (..., 2) of the square (0 to 1) into the picture."""
        return np.asarray((unit * SIDE + np.array(self.corner)) * np.array(self.scale), np.float32)


def squares_of(image: Image) -> Iterator[Square]:
    """The whole picture in one square, then overlapping squares of falling size.

    The picture is reduced once for all squares of a size, and they are cut from it at whole pixels.
    """
    height, width = image.shape[:2]
    small = _reduced(image, SIDE / max(height, width))
    left, top = (SIDE - small.shape[1]) // 2, (SIDE - small.shape[0]) // 2
    whole = np.zeros((SIDE, SIDE, 3), np.uint8)
    whole[top : top + small.shape[0], left : left + small.shape[1]] = small
    yield Square(_scaled(whole), (-left, -top), (width / small.shape[1], height / small.shape[0]))
    for part in TILE_PARTS:
        side = min(height, width) / part
        if side < SMALLEST_TILE:
            return
        small = _reduced(image, SIDE / side)
        scale = width / small.shape[1], height / small.shape[0]
        pixels = _scaled(small)
        for y in _starts(height, side, small.shape[0]):
            for x in _starts(width, side, small.shape[1]):
                yield Square(pixels[y : y + SIDE, x : x + SIDE], (x, y), scale)


def _starts(length: int, side: float, reduced: int) -> list[int]:
    """Where squares begin that cover a length with at least a third of overlap, in the reduced picture."""
    count = int(np.ceil((length - side) / (side * 2 / 3))) + 1
    return [round(at) for at in np.linspace(0, reduced - SIDE, count).tolist()]


def _reduced(image: Image, scale: float) -> Image:
    """The picture at another size: halved while it stays at least 4/3 as large, then bilinear."""
    width, height = (max(1, round(length * scale)) for length in image.shape[1::-1])
    while image.shape[1] // 2 * 3 >= width * 4 and image.shape[0] // 2 * 3 >= height * 4:
        half = image.shape[1] // 2, image.shape[0] // 2
        image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _scaled(pixels: Image) -> Floats:
    """float32, -1 to 1, as the model takes it."""
    return np.asarray(pixels.astype(np.float32) / 127.5 - 1.0, np.float32)
