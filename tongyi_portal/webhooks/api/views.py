"""Endpoints, deliveries, replay and the list of event types."""

from typing import Any, cast

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common.filters import MomentFilter
from tongyi_portal.common.permissions import HasScope
from tongyi_portal.webhooks.api import serializers as shapes
from tongyi_portal.webhooks.event_types import EVENT_TYPES
from tongyi_portal.webhooks.models import Delivery, Endpoint
from tongyi_portal.webhooks.selectors import deliveries_of, endpoints_of
from tongyi_portal.webhooks.services.endpoints import (
    endpoint_create,
    endpoint_delete,
    endpoint_rotate_secret,
    endpoint_test,
    endpoint_update,
)
from tongyi_portal.webhooks.services.replay import deliveries_replay, delivery_replay
from tongyi_portal.webhooks.states import DeliveryState

_ALL = dict.fromkeys(("GET", "POST", "PATCH", "DELETE"), Scope.WEBHOOKS_WRITE)


class _OwnView(generics.GenericAPIView[Any]):
    """Everybody sees their own rows only: another owner's id is not found."""

    permission_classes = [IsAuthenticated, HasScope]
    scopes = _ALL

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)


class _EndpointView(_OwnView):
    serializer_class: Any = shapes.EndpointSerializer
    queryset = Endpoint.objects.none()
    lookup_url_kwarg = "endpoint_id"

    def get_queryset(self) -> QuerySet[Endpoint]:
        return endpoints_of(self.caller)


class _DeliveryView(_OwnView):
    serializer_class: Any = shapes.DeliverySerializer
    queryset = Delivery.objects.none()
    lookup_url_kwarg = "delivery_id"

    def get_queryset(self) -> QuerySet[Delivery]:
        return deliveries_of(self.caller)


def _checked(shape: Any, request: Request) -> dict[str, Any]:
    asked = shape(data=request.data)
    asked.is_valid(raise_exception=True)
    return cast(dict[str, Any], asked.validated_data)


class EventTypeList(APIView):
    permission_classes = [IsAuthenticated, HasScope]
    scopes = _ALL

    @extend_schema(
        summary="What kinds of events there are",
        operation_id="webhook_event_types_list",
        responses={200: shapes.EventTypeSerializer(many=True)},
    )
    def get(self, _request: Request) -> Response:
        return Response(
            [
                {
                    "type": name,
                    "description": str(kind.label),
                    "is_staff_only": kind.is_staff_only,
                    "example": kind.example,
                }
                for name, kind in EVENT_TYPES.items()
            ]
        )


class EndpointList(_EndpointView, generics.ListAPIView[Endpoint]):
    """The caller's own webhook endpoints, newest first."""

    @extend_schema(
        summary="Register a webhook endpoint",
        description="The answer holds the secret that signs; it cannot be read again.",
        request=shapes.NewEndpointSerializer,
        responses={201: shapes.EndpointWithSecretSerializer},
    )
    def post(self, request: Request) -> Response:
        endpoint, secret = endpoint_create(by=self.caller, **_checked(shapes.NewEndpointSerializer, request))
        shape = shapes.EndpointWithSecretSerializer(endpoint, context={"secret": secret})
        return Response(shape.data, status=status.HTTP_201_CREATED)


class EndpointDetail(_EndpointView, generics.RetrieveAPIView[Endpoint]):
    """One of the caller's webhook endpoints."""

    @extend_schema(
        summary="Change a webhook endpoint",
        description="`is_active: true` switches one on that was switched off, and sends what waits.",
        request=shapes.EndpointChangesSerializer,
        responses={200: shapes.EndpointSerializer},
    )
    def patch(self, request: Request, **_kwargs: Any) -> Response:
        changes = _checked(shapes.EndpointChangesSerializer, request)
        endpoint = endpoint_update(endpoint=self.get_object(), by=self.caller, **changes)
        return Response(self.get_serializer(endpoint).data)

    @extend_schema(summary="Delete a webhook endpoint with its deliveries", responses={204: None})
    def delete(self, request: Request, **_kwargs: Any) -> Response:
        endpoint_delete(endpoint=self.get_object(), by=self.caller)
        return Response(status=status.HTTP_204_NO_CONTENT)


class EndpointRotate(_EndpointView):
    @extend_schema(
        summary="Give a webhook endpoint a new secret",
        description="For 24 hours both secrets sign: `webhook-signature` then holds two signatures.",
        request=None,
        responses={200: shapes.EndpointWithSecretSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        endpoint, secret = endpoint_rotate_secret(endpoint=self.get_object(), by=self.caller)
        return Response(shapes.EndpointWithSecretSerializer(endpoint, context={"secret": secret}).data)


class EndpointTest(_EndpointView):
    @extend_schema(
        summary="Send a test event to a webhook endpoint",
        request=None,
        responses={202: shapes.DeliverySerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        delivery = endpoint_test(endpoint=self.get_object(), by=self.caller)
        return Response(shapes.DeliverySerializer(delivery).data, status=status.HTTP_202_ACCEPTED)


class EndpointReplay(_EndpointView):
    @extend_schema(
        summary="Send the events of a time again",
        description="Under the same `webhook-id` as before. At most 1000 deliveries at once.",
        request=shapes.ReplayRangeSerializer,
        responses={202: shapes.ReplayedSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        asked = _checked(shapes.ReplayRangeSerializer, request)
        count = deliveries_replay(
            endpoint=self.get_object(),
            by=self.caller,
            since=asked["since"],
            until=asked["until"],
            is_failed_only=asked["which"] == "failed",
        )
        return Response({"count": count}, status=status.HTTP_202_ACCEPTED)


class DeliveryFilter(django_filters.FilterSet):  # type: ignore[misc]
    endpoint = django_filters.UUIDFilter(field_name="endpoint_id", label="Id of an endpoint.")
    state = django_filters.MultipleChoiceFilter(choices=DeliveryState.choices, label="One or more states.")
    event_type = django_filters.ChoiceFilter(
        field_name="event__type", choices=[(name, name) for name in EVENT_TYPES], label="A kind of event."
    )
    since = MomentFilter(field_name="created_at", lookup_expr="gte", label="Made then or later.")
    until = MomentFilter(field_name="created_at", lookup_expr="lte", label="Made then or before.")


class DeliveryList(_DeliveryView, generics.ListAPIView[Delivery]):
    """What was sent to the caller's endpoints, newest first."""

    filterset_class = DeliveryFilter


class DeliveryDetail(_DeliveryView, generics.RetrieveAPIView[Delivery]):
    """One delivery with its data and the log of its attempts."""

    serializer_class = shapes.DeliveryWithLogSerializer


class DeliveryReplay(_DeliveryView):
    @extend_schema(
        summary="Send a delivery again",
        description="At once, under the same `webhook-id`, whether it had arrived or not.",
        request=None,
        responses={202: shapes.DeliverySerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        delivery = delivery_replay(delivery=self.get_object(), by=self.caller)
        return Response(self.get_serializer(delivery).data, status=status.HTTP_202_ACCEPTED)
