"""Scanner protocol and its plain data. Pure Python."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from moderation.taxonomy import Category, Severity, Surface


class Media(StrEnum):
    IMAGE = "image"
    VIDEO_FRAME = "video_frame"
    TEXT = "text"


@dataclass(frozen=True)
class ScanInput:
    """One decoded thing to look at; every scanner sees the same decode.

    pixels (uint8, (height, width, 3), RGB) for pictures and video frames; text for text. seconds: time code
    of a video frame.
    """

    media: Media
    surface: Surface
    pixels: npt.NDArray[np.uint8] | None = None
    text: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class Finding:
    """What a scanner saw. confidence: 0 to 100. box: x0, y0, x1, y1 as fractions of width and height."""

    category: Category
    severity: Severity
    confidence: float
    label: str
    box: tuple[float, float, float, float] | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


class Scanner(Protocol):
    """One detector. `load` may be slow, `scan` may run in any thread; a fault of either means review."""

    key: str
    version: str
    accepts: frozenset[Media]

    def load(self) -> None: ...

    def scan(self, item: ScanInput) -> list[Finding]: ...
