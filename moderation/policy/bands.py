"""bands: from which confidence a finding is reviewed or blocked, whichever rules say so. Pure Python."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moderation.policy.rules import ANY
from moderation.taxonomy import Severity, Verdict


@dataclass(frozen=True)
class Bands:
    """review_from, block_from: confidences from 0 to 100; None: never. has_rule: some rule speaks of it."""

    review_from: int | None
    block_from: int | None
    has_rule: bool

    @property
    def review_width(self) -> int:
        """How much of 0 to 100 is reviewed."""
        if self.review_from is None:
            return 0
        return max(0, (100 if self.block_from is None else self.block_from) - self.review_from)

    @property
    def block_width(self) -> int:
        """How much of 0 to 100 is blocked."""
        return 0 if self.block_from is None else 100 - self.block_from


def bands(rules: Iterable[Mapping[str, Any]], category: str, surface: str, severity: int) -> Bands:
    """For jobs of any kind. surface ANY: only what holds on every surface."""
    spoken = [
        rule
        for rule in rules
        if rule["category"] == category and rule["surface"] in (ANY, surface) and rule["job_kind"] == ANY
    ]
    if not spoken:
        unforeseen = 0 if severity >= Severity.MILD else None
        return Bands(unforeseen, None, has_rule=False)
    met = [rule for rule in spoken if int(rule["min_severity"]) <= severity]
    return Bands(_lowest(met, Verdict.REVIEW), _lowest(met, Verdict.BLOCK), has_rule=True)


def strictest(several: Iterable[Bands]) -> Bands:
    """What holds on at least one of them. several: at least one."""
    several = list(several)
    reviewed = [one.review_from for one in several if one.review_from is not None]
    blocked = [one.block_from for one in several if one.block_from is not None]
    return Bands(
        min(reviewed, default=None), min(blocked, default=None), all(one.has_rule for one in several)
    )


def _lowest(rules: Iterable[Mapping[str, Any]], verdict: Verdict) -> int | None:
    return min((int(rule["min_confidence"]) for rule in rules if rule["verdict"] == verdict), default=None)
