"""The reviewer's desk: take the next item, see why it waits, decide it. Parses, calls one service, shows."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET, require_POST

from moderation.errors import NothingDecided
from moderation.models import Decision, Finding, ReviewItem
from moderation.policy.rules import REASONS, reason_text
from moderation.selectors import backlog_counts, reviews_visible_to, subject_history
from moderation.services.decisions import decision_override
from moderation.services.reviews import review_claim, review_claim_next, review_release, review_resolve
from moderation.subject_registry import subject_type
from moderation.taxonomy import Severity
from moderation.texts import label_text
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError, UnknownKey

# Codes that only the machine or the system gives; a person never picks them.
_MACHINE_REASONS = {
    "scanner_failed",
    "scanners_disagree",
    "category_without_rule",
    "no_live_policy",
    "suggestive_allowed",
    "technical",
    "approved_by_reviewer",
}


def desk_url(item_id: uuid.UUID) -> str:
    return reverse("admin:review_desk", args=[item_id])


@require_POST
def desk_next(request: HttpRequest) -> HttpResponse:
    """Claim the most urgent item and open it; back to the queue when it is empty."""
    try:
        item = review_claim_next(request.user)
    except AppError as error:
        raise PermissionDenied(gettext(str(error.message))) from error
    if item is None:
        messages.success(request, gettext("The review queue is empty."))
        return HttpResponseRedirect(_queue_url())
    return HttpResponseRedirect(desk_url(item.pk))


@require_GET
def desk(request: HttpRequest, item_id: uuid.UUID) -> HttpResponse:
    """One item with its media, evidence boxes, scores, the policy's word and the subject's history."""
    item = reviews_visible_to(request.user).filter(pk=item_id).first()
    if item is None:
        raise Http404
    history = subject_history(item.subject_type, item.subject_id)
    findings = list(item.scan_run.findings.all())
    context = {
        **admin.site.each_context(request),
        "title": gettext("Review desk"),
        "item": item,
        "preview": _preview(item),
        "reasons": [reason_text(code, get_language() or "en") for code in item.reason_codes],
        "findings": [(finding, label_text(finding.label)) for finding in findings],
        "boxes": [_box(finding) for finding in _worth_a_box(findings)],
        "history": history,
        "uploader": _uploader_history(item),
        "is_holder": item.claimed_by_id == request.user.pk and item.is_waiting,
        "may_decide": request.user.has_perm(roles.REVIEW_DECIDE) and item.owner_id != request.user.pk,
        "may_override": request.user.has_perm(roles.REVIEW_OVERRIDE) and item.is_decided,
        "refusal_reasons": [
            (code, reason_text(code, get_language() or "en"))
            for code in REASONS
            if code not in _MACHINE_REASONS
        ],
        "suggested_reason": next(
            (code for code in item.reason_codes if code not in _MACHINE_REASONS), "other"
        ),
        "backlog": backlog_counts(),
    }
    return TemplateResponse(request, "moderation/review/desk.html", context)


@require_POST
def desk_act(request: HttpRequest, item_id: uuid.UUID, verb: str) -> HttpResponse:
    """Do one of _VERBS; a decision leads on to the next item. An unknown verb or item is not found."""
    item = reviews_visible_to(request.user).filter(pk=item_id).first()
    if item is None or verb not in _VERBS:
        raise Http404
    try:
        return HttpResponseRedirect(_VERBS[verb](request, item))
    except AppError as error:
        names = [str(error.details[key]) for key in ("decided_by", "claimed_by") if key in error.details]
        messages.error(request, " ".join([gettext(str(error.message)), *names]))
        return HttpResponseRedirect(desk_url(item.pk))


def _claim(request: HttpRequest, item: ReviewItem) -> str:
    review_claim(item, request.user)
    return desk_url(item.pk)


def _release(request: HttpRequest, item: ReviewItem) -> str:
    review_release(item, request.user)
    return _queue_url()


def _approve(request: HttpRequest, item: ReviewItem) -> str:
    review_resolve(item, request.user, True, "", _note(request))
    messages.success(request, gettext("Approved."))
    return _following_url(request)


def _refuse(request: HttpRequest, item: ReviewItem) -> str:
    review_resolve(item, request.user, False, request.POST.get("reason_code", ""), _note(request))
    messages.success(request, gettext("Refused."))
    return _following_url(request)


def _override(request: HttpRequest, item: ReviewItem, *, approve: bool) -> str:
    decision = Decision.objects.filter(review_item=item, overridden_by__isnull=True).first()
    if decision is None:
        raise NothingDecided
    reason_code = "" if approve else request.POST.get("reason_code", "")
    decision_override(
        decision=decision, approve=approve, reason_code=reason_code, note=_note(request), by=request.user
    )
    messages.success(request, gettext("The decision was changed."))
    return desk_url(item.pk)


# What can be done to an item; each verb does it and returns where to go on.
_VERBS: dict[str, Callable[[HttpRequest, ReviewItem], str]] = {
    "claim": _claim,
    "release": _release,
    "approve": _approve,
    "refuse": _refuse,
    "override-approve": partial(_override, approve=True),
    "override-refuse": partial(_override, approve=False),
}


def _note(request: HttpRequest) -> str:
    return request.POST.get("note", "")[:2000]


def _queue_url() -> str:
    return reverse("admin:moderation_reviewitem_changelist")


def _following_url(request: HttpRequest) -> str:
    following = review_claim_next(request.user)
    return desk_url(following.pk) if following is not None else _queue_url()


def _preview(item: ReviewItem) -> Any:
    try:
        return subject_type(item.subject_type).preview(item.subject_id)
    except UnknownKey:
        return None


def _worth_a_box(findings: list[Finding]) -> list[Finding]:
    """Findings of at least mild severity that have a place, the gravest last: drawn on top of the others."""
    placed = [finding for finding in findings if finding.box and finding.severity >= Severity.MILD]
    return sorted(placed, key=lambda finding: (finding.severity, finding.confidence))


def _box(finding: Finding) -> dict[str, Any]:
    """The finding's box in per cent, for the overlay."""
    x0, y0, x1, y1 = (100 * float(edge) for edge in finding.box or ())
    return {
        "finding": finding,
        "label": label_text(finding.label),
        "left": x0,
        "top": y0,
        "width": x1 - x0,
        "height": y1 - y0,
    }


def _uploader_history(item: ReviewItem) -> dict[str, int]:
    """How often the owner's content was approved and refused by a person before."""
    if item.owner_id is None:
        return {}
    earlier = ReviewItem.objects.filter(owner_id=item.owner_id).exclude(pk=item.pk)
    return {state: earlier.filter(state=state).count() for state in ("approved", "refused", "open")}
