"""TermEntry and TermHit: one listed word, and where a text holds it. Pure Python."""

from dataclasses import dataclass
from enum import StrEnum

from moderation.taxonomy import Category, Severity


class ListKind(StrEnum):
    """What a list is for: its words are found, or they are let be, with what stands inside them."""

    BLOCK = "block"
    ALLOW = "allow"


class View(StrEnum):
    """How a text had to be read for a word to show, from the plainest reading to the freest.

    RAW: as it stands. NFKC: compatibility forms, case, combining marks, zero-width characters aside.
    SIMPLIFIED: traditional characters as simplified ones. CONFUSABLES: look-alikes, digits for letters,
    reversed by a bidirectional override, HTML entities and other encodings. SQUASHED: split, stretched, with
    letters between, backwards. PINYIN: by its sound.
    """

    RAW = "raw"
    NFKC = "nfkc"
    SIMPLIFIED = "simplified"
    CONFUSABLES = "confusables"
    SQUASHED = "squashed"
    PINYIN = "pinyin"


BLOCKING_VIEWS = frozenset({View.RAW, View.NFKC})  # all others give false hits, so they ask for a person


@dataclass(frozen=True, slots=True)
class TermEntry:
    """One listed word. Several lists may hold the same one.

    is_whole_word: a Latin word is not looked for inside of longer ones. views: the readings it is looked for
    in; None for those that suit its length and script.
    """

    term_id: str
    list_id: str
    text: str
    category: Category
    severity: Severity
    language: str
    kind: ListKind = ListKind.BLOCK
    is_whole_word: bool = False
    views: frozenset[View] | None = None


@dataclass(frozen=True, slots=True)
class TermHit:
    """A listed word in a text. start, end: offsets into the text as it was given, end exclusive."""

    term_id: str
    list_id: str
    category: Category
    severity: Severity
    language: str
    view: View
    start: int
    end: int

    @property
    def may_block(self) -> bool:
        """False for a reading that is too free to decide without a person."""
        return self.view in BLOCKING_VIEWS
