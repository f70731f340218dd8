"""Queues and due times: set up, change, remove; items routed by hand."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api import desk_serializers as shapes
from moderation.api.review_serializers import ReviewItemSerializer
from moderation.api.review_views import QueueList
from moderation.api.staff_view import StaffView
from moderation.errors import QueueUnknown
from moderation.models import ReviewItem, ReviewQueue, ServiceTarget
from moderation.queue_selectors import reviews_visible_to
from moderation.services.routing import (
    queue_remove,
    queue_route_again,
    queue_save,
    review_route,
    service_target_set,
)
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles


class QueueMake(QueueList):
    acting = roles.QUEUE_CHANGE
    scopes: ClassVar = {"GET": Scope.MODERATION_READ, "POST": Scope.MODERATION_CONFIGURE}

    @extend_schema(
        summary="Make a review queue",
        description=(
            "New items enter it when it fits; those that wait stay where they are. 409 `queue_taken` when "
            "the key is."
        ),
        operation_id="moderation_queues_create",
        request=shapes.NewQueueSerializer,
        responses={201: shapes.QueueSetupSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = self.asked(shapes.NewQueueSerializer, request)
        members = asked.pop("members", None)
        queue = queue_save(queue=ReviewQueue(**asked), members=members, by=self.caller)
        return Response(shapes.QueueSetupSerializer(queue).data, status=status.HTTP_201_CREATED)


class _QueueView(StaffView):
    permission = "moderation.view_reviewqueue"
    acting = roles.QUEUE_CHANGE
    scopes: ClassVar = {
        "GET": Scope.MODERATION_READ,
        **dict.fromkeys(("POST", "PATCH", "DELETE"), Scope.MODERATION_CONFIGURE),
    }
    serializer_class: Any = shapes.QueueSetupSerializer
    queryset = ReviewQueue.objects.all()
    lookup_field = "slug"


class QueueDetail(_QueueView, generics.RetrieveAPIView[ReviewQueue]):
    """One review queue as it is set up."""

    @extend_schema(
        summary="Change a review queue",
        description=(
            "Waiting items keep their queue; see `route-again`. 400 `queue_takes_all`: what the general "
            "queue takes never changes."
        ),
        request=shapes.QueueChangeSerializer,
        responses={200: shapes.QueueSetupSerializer},
    )
    def patch(self, request: Request, **_kwargs: Any) -> Response:
        changes = self.asked(shapes.QueueChangeSerializer, request, partial=True)
        queue = self.get_object()
        members = changes.pop("members", None)
        for name, value in changes.items():
            setattr(queue, name, value)
        return Response(self.get_serializer(queue_save(queue=queue, members=members, by=self.caller)).data)

    @extend_schema(
        summary="Remove a review queue",
        description="Only one that never held an item, else 409 `queue_in_use`.",
        responses={204: None},
    )
    def delete(self, _request: Request, **_kwargs: Any) -> Response:
        queue_remove(queue=self.get_object(), by=self.caller)
        return Response(status=status.HTTP_204_NO_CONTENT)


class QueueRouteAgain(_QueueView):
    @extend_schema(
        summary="Route a queue's waiting items again",
        description="After queues were changed.",
        request=None,
        responses={200: shapes.RoutedSerializer},
    )
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        moved = queue_route_again(queue=self.get_object(), by=self.caller)
        return Response(shapes.RoutedSerializer({"moved": moved}).data)


class ReviewRoute(StaffView):
    permission = "moderation.view_reviewitem"
    acting = roles.QUEUE_CHANGE
    throttle_scope = "review"
    scopes: ClassVar = {"POST": Scope.MODERATION_REVIEW}
    serializer_class: Any = ReviewItemSerializer
    queryset = ReviewItem.objects.none()
    lookup_url_kwarg = "item_id"

    def get_queryset(self) -> QuerySet[ReviewItem]:
        return reviews_visible_to(self.caller).select_related("answered_by")

    @extend_schema(
        summary="Put an item into another queue",
        request=shapes.RouteSerializer,
        responses={200: ReviewItemSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        slug = self.asked(shapes.RouteSerializer, request)["queue"]
        queue = ReviewQueue.objects.filter(slug=slug).first()
        if queue is None:
            raise QueueUnknown(details={"queue": slug})
        return Response(self.get_serializer(review_route(self.get_object(), self.caller, queue)).data)


class _TargetView(StaffView):
    permission = "moderation.view_servicetarget"
    acting = roles.QUEUE_CHANGE
    scopes: ClassVar = {"GET": Scope.MODERATION_READ, "PATCH": Scope.MODERATION_CONFIGURE}
    serializer_class: Any = shapes.ServiceTargetSerializer
    queryset = ServiceTarget.objects.all()
    lookup_field = "category"
    pagination_class = None


class ServiceTargetList(_TargetView, generics.ListAPIView[ServiceTarget]):
    """Due times: one for each category, the shortest first."""


class ServiceTargetDetail(_TargetView, generics.RetrieveAPIView[ServiceTarget]):
    """The due time of one category."""

    @extend_schema(
        summary="Change a due time",
        description="For items that come in from now on; those that wait keep theirs.",
        request=shapes.ServiceTargetChangeSerializer,
        responses={200: shapes.ServiceTargetSerializer},
    )
    def patch(self, request: Request, **_kwargs: Any) -> Response:
        minutes = self.asked(shapes.ServiceTargetChangeSerializer, request)["minutes"]
        target = service_target_set(target=self.get_object(), minutes=minutes, by=self.caller)
        return Response(self.get_serializer(target).data)
