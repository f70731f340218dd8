"""judge: what the policy in force says about findings; in doubt review, never pass."""

import logging
import uuid
from collections.abc import Sequence

from moderation.errors import PolicyUnusable
from moderation.models.policy import Policy
from moderation.policy.evaluate import PolicyVerdict, evaluate
from moderation.scanners.base import Finding
from moderation.services.policies import policy_load
from moderation.taxonomy import Surface, Verdict

logger = logging.getLogger(__name__)


def judge(
    *, findings: Sequence[Finding], surface: Surface, job_kind: str, subject_id: uuid.UUID
) -> tuple[Policy | None, PolicyVerdict]:
    """The policy that judged and its verdict; review without a policy when none can be used.

    subject_id: whose content it is, so that the same subject is always judged by the same version.
    """
    del subject_id  # one version judges everything as long as there is no canary
    try:
        policy, rules = policy_load()
    except PolicyUnusable:
        logger.exception("no usable policy")
        return None, PolicyVerdict(Verdict.REVIEW, ("no_live_policy",))
    return policy, evaluate(findings, rules.rules, surface, job_kind)
