"""What stands above the list of policies: the versions that have a say now, with their live numbers."""

from typing import Any

from django.utils.translation import gettext

from moderation.policy_pages.counts import matrix_rows
from moderation.policy_texts import verdict_text
from moderation.services.policies import policies_in_force
from moderation.services.shadowing import shadow_comparison
from moderation.states import PolicyState
from moderation.taxonomy import Verdict


def overview_context() -> dict[str, Any]:
    """The live version, and a comparison for the canary and every shadow."""
    in_force = policies_in_force()
    tried = [*in_force[PolicyState.CANARY], *in_force[PolicyState.SHADOW]]
    live = next(iter(in_force[PolicyState.LIVE]), None)
    return {
        "live": live,
        "live_name": gettext(live.title) if live else "",
        "comparisons": [
            {"comparison": one, "rows": matrix_rows(one.matrix), "name": gettext(one.policy.title)}
            for one in (shadow_comparison(policy) for policy in tried)
        ],
        "verdict_names": [verdict_text(verdict) for verdict in Verdict],
    }
