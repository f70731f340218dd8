"""Scheduled reports in the console: what goes to whom and when, what became of it; add, pause, send now."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.admin import staff_of
from tongyi_portal.common.errors import AppError
from tongyi_portal.common.report_periods import Compare, Preset, zone_name
from tongyi_portal.common.reports import ChoiceFilter, Report, all_reports, report_for, reports_for
from tongyi_portal.console.report_controls import filter_controls
from tongyi_portal.usage.models import Channel, MailLanguage, ReportSchedule, ReportSending, Rhythm, Weekday
from tongyi_portal.usage.services.scheduling import (
    may_get,
    schedule_create,
    schedule_delete,
    schedule_pause,
    schedule_resume,
    schedule_send_now,
    sending_retry,
)
from tongyi_portal.usage.states import SendingState

SENDINGS_SHOWN = 3
FILTER = "filter-"  # begins the names of the form's fields for filters
FAULTS = {
    "mail_refused": _("the mail server did not take it"),
    "permission_refused": _("may not read this report any more, or has no address"),
    "report_not_found": _("there is no such report any more"),
    "invalid_report_query": _("a filter has a value that is no longer offered"),
    "no_endpoint_listens": _("no webhook listens to report.ready"),
    "interrupted": _("the worker was lost while it sent; some may have got it"),
}


LANGUAGES = [("", _("each recipient's own")), *MailLanguage.choices]


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What the page's form sends, but for the report's filters, which begin with FILTER."""

    report = forms.CharField(label=_("Report"))
    preset = forms.ChoiceField(label=_("Period"), choices=Preset.choices, required=False)
    compare = forms.ChoiceField(label=_("Compare with"), choices=Compare.choices, required=False)
    language = forms.ChoiceField(label=_("Language of the mail"), choices=LANGUAGES, required=False)
    people = forms.ModelMultipleChoiceField(
        User.objects.filter(is_staff=True), label=_("Recipients of the mail"), required=False
    )

    hour = forms.IntegerField(label=_("hour"), min_value=0, max_value=23)
    month_day = forms.IntegerField(label=_("day of the month"), min_value=1, max_value=28)

    class Meta:
        model = ReportSchedule
        fields = ("channel", "rhythm", "hour", "weekday", "month_day")


def schedule_urls(site: AdminSite) -> list[URLPattern]:
    """Addresses below the console: admin:report_schedules and what its buttons do."""
    return [
        path("usage/schedules/", site.admin_view(schedules_page), name="report_schedules"),
        path("usage/schedules/add/", site.admin_view(schedule_add), name="report_schedule_add"),
        path(
            "usage/schedules/<uuid:schedule_id>/<str:verb>/",
            site.admin_view(schedule_act),
            name="report_schedule_act",
        ),
        path(
            "usage/schedules/sendings/<uuid:sending_id>/retry/",
            site.admin_view(sending_again),
            name="report_sending_retry",
        ),
    ]


@require_GET
def schedules_page(request: HttpRequest) -> HttpResponse:
    """All schedules, and a form for another one, of the report and filters that the address names."""
    _require_right(request)
    reports = {report.key: report for report in all_reports()}
    chosen = _chosen(request)
    schedules = ReportSchedule.objects.select_related("by").prefetch_related("recipients__user")
    context = {
        **admin.site.each_context(request),
        "title": gettext("Scheduled reports"),
        "zone": zone_name(),
        "schedules": [_shown(schedule, reports.get(schedule.report_key)) for schedule in schedules],
        "reports": reports_for(request.user),
        "chosen": chosen,
        "filters": _filters(request, chosen) if chosen is not None else [],
        "people": _people(chosen) if chosen is not None else [],
        "presets": [one for one in Preset.choices if one[0] != Preset.CUSTOM],
        "compares": Compare.choices,
        "preset": request.GET.get("preset") or (chosen.default_preset if chosen is not None else ""),
        "compare": request.GET.get("compare", ""),
        "rhythms": Rhythm.choices,
        "weekdays": Weekday.choices,
        "month_days": range(1, 29),
        "hours": range(24),
        "channels": Channel.choices,
        "languages": LANGUAGES,
    }
    return render(request, "console/usage/schedules.html", context)


