"""The audit chain over HTTP: entries to read, its end, and a check of any part of it."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from moderation.api import audit_serializers as shapes
from moderation.api.staff_view import StaffView
from moderation.audit_selectors import audit_entries_for
from moderation.models import AuditEntry
from moderation.services.audit import audit_end, audit_verify_stretch
from moderation.texts import ACTIONS
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common.filters import MomentFilter
from tongyi_portal.common.pagination import NewestFirst


class AuditFilter(django_filters.FilterSet):  # type: ignore[misc]
    action = django_filters.MultipleChoiceFilter(choices=list(ACTIONS.items()), label="One or more actions.")
    subject_type = django_filters.CharFilter(label="Kind of row, such as “moderation.decision”.")
    subject_id = django_filters.CharFilter(label="Key of the row.")
    actor = django_filters.UUIDFilter(field_name="actor_id", label="Id of an account.")
    is_by_system = django_filters.BooleanFilter(
        field_name="actor_id", lookup_expr="isnull", label="Nobody acted."
    )
    after = django_filters.NumberFilter(
        field_name="sequence",
        lookup_expr="gt",
        min_value=0,
        label="Later than the entry of this number; the oldest come first then, so none is missed.",
    )
    since = MomentFilter(field_name="created_at", lookup_expr="gte", label="From this moment on.")
    until = MomentFilter(field_name="created_at", lookup_expr="lt", label="Before this moment.")


class BySequence(NewestFirst):
    """Newest first; whoever follows the chain with `after` gets the oldest first."""

    ordering: Any = ("-sequence",)

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: APIView) -> tuple[str, ...]:
        return ("sequence",) if request.query_params.get("after") else ("-sequence",)


class _AuditView(StaffView):
    permission = "moderation.view_auditentry"
    scopes: ClassVar = {"GET": Scope.MODERATION_AUDIT}
    serializer_class: Any = shapes.AuditEntrySerializer
    queryset = AuditEntry.objects.none()
    lookup_field = "sequence"

    def get_queryset(self) -> QuerySet[AuditEntry]:
        return audit_entries_for(self.caller)


class AuditEntryList(_AuditView, generics.ListAPIView[AuditEntry]):
    """The audit chain, newest first, without entries about content that the caller has to judge blindly."""

    filterset_class = AuditFilter
    pagination_class = BySequence


class AuditEntryDetail(_AuditView, generics.RetrieveAPIView[AuditEntry]):
    """One entry of the audit chain."""


class AuditEnd(_AuditView):
    @extend_schema(
        summary="The end of the audit chain",
        operation_id="moderation_audit_end_retrieve",
        responses={200: shapes.AuditEndSerializer},
    )
    def get(self, _request: Request) -> Response:
        return Response({"end": audit_end()})


class AuditVerify(_AuditView):
    @extend_schema(
        summary="Check a part of the audit chain",
        description=(
            "At most 5000 entries behind `start`, which the chain must still hold. Give each answer's `end` "
            "as the next `start` until `is_last`: then every entry was checked once. Rows that the chain "
            "speaks of are compared with it by `manage.py audit_verify` only."
        ),
        operation_id="moderation_audit_verify_retrieve",
        parameters=[shapes.VerifySerializer],
        responses={200: shapes.VerifiedSerializer},
    )
    def get(self, request: Request) -> Response:
        asked = shapes.VerifySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        return Response(shapes.VerifiedSerializer(audit_verify_stretch(**asked.validated_data)).data)
