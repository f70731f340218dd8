"""Strikes and measures of all accounts, for staff: read, issue, lift."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api import rights_serializers as shapes
from moderation.api.staff_view import StaffView, account_of
from moderation.blindness import not_given_away_to
from moderation.models import AccountMeasure, MeasureKind, Strike
from moderation.models.choices import CategoryChoice
from moderation.rights_selectors import people_with_strikes
from moderation.services.strikes import measure_impose, measure_lift, strike_issue, strike_lift
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles


class _PeopleView(StaffView):
    """Reading needs the right to see strikes; the services ask for more where more is done."""

    permission = "moderation.view_strike"
    acting = roles.PEOPLE_MANAGE
    scopes: ClassVar = {"GET": Scope.MODERATION_READ, "POST": Scope.MODERATION_REVIEW}
    is_right = True  # a limited account keeps it at the ordinary rate


class _PeopleFilter(django_filters.FilterSet):  # type: ignore[misc]
    owner = django_filters.UUIDFilter(field_name="owner_id", label="Id of an account.")
    is_lifted = django_filters.BooleanFilter(
        field_name="lift", lookup_expr="isnull", exclude=True, label="It was taken back."
    )


class StrikeFilter(_PeopleFilter):
    category = django_filters.ChoiceFilter(choices=CategoryChoice.choices, label="A category.")
    decision = django_filters.UUIDFilter(field_name="decision_id", label="Id of a decision.")
    is_by_hand = django_filters.BooleanFilter(
        field_name="decision", lookup_expr="isnull", label="Issued by hand, not by a decision."
    )
    is_active = django_filters.BooleanFilter(method="counting", label="It counts now.")

    def counting(self, strikes: QuerySet[Strike], name: str, value: bool) -> QuerySet[Strike]:
        now = {"lift__isnull": True, "expires_at__gt": timezone.now()}
        return strikes.filter(**now) if value else strikes.exclude(**now)


class MeasureFilter(_PeopleFilter):
    kind = django_filters.ChoiceFilter(choices=MeasureKind.choices, label="Limit or suspension.")
    is_active = django_filters.BooleanFilter(method="in_force", label="It is in force now.")

    def in_force(
        self, measures: QuerySet[AccountMeasure], name: str, value: bool
    ) -> QuerySet[AccountMeasure]:
        now = {"lift__isnull": True, "until__gt": timezone.now()}
        return measures.filter(**now) if value else measures.exclude(**now)


class _StrikeView(_PeopleView):
    serializer_class: Any = shapes.StrikeSerializer
    queryset = Strike.objects.none()
    lookup_url_kwarg = "strike_id"

    def get_queryset(self) -> QuerySet[Strike]:
        return not_given_away_to(
            self.caller,
            people_with_strikes(),
            subject_type="decision__subject_type",
            subject_id="decision__subject_id",
        )


class StrikeList(_StrikeView, generics.ListAPIView[Strike]):
    """Strikes of all accounts, for staff, newest first."""

    filterset_class = StrikeFilter

    @extend_schema(
        summary="Issue a strike by hand",
        request=shapes.NewStrikeSerializer,
        responses={201: shapes.StrikeSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = self.asked(shapes.NewStrikeSerializer, request)
        strike = strike_issue(**asked | {"owner": account_of(asked["owner"])}, by=self.caller)
        return Response(self.get_serializer(strike).data, status=status.HTTP_201_CREATED)


class StrikeDetail(_StrikeView, generics.RetrieveAPIView[Strike]):
    """One strike, for staff."""


class StrikeLiftView(_StrikeView):
    @extend_schema(
        summary="Lift a strike", request=shapes.LiftSerializer, responses={200: shapes.StrikeSerializer}
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        asked = self.asked(shapes.LiftSerializer, request)
        strike = self.get_object()
        strike_lift(strike=strike, note=asked["note"], by=self.caller)
        return Response(self.get_serializer(self.get_queryset().get(pk=strike.pk)).data)


class _MeasureView(_PeopleView):
    serializer_class: Any = shapes.MeasureSerializer
    queryset = AccountMeasure.objects.none()
    lookup_url_kwarg = "measure_id"

    def get_queryset(self) -> QuerySet[AccountMeasure]:
        return not_given_away_to(
            self.caller,
            AccountMeasure.objects.select_related("owner", "imposed_by", "lift"),
            subject_type="strike__decision__subject_type",
            subject_id="strike__decision__subject_id",
        )


class MeasureList(_MeasureView, generics.ListAPIView[AccountMeasure]):
    """Limits and suspensions of all accounts, for staff, newest first."""

    filterset_class = MeasureFilter

    @extend_schema(
        summary="Limit or suspend an account by hand",
        request=shapes.NewMeasureSerializer,
        responses={201: shapes.MeasureSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = self.asked(shapes.NewMeasureSerializer, request)
        measure = measure_impose(**asked | {"owner": account_of(asked["owner"])}, by=self.caller)
        return Response(self.get_serializer(measure).data, status=status.HTTP_201_CREATED)


class MeasureDetail(_MeasureView, generics.RetrieveAPIView[AccountMeasure]):
    """One limit or suspension, for staff."""


class MeasureLiftView(_MeasureView):
    @extend_schema(
        summary="End a limit or suspension",
        request=shapes.LiftSerializer,
        responses={200: shapes.MeasureSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        asked = self.asked(shapes.LiftSerializer, request)
        measure = self.get_object()
        measure_lift(measure=measure, note=asked["note"], by=self.caller)
        return Response(self.get_serializer(self.get_queryset().get(pk=measure.pk)).data)
