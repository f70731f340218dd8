"""Provenance: what an upload's own marks say about how it was made. Pure Python.

The marks are read from the original bytes, before intake leaves them out (`ScanInput.provenance`). They are
context for reviewers and rules, never proof: a mark can be removed, and some can be written by anybody.
"""

from moderation.scanners.base import Finding, Media, ProvenanceLabel, ScanInput
from moderation.taxonomy import Category, Severity

_CLAIMS = {  # claim -> label of the finding, confidence
    "ai": ("marked_ai_made", 100.0),
    "ai_edited": ("marked_ai_edited", 100.0),
    "ai_possible": ("marked_ai_possible", 60.0),
    "ai_suspected": ("marked_ai_possible", 40.0),
    "captured": ("marked_captured", 100.0),
}


class Provenance:
    """One finding for each mark, of severity 0; a broken signature is mild."""

    key = "provenance"
    version = "1.0"
    accepts = frozenset({Media.IMAGE, Media.VIDEO_FRAME})

    def load(self) -> None:
        """Nothing to load."""

    def scan(self, item: ScanInput) -> list[Finding]:
        """Nothing where nobody read the marks, or there are none."""
        return [finding for mark in item.provenance or () for finding in _findings(mark)]


def _findings(mark: ProvenanceLabel) -> list[Finding]:
    label, confidence = _CLAIMS.get(mark.claim, ("marked_otherwise", 100.0))
    evidence = {"standard": mark.standard, "claim": mark.claim, "producer": mark.producer[:120]}
    found = [Finding(Category.TECHNICAL, Severity.CONTEXT, confidence, label, None, evidence)]
    if mark.is_valid is False:
        found.append(Finding(Category.TECHNICAL, Severity.MILD, 100.0, "mark_invalid", None, evidence))
    return found
