"""Word lists for the tests of the matcher."""

from moderation.taxonomy import Category, Severity
from moderation.terms.entries import ListKind, TermEntry, View
from moderation.terms.matcher import TermMatcher


def entry(
    text: str,
    *,
    kind: ListKind = ListKind.BLOCK,
    is_whole_word: bool = False,
    views: set[View] | None = None,
    term_id: str = "",
) -> TermEntry:
    """A word; its id is the word itself unless said otherwise."""
    wanted = frozenset(views) if views is not None else None
    return TermEntry(
        term_id or text,
        "a list",
        text,
        Category.REGULATED_GOODS,
        Severity.EXTREME,
        "any",
        kind,
        is_whole_word,
        wanted,
    )


def matcher(*words: str) -> TermMatcher:
    return TermMatcher([entry(word) for word in words])


def found(words: TermMatcher, text: str) -> list[tuple[str, View, str]]:
    """Word, reading and what stands there in the text, for each hit."""
    return [(hit.term_id, hit.view, text[hit.start : hit.end]) for hit in words.find(text)]
