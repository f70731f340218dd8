"""Appeals of all accounts, for staff: those about content are decided in the queue, the others here."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api.review_views import MaySee
from moderation.api.rights_serializers import AppealSerializer
from moderation.blindness import not_given_away_to
from moderation.models import Appeal
from moderation.services.appeals import appeal_decide
from moderation.states import AppealState
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles
from tongyi_portal.common.permissions import HasScope, MayAct
from tongyi_portal.common.serializers import StrictSerializer


class StaffAppealSerializer(AppealSerializer):
    """An appeal as staff see it."""

    owner_id = serializers.UUIDField(read_only=True)
    review_item = serializers.UUIDField(
        source="review_item_id", read_only=True, allow_null=True, help_text="Where it is decided; null: here."
    )
    decided_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)

    class Meta(AppealSerializer.Meta):
        fields = [*AppealSerializer.Meta.fields, "language", "owner_id", "review_item", "decided_by"]


class AppealAnswerSerializer(StrictSerializer):
    """What becomes of it."""

    overturn = serializers.BooleanField(help_text="True takes back what is complained of.")
    note = serializers.CharField(max_length=2000, allow_blank=True, default="", help_text="Why, for staff.")


class AppealFilter(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.ChoiceFilter(choices=AppealState.choices, label="A state.")
    owner = django_filters.UUIDFilter(field_name="owner_id", label="Id of an account.")
    is_in_queue = django_filters.BooleanFilter(
        field_name="review_item", lookup_expr="isnull", exclude=True, label="An item of the queue decides it."
    )


class _StaffAppealView(generics.GenericAPIView[Any]):
    permission_classes = [IsAuthenticated, HasScope, MaySee, MayAct]
    permission = "moderation.view_appeal"
    acting = roles.PEOPLE_MANAGE
    throttle_scope = "review"
    scopes: ClassVar = {"GET": Scope.MODERATION_READ, "POST": Scope.MODERATION_REVIEW}
    serializer_class: Any = StaffAppealSerializer
    queryset = Appeal.objects.none()
    lookup_url_kwarg = "appeal_id"

    def get_queryset(self) -> QuerySet[Appeal]:
        return not_given_away_to(
            self.request.user,
            Appeal.objects.select_related("decided_by"),
            subject_type="decision__subject_type",
            subject_id="decision__subject_id",
        )


class StaffAppealList(_StaffAppealView, generics.ListAPIView[Appeal]):
    """Appeals of all accounts, for staff, newest first."""

    filterset_class = AppealFilter


class StaffAppealDetail(_StaffAppealView, generics.RetrieveAPIView[Appeal]):
    """One appeal, for staff."""


class StaffAppealDecide(_StaffAppealView):
    @extend_schema(
        summary="Decide an appeal against a strike or measure",
        description=(
            "For senior moderators, never by whoever is complained of. An appeal whose `review_item` waits "
            "is answered there (409 `appeal_in_queue`), unless its content is gone."
        ),
        request=AppealAnswerSerializer,
        responses={200: StaffAppealSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        asked = AppealAnswerSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        appeal = appeal_decide(
            appeal=self.get_object(), approve=given["overturn"], note=given["note"], by=request.user
        )
        return Response(self.get_serializer(self.get_queryset().get(pk=appeal.pk)).data)
