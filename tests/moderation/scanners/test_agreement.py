"""What detector and classifier say together."""

import pytest

from moderation.scanners.agreement import compare
from moderation.scanners.base import Finding
from moderation.taxonomy import Category, Severity


def detected(confidence: float, severity: Severity = Severity.SERIOUS) -> list[Finding]:
    return [
        Finding(Category.SEXUAL_NUDITY, severity, confidence, "female_breast_exposed", (0.1, 0.1, 0.2, 0.2))
    ]


def classified(confidence: float) -> list[Finding]:
    return [Finding(Category.SEXUAL_EXPLICIT, Severity.SERIOUS, confidence, "nsfw")]


@pytest.mark.parametrize(
    ("detector", "classifier", "labels"),
    [
        (90, 90, {"nudity_corroborated"}),
        (45, 80, {"nudity_corroborated", "nudity_disputed"}),
        (44, 80, {"nudity_disputed"}),
        (90, 5, {"nudity_disputed"}),
        (None, 95, {"nudity_disputed"}),
        (None, 10, set()),
        (30, 5, set()),
        (60, 50, set()),
    ],
)
def test_both_together(detector: float | None, classifier: float, labels: set[str]) -> None:
    found = compare([] if detector is None else detected(detector), classified(classifier))
    assert {finding.label for finding in found} == labels


def test_covered_parts_prove_nothing() -> None:
    assert {one.label for one in compare(detected(99, Severity.MILD), classified(95))} == {"nudity_disputed"}


def test_without_the_classifier_there_is_nothing_to_compare() -> None:
    assert compare(detected(99), []) == []


def test_the_evidence_shows_both_scores_and_where() -> None:
    (finding,) = compare(detected(90), classified(99))
    assert finding.evidence == {"detector": 90, "detector_label": "female_breast_exposed", "classifier": 99}
    assert finding.box == (0.1, 0.1, 0.2, 0.2)
