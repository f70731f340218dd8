"""judge: what the policy in force says about findings; in doubt review, never pass."""

import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from moderation.errors import PolicyUnusable
from moderation.models.policy import Policy
from moderation.models.scan import Finding as FindingRow
from moderation.models.scan import ScanPurpose
from moderation.policy.canary import is_in_canary
from moderation.policy.evaluate import PolicyVerdict, evaluate
from moderation.policy.rules import RuleSet
from moderation.scanners.base import Finding
from moderation.services.policies import policies_in_force, policy_rules
from moderation.states import PolicyState
from moderation.taxonomy import Category, Severity, Surface, Verdict

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Judgement:
    """policy judged (None: none could be used, so a person looks). aside: what other versions would say."""

    policy: Policy | None
    verdict: PolicyVerdict
    aside: tuple[tuple[Policy, PolicyVerdict], ...] = ()


def judge(
    *,
    findings: Sequence[Finding],
    surface: Surface,
    job_kind: str,
    subject_id: uuid.UUID,
    purpose: str = ScanPurpose.ADMISSION,
) -> Judgement:
    """The policy that judges this subject, its verdict, and at an admission the verdicts of all others.

    subject_id: whose content it is, so that the same subject is always judged by the same version. A canary
    judges its share of the admissions; everything else is judged by the live version. A canary or shadow
    that cannot be used has no say.
    """
    in_force = policies_in_force()
    live = _usable(in_force[PolicyState.LIVE])
    is_admission = purpose == ScanPurpose.ADMISSION
    canary = _usable(in_force[PolicyState.CANARY]) if is_admission else []
    shadows = _usable(in_force[PolicyState.SHADOW]) if is_admission else []
    judges = [
        (policy, rules)
        for policy, rules in canary
        if is_in_canary(subject_id, policy.pk, policy.canary_percent or 0)
    ] or live
    others = [one for one in (*live, *canary, *shadows) if one not in judges]
    said = [
        (policy, evaluate(findings, rules.rules, surface, job_kind)) for policy, rules in (*judges, *others)
    ]
    if not judges:
        logger.error("no usable policy")
        return Judgement(None, PolicyVerdict(Verdict.REVIEW, ("no_live_policy",)), tuple(said))
    (policy, verdict), *aside = said
    return Judgement(policy, verdict, tuple(aside))


def findings_stored(rows: Iterable[FindingRow]) -> list[Finding]:
    """Stored findings as the policy takes them, in the order in which they were judged."""
    return [
        Finding(
            Category(row.category),
            Severity(row.severity),
            row.confidence,
            row.label,
            tuple(row.box) if row.box else None,
            row.evidence,
            row.may_block,
        )
        for row in sorted(rows, key=lambda row: row.pk)
    ]


def _usable(policies: Iterable[Policy]) -> list[tuple[Policy, RuleSet]]:
    usable: list[tuple[Policy, RuleSet]] = []
    for policy in policies:
        try:
            usable.append((policy, policy_rules(policy)))
        except PolicyUnusable:
            logger.exception("policy cannot be used", extra={"version": policy.version})
    return usable
