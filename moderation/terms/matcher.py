"""TermMatcher: finds listed words in a text, also disguised ones, and says where they stand. Pure Python."""

from collections.abc import Iterable

import ahocorasick_rs

from moderation.terms.entries import TermEntry, TermHit, View


class TermMatcher:
    """All words of a set of lists, ready to be looked for. Unchangeable, so it may be shared by threads.

    entries (iterable of TermEntry): words with an empty text are left out.
    """

    def __init__(self, entries: Iterable[TermEntry]) -> None:
        self.entries = tuple(entry for entry in entries if entry.text.strip())
        self._raw = ahocorasick_rs.AhoCorasick([entry.text for entry in self.entries])

    def find(self, text: str) -> list[TermHit]:
        """Every listed word in `text`, each place once in its plainest reading, in the text's order."""
        return [
            self._hit(self.entries[index], View.RAW, start, end)
            for index, start, end in self._raw.find_matches_as_indexes(text, overlapping=True)
        ]

    @staticmethod
    def _hit(entry: TermEntry, view: View, start: int, end: int) -> TermHit:
        return TermHit(
            entry.term_id,
            entry.list_id,
            entry.category,
            entry.severity,
            entry.language,
            view,
            start,
            end,
        )
