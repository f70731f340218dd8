"""Pages of rescans: start one, review what would change, leave rows out, apply."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from moderation.models import Rescan, RescanChange
from moderation.policy_pages.simulations import preview_of
from moderation.policy_texts import listed, verdict_text
from moderation.services.policies import policy_live
from moderation.services.rescans import (
    rescan_apply_request,
    rescan_discard,
    rescan_exclude,
    rescan_request,
)
from moderation.states import RescanState
from moderation.subject_registry import visible_types
from moderation.texts import label_text, reasons_text, subject_type_text
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError

PAGE = 40


@require_POST
def rescan_start(request: HttpRequest) -> HttpResponse:
    """Ask for a rescan under the live policy."""
    try:
        rescan = rescan_request(
            by=request.user,
            with_scanners=request.POST.get("with_scanners") == "on",
            kinds=request.POST.getlist("kinds"),
        )
    except AppError as error:
        messages.error(request, gettext(str(error.message)))
        return HttpResponseRedirect(reverse("admin:moderation_rescan_changelist"))
    return HttpResponseRedirect(reverse("admin:rescan_page", args=[rescan.pk]))


@require_GET
def rescan_page(request: HttpRequest, rescan_id: uuid.UUID) -> HttpResponse:
    """Progress, then the differences with the boxes that leave some of them out."""
    rescan = _rescan_or_404(request, rescan_id)
    changes = rescan.changes.select_related("scan_run")
    after = request.GET.get("after", "")
    if after in {"block", "review"}:
        changes = changes.filter(after=after)
    page = Paginator(changes, PAGE).get_page(request.GET.get("page"))
    taken = rescan.changes.filter(is_excluded=False, applied_at__isnull=True)
    live = policy_live()
    context = {
        **admin.site.each_context(request),
        "title": gettext("Rescan under %(policy)s") % {"policy": rescan.policy},
        "rescan": rescan,
        "kinds": listed(subject_type_text(key) for key in rescan.subject_types),
        "page": page,
        "rows": [_shown(change) for change in page],
        "after": after,
        "counts": {
            "block": taken.filter(after="block").count(),
            "review": taken.filter(after="review").count(),
            "left_out": rescan.changes.filter(is_excluded=True).count(),
        },
        "is_ready": rescan.state == RescanState.READY,
        "is_running": rescan.state in {RescanState.QUEUED, RescanState.RUNNING, RescanState.APPLYING},
        "may_apply": request.user.has_perm(roles.REVIEW_OVERRIDE),
        "is_outdated": live is None or live.pk != rescan.policy_id,
    }
    return TemplateResponse(request, "moderation/policy/rescan.html", context)


@require_POST
def rescan_act(request: HttpRequest, rescan_id: uuid.UUID, verb: str) -> HttpResponse:
    """Do one of _VERBS and show the rescan again."""
    rescan = _rescan_or_404(request, rescan_id)
    if verb not in _VERBS:
        raise Http404
    try:
        _VERBS[verb](request, rescan)
    except AppError as error:
        messages.error(request, gettext(str(error.message)))
    here = request.POST.get("here", "")
    query = f"?{here}" if here and all(part in _SAFE for part in here) else ""
    return HttpResponseRedirect(reverse("admin:rescan_page", args=[rescan.pk]) + query)


_SAFE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789=&")


def start_context() -> dict[str, Any]:
    """What the form above the list of rescans needs."""
    return {"kinds": [(kind.key, str(kind.label)) for kind in visible_types()], "live": policy_live()}


def _exclude(request: HttpRequest, rescan: Rescan) -> None:
    _set_excluded(request, rescan, is_excluded=True)


def _include(request: HttpRequest, rescan: Rescan) -> None:
    _set_excluded(request, rescan, is_excluded=False)


def _set_excluded(request: HttpRequest, rescan: Rescan, *, is_excluded: bool) -> None:
    ids = [int(one) for one in request.POST.getlist("change") if one.isdecimal()]
    count = rescan_exclude(rescan=rescan, change_ids=ids, is_excluded=is_excluded, by=request.user)
    if is_excluded:
        told = ngettext("%(count)d change was left out.", "%(count)d changes were left out.", count)
    else:
        told = ngettext("%(count)d change was taken in.", "%(count)d changes were taken in.", count)
    messages.success(request, told % {"count": count})


def _apply(request: HttpRequest, rescan: Rescan) -> None:
    rescan_apply_request(rescan=rescan, by=request.user)
    messages.success(request, gettext("The changes are being applied."))


def _discard(request: HttpRequest, rescan: Rescan) -> None:
    rescan_discard(rescan=rescan, by=request.user)
    messages.success(request, gettext("The rescan was discarded; nothing was changed."))


_VERBS: dict[str, Callable[[HttpRequest, Rescan], None]] = {
    "exclude": _exclude,
    "include": _include,
    "apply": _apply,
    "discard": _discard,
}


def _rescan_or_404(request: HttpRequest, rescan_id: uuid.UUID) -> Rescan:
    if not request.user.has_perm("moderation.view_rescan"):
        raise PermissionDenied
    rescan = Rescan.objects.select_related("policy", "created_by", "applied_by").filter(pk=rescan_id).first()
    if rescan is None:
        raise Http404
    return rescan


def _shown(change: RescanChange) -> dict[str, Any]:
    return {
        "change": change,
        "preview": preview_of(change.subject_type, change.subject_id),
        "kind": subject_type_text(change.subject_type),
        "before": (change.before, verdict_text(change.before)),
        "after": (change.after, verdict_text(change.after)),
        "label": label_text(change.label) if change.label else "",
        "reasons": reasons_text(change.reason_codes),
        "outcome": outcome_text(change.outcome),
        "has_failed": change.outcome.startswith("failed:"),
    }


def outcome_text(outcome: str) -> str:
    """What became of a change, in the reader's language."""
    known = {
        "": "",
        "blocked": gettext("blocked"),
        "review_opened": gettext("waits for review"),
        "already_blocked": gettext("was blocked already"),
        "passed_meanwhile": gettext("a person let it pass meanwhile"),
    }
    if outcome in known:
        return known[outcome]
    return gettext("failed: %(code)s") % {"code": outcome.removeprefix("failed:")}
