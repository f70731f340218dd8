"""Reports for programs: the numbers of the console's pages as JSON or CSV."""

from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tongyi_portal.api.report_serializers import (
    ReportAnswerSerializer,
    ReportQuerySerializer,
    ReportSerializer,
)
from tongyi_portal.common.filters import refuse_unknown_parameters
from tongyi_portal.common.renderers import CsvRenderer, FormatNegotiation
from tongyi_portal.common.report_periods import Period, zone_name
from tongyi_portal.common.report_tables import csv_response, json_value
from tongyi_portal.common.reports import (
    Report,
    ReportResult,
    ResultRow,
    asked_of,
    parameters_of,
    report_for,
    report_run,
    reports_for,
)
from tongyi_portal.usage.shared_reads import reads_shared


class ReportList(APIView):
    """The reports that the caller may read, with their filters."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        summary="List the reports",
        operation_id="reports_list",
        responses={200: ReportSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        return Response(
            [_described(report) for report in reports_for(request.user) if _in_scope(request, report)]
        )


class ReportDetail(APIView):
    """One report with the numbers that the console shows for the same question."""

    permission_classes = [IsAuthenticated]
    renderer_classes = [JSONRenderer, CsvRenderer]
    content_negotiation_class = FormatNegotiation

    @extend_schema(
        summary="Read a report",
        description=(
            "Also takes a parameter for each filter of the report (see the list). `format=csv` gives the "
            "rows as a file. The token needs the report's scope: moderation:read for reports on moderation."
        ),
        operation_id="reports_read",
        parameters=[
            ReportQuerySerializer,
            OpenApiParameter("format", str, enum=["json", "csv"]),
        ],
        responses={
            (200, "application/json"): ReportAnswerSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request, key: str) -> Any:
        report = report_for(request.user, key)
        if not _in_scope(request, report):
            raise PermissionDenied(
                {"message": _("The token lacks the scope for this."), "scope": report.scope},
                code="scope_missing",
            )
        refuse_unknown_parameters(request, parameters_of(report) | {"format"})
        with reads_shared():
            result = report_run(report, asked_of(report, request.query_params.dict()))
        if cast(Any, request).accepted_renderer.format == "csv":
            return csv_response(result)
        return Response(_answered(result))


def _in_scope(request: Request, report: Report) -> bool:
    """A session carries every scope, a token those that it was given."""
    return request.auth is None or report.scope in getattr(request.auth, "scopes", ())


def _described(report: Report) -> dict[str, Any]:
    return {
        "key": report.key,
        "title": str(report.title),
        "description": str(report.description),
        "has_period": report.has_period,
        "filters": [
            {
                "key": one.key,
                "title": str(one.title),
                "default": one.default,
                "choices": [{"value": value, "name": str(name)} for value, name in one.offered()],
            }
            for one in report.filters
        ],
    }


def _answered(result: ReportResult) -> dict[str, Any]:
    report = result.report
    return {
        "key": report.key,
        "title": str(report.title),
        "zone": zone_name(),
        "data_to": timezone.localtime(result.data_to).isoformat(timespec="seconds"),
        "is_demo": result.is_demo,
        "period": _days(result.asked.period) if report.has_period else None,
        "compared_with": _days(result.compared),
        "columns": [
            {
                "key": column.key,
                "title": str(column.title),
                "kind": column.kind.value,
                "unit": column.unit,
                "help": str(column.help),
            }
            for column in result.columns
        ],
        "rows": [_row(result, row) for row in result.rows],
        "totals": _row(result, result.totals) if result.totals is not None else None,
        "notes": [str(note) for note in result.notes],
    }


def _row(result: ReportResult, row: ResultRow) -> dict[str, Any]:
    def cells(given: Any) -> dict[str, Any]:
        return {
            column.key: json_value(column, given[column.key])
            for column in result.columns
            if column.key in given
        }

    return {
        "cells": cells(row.cells),
        "previous": cells(row.previous) if row.previous is not None else None,
    }


def _days(period: Period | None) -> dict[str, str | None] | None:
    if period is None:
        return None
    return {
        "first_day": period.first.isoformat(),
        "last_day": period.last.isoformat(),
        "counted_to": timezone.localtime(period.cut).isoformat(timespec="seconds") if period.cut else None,
    }
