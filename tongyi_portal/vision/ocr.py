"""Find and read text in a picture, Chinese and English, with the PP-OCRv6 networks. Pure Python.

Sources: Liao et al., "Real-Time Scene Text Detection with Differentiable Binarization" (2020), for the
detector; PaddleOCR's PP-OCRv6 "small" models as the package rapidocr ships them. Only their weights are
used: the detector looks at a small copy of the picture, and only places that hold text are read, each from
the smallest copy in which its letters are tall enough. Text that is turned upside down is not read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from tongyi_portal.vision.sessions import session

DETECTOR, READER = "pp_ocr_v6_detector", "pp_ocr_v6_reader"
GRAIN = 32  # the detector halves its input five times
FROM_PIXEL, FROM_PLACE = 0.3, 0.5  # probabilities from which a pixel, and a place on average, is text
GROWTH = 1.6  # the detector is trained on shrunken places; how far they are grown back
SMALLEST = 3  # pixels of the detector's input
LINE_HEIGHT, WIDEST_LINE, NARROWEST_LINE = 48, 1920, 160  # pixels of the reader's input
STANDING_FROM = 1.5  # a place so many times as tall as wide holds a column, read after a turn

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
PictureAt = Callable[[int, int], Pixels]


@dataclass(frozen=True, eq=False)
class TextPlace:
    """Where text stands. corners (float32, (4, 2)): x, y as fractions of the picture, clockwise from the top
    left. score: 0 to 1."""

    corners: Floats
    score: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The upright box around it: x0, y0, x1, y1 as fractions of width and height."""
        (x0, y0), (x1, y1) = self.corners.min(axis=0).clip(0, 1), self.corners.max(axis=0).clip(0, 1)
        return round(float(x0), 4), round(float(y0), 4), round(float(x1), 4), round(float(y1), 4)


@dataclass(frozen=True, eq=False)
class TextLine:
    """One line as it was read. confidence: mean probability of its characters, 0 to 1."""

    text: str
    confidence: float
    place: TextPlace


def load() -> None:
    """Load both networks; once per process. Raises ModelFileMissing."""
    session(DETECTOR)
    session(READER)


