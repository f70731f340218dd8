"""Scanner protocol and its plain data. Pure Python."""

import hashlib
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from moderation.hashing.banks import BankSnapshot
from moderation.hashing.pdq import MAX_SIDE, PdqHash, pdq_hash
from moderation.taxonomy import Category, Severity, Surface

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class Media(StrEnum):
    IMAGE = "image"
    VIDEO_FRAME = "video_frame"
    TEXT = "text"


class TermHitLike(Protocol):
    """What a scanner reads of a term that was found in a text (see moderation.terms.matcher)."""

    @property
    def term_id(self) -> str: ...
    @property
    def list_id(self) -> str: ...
    @property
    def category(self) -> Category: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def view(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def may_block(self) -> bool: ...


class TermMatcherLike(Protocol):
    """Finds the terms of all term lists in a text."""

    def find(self, text: str) -> Sequence[TermHitLike]: ...


@dataclass(frozen=True, eq=False)
class ScanLists:
    """What people maintain and scanners need, as it stood when the scan began; None: not asked for."""

    banks: BankSnapshot | None = None
    terms: TermMatcherLike | None = None


@dataclass(frozen=True)
class ProvenanceLabel:
    """One mark in the original file that says how it was made.

    standard: "aigc" (GB 45438), "iptc" (DigitalSourceType) or "c2pa". claim: "ai" (made by AI), "ai_edited"
    (partly), "ai_possible", "ai_suspected", "captured" (by a camera) or "other". producer: as the mark says.
    is_valid: whether its signature holds; None where there is none to check.
    """

    standard: str
    claim: str
    producer: str = ""
    is_valid: bool | None = None


@dataclass(frozen=True, eq=False)
class ScanInput:
    """One decoded thing to look at; every scanner sees the same decode.

    pixels (uint8, (height, width, 3), RGB) for pictures and video frames; text for text. seconds: time code
    of a video frame. lists: hash banks and terms. provenance: marks of the original file; None when nobody
    read them. is_new: False for a video frame that looks much like one shortly before it.

    Smaller copies are made once and shared: take `scaled`, `resized` or `grey`, never the full picture where
    a small one will do, and never write into what they give.
    """

    media: Media
    surface: Surface
    pixels: Pixels | None = None
    text: str = ""
    seconds: float | None = None
    lists: ScanLists | None = None
    provenance: tuple[ProvenanceLabel, ...] | None = None
    is_new: bool = True

    @property
    def picture(self) -> Pixels:
        """The pixels. Raises ValueError when there are none."""
        if self.pixels is None:
            raise ValueError("This scanner needs pixels, got none.")
        return self.pixels

    def scaled(self, max_side: int) -> Pixels:
        """A copy whose longer side is `max_side`, or the picture itself when it is not larger."""
        height, width = self.picture.shape[:2]
        longer = max(height, width)
        if longer <= max_side:
            return self.picture
        ratio = max_side / longer
        return self.resized(max(1, round(width * ratio)), max(1, round(height * ratio)))

    def resized(self, width: int, height: int) -> Pixels:
        """A copy of exactly this size; made once, whoever asks first.

        Where it shrinks by at most two, bilinear weighs all the pixels there are, as averaging does, in a
        seventh of its time.
        """
        if (self.picture.shape[1], self.picture.shape[0]) == (width, height):
            return self.picture
        key = (width, height)
        if key not in self._copies:
            source = self.at_least(width * 4 // 3, height * 4 // 3)  # averaging twice over blurs
            is_near = source.shape[1] <= width * 2 and source.shape[0] <= height * 2
            how = cv2.INTER_LINEAR if is_near else cv2.INTER_AREA
            self._copies[key] = np.asarray(cv2.resize(source, key, interpolation=how), np.uint8)
        return self._copies[key]

    def at_least(self, width: int, height: int) -> Pixels:
        """The smallest of picture, half, quarter, ... that still has this size; the picture when none has.

        Every copy is made from one of these, so it does not depend on which scanner asked first. An odd last
        row or column is left out of the half.
        """
        chosen = self._halves[0]
        index = 0
        while chosen.shape[1] // 2 >= width and chosen.shape[0] // 2 >= height:
            index += 1
            if index == len(self._halves):
                self._halves.append(_half(chosen))
            chosen = self._halves[index]
        return chosen

    @cached_property
    def sha256(self) -> str:
        """Of the pixels as they are, in lower-case hex. Raises ValueError when there are none."""
        return self._digest.result()

    def begin_sha256(self) -> None:
        """Begin to take `sha256` in a thread of its own, beside the networks; whoever asks for it waits."""
        _ = self._digest

    @cached_property
    def pdq(self) -> PdqHash:
        """What the picture looks like, in its eight positions; hashed at one size whatever size it has."""
        return pdq_hash(self.grey(MAX_SIDE))

    def grey(self, longer: int) -> Floats:
        """Brightness (float32, (height, width), 0 to 255) with this longer side, also where that enlarges.

        One channel is a third of the work of three.
        """
        height, width = self.picture.shape[:2]
        size = tuple(max(1, round(length * longer / max(height, width))) for length in (width, height))
        if size not in self._greys:
            source = self.at_least(size[0] * 4 // 3, size[1] * 4 // 3)
            luma = cv2.cvtColor(source, cv2.COLOR_RGB2GRAY).astype(np.float32)
            shrinks = luma.shape[0] >= size[1] and luma.shape[1] >= size[0]
            how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            self._greys[size] = np.asarray(cv2.resize(luma, size, interpolation=how), np.float32)
        return self._greys[size]

    @cached_property
    def _digest(self) -> Future[str]:
        digest: Future[str] = Future()

        def take() -> None:
            try:
                pixels = np.ascontiguousarray(self.picture)
                digest.set_result(hashlib.sha256(pixels.data).hexdigest())
            except Exception as error:  # noqa: BLE001  # handed to whoever asks for the digest
                digest.set_exception(error)

        threading.Thread(target=take, name="sha256", daemon=True).start()
        return digest

    @cached_property
    def _halves(self) -> list[Pixels]:
        return [self.picture]

    @cached_property
    def _greys(self) -> dict[tuple[int, ...], Floats]:
        return {}

    @cached_property
    def _copies(self) -> dict[tuple[int, int], Pixels]:
        return {}


def _half(pixels: Pixels) -> Pixels:
    width, height = pixels.shape[1] // 2, pixels.shape[0] // 2
    even = pixels[: height * 2, : width * 2]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(frozen=True)
class Finding:
    """What a scanner saw. confidence: 0 to 100. box: x0, y0, x1, y1 as fractions of width and height.

    may_block: False for a reading that is too free to decide without a person: a rule that would block
    because of it asks for review.
    """

    category: Category
    severity: Severity
    confidence: float
    label: str
    box: tuple[float, float, float, float] | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    may_block: bool = True


class Scanner(Protocol):
    """One detector. `load` may be slow, `scan` may run in any thread; a fault of either means review."""

    key: str
    version: str
    accepts: frozenset[Media]

    def load(self) -> None: ...

    def scan(self, item: ScanInput) -> list[Finding]: ...
