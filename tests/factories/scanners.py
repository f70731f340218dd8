"""A scanner that judges by colour, so that tests choose verdicts by painting."""

import numpy as np

from moderation.scanners.base import Finding, Media, ScanInput
from moderation.taxonomy import Category, Severity

PASSED, DOUBTFUL, BLOCKED, BREAKING = (110, 120, 115), (200, 190, 20), (200, 20, 20), (20, 20, 200)

COLOUR_AND_WORDS = {
    "colour": "tests.factories.scanners:ColourScanner",
    "text_terms": "moderation.scanners.text_terms:TextTerms",
}


class ColourScanner:
    """Red: blocked by the default policy. Yellow: for review. Blue: the scanner breaks. Else: nothing."""

    key = "colour"
    version = "1.0"
    accepts = frozenset({Media.IMAGE, Media.VIDEO_FRAME})

    def load(self) -> None:
        """Nothing to load."""

    def scan(self, item: ScanInput) -> list[Finding]:
        assert item.pixels is not None
        red, green, blue = np.median(item.pixels[item.pixels.shape[0] // 2 :], axis=(0, 1))
        if blue > 150 and red < 80:
            raise RuntimeError("the scanner broke")
        if red > 150 and green < 80:
            return [Finding(Category.SEXUAL_EXPLICIT, Severity.EXTREME, 95.0, "red")]
        if red > 150 and blue < 80:
            return [Finding(Category.SEXUAL_NUDITY, Severity.SERIOUS, 80.0, "yellow")]
        return []
