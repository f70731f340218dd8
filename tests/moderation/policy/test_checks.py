"""What is wrong with a set of rules, as tables."""

from dataclasses import replace
from typing import Any

import pytest

from moderation.policy.checks import RULE_FIELDS, check_rules, covers
from moderation.policy.defaults import DEFAULT_RULES
from moderation.policy.rules import ANY, Rule
from moderation.taxonomy import Category, Severity, Surface, Verdict

GORE_BLOCK = Rule(Category.GORE, ANY, ANY, Severity.EXTREME, 80, Verdict.BLOCK, "gore")


def rows(*rules: Rule) -> list[dict[str, Any]]:
    return [{field: getattr(rule, field) for field in RULE_FIELDS} for rule in rules]


def codes(*rules: Rule) -> list[str]:
    return [fault.code for fault in check_rules(rows(*rules))]


def test_the_default_rules_have_neither_errors_nor_idle_rules() -> None:
    assert check_rules(rows(*DEFAULT_RULES)) == []


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (replace(GORE_BLOCK, reason_code="violence"), "twice"),
        (replace(GORE_BLOCK, surface=Surface.PHOTO, verdict=Verdict.REVIEW), "covered"),
        (replace(GORE_BLOCK, min_confidence=90), "covered"),
        (replace(GORE_BLOCK, job_kind="dance_video", verdict=Verdict.PASS), "covered"),
    ],
)
def test_a_rule_that_never_counts_is_named_with_the_one_that_covers_it(extra: Rule, code: str) -> None:
    (fault,) = check_rules(rows(*DEFAULT_RULES, extra))
    assert fault.code == code
    assert fault.positions[0] == len(DEFAULT_RULES)
    assert DEFAULT_RULES[fault.positions[1]] == GORE_BLOCK


@pytest.mark.parametrize(
    "extra",
    [
        replace(GORE_BLOCK, min_confidence=70),
        replace(GORE_BLOCK, surface=Surface.PHOTO, min_confidence=60),
        replace(GORE_BLOCK, min_severity=Severity.SERIOUS),
    ],
)
def test_a_stricter_exception_is_no_fault_though_it_may_idle_another(extra: Rule) -> None:
    faults = check_rules(rows(*DEFAULT_RULES, extra))
    assert all(fault.positions[0] != len(DEFAULT_RULES) for fault in faults)
    assert not any(fault.is_error for fault in faults)


def test_gaps_name_the_category_and_its_surfaces() -> None:
    without = [rule for rule in DEFAULT_RULES if rule.category != Category.GORE]
    narrowed = [replace(GORE_BLOCK, surface=Surface.PHOTO)]
    (fault,) = (fault for fault in check_rules(rows(*without, *narrowed)) if fault.is_error)
    assert (fault.code, fault.category) == ("gap", Category.GORE)
    assert set(fault.surfaces) == set(Surface) - {Surface.PHOTO}


def test_a_failed_scanner_must_never_pass() -> None:
    without = [rule for rule in DEFAULT_RULES if rule.category != Category.SCANNER_FAILED]
    passing = Rule(Category.SCANNER_FAILED, ANY, ANY, Severity.CONTEXT, 0, Verdict.PASS, "scanner_failed")
    assert "failed_scanner" in codes(*without, passing)


def test_a_category_whose_gravest_finding_passes_is_warned_of() -> None:
    without = [rule for rule in DEFAULT_RULES if rule.category != Category.GORE]
    passing = replace(GORE_BLOCK, verdict=Verdict.PASS)
    (fault,) = check_rules(rows(*without, passing))
    assert (fault.code, fault.is_error) == ("extreme_passes", False)


@pytest.mark.parametrize(
    "change",
    [
        {"category": "weather"},
        {"surface": "wall"},
        {"min_severity": 3},
        {"min_confidence": 101},
        {"verdict": "maybe"},
        {"reason_code": "because"},
        {"min_confidence": "many"},
    ],
)
def test_a_row_outside_the_taxonomy_is_invalid_and_nothing_else_is_told(change: dict[str, Any]) -> None:
    wrong = {**rows(GORE_BLOCK)[0], **change}
    (fault,) = check_rules([*rows(*DEFAULT_RULES), wrong])
    assert (fault.code, fault.positions) == ("invalid", (len(DEFAULT_RULES),))
    assert fault.detail


def test_covering_is_a_matter_of_every_threshold() -> None:
    assert covers(GORE_BLOCK, replace(GORE_BLOCK, surface=Surface.PHOTO))
    assert not covers(replace(GORE_BLOCK, surface=Surface.PHOTO), GORE_BLOCK)
    assert not covers(GORE_BLOCK, replace(GORE_BLOCK, min_severity=Severity.MILD))
