"""What each character becomes in each reading of a text; one character at a time, so offsets hold. Pure.

Every table maps one character to a string that may be empty or longer. A table is filled as characters are
met. Because no character looks at its neighbours, a word that occurs in a text also occurs, folded, in the
folded text: terms and texts go through the same tables.
"""

import json
import unicodedata
from functools import cache
from importlib import resources

# Marks that are drawn over or around a letter; vowel signs of other scripts are letters and stay.
_MARKS = ((0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u180b\u180c\u180d\u180f\u17b4\u17b5")
# Latin letters in boxes and circles that NFKC leaves alone, and those in brackets, of which it makes three
# characters: first letter of each alphabet.
_BOXED = (0x1F150, 0x1F170, 0x1F1E6, 0x249C, 0x1F110)
# Digits that stand for letters, and letters that UTS 39 does not call confusable: small Cyrillic and Greek
# ones, small capitals, letters with a stroke.
_LEET = str.maketrans("0123456789", "olzeasbtbg")
_LOOK = dict(
    zip(
        "квмтнпиѕԁɡягьшщησωπτκευςχθᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢøłđħŧƀɇɨɉɍʉɏƶⱥȼꝁᵽꞩðþı",
        "kbmthnusdgrrbwwnowntkeusxoabcdefghijklmnopqrstuvwyzoldhtbeijruyzackpsdpi",
        strict=True,
    )
)
_ONE_CLASS = str.maketrans("i", "l")  # {1, l, i, |, !} are drawn alike
_DIGIT_SOUNDS = ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu")


class _Fold(dict[str, str]):
    """A table that works out a character when it is first met."""

    def __missing__(self, character: str) -> str:
        folded = self[character] = self.fold(character)
        return folded

    def fold(self, character: str) -> str:
        raise NotImplementedError


class Nfkc(_Fold):
    """Compatibility forms and case aside; invisible characters and marks over letters left out."""

    def fold(self, character: str) -> str:
        return "".join(_without_marks(character)).casefold()


class Simplified(_Fold):
    """NFKC, then traditional and variant characters as simplified ones, by OpenCC's character tables.

    OpenCC also converts by phrase; a table by character gives the same for term and text, and keeps offsets.
    """

    def fold(self, character: str) -> str:
        simple = simple_characters()
        return "".join(simple.get(one, one) for one in NFKC[character])


class Confusables(_Fold):
    """SIMPLIFIED, then look-alikes by UTS 39, digits that stand for letters, and {1, l, i, |} as one."""

    def fold(self, character: str) -> str:
        for first in _BOXED:
            if 0 <= ord(character) - first < 26:
                return chr(ord("a") + ord(character) - first).translate(_ONE_CLASS)
        simple, alike = simple_characters(), look_alikes()
        # NFKC makes a sigma of the lunate one, which is drawn as a c.
        is_drawn_latin = alike.get(character, "").isascii() and not NFKC[character].isascii()
        plain = [character] if is_drawn_latin and character in alike else _without_marks(character)
        letters = (simple.get(one, one) for one in plain)
        return "".join(_prototype(one, alike) for one in letters).translate(_ONE_CLASS)


class Skeleton(_Fold):
    """CONFUSABLES with letters and digits only: everything that may stand between them left out."""

    def fold(self, character: str) -> str:
        return "".join(one for one in CONFUSABLES[character] if one.isalnum())


class Sound(_Fold):
    """Mandarin syllables without tones for Chinese characters and digits, Latin letters as they are."""

    def fold(self, character: str) -> str:
        letters = []
        for one in SIMPLIFIED[character]:
            if is_han(one):
                letters.append(syllable(one))
            elif one.isascii() and one.isdigit():
                letters.append(_DIGIT_SOUNDS[int(one)])
            elif one.isascii() and one.isalpha():
                letters.append(one)
        return "".join(letters)


NFKC, SIMPLIFIED, CONFUSABLES = Nfkc(), Simplified(), Confusables()
SKELETON, SOUND = Skeleton(), Sound()


def is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf" or character >= "\U00020000"


def is_latin(character: str) -> bool:
    """A letter or digit of a script that writes words with spaces between them."""
    return character.isalnum() and character < "\u2e80"


def is_invisible(character: str) -> bool:
    """True for what a reader does not see: zero-width characters, variation selectors, marks."""
    return not NFKC[character]


def is_seen(text: str) -> bool:
    """True for a text of which a reader sees something."""
    return not all(one.isspace() or is_invisible(one) for one in text)


def syllable(character: str) -> str:
    """The most usual Mandarin reading, "" for a character without one."""
    readings = _readings().get(ord(character), "")
    decomposed = unicodedata.normalize("NFD", readings.split(",")[0]).replace("u\u0308", "v")
    return "".join(one for one in decomposed if one.isascii() and one.isalpha()).lower()


@cache
def simple_characters() -> dict[str, str]:
    """Traditional or variant character -> simplified one, which itself is not in the table.

    The variants of Japan, Hong Kong and Taiwan are listed as forms of traditional characters, and many are
    the simplified form itself (国 of 國): what is simplified already stays as it is.
    """
    simple = dict(_character_table("TSCharacters.txt"))
    simplified = set(simple.values())
    variants = [(variant, usual) for usual, variant in _character_table("JPVariants.txt")]
    variants += [*_character_table("HKVariantsRev.txt"), *_character_table("TWVariantsRev.txt")]
    for variant, usual in variants:
        if variant not in simplified:
            simple.setdefault(variant, usual)
    table = {one: _at_the_end_of(simple, one) for one in simple}
    return {one: other for one, other in table.items() if one != other}


def _character_table(name: str) -> list[tuple[str, str]]:
    """(character, the first it stands for) of each line of a table of OpenCC; each of several on the left."""
    source = resources.files("opencc").joinpath("dictionary", name).read_text(encoding="utf-8")
    rows = [line.split("\t") for line in source.splitlines()]
    return [(one, right.split(" ")[0]) for left, right in rows for one in left.split(" ")]


def _at_the_end_of(simple: dict[str, str], character: str) -> str:
    met = {character}
    while (following := simple.get(character, character)) not in met:
        met.add(character := following)
    return character


@cache
def look_alikes() -> dict[str, str]:
    """Character -> the one that stands for all that look like it (UTS 39 confusables, one to one).

    An ASCII letter where there is one, else the first Chinese character, else the lowest code point.
    """
    source = resources.files("confusable_homoglyphs").joinpath("confusables.json").read_text("utf-8")
    parents: dict[str, str] = {}

    def root(one: str) -> str:
        while parents.setdefault(one, one) != one:
            one = parents[one]
        return one

    for key, others in json.loads(source).items():
        for other in (entry["c"].strip("\u200e\u200f") for entry in others):
            if len(key.strip("\u200e\u200f")) == len(other) == 1:
                parents[root(key.strip("\u200e\u200f"))] = root(other)
    members: dict[str, list[str]] = {}
    for one in parents:
        members.setdefault(root(one), []).append(one)
    chosen = {key: min(same, key=_preference) for key, same in members.items()}
    return {one: chosen[root(one)] for one in parents}


def _preference(character: str) -> tuple[int, str]:
    if character.isascii() and character.isalnum():
        return (0 if character.islower() else 1), character
    return (2 if is_han(character) else 3), character


def _prototype(character: str, alike: dict[str, str]) -> str:
    lower = character.casefold()
    if not character.isalnum():  # a dash looks like the character for one, but it stands between words
        return lower
    for one in (character, lower):
        found = _LOOK.get(one) or alike.get(one, one)
        if found.isascii() and found.isalnum():
            return found.casefold().translate(_LEET)
    return "".join(alike.get(one, one) for one in lower)


def _without_marks(character: str) -> list[str]:
    """The compatibility decomposition without what a reader does not see as a character of its own."""
    if 0xD800 <= ord(character) <= 0xDFFF:
        return ["\ufffd"]  # half of a pair cannot be handed on
    return [one for one in unicodedata.normalize("NFKD", character) if not _is_mark(one)]


def _is_mark(character: str) -> bool:
    code = ord(character)
    if any(first <= code <= last for first, last in _MARKS) or character in _BLANK:
        return True
    if 0xFE00 <= code <= 0xFE0F or 0xE0000 <= code <= 0xE0FFF:  # variation selectors, tags
        return True
    return unicodedata.category(character) == "Cf"


@cache
def _readings() -> dict[int, str]:
    from pypinyin.pinyin_dict import pinyin_dict

    readings: dict[int, str] = pinyin_dict
    return readings
