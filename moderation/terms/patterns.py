"""Pattern: a listed word with what is known of its script, and the readings it is looked for in. Pure."""

import re
from functools import cached_property
from itertools import accumulate

from moderation.terms.entries import TermEntry, View
from moderation.terms.folding import (
    CONFUSABLES,
    NFKC,
    SIMPLIFIED,
    SKELETON,
    SOUND,
    is_han,
    is_invisible,
    is_latin,
)
from moderation.terms.homophones import is_two_syllables

FOLDS = {View.NFKC: NFKC, View.SIMPLIFIED: SIMPLIFIED, View.CONFUSABLES: CONFUSABLES}
VIEW_ORDER = list(View)
_HAN_RANGES = "\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0003ffff"
_HAN = re.compile(f"[{_HAN_RANGES}]+")
_PLAIN = re.compile(f"[A-Za-z0-9{_HAN_RANGES}]+")
LATIN_LETTERS = 3  # a shorter Latin word is hidden in too many others to be looked for in free readings
INSIDE_LETTERS = 6  # from here on, disguised Latin words are also found inside of longer ones
HAN_CHARACTERS = 2
HEARD_SYLLABLES = (
    3  # two syllables have many innocent homophones: 赌博 sounds as 读博, to study for a doctorate
)

BACKWARDS = {True: 3, False: 5}  # from how many Chinese characters, Latin letters on: 毒冰 stands in 病毒冰箱


class Pattern:
    """One word, ready to be compared with places in texts. Compared by identity."""

    __slots__ = ("__dict__", "entry")

    def __init__(self, entry: TermEntry) -> None:
        self.entry = entry

    @cached_property
    def is_han(self) -> bool:
        return any(map(is_han, self.entry.text))

    @cached_property
    def views(self) -> frozenset[View]:
        """The readings it may be found in; always as it stands."""
        if self.entry.views is not None:
            return self.entry.views | {View.RAW}
        views = {View.RAW, View.NFKC, View.SIMPLIFIED}
        characters = sum(not is_invisible(one) for one in self.entry.text)
        letters = sum(one.isalpha() for one in self.entry.text)
        if letters >= LATIN_LETTERS or (self.is_han and characters >= HAN_CHARACTERS):
            views |= {View.CONFUSABLES, View.SQUASHED}
        if characters >= HEARD_SYLLABLES or is_two_syllables(self.entry):
            views.add(View.PINYIN)
        return frozenset(views)

    @cached_property
    def runs(self) -> list[int]:
        """How often each character of the skeleton stands in a row."""
        runs: list[int] = []
        last = ""
        for one in "".join(map(SKELETON.__getitem__, self.entry.text)):
            if one == last:
                runs[-1] += 1
            else:
                runs.append(1)
            last = one
        return runs

    @cached_property
    def breaks(self) -> frozenset[int]:
        """Before which letters of the skeleton, repeats counted, the word itself has a space or sign."""
        count, breaks = 0, set()
        for one in self.entry.text:
            piece = SKELETON[one]
            if piece:
                count += len(piece)
            else:
                breaks.add(count)
        return frozenset(breaks - {0, count})

    @cached_property
    def syllable_ends(self) -> frozenset[int]:
        """Where its syllables end, in letters."""
        return frozenset(accumulate(len(SOUND[one]) for one in self.entry.text))

    @cached_property
    def _folded(self) -> dict[View, str]:
        return {}

    def folded(self, view: View) -> str:
        """The word in one of FOLDS."""
        if view not in self._folded:
            self._folded[view] = "".join(map(FOLDS[view].__getitem__, self.entry.text))
        return self._folded[view]

    def needs_bounds(self, view: View) -> bool:
        """Whether, in this reading, no Latin letter or digit may stand before or behind it."""
        if self.entry.is_whole_word or view is View.SQUASHED:
            return True
        return view is View.CONFUSABLES and not self.is_han and len(self.entry.text) < INSIDE_LETTERS


def is_heard(entry: TermEntry) -> bool:
    """True for words that are wholly Chinese, have enough syllables, and may be found by their sound."""
    text = entry.text
    if entry.views is not None:
        is_wanted = View.PINYIN in entry.views and len(text) >= HAN_CHARACTERS
    else:
        is_wanted = len(text) >= HEARD_SYLLABLES
    return is_wanted and _HAN.fullmatch(text) is not None and all(map(SOUND.__getitem__, text))


def is_literal(text: str) -> bool:
    """True where the skeleton says too little: signs at an end (t.me/), or letters whose upper and lower
    case have different look-alikes (Greek, Cyrillic)."""
    if not (SKELETON[text[0]] and SKELETON[text[-1]]):
        return True
    if _PLAIN.fullmatch(text):
        return False
    return not text.isascii() and any(not one.isascii() and one.lower() != one.upper() for one in text)


def is_bounded(text: str, start: int, end: int) -> bool:
    """True unless the place begins or ends in the middle of a Latin word or number."""
    return not (
        (_joins(text[start]) and _joins(_seen(text, range(start - 1, -1, -1))))
        or (_joins(text[end - 1]) and _joins(_seen(text, range(end, len(text)))))
    )


def _joins(character: str) -> bool:
    return bool(character) and any(is_latin(one) for one in NFKC[character])


def _seen(text: str, indexes: range) -> str:
    """The first character along `indexes` that a reader sees, or ""."""
    return next((text[index] for index in indexes if not is_invisible(text[index])), "")
