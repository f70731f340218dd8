"""The page "Usage": the live strip, then every report on usage as a section, under one bar of filters."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from generation.reports.usage_base import APP, DATA, ENGINE, IS_DEMO, TEMPLATE, UsageReport, demo_note
from generation.usage_live import live_state
from generation.usage_moments import kind_name, moments_between, moments_chosen
from tongyi_portal.common import roles
from tongyi_portal.common.admin import staff_of
from tongyi_portal.common.errors import PermissionRefused
from tongyi_portal.common.moments import MomentFormField
from tongyi_portal.common.report_periods import zone_name
from tongyi_portal.common.report_texts import compared_text, seconds_text
from tongyi_portal.common.reports import (
    Asked,
    ChoiceFilter,
    Report,
    ReportQueryInvalid,
    asked_of,
    report_for,
    report_run,
)
from tongyi_portal.console.dashboard import Figure
from tongyi_portal.console.report_cells import shown_columns, shown_row
from tongyi_portal.console.report_charts import chart_svg
from tongyi_portal.console.report_controls import filter_controls, period_controls
from tongyi_portal.usage.models import Annotation, AnnotationKind
from tongyi_portal.usage.services.annotating import annotation_create, annotation_delete
from tongyi_portal.usage.shared_reads import reads_shared

BAR: tuple[ChoiceFilter, ...] = (APP, TEMPLATE, ENGINE, DATA)
MOMENTS_SHOWN = 40
WIDE, NARROW = 960, 480  # widths of charts, near those of the sections


@dataclass(frozen=True)
class Section:
    """A report as a part of the page. choices: values of filters that the bar does not have.

    rows_shown: of the table; its own page has all. is_wide: takes the whole width. is_open: shows its table.
    """

    key: str
    choices: Mapping[str, str] = field(default_factory=dict)
    rows_shown: int = 12
    is_wide: bool = False
    is_open: bool = False


class NoteForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    at = MomentFormField(label=_("at"))

    class Meta:
        model = Annotation
        fields = ("at", "kind", "text")


SECTIONS = (
    Section("usage_volume", rows_shown=48, is_wide=True),
    Section("usage_peaks", is_open=True),
    Section("usage_forecast", rows_shown=24),
    Section("usage_heatmap", rows_shown=48, is_wide=True),
    Section("usage_templates", is_wide=True, is_open=True),
    Section("usage_times", {"by": "hour"}, rows_shown=24),
    Section("usage_times", {"by": "time"}, rows_shown=24),
    Section("usage_funnel", is_wide=True, is_open=True),
    Section("usage_rejections", rows_shown=8, is_wide=True, is_open=True),
    Section("usage_failures", rows_shown=8, is_open=True),
    Section("usage_workers", rows_shown=24),
    Section("usage_capacity", is_open=True),
    Section("usage_subjects", is_open=True),
    Section("usage_persons", rows_shown=24, is_wide=True),
)


def usage_urls(site: AdminSite) -> list[URLPattern]:
    """Addresses below the console: admin:usage, admin:usage_live, and the notes' two."""
    return [
        path("usage/", site.admin_view(usage_page), name="usage"),
        path("usage/live/", site.admin_view(usage_live), name="usage_live"),
        path("usage/notes/", site.admin_view(usage_note_add), name="usage_note_add"),
        path(
            "usage/notes/<uuid:note_id>/delete/",
            site.admin_view(usage_note_delete),
            name="usage_note_delete",
        ),
    ]


@require_GET
def usage_page(request: HttpRequest) -> HttpResponse:
    """All of it. A question that cannot be read is told, and the last seven days are shown instead."""
    _require_reader(request)
    now, given, fault = timezone.now(), request.GET.dict(), ""
    with reads_shared():
        try:
            asked, sections = _answered(request, given, now)
        except ReportQueryInvalid as error:
            fault, given = str(error.message), {}
            asked, sections = _answered(request, given, now)
        period = asked.period
        demo = demo_note(asked.choice("demo"), period)
        moments = moments_between(period.since, period.until, IS_DEMO.get(asked.choice("demo")))
        narrowed = [str(one.title) for one in BAR if given.get(one.key, one.default) != one.default]
        context = {
            **admin.site.each_context(request),
            "title": gettext("Usage"),
            "fault": fault,
            "asked": asked,
            "filters": filter_controls(BAR, lambda key: given.get(key, "")),
            **period_controls(asked),
            "sections": sections,
            "compared": sections[0]["compared"],
            "zone": zone_name(),
            "data_to": timezone.localtime(sections[0]["data_to"]),
            "demo": demo,
            "narrowed": ", ".join(narrowed),
            "moments": [
                {"moment": moment, "kind": kind_name(moment.kind), "at": timezone.localtime(moment.at)}
                for moment in reversed(moments_chosen(moments, MOMENTS_SHOWN))
            ],
            "moments_left_out": max(len(moments) - MOMENTS_SHOWN, 0),
            "note_kinds": AnnotationKind.choices,
            "may_note": request.user.has_perm(roles.USAGE_ANNOTATE),
            "may_schedule": request.user.has_perm(roles.REPORT_SCHEDULE),
            "query": urlencode(given),
            **live_figures(now),
        }
    return render(request, "console/usage/page.html", context, status=400 if fault else 200)


