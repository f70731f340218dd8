"""The simulator's page: what a policy would have changed, in numbers, by example, and one by one."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from moderation.models import PolicySimulation, ScanRun, SimulationChange
from moderation.policy.replay import LIVE, THEN
from moderation.policy_pages.counts import simulation_summary
from moderation.policy_texts import category_text, listed, rule_words, surface_text, verdict_text
from moderation.review.kept_frame_file import kept_frame_url
from moderation.services.policies import policy_live, policy_simulated
from moderation.services.simulations import simulation_cancel
from moderation.subject_registry import SubjectPreview, job_kinds, subject_type
from moderation.taxonomy import Category, Surface, Verdict
from moderation.texts import label_text, reasons_text
from tongyi_portal.common.errors import AppError, UnknownKey

PAGE = 25
EXAMPLES = 4
LOOKED_AT = 6  # changes of each surface among which examples are sought
_BEFORE_FIELD = {THEN: "decided_then", LIVE: "live_now"}


@require_GET
def simulation_page(request: HttpRequest, simulation_id: uuid.UUID) -> HttpResponse:
    """Progress while it runs, results as far as they are."""
    simulation = _simulation_or_404(request, simulation_id)
    chosen = _chosen(request)
    page = Paginator(_changes(simulation, chosen), PAGE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": gettext("Simulation of %(policy)s") % {"policy": simulation.policy},
        "simulation": simulation,
        "is_past": simulation.baseline != policy_live(),
        "is_current": policy_simulated(simulation.policy) == simulation,
        "narrowed_to": listed(
            [
                *(surface_text(surface) for surface in simulation.surfaces),
                *(job_kinds().get(kind, kind) for kind in simulation.job_kinds),
            ]
        ),
        "examples": _examples(simulation, chosen["baseline"]),
        "page": page,
        "shown": [shown(change, chosen["baseline"]) for change in page],
        "chosen": chosen,
        "filters": _filters(),
        "query": _query(chosen),
        **simulation_summary(simulation),
    }
    return TemplateResponse(request, "moderation/policy/simulation.html", context)


@require_POST
def simulation_stop(request: HttpRequest, simulation_id: uuid.UUID) -> HttpResponse:
    """Cancel it; what was counted stays to be read."""
    simulation = _simulation_or_404(request, simulation_id)
    try:
        simulation_cancel(simulation=simulation, by=request.user)
    except AppError as error:
        messages.error(request, gettext(str(error.message)))
    return HttpResponseRedirect(reverse("admin:simulation_page", args=[simulation.pk]))


def shown(change: SimulationChange, baseline: str) -> dict[str, Any]:
    """A change as a row of the list."""
    rule = {key: value for key, value in change.rule.items() if key != "is_new"}
    before = getattr(change, _BEFORE_FIELD[baseline])
    return {
        "change": change,
        "preview": preview_of(change.scan_run.subject_type, change.scan_run.subject_id),
        "poster": poster_of(change.scan_run),
        "before": (before, verdict_text(before)),
        "then": (change.decided_then, verdict_text(change.decided_then)),
        "live": (change.live_now, verdict_text(change.live_now)),
        "after": (change.after, verdict_text(change.after)),
        "label": label_text(change.label) if change.label else "",
        "reasons": reasons_text(change.reason_codes) if change.reason_codes else "",
        "rule": rule_words(rule) if rule else "",
        "is_new": change.rule.get("is_new", False),
        "kind": job_kinds().get(change.job_kind, change.job_kind),
    }


def poster_of(run: ScanRun) -> str:
    """The kept frame of a video's scan: a thumbnail that shows what was seen; empty without."""
    frame = getattr(run, "kept_frame", None)
    return kept_frame_url(frame) if frame is not None and frame.erased_at is None else ""


def preview_of(key: str, subject_id: uuid.UUID) -> SubjectPreview | None:
    """What can be shown of a subject; None when it is gone."""
    try:
        return subject_type(key).preview(subject_id)
    except UnknownKey:
        return None


def _simulation_or_404(request: HttpRequest, simulation_id: uuid.UUID) -> PolicySimulation:
    if not request.user.has_perm("moderation.view_policysimulation"):
        raise PermissionDenied
    found = PolicySimulation.objects.select_related("policy", "baseline", "created_by")
    simulation = found.filter(pk=simulation_id).first()
    if simulation is None:
        raise Http404
    return simulation


def _chosen(request: HttpRequest) -> dict[str, str]:
    """The filters of the list; what is unknown is left out."""
    allowed: dict[str, set[str]] = {
        "before": set(Verdict),
        "after": set(Verdict),
        "surface": set(Surface),
        "category": set(Category),
    }
    chosen = {
        name: request.GET[name] if request.GET.get(name) in values else "" for name, values in allowed.items()
    }
    baseline = request.GET.get("baseline", THEN)
    return {"baseline": baseline if baseline in _BEFORE_FIELD else THEN, **chosen}


def _changes(simulation: PolicySimulation, chosen: dict[str, str]) -> QuerySet[SimulationChange]:
    """Changes against the chosen baseline that fit the filters."""
    before = _BEFORE_FIELD[chosen["baseline"]]
    changes = simulation.changes.exclude(**{before: F("after")}).select_related("scan_run__kept_frame")
    wanted = {
        before: chosen["before"],
        "after": chosen["after"],
        "surface": chosen["surface"],
        "category": chosen["category"],
    }
    return changes.filter(**{field: value for field, value in wanted.items() if value}).order_by("id")


def _examples(simulation: PolicySimulation, baseline: str) -> list[dict[str, Any]]:
    """A few changes for each direction."""
    groups: list[dict[str, Any]] = []
    for before in Verdict:
        for after in Verdict:
            if before == after:
                continue
            chosen = {"baseline": baseline, "before": before, "after": after, "surface": "", "category": ""}
            rows = _examples_of(_changes(simulation, chosen), baseline)
            if rows:
                groups.append(
                    {
                        "before": (before, verdict_text(before)),
                        "after": (after, verdict_text(after)),
                        "rows": rows,
                    }
                )
    return groups


def _examples_of(changes: QuerySet[SimulationChange], baseline: str) -> list[dict[str, Any]]:
    """A few of these changes: content that can still be seen before what is gone, the newest first.

    Of each surface only the newest are looked at, as a simulation may have thousands of changes.
    """
    there: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    for surface in sorted(changes.order_by().values_list("surface", flat=True).distinct()):
        for change in changes.filter(surface=surface).order_by("-id")[:LOOKED_AT]:
            row = shown(change, baseline)
            (there if can_be_seen(row["preview"]) else gone).append(row)
            if len(there) == EXAMPLES:
                return there
    return [*there, *gone][:EXAMPLES]


def can_be_seen(preview: SubjectPreview | None) -> bool:
    """Whether there is still something to show of a subject."""
    return preview is not None and bool(preview.url or preview.text)


def _filters() -> dict[str, list[tuple[str, str]]]:
    verdicts = [(str(verdict), verdict_text(verdict)) for verdict in Verdict]
    return {
        "before": verdicts,
        "after": verdicts,
        "surface": [(str(surface), surface_text(surface)) for surface in Surface],
        "category": [(str(category), category_text(category)) for category in Category],
    }


def _query(chosen: dict[str, str]) -> str:
    """The filters as part of an address, for the links between pages."""
    return "&".join(f"{name}={value}" for name, value in chosen.items() if value)
