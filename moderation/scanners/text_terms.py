"""TextTerms: listed words in a text, also disguised ones. Pure Python."""

from moderation.languages import language_of
from moderation.scanners.base import Finding, Media, ScanInput, TermHitLike
from moderation.terms.entries import View

# How sure a hit is, by the reading it needed. Readings after the first two may not block, whatever the number
# (TermHit.may_block); the numbers order what people look at, and let a policy leave the freest aside.
CONFIDENCE: dict[str, float] = {
    View.RAW: 100.0,
    View.NFKC: 95.0,
    View.SIMPLIFIED: 80.0,
    View.CONFUSABLES: 70.0,
    View.SQUASHED: 60.0,
    View.PINYIN: 50.0,
}
LABEL = "listed_text"
PLACES_KEPT = 20


class TextTerms:
    """One finding for each word, at its plainest place. Evidence holds ids and offsets, never the text."""

    key, version, accepts = "text_terms", "1.0", frozenset({Media.TEXT})

    def load(self) -> None:
        """Nothing of its own: the words come with the input."""

    def scan(self, item: ScanInput) -> list[Finding]:
        if item.lists is None or item.lists.terms is None:
            raise LookupError("The term lists could not be read.")
        places: dict[str, list[list[int]]] = {}
        plainest: dict[str, TermHitLike] = {}
        for hit in item.lists.terms.find(item.text):
            places.setdefault(hit.term_id, []).append([hit.start, hit.end])
            known = plainest.get(hit.term_id)
            if known is None or CONFIDENCE[hit.view] > CONFIDENCE[known.view]:
                plainest[hit.term_id] = hit
        language = language_of(item.text)
        return [_finding(hit, places[term_id][:PLACES_KEPT], language) for term_id, hit in plainest.items()]


def _finding(hit: TermHitLike, places: list[list[int]], language: str) -> Finding:
    evidence = {
        "term_id": hit.term_id,
        "list_id": hit.list_id,
        "view": str(hit.view),
        "start": hit.start,
        "end": hit.end,
        "places": places,
        "text_language": language,
    }
    return Finding(
        hit.category, hit.severity, CONFIDENCE[hit.view], LABEL, evidence=evidence, may_block=hit.may_block
    )
