"""matcher_current: the words of all lists in force, kept in each process until a list changes."""

import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from moderation.models.terms import Term, TermList
from moderation.services.revisions import TERMS, revision_of
from moderation.taxonomy import Category, Severity
from moderation.terms.entries import ListKind, TermEntry, View
from moderation.terms.matcher import TermMatcher

_COLUMNS = ("id", "term_list_id", "text", "is_whole_word", "views", "expires_at")


@dataclass(frozen=True)
class _Kept:
    """A matcher, for the lists as they stood at `revision`, until the next of their words expires."""

    revision: int
    until: datetime | None
    matcher: TermMatcher


_kept: _Kept | None = None
_building = threading.Lock()


def matcher_current() -> TermMatcher:
    """Finds the words that count now.

    One indexed read for each call; all words are read again, in about a second for 60,000, when a list was
    changed anywhere or a word has expired.
    """
    global _kept
    revision = revision_of(TERMS)
    with _building:
        if _kept is None or _kept.revision != revision or (_kept.until and _kept.until <= timezone.now()):
            _kept = _read(revision)
        return _kept.matcher


def entries_of(rows: Iterable[Any], lists: dict[uuid.UUID, TermList]) -> list[TermEntry]:
    """Rows of _COLUMNS as the matcher takes them."""
    facts = {
        key: (str(key), Category(one.category), Severity(one.severity), one.language, ListKind(one.kind))
        for key, one in lists.items()
    }
    entries = []
    for term_id, list_id, text, is_whole_word, views, _expires_at in rows:
        name, category, severity, language, kind = facts[list_id]
        wanted = frozenset(map(View, views)) if views else None
        entries.append(
            TermEntry(str(term_id), name, text, category, severity, language, kind, is_whole_word, wanted)
        )
    return entries


def _read(revision: int) -> _Kept:
    moment = timezone.now()
    unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=moment)
    lists = {one.pk: one for one in TermList.objects.filter(unexpired, is_enabled=True)}
    rows = list(
        Term.objects.filter(unexpired, is_enabled=True, term_list__in=list(lists))
        .order_by("id")
        .values_list(*_COLUMNS)
    )
    ends = [one.expires_at for one in lists.values()] + [row[-1] for row in rows]
    until = min((end for end in ends if end is not None), default=None)
    return _Kept(revision, until, TermMatcher(entries_of(rows, lists)))
