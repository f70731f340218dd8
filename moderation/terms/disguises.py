"""Other texts that a reader may see in a text: entities and encodings decoded, order reversed, symbols as
letters, vowels instead of asterisks, letters between Chinese characters left out. Pure."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from moderation.terms.components import PAIRS
from moderation.terms.encodings import base64_spans, decoded_spans
from moderation.terms.entries import View
from moderation.terms.folding import SIMPLIFIED

_ENTITY = re.compile(r"&(?:#[0-9]{2,7}|#[xX][0-9a-fA-F]{2,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_OVERRIDE = re.compile("[\u202e\u2067\u202b]([^\u202c\u2069\u202a-\u202e\u2066-\u2068\n]+)")
_LETTER_LIKE = str.maketrans("!|@$+€£¢", "lla" + "stelc")
_SYMBOL = re.compile(r"(?<=[A-Za-z0-9])[!|@$+€£¢]+|[!|@$+€£¢]+(?=[A-Za-z0-9])")
_PAIR = re.compile("|".join(PAIRS))
_ASCII = re.compile("[A-Za-z0-9]")
_HAN = "\u4e00-\u9fff\u3400-\u4dbf"
_MEASURES = "个只支场次人名位条张件台座间本部集种类瓶杯盒包斤克元块万千百十年月日天时分秒号楼层级度倍折连"
_BETWEEN = re.compile(f"(?<=[{_HAN}])(?:[A-Za-z]{{1,3}}|[0-9]{{1,2}}(?![{_MEASURES}]))(?=[{_HAN}])")
_LATIN = "A-Za-z\u00c0-\u024f\uff21-\uff3a\uff41-\uff5a"
_GLUED = re.compile(
    rf"(?<=[{_LATIN}])\d+|\d+(?=[{_LATIN}])"
)  # casino888: a digit ends no word, but hides one
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,60}>")
# Letters that are drawn with several signs; what opens a bracket is one only at the beginning of a word.
_DRAWN = {
    "|\\|": "n", "|\\/|": "m", "/\\/\\": "m", "\\/\\/": "w", "/\\": "a", "\\/": "v", "|_|": "u", "|<": "k",
    "|)": "d", "|3": "b", "()": "o", "[]": "o", "vv": "w", "VV": "w", "ph": "f", "PH": "f", "Ph": "f",
}  # fmt: skip
_DRAWN_SIGNS = ("\\", "|", "()", "[]", "vv", "VV", "ph", "PH", "Ph", "(", "<", "{")
_STARRED = re.compile(r"(?<![A-Za-z*])[A-Za-z]{1,12}\*[A-Za-z]{1,12}(?![A-Za-z*])")
_STARS = 50  # starred words of one text
_APART = "\n.....\n"  # more signs than are read over
_ORDER = list(View)
_DRAWN_LETTER = re.compile(
    "|".join(re.escape(one) for one in sorted(_DRAWN, key=len, reverse=True))
    + r"|(?<![A-Za-z0-9])[(<{](?=[A-Za-z0-9@$])"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it may be read. origins: for each character, start and end of its source in the text given;
    None where the text is unchanged. freest: the plainest view that a hit in it may claim."""

    text: str
    origins: list[tuple[int, int]] | None
    freest: View

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Offsets into the text that was given."""
        if self.origins is None:
            return start, end
        spans = self.origins[start:end]
        return min(span[0] for span in spans), max(span[1] for span in spans)


def readings(text: str) -> list[Reading]:
    """The text itself first, then whatever else it may show to a reader."""
    plain = Reading(text, None, View.RAW)
    found = [plain]
    base = _reversed(_decoded(plain))
    if base is not plain:
        found.append(base)
    drawn = []
    if any(sign in base.text for sign in _DRAWN_SIGNS):
        drawn = _replaced(base, _drawn(base.text), View.CONFUSABLES)
    for one in (base, *drawn):
        if one is not base:
            found.append(one)
        if _SYMBOL.search(one.text):
            letters = _SYMBOL.sub(lambda match: match.group().translate(_LETTER_LIKE), one.text)
            found.append(Reading(letters, one.origins, View.CONFUSABLES))
    found += _replaced(base, _spans(_GLUED, base.text, " "), View.CONFUSABLES)
    if "<" in base.text:
        found += _replaced(base, _spans(_TAG, base.text, ""), View.SQUASHED)
    if _ASCII.search(base.text):
        found += _replaced(base, base64_spans(base.text), View.CONFUSABLES)
        found += _replaced(base, _spans(_BETWEEN, base.text, ""), View.SQUASHED)
        if "*" in base.text:
            found += _starred(base)
    joined = _joined(base)
    if joined is not None:
        found.append(joined)
    return found


def _spans(pattern: re.Pattern[str], text: str, instead: str) -> Iterator[tuple[int, int, str]]:
    return ((*match.span(), instead) for match in pattern.finditer(text))


def _drawn(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _DRAWN_LETTER.finditer(text):
        yield *match.span(), _DRAWN.get(match.group(), "c")


def _replaced(reading: Reading, spans: Iterable[tuple[int, int, str]], freest: View) -> list[Reading]:
    """The reading with some stretches replaced: start, end, what stands there instead; [] without any."""
    pieces: list[str] = []
    origins: list[tuple[int, int]] = []
    last = 0
    for start, end, instead in spans:
        if start < last:
            continue
        pieces += [reading.text[last:start], instead]
        origins += [reading.source(index, index + 1) for index in range(last, start)]
        origins += [reading.source(start, end)] * len(instead)
        last = end
    if not pieces:
        return []
    pieces.append(reading.text[last:])
    origins += [reading.source(index, index + 1) for index in range(last, len(reading.text))]
    return [Reading("".join(pieces), origins, max(freest, reading.freest, key=_ORDER.index))]


def _starred(reading: Reading) -> list[Reading]:
    """Words with an asterisk in them, apart from each other, with each vowel in its place; [] without any."""
    pieces: list[str] = []
    origins: list[tuple[int, int]] = []
    for match in islice(_STARRED.finditer(reading.text), _STARS):
        sources = [reading.source(index, index + 1) for index in range(*match.span())]
        for vowel in "aeiou":
            pieces += [match.group().replace("*", vowel), _APART]
            origins += [*sources, *[sources[-1]] * len(_APART)]
    freest = max(View.CONFUSABLES, reading.freest, key=_ORDER.index)
    return [Reading("".join(pieces), origins, freest)] if pieces else []


def _decoded(reading: Reading) -> Reading:
    """HTML entities, percent encoding and escapes as the characters they stand for."""
    plain = _entities(reading)
    return next(iter(_replaced(plain, sorted(decoded_spans(plain.text)), View.CONFUSABLES)), plain)


def _entities(reading: Reading) -> Reading:
    if "&" not in reading.text or not _ENTITY.search(reading.text):
        return reading
    pieces: list[str] = []
    origins: list[tuple[int, int]] = []
    last = 0
    for match in _ENTITY.finditer(reading.text):
        character = html.unescape(match.group())
        if character == match.group():
            continue
        pieces += [reading.text[last : match.start()], character]
        origins += [(index, index + 1) for index in range(last, match.start())]
        origins += [match.span()] * len(character)
        last = match.end()
    pieces.append(reading.text[last:])
    origins += [(index, index + 1) for index in range(last, len(reading.text))]
    return Reading("".join(pieces), origins, View.CONFUSABLES)


def _reversed(reading: Reading) -> Reading:
    """What stands behind a right-to-left override is read from its other end."""
    if not _OVERRIDE.search(reading.text):
        return reading
    origins = reading.origins or [(index, index + 1) for index in range(len(reading.text))]
    order = list(range(len(reading.text)))
    for match in _OVERRIDE.finditer(reading.text):
        start, end = match.span(1)
        order[start:end] = reversed(order[start:end])
    turned = "".join(reading.text[index] for index in order)
    return Reading(turned, [origins[index] for index in order], View.CONFUSABLES)


def _joined(reading: Reading) -> Reading | None:
    """Halves of characters, written one after the other, as the characters they make; None without any."""
    simple = "".join(map(SIMPLIFIED.__getitem__, reading.text))
    text = simple if len(simple) == len(reading.text) else reading.text
    pieces: list[str] = []
    origins: list[tuple[int, int]] = []
    last = 0
    for match in _PAIR.finditer(text):
        pieces += [reading.text[last : match.start()], PAIRS[match.group()]]
        origins += [reading.source(index, index + 1) for index in range(last, match.start())]
        origins.append(reading.source(*match.span()))
        last = match.end()
    if not pieces:
        return None
    pieces.append(reading.text[last:])
    origins += [reading.source(index, index + 1) for index in range(last, len(text))]
    return Reading("".join(pieces), origins, View.SQUASHED)
