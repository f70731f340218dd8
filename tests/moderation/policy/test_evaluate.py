"""What a policy says, as tables."""

import pytest

from moderation.policy.defaults import DEFAULT_RULES, review_hours
from moderation.policy.evaluate import evaluate
from moderation.policy.rules import ANY, REASONS, Rule, reason_text
from moderation.scanners.base import Finding
from moderation.taxonomy import Category, Severity, Surface, Verdict

EXPLICIT, NUDITY, SUGGESTIVE = Category.SEXUAL_EXPLICIT, Category.SEXUAL_NUDITY, Category.SEXUAL_SUGGESTIVE
EXTREME, SERIOUS, MILD, CONTEXT = Severity.EXTREME, Severity.SERIOUS, Severity.MILD, Severity.CONTEXT
PASS, REVIEW, BLOCK = Verdict.PASS, Verdict.REVIEW, Verdict.BLOCK


def seen(category: Category, severity: Severity, confidence: float) -> Finding:
    return Finding(category, severity, confidence, "test")


@pytest.mark.parametrize(
    ("category", "severity", "confidence", "surface", "verdict", "reason"),
    [
        (EXPLICIT, EXTREME, 60, Surface.PHOTO, BLOCK, "sexual_explicit"),
        (EXPLICIT, EXTREME, 59.9, Surface.PHOTO, REVIEW, "sexual_nudity"),
        (EXPLICIT, EXTREME, 35, Surface.OUTPUT, REVIEW, "sexual_nudity"),
        (EXPLICIT, EXTREME, 34.9, Surface.PHOTO, PASS, None),
        (NUDITY, SERIOUS, 99, Surface.PHOTO, REVIEW, "sexual_nudity"),
        (NUDITY, SERIOUS, 45, Surface.GARMENT, REVIEW, "sexual_nudity"),
        (NUDITY, SERIOUS, 57, Surface.OUTPUT, PASS, None),  # what harmless renders score
        (NUDITY, SERIOUS, 70, Surface.OUTPUT, REVIEW, "sexual_nudity"),
        (NUDITY, SERIOUS, 45, Surface.MOTION_VIDEO, REVIEW, "sexual_nudity"),
        (EXPLICIT, SERIOUS, 45, Surface.OUTPUT, REVIEW, "sexual_nudity"),  # the classifier alone
        (EXPLICIT, SERIOUS, 44, Surface.OUTPUT, PASS, None),
        (EXPLICIT, SERIOUS, 100, Surface.PHOTO, REVIEW, "sexual_nudity"),
        (Category.DISAGREEMENT, MILD, 69, Surface.OUTPUT, PASS, None),
        (Category.DISAGREEMENT, MILD, 70, Surface.OUTPUT, REVIEW, "scanners_disagree"),
        (NUDITY, SERIOUS, 32, Surface.PHOTO, PASS, None),  # what clothed men score
        (SUGGESTIVE, MILD, 99, Surface.PHOTO, PASS, None),
        (SUGGESTIVE, MILD, 99, Surface.OUTPUT, PASS, None),
        (SUGGESTIVE, MILD, 99, Surface.MOTION_VIDEO, PASS, None),
        (SUGGESTIVE, MILD, 60, Surface.PROMPT, REVIEW, "sexual_suggestive"),
        (SUGGESTIVE, CONTEXT, 99, Surface.PHOTO, PASS, None),
        (Category.PRIVACY, CONTEXT, 99, Surface.PHOTO, PASS, None),  # a face
        (Category.MINOR_SAFETY, MILD, 1, Surface.PHOTO, REVIEW, "minor_safety"),
        (Category.MINOR_SAFETY, EXTREME, 90, Surface.PHOTO, BLOCK, "minor_safety"),
        (Category.GORE, EXTREME, 90, Surface.OUTPUT, BLOCK, "gore"),
        (Category.ADS_SPAM, EXTREME, 100, Surface.PHOTO, BLOCK, "listed_content"),  # a bank or list says so
        (Category.ADS_SPAM, MILD, 100, Surface.PHOTO, PASS, None),  # a QR code
        (Category.LIKENESS_CONSENT, MILD, 99, Surface.PHOTO, PASS, None),  # two people
        (Category.MINOR_SAFETY, CONTEXT, 99, Surface.PHOTO, PASS, None),  # a face, whose age nobody infers
        (Category.HATE, SERIOUS, 50, Surface.PROMPT, REVIEW, "hate"),
        (Category.SCANNER_FAILED, CONTEXT, 0, Surface.PROMPT, REVIEW, "scanner_failed"),
        (Category.SCANNER_FAILED, SERIOUS, 100, Surface.OUTPUT, REVIEW, "scanner_failed"),
        (Category.DISAGREEMENT, MILD, 55, Surface.PHOTO, REVIEW, "scanners_disagree"),
        (Category.DISAGREEMENT, MILD, 54, Surface.PHOTO, PASS, None),
    ],
)
def test_the_default_policy_in_single_findings(
    category: Category,
    severity: Severity,
    confidence: float,
    surface: Surface,
    verdict: Verdict,
    reason: str | None,
) -> None:
    judged = evaluate([seen(category, severity, confidence)], DEFAULT_RULES, surface, "dance_video")
    assert judged.verdict == verdict
    assert judged.reasons == (() if reason is None else (reason,))


