"""The page of featured slots: drag or move them with buttons, add, change and remove them."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from templates_app.curation_selectors import slots_all
from templates_app.models import FeaturedSlot
from templates_app.services.featuring import slot_add, slot_change, slot_remove, slots_reorder
from templates_app.version_pages.access import curators_only, tried
from templates_app.version_pages.forms import NewSlotForm, SlotForm
from tongyi_portal.common import roles


def slots_page(request: HttpRequest) -> HttpResponse:
    """All slots in their order, each with its dates, and a form for another one."""
    if not request.user.has_perm("templates_app.view_featuredslot"):
        curators_only(request)
    now = timezone.now()
    rows = [
        {
            "slot": slot,
            "is_on": slot.starts_at <= now and (slot.ends_at is None or slot.ends_at > now),
            "is_over": slot.ends_at is not None and slot.ends_at <= now,
            "form": SlotForm(
                initial={"starts_at": slot.starts_at, "ends_at": slot.ends_at}, prefix=str(slot.pk)
            ),
        }
        for slot in slots_all()
    ]
    context = {
        **admin.site.each_context(request),
        "title": gettext("Featured slots"),
        "rows": rows,
        "new_form": NewSlotForm(auto_id="new_%s"),
        "may_change": request.user.has_perm(roles.TEMPLATE_PUBLISH),
        "zone": timezone.get_current_timezone_name(),
    }
    return TemplateResponse(request, "templates_app/slots.html", context)


def _checked(request: HttpRequest, form: Any) -> dict[str, Any] | None:
    """What the form says; None after its faults were told."""
    if form.is_valid():
        given: dict[str, Any] = form.cleaned_data
        return given
    for name, faults in form.errors.items():
        messages.error(request, f"{form.fields[name].label}: {' '.join(faults)}")
    return None


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:templates_app_featuredslot_changelist"))


@require_POST
def slot_new(request: HttpRequest) -> HttpResponse:
    """Feature another template."""
    curators_only(request, roles.TEMPLATE_PUBLISH)
    given = _checked(request, NewSlotForm(request.POST))
    user: Any = request.user
    if given is not None:
        is_added = tried(request, lambda: slot_add(by=user, **given), gettext("The slot was added."))
        if is_added and not given["template"].is_live:
            messages.warning(request, gettext("This template is not live: it is shown once it is."))
    return _back()


@require_POST
def slots_order(request: HttpRequest) -> HttpResponse:
    """Store the order in which the form names the slots."""
    curators_only(request, roles.TEMPLATE_PUBLISH)
    user: Any = request.user
    try:
        ids = [uuid.UUID(text) for text in request.POST.getlist("slot")]
    except ValueError:
        ids = []
    tried(request, lambda: slots_reorder(ids=ids, by=user), gettext("The order was stored."))
    return _back()


@require_POST
def slot_dates(request: HttpRequest, slot_id: uuid.UUID) -> HttpResponse:
    """Change when a slot begins and ends."""
    curators_only(request, roles.TEMPLATE_PUBLISH)
    slot = get_object_or_404(FeaturedSlot, pk=slot_id)
    given = _checked(request, SlotForm(request.POST, prefix=str(slot.pk)))
    user: Any = request.user
    if given is not None:
        tried(request, lambda: slot_change(slot=slot, by=user, **given), gettext("The dates were changed."))
    return _back()


@require_POST
def slot_take_away(request: HttpRequest, slot_id: uuid.UUID) -> HttpResponse:
    """Remove a slot."""
    curators_only(request, roles.TEMPLATE_PUBLISH)
    slot = get_object_or_404(FeaturedSlot, pk=slot_id)
    user: Any = request.user
    tried(request, lambda: slot_remove(slot=slot, by=user), gettext("The slot was removed."))
    return _back()
