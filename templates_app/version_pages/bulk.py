"""bulk_page: a step on many rows of a console list, asked for what it needs, and told row by row."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from templates_app.models import TemplateVersion
from templates_app.services.bulk import BULK_LIMIT, BulkOutcome, counts_of
from templates_app.services.bulk_steps import templates_act_on, versions_act_on
from templates_app.version_pages.access import tell_fault
from templates_app.version_pages.forms import CategoryForm, ScheduleForm, SlotForm, TagForm
from tongyi_portal.common.admin import staff_of
from tongyi_portal.common.errors import AppError

_FORMS: dict[str, Any] = {
    "schedule": ScheduleForm,
    "feature": SlotForm,
    "tag": TagForm,
    "category": CategoryForm,
}
_TITLES: dict[str, Any] = {
    "publish": _("Publish"),
    "schedule": _("Schedule"),
    "retire": _("Retire"),
    "feature": _("Feature"),
    "tag": _("Add tags"),
    "category": _("Move to a category"),
}


def bulk_page(
    request: HttpRequest, model_admin: Any, action: str, rows: models.QuerySet[Any]
) -> HttpResponse:
    """Show the rows and ask for what the step needs; once confirmed, do it on each, and tell what became of
    every one in the order of the list.

    Of more than BULK_LIMIT, so many are done in one request, and the page of outcomes goes on with the next.
    """
    chosen, rest = _portion(rows, request.POST.get("rest", ""))
    form = _FORMS.get(action, forms.Form)(request.POST if "apply" in request.POST else None)
    context = {
        **admin.site.each_context(request),
        "title": gettext(str(_TITLES[action])),
        "opts": model_admin.model._meta,
        "back": reverse(f"admin:templates_app_{model_admin.model._meta.model_name}_changelist"),
        "action_name": request.POST.get("action", ""),
        "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        "rows": chosen,
        "form": form,
        "rest": ",".join(rest),
        "rest_count": len(rest),
        "limit": BULK_LIMIT,
    }
    if not form.is_valid():
        return TemplateResponse(request, "templates_app/bulk_form.html", context)
    try:
        outcomes = _outcomes(action, chosen, staff_of(request), form.cleaned_data)
    except AppError as error:
        tell_fault(request, error)
        return HttpResponseRedirect(request.get_full_path())
    done, failed = counts_of(outcomes)
    level = messages.SUCCESS if not failed else messages.WARNING
    text = gettext("%(done)d done, %(failed)d not done.") % {"done": done, "failed": failed}
    messages.add_message(request, level, text)
    given = [(name, value) for name in form.fields for value in request.POST.getlist(name)]
    context |= {"outcomes": outcomes, "done": done, "failed": failed, "given": given}
    context |= {"coming": rest[:BULK_LIMIT], "rest": ",".join(rest[BULK_LIMIT:])}
    return TemplateResponse(request, "templates_app/bulk_result.html", context)


def _portion(rows: models.QuerySet[Any], rest: str) -> tuple[list[Any], list[str]]:
    """The rows of this request, and the keys of those that come after them, `rest` last."""
    keys = [str(key) for key in rows.values_list("pk", flat=True)]
    chosen = list(rows) if len(keys) <= BULK_LIMIT else list(rows[:BULK_LIMIT])
    return chosen, [*keys[BULK_LIMIT:], *filter(None, rest.split(","))]


def _outcomes(action: str, rows: list[Any], by: Any, given: dict[str, Any]) -> list[BulkOutcome]:
    if rows and isinstance(rows[0], TemplateVersion):
        return versions_act_on(action=action, ids=[row.pk for row in rows], by=by, **given)
    return templates_act_on(action=action, templates=rows, by=by, **given)
