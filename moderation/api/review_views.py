"""The review queue and decisions, for reviewers' own tools."""

import uuid
from typing import Any, ClassVar, cast

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from moderation.api import review_serializers as shapes
from moderation.api.decision_serializers import DecisionSerializer
from moderation.blindness import not_given_away_to
from moderation.errors import QueueUnknown
from moderation.models import Decision, ReviewItem, ReviewPurpose, ReviewQueue
from moderation.models.choices import CategoryChoice, SurfaceChoice, VerdictChoice
from moderation.queue_selectors import queue_counts_recent, queues_open_to, reviews_visible_to
from moderation.services.decisions import decision_override
from moderation.services.exposure import exposure_require_no_break
from moderation.services.reviews import (
    BulkOutcome,
    review_answer,
    review_claim,
    review_claim_next,
    review_escalate,
    review_heartbeat,
    review_peek_next,
    review_release,
    review_undo,
    reviews_answer_many,
    reviews_settle_due,
    reviews_undo_batch,
)
from moderation.states import ReviewState
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common import roles
from tongyi_portal.common.filters import MomentFilter
from tongyi_portal.common.pagination import NewestFirst
from tongyi_portal.common.permissions import HasScope, MayAct

# Second reviews and gold items cannot be asked for: they would no longer be blind.
_SEEN_PURPOSES = (ReviewPurpose.AUDIT, ReviewPurpose.APPEAL, ReviewPurpose.ADJUDICATION)


class DueFirst(NewestFirst):
    """What is due first comes first; decided items keep the due time they had."""

    ordering = ("due_at", "id")


class MaySee(BasePermission):
    """The account holds the view's `permission`; what may be done beyond, the services say."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        roles.require(request.user, getattr(view, "permission"))  # noqa: B009  # a view's own attribute
        return True


class _ReviewView(generics.GenericAPIView[Any]):
    permission_classes = [IsAuthenticated, HasScope, MaySee, MayAct]
    permission = "moderation.view_reviewitem"
    throttle_scope = "review"  # claim, look, answer and undo are four writes for one item
    serializer_class: Any = shapes.ReviewItemSerializer
    queryset = ReviewItem.objects.none()
    lookup_url_kwarg = "item_id"

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)

    def get_queryset(self) -> QuerySet[Any]:
        return reviews_visible_to(self.caller).select_related(
            "answered_by", "scan_run__policy", "first_item", "gold__source"
        )

    def asked(self, shape: Any, request: Request) -> dict[str, Any]:
        given = shape(data=request.data)
        given.is_valid(raise_exception=True)
        return cast(dict[str, Any], given.validated_data)

    def detail(self, item: ReviewItem) -> Response:
        found = self.get_queryset().get(pk=item.pk)
        return Response(shapes.ReviewDetailSerializer(found, context=self.get_serializer_context()).data)


class ReviewFilter(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.MultipleChoiceFilter(choices=ReviewState.choices, label="One or more states.")
    queue = django_filters.CharFilter(field_name="queue__slug", label="Key of a queue.")
    category = django_filters.MultipleChoiceFilter(choices=CategoryChoice.choices, label="Categories.")
    surface = django_filters.ChoiceFilter(choices=SurfaceChoice.choices, label="A surface.")
    language = django_filters.CharFilter(label="“zh” or “en”.")
    min_severity = django_filters.NumberFilter(
        field_name="severity", lookup_expr="gte", label="0, 2, 4 or 6."
    )
    purpose = django_filters.ChoiceFilter(
        choices=[(one.value, one.label) for one in _SEEN_PURPOSES], label="A purpose."
    )
    subject_id = django_filters.UUIDFilter(label="Id of the content.")
    due_before = MomentFilter(field_name="due_at", lookup_expr="lt", label="Due earlier than this.")
    is_mine = django_filters.BooleanFilter(method="claimed_by_caller", label="Claimed by the caller.")

    def claimed_by_caller(self, items: QuerySet[ReviewItem], name: str, value: bool) -> QuerySet[ReviewItem]:
        mine = {"claimed_by": self.request.user}
        return items.filter(**mine) if value else items.exclude(**mine)


class ReviewList(_ReviewView, generics.ListAPIView[ReviewItem]):
    """All items of the review queue, decided ones too, by due time."""

    scopes: ClassVar = {"GET": Scope.MODERATION_READ}
    filterset_class = ReviewFilter
    pagination_class = DueFirst


class ReviewDetail(_ReviewView, generics.RetrieveAPIView[ReviewItem]):
    """One item with its content, findings, the policy's word, history and uploader."""

    scopes: ClassVar = {"GET": Scope.MODERATION_READ}
    serializer_class = shapes.ReviewDetailSerializer


