"""The page on which a text is tried: what the words in force find in it, how, and what follows."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from moderation.models.terms import Term, ViewChoice
from moderation.services.term_trying import text_try
from moderation.services.texts import MAX_CHARACTERS
from moderation.terms.entries import TermHit
from moderation.texts import reasons_text

_READINGS = {
    "letter_forms": _("letter forms, case and hidden characters aside"),
    "simplified": _("in simplified characters"),
    "skeleton": _("letters and digits alone, look-alikes as one"),
    "sound": _("by its sound"),
}


@dataclass(frozen=True)
class TriedHit:
    """A word that was found, and what of the text shows it."""

    term: Term
    view: str
    view_name: str
    place: str
    may_block: bool


def try_page(request: HttpRequest) -> HttpResponse:
    """A form for a text; with one, the text with its hits marked, its readings, and the verdict."""
    if not request.user.has_perm("moderation.view_term"):
        raise PermissionDenied
    text = request.POST.get("text", "").replace("\r\n", "\n")[:MAX_CHARACTERS]
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Try a text"),
        "limit": MAX_CHARACTERS,
        "text": text,
    }
    if text:
        context |= _tried(text)
    return TemplateResponse(request, "moderation/terms/try.html", context)


def _tried(text: str) -> dict[str, Any]:
    tried = text_try(text)
    names = dict(ViewChoice.choices)
    rows = [
        TriedHit(term, hit.view, str(names[hit.view]), text[hit.start : hit.end], hit.may_block)
        for hit, term in tried.hits
    ]
    return {
        "hits": rows,
        "pieces": pieces_of(text, [hit for hit, _term in tried.hits]),
        "readings": [(name, tried.readings[key]) for key, name in _READINGS.items()],
        "verdict": tried.verdict,
        "policy": tried.policy,
        "reasons": reasons_text(tried.reasons),
    }


def pieces_of(text: str, hits: list[TermHit]) -> list[tuple[str, str]]:
    """The text cut at the edges of its hits: each piece with "block", "review" or "" for how it is marked."""
    edges = sorted({0, len(text), *(edge for hit in hits for edge in (hit.start, hit.end))})
    pieces = []
    for start, end in pairwise(edges):
        here = [hit for hit in hits if hit.start <= start and end <= hit.end]
        mark = "block" if any(hit.may_block for hit in here) else "review" if here else ""
        pieces.append((text[start:end], mark))
    return pieces
