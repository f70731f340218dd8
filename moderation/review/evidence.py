"""What the desk shows of a scan: each finding against the rule it met or missed, boxes, marked text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from moderation.models import Finding, ScanRun
from moderation.models.choices import VerdictChoice
from moderation.models.policy import PolicyRule
from moderation.policy.evaluate import STRICTNESS, rules_applicable, verdict_allowed
from moderation.taxonomy import Severity, Verdict
from moderation.texts import label_text

Standing = Literal["met", "below", "mild", "unruled", "context"]


@dataclass(frozen=True)
class EvidenceRow:
    """One finding against the policy of its run.

    standing: met - `rule` is the strictest rule that it met; below - `rule` is the one that it came closest
    to; mild - rules speak of graver findings only; unruled - no rule speaks of it, so a person looks; context
    - it says nothing against the content. margin: points above, or below, the rule's threshold. verdict: what
    the rule comes to for this finding: review where it would block and the finding may not.
    quote: where the finding stands in a text, its words.
    """

    index: int
    finding: Finding
    label: str
    standing: Standing
    rule: PolicyRule | None
    margin: int
    is_decisive: bool
    verdict: Verdict | None = None
    quote: str = ""

    @property
    def threshold(self) -> int | None:
        return self.rule.min_confidence if self.rule is not None else None

    @property
    def tone(self) -> str:
        """How the bar looks: "bad" for what speaks against the content, else "plain"."""
        is_against = self.standing == "met" and self.verdict != Verdict.PASS
        return "bad" if is_against or self.standing == "unruled" else "plain"

    @property
    def verdict_text(self) -> str:
        return str(VerdictChoice(self.verdict).label) if self.verdict is not None else ""

    @property
    def mark_at(self) -> float:
        """Where the threshold's mark begins on a bar of 100, inside it also at 100."""
        return min(self.threshold or 0, 98.4)


@dataclass(frozen=True)
class TextPiece:
    """A stretch of the text; row: the gravest finding that lies on it, None where nothing was found."""

    text: str
    row: EvidenceRow | None


def evidence_rows(run: ScanRun, text: str = "") -> list[EvidenceRow]:
    """All findings of a run, the decisive ones first, then by severity and score. text: what was scanned."""
    rules = list(run.policy.rules.all()) if run.policy is not None else []
    rows = [
        _row(finding, rules_applicable(rules, finding.category, run.surface, run.job_kind), run)
        for finding in run.findings.all()
    ]
    rows.sort(key=lambda row: (row.is_decisive, row.finding.severity, row.finding.confidence), reverse=True)
    return [replace(row, index=number, quote=_quote(row, text)) for number, row in enumerate(rows)]


def _row(finding: Finding, rules: Sequence[PolicyRule], run: ScanRun) -> EvidenceRow:
    standing, rule = _standing(finding, rules)
    margin = round(abs(finding.confidence - rule.min_confidence)) if rule is not None else 0
    verdict = verdict_allowed(Verdict(rule.verdict), finding.may_block) if rule is not None else None
    is_review = run.verdict == Verdict.REVIEW
    is_decisive = (standing == "met" and verdict == run.verdict) or (standing == "unruled" and is_review)
    return EvidenceRow(0, finding, label_text(finding.label), standing, rule, margin, is_decisive, verdict)


def _standing(finding: Finding, rules: Sequence[PolicyRule]) -> tuple[Standing, PolicyRule | None]:
    if not rules:
        return ("unruled" if finding.severity >= Severity.MILD else "context"), None
    grave_enough = [rule for rule in rules if finding.severity >= rule.min_severity]
    met = [rule for rule in grave_enough if finding.confidence >= rule.min_confidence]
    if met:
        return "met", max(met, key=lambda rule: (STRICTNESS[Verdict(rule.verdict)], rule.min_confidence))
    if grave_enough:
        return "below", min(grave_enough, key=lambda rule: rule.min_confidence)
    return "mild", None


def evidence_boxes(rows: Sequence[EvidenceRow]) -> list[dict[str, Any]]:
    """Boxes in per cent of findings that are at least mild, the gravest last: drawn on top of the others."""
    placed = [row for row in rows if row.finding.box and row.finding.severity >= Severity.MILD]
    placed.sort(key=lambda row: (row.finding.severity, row.finding.confidence))
    return [_box(row) for row in placed]


def _box(row: EvidenceRow) -> dict[str, Any]:
    x0, y0, x1, y1 = (100 * float(edge) for edge in row.finding.box or ())
    return {"row": row, "left": x0, "top": y0, "width": x1 - x0, "height": y1 - y0}


def text_pieces(text: str, rows: Sequence[EvidenceRow]) -> list[TextPiece]:
    """The text cut where findings with a place in it begin and end."""
    spans = [(row, span) for row in rows for span in _spans(row, len(text))]
    edges = sorted({0, len(text), *(edge for _, span in spans for edge in span)})
    pieces = []
    for start, end in pairwise(edges):
        here = [row for row, (left, right) in spans if left <= start and end <= right]
        gravest = max(here, key=lambda row: (row.finding.severity, row.finding.confidence), default=None)
        pieces.append(TextPiece(text[start:end], gravest))
    return pieces


def _quote(row: EvidenceRow, text: str) -> str:
    spans = _spans(row, len(text))
    return text[slice(*spans[0])] if spans else ""


def _spans(row: EvidenceRow, length: int) -> list[tuple[int, int]]:
    """Where the finding stands in the text: its "places", else from its "start" to its "end"."""
    evidence = row.finding.evidence
    places = evidence.get("places") or [[evidence.get("start"), evidence.get("end")]]
    return [
        (start, end)
        for start, end in places
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= length
    ]
