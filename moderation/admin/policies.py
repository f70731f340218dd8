"""Policies, their simulations, and rescans in the console: lists that lead to pages of their own."""

import uuid
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from moderation.models import Policy, PolicySimulation, Rescan
from moderation.policy_pages.overview import overview_context
from moderation.policy_pages.rescans import start_context
from moderation.policy_pages.urls import policy_urls, rescan_urls, simulation_urls
from moderation.states import PolicyState, RescanState, SimulationState
from tongyi_portal.common.admin import EvidenceAdmin

POLICY_COLOURS = {
    PolicyState.DRAFT: "info",
    PolicyState.SHADOW: "primary",
    PolicyState.CANARY: "warning",
    PolicyState.LIVE: "success",
    PolicyState.RETIRED: "default",
}
SIMULATION_COLOURS = {
    SimulationState.QUEUED: "info",
    SimulationState.RUNNING: "info",
    SimulationState.READY: "success",
    SimulationState.CANCELLED: "default",
    SimulationState.FAILED: "danger",
}
RESCAN_COLOURS = {
    RescanState.QUEUED: "info",
    RescanState.RUNNING: "info",
    RescanState.READY: "warning",
    RescanState.APPLYING: "info",
    RescanState.APPLIED: "success",
    RescanState.DISCARDED: "default",
    RescanState.FAILED: "danger",
}


class _Leads(EvidenceAdmin):
    """A list whose rows lead to a page of their own."""

    page_name = ""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Old addresses lead to the page, too."""
        del request, form_url, extra_context
        try:
            address = reverse(self.page_name, args=[uuid.UUID(object_id)])
        except ValueError:
            address = reverse(f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_changelist")
        return HttpResponseRedirect(address)


@admin.register(Policy)
class PolicyAdmin(_Leads):
    page_name = "admin:policy_page"
    list_display = ("version", "name", "status", "stage_at", "published_at", "published_by")
    list_display_links = ("version", "name")
    list_filter = ("state",)
    list_before_template = "moderation/policy/overview.html"

    def get_urls(self) -> list[URLPattern]:
        """The pages of versions stand before the theme's own addresses."""
        return [*policy_urls(), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Versions that have a say now stand above the list of all."""
        context = overview_context() | (extra_context or {})
        response: HttpResponse = super().changelist_view(request, context)
        return response

    @display(description=_("title"), ordering="title")
    def name(self, policy: Policy) -> str:
        return gettext(policy.title)

    @display(description=_("state"), label=POLICY_COLOURS)
    def status(self, policy: Policy) -> tuple[str, str]:
        if policy.was_withdrawn:
            return policy.state, gettext("withdrawn")
        if policy.canary_percent:
            return policy.state, f"{policy.get_state_display()} {policy.canary_percent} %"
        return policy.state, policy.get_state_display()


@admin.register(PolicySimulation)
class PolicySimulationAdmin(_Leads):
    page_name = "admin:simulation_page"
    list_display = ("policy", "since", "until", "status", "progress", "changed", "created_by", "created_at")
    list_filter = ("state",)
    list_select_related = ("policy", "created_by")

    def get_urls(self) -> list[URLPattern]:
        """The pages of simulations stand before the theme's own addresses."""
        return [*simulation_urls(), *super().get_urls()]

    @display(description=_("state"), label=SIMULATION_COLOURS)
    def status(self, simulation: PolicySimulation) -> tuple[str, str]:
        return simulation.state, simulation.get_state_display()

    @display(description=_("scans replayed"))
    def progress(self, simulation: PolicySimulation) -> str:
        return f"{simulation.examined} / {simulation.total}"

    @display(description=_("changes"))
    def changed(self, simulation: PolicySimulation) -> int:
        return simulation.changes.count()


@admin.register(Rescan)
class RescanAdmin(_Leads):
    page_name = "admin:rescan_page"
    list_display = ("created_at", "policy", "with_scanners", "status", "progress", "changed", "created_by")
    list_filter = ("state",)
    list_select_related = ("policy", "created_by")
    list_before_template = "moderation/policy/rescan_start.html"

    def get_urls(self) -> list[URLPattern]:
        """The pages of rescans stand before the theme's own addresses."""
        return [*rescan_urls(), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The form that starts one stands above the list."""
        response: HttpResponse = super().changelist_view(request, start_context() | (extra_context or {}))
        return response

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Rescan]:
        """With the number of changes of each."""
        rows: models.QuerySet[Rescan] = super().get_queryset(request)
        return rows.annotate(change_count=models.Count("changes"))

    @display(description=_("state"), label=RESCAN_COLOURS)
    def status(self, rescan: Rescan) -> tuple[str, str]:
        return rescan.state, rescan.get_state_display()

    @display(description=_("looked at"))
    def progress(self, rescan: Rescan) -> str:
        return f"{rescan.examined} / {rescan.total}"

    @display(description=_("changes"))
    def changed(self, rescan: Any) -> int:
        return int(rescan.change_count)