def detector_size(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height of the detector's input for a picture of this size: whole grains, near `side` long."""
    ratio = min(1.0, side / max(width, height))
    return tuple(max(GRAIN, round(length * ratio / GRAIN) * GRAIN) for length in (width, height))  # type: ignore[return-value]


def network_input(pixels: Pixels) -> Floats:
    """float32, (1, 3, height, width), blue first, -1 to 1, as both networks take it."""
    blob = cv2.dnn.blobFromImage(pixels, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
    return np.asarray(blob, np.float32)


def find_text(pixels: Pixels, shape: tuple[int, int]) -> list[TextPlace]:
    """Places that hold text, in reading order.

    pixels (uint8, (height, width, 3), RGB): a copy whose sides are multiples of GRAIN, see `detector_size`.
    shape: height and width of the picture itself, which may be of a slightly other aspect.
    """
    heat = session(DETECTOR).run(None, {"x": network_input(pixels)})[0][0, 0]
    return _in_reading_order(places_of(heat, shape))


def places_of(heat: Floats, shape: tuple[int, int]) -> list[TextPlace]:
    """The detector's answer as places. heat (float32, (height, width)): probability of text, 0 to 1."""
    mask = cv2.dilate((heat > FROM_PIXEL).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    stretch = np.array([shape[1] / heat.shape[1], shape[0] / heat.shape[0]], np.float32)
    found = []
    for outline in outlines:
        (x, y), (width, height), angle = cv2.minAreaRect(outline)
        if min(width, height) < SMALLEST:
            continue
        inner = np.asarray(cv2.boxPoints(((x, y), (width, height), angle)), np.float32)
        score = _mean_inside(heat, inner)
        if score < FROM_PLACE:
            continue
        grown = 2 * width * height * GROWTH / (2 * (width + height))
        corners = cv2.boxPoints(((x, y), (width + grown, height + grown), angle)) * stretch
        fractions = _clockwise(corners) / np.array(shape[::-1], np.float32)
        found.append(TextPlace(fractions.clip(0, 1).astype(np.float32), round(score, 4)))
    return found


def read_text(picture_at: PictureAt, shape: tuple[int, int], place: TextPlace) -> TextLine:
    """Read one place. picture_at: gives the smallest copy with at least this width and height.

    shape: height and width of the picture itself.
    """
    blob = line_input(picture_at, shape, place)
    answer = session(READER).run(None, {"x": blob})[0][0]
    text, confidence = _spelled(answer)
    return TextLine(text, confidence, place)


def line_input(picture_at: PictureAt, shape: tuple[int, int], place: TextPlace) -> Floats:
    """The reader's input for one place: laid straight, LINE_HEIGHT tall, a column turned to a row."""
    corners = place.corners * np.array(shape[::-1], np.float32)
    if _height(corners) >= STANDING_FROM * _width(corners):
        corners = corners[[1, 2, 3, 0]]  # a quarter turn: what was on the right is on top
    tall, wide = max(1.0, _height(corners)), max(1.0, _width(corners))
    width = int(np.clip(np.ceil(LINE_HEIGHT * wide / tall), 8, WIDEST_LINE))
    shrink = min(1.0, LINE_HEIGHT / tall)
    source = picture_at(round(shape[1] * shrink), round(shape[0] * shrink))
    stretch = np.array(source.shape[1::-1], np.float32) / np.array(shape[::-1], np.float32)
    target = np.array([[0, 0], [width, 0], [width, LINE_HEIGHT], [0, LINE_HEIGHT]], np.float32)
    turn = cv2.getPerspectiveTransform((corners * stretch).astype(np.float32), target)
    line = cv2.warpPerspective(
        source, turn, (width, LINE_HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    blob = np.zeros((1, 3, LINE_HEIGHT, max(NARROWEST_LINE, width)), np.float32)
    blob[..., :width] = network_input(np.asarray(line, np.uint8))
    return blob


def _spelled(answer: Floats) -> tuple[str, float]:
    """The text in the reader's answer (steps, characters), and how sure it is on average."""
    best = answer.argmax(axis=1)
    is_new = np.concatenate([[True], best[1:] != best[:-1]]) & (best != 0)
    alphabet = _alphabet()
    text = "".join(alphabet[index] for index in best[is_new])
    sure = answer[np.flatnonzero(is_new), best[is_new]]
    return text.strip(), round(float(sure.mean()), 4) if sure.size else 0.0


@lru_cache(maxsize=1)
def _alphabet() -> list[str]:
    """What each of the reader's outputs stands for: nothing, the characters in its file, the space."""
    listed = session(READER).get_modelmeta().custom_metadata_map["character"]
    return ["", *listed.split("\n"), " "]


def _mean_inside(heat: Floats, corners: Floats) -> float:
    x, y, width, height = cv2.boundingRect(corners.astype(np.int32))
    x0, y0 = max(0, x), max(0, y)
    part = heat[y0 : y + height, x0 : x + width]
    if not part.size:
        return 0.0
    mask = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(mask, [(corners - (x0, y0)).astype(np.int32)], 1)
    return float(cv2.mean(part, mask)[0])


def _clockwise(corners: Floats) -> Floats:
    """Top left, top right, bottom right, bottom left."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    top_left, bottom_left = left[np.argsort(left[:, 1], kind="stable")]
    top_right, bottom_right = right[np.argsort(right[:, 1], kind="stable")]
    return np.stack([top_left, top_right, bottom_right, bottom_left])


def _width(corners: Floats) -> float:
    return float(max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[2] - corners[3])))


def _height(corners: Floats) -> float:
    return float(max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2])))


def _in_reading_order(places: list[TextPlace]) -> list[TextPlace]:
    """From top to bottom, and from left to right where the middles are at about the same height."""
    places = sorted(places, key=lambda place: float(place.corners[:, 1].mean()))
    rows: list[list[TextPlace]] = [places[:1]] if places else []
    for above, place in pairwise(places):
        half = (above.box[3] - above.box[1]) / 2
        is_same_row = float(place.corners[:, 1].mean() - above.corners[:, 1].mean()) < half
        rows[-1].append(place) if is_same_row else rows.append([place])
    return [place for row in rows for place in sorted(row, key=lambda one: one.box[0])]
