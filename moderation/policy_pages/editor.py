"""The policy editor: rules as matrices, checked while they are typed, compared with the live ones."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from moderation.errors import PolicyEdited, PolicyInvalid
from moderation.models import Policy
from moderation.policy.checks import check_rules
from moderation.policy.diff import rules_diff
from moderation.policy_pages import matrix
from moderation.policy_texts import fault_text, rule_words
from moderation.services.policies import (
    policy_live,
    policy_rules_replace,
    policy_simulated,
    rule_rows,
    rules_digest,
)
from moderation.services.shadowing import shadow_comparison
from moderation.states import POLICY, PolicyState
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError


def policy_url(policy_id: uuid.UUID) -> str:
    return reverse("admin:policy_page", args=[policy_id])


def policy_or_404(request: HttpRequest, policy_id: uuid.UUID) -> Policy:
    """The version, for whoever may read policies."""
    if not request.user.has_perm("moderation.view_policy"):
        raise PermissionDenied
    policy = Policy.objects.select_related("created_by", "published_by", "copied_from").filter(pk=policy_id)
    found = policy.first()
    if found is None:
        raise Http404
    return found


@require_GET
def policy_page(request: HttpRequest, policy_id: uuid.UUID) -> HttpResponse:
    """A draft to edit, any other version to read."""
    policy = policy_or_404(request, policy_id)
    return _page(request, policy, rule_rows(policy))


@require_POST
def policy_save(request: HttpRequest, policy_id: uuid.UUID) -> HttpResponse:
    """Store the rules of a draft; what cannot be stored comes back as it was typed, with what is wrong."""
    policy = policy_or_404(request, policy_id)
    rows = _typed_rows(request)
    try:
        policy_rules_replace(
            policy=policy,
            rules=rows,
            by=request.user,
            title=request.POST.get("title", "").strip()[:120] or policy.title,
            note=request.POST.get("note", "")[:4000],
            instead_of=request.POST.get("instead_of"),
        )
    except (PolicyInvalid, PolicyEdited) as error:
        messages.error(request, gettext(str(error.message)))
        return _page(request, policy, rows, status=error.http_status)
    except AppError as error:
        messages.error(request, gettext(str(error.message)))
        return HttpResponseRedirect(policy_url(policy.pk))
    messages.success(request, gettext("The draft was saved."))
    return HttpResponseRedirect(policy_url(policy.pk))


@require_POST
def policy_check(request: HttpRequest, policy_id: uuid.UUID) -> HttpResponse:
    """What the typed rules amount to: remarks and differences as HTML, and the bands of every cell."""
    policy = policy_or_404(request, policy_id)
    try:
        rows = _typed_rows(request)
    except PermissionDenied:
        return JsonResponse({"code": "rules_malformed"}, status=422)
    context = _remarks(policy, rows)
    return JsonResponse(
        {
            "remarks": render_to_string("moderation/policy/parts/remarks.html", context, request),
            "strips": {} if context["has_invalid"] else matrix.strips(rows),
            "faulty": context["faulty"],
        }
    )


def _typed_rows(request: HttpRequest) -> list[dict[str, Any]]:
    try:
        return matrix.rows_from_form(request.POST)
    except ValueError as error:  # nobody can type lists of different length
        raise PermissionDenied from error


def _page(
    request: HttpRequest, policy: Policy, rules: Sequence[matrix.RuleRow], status: int = 200
) -> HttpResponse:
    may_publish = request.user.has_perm(roles.POLICY_PUBLISH)
    remarks = _remarks(policy, rules)
    shown = matrix.drawable(rules) if remarks["has_invalid"] else matrix.ordered(rules)
    context = {
        **admin.site.each_context(request),
        "title": str(policy),
        "policy": policy,
        "name": gettext(policy.title),
        "note": gettext(policy.note) if policy.note else "",
        "sections": matrix.sections(shown),
        "is_editable": policy.is_draft and may_publish,
        "stored_digest": rules_digest(rule_rows(policy)),
        "may_publish": may_publish,
        "moves": _moves(policy) if may_publish else {},
        "simulation": policy_simulated(policy),
        "simulations": policy.simulations.all()[:5],
        "comparison": shadow_comparison(policy) if policy.state in _COMPARED else None,
        "severity_names": matrix.severity_names(),
        "new_rule": matrix.NEW_RULE,
        **matrix.choices(),
        **remarks,
    }
    return TemplateResponse(request, "moderation/policy/editor.html", context, status=status)


_COMPARED = {PolicyState.SHADOW, PolicyState.CANARY}


def _moves(policy: Policy) -> dict[str, bool]:
    """Which buttons the version has."""
    following = POLICY.table[policy.state]
    return {
        "shadow": PolicyState.SHADOW in following,
        "canary": PolicyState.CANARY in following,
        "live": PolicyState.LIVE in following,
        "withdraw": PolicyState.RETIRED in following and policy.state != PolicyState.LIVE,
        "restore": policy.state == PolicyState.RETIRED and not policy.was_withdrawn,
    }


def _remarks(policy: Policy, rules: Sequence[matrix.RuleRow]) -> dict[str, Any]:
    """Faults and warnings on the rules, and how they differ from the live ones."""
    faults = check_rules(rules)
    has_invalid = any(fault.code == "invalid" for fault in faults)
    if not has_invalid:
        rules = matrix.ordered(rules)  # so that positions are those of the form
        faults = check_rules(rules)
    live = policy_live()
    compared = live is not None and live.pk != policy.pk and not has_invalid
    changes = rules_diff(rule_rows(live), rules) if compared and live is not None else []
    return {
        "errors": [fault_text(fault, rules) for fault in faults if fault.is_error],
        "warnings": [fault_text(fault, rules) for fault in faults if not fault.is_error],
        "faulty": {
            str(fault.positions[0]): "error" if fault.is_error else "warning"
            for fault in reversed(faults)
            if fault.positions
        },
        "has_invalid": has_invalid,
        "live": live,
        "is_compared": compared,
        "changes": [
            {
                "before": rule_words(one.before) if one.before is not None else "",
                "after": rule_words(one.after) if one.after is not None else "",
            }
            for one in changes
        ],
        "changed_categories": {
            str(row["category"]) for one in changes for row in (one.before, one.after) if row is not None
        },
        "rule_count": len(rules),
    }
