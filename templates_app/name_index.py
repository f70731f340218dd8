"""names_holding: templates whose names hold what was asked for, without asking the database for them.

Every process keeps the names of all templates (about 200 bytes each) and reads them anew when the catalogue
has changed; 10,000 are looked through in a millisecond or two, where the database's LIKE takes ten.
"""

import time
import uuid
from dataclasses import dataclass

from templates_app.models import SearchEntry
from templates_app.search_words import EDGE, folded, words_of
from templates_app.services.revision import catalogue_revision

LONGEST_SECONDS = 3600  # names are kept no longer, should a change ever go uncounted
ORDER = ("-popularity", "slug")  # among those that fit equally well


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
    fits: tuple[list[Hit], ...] = ([], [], [])
    for place in found:
        names = kept.names[place]
        begins = f"{EDGE}{phrase}" in names
        fits[2 if not begins else 1 if f"{EDGE}{phrase}{EDGE}" not in names else 0].append(kept.hits[place])
    return [hit for fit in fits for hit in fit]


def names_forget() -> None:
    """Read everything again at the next call; for tests that empty the database."""
    global _kept
    _kept = _Kept((-1, -1))


def _names_now() -> _Kept:
    """The state is read before the names: a change in between is read again with the next state."""
    global _kept
    state = (catalogue_revision(), int(time.time()) // LONGEST_SECONDS)
    if _kept.state != state:
        rows = list(SearchEntry.objects.order_by(*ORDER).values_list("pk", "slug", "names"))
        hits = tuple(Hit(key, slug) for key, slug, _names in rows)
        _kept = _Kept(state, hits, tuple(names for _key, _slug, names in rows))
    return _kept
