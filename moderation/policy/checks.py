"""check_rules: what is wrong with a set of rules, and what in it never counts. Pure Python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moderation.policy.evaluate import STRICTNESS
from moderation.policy.rules import ANY, Rule
from moderation.taxonomy import Category, Severity, Surface, Verdict

RULE_FIELDS = (
    "category",
    "surface",
    "job_kind",
    "min_severity",
    "min_confidence",
    "verdict",
    "reason_code",
)


@dataclass(frozen=True)
class RuleFault:
    """One remark on a set of rules.

    code: "invalid", "twice", "failed_scanner" and "gap" keep a policy from leaving the draft; "covered" (a
    stricter or equal rule always comes first) and "extreme_passes" are warnings. positions: the rules it
    speaks of, the one to mend first. detail: what was expected and got, in English, for "invalid".
    """

    code: str
    positions: tuple[int, ...] = ()
    category: Category | None = None
    surfaces: tuple[Surface, ...] = ()
    detail: str = ""

    @property
    def is_error(self) -> bool:
        return self.code not in {"covered", "extreme_passes"}


def rule_from(row: Mapping[str, Any]) -> Rule:
    """The rule that a row of RULE_FIELDS means. Raises ValueError for a value outside the taxonomy."""
    return Rule(**{field: row[field] for field in RULE_FIELDS})


def check_rules(rows: Sequence[Mapping[str, Any]]) -> list[RuleFault]:
    """All remarks, errors first. While a row is invalid, only such rows are named."""
    rules: list[Rule] = []
    invalid: list[RuleFault] = []
    for position, row in enumerate(rows):
        try:
            rules.append(rule_from(row))
        except (ValueError, TypeError) as error:
            invalid.append(RuleFault("invalid", (position,), detail=str(error)))
    if invalid:
        return invalid
    return [*_twice(rules), *_failed_scanner(rules), *_gaps(rules), *_covered(rules), *_extreme_passes(rules)]


def covers(broad: Rule, narrow: Rule) -> bool:
    """Whether every finding that meets `narrow` meets `broad` as well."""
    return (
        broad.category == narrow.category
        and broad.surface in (ANY, narrow.surface)
        and broad.job_kind in (ANY, narrow.job_kind)
        and broad.min_severity <= narrow.min_severity
        and broad.min_confidence <= narrow.min_confidence
    )


def _twice(rules: Sequence[Rule]) -> list[RuleFault]:
    """Two rules for the very same findings: they contradict each other, or one is idle."""
    first: dict[tuple[Any, ...], int] = {}
    faults: list[RuleFault] = []
    for position, rule in enumerate(rules):
        key = (rule.category, rule.surface, rule.job_kind, rule.min_severity, rule.min_confidence)
        if key in first:
            faults.append(RuleFault("twice", (position, first[key]), rule.category))
        first.setdefault(key, position)
    return faults


def _failed_scanner(rules: Sequence[Rule]) -> list[RuleFault]:
    catches_all = any(
        rule.category == Category.SCANNER_FAILED
        and rule.min_severity == Severity.CONTEXT
        and rule.min_confidence == 0
        and (rule.surface, rule.job_kind) == (ANY, ANY)
        and rule.verdict != Verdict.PASS
        for rule in rules
    )
    return [] if catches_all else [RuleFault("failed_scanner", (), Category.SCANNER_FAILED)]


def _gaps(rules: Sequence[Rule]) -> list[RuleFault]:
    """Surfaces on which a category has no rule for jobs of any kind."""
    spoken_of = {(rule.category, rule.surface) for rule in rules if rule.job_kind == ANY}
    faults: list[RuleFault] = []
    for category in Category:
        if (category, ANY) in spoken_of:
            continue
        gaps = tuple(surface for surface in Surface if (category, surface) not in spoken_of)
        if gaps:
            faults.append(RuleFault("gap", (), category, gaps))
    return faults


def _covered(rules: Sequence[Rule]) -> list[RuleFault]:
    """Rules that never change a verdict, as another of the same strictness or a stricter one always matches.

    A rule that lets pass is only named beside a stricter one: alone it says that the category was thought of.
    """
    faults: list[RuleFault] = []
    for position, rule in enumerate(rules):
        for other_position, other in enumerate(rules):
            if position == other_position or not covers(other, rule):
                continue
            if covers(rule, other):
                continue  # named as "twice"
            stricter = STRICTNESS[other.verdict] > STRICTNESS[rule.verdict]
            if stricter or (other.verdict == rule.verdict and rule.verdict != Verdict.PASS):
                faults.append(RuleFault("covered", (position, other_position), rule.category))
                break
    return faults


def _extreme_passes(rules: Sequence[Rule]) -> list[RuleFault]:
    """Surfaces on which even the gravest and surest finding of a category is let through."""
    faults: list[RuleFault] = []
    for category in Category:
        stops = [rule for rule in rules if rule.category == category and rule.verdict != Verdict.PASS]
        if not any(rule.category == category for rule in rules):
            continue
        open_surfaces = tuple(
            surface
            for surface in Surface
            if not any(rule.surface in (ANY, surface) and rule.job_kind == ANY for rule in stops)
        )
        if open_surfaces:
            faults.append(RuleFault("extreme_passes", (), category, open_surfaces))
    return faults
