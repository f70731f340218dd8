"""URLs of policies, simulations and rescans, below /api/v1/."""

from moderation.api import policy_run_views as runs
from moderation.api import policy_views as views
from tongyi_portal.common.routes import endpoint

_POLICY = "moderation/policies/<uuid:policy_id>"
_SIMULATION = "moderation/simulations/<uuid:simulation_id>"
_RESCAN = "moderation/rescans/<uuid:rescan_id>"
urlpatterns = [
    *endpoint("moderation/policies", views.PolicyList.as_view(), "policy-list"),
    *endpoint(_POLICY, views.PolicyDetail.as_view(), "policy-detail"),
    *endpoint(f"{_POLICY}/rules", views.PolicyRules.as_view(), "policy-rules"),
    *endpoint(f"{_POLICY}/shadow", views.PolicyShadow.as_view(), "policy-shadow"),
    *endpoint(f"{_POLICY}/canary", views.PolicyCanary.as_view(), "policy-canary"),
    *endpoint(f"{_POLICY}/publish", views.PolicyPublish.as_view(), "policy-publish"),
    *endpoint(f"{_POLICY}/withdraw", views.PolicyWithdraw.as_view(), "policy-withdraw"),
    *endpoint(f"{_POLICY}/restore", views.PolicyRestore.as_view(), "policy-restore"),
    *endpoint("moderation/simulations", runs.SimulationList.as_view(), "simulation-list"),
    *endpoint(_SIMULATION, runs.SimulationDetail.as_view(), "simulation-detail"),
    *endpoint(f"{_SIMULATION}/changes", runs.SimulationChanges.as_view(), "simulation-changes"),
    *endpoint("moderation/rescans", runs.RescanList.as_view(), "rescan-list"),
    *endpoint(_RESCAN, runs.RescanDetail.as_view(), "rescan-detail"),
    *endpoint(f"{_RESCAN}/changes", runs.RescanChanges.as_view(), "rescan-changes"),
    *endpoint(f"{_RESCAN}/exclude", runs.RescanExclude.as_view(), "rescan-exclude"),
    *endpoint(f"{_RESCAN}/apply", runs.RescanApply.as_view(), "rescan-apply"),
]