class _ActView(_ReviewView):
    """409 names who decided (`decided_by`) or holds (`claimed_by`) the item."""

    acting = roles.REVIEW_DECIDE
    scopes: ClassVar = {"POST": Scope.MODERATION_REVIEW}


class ReviewNext(_ActView):
    @extend_schema(
        summary="Claim the next item",
        description=(
            "The most urgent item that the caller may decide: by severity, then by due time. An item that "
            "the caller already holds comes first; name it in `passing_over` to get another one. 204 when "
            "there is none. 409 `break_due` once the exposure budget is used up: nothing more is given "
            "until the break was ended, which may be before its time (`moderation/break/end`). Items "
            "claimed by their id or answered in bulk were chosen by the caller and are not held back."
        ),
        request=shapes.NextItemSerializer,
        responses={200: shapes.ReviewDetailSerializer, 204: None},
    )
    def post(self, request: Request) -> Response:
        wanted = self.asked(shapes.NextItemSerializer, request)
        queue = None
        if "queue" in wanted:
            queue = ReviewQueue.objects.filter(slug=wanted["queue"]).first()
            if queue is None:
                raise QueueUnknown(details={"queue": wanted["queue"]})
        reviews_settle_due()
        exposure_require_no_break(self.caller)
        item = review_claim_next(self.caller, queue, wanted["passing_over"])
        return self.detail(item) if item is not None else Response(status=status.HTTP_204_NO_CONTENT)


