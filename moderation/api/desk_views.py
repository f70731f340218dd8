"""Gold items with their results, and the settings of moderation."""

from typing import Any, ClassVar

import django_filters
from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api import desk_serializers as shapes
from moderation.api.staff_view import StaffView
from moderation.models import GoldItem, ModerationSettings, ReviewAnswer
from moderation.queue_selectors import gold_items_for, reviews_visible_to
from moderation.services.configuration import settings_change
from moderation.services.gold import gold_add, gold_retire
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles
from tongyi_portal.common.errors import NotFound
from tongyi_portal.common.pagination import NewestFirst


class GoldFilter(django_filters.FilterSet):  # type: ignore[misc]
    is_active = django_filters.BooleanFilter(
        field_name="retired_at", lookup_expr="isnull", label="Whether it is given out; else it was retired."
    )
    item = django_filters.UUIDFilter(field_name="source_id", label="Id of the item it was made of.")


class _GoldView(StaffView):
    """For whoever may mark gold items; to everybody else they are ordinary items."""

    permission = roles.GOLD_MARK
    acting = roles.GOLD_MARK
    scopes: ClassVar = {"GET": Scope.MODERATION_READ, "POST": Scope.MODERATION_CONFIGURE}
    serializer_class: Any = shapes.GoldItemSerializer
    queryset = GoldItem.objects.none()
    lookup_url_kwarg = "gold_id"

    def get_queryset(self) -> QuerySet[Any]:
        right = Count("items__answer", filter=Q(items__answer__is_right=True))
        golds = gold_items_for(self.caller).select_related("added_by", "retired_by")
        return golds.annotate(answer_count=Count("items__answer"), right_count=right)

    def shown(self, gold: GoldItem) -> Any:
        return shapes.GoldItemSerializer(self.get_queryset().get(pk=gold.pk)).data


class GoldItemList(_GoldView, generics.ListAPIView[GoldItem]):
    """Gold items and how they were answered, newest first, without those that the caller has in hand."""

    filterset_class = GoldFilter

    @extend_schema(
        summary="Make a gold item",
        description=(
            "Of a decided item: 409 `gold_not_decided`, `gold_already`; 400 `gold_unexplained`, "
            "`unknown_reason`."
        ),
        request=shapes.NewGoldItemSerializer,
        responses={201: shapes.GoldItemSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = self.asked(shapes.NewGoldItemSerializer, request)
        item = reviews_visible_to(self.caller).filter(pk=asked.pop("item")).first()
        if item is None:
            raise NotFound(details={"field": "item"})
        gold = gold_add(item=item, by=self.caller, **asked)
        return Response(self.shown(gold), status=status.HTTP_201_CREATED)


class GoldItemDetail(_GoldView, generics.RetrieveAPIView[GoldItem]):
    """One gold item."""


class GoldItemRetire(_GoldView):
    @extend_schema(
        summary="Retire a gold item",
        description="It is given to nobody any more; its answers stay. 409 `gold_retired` the second time.",
        request=None,
        responses={200: shapes.GoldItemSerializer},
    )
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        return Response(self.shown(gold_retire(gold=self.get_object(), by=self.caller)))


class GoldAnswers(_GoldView, generics.ListAPIView[ReviewAnswer]):
    """How people answered one gold item, newest first."""

    permission = "moderation.view_reviewanswer"
    serializer_class = shapes.GoldAnswerSerializer
    pagination_class = NewestFirst
    queryset = ReviewAnswer.objects.none()

    def get_queryset(self) -> QuerySet[ReviewAnswer]:
        golds = gold_items_for(self.caller).filter(pk=self.kwargs["gold_id"])
        if not golds.exists():
            raise NotFound
        return ReviewAnswer.objects.filter(item__gold__in=golds).select_related("by")


class SettingsView(StaffView):
    permission = "moderation.view_moderationsettings"
    acting = roles.MODERATION_CONFIGURE
    scopes: ClassVar = {"GET": Scope.MODERATION_READ, "PATCH": Scope.MODERATION_CONFIGURE}
    serializer_class: Any = shapes.ModerationSettingsSerializer

    @extend_schema(summary="The settings of moderation", operation_id="moderation_settings_retrieve")
    def get(self, _request: Request) -> Response:
        return Response(self.get_serializer(ModerationSettings.current()).data)

    @extend_schema(
        summary="Change settings of moderation",
        description="They count from the next request on.",
        operation_id="moderation_settings_partial_update",
        request=shapes.SettingsChangeSerializer,
        responses={200: shapes.ModerationSettingsSerializer},
    )
    def patch(self, request: Request) -> Response:
        changes = self.asked(shapes.SettingsChangeSerializer, request, partial=True)
        if changes:
            settings_change(changes=changes, by=self.caller)
        return Response(self.get_serializer(ModerationSettings.current()).data)
