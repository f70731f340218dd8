"""Usage for programs: how things stand now, and the notes beside the numbers; the numbers are reports."""

import uuid
from datetime import timedelta
from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.usage_live import live_state
from generation.usage_moments import Moment, moments_between
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common import roles
from tongyi_portal.common.permissions import HasScope
from tongyi_portal.common.serializers import MomentField, StrictSerializer
from tongyi_portal.usage.models import Annotation, AnnotationKind
from tongyi_portal.usage.services.annotating import annotation_create, annotation_delete

DEFAULT_DAYS = timedelta(days=30)


class LiveSerializer(serializers.Serializer[object]):
    now = serializers.DateTimeField()
    queued = serializers.IntegerField()
    running = serializers.IntegerField()
    oldest_seconds = serializers.FloatField(allow_null=True, help_text="Wait of the first in the queue.")
    started = serializers.IntegerField(help_text="Videos that started in the last hour.")
    wait_p50 = serializers.FloatField(allow_null=True, help_text="Their median wait in seconds.")
    wait_p95 = serializers.FloatField(allow_null=True, help_text="95 of 100 waited no longer.")
    workers = serializers.IntegerField(help_text="Workers seen lately.")
    busy = serializers.IntegerField(help_text="Of these, with a job.")


class MomentSerializer(serializers.Serializer[object]):
    id = serializers.UUIDField(allow_null=True, source="note", help_text="Of notes by hand; null else.")
    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="launch, policy, engine; campaign, outage or note by hand.")
    text = serializers.CharField(help_text="In the language of the request; notes as they were written.")


class NewAnnotationSerializer(StrictSerializer):
    """A note by hand."""

    at = MomentField()
    kind = serializers.ChoiceField(choices=AnnotationKind.choices, default=AnnotationKind.NOTE)
    text = serializers.CharField(max_length=200)


class AnnotationRangeSerializer(StrictSerializer):
    """Of what time; the last 30 days by default."""

    since = MomentField(required=False)
    until = MomentField(required=False)


class UsageLive(APIView):
    """Queue, running videos, waits of the last hour and workers, as the console's strip shows them."""

    permission_classes = [IsAuthenticated, HasScope]
    scopes = {"GET": Scope.USAGE_READ}

    @extend_schema(
        summary="How things stand now", operation_id="usage_live_read", responses={200: LiveSerializer}
    )
    def get(self, request: Request) -> Response:
        roles.require(request.user, roles.USAGE_VIEW)
        return Response(LiveSerializer(live_state(timezone.now())).data)


class AnnotationList(APIView):
    """What happened beside the numbers: notes by hand, launches, policies, engines."""

    permission_classes = [IsAuthenticated, HasScope]
    scopes = {"GET": Scope.USAGE_READ, "POST": Scope.USAGE_WRITE}

    @extend_schema(
        summary="List what happened",
        operation_id="usage_annotations_list",
        parameters=[AnnotationRangeSerializer],
        responses={200: MomentSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        roles.require(request.user, roles.USAGE_VIEW)
        asked = AnnotationRangeSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        until = asked.validated_data.get("until") or timezone.now()
        since = asked.validated_data.get("since") or until - DEFAULT_DAYS
        return Response(MomentSerializer(moments_between(since, until), many=True).data)

    @extend_schema(
        summary="Write a note",
        operation_id="usage_annotations_create",
        request=NewAnnotationSerializer,
        responses={201: MomentSerializer},
    )
    def post(self, request: Request) -> Response:
        given = NewAnnotationSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = given.validated_data
        note = annotation_create(by=cast(User, request.user), **values)
        moment = Moment(note.at, note.kind, note.text, note.pk)
        return Response(MomentSerializer(moment).data, status=status.HTTP_201_CREATED)


class AnnotationDetail(APIView):
    """A note by hand."""

    permission_classes = [IsAuthenticated, HasScope]
    scopes = {"DELETE": Scope.USAGE_WRITE}

    @extend_schema(summary="Delete a note", operation_id="usage_annotations_delete", responses={204: None})
    def delete(self, request: Request, annotation_id: uuid.UUID) -> Response:
        roles.require(request.user, roles.USAGE_ANNOTATE)
        annotation_delete(
            annotation=get_object_or_404(Annotation, pk=annotation_id), by=cast(User, request.user)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
