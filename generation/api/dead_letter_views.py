"""Jobs that were given up, for operators: why, and back into the queue."""

from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from generation.models import Job
from generation.services.dead_letters import DEAD_LETTERS, job_requeue
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common import roles
from tongyi_portal.common.pagination import NewestFirst
from tongyi_portal.common.permissions import HasScope, MayAct


class FailedAttemptSerializer(serializers.Serializer[Any]):
    """An attempt that did not end the job."""

    attempt = serializers.IntegerField()
    code = serializers.CharField(help_text="`worker_lost`, `worker_stopped`, `surroundings_failed`.")
    message = serializers.CharField()
    at = serializers.DateTimeField()
    worker = serializers.CharField(help_text="Machine and process.")


class DeadLetterSerializer(serializers.ModelSerializer[Job]):
    failures = FailedAttemptSerializer(many=True, read_only=True)

    class Meta:
        model = Job
        fields = [
            *("id", "kind", "engine_key", "owner", "state", "attempt", "error_code", "error_message"),
            *("failures", "worker", "created_at", "started_at", "dead_at"),
        ]
        read_only_fields = fields


class LatestGivenUp(NewestFirst):
    ordering = ("-dead_at", "-id")


class DeadLetterList(generics.ListAPIView[Job]):
    """Jobs of all accounts whose attempts were used up, or that failed for no fault of what they were
    given.
    """

    permission_classes = [IsAuthenticated, HasScope]
    scopes = {"GET": Scope.JOBS_OPERATE}
    serializer_class = DeadLetterSerializer
    pagination_class = LatestGivenUp
    queryset = Job.objects.filter(DEAD_LETTERS)

    @extend_schema(summary="List jobs that were given up", operation_id="dead_letters_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        roles.require(request.user, roles.JOB_OPERATE)
        return super().get(request, *args, **kwargs)


class DeadLetterRequeue(generics.GenericAPIView[Job]):
    permission_classes = [IsAuthenticated, HasScope, MayAct]
    acting = roles.JOB_OPERATE
    scopes = {"POST": Scope.JOBS_OPERATE}
    serializer_class = DeadLetterSerializer

    @extend_schema(
        summary="Put a job that was given up back into the queue",
        description="It keeps its id and gets its attempts anew; 409 `job_not_retryable` for any other job.",
        operation_id="dead_letter_requeue",
        request=None,
        responses={200: DeadLetterSerializer},
    )
    def post(self, request: Request, job_id: Any) -> Response:
        job = get_object_or_404(Job.objects.select_related("owner", "token", "template_version"), pk=job_id)
        job = job_requeue(job=job, by=cast(User, request.user))
        return Response(self.get_serializer(job).data)
