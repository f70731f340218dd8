"""shadow_verdicts_record, shadow_comparison: how versions that did not judge compare with what did."""

from dataclasses import dataclass, field

from django.db.models import Count

from moderation.models.policy import Policy
from moderation.models.scan import ScanPurpose, ScanRun
from moderation.models.shadow import ShadowVerdict
from moderation.services.judging import Judgement
from moderation.states import PolicyState
from moderation.taxonomy import Verdict

Matrix = dict[str, dict[str, int]]


@dataclass(frozen=True)
class ShadowComparison:
    """What was decided against what `policy` says of the same scans, since it was frozen.

    matrix[decided][policy's verdict]: scans. judged: how many of them the policy itself decided, as canary;
    what the live version says of those stands in for the decision.
    """

    policy: Policy
    matrix: Matrix = field(default_factory=dict)
    judged: int = 0

    @property
    def total(self) -> int:
        return sum(sum(row.values()) for row in self.matrix.values())

    @property
    def differing(self) -> int:
        return sum(
            count for before, row in self.matrix.items() for after, count in row.items() if before != after
        )


def shadow_verdicts_record(run: ScanRun, judgement: Judgement) -> None:
    """Store what the versions that did not judge would have said; call it in the run's transaction."""
    ShadowVerdict.objects.bulk_create(
        ShadowVerdict(
            scan_run=run,
            policy=policy,
            role=policy.state,
            verdict=verdict.verdict,
            reason_codes=list(verdict.reasons),
        )
        for policy, verdict in judgement.aside
    )


def shadow_comparison(policy: Policy) -> ShadowComparison:
    """Live numbers of a shadow or canary; all zero while nothing was scanned."""
    matrix = empty_matrix()
    aside = ShadowVerdict.objects.filter(policy=policy, scan_run__purpose=ScanPurpose.ADMISSION).order_by()
    for decided, said, count in aside.values_list("scan_run__verdict", "verdict").annotate(count=Count("id")):
        matrix[decided][said] += count
    judged = 0
    own = ShadowVerdict.objects.filter(scan_run__policy=policy, role=PolicyState.LIVE).order_by()
    by_verdicts = own.values_list("verdict", "scan_run__verdict").annotate(count=Count("id"))
    for live_said, decided, count in by_verdicts:
        matrix[live_said][decided] += count
        judged += count
    return ShadowComparison(policy, matrix, judged)


def empty_matrix() -> Matrix:
    """Zero for each verdict before and after."""
    return {str(before): {str(after): 0 for after in Verdict} for before in Verdict}
