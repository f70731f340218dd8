"""Takes: list, one of them, its poses, import of a pose file, joining of two versions, a draft of one."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from templates_app.api.editing_view import EditingView
from templates_app.api.motion_serializers import (
    EditedVersionSerializer,
    JoinSerializer,
    TakeFileSerializer,
    TakeSerializer,
)
from templates_app.compact_poses import MIME, PRECISIONS, compact
from templates_app.models import DanceTemplate, Take, TemplateVersion
from templates_app.motion_errors import TemplateUnknown
from templates_app.poses.formats.reading import MAX_FILE_BYTES
from templates_app.poses.sequence import PoseSequence
from templates_app.services.editing import version_draft
from templates_app.services.takes import take_import, take_join, take_poses
from tongyi_portal.common.parsers import StrictJSONParser, UploadParser

POSES_PARAMETERS = frozenset({"precision"})
PRECISION = OpenApiParameter(
    "precision", str, description="Of the points: `float32` (default) or `float16`.", enum=list(PRECISIONS)
)


class PoseFileParser(UploadParser):
    """A form with a pose file."""

    @property
    def max_bytes(self) -> int:
        return MAX_FILE_BYTES


class TakeFilter(django_filters.FilterSet):  # type: ignore[misc]
    template = django_filters.CharFilter(field_name="template__slug", label="Slug of a template.")


class _TakeView(EditingView):
    serializer_class: Any = TakeSerializer
    queryset = Take.objects.none()
    lookup_url_kwarg = "take_id"

    def get_queryset(self) -> QuerySet[Take]:
        return Take.objects.select_related("template")


def template_of(slug: str) -> DanceTemplate:
    """Raises TemplateUnknown."""
    template = DanceTemplate.objects.filter(slug=slug).first()
    if template is None:
        raise TemplateUnknown(details={"field": "template"})
    return template


def poses_response(request: Request, digest: str, read: Any) -> HttpResponse:
    """The compact form of what `read` gives, or 304 when the reader has it."""
    precision = request.query_params.get("precision", "float32")
    precision = precision if precision in PRECISIONS else "float32"
    etag = f'"{digest}-{precision}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
    poses: PoseSequence = read()
    return HttpResponse(compact(poses, precision=precision), content_type=MIME, headers=headers)


class TakeList(_TakeView, generics.ListAPIView[Take]):
    """Takes, newest first."""

    filterset_class = TakeFilter
    parser_classes = [PoseFileParser]

    @extend_schema(
        summary="Import a movement from a pose file",
        description=(
            "Our own npz and JSON, OpenPose or DWPose folders as zip, COCO and BVH. "
            "`movement_file_invalid` says what is wrong and where."
        ),
        request={"multipart/form-data": TakeFileSerializer},
        responses={201: TakeSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = TakeFileSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        take = take_import(
            template=template_of(given["template"]),
            data=given["file"].read(),
            file_name=given["file"].name,
            by=self.caller,
            fps=given.get("fps"),
            width=given.get("width"),
            height=given.get("height"),
        )
        return Response(self.get_serializer(take).data, status.HTTP_201_CREATED)


class TakeDetail(_TakeView, generics.RetrieveAPIView[Take]):
    """One take, with staff addresses of its pictures and its sound."""


class TakePoses(_TakeView):
    own_parameters = POSES_PARAMETERS

    @extend_schema(
        summary="The poses of a take",
        description="All tracks, in the compact binary form of docs/api/poses.md. Answers If-None-Match.",
        parameters=[PRECISION],
        responses={(200, MIME): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, **_kwargs: Any) -> HttpResponse:
        take = self.get_object()
        return poses_response(request, take.pose_sha256, lambda: take_poses(take))


class TakeDraft(_TakeView):
    parser_classes = [StrictJSONParser]

    @extend_schema(
        summary="Make a draft of a take",
        description="The next version of the take's template: its main people, whole.",
        request=None,
        responses={201: EditedVersionSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        take = self.get_object()
        version = version_draft(template=take.template, take=take, by=self.caller)
        shape = EditedVersionSerializer(version, context=self.get_serializer_context())
        return Response(shape.data, status.HTTP_201_CREATED)


class TakeJoin(_TakeView):
    parser_classes = [StrictJSONParser]

    @extend_schema(
        summary="Join two versions into a take",
        description=(
            "The second movement follows the first without a seam. `notes` say what was left out: up to a "
            "second of either at the seam, the music, the beat. 400 `movements_do_not_join`."
        ),
        request=JoinSerializer,
        responses={201: TakeSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = JoinSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        first, second = (
            get_object_or_404(TemplateVersion.objects.select_related("template"), pk=given[name])
            for name in ("first", "second")
        )
        take = take_join(
            template=template_of(given["template"]),
            first=first,
            second=second,
            blend_seconds=given["blend_seconds"],
            by=self.caller,
        )
        return Response(self.get_serializer(take).data, status.HTTP_201_CREATED)
