"""Care for reviewers over HTTP: looks at grave content, the exposure budget, and the break it asks for."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api.staff_view import StaffView
from moderation.models import ReviewItem
from moderation.models.exposure import BreakOutcome, ExposureBreak
from moderation.queue_selectors import reviews_visible_to
from moderation.services.exposure import (
    LONGEST_LOOK_SECONDS,
    break_over_at,
    exposure_break_begin,
    exposure_break_end,
    exposure_record,
    exposure_status,
)
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles
from tongyi_portal.common.serializers import StrictSerializer


class ExposureSerializer(serializers.Serializer[Any]):
    """What the caller has seen since the start of the shift or the end of the last break."""

    grave_count = serializers.IntegerField(help_text="Items of severity 4 or more that were uncovered.")
    budget = serializers.IntegerField(help_text="0: there is none.")
    seconds = serializers.FloatField()
    since = serializers.DateTimeField()
    is_break_due = serializers.BooleanField()


class LookSerializer(StrictSerializer):
    """One look at an item without its veil."""

    seconds = serializers.FloatField(min_value=0, max_value=LONGEST_LOOK_SECONDS)


class BreakSerializer(serializers.ModelSerializer[ExposureBreak]):
    """A break that the exposure budget asked for."""

    outcome = serializers.ChoiceField(choices=BreakOutcome.choices, read_only=True)
    over_at = serializers.SerializerMethodField(help_text="Ended before, it counts as gone on without.")

    class Meta:
        model = ExposureBreak
        fields = ["id", "grave_count", "outcome", "started_at", "ended_at", "over_at"]

    @staticmethod
    def get_over_at(pause: ExposureBreak) -> Any:
        return serializers.DateTimeField().to_representation(break_over_at(pause))


class _ShiftView(StaffView):
    permission = roles.REVIEW_DECIDE
    acting = roles.REVIEW_DECIDE
    throttle_scope = "review"
    scopes: ClassVar = {"GET": Scope.MODERATION_READ, "POST": Scope.MODERATION_REVIEW}
    serializer_class: Any = ExposureSerializer


class Exposure(_ShiftView):
    @extend_schema(
        summary="What the caller has looked at in this shift", operation_id="moderation_exposure_retrieve"
    )
    def get(self, _request: Request) -> Response:
        return Response(self.get_serializer(exposure_status(self.caller)).data)


class ReviewLook(_ShiftView):
    queryset = ReviewItem.objects.none()
    lookup_url_kwarg = "item_id"

    def get_queryset(self) -> Any:
        return reviews_visible_to(self.caller)

    @extend_schema(
        summary="Write down a look at an item without its veil",
        request=LookSerializer,
        responses={201: ExposureSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        seconds = self.asked(LookSerializer, request)["seconds"]
        exposure_record(item=self.get_object(), by=self.caller, seconds=seconds)
        body = self.get_serializer(exposure_status(self.caller)).data
        return Response(body, status=status.HTTP_201_CREATED)


class BreakBegin(_ShiftView):
    serializer_class = BreakSerializer

    @extend_schema(
        summary="Begin the break that is due",
        description="The one that has begun already is given again. 204 when none is due.",
        operation_id="moderation_break_begin_create",
        request=None,
        responses={200: BreakSerializer, 204: None},
    )
    def post(self, _request: Request) -> Response:
        return self.told(exposure_break_begin(self.caller))

    def told(self, pause: ExposureBreak | None) -> Response:
        if pause is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(self.get_serializer(pause).data)


class BreakEnd(BreakBegin):
    @extend_schema(
        summary="End the break",
        description="Gives the whole budget again, also before its time. 204 when none had begun.",
        operation_id="moderation_break_end_create",
        request=None,
        responses={200: BreakSerializer, 204: None},
    )
    def post(self, _request: Request) -> Response:
        return self.told(exposure_break_end(self.caller))
