"""Photo checks, jobs, artifacts, kinds and the queue."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.functional import SimpleLazyObject
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.api import serializers as shapes
from generation.api.etags import job_etag
from generation.api.filters import ArtifactFilter, JobFilter
from generation.api.kind_shapes import described_kinds, submit_shape
from generation.api.own_view import OwnView
from generation.api.submitting import IDEMPOTENCY_KEY, idempotency_key, submit
from generation.errors import PhotosDoNotMatchPerformers, TemplateNotFound, UploadNotFound
from generation.models import Artifact, Job, Upload
from generation.selectors import artifacts_of, jobs_of, queue_status, uploads_of, wait_board
from generation.services.jobs import job_cancel
from generation.services.photo_checks import CastReport, photos_check
from generation.services.result_uses import ResultUse, result_use
from generation.texts import of_photo, photo_fault_text
from templates_app.models import TemplateVersion
from templates_app.selectors import templates_live
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common.permissions import HasScope


class PhotoCheck(OwnView):
    scopes = {"POST": Scope.UPLOADS_WRITE}
    serializer_class = shapes.PhotoToCheckSerializer

    @extend_schema(
        summary="Check whether a photo can dance",
        description=(
            "Faults that block: `no_person`, `several_people`, `not_full_body`, `not_half_body`, "
            "`person_too_small`, `too_dark`, `turned_away`, `sitting`, `not_upright`. Warnings: "
            "`too_blurred`, `arms_hidden`, `hands_cut`, with a template `arm_missing_for_dance` in its place "
            "where the dance moves that arm much, and, of the template, `dance_turns_away`. For a cast name "
            "`photos` and the `template`; each fault says in `field` whose it is. 422 "
            "`photos_do_not_match_performers`."
        ),
        request=shapes.PhotoToCheckSerializer,
        responses={200: shapes.PhotoCheckSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        fields = (
            [f"photos.{index}" for index in range(len(given["photos"]))] if "photos" in given else ["photo"]
        )
        uploads = self._uploads(given["photos"] if "photos" in given else [given["photo"]], fields)
        version = self._version(given.get("template"))
        if "photos" in given and version is not None and len(uploads) != version.people_count:
            raise PhotosDoNotMatchPerformers(len(uploads), version.people_count, field="photos")
        report = photos_check(uploads=uploads, version=version)
        shown = {photo.body_style for photo in report.photos}
        return Response(
            {
                "passed": all(photo.passed for photo in report.photos),
                "body_style": next(style for style in ("none", "half", "full") if style in shown),
                "people": sum(photo.people for photo in report.photos),
                "photos": shapes.CheckedPhotoSerializer(report.photos, many=True).data,
                "faults": _photo_faults(report, fields),
                "wanted_body_style": version.body_style if version else None,
                "performers": version.people_count if version else None,
            }
        )

    def _uploads(self, named: list[UUID], fields: list[str]) -> list[Upload]:
        found = uploads_of(self.caller).in_bulk(named)
        for pk, field in zip(named, fields, strict=True):
            if pk not in found:
                raise UploadNotFound(details={"field": field})
        return [found[pk] for pk in named]

    def _version(self, slug: str | None) -> TemplateVersion | None:
        if slug is None:
            return None
        template = templates_live(self.caller).filter(slug=slug).first()
        if template is None or template.live_version is None:
            raise TemplateNotFound(details={"field": "template"})
        return template.live_version


def _photo_faults(report: CastReport, fields: list[str]) -> list[dict[str, Any]]:
    """Each fault with its sentence and the field that it belongs to; the dance's own come last."""
    told = [
        (field, fault) for field, photo in zip(fields, report.photos, strict=True) for fault in photo.faults
    ]
    told += [("template", fault) for fault in report.movement]
    return [
        {
            "code": fault.code,
            "message": of_photo(field, photo_fault_text(fault.code, fault.message)),
            "field": field,
            "is_blocking": fault.is_blocking,
        }
        for field, fault in told
    ]


class JobView(OwnView):
    serializer_class: Any = shapes.JobSerializer
    queryset = Job.objects.none()

    def get_queryset(self) -> QuerySet[Job]:
        return jobs_of(self.caller)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "board": SimpleLazyObject(wait_board)}


