"""Other texts that a reader may see in a text: entities decoded, order reversed, symbols as letters. Pure."""

import html
import re
from dataclasses import dataclass

from moderation.terms.components import PAIRS
from moderation.terms.entries import View
from moderation.terms.folding import SIMPLIFIED

_ENTITY = re.compile(r"&(?:#[0-9]{2,7}|#[xX][0-9a-fA-F]{2,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_OVERRIDE = re.compile("[\u202e\u2067\u202b]([^\u202c\u2069\u202a-\u202e\u2066-\u2068\n]+)")
_LETTER_LIKE = str.maketrans("!|@$+€£¢", "lla" + "stelc")
_SYMBOL = re.compile(r"(?<=[A-Za-z0-9])[!|@$+€£¢]+|[!|@$+€£¢]+(?=[A-Za-z0-9])")
_PAIR = re.compile("|".join(PAIRS))


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
    if _SYMBOL.search(base.text):
        letters = _SYMBOL.sub(lambda match: match.group().translate(_LETTER_LIKE), base.text)
        found.append(Reading(letters, base.origins, View.CONFUSABLES))
    joined = _joined(base)
    if joined is not None:
        found.append(joined)
    return found


def _decoded(reading: Reading) -> Reading:
    """HTML entities as the characters they stand for."""
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
