"""A version's page: its state, what is missing, previews, rights, times, history; and what its buttons do."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from templates_app.checklist import publication_checklist
from templates_app.curation_selectors import live_since, version_history, versions_for_curators
from templates_app.models import RightsRecord, TemplateVersion
from templates_app.motion_page import editor_address
from templates_app.services.gates import rights_of, second_person_is_needed
from templates_app.services.handing_in import version_submit, version_withdraw
from templates_app.services.preparing import version_choose_cover, version_prepare
from templates_app.services.publishing import version_publish, version_retire
from templates_app.services.rights import rights_copy, rights_update
from templates_app.services.scheduling import version_expiry_set, version_schedule, version_unschedule
from templates_app.states import VersionState
from templates_app.texts import rights_fields_text, version_reasons_text
from templates_app.version_pages.access import curators_only, tell_fault, tried
from templates_app.version_pages.forms import CoverForm, ExpiryForm, RetireForm, RightsForm, ScheduleForm
from templates_app.version_pages.previews import may_choose_cover, refused_characters, shown_previews
from templates_app.work import work_on
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError

STEPS_SHOWN = 30
RIGHTS_GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_("The movement"), ("source_basis", "source_owner", "source_reference")),
    (_("The music"), ("music_basis", "music_title", "music_owner", "music_reference")),
    (
        _("The performers"),
        ("is_without_performers", "performer_names", "performers_consented", "performer_reference"),
    ),
    (_("Where and until when"), ("reach", "countries", "is_perpetual", "valid_until")),
)


def version_page(
    request: HttpRequest, version_id: uuid.UUID, rights: RightsForm | None = None
) -> HttpResponse:
    """Everything about one version. rights: the form with what was typed, when it was refused."""
    if not request.user.has_perm("templates_app.view_templateversion"):
        curators_only(request)
    version = get_object_or_404(versions_for_curators(), pk=version_id)
    user: Any = request.user
    form = rights or RightsForm(instance=rights_of(version))
    before = RightsRecord.objects.filter(
        version__template=version.template_id, version__number__lt=version.number
    )
    context = {
        **admin.site.each_context(request),
        "title": str(version),
        "version": version,
        "template": version.template,
        "checks": publication_checklist(version, user),
        "groups": [(title, [form[name] for name in names]) for title, names in RIGHTS_GROUPS],
        "record": rights_of(version),
        "missing_rights": rights_fields_text(rights_of(version).missing),
        "can_copy_rights": before.exists(),
        "schedule_form": ScheduleForm(
            initial={"publish_at": version.publish_at, "expire_at": version.expire_at}
        ),
        "retire_form": RetireForm(),
        "expiry_form": ExpiryForm(initial={"expire_at": version.expire_at}),
        "steps": version_history(version, limit=STEPS_SHOWN),
        "since": live_since([version.pk]).get(version.pk),
        "reasons": version_reasons_text(version.reason_codes) if version.reason_codes else "",
        "shown": shown_previews(version),
        "refused": refused_characters(version),
        "may_choose_cover": may_choose_cover(version, user),
        "preview_fault": _preview_fault(version),
        "states": VersionState,
        "editor": editor_address(version.pk) if version.take_id else "",
        "may_edit": user.has_perm(roles.TEMPLATE_EDIT),
        "may_publish": user.has_perm(roles.TEMPLATE_PUBLISH),
        "needs_second": second_person_is_needed(version, user),
    }
    return TemplateResponse(request, "templates_app/version.html", context)


def _preview_fault(version: TemplateVersion) -> str:
    """Why the previews of a draft could not be made, for people; the code where nobody can tell more."""
    if not version.preview_error:
        return ""
    work = work_on("version", version.pk)
    return work.error_text if work is not None and work.error_text else version.preview_error


def _submit(version: TemplateVersion, user: Any, _given: dict[str, Any]) -> object:
    return version_submit(version=version, by=user)


def _schedule(version: TemplateVersion, user: Any, given: dict[str, Any]) -> object:
    return version_schedule(version=version, by=user, **given)


def _expiry(version: TemplateVersion, user: Any, given: dict[str, Any]) -> object:
    return version_expiry_set(version=version, by=user, **given)


def _cover(version: TemplateVersion, user: Any, given: dict[str, Any]) -> object:
    return version_choose_cover(version=version, preview_id=given["preview"], by=user)


_Verb = tuple[Callable[[TemplateVersion, Any, dict[str, Any]], object], Any, Any]
_VERBS: dict[str, _Verb] = {
    "prepare": (
        lambda version, user, _given: version_prepare(version=version, by=user),
        None,
        _("The previews are being rendered."),
    ),
    "cover": (_cover, CoverForm, _("The cover was chosen.")),
    "submit": (_submit, None, _("The version was handed in; it is being checked.")),
    "withdraw": (
        lambda version, user, _given: version_withdraw(version=version, by=user),
        None,
        _("The version was taken back from review."),
    ),
    "publish": (
        lambda version, user, _given: version_publish(version=version, by=user),
        None,
        _("The version is live now."),
    ),
    "schedule": (_schedule, ScheduleForm, _("The version is scheduled.")),
    "unschedule": (
        lambda version, user, _given: version_unschedule(version=version, by=user),
        None,
        _("The schedule was taken back."),
    ),
    "expiry": (_expiry, ExpiryForm, _("The end was changed.")),
    "retire": (
        lambda version, user, given: version_retire(version=version, by=user, **given),
        RetireForm,
        _("The version was retired."),
    ),
    "copy-rights": (
        lambda version, user, _given: rights_copy(version=version, by=user),
        None,
        _("The rights were taken over from the version before."),
    ),
}


@require_POST
def version_act(request: HttpRequest, version_id: uuid.UUID, verb: str) -> HttpResponse:
    """Do one of _VERBS and go back to the version's page, where the outcome is told."""
    curators_only(request)
    if verb not in _VERBS:
        raise Http404
    version = get_object_or_404(TemplateVersion, pk=version_id)
    act, form_class, done = _VERBS[verb]
    given: dict[str, Any] = {}
    if form_class is not None:
        form = form_class(request.POST)
        if not form.is_valid():
            for name, faults in form.errors.items():
                messages.error(request, f"{form.fields[name].label}: {' '.join(faults)}")
            return HttpResponseRedirect(version_url(version))
        given = form.cleaned_data
    tried(request, lambda: act(version, request.user, given), gettext(str(done)))
    return HttpResponseRedirect(version_url(version))


@require_POST
def version_rights(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """Store the rights record; what was typed stays in the form when it is refused."""
    curators_only(request)
    version = get_object_or_404(TemplateVersion, pk=version_id)
    form = RightsForm(request.POST, instance=rights_of(version))
    user: Any = request.user
    if form.is_valid():
        try:
            rights_update(version=version, by=user, changes=form.stated())
        except AppError as error:
            tell_fault(request, error, form)
        else:
            messages.success(request, gettext("The rights record was stored."))
            return HttpResponseRedirect(version_url(version) + "#rights")
    return version_page(request, version_id, form)


def version_url(version: TemplateVersion) -> str:
    return reverse("admin:templates_app_templateversion_change", args=[version.pk])
