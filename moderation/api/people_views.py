"""Consents, erasures and copies of data of other people, for staff who may act for them."""

import uuid
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api import people_serializers as shapes
from moderation.api.rights_views import UPLOAD
from moderation.api.staff_view import StaffView, account_of
from moderation.errors import ConfirmationMissing
from moderation.models import ConsentRecord, ErasureRequest, ErasureScope, Relation
from moderation.services.consents import consent_withdraw
from moderation.services.erasure import erasure_request
from moderation.services.people_acts import consent_record_for, data_hand_out
from moderation.states import ConsentState, ErasureState
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles
from tongyi_portal.common.filters import MomentFilter

_BOTH: dict[str, Any] = dict.fromkeys(("GET", "POST"), Scope.MODERATION_PEOPLE)


class StaffConsentFilter(django_filters.FilterSet):  # type: ignore[misc]
    owner = django_filters.UUIDFilter(field_name="owner_id", label="Id of an account.")
    subject_id = django_filters.UUIDFilter(label="Id of the picture.")
    state = django_filters.MultipleChoiceFilter(choices=ConsentState.choices, label="One or more states.")
    relation = django_filters.ChoiceFilter(choices=Relation.choices, label="Who gave it.")
    is_minor = django_filters.BooleanFilter(label="A minor is in the picture.")
    expires_before = MomentFilter(field_name="expires_at", lookup_expr="lt", label="Ends earlier than this.")


class _ConsentView(StaffView):
    permission = "moderation.view_consentrecord"
    acting = roles.PEOPLE_MANAGE
    scopes: ClassVar = _BOTH
    serializer_class: Any = shapes.StaffConsentSerializer
    queryset = ConsentRecord.objects.none()
    lookup_url_kwarg = "consent_id"

    def get_queryset(self) -> QuerySet[ConsentRecord]:
        return ConsentRecord.objects.select_related("owner", "ended_by")


class StaffConsentList(_ConsentView, generics.ListAPIView[ConsentRecord]):
    """Consents of all accounts, for staff, newest first; the names stand in each one's own answer."""

    filterset_class = StaffConsentFilter

    @extend_schema(
        summary="Record a consent that somebody gave to staff",
        description=(
            "For whoever may act for people. A newer consent for the same picture replaces the earlier one; "
            "the audit chain names who recorded it. 422 `consent_invalid` lists the fields."
        ),
        request=shapes.NewConsentForSerializer,
        responses={201: shapes.FullConsentSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = shapes.NewConsentForSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        consent = consent_record_for(
            owner=account_of(asked.validated_data["owner"]),
            subject_key=UPLOAD,
            subject_id=asked.validated_data["upload"],
            given=asked.given(),
            by=self.caller,
        )
        return Response(shapes.FullConsentSerializer(consent).data, status=status.HTTP_201_CREATED)


class StaffConsentDetail(_ConsentView, generics.RetrieveAPIView[ConsentRecord]):
    """One consent, for staff, with who agreed."""

    serializer_class = shapes.FullConsentSerializer


class StaffConsentWithdraw(_ConsentView):
    @extend_schema(
        summary="Withdraw a consent for the person in the picture",
        description="The picture and everything made from it are erased at once; 409 `consent_ended` later.",
        request=None,
        responses={200: shapes.StaffWithdrawnSerializer},
    )
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        consent = self.get_object()
        taken_down = consent_withdraw(consent=consent, by=self.caller)
        body = {"taken_down": taken_down, "consent": self.get_queryset().get(pk=consent.pk)}
        return Response(shapes.StaffWithdrawnSerializer(body).data)


class StaffErasureFilter(django_filters.FilterSet):  # type: ignore[misc]
    owner = django_filters.UUIDFilter(field_name="owner_id", label="Id of an account.")
    state = django_filters.MultipleChoiceFilter(choices=ErasureState.choices, label="One or more states.")
    scope = django_filters.ChoiceFilter(choices=ErasureScope.choices, label="How much.")
    is_stuck = django_filters.BooleanFilter(
        field_name="last_fault", method="with_fault", label="The last try was stopped by a fault."
    )

    def with_fault(
        self, erasures: QuerySet[ErasureRequest], name: str, value: bool
    ) -> QuerySet[ErasureRequest]:
        return erasures.exclude(last_fault="") if value else erasures.filter(last_fault="")


class _ErasureView(StaffView):
    permission = "moderation.view_erasurerequest"
    acting = roles.PEOPLE_MANAGE
    scopes: ClassVar = _BOTH
    serializer_class: Any = shapes.StaffErasureSerializer
    queryset = ErasureRequest.objects.none()
    lookup_url_kwarg = "erasure_id"

    def get_queryset(self) -> QuerySet[ErasureRequest]:
        return ErasureRequest.objects.select_related("owner", "requested_by")


class StaffErasureList(_ErasureView, generics.ListAPIView[ErasureRequest]):
    """Erasures of all accounts, for staff, newest first."""

    filterset_class = StaffErasureFilter

    @extend_schema(
        summary="Have somebody's data erased",
        description=(
            "For whoever may act for people: one picture or result, or without a subject the whole account, "
            "which is closed at once. Nothing of it can be brought back. A worker carries it out; ask for "
            "its state. Staff accounts are refused (409 `erasure_refused`)."
        ),
        request=shapes.NewErasureForSerializer,
        responses={202: shapes.StaffErasureSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = self.asked(shapes.NewErasureForSerializer, request)
        owner = account_of(asked["owner"])
        if asked["subject_id"] is None and asked["confirm"] != owner.get_username():
            raise ConfirmationMissing
        erasure = erasure_request(
            owner=owner, by=self.caller, subject_type=asked["subject_type"], subject_id=asked["subject_id"]
        )
        body = self.get_serializer(self.get_queryset().get(pk=erasure.pk)).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


class StaffErasureDetail(_ErasureView, generics.RetrieveAPIView[ErasureRequest]):
    """One erasure, for staff: how far it is."""


class PersonExport(_ConsentView):
    scopes: ClassVar = {"POST": Scope.MODERATION_PEOPLE}

    @extend_schema(
        summary="Take a copy of somebody's data",
        description=(
            "For whoever may act for people, to hand it to the person. The audit chain keeps who took it. "
            "409 `review_in_hand` while the caller has an item of this account in hand."
        ),
        operation_id="moderation_people_export_create",
        request=None,
        responses={200: OpenApiTypes.OBJECT},
    )
    def post(self, _request: Request, account_id: uuid.UUID) -> Response:
        answer = Response(data_hand_out(owner=account_of(account_id, field="account"), by=self.caller))
        answer["Content-Disposition"] = f'attachment; filename="data-{account_id.hex[:8]}.json"'
        return answer
