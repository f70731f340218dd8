"""text_try: what the words in force find in a text, and what the policy makes of it. Keeps nothing."""

import uuid
from dataclasses import dataclass

from moderation.models.policy import Policy
from moderation.models.scan import ScanPurpose
from moderation.models.terms import Term
from moderation.scanners.base import Media, ScanInput, ScanLists
from moderation.scanners.text_terms import TextTerms
from moderation.services.judging import judge
from moderation.services.term_matching import matcher_current
from moderation.taxonomy import Surface, Verdict
from moderation.terms.entries import TermHit
from moderation.terms.folding import NFKC, SIMPLIFIED, SKELETON, SOUND

READINGS = {"letter_forms": NFKC, "simplified": SIMPLIFIED, "skeleton": SKELETON, "sound": SOUND}


@dataclass(frozen=True)
class TriedText:
    """hits: words that were found, each with its row. readings: the text as each table of READINGS folds it.

    policy: None when no rules could be read; the verdict is review then.
    """

    hits: tuple[tuple[TermHit, Term], ...]
    readings: dict[str, str]
    verdict: Verdict
    reasons: tuple[str, ...]
    policy: Policy | None


def text_try(text: str) -> TriedText:
    """Look the text up in all lists in force and judge it as a prompt."""
    matcher = matcher_current()
    hits = matcher.find(text)
    item = ScanInput(Media.TEXT, Surface.PROMPT, text=text, lists=ScanLists(terms=matcher))
    judgement = judge(
        findings=TextTerms().scan(item),
        surface=Surface.PROMPT,
        job_kind="",
        subject_id=uuid.uuid4(),
        purpose=ScanPurpose.CHECK,
    )
    known = Term.objects.select_related("term_list").in_bulk({uuid.UUID(hit.term_id) for hit in hits})
    return TriedText(
        hits=tuple((hit, known[key]) for hit in hits if (key := uuid.UUID(hit.term_id)) in known),
        readings={name: "".join(map(table.__getitem__, text)) for name, table in READINGS.items()},
        verdict=judgement.verdict.verdict,
        reasons=tuple(judgement.verdict.reasons),
        policy=judgement.policy,
    )
