"""How words are written so that a template is found by them: Chinese, pinyin and English. Pure Python.

A text and what is asked for go through the same `folded`, character by character, so that a part of a name
stays a part of it: full-width and capital letters, traditional characters and punctuation make no difference.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from moderation.terms.folding import is_han, simple_characters

EDGE = "|"  # stands around every name of the template itself, so that "|ke mu san|" is the whole of one
SHELF_EDGE = ";"
NAMES_END = "\n"
SHELF_END = "\t"

_NUMERALS = "零一二三四五六七八九十"
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMERAL = re.compile(f"(?<![{_NUMERALS}])[{_NUMERALS}](?![{_NUMERALS}])")  # alone: 十三 is neither 10 nor 3
_NUMBER = re.compile(rf"\b(?:{'|'.join(_NUMBERS)})\b", re.ASCII)
_DIGITS = re.compile(r"(?<![0-9])(?:10|[0-9])(?![0-9])")


@cache
def _simplified() -> dict[int, str]:
    return {ord(one): other for one, other in simple_characters().items()}


def folded(text: str) -> str:
    """Small letters, simplified characters and digits, with one space between words and none around.

    Latin letters lose their marks: pinyin with its tones ("kē mù sān") is pinyin.
    """
    plain = _unmarked(unicodedata.normalize("NFKC", text).casefold()).translate(_simplified())
    return " ".join("".join(one if _is_word(one) else " " for one in plain).split())


def aliases(name: str) -> list[str]:
    """Every way to write a name: as it is and in one word; Chinese also as pinyin without tones, in one
    word, in syllables, by the initials. A number from 0 to 10 also the other way, in digits or as a word.
    """
    plain = folded(name)
    every = [way for number in (plain, _in_digits(plain), _in_words(plain)) for way in _written(number)]
    return list(dict.fromkeys(filter(None, every)))


def _written(plain: str) -> list[str]:
    written = [plain, plain.replace(" ", "")]
    if any(is_han(character) for character in plain):
        syllables = _syllables(plain)
        readings = ["".join(syllables), " ".join(syllables), "".join(_initial(one) for one in syllables)]
        written += readings
        written += [
            reading.replace("v", "u") for reading in readings[:2] if "v" in reading
        ]  # lü, typed as lu
    return written


def _in_digits(plain: str) -> str:
    digits = _NUMERAL.sub(lambda found: str(_NUMERALS.index(found[0])), plain)
    return _NUMBER.sub(lambda found: str(_NUMBERS.index(found[0])), digits)


def _in_words(plain: str) -> str:
    words: Sequence[str] = _NUMERALS if any(map(is_han, plain)) else _NUMBERS
    return _DIGITS.sub(lambda found: words[int(found[0])], plain)


def search_text_of(*, names: Iterable[str], shelf: Iterable[str], descriptions: Iterable[str]) -> str:
    """All that a template is found by, in three parts: its names, its tags and category, its descriptions."""
    own, others = _edged(names, EDGE), _edged(shelf, SHELF_EDGE)
    return own + NAMES_END + others + SHELF_END + " ".join(folded(one) for one in descriptions)


def names_in(search_text: str) -> str:
    """Its first part, the names of the template itself."""
    return search_text.partition(NAMES_END)[0]


def words_of(asked: str) -> list[str]:
    """The words of a query, each once, in their order."""
    return list(dict.fromkeys(folded(asked).split()))


def _edged(names: Iterable[str], edge: str) -> str:
    written = dict.fromkeys(alias for name in names for alias in aliases(name))
    return edge + "".join(alias + edge for alias in written)


def _unmarked(text: str) -> str:
    """Without the marks on Latin letters; other scripts keep theirs, which there tell words apart."""
    if text.isascii():
        return text
    kept, is_latin = list[str](), False
    for character in unicodedata.normalize("NFD", text):
        is_mark = unicodedata.combining(character) != 0
        if not is_mark:
            is_latin = "a" <= character <= "z"
        if not (is_mark and is_latin):
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))


def _is_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) == "Mn"


def _syllables(plain: str) -> Sequence[str]:
    """Readings in the context of their words ("yin yue", but "kuai le"); other scripts stay as they are."""
    from pypinyin import lazy_pinyin

    return [part for reading in lazy_pinyin(plain) for part in reading.split()]


def _initial(syllable: str) -> str:
    return syllable if syllable.isdigit() else syllable[0]