class ReviewUpcoming(_ReviewView):
    scopes: ClassVar = {"GET": Scope.MODERATION_READ}

    @extend_schema(
        summary="What the caller would probably be given next",
        description="At most three items, most urgent first, to be loaded ahead. Claims nothing.",
        operation_id="moderation_reviews_upcoming_list",
        parameters=[
            OpenApiParameter("after", OpenApiTypes.UUID, description="The item in hand: it is left out.")
        ],
        responses={200: shapes.ReviewDetailSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        asked = shapes.UpcomingSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        item = self.get_queryset().filter(pk=asked.validated_data.get("after")).first()
        items = review_peek_next(self.caller, item, count=3)
        context = self.get_serializer_context()
        return Response(shapes.ReviewDetailSerializer(items, many=True, context=context).data)


class ReviewClaim(_ActView):
    @extend_schema(
        summary="Claim an item",
        description="An exclusive lease until `claim_expires_at`; claiming again renews it.",
        request=None,
        responses={200: shapes.ReviewDetailSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        return self.detail(review_claim(self.get_object(), self.caller))


class ReviewHeartbeat(_ActView):
    @extend_schema(summary="Keep a claim", request=None, responses={200: shapes.ReviewItemSerializer})
    def post(self, request: Request, **_kwargs: Any) -> Response:
        return Response(self.get_serializer(review_heartbeat(self.get_object(), self.caller)).data)


class ReviewRelease(_ActView):
    @extend_schema(summary="Give a claim back", request=None, responses={200: shapes.ReviewItemSerializer})
    def post(self, request: Request, **_kwargs: Any) -> Response:
        return Response(self.get_serializer(review_release(self.get_object(), self.caller)).data)


class ReviewEscalate(_ActView):
    @extend_schema(
        summary="Pass an item on to senior moderators",
        request=shapes.EscalationSerializer,
        responses={200: shapes.ReviewItemSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        note = self.asked(shapes.EscalationSerializer, request)["note"]
        return Response(self.get_serializer(review_escalate(self.get_object(), self.caller, note)).data)


class ReviewAnswerView(_ActView):
    @extend_schema(
        summary="Answer an item",
        description=(
            "The caller must hold it. The answer takes effect at `settle_at` and can be taken back until "
            "then. When it cannot take effect, the item returns to the queue with `fault_code`."
        ),
        request=shapes.AnswerSerializer,
        responses={200: shapes.ReviewItemSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        answer = self.asked(shapes.AnswerSerializer, request)
        item = review_answer(self.get_object(), self.caller, **answer)
        return Response(self.get_serializer(item).data)


class ReviewUndo(_ActView):
    @extend_schema(
        summary="Take an answer back",
        description="The caller holds the item again. 409 `review_settled` once it has taken effect.",
        request=None,
        responses={200: shapes.ReviewItemSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        return Response(self.get_serializer(review_undo(self.get_object(), self.caller)).data)


class ReviewBulk(_ActView):
    @extend_schema(
        summary="Answer many items at once",
        description="Each by itself; open ones are claimed first. Items that fail stay as they were.",
        request=shapes.BulkAnswerSerializer,
        responses={200: shapes.BulkOutcomeSerializer},
    )
    def post(self, request: Request) -> Response:
        answer = self.asked(shapes.BulkAnswerSerializer, request)
        wanted = answer.pop("items")
        found = {item.pk: item for item in self.get_queryset().filter(pk__in=wanted)}
        outcome = reviews_answer_many([found[pk] for pk in wanted if pk in found], self.caller, **answer)
        return _outcome(outcome, unknown=[pk for pk in wanted if pk not in found])


class ReviewBulkUndo(_ActView):
    @extend_schema(
        summary="Take a batch of answers back",
        description="Items whose answer has not taken effect are open again.",
        request=None,
        responses={200: shapes.BulkOutcomeSerializer},
    )
    def post(self, request: Request, batch: uuid.UUID) -> Response:
        return _outcome(reviews_undo_batch(batch, self.caller))


class QueueList(_ReviewView):
    scopes: ClassVar = {"GET": Scope.MODERATION_READ}
    permission = "moderation.view_reviewqueue"

    @extend_schema(
        summary="The review queues and how much waits in them",
        operation_id="review_queues_list",
        responses={200: shapes.ReviewQueueSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        own = set(queues_open_to(self.caller).values_list("pk", flat=True))
        is_senior = self.caller.has_perm(roles.REVIEW_ESCALATED)
        rows = [
            vars(counts)
            | {"is_open_to_you": counts.queue.pk in own and (is_senior or not counts.queue.needs_senior)}
            for counts in queue_counts_recent()
        ]
        return Response(shapes.ReviewQueueSerializer(rows, many=True).data)


class DecisionFilter(django_filters.FilterSet):  # type: ignore[misc]
    verdict = django_filters.ChoiceFilter(choices=VerdictChoice.choices, label="A verdict.")
    subject_type = django_filters.CharFilter(label="Kind of content.")
    subject_id = django_filters.UUIDFilter(label="Id of the content.")
    by = django_filters.CharFilter(field_name="by__username", label="Who decided.")
    is_by_policy = django_filters.BooleanFilter(
        field_name="by", lookup_expr="isnull", label="Made by the policy alone."
    )
    review_item = django_filters.UUIDFilter(label="Id of a review item.")


class _DecisionView(_ReviewView):
    permission = "moderation.view_decision"
    serializer_class = DecisionSerializer
    lookup_url_kwarg = "decision_id"

    def get_queryset(self) -> QuerySet[Any]:
        decisions = Decision.objects.select_related("by", "policy", "overridden_by")
        return not_given_away_to(self.caller, decisions, has_names=True)


class DecisionList(_DecisionView, generics.ListAPIView[Decision]):
    """All decisions, newest first."""

    scopes: ClassVar = {"GET": Scope.MODERATION_READ}
    filterset_class = DecisionFilter


class DecisionDetail(_DecisionView, generics.RetrieveAPIView[Decision]):
    """One decision."""

    scopes: ClassVar = {"GET": Scope.MODERATION_READ}


class DecisionOverride(_DecisionView):
    acting = roles.REVIEW_OVERRIDE
    scopes: ClassVar = {"POST": Scope.MODERATION_REVIEW}

    @extend_schema(
        summary="Change a decision",
        description="For senior moderators. The old decision stays and is marked as overridden.",
        request=shapes.AnswerSerializer,
        responses={201: DecisionSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        answer = self.asked(shapes.AnswerSerializer, request)
        made = decision_override(decision=self.get_object(), by=self.caller, **answer)
        body = self.get_serializer(self.get_queryset().get(pk=made.pk)).data
        return Response(body, status=status.HTTP_201_CREATED)


def _outcome(outcome: BulkOutcome, unknown: list[uuid.UUID] | None = None) -> Response:
    failed = [{"item": item.pk, "code": code} for item, code in outcome.failed]
    failed += [{"item": pk, "code": "not_found"} for pk in unknown or ()]
    waiting = [item.settle_at for item in outcome.done if item.state == ReviewState.ANSWERED]
    shape = shapes.BulkOutcomeSerializer(
        {
            "batch": outcome.batch,
            "done": [item.pk for item in outcome.done],
            "failed": failed,
            "settle_at": min((one or timezone.now() for one in waiting), default=None),
        }
    )
    return Response(shape.data)
