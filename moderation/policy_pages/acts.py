"""What the buttons of a policy do: copy, simulate, shadow, canary, make live, withdraw, bring back."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from moderation.errors import PolicyInvalid
from moderation.models import Policy
from moderation.policy.replay import LIVE, THEN
from moderation.policy_pages.counts import simulation_summary
from moderation.policy_pages.editor import policy_or_404, policy_url
from moderation.services.policies import (
    policy_canary,
    policy_draft_from,
    policy_faults,
    policy_live,
    policy_publish,
    policy_restore,
    policy_shadow,
    policy_simulated,
    policy_withdraw,
)
from moderation.services.shadowing import shadow_comparison
from moderation.services.simulations import simulation_request
from tongyi_portal.common.errors import AppError

DAYS_OFFERED = (1, 7, 14, 30, 90)


@require_POST
def policy_act(request: HttpRequest, policy_id: uuid.UUID, verb: str) -> HttpResponse:
    """Do one of _VERBS and go where it leads; a fault is told on the policy's page."""
    policy = policy_or_404(request, policy_id)
    if verb not in _VERBS:
        raise Http404
    try:
        return HttpResponseRedirect(_VERBS[verb](request, policy))
    except AppError as error:
        messages.error(request, gettext(str(error.message)))
        for fault in error.details.get("faults", []) if isinstance(error, PolicyInvalid) else []:
            messages.error(request, fault)
        return HttpResponseRedirect(policy_url(policy.pk))


@require_GET
def publish_page(request: HttpRequest, policy_id: uuid.UUID) -> HttpResponse:
    """What would change when this version goes live, asked before it does."""
    policy = policy_or_404(request, policy_id)
    simulation = policy_simulated(policy)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Make %(policy)s live") % {"policy": policy},
        "policy": policy,
        "name": gettext(policy.title),
        "live": policy_live(),
        "faults": policy_faults(policy),
        "simulation": simulation,
        "summary": simulation_summary(simulation) if simulation is not None else None,
        "comparison": shadow_comparison(policy) if policy.frozen_at else None,
        "baselines": (THEN, LIVE),
    }
    return TemplateResponse(request, "moderation/policy/publish.html", context)


def _draft(request: HttpRequest, policy: Policy) -> str:
    title = gettext("Copy of %(title)s") % {"title": gettext(policy.title)}
    return policy_url(policy_draft_from(source=policy, title=title[:120], by=request.user).pk)


def _simulate(request: HttpRequest, policy: Policy) -> str:
    simulation = simulation_request(
        policy=policy,
        since=timezone.now() - timedelta(days=_number(request, "days", 7)),
        surfaces=request.POST.getlist("surfaces"),
        job_kinds=request.POST.getlist("job_kinds"),
        by=request.user,
    )
    return reverse("admin:simulation_page", args=[simulation.pk])


def _shadow(request: HttpRequest, policy: Policy) -> str:
    policy_shadow(policy=policy, by=request.user)
    messages.success(request, gettext("The version judges every scan in shadow now, without effect."))
    return policy_url(policy.pk)


def _canary(request: HttpRequest, policy: Policy) -> str:
    percent = _number(request, "percent", 0)
    policy_canary(policy=policy, percent=percent, by=request.user)
    messages.success(
        request, gettext("The version judges %(percent)d %% of all subjects now.") % {"percent": percent}
    )
    return policy_url(policy.pk)


def _publish(request: HttpRequest, policy: Policy) -> str:
    without = request.POST.get("without_simulation") == "on"
    policy_publish(policy=policy, by=request.user, without_simulation=without)
    messages.success(request, gettext("The version is live now."))
    return policy_url(policy.pk)


def _withdraw(request: HttpRequest, policy: Policy) -> str:
    policy_withdraw(policy=policy, by=request.user)
    messages.success(request, gettext("The version was withdrawn."))
    return policy_url(policy.pk)


def _restore(request: HttpRequest, policy: Policy) -> str:
    title = gettext("%(title)s, again") % {"title": gettext(policy.title)}
    restored = policy_restore(policy=policy, by=request.user, title=title[:120])
    messages.success(
        request,
        gettext("The rules are in force again, as version %(version)d.") % {"version": restored.version},
    )
    return policy_url(restored.pk)


_VERBS: dict[str, Callable[[HttpRequest, Policy], str]] = {
    "draft": _draft,
    "simulate": _simulate,
    "shadow": _shadow,
    "canary": _canary,
    "publish": _publish,
    "withdraw": _withdraw,
    "restore": _restore,
}


def _number(request: HttpRequest, field: str, otherwise: int) -> int:
    """A whole number of the form within 0 to 366; `otherwise` when it is none."""
    typed: Any = request.POST.get(field, "")
    return min(int(typed[:9]), 366) if typed.isdecimal() else otherwise
