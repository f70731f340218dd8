"""Findings against the rules of the policy that judged them, and marked text."""

from typing import Any

import pytest

from moderation.review.evidence import evidence_boxes, evidence_rows, text_pieces
from moderation.taxonomy import Category, Severity
from tests.factories.moderation import FindingFactory, ScanRunFactory

pytestmark = pytest.mark.django_db


def only_row(**finding: Any) -> Any:
    run = ScanRunFactory()
    FindingFactory(scan_run=run, **finding)
    return evidence_rows(run)[0]


def test_a_finding_above_its_threshold_tells_by_how_much() -> None:
    row = only_row(confidence=58)
    assert (row.standing, row.threshold, row.margin, row.is_decisive) == ("met", 45, 13, True)


def test_a_finding_below_tells_what_was_missing() -> None:
    row = only_row(confidence=41)
    assert (row.standing, row.threshold, row.margin, row.is_decisive) == ("below", 45, 4, False)


def test_the_strictest_rule_met_counts() -> None:
    row = only_row(category=Category.SEXUAL_EXPLICIT, severity=Severity.EXTREME, confidence=72)
    assert (row.rule.verdict, row.threshold) == ("block", 60)


def test_a_block_that_a_free_reading_may_not_lead_to_is_shown_as_the_review_it_was() -> None:
    found = {"category": Category.SEXUAL_EXPLICIT, "severity": Severity.EXTREME, "confidence": 72}
    assert only_row(**found).is_decisive is False  # the run was reviewed, so a block did not decide it
    row = only_row(**found, may_block=False)
    assert (row.rule.verdict, row.verdict, row.is_decisive) == ("block", "review", True)


def test_a_milder_finding_than_any_rule_speaks_of() -> None:
    assert only_row(severity=Severity.MILD).standing == "mild"


def test_a_category_without_a_rule_is_why_a_person_looks() -> None:
    run = ScanRunFactory(policy=None)
    FindingFactory(scan_run=run)
    row = evidence_rows(run)[0]
    assert (row.standing, row.is_decisive, row.tone) == ("unruled", True, "bad")


def test_decisive_findings_come_first_and_grave_boxes_on_top() -> None:
    run = ScanRunFactory()
    FindingFactory(scan_run=run, confidence=40, label="buttocks_exposed")
    FindingFactory(scan_run=run, confidence=50)
    FindingFactory(scan_run=run, category="sexual_suggestive", severity=2, confidence=99, label="x")
    FindingFactory(scan_run=run, category="technical", severity=0, label="face")
    rows = evidence_rows(run)
    assert [row.finding.confidence for row in rows[:2]] == [50, 40]
    assert [box["row"].finding.label for box in evidence_boxes(rows)] == [
        "x",
        "buttocks_exposed",
        "female_breast_exposed",
    ]


def test_listed_words_are_marked_where_they_stand() -> None:
    run = ScanRunFactory(medium="text")
    FindingFactory(
        scan_run=run, box=None, evidence={"start": 2, "end": 5, "places": [[2, 5], [8, 99], [6, 8]]}
    )
    pieces = text_pieces("a bad tale", evidence_rows(run))
    assert [(piece.text, piece.row is not None) for piece in pieces] == [
        ("a ", False),
        ("bad", True),
        (" ", False),
        ("ta", True),
        ("le", False),
    ]


def test_a_text_without_findings_is_one_piece() -> None:
    assert [piece.text for piece in text_pieces("as it is", [])] == ["as it is"]
