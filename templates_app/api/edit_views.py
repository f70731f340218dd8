"""Editing a version: its edits, its poses, its analysis, copies, previews and the choice of its cover."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from templates_app.api.editing_view import EditingView
from templates_app.api.motion_serializers import CoverSerializer, EditedVersionSerializer, EditsSerializer
from templates_app.api.take_views import POSES_PARAMETERS, PRECISION, poses_response
from templates_app.compact_poses import MIME
from templates_app.models import TemplateVersion
from templates_app.services.editing import UNSAID, version_edit, version_from
from templates_app.services.preparing import version_choose_cover, version_prepare
from templates_app.services.versions import version_poses


class _VersionView(EditingView):
    serializer_class: Any = EditedVersionSerializer
    queryset = TemplateVersion.objects.none()
    lookup_url_kwarg = "version_id"

    def get_queryset(self) -> QuerySet[TemplateVersion]:
        return TemplateVersion.objects.select_related("template", "created_by").prefetch_related("previews")

    def shown(self, code: int = status.HTTP_200_OK) -> Response:
        """The version as it stands now."""
        return Response(self.get_serializer(self.get_object()).data, code)


class VersionEdits(_VersionView):
    @extend_schema(summary="The edits of a version", responses={200: EditedVersionSerializer})
    def get(self, request: Request, **_kwargs: Any) -> Response:
        return self.shown()

    @extend_schema(
        summary="Save edits of a draft",
        description=(
            "`edits_revision` is that of the edits which were loaded; 409 `edits_outdated` says who has "
            "saved others meanwhile. A version that was ready becomes a draft again; a published one is 409 "
            "`version_frozen`. 400 `motion_edits_invalid` points to the field."
        ),
        request=EditsSerializer,
        responses={200: EditedVersionSerializer},
    )
    def put(self, request: Request, **_kwargs: Any) -> Response:
        asked = EditsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        version_edit(
            version=self.get_object(),
            by=self.caller,
            revision=given["edits_revision"],
            edits=asked.initial_data["edits"],  # as it came: the document's own reader is stricter
            bpm=given.get("bpm", UNSAID),
        )
        return self.shown()


class VersionPoses(_VersionView):
    own_parameters = POSES_PARAMETERS

    @extend_schema(
        summary="The poses of a version",
        description="What the edits made, in the compact binary form of docs/api/poses.md.",
        parameters=[PRECISION],
        responses={(200, MIME): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, **_kwargs: Any) -> HttpResponse:
        version = self.get_object()
        return poses_response(request, version.pose_sha256, lambda: version_poses(version))


class VersionAnalysis(_VersionView):
    @extend_schema(
        summary="What was found out about a version's movement",
        description="Sight of each joint, energy, turns, reasons why it is hard, loop seam, floor.",
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, **_kwargs: Any) -> Response:
        return Response(self.get_object().analysis)


class VersionCopy(_VersionView):
    @extend_schema(
        summary="Copy a version into a new draft", request=None, responses={201: EditedVersionSerializer}
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        copy = version_from(version=self.get_object(), by=self.caller)
        return Response(self.get_serializer(copy).data, status.HTTP_201_CREATED)


class VersionPrepare(_VersionView):
    @extend_schema(
        summary="Render the previews of a draft",
        description="The version is `processing`, `work` says how far; `ready` when all previews are there.",
        request=None,
        responses={202: EditedVersionSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        version_prepare(version=self.get_object(), by=self.caller)
        return self.shown(status.HTTP_202_ACCEPTED)


class VersionCover(_VersionView):
    @extend_schema(
        summary="Choose the cover of a version",
        description=(
            "That of a version which was published takes the right to publish and a second person: 403 "
            "`version_needs_second_person`. 409 `cover_test_runs` while covers are tried out."
        ),
        request=CoverSerializer,
        responses={200: EditedVersionSerializer},
    )
    def put(self, request: Request, **_kwargs: Any) -> Response:
        asked = CoverSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        version_choose_cover(
            version=self.get_object(), preview_id=asked.validated_data["preview"], by=self.caller
        )
        return self.shown()