@require_GET
def usage_live(request: HttpRequest) -> HttpResponse:
    """The strip that a browser fetches again every ten seconds."""
    _require_reader(request)
    return render(request, "console/usage/live.html", live_figures(timezone.now()))


@require_POST
def usage_note_add(request: HttpRequest) -> HttpResponse:
    """Write a note at a time on the site's clock, and go back to the page."""
    form = NoteForm(request.POST)
    with timezone.override(timezone.get_default_timezone()):
        is_valid = form.is_valid()
    if not is_valid:
        messages.error(request, gettext("A note needs a time, a kind and a text."))
        for field, faults in form.errors.items():
            messages.error(request, f"{form[field].label}: {' '.join(map(str, faults))}")
        return _back(request)
    try:
        annotation_create(by=staff_of(request), **form.cleaned_data)
    except PermissionRefused as error:
        raise PermissionDenied from error
    messages.success(request, gettext("The note was added."))
    return _back(request)


@require_POST
def usage_note_delete(request: HttpRequest, note_id: uuid.UUID) -> HttpResponse:
    """Take a note away, and go back to the page."""
    note = get_object_or_404(Annotation, pk=note_id)
    try:
        annotation_delete(annotation=note, by=staff_of(request))
    except PermissionRefused as error:
        raise PermissionDenied from error
    messages.success(request, gettext("The note was deleted."))
    return _back(request)


def live_figures(now: datetime) -> dict[str, Any]:
    """The figures of the strip."""
    state = live_state(now)
    jobs = "admin:generation_job_changelist"
    figures = [
        Figure(
            gettext("Queued"),
            str(state.queued),
            gettext("oldest waits %(time)s") % {"time": seconds_text(state.oldest_seconds)}
            if state.queued
            else gettext("nobody waits"),
            jobs,
        ),
        Figure(gettext("Running"), str(state.running), link=jobs),
        Figure(
            gettext("Wait, median"),
            seconds_text(state.wait_p50),
            gettext("last hour, %(count)d started") % {"count": state.started},
        ),
        Figure(gettext("Wait, 95 of 100"), seconds_text(state.wait_p95), gettext("last hour")),
        Figure(
            gettext("Workers busy"),
            gettext("%(busy)d of %(known)d") % {"busy": state.busy, "known": state.workers},
            gettext("nobody works") if not state.workers else "",
            tone="" if state.workers else "bad",
        ),
    ]
    return {"live_figures": figures, "live_at": timezone.localtime(now)}


def _answered(
    request: HttpRequest, given: Mapping[str, str], now: datetime
) -> tuple[Asked, list[dict[str, Any]]]:
    """The bar's question and each section's answer. Raises ReportQueryInvalid, also of a section's filter."""
    asked = _asked(request, given, now)
    return asked, [_section(request, one, given, now) for one in SECTIONS]


def _asked(request: HttpRequest, given: Mapping[str, str], now: datetime) -> Asked:
    """The bar's question; each of its filters is checked. Raises ReportQueryInvalid."""
    for one in BAR:
        value = given.get(one.key, one.default)
        if value not in {offered for offered, _name in one.offered()}:
            raise ReportQueryInvalid(details={"filter": one.key})
    return asked_of(report_for(request.user, SECTIONS[0].key), {**given, "grain": "auto"}, now)


def _section(
    request: HttpRequest, section: Section, given: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    report = cast(UsageReport, report_for(request.user, section.key))
    question = {**given, **section.choices}
    own = {one.key for one in report.filters}
    bar_keys = {one.key for one in BAR}
    question = {key: value for key, value in question.items() if key in own or key not in bar_keys}
    result = report_run(report, asked_of(report, question, now))
    left_out = [
        {"name": str(one.title), "why": report.not_narrowed[one.key]}
        for one in BAR
        if one.key not in own and given.get(one.key)
    ]
    demo = demo_note(given.get("demo", ""), result.asked.period)
    return {
        "id": "-".join([section.key, *section.choices.values()]),
        "section": section,
        "report": report,
        "title": _title(report, section),
        "chart": chart_svg(result.chart, WIDE if section.is_wide else NARROW)
        if result.chart is not None
        else "",
        "chart_title": result.chart.title if result.chart is not None else "",
        "marks": result.chart.marks if result.chart is not None else (),
        "columns": shown_columns(result),
        "rows": [shown_row(result, row) for row in result.rows[: section.rows_shown]],
        "totals": shown_row(result, result.totals) if result.totals is not None else None,
        "row_count": len(result.rows),
        "notes": [note for note in result.notes if note != demo],
        "data_to": result.data_to,
        "compared": compared_text(result.compared) if result.compared is not None else "",
        "query": urlencode(question),
        "left_out": left_out,
    }


def _title(report: Report, section: Section) -> str:
    """The report's name, and the choice that makes it a section of its own."""
    names = [
        str(dict(one.offered())[section.choices[one.key]])
        for one in report.filters
        if one.key in section.choices and section.key == "usage_times"
    ]
    return " · ".join([str(report.title), *names])


def _require_reader(request: HttpRequest) -> None:
    if not request.user.has_perm(roles.USAGE_VIEW):
        raise PermissionDenied


def _back(request: HttpRequest) -> HttpResponse:
    query = request.POST.get("query", "")
    address = reverse("admin:usage")
    return HttpResponseRedirect(f"{address}?{query}#notes" if query else f"{address}#notes")
