"""SkeletonText and SoundText: whether a word found in a folded text really stands there. Pure.

Offsets are worked out only when there is a candidate, so a harmless text costs little more than the scan.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from itertools import islice, pairwise

from moderation.terms.common_words import COMMON_WORDS
from moderation.terms.entries import View
from moderation.terms.folding import CONFUSABLES, NFKC, SIMPLIFIED, SKELETON, SOUND, is_han, is_invisible
from moderation.terms.patterns import BACKWARDS, FOLDS, INSIDE_LETTERS, Pattern, is_bounded

REPEAT = re.compile(r"([^\n])\1+")
GAP = 4  # more than so many signs between two characters, and nobody reads them together
TOKEN = 2  # "c a s i n o" and "ca si no" are split words, "pen is" are two
STRETCHED = {True: 2, False: 3}  # from how many repeats on: Chinese characters, Latin letters
_PUNCTUATION = frozenset("，。！？；：、“”‘’（）《》【】…—,!?;:()\"'[]~～")
_APOSTROPHES = frozenset("'’‘`´")


class FoldedText:
    """A text through one table. owners: for each folded character, which one of the text it comes from."""

    def __init__(self, text: str, table: dict[str, str]) -> None:
        self.text = text
        self._table = table
        self.folded = "".join(map(table.__getitem__, text))

    @cached_property
    def owners(self) -> list[int]:
        table = self._table
        return [index for index, one in enumerate(self.text) for _piece in table[one]]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """From offsets into `folded` to offsets into `text`."""
        return self.owners[start], self.owners[end - 1] + 1


class SkeletonText(FoldedText):
    """A text with nothing but letters and digits, look-alikes folded. flat: repeats once."""

    def __init__(self, text: str) -> None:
        super().__init__(text, SKELETON)
        self.flat = REPEAT.sub(r"\1", self.folded)

    @cached_property
    def _marks(self) -> list[int]:
        """For each character of `flat` where it begins in `folded`, and the end."""
        folded = self.folded
        marks = [index for index, one in enumerate(folded) if not index or folded[index - 1] != one]
        return [*marks, len(folded)]

    def place(self, pattern: Pattern, start: int, end: int) -> tuple[View, int, int] | None:
        """The plainest reading in which the word stands at flat[start:end], with its offsets into `text`."""
        first, last = self.source(self._marks[start], self._marks[end])
        for view in (View.RAW, View.NFKC, View.SIMPLIFIED, View.CONFUSABLES):
            if view in pattern.views:
                for place in places(pattern, view, self.text, first, last):
                    return view, *place
        if View.SQUASHED in pattern.views and self._is_split(pattern, start, end):
            return View.SQUASHED, first, last
        return None

    def place_backwards(self, pattern: Pattern, start: int, end: int) -> tuple[int, int] | None:
        """Offsets into `text` when flat[start:end], read from its other end, is the whole word; else None.

        Only long words, each with nothing of its script around it: short ones stand backwards in others.
        """
        if View.SQUASHED not in pattern.views or len(pattern.runs) < BACKWARDS[pattern.is_han]:
            return None
        first, last = self.source(self._marks[start], self._marks[end])
        turned = "".join(map(CONFUSABLES.__getitem__, reversed(self.text[first:last])))
        if turned != pattern.folded(View.CONFUSABLES) or turned == turned[::-1]:
            return None
        return (first, last) if is_bounded(self.text, first, last) else None

    def _is_split(self, pattern: Pattern, start: int, end: int) -> bool:
        """Whether the word was pulled apart or stretched on purpose, as far as one can tell."""
        marks = self._marks[start : end + 1]
        is_stretched = False
        for (here, following), wanted in zip(pairwise(marks), pattern.runs, strict=True):
            if following - here < wanted:
                return False
            if following - here > wanted:
                if following - here < STRETCHED[is_han(self.folded[here])]:
                    return False
                is_stretched = True
        gaps = list(self._gaps(marks[0], marks[-1]))
        if any(len(gap) > GAP for _position, gap in gaps):
            return False
        if pattern.is_han:
            length = marks[-1] - marks[0]
            return self._is_han_split(gaps, length, is_stretched) or self._is_upright(gaps, marks[0], length)
        if not is_bounded(self.text, *self.source(marks[0], marks[-1])):
            return False
        added = [gap for gap in gaps if gap[0] not in pattern.breaks]
        if not added:
            return is_stretched or (bool(pattern.breaks) and len(pattern.runs) >= INSIDE_LETTERS)
        if len(added) == 1 and added[0][1].isspace() and not pattern.breaks:
            return self._is_cut_in_two(marks[0], marks[0] + added[0][0], marks[-1])
        return self._is_latin_split(added, {*pattern.breaks, marks[-1] - marks[0]})

    def _gaps(self, start: int, end: int) -> Iterator[tuple[int, str]]:
        """What stands between the letters folded[start:end]: before which of them, and the visible signs."""
        for position in range(start + 1, end):
            between = self.text[self.owners[position - 1] + 1 : self.owners[position]]
            gap = "".join(one for one in between if not is_invisible(one))
            if gap:
                yield position - start, gap

    @staticmethod
    def _is_han_split(gaps: list[tuple[int, str]], length: int, is_stretched: bool) -> bool:
        if is_stretched or any(not _is_natural(gap) for _position, gap in gaps):
            return True
        return length > 2 and len(gaps) == length - 1

    def _is_upright(self, gaps: list[tuple[int, str]], start: int, length: int) -> bool:
        """Whether each character stands on a line of its own, as in vertical writing."""
        if len(gaps) != length - 1 or any("\n" not in gap for _position, gap in gaps):
            return False
        first, last = self.source(start, start + length)
        rest = self.text[:first].rpartition("\n")[2] + self.text[last:].partition("\n")[0]
        return not rest.strip()

    def _is_cut_in_two(self, start: int, middle: int, end: int) -> bool:
        """Whether a space was put into a long word so that neither part is a word by itself."""
        if end - start < INSIDE_LETTERS:
            return max(middle - start, end - middle) <= TOKEN
        first, last = self.source(start, middle), self.source(middle, end)
        parts = (self.text[slice(*first)].casefold(), self.text[slice(*last)].casefold())
        return COMMON_WORDS.isdisjoint(parts)

    @staticmethod
    def _is_latin_split(gaps: list[tuple[int, str]], ends: set[int]) -> bool:
        """ends: where each word of the term ends, in letters."""
        if len(gaps) == 1 and gaps[0][1] in _APOSTROPHES:
            return False
        edges = sorted({0, *(position for position, _gap in gaps), *ends})
        spaced = {position for position, gap in gaps if any(one.isspace() for one in gap)}
        return not any(
            here in spaced and max(here - before, after - here) > TOKEN
            for before, here, after in zip(edges, edges[1:], edges[2:], strict=False)
        )


class SoundText(FoldedText):
    """A text as Mandarin syllables without tones and Latin letters, written together."""

    def __init__(self, text: str) -> None:
        super().__init__(text, SOUND)

    @cached_property
    def _units(self) -> list[tuple[int, int, bool]]:
        """What was written as one: a character, or a run of Latin letters. Start, end, is_syllable."""
        units: list[tuple[int, int, bool]] = []
        position, before = 0, -2
        for index, one in enumerate(self.text):
            letters = SOUND[one]
            if not letters:
                continue
            is_syllable = not SIMPLIFIED[one].isascii() or SIMPLIFIED[one].isdigit()
            if units and not is_syllable and not units[-1][2] and before == index - 1:
                units[-1] = (units[-1][0], position + len(letters), False)
            else:
                units.append((position, position + len(letters), is_syllable))
            position, before = position + len(letters), index
        return units

    @cached_property
    def _unit_starts(self) -> list[int]:
        return [unit[0] for unit in self._units]

    def place(self, pattern: Pattern, start: int, end: int) -> tuple[int, int] | None:
        """Offsets into `text` when the units of folded[start:end] are the word's syllables; else None."""
        index = bisect_left(self._unit_starts, start)
        if index == len(self._units) or self._unit_starts[index] != start:
            return None
        before = None
        for unit_start, unit_end, is_syllable in islice(self._units, index, None):
            if unit_start >= end:
                break
            ends = [one for one in pattern.syllable_ends if unit_start < start + one < unit_end]
            if unit_end - start not in pattern.syllable_ends or (is_syllable and ends):
                return None
            if before is not None and not self._are_read_together(before, unit_start):
                return None
            before = unit_end
        return self.source(start, end)

    def _are_read_together(self, end: int, start: int) -> bool:
        between = self.text[self.owners[end - 1] + 1 : self.owners[start]]
        gap = "".join(one for one in between if not is_invisible(one))
        around = self.text[self.owners[end - 1]] + self.text[self.owners[start]]
        if (
            gap in _APOSTROPHES and around.isascii()
        ):  # as pinyin is written where syllables could run together
            return True
        return len(gap) <= GAP and not (gap and _is_natural(gap) and not gap.isspace())


def places(pattern: Pattern, view: View, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where in text[start:end] the word stands in one of the plain readings; offsets into `text`."""
    part = text[start:end]
    if view is View.RAW:
        wanted, source = pattern.entry.text, None
        haystack = part
    else:
        wanted, source = pattern.folded(view), FoldedText(part, FOLDS[view])
        haystack = source.folded
    found = haystack.find(wanted)
    while found >= 0:
        here = (found, found + len(wanted)) if source is None else source.source(found, found + len(wanted))
        place = here[0] + start, here[1] + start
        if _is_word(pattern, view, text, *place):
            yield place
        found = haystack.find(wanted, found + 1)


def _is_word(pattern: Pattern, view: View, text: str, start: int, end: int) -> bool:
    if pattern.needs_bounds(view) and not is_bounded(text, start, end):
        return False
    return view is not View.CONFUSABLES or not all(NFKC[one].isdigit() for one in text[start:end])


def _is_natural(gap: str) -> bool:
    """Signs that stand between two Chinese sentences or parts of one; a space alone does not."""
    if gap.isspace():
        return "\n" in gap
    return all(one in _PUNCTUATION or one.isspace() for one in gap)