@require_POST
def schedule_add(request: HttpRequest) -> HttpResponse:
    """Make a schedule of the form; a fault is told on the page."""
    _require_right(request)
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        for field, faults in form.errors.items():
            messages.error(request, f"{form[field].label}: {' '.join(map(str, faults))}")
        return HttpResponseRedirect(reverse("admin:report_schedules"))
    given = form.cleaned_data
    query = {
        key.removeprefix(FILTER): str(value)
        for key, value in request.POST.items()
        if key.startswith(FILTER) and value
    }
    query |= {key: given[key] for key in ("preset", "compare") if given[key]}
    try:
        schedule_create(
            by=staff_of(request),
            report_key=given["report"],
            query=query,
            recipients=dict.fromkeys(given["people"], given["language"]),
            **{name: given[name] for name in ScheduleForm.Meta.fields},
        )
    except AppError as error:
        messages.error(request, gettext(str(error.message)))
    else:
        messages.success(request, gettext("The report will be sent from now on."))
    return HttpResponseRedirect(reverse("admin:report_schedules"))


@require_POST
def schedule_act(request: HttpRequest, schedule_id: uuid.UUID, verb: str) -> HttpResponse:
    """Pause, resume, delete, or send now."""
    _require_right(request)
    acts: dict[str, tuple[Any, str]] = {
        "pause": (schedule_pause, gettext("The report is paused.")),
        "resume": (schedule_resume, gettext("The report will be sent again.")),
        "delete": (schedule_delete, gettext("The report will not be sent any more.")),
        "send": (schedule_send_now, gettext("The report is being sent.")),
    }
    if verb not in acts:
        raise Http404
    service, done = acts[verb]
    service(schedule=get_object_or_404(ReportSchedule, pk=schedule_id), by=staff_of(request))
    messages.success(request, done)
    return HttpResponseRedirect(reverse("admin:report_schedules"))


@require_POST
def sending_again(request: HttpRequest, sending_id: uuid.UUID) -> HttpResponse:
    """Try those again whom a failed sending did not reach."""
    _require_right(request)
    try:
        sending_retry(sending=get_object_or_404(ReportSending, pk=sending_id), by=staff_of(request))
    except AppError as error:
        messages.error(request, gettext(str(error.message)))
    else:
        messages.success(request, gettext("The report is being sent."))
    return HttpResponseRedirect(reverse("admin:report_schedules"))


def _shown(schedule: ReportSchedule, report: Report | None) -> dict[str, Any]:
    query = dict(schedule.query)
    period = dict(Preset.choices).get(query.pop("preset", ""), "")
    compare = dict(Compare.choices).get(query.pop("compare", ""), "")
    filters = {one.key: one for one in report.filters} if report is not None else {}
    narrowed = ", ".join(_filter_text(filters.get(key), key, value) for key, value in query.items() if value)
    sendings = schedule.sendings.order_by("-due_at")[:SENDINGS_SHOWN]
    return {
        "schedule": schedule,
        "name": report.title if report is not None else schedule.report_key,
        "period": period,
        "compare": compare if schedule.query.get("compare", "none") != "none" else "",
        "narrowed": narrowed,
        "due_at": timezone.localtime(schedule.due_at),
        "recipients": [
            f"{one.user.get_username()} <{one.user.email}> ({_language_name(one.mail_language)})"
            for one in schedule.recipients.all()
        ],
        "sendings": [
            {
                "sending": sending,
                "at": timezone.localtime(sending.due_at),
                "reached": len(sending.done),
                "is_failed": sending.state == SendingState.FAILED,
                "faults": [
                    ": ".join(part for part in (fault["name"], _fault_text(fault["code"])) if part)
                    for fault in sending.faults
                ],
            }
            for sending in sendings
        ],
    }


def _filter_text(one: ChoiceFilter | None, key: str, value: str) -> str:
    """A filter and its value by their names; one that is no longer offered by what it was stored as."""
    if one is None:
        return f"{key}: {value}"
    return f"{one.title}: {dict(one.offered()).get(value, value)}"


def _language_name(code: str) -> str:
    return str(dict(MailLanguage.choices).get(code, code))


def _fault_text(code: str) -> str:
    return str(FAULTS.get(code, code))


def _chosen(request: HttpRequest) -> Report | None:
    key = request.GET.get("report", "")
    try:
        return report_for(request.user, key) if key else None
    except AppError as error:
        raise Http404 from error


def _filters(request: HttpRequest, chosen: Report) -> list[dict[str, Any]]:
    """The report's filters, set as in the address; its period is chosen anew."""
    given, defaults = request.GET.dict(), {one.key: one.default for one in chosen.filters}
    return [
        {**one, "key": FILTER + one["key"]}
        for one in filter_controls(chosen.filters, lambda key: given.get(key) or defaults[key])
    ]


def _people(report: Report) -> list[User]:
    """Who may get it: active staff with an address who may read it."""
    staff = User.objects.filter(is_active=True, is_staff=True).exclude(email="").order_by("username")
    return [person for person in staff if may_get(person, report)]


def _require_right(request: HttpRequest) -> None:
    if not request.user.has_perm(roles.REPORT_SCHEDULE):
        raise PermissionDenied
