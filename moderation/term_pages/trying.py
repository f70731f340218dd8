"""The page on which a text is tried: what the words in force find in it, how, and what follows."""

import uuid
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from moderation.models.scan import ScanPurpose
from moderation.models.terms import Term, ViewChoice
from moderation.scanners.base import Finding, Media, ScanInput, ScanLists
from moderation.scanners.text_terms import TextTerms
from moderation.services.judging import judge
from moderation.services.term_matching import matcher_current
from moderation.services.texts import MAX_CHARACTERS
from moderation.taxonomy import Surface
from moderation.terms.entries import TermHit
from moderation.terms.folding import NFKC, SIMPLIFIED, SKELETON, SOUND
from moderation.texts import reasons_text

_READINGS = (
    (_("letter forms, case and hidden characters aside"), NFKC),
    (_("in simplified characters"), SIMPLIFIED),
    (_("letters and digits alone, look-alikes as one"), SKELETON),
    (_("by its sound"), SOUND),
)


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
    matcher = matcher_current()
    hits = matcher.find(text)
    item = ScanInput(Media.TEXT, Surface.PROMPT, text=text, lists=ScanLists(terms=matcher))
    judgement = _judged(TextTerms().scan(item))
    known = Term.objects.select_related("term_list").in_bulk({uuid.UUID(hit.term_id) for hit in hits})
    names = dict(ViewChoice.choices)
    rows = [
        TriedHit(
            known[uuid.UUID(hit.term_id)],
            hit.view,
            str(names[hit.view]),
            text[hit.start : hit.end],
            hit.may_block,
        )
        for hit in hits
        if uuid.UUID(hit.term_id) in known
    ]
    readings = [(name, "".join(map(table.__getitem__, text))) for name, table in _READINGS]
    return {
        "hits": rows,
        "pieces": pieces_of(text, hits),
        "readings": readings,
        "verdict": judgement.verdict.verdict,
        "policy": judgement.policy,
        "reasons": reasons_text(judgement.verdict.reasons),
    }


def _judged(findings: list[Finding]) -> Any:
    return judge(
        findings=findings,
        surface=Surface.PROMPT,
        job_kind="",
        subject_id=uuid.uuid4(),
        purpose=ScanPurpose.CHECK,
    )


def pieces_of(text: str, hits: list[TermHit]) -> list[tuple[str, str]]:
    """The text cut at the edges of its hits: each piece with "block", "review" or "" for how it is marked."""
    edges = sorted({0, len(text), *(edge for hit in hits for edge in (hit.start, hit.end))})
    pieces = []
    for start, end in pairwise(edges):
        here = [hit for hit in hits if hit.start <= start and end <= hit.end]
        mark = "block" if any(hit.may_block for hit in here) else "review" if here else ""
        pieces.append((text[start:end], mark))
    return pieces
