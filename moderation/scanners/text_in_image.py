"""TextInImage: text that stands in a picture, read and looked up in the term lists. Pure Python.

What was read is not kept: a finding says which term of which list was found, where, and how long the hit
is. Of a video only frames with something new in them are read.
"""

from collections.abc import Sequence

from moderation.scanners.base import Finding, Media, ScanInput, TermHitLike
from moderation.taxonomy import Category, Severity
from tongyi_portal.vision import ocr
from tongyi_portal.vision.ocr import TextLine, TextPlace

SIDE = 416  # pixels of the longer side where text is looked for; letters of 1/60 of it are still found
MAX_LINES = 40  # read at most; a page full of text takes about a second
SURE_FROM = 0.8  # mean probability of a line's characters from which its terms may block
READ_FROM = 0.5  # below it what was read is noise


class TextInImage:
    """One finding for each term that was found, and one that says how much text there is."""

    key = "text_in_image"
    version = "pp-ocr-v6-small-1.1"
    accepts = frozenset({Media.IMAGE, Media.VIDEO_FRAME})

    def load(self) -> None:
        """Load both networks; once per process."""
        ocr.load()

    def scan(self, item: ScanInput) -> list[Finding]:
        """Raises ValueError without pixels, LookupError for text when the terms could not be read."""
        height, width = item.picture.shape[:2]
        if not item.is_new:
            return []
        small = item.resized(*ocr.detector_size(width, height, SIDE))
        places = ocr.find_text(small, (height, width))
        if not places:
            return []
        largest = sorted(places, key=_area, reverse=True)[:MAX_LINES]
        chosen = [place for place in places if place in largest]
        lines = [ocr.read_text(item.at_least, (height, width), place) for place in chosen]
        lines = [line for line in lines if line.text and line.confidence >= READ_FROM]
        return [_amount(lines), *self._hits(item, lines)] if lines else []

    def _hits(self, item: ScanInput, lines: Sequence[TextLine]) -> list[Finding]:
        if item.lists is None:
            return []
        terms = item.lists.terms
        if terms is None:
            raise LookupError("The term lists could not be read.")
        starts, at = [], 0
        for line in lines:
            starts.append(at)
            at += len(line.text) + 1
        text = "\n".join(line.text for line in lines)
        return [_hit(hit, lines, starts) for hit in terms.find(text)]


def _hit(hit: TermHitLike, lines: Sequence[TextLine], starts: Sequence[int]) -> Finding:
    """A term, placed on the lines it was found in; it is as sure as the least sure of them."""
    within = [
        line
        for line, start in zip(lines, starts, strict=True)
        if start < max(hit.end, hit.start + 1) and hit.start < start + len(line.text)
    ] or [lines[0]]
    confidence = min(line.confidence for line in within)
    boxes = [line.place.box for line in within]
    evidence = {
        "term_id": hit.term_id,
        "list_id": hit.list_id,
        "view": str(hit.view),
        "length": hit.end - hit.start,
        "boxes": [list(box) for box in boxes],
    }
    return Finding(
        hit.category,
        hit.severity,
        round(confidence * 100, 2),
        "listed_text",
        boxes[0],
        evidence,
        may_block=hit.may_block and confidence >= SURE_FROM,
    )


def _amount(lines: Sequence[TextLine]) -> Finding:
    """How much text there is and where: for the reviewer, and for policies that want no text in pictures."""
    evidence = {
        "lines": len(lines),
        "characters": sum(len(line.text) for line in lines),
        "boxes": [list(line.place.box) for line in lines],
    }
    surest = max(lines, key=lambda line: line.confidence)
    score = round(surest.confidence * 100, 2)
    return Finding(Category.ADS_SPAM, Severity.CONTEXT, score, "text_seen", surest.place.box, evidence)


def _area(place: TextPlace) -> float:
    x0, y0, x1, y1 = place.box
    return (x1 - x0) * (y1 - y0)
