"""TermMatcher: finds listed words in a text, also disguised ones, and says where they stand. Pure Python.

One automaton holds the skeletons of all words (look-alikes folded, nothing but letters and digits, repeats
once): a word that shows in any plainer reading shows in it too. What it finds are candidates; `Placing` then
says in which reading, the plainest first, the word really stands there, or that it does not. A second
automaton holds words by their sound.
"""

from collections.abc import Iterable, Iterator, Mapping

import ahocorasick_rs

from moderation.terms.disguises import readings
from moderation.terms.entries import BLOCKING_VIEWS, ListKind, TermEntry, TermHit, View
from moderation.terms.folding import NFKC, SKELETON, SOUND, is_han
from moderation.terms.homophones import Homophones, is_two_syllables
from moderation.terms.patterns import BACKWARDS, VIEW_ORDER, Pattern, is_heard, is_literal
from moderation.terms.placing import REPEAT, FoldedText, SkeletonText, SoundText, places

PLACES_KEPT = 50  # of one word in one text; a text that repeats it more often is judged no differently
_ALLOWING_VIEWS = BLOCKING_VIEWS | {View.SIMPLIFIED}
_Place = tuple[Pattern, View, int, int]


class TermMatcher:
    """All words of a set of lists, ready to be looked for. Unchangeable, so it may be shared by threads.

    entries (iterable of TermEntry): words without any visible character are left out.
    """

    def __init__(self, entries: Iterable[TermEntry]) -> None:
        known = [entry for entry in entries if entry.text]
        folded = "\n".join(["".join(map(SKELETON.__getitem__, entry.text)) for entry in known])
        by_skeleton: dict[str, list[TermEntry]] = {}
        by_sound: dict[str, list[TermEntry]] = {}
        by_text: dict[str, list[TermEntry]] = {}
        for entry, skeleton in zip(known, REPEAT.sub(r"\1", folded).split("\n"), strict=False):
            is_telling = len(skeleton) > 1 or (skeleton != "" and is_han(skeleton))
            if is_telling:
                by_skeleton.setdefault(skeleton, []).append(entry)
            if not is_telling or is_literal(entry.text):
                by_text.setdefault("".join(map(NFKC.__getitem__, entry.text)), []).append(entry)
            if is_heard(entry):
                by_sound.setdefault("".join(map(SOUND.__getitem__, entry.text)), []).append(entry)
        self._patterns: dict[TermEntry, Pattern] = {}
        self._by_skeleton = _Automaton(by_skeleton)
        self._by_sound = _Automaton(by_sound)
        self._by_text = _Automaton(by_text)
        self._homophones = Homophones(filter(is_two_syllables, known))

    def _pattern(self, entry: TermEntry) -> Pattern:
        """What is known of a word, worked out when a text first seems to hold it."""
        return self._patterns.setdefault(entry, Pattern(entry))

    def find(self, text: str) -> list[TermHit]:
        """Every listed word in `text`, each place once in its plainest reading, in the text's order.

        Words of allow lists are not given; they take away what stands inside of them. Of a word that occurs
        very often the first places are kept. Accepts any string.
        """
        found: dict[Pattern, list[_Place]] = {}
        shown = [(reading, SkeletonText(reading.text)) for reading in readings(text)]
        for reading, skeleton in shown:
            for pattern, view, start, end in self._in(reading.text, skeleton):
                freest = max(view, reading.freest, key=VIEW_ORDER.index)
                if freest in pattern.views:
                    _keep(found, (pattern, freest, *reading.source(start, end)))
        for reading, skeleton in shown:  # last: what an override turns around shows in a plainer reading
            for pattern, start, end in self._backwards(skeleton):
                _keep(found, (pattern, View.SQUASHED, *reading.source(start, end)))
        everywhere = [place for places_of_one in found.values() for place in places_of_one]
        allowed = [
            (start, end)
            for pattern, view, start, end in everywhere
            if pattern.entry.kind is ListKind.ALLOW and view in _ALLOWING_VIEWS
        ]
        hits = [
            _hit(pattern.entry, view, start, end)
            for pattern, view, start, end in everywhere
            if pattern.entry.kind is ListKind.BLOCK
            and not any(first <= start and end <= last for first, last in allowed)
        ]
        return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.term_id))

    def _in(self, text: str, skeleton: SkeletonText) -> Iterator[_Place]:
        """Words in the text of one reading, with offsets into it. Plainer views first."""
        if self._by_text:
            candidates = self._by_text.candidates(FoldedText(text, NFKC).folded)
            for pattern in {self._pattern(entry): None for entry, _start, _end in candidates}:
                for view in (View.RAW, View.NFKC):
                    yield from (
                        (pattern, view, *place) for place in places(pattern, view, text, 0, len(text))
                    )
        for entry, start, end in self._by_skeleton.candidates(skeleton.flat):
            pattern = self._pattern(entry)
            placed = skeleton.place(pattern, start, end)
            if placed is not None:
                yield pattern, *placed
        for entry, start, end in self._homophones.find(text):
            yield self._pattern(entry), View.PINYIN, start, end
        for entry, start, end in self._homophones.find_half(text):
            yield self._pattern(entry), View.PINYIN, start, end
        sound = SoundText(text)
        for entry, start, end in self._by_sound.candidates(sound.folded):
            pattern = self._pattern(entry)
            heard = sound.place(pattern, start, end)
            if heard is not None:
                yield pattern, View.PINYIN, *heard

    def _backwards(self, skeleton: SkeletonText) -> Iterator[tuple[Pattern, int, int]]:
        """Words that the text of a reading holds from its other end, with offsets into that text."""
        length = len(skeleton.flat)
        for entry, start, end in self._by_skeleton.candidates(skeleton.flat[::-1]):
            if end - start < BACKWARDS[True]:
                continue
            pattern = self._pattern(entry)
            place = skeleton.place_backwards(pattern, length - end, length - start)
            if place is not None:
                yield pattern, *place


class _Automaton:
    """Words by the string that stands for them."""

    def __init__(self, entries: Mapping[str, list[TermEntry]]) -> None:
        self._entries = [same for key, same in entries.items() if key]
        self._automaton = ahocorasick_rs.AhoCorasick([key for key in entries if key])

    def __bool__(self) -> bool:
        return bool(self._entries)

    def candidates(self, text: str) -> Iterator[tuple[TermEntry, int, int]]:
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for entry in self._entries[index]:
                yield entry, start, end


def _keep(found: dict[Pattern, list[_Place]], place: _Place) -> None:
    """Add a place unless the same word is already known there; a plainer view of it comes first."""
    pattern, view, start, end = place
    kept = found.setdefault(pattern, [])
    if any(start < last and first < end for _pattern, _view, first, last in kept):
        return
    is_full = len(kept) >= PLACES_KEPT
    if not is_full or (view in BLOCKING_VIEWS and kept[-1][1] not in BLOCKING_VIEWS):
        kept.append(place)


def _hit(entry: TermEntry, view: View, start: int, end: int) -> TermHit:
    return TermHit(
        entry.term_id, entry.list_id, entry.category, entry.severity, entry.language, view, start, end
    )