class JobList(JobView, generics.ListAPIView[Job]):
    """The caller's own jobs, newest first."""

    scopes = {"GET": Scope.JOBS_READ, "POST": Scope.JOBS_WRITE}
    filterset_class = JobFilter

    @extend_schema(
        summary="Submit a job",
        description="201: a new job. 200: the job that this Idempotency-Key and body named before.",
        parameters=[IDEMPOTENCY_KEY],
        request=submit_shape(),
        responses={201: shapes.JobSerializer, 200: shapes.JobSerializer},
    )
    def post(self, request: Request) -> Response:
        submission = submit(self, request.data, idempotency_key(request))
        job = self.get_queryset().get(pk=submission.job.pk)
        code = status.HTTP_201_CREATED if submission.is_new else status.HTTP_200_OK
        return Response(self.get_serializer(job).data, status=code)


class JobDetail(JobView):
    """One job: where it stands, when to ask again, and its results."""

    scopes = {"GET": Scope.JOBS_READ}
    lookup_url_kwarg = "job_id"

    @extend_schema(
        summary="Where a job stands",
        description=(
            "The answer has an `ETag`. Send it back in `If-None-Match`: 304 while nothing changed. An "
            "estimate that moved by less than ten seconds is no change."
        ),
        parameters=[OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)],
        responses={200: shapes.JobSerializer, 304: None},
    )
    def get(self, request: Request, **_kwargs: Any) -> HttpResponseBase:
        job = self.get_object()
        shape = shapes.JobSerializer(job, context=self.get_serializer_context())
        etag = job_etag(job, shape.wait_of(job))
        known = get_conditional_response(request._request, etag=etag)
        answer: HttpResponseBase = known if known is not None else Response(shape.data)
        answer.headers["ETag"], answer.headers["Cache-Control"] = etag, "private, no-cache"
        return answer


class JobCancel(JobView):
    scopes = {"POST": Scope.JOBS_WRITE}
    lookup_url_kwarg = "job_id"

    @extend_schema(
        summary="Cancel a job",
        description=(
            "One that waits ends at once; a running one stops within seconds (until then `cancel_requested` "
            "is true). Cancelling twice is no fault; 409 `job_not_cancellable` once it has ended otherwise."
        ),
        request=None,
        responses={200: shapes.JobSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        job_cancel(job=self.get_object(), by=self.caller)
        return Response(self.get_serializer(self.get_object()).data)


class JobUsage(JobView):
    scopes = {"POST": Scope.JOBS_READ}
    lookup_url_kwarg = "job_id"

    @extend_schema(
        summary="Say that a result was watched, downloaded or shared",
        description=(
            "For apps that show videos themselves. The first time of each counts, later ones change nothing. "
            "Say `watched` once three seconds, or half of a shorter clip, were played where they could be "
            "seen, as the studio does: the portal cannot see it. "
            "Downloads with `download_url` are counted without it. 409 `result_not_ready` while the job has "
            "no released video."
        ),
        request=shapes.ResultUseSerializer,
        responses={204: None},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        asked = shapes.ResultUseSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        result_use(job=self.get_object(), use=ResultUse(asked.validated_data["event"]))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ArtifactList(OwnView, generics.ListAPIView[Artifact]):
    """Files of the caller's jobs, newest first."""

    scopes = {"GET": Scope.JOBS_READ}
    serializer_class = shapes.ArtifactSerializer
    filterset_class = ArtifactFilter
    queryset = Artifact.objects.none()

    def get_queryset(self) -> QuerySet[Artifact]:
        return artifacts_of(self.caller)


class ArtifactDetail(OwnView, generics.RetrieveAPIView[Artifact]):
    """One file of a job, with fresh links."""

    scopes = {"GET": Scope.JOBS_READ}
    serializer_class = shapes.ArtifactSerializer
    lookup_url_kwarg = "artifact_id"

    def get_queryset(self) -> QuerySet[Artifact]:
        return artifacts_of(self.caller)


class KindList(APIView):
    permission_classes = [IsAuthenticated, HasScope]
    scopes = {"GET": Scope.JOBS_READ}

    @extend_schema(
        summary="What kinds of jobs there are",
        operation_id="kinds_list",
        responses={200: shapes.KindSerializer(many=True)},
    )
    def get(self, _request: Request) -> Response:
        return Response(described_kinds())


class QueueView(APIView):
    permission_classes = [IsAuthenticated, HasScope]
    scopes = {"GET": Scope.JOBS_READ}

    @extend_schema(
        summary="How busy the workers are",
        operation_id="queue_retrieve",
        responses={200: shapes.QueueSerializer},
    )
    def get(self, _request: Request) -> Response:
        return Response(shapes.QueueSerializer(queue_status()).data)
