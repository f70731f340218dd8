"""names_holding: templates whose names hold what was asked for, without asking the database for them.

Every process keeps the names of all templates (about 200 bytes each) and reads them anew when the catalogue
has changed; 10,000 are looked through in a millisecond or two, where the database's LIKE takes ten.
"""

import uuid
from dataclasses import dataclass

from templates_app.models import SearchEntry
from templates_app.search_words import EDGE, folded, words_of
from templates_app.selectors import BEST_MATCH, EXACT_NAME, IN_NAME, NAME_BEGINS
from templates_app.services.revision import catalogue_state

ORDER = BEST_MATCH[1:]  # among those that fit equally well


@dataclass(frozen=True)
class Hit:
    """key: of the template. The slug tells its place, as every order ends with it."""

    key: uuid.UUID
    slug: str


@dataclass(frozen=True)
class _Kept:
    state: tuple[int, int]
    hits: tuple[Hit, ...] = ()
    names: tuple[str, ...] = ()


_kept = _Kept((-1, -1))


def names_holding(asked: str) -> list[Hit]:
    """Those whose names hold every word: first where it is the whole of a name, then its beginning.

    In selectors.BEST_MATCH they precede all others. Also finds what is not live. Nothing is found by
    punctuation alone.
    """
    words, phrase = words_of(asked), folded(asked)
    if not words:
        return []
    kept = _names_now()
    first, *others = words
    found = [place for place, names in enumerate(kept.names) if first in names]
    for word in others:
        found = [place for place in found if word in kept.names[place]]
    found.sort(key=lambda place: _match(kept.names[place], phrase))
    return [kept.hits[place] for place in found]


def _match(names: str, phrase: str) -> int:
    """How well they fit, as selectors tell it."""
    if f"{EDGE}{phrase}" not in names:
        return IN_NAME
    return EXACT_NAME if f"{EDGE}{phrase}{EDGE}" in names else NAME_BEGINS


def names_forget() -> None:
    """Read everything again at the next call; for tests that empty the database."""
    global _kept
    _kept = _Kept((-1, -1))


def _names_now() -> _Kept:
    """The state is read before the names: a change in between is read again with the next state."""
    global _kept
    state = catalogue_state()
    if _kept.state != state:
        rows = list(SearchEntry.objects.order_by(*ORDER).values_list("pk", "slug", "names"))
        hits = tuple(Hit(key, slug) for key, slug, _names in rows)
        _kept = _Kept(state, hits, tuple(names for _key, _slug, names in rows))
    return _kept
