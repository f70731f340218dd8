"""evaluate: the strictest rule that matches wins; what nobody foresaw is reviewed. Pure Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from moderation.policy.rules import ANY, Rule
from moderation.scanners.base import Finding
from moderation.taxonomy import Severity, Surface, Verdict

STRICTNESS = {Verdict.PASS: 0, Verdict.REVIEW: 1, Verdict.BLOCK: 2}
AnyRule = TypeVar("AnyRule", bound=Any)  # a Rule, or a stored row with the same fields


@dataclass(frozen=True)
class RuleMatch:
    """Finding number `finding_index` met `rule`; None when no rule speaks of its category there."""

    finding_index: int
    rule: Rule | None
    verdict: Verdict
    reason_code: str


@dataclass(frozen=True)
class PolicyVerdict:
    """reasons: codes behind the verdict, without repetition. matches: every rule met, also milder ones."""

    verdict: Verdict
    reasons: tuple[str, ...]
    matches: tuple[RuleMatch, ...] = ()

    @property
    def decisive(self) -> tuple[RuleMatch, ...]:
        """The matches that made the verdict what it is."""
        return tuple(match for match in self.matches if match.verdict == self.verdict)


def evaluate(
    findings: Sequence[Finding], rules: Sequence[Rule], surface: Surface, job_kind: str
) -> PolicyVerdict:
    """What `rules` say about `findings` on `surface` for `job_kind` ("" when there is no job).

    Without findings the verdict is pass. A finding of severity MILD or more in a category that no rule speaks
    of, on this surface and for this kind of job, is reviewed: a scanner newer than the policy, or a rule that
    was narrowed to another surface, must not pass things over in silence. A rule that blocks asks for review
    instead where the finding may not block.
    """
    matches = [
        match
        for index, finding in enumerate(findings)
        for match in _matches_of(index, finding, rules, surface, job_kind)
    ]
    verdict = max((match.verdict for match in matches), key=STRICTNESS.__getitem__, default=Verdict.PASS)
    reasons = dict.fromkeys(match.reason_code for match in matches if match.verdict == verdict)
    return PolicyVerdict(verdict, tuple(reasons) if verdict != Verdict.PASS else (), tuple(matches))


def _matches_of(
    index: int, finding: Finding, rules: Sequence[Rule], surface: Surface, job_kind: str
) -> list[RuleMatch]:
    applicable = rules_applicable(rules, finding.category, surface, job_kind)
    if not applicable:
        if finding.severity < Severity.MILD:
            return []
        return [RuleMatch(index, None, Verdict.REVIEW, "category_without_rule")]
    return [
        RuleMatch(index, rule, verdict_allowed(rule.verdict, finding.may_block), rule.reason_code)
        for rule in applicable
        if finding.severity >= rule.min_severity and finding.confidence >= rule.min_confidence
    ]


def rules_applicable(rules: Sequence[AnyRule], category: str, surface: str, job_kind: str) -> list[AnyRule]:
    """The rules that speak of a category on a surface and for a kind of job."""
    return [
        rule
        for rule in rules
        if rule.category == category and rule.surface in (ANY, surface) and rule.job_kind in (ANY, job_kind)
    ]


def verdict_allowed(verdict: Verdict, may_block: bool) -> Verdict:
    """The rule's verdict; review for a block that the finding must not lead to by itself."""
    return Verdict.REVIEW if verdict == Verdict.BLOCK and not may_block else verdict
