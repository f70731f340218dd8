"""Uploads, photo checks, jobs, artifacts, kinds and the queue."""

import hashlib
import json
import re
from typing import Any, cast
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.api import serializers as shapes
from generation.api.kind_shapes import described_kinds, submit_shape
from generation.errors import (
    ContentBlocked,
    PhotosDoNotMatchPerformers,
    TemplateNotFound,
    UploadNotFound,
)
from generation.kinds import KINDS
from generation.models import Artifact, Job, Upload
from generation.selectors import artifacts_of, jobs_of, queue_status, uploads_of, wait_board
from generation.services.jobs import job_cancel, job_submit
from generation.services.photo_checks import CastReport, photos_check
from generation.services.result_uses import ResultUse, result_use
from generation.services.uploads import upload_accept, upload_erase
from generation.states import JobState, UploadState
from generation.texts import of_photo, photo_fault_text, reason_list
from templates_app.models import TemplateVersion
from templates_app.selectors import templates_live
from tongyi_portal.accounts.models import ApiToken, Scope, User
from tongyi_portal.common.parsers import UploadParser
from tongyi_portal.common.permissions import HasScope

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class _OwnView(generics.GenericAPIView[Any]):
    """Everybody sees their own rows only: another owner's id is not found."""

    permission_classes = [IsAuthenticated, HasScope]

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)

    @property
    def token(self) -> ApiToken | None:
        return cast(ApiToken | None, self.request.auth)


class UploadCreate(_OwnView):
    scopes = {"POST": Scope.UPLOADS_WRITE}
    parser_classes = [UploadParser]
    serializer_class = shapes.NewUploadSerializer
    throttle_scope = "upload"

    @extend_schema(
        summary="Upload a picture",
        description=(
            "The picture is cleaned and judged before the answer. 201: accepted. 202: a person looks at it "
            "first; jobs that use it wait. 422 `content_blocked`: refused, with reasons."
        ),
        request={"multipart/form-data": shapes.NewUploadSerializer},
        responses={201: shapes.UploadSerializer, 202: shapes.UploadSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        upload = upload_accept(
            by=self.caller,
            data=asked.validated_data["file"].read(),
            surface=asked.validated_data["surface"],
            token=self.token,
            consent=asked.validated_data["consent"],
        )
        if upload.state == UploadState.BLOCKED:
            raise ContentBlocked(
                details={"upload": str(upload.pk), "reasons": reason_list(upload.reason_codes)}
            )
        body = shapes.UploadSerializer(upload, context=self.get_serializer_context()).data
        created = upload.state == UploadState.ACCEPTED
        return Response(body, status=status.HTTP_201_CREATED if created else status.HTTP_202_ACCEPTED)


class UploadDetail(_OwnView, generics.RetrieveAPIView[Upload]):
    """One of the caller's pictures."""

    scopes = {"GET": Scope.UPLOADS_WRITE, "DELETE": Scope.UPLOADS_WRITE}
    serializer_class = shapes.UploadSerializer
    lookup_url_kwarg = "upload_id"

    def get_queryset(self) -> QuerySet[Upload]:
        return uploads_of(self.caller)

    @extend_schema(
        summary="Erase a picture",
        description="Its pixels are removed for good; unfinished jobs that need it are cancelled.",
        responses={204: None},
    )
    def delete(self, request: Request, **_kwargs: Any) -> Response:
        upload_erase(upload=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class PhotoCheck(_OwnView):
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


class JobFilter(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.MultipleChoiceFilter(choices=JobState.choices, label="One or more states.")
    kind = django_filters.ChoiceFilter(choices=[(key, key) for key in KINDS], label="A kind of job.")


class _JobView(_OwnView):
    serializer_class: Any = shapes.JobSerializer
    queryset = Job.objects.none()

    def get_queryset(self) -> QuerySet[Job]:
        return jobs_of(self.caller)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "board": SimpleLazyObject(wait_board)}


class JobList(_JobView, generics.ListAPIView[Job]):
    """The caller's own jobs, newest first."""

    scopes = {"GET": Scope.JOBS_READ, "POST": Scope.JOBS_WRITE}
    filterset_class = JobFilter

    @extend_schema(
        summary="Submit a job",
        description="201: a new job. 200: the job that this Idempotency-Key and body named before.",
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                description=(
                    "1 to 200 printable ASCII characters. Sending the same key and body again gives the same "
                    "job; another body is refused with `idempotency_mismatch`. Kept for at least 24 hours."
                ),
            )
        ],
        request=submit_shape(),
        responses={201: shapes.JobSerializer, 200: shapes.JobSerializer},
    )
    def post(self, request: Request) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if key and not _IDEMPOTENCY_KEY.fullmatch(key):
            raise serializers.ValidationError(
                {"Idempotency-Key": [_("Use 1 to 200 printable ASCII characters.")]}
            )
        asked = shapes.JobSubmitSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        body = json.dumps(request.data, sort_keys=True, ensure_ascii=False)
        submission = job_submit(
            by=self.caller,
            token=self.token,
            kind_key=asked.validated_data["kind"],
            params=asked.validated_data["params"],
            idempotency_key=key,
            body_sha256=hashlib.sha256(body.encode()).hexdigest(),
        )
        job = self.get_queryset().get(pk=submission.job.pk)
        code = status.HTTP_201_CREATED if submission.is_new else status.HTTP_200_OK
        return Response(self.get_serializer(job).data, status=code)


class JobDetail(_JobView, generics.RetrieveAPIView[Job]):
    """One job: where it stands, when to ask again, and its results."""

    scopes = {"GET": Scope.JOBS_READ}
    lookup_url_kwarg = "job_id"


class JobCancel(_JobView):
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


class JobUsage(_JobView):
    scopes = {"POST": Scope.JOBS_READ}
    lookup_url_kwarg = "job_id"

    @extend_schema(
        summary="Say that a result was watched, downloaded or shared",
        description=(
            "For apps that show videos themselves. The first time of each counts, later ones change nothing. "
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


class ArtifactDetail(_OwnView, generics.RetrieveAPIView[Artifact]):
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
