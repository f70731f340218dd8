"""Scanners that tests put into the table: they see what they are made to see, or break."""

import threading

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
