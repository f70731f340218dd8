"""PhotoHygiene: faults that make a picture useless, and codes that lead elsewhere. Pure Python.

All technical and at most mild: never a strike, and no default rule acts on it.
"""

import cv2
import numpy as np
import numpy.typing as npt

from moderation.scanners.base import Finding, Media, Pixels, ScanInput
from moderation.taxonomy import Category, Severity

DARK_BELOW = 30.0  # mean brightness, 0 to 255
BLANK_BELOW = 3.0  # spread of brightness
BLURRED_BELOW = 12.0  # sharpness (variance of the Laplacian) of the sharpest ninth at 512 pixels
TINY_BELOW = 256  # pixels of the shorter side
SIDE = 512  # pixels of the longer side; smaller pictures are looked at as they are
CODE_SIDE = 800  # where a code is looked for: nine of ten black ones are read from a seventh of it
FINE_FROM = 250.0  # energy of fine detail that every part of a code has, unless it is small and pale

Grey = npt.NDArray[np.float32]


class PhotoHygiene:
    """Too dark, blurred, tiny, blank; QR codes. Confidence grows with the distance to the limit."""

    key = "photo_hygiene"
    version = "1.2"
    accepts = frozenset({Media.IMAGE})

    def load(self) -> None:
        """Nothing to load."""

    def scan(self, item: ScanInput) -> list[Finding]:
        """Raises ValueError without pixels."""
        longer, shorter = max(item.picture.shape[:2]), min(item.picture.shape[:2])
        grey = item.grey(min(SIDE, longer))
        brightness, spread = _mean_and_spread(grey)
        found = [_below(shorter, TINY_BELOW, "picture_tiny")]
        if spread < BLANK_BELOW:
            return [one for one in (*found, _below(spread, BLANK_BELOW, "picture_blank")) if one is not None]
        found.append(_below(brightness, DARK_BELOW, "picture_dark"))
        found.append(_below(sharpness(grey), BLURRED_BELOW, "picture_blurred"))
        if _may_hold_code(item.grey(min(SIDE // 2, longer))):
            found.append(_qr_code(item.scaled(CODE_SIDE)))
        return [one for one in found if one is not None]


def _below(value: float, limit: float, label: str) -> Finding | None:
    if value >= limit:
        return None
    confidence = round(50 + 50 * (1 - value / limit), 2)
    return Finding(Category.TECHNICAL, Severity.MILD, confidence, label, None, {"value": round(value, 2)})


def _mean_and_spread(grey: Grey) -> tuple[float, float]:
    mean, deviation = cv2.meanStdDev(grey)
    return float(mean[0, 0]), float(deviation[0, 0])


def sharpness(grey: Grey) -> float:
    """Of the sharpest of nine parts: a soft background does not make a portrait blurred."""
    edges = np.asarray(cv2.Laplacian(grey, cv2.CV_32F), np.float32)
    parts = [part for rows in np.array_split(edges, 3) for part in np.array_split(rows, 3, axis=1)]
    return max(_mean_and_spread(part)[1] ** 2 for part in parts if part.size)


def _may_hold_code(grey: Grey) -> bool:
    """Whether some square of a ninth of the longer side is full of fine detail, as a code is.

    The search for a code takes five to ten times as long as this.
    """
    square = max(grey.shape) * 29 // 256
    if min(grey.shape) < 32:
        return False
    fine = grey - cv2.blur(grey, (5, 5))
    energy = cv2.blur(fine * fine, (9, 9))
    return bool(cv2.erode(energy, np.ones((square, square), np.uint8)).max() >= FINE_FROM)


def _qr_code(pixels: Pixels) -> Finding | None:
    """A QR code that can be read; what it says is not kept.

    Of OpenCV's two detectors the one that reads as many and looks a quarter as long where there is none.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    content, corners, _straight = cv2.QRCodeDetectorAruco().detectAndDecode(grey)
    if corners is None or not content:
        return None
    height, width = grey.shape
    points = corners.reshape(-1, 2) / (width, height)
    x0, y0 = points.min(axis=0).clip(0, 1).round(4).tolist()
    x1, y1 = points.max(axis=0).clip(0, 1).round(4).tolist()
    evidence = {"length": len(content)}
    return Finding(Category.ADS_SPAM, Severity.MILD, 100.0, "qr_code", (x0, y0, x1, y1), evidence)
