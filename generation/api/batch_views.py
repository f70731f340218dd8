"""Batches: many jobs in one request, each by itself."""

import hashlib
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from generation.api.kind_shapes import submit_shape
from generation.api.serializers import JobSerializer
from generation.api.submitting import IDEMPOTENCY_KEY, idempotency_key, submit
from generation.api.views import JobView
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common.errors import AppError
from tongyi_portal.common.serializers import StrictSerializer

MAX_JOBS = 50


class BatchSerializer(StrictSerializer):
    """Bodies of submissions, which are looked at one by one."""

    jobs = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=MAX_JOBS)


@extend_schema_serializer(component_name="Batch")
class _DescribedBatchSerializer(serializers.Serializer[Any]):
    """Jobs to be submitted, each like the body of `POST jobs`."""

    jobs = serializers.ListField(child=submit_shape(), min_length=1, max_length=MAX_JOBS)


class FaultSerializer(serializers.Serializer[Any]):
    """As an answer of its own would have it."""

    code = serializers.CharField()
    message = serializers.CharField()
    details = serializers.DictField()


class BatchOutcomeSerializer(serializers.Serializer[Any]):
    """What became of one job of the batch."""

    status = serializers.IntegerField(help_text="That `POST jobs` would have answered with.")
    job = JobSerializer(allow_null=True)
    error = FaultSerializer(allow_null=True)


class BatchOutcomesSerializer(serializers.Serializer[Any]):
    """One outcome for each job of the request, in its order."""

    submitted = serializers.IntegerField()
    failed = serializers.IntegerField()
    jobs = BatchOutcomeSerializer(many=True)


class BatchCreate(JobView):
    scopes = {"POST": Scope.JOBS_WRITE}
    serializer_class = BatchOutcomesSerializer
    throttle_scope = "batch"

    @extend_schema(
        summary="Submit many jobs",
        description=(
            "Up to 50, each by itself: one that is refused does not stop the others. The key of a batch "
            "holds for each of its jobs at its place, so a batch whose answer was lost can be sent again."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request=_DescribedBatchSerializer,
        responses={207: BatchOutcomesSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = BatchSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        key = idempotency_key(request)
        told = [
            self._outcome(body, _key_at(key, place))
            for place, body in enumerate(asked.validated_data["jobs"])
        ]
        failed = sum(outcome["error"] is not None for outcome in told)
        body = {"submitted": len(told) - failed, "failed": failed, "jobs": told}
        return Response(body, status=status.HTTP_207_MULTI_STATUS)

    def _outcome(self, body: Any, key: str) -> dict[str, Any]:
        try:
            submission = submit(self, body, key)
        except (AppError, APIException) as error:
            answer = self.get_exception_handler()(error, self.get_exception_handler_context())
            assert answer is not None  # noqa: S101  # the handler knows an answer to everything
            return {"status": answer.status_code, "job": None, "error": answer.data}
        job = self.get_queryset().get(pk=submission.job.pk)
        shown = JobSerializer(job, context=self.get_serializer_context()).data
        return {"status": 201 if submission.is_new else 200, "job": shown, "error": None}


def _key_at(key: str, place: int) -> str:
    """A key of the batch's own kind, which no key of a single job equals by chance."""
    return key and f"batch-{place}-{hashlib.sha256(key.encode()).hexdigest()}"
