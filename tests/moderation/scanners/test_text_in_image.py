"""Reading signs in pictures, on the real networks."""

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from moderation.provenance.visible import font_path
from moderation.scanners.base import Finding, Media, ScanInput, ScanLists
from moderation.scanners.text_in_image import TextInImage
from moderation.taxonomy import Surface
from moderation.terms.matcher import TermMatcher
from tests.factories.moderation import plain_picture
from tests.moderation.terms.words import entry
from tongyi_portal.vision import ocr


def font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_path()), size, index=2)


def sign(text: str, *, size: int = 44, angle: float = 0.0) -> np.ndarray:
    """A landscape with a white board in it that carries the text."""
    picture = Image.fromarray(plain_picture(720, 960))
    letters = font(size)
    board = Image.new("RGB", (int(letters.getlength(text)) + 40, size * 2), "white")
    ImageDraw.Draw(board).text((20, size // 3), text, font=letters, fill="black")
    turned = board.rotate(angle, expand=True, fillcolor=(120, 140, 120))
    picture.paste(turned, (60, 420))
    return np.asarray(picture)


def scanned(pixels: np.ndarray, *terms: str, **changes: Any) -> list[Finding]:
    entries = [entry(term, term_id=f"term-{number}") for number, term in enumerate(terms)]
    lists = ScanLists(terms=TermMatcher(entries))
    return TextInImage().scan(ScanInput(Media.IMAGE, Surface.PHOTO, pixels, lists=lists, **changes))


@pytest.mark.parametrize("angle", [0.0, 8.0, -12.0])
def test_chinese_and_english_words_are_found_where_they_stand(angle: float) -> None:
    findings = scanned(sign("欢迎来 赌博网站 casino", angle=angle), "赌博网站", "casino")
    hits = [one for one in findings if one.label == "listed_text"]
    assert len({one.evidence["term_id"] for one in hits}) == 2
    for one in hits:
        assert one.may_block
        assert one.confidence > 80
        assert one.box is not None
        x0, y0, x1, y1 = one.box
        assert x0 < 0.2
        assert 0.4 < (y0 + y1) / 2 < 0.6
        assert x1 > 0.4


def test_what_was_read_is_not_kept() -> None:
    (seen, hit) = scanned(sign("赌博网站"), "赌博网站")
    assert "赌博" not in repr(seen) + repr(hit)
    assert (seen.label, seen.evidence["characters"], hit.evidence["length"]) == ("text_seen", 4, 4)


def test_harmless_text_is_only_told_of() -> None:
    findings = scanned(sign("HAPPY BIRTHDAY"), "赌博网站")
    assert [(one.label, one.severity) for one in findings] == [("text_seen", 0)]


def test_a_word_that_is_only_seen_by_a_free_reading_may_not_block() -> None:
    hits = [one for one in scanned(sign("堵博网占"), "赌博网站") if one.label == "listed_text"]
    assert [one.may_block for one in hits] == [False]


def test_a_picture_without_text_has_nothing() -> None:
    assert scanned(plain_picture(720, 960), "赌博网站") == []


def test_a_frame_that_shows_nothing_new_is_not_read_again() -> None:
    assert scanned(sign("casino"), "casino", is_new=False) == []


def test_text_whose_terms_cannot_be_read_is_a_fault() -> None:
    item = ScanInput(Media.IMAGE, Surface.PHOTO, sign("casino"), lists=ScanLists())
    with pytest.raises(LookupError):
        TextInImage().scan(item)


def test_a_column_is_read_from_top_to_bottom() -> None:
    picture = Image.fromarray(plain_picture(720, 960))
    draw, letters = ImageDraw.Draw(picture), font(52)
    draw.rectangle((300, 100, 380, 420), fill="white")
    for number, letter in enumerate("小心地滑"):
        draw.text((314, 110 + number * 74), letter, font=letters, fill="black")
    pixels = np.asarray(picture)
    item = ScanInput(Media.IMAGE, Surface.PHOTO, pixels)
    places = ocr.find_text(item.resized(*ocr.detector_size(720, 960, 416)), (960, 720))
    text = "".join(ocr.read_text(item.at_least, (960, 720), place).text for place in places)
    assert text == "小心地滑"
