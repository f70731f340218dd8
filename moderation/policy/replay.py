"""Replays stored findings under several sets of rules, and counts what changes. Pure Python."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from moderation.policy.evaluate import STRICTNESS, PolicyVerdict, RuleMatch, evaluate
from moderation.policy.rules import Rule
from moderation.scanners.base import Finding
from moderation.scanners.running import gravity
from moderation.taxonomy import Surface, Verdict

Matrix = dict[str, dict[str, int]]
THEN, LIVE = "then", "live"


@dataclass(frozen=True)
class StoredScan:
    """A scan as it was stored.

    findings: as they count now. then: the verdict it got; then_rules: the rules that gave it, where known, on
    seen_then, where that differs from `findings`.
    """

    surface: Surface
    job_kind: str
    findings: tuple[Finding, ...]
    then: Verdict
    then_rules: Sequence[Rule] | None = None
    seen_then: tuple[Finding, ...] | None = None


@dataclass(frozen=True)
class Cause:
    """What makes a verdict differ.

    rule: of the strictest side; None where no rule speaks. is_new: it stands among the simulated rules;
    otherwise it is one that no longer applies.
    """

    finding: Finding | None
    rule: Rule | None
    is_new: bool


@dataclass(frozen=True)
class Replayed:
    """then: as decided, live: as the live rules decide now, after: as the simulated rules decide."""

    then: Verdict
    live: Verdict
    after: PolicyVerdict
    cause: Cause

    @property
    def is_changed(self) -> bool:
        return not self.then == self.live == self.after.verdict

    @property
    def category(self) -> str:
        """The category behind the stricter side; empty when all sides let it pass."""
        return str(self.cause.finding.category) if self.cause.finding else ""


def replay(scan: StoredScan, rules: Sequence[Rule], live_rules: Sequence[Rule] | None) -> Replayed:
    """One scan under `rules`; live_rules None: no live policy, so everything is reviewed."""
    after = evaluate(scan.findings, rules, scan.surface, scan.job_kind)
    live = None
    if live_rules is not None:
        live = evaluate(scan.findings, live_rules, scan.surface, scan.job_kind)
    live_verdict = live.verdict if live is not None else Verdict.REVIEW
    cause = _cause(scan, after, live)
    return Replayed(scan.then, live_verdict, after, cause)


def new_counts() -> dict[str, Any]:
    """Counts of nothing yet: matrices of verdicts against both baselines, in all and for each group."""
    return {THEN: {}, LIVE: {}, "surface": {}, "category": {}, "job_kind": {}}


def count(counts: dict[str, Any], scan: StoredScan, one: Replayed) -> None:
    """Add one replayed scan. Groups hold a matrix for each baseline; without a category: only in all."""
    groups = [
        counts,
        counts["surface"].setdefault(str(scan.surface), {}),
        counts["job_kind"].setdefault(scan.job_kind, {}),
    ]
    if one.category:
        groups.append(counts["category"].setdefault(one.category, {}))
    for group in groups:
        for baseline, before in ((THEN, one.then), (LIVE, one.live)):
            row = group.setdefault(baseline, {}).setdefault(str(before), {})
            after = str(one.after.verdict)
            row[after] = row.get(after, 0) + 1


def matrix_of(group: dict[str, Any], baseline: str) -> Matrix:
    """The whole matrix [before][after] of a group, with its zeros."""
    stored = group.get(baseline, {})
    return {
        str(before): {str(after): stored.get(before, {}).get(after, 0) for after in Verdict}
        for before in Verdict
    }


def totals_before(matrix: Matrix) -> dict[str, int]:
    """How many scans had each verdict before."""
    return {before: sum(row.values()) for before, row in matrix.items()}


def totals_after(matrix: Matrix) -> dict[str, int]:
    """How many scans have each verdict after."""
    return {str(after): sum(row[after] for row in matrix.values()) for after in Verdict}


def changed_of(matrix: Matrix) -> int:
    """How many scans have another verdict."""
    return sum(count for before, row in matrix.items() for after, count in row.items() if before != after)


def _cause(scan: StoredScan, after: PolicyVerdict, live: PolicyVerdict | None) -> Cause:
    """The strictest side's gravest decisive match: of the simulated rules first, of live, of those then."""
    seen_then = scan.findings if scan.seen_then is None else scan.seen_then
    sides: list[tuple[PolicyVerdict, tuple[Finding, ...], bool]] = [(after, scan.findings, True)]
    if live is not None:
        sides.append((live, scan.findings, False))
    if scan.then_rules is not None:
        then = evaluate(seen_then, scan.then_rules, scan.surface, scan.job_kind)
        sides.append((then, seen_then, False))
    verdict, seen, is_new = max(sides, key=lambda side: STRICTNESS[side[0].verdict])
    if verdict.verdict == Verdict.PASS:
        return Cause(_gravest(seen_then) if scan.then != Verdict.PASS else None, None, is_new)
    match = _gravest_match(seen, verdict.decisive)
    finding = seen[match.finding_index] if match else _gravest(seen)
    return Cause(finding, match.rule if match else None, is_new)


def _gravest(findings: Iterable[Finding]) -> Finding | None:
    return max(findings, key=gravity, default=None)


def _gravest_match(findings: Sequence[Finding], matches: Iterable[RuleMatch]) -> RuleMatch | None:
    return max(matches, key=lambda match: gravity(findings[match.finding_index]), default=None)
