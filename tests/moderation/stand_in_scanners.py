"""Scanners that tests put into the table: they see what they are made to see, or break."""

import threading
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from moderation.scanners.base import Finding, Media, ScanInput
from moderation.taxonomy import Category, Severity


class _Base:
    version, accepts = "1.0", frozenset({Media.IMAGE, Media.VIDEO_FRAME})

    def load(self) -> None:
        pass


class SeesNothing(_Base):
    key = "sees_nothing"

    def scan(self, item: ScanInput) -> list[Finding]:
        return []


class SeesGore(_Base):
    key = "sees_gore"

    def scan(self, item: ScanInput) -> list[Finding]:
        return [Finding(Category.GORE, Severity.EXTREME, 95.0, "blood", (0.1, 0.1, 0.4, 0.4))]


class SeesGoreInBrightFrames(_Base):
    key = "sees_gore_in_bright_frames"

    def scan(self, item: ScanInput) -> list[Finding]:
        assert item.pixels is not None
        brightness = float(item.pixels.mean()) / 255 * 100
        return [Finding(Category.GORE, Severity.SERIOUS, brightness, "blood")]


class Breaks(_Base):
    key = "breaks"

    def scan(self, item: ScanInput) -> list[Finding]:
        raise RuntimeError("the model is gone")


class CannotLoad(_Base):
    key = "cannot_load"

    def load(self) -> None:
        raise FileNotFoundError("no weights")

    def scan(self, item: ScanInput) -> list[Finding]:
        return []


class Hangs(_Base):
    key = "hangs"

    def scan(self, item: ScanInput) -> list[Finding]:
        threading.Event().wait(20)
        return []


class CannotBeMade(_Base):
    key = "cannot_be_made"

    def __init__(self) -> None:
        raise ImportError("no such library")

    def scan(self, item: ScanInput) -> list[Finding]:
        return []


class SeesAsTold(_Base):
    """Finds in each numbered picture what a test has written down for it."""

    key = "sees_as_told"
    told: ClassVar[dict[int, list[Finding]]] = {}

    def scan(self, item: ScanInput) -> list[Finding]:
        assert item.pixels is not None
        return self.told[picture_number(item.pixels)]


def numbered_picture(number: int) -> npt.NDArray[np.uint8]:
    """A plain picture that carries a number (0 to 16,777,215) in its first pixel."""
    picture = np.full((24, 24, 3), 120, np.uint8)
    picture[0, 0] = (number >> 16 & 255, number >> 8 & 255, number & 255)
    return picture


def picture_number(picture: npt.NDArray[np.uint8]) -> int:
    """The number that `numbered_picture` hid."""
    red, green, blue = (int(value) for value in picture[0, 0])
    return red << 16 | green << 8 | blue
