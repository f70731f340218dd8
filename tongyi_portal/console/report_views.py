"""Pages of the reports: the list, one report with its filters, table and chart, and the same rows as CSV."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext

from tongyi_portal.common import roles
from tongyi_portal.common.errors import PermissionRefused
from tongyi_portal.common.report_periods import zone_name
from tongyi_portal.common.report_tables import csv_response
from tongyi_portal.common.report_texts import compared_text
from tongyi_portal.common.reports import (
    Report,
    ReportNotFound,
    ReportQueryInvalid,
    asked_of,
    report_for,
    report_run,
    reports_for,
)
from tongyi_portal.console.report_cells import shown_columns, shown_row
from tongyi_portal.console.report_charts import chart_svg
from tongyi_portal.console.report_controls import filter_controls, period_controls
from tongyi_portal.usage.shared_reads import reads_shared

ROWS_SHOWN = 500


def report_urls(site: admin.AdminSite) -> list[URLPattern]:
    """Addresses below the console; names admin:reports, admin:report, admin:report_csv."""
    return [
        path("reports/", site.admin_view(report_list), name="reports"),
        path("reports/<slug:key>/", site.admin_view(report_page), name="report"),
        path("reports/<slug:key>/csv/", site.admin_view(report_csv), name="report_csv"),
    ]


def report_list(request: HttpRequest) -> HttpResponse:
    """The reports that the reader may open."""
    reports = reports_for(request.user)
    if not reports:
        raise PermissionDenied
    context = {**admin.site.each_context(request), "title": gettext("Reports"), "reports": reports}
    return render(request, "console/reports/list.html", context)


def report_page(request: HttpRequest, key: str) -> HttpResponse:
    """A report. A question that cannot be read is told, and the report's own period shown instead."""
    report = _report(request, key)
    given, fault = request.GET.dict(), ""
    try:
        asked = asked_of(report, given)
    except ReportQueryInvalid as error:
        fault, asked = str(error.message), asked_of(report, {})
    with reads_shared():
        result = report_run(report, asked)
    context = {
        **admin.site.each_context(request),
        "title": report.title,
        "report": report,
        "fault": fault,
        "filters": filter_controls(report.filters, asked.choice),
        **period_controls(asked),
        "asked": asked,
        "result": result,
        "compared": compared_text(result.compared) if result.compared is not None else "",
        "columns": shown_columns(result),
        "rows": [
            {"cells": shown_row(result, row), "is_thin": row.cells.get("is_enough") is False}
            for row in result.rows[:ROWS_SHOWN]
        ],
        "totals": shown_row(result, result.totals) if result.totals is not None else None,
        "row_count": len(result.rows),
        "rows_shown": ROWS_SHOWN,
        "chart": chart_svg(result.chart) if result.chart is not None else "",
        "chart_title": result.chart.title if result.chart is not None else "",
        "marks": result.chart.marks if result.chart is not None else (),
        "notes": result.notes,
        "zone": zone_name(),
        "now": timezone.localtime(result.data_to),
        "may_schedule": request.user.has_perm(roles.REPORT_SCHEDULE),
        "query": request.GET.urlencode() if not fault else "",
    }
    return render(request, "console/reports/report.html", context, status=400 if fault else 200)


def report_csv(request: HttpRequest, key: str) -> HttpResponseBase:
    """The rows of the page with the same address, all of them."""
    report = _report(request, key)
    try:
        with reads_shared():
            result = report_run(report, asked_of(report, request.GET.dict()))
    except ReportQueryInvalid as error:
        return HttpResponse(str(error.message), status=400, content_type="text/plain; charset=utf-8")
    return csv_response(result)


def _report(request: HttpRequest, key: str) -> Report:
    try:
        return report_for(request.user, key)
    except ReportNotFound as error:
        raise Http404 from error
    except PermissionRefused as error:
        raise PermissionDenied from error
