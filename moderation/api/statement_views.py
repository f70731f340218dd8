"""Statements of reasons of all accounts, for staff, and their attributes for the DSA's database as a file."""

from typing import Any, ClassVar, cast

import django_filters
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request

from moderation.api.rights_serializers import StatementSerializer
from moderation.api.staff_view import StaffView, file_of
from moderation.dsa import ALLOWED
from moderation.models import StatementKind, StatementOfReasons
from moderation.rights_selectors import statements_seen_by
from moderation.statement_export import EXPORTS
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common.filters import MomentFilter
from tongyi_portal.common.renderers import CsvRenderer, FormatNegotiation, JsonLinesRenderer

_CATEGORIES = sorted(ALLOWED["category"])


class StaffStatementSerializer(StatementSerializer):
    """A statement as staff see it."""

    owner = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    owner_id = serializers.UUIDField(read_only=True)
    dsa = serializers.DictField(
        read_only=True, help_text="Attributes of the DSA's database; empty where nothing was restricted."
    )

    class Meta(StatementSerializer.Meta):
        fields = [
            *StatementSerializer.Meta.fields,
            "owner",
            "owner_id",
            "strike",
            "measure",
            "wording",
            "dsa",
        ]


class StaffStatementFilter(django_filters.FilterSet):  # type: ignore[misc]
    owner = django_filters.UUIDFilter(field_name="owner_id", label="Id of an account.")
    kind = django_filters.MultipleChoiceFilter(choices=StatementKind.choices, label="One or more kinds.")
    dsa_category = django_filters.ChoiceFilter(
        field_name="dsa__category",
        choices=[(one, one) for one in _CATEGORIES],
        label="Category of the DSA's database.",
    )
    decision = django_filters.UUIDFilter(field_name="decision_id", label="Id of a decision.")
    subject = django_filters.UUIDFilter(field_name="decision__subject_id", label="Id of a piece of content.")
    since = MomentFilter(field_name="created_at", lookup_expr="gte", label="From this moment on.")
    until = MomentFilter(field_name="created_at", lookup_expr="lt", label="Before this moment.")


class _StaffStatementView(StaffView):
    permission = "moderation.view_statementofreasons"
    scopes: ClassVar = {"GET": Scope.MODERATION_READ}
    serializer_class: Any = StaffStatementSerializer
    queryset = StatementOfReasons.objects.none()
    lookup_url_kwarg = "statement_id"

    def get_queryset(self) -> QuerySet[StatementOfReasons]:
        return statements_seen_by(self.caller)


class StaffStatementList(_StaffStatementView, generics.ListAPIView[StatementOfReasons]):
    """Statements to all accounts, for staff, newest first."""

    filterset_class = StaffStatementFilter


class StaffStatementDetail(_StaffStatementView, generics.RetrieveAPIView[StatementOfReasons]):
    """One statement, for staff."""


class StaffStatementExport(_StaffStatementView):
    filterset_class = StaffStatementFilter
    renderer_classes = [JsonLinesRenderer, CsvRenderer]
    content_negotiation_class = FormatNegotiation
    own_parameters = frozenset({"format"})

    @extend_schema(
        summary="Export statements for the DSA's database",
        description=(
            "Those that restricted something, oldest first, with the filters of the list: as CSV in the "
            "Commission's columns, or as JSON lines. Nothing is marked as sent."
        ),
        operation_id="moderation_statements_export_retrieve",
        filters=True,
        parameters=[OpenApiParameter("format", str, enum=sorted(EXPORTS), default="jsonl")],
        responses={
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        key = str(cast(Any, request).accepted_renderer.format)
        rows = self.filter_queryset(self.get_queryset()).order_by("created_at", "id")
        found = rows.values_list("dsa", flat=True).iterator(chunk_size=2000)
        lines = EXPORTS[key].lines(dsa for dsa in found if dsa)
        return file_of(lines, name=f"statements-of-reasons.{key}", mime=EXPORTS[key].mime)