def test_nothing_seen_passes() -> None:
    assert evaluate([], DEFAULT_RULES, Surface.PHOTO, "").verdict == PASS


def test_every_category_has_a_default_rule() -> None:
    assert {rule.category for rule in DEFAULT_RULES} == set(Category)


def test_the_strictest_match_wins_and_names_only_its_reasons() -> None:
    findings = [seen(NUDITY, SERIOUS, 90), seen(EXPLICIT, EXTREME, 80), seen(SUGGESTIVE, MILD, 90)]
    judged = evaluate(findings, DEFAULT_RULES, Surface.PHOTO, "")
    assert judged.verdict == BLOCK
    assert judged.reasons == ("sexual_explicit",)
    assert {match.finding_index for match in judged.decisive} == {1}
    assert {match.finding_index for match in judged.matches} == {0, 1, 2}


def test_two_reasons_of_equal_weight_are_both_named_once() -> None:
    findings = [seen(NUDITY, SERIOUS, 90), seen(NUDITY, SERIOUS, 80), seen(Category.DISAGREEMENT, MILD, 70)]
    assert evaluate(findings, DEFAULT_RULES, Surface.PHOTO, "").reasons == (
        "sexual_nudity",
        "scanners_disagree",
    )


def test_a_category_without_any_rule_is_reviewed() -> None:
    rules = [Rule(NUDITY, ANY, ANY, SERIOUS, 50, REVIEW, "sexual_nudity")]
    judged = evaluate([seen(Category.GORE, MILD, 1)], rules, Surface.PHOTO, "")
    assert (judged.verdict, judged.reasons) == (REVIEW, ("category_without_rule",))
    assert evaluate([seen(Category.GORE, CONTEXT, 99)], rules, Surface.PHOTO, "").verdict == PASS


def test_rules_speak_of_their_surface_and_kind_only() -> None:
    rules = [
        Rule(NUDITY, Surface.OUTPUT, ANY, SERIOUS, 50, BLOCK, "sexual_nudity"),
        Rule(NUDITY, ANY, "tryon", SERIOUS, 50, REVIEW, "sexual_nudity"),
    ]
    finding = [seen(NUDITY, SERIOUS, 60)]
    assert evaluate(finding, rules, Surface.OUTPUT, "dance_video").verdict == BLOCK
    assert evaluate(finding, rules, Surface.PHOTO, "tryon").verdict == REVIEW
    assert evaluate([seen(NUDITY, SERIOUS, 40)], rules, Surface.OUTPUT, "dance_video").verdict == PASS


def test_a_rule_for_one_surface_does_not_let_the_others_pass() -> None:
    rules = [Rule(EXPLICIT, Surface.PHOTO, ANY, SERIOUS, 0, BLOCK, "sexual_explicit")]
    for surface in set(Surface) - {Surface.PHOTO}:
        judged = evaluate([seen(EXPLICIT, EXTREME, 99)], rules, surface, "dance_video")
        assert (judged.verdict, judged.reasons) == (REVIEW, ("category_without_rule",))
    assert evaluate([seen(EXPLICIT, CONTEXT, 99)], rules, Surface.OUTPUT, "").verdict == PASS


def test_a_rule_for_one_kind_of_job_does_not_let_the_others_pass() -> None:
    rules = [Rule(EXPLICIT, ANY, "tryon", SERIOUS, 0, BLOCK, "sexual_explicit")]
    for job_kind in ("", "dance_video"):
        assert evaluate([seen(EXPLICIT, MILD, 1)], rules, Surface.PHOTO, job_kind).verdict == REVIEW


@pytest.mark.parametrize(
    "change",
    [
        {"category": "no_such"},
        {"surface": "wall"},
        {"min_severity": 3},
        {"min_confidence": 101},
        {"verdict": "maybe"},
        {"reason_code": "because"},
    ],
)
def test_a_rule_outside_the_taxonomy_cannot_be_made(change: dict[str, object]) -> None:
    good = {"category": "gore", "surface": ANY, "job_kind": ANY, "min_severity": 4, "min_confidence": 50}
    good |= {"verdict": "block", "reason_code": "gore"}
    assert Rule(**good).verdict is BLOCK  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        Rule(**{**good, **change})  # type: ignore[arg-type]


def test_every_reason_is_a_sentence_in_both_languages() -> None:
    assert all(text.english.endswith(".") and text.chinese.endswith("。") for text in REASONS.values())
    assert reason_text("gore", "zh-hans") != reason_text("gore", "en")
    assert reason_text("made up", "en") == REASONS["other"].english


def test_grave_categories_are_due_sooner() -> None:
    assert review_hours(Category.MINOR_SAFETY) < review_hours(Category.SEXUAL_EXPLICIT) < review_hours(NUDITY)
