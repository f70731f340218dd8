"""Dance videos: the resumable upload (tus 1.0.0), their list, one of them, its erasure, its extraction."""

from typing import IO, Any, cast

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from templates_app.api import tus
from templates_app.api.editing_view import EditingView
from templates_app.api.motion_serializers import MotionSerializer
from templates_app.models import DanceTemplate, MotionVideo
from templates_app.motion_errors import MotionGone, TemplateUnknown
from templates_app.services.motion_checks import motion_extract
from templates_app.services.motions import motion_append, motion_create, motion_erase
from templates_app.states import MotionState


def _header(name: str, description: str, *, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description, required=required)


_VERSION = _header("Tus-Resumable", "`1.0.0`.")


class MotionFilter(django_filters.FilterSet):  # type: ignore[misc]
    template = django_filters.CharFilter(field_name="template__slug", label="Slug of a template.")
    state = django_filters.MultipleChoiceFilter(choices=MotionState.choices, label="One or more states.")


class _MotionView(EditingView):
    serializer_class: Any = MotionSerializer
    queryset = MotionVideo.objects.none()

    def get_queryset(self) -> QuerySet[MotionVideo]:
        return MotionVideo.objects.select_related("template", "owner", "take")

    def get_permissions(self) -> Any:
        """OPTIONS says what the server can do, to everybody."""
        return [] if self.request.method == "OPTIONS" else super().get_permissions()

    @extend_schema(exclude=True)
    def options(self, request: Any, *_args: Any, **_kwargs: Any) -> Response:
        return Response(status=status.HTTP_204_NO_CONTENT, headers=tus.described())

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """tus wants its version in every answer, also in those that tell a fault."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Tus-Resumable"] = tus.VERSION
        if response.status_code == status.HTTP_412_PRECONDITION_FAILED:
            response["Tus-Version"] = tus.VERSION
        return response


class MotionList(_MotionView, generics.ListAPIView[MotionVideo]):
    """Everybody's dance videos, newest first."""

    filterset_class = MotionFilter

    @extend_schema(
        summary="Announce a dance video",
        description=(
            "tus 1.0.0, extension creation. The answer's `Location` takes the parts. The body is empty. "
            "`Upload-Metadata` holds `filename` and `template` (a slug), values in base64."
        ),
        parameters=[
            _VERSION,
            _header("Upload-Length", "Bytes of the whole file."),
            _header("Upload-Metadata", "`filename <base64>,template <base64>`."),
        ],
        request=None,
        responses={201: MotionSerializer},
    )
    def post(self, request: Request) -> Response:
        tus.require_version(request)
        tus.require_one_upload(request)
        length, metadata = tus.number_of(request, "Upload-Length"), tus.metadata_of(request)
        template = DanceTemplate.objects.filter(slug=metadata["template"]).first()
        if template is None:
            raise TemplateUnknown(details={"field": "template"})
        motion = motion_create(
            template=template, file_name=metadata["filename"].strip(), byte_size=length, by=self.caller
        )
        headers = tus.standing(motion) | {
            "Location": request.build_absolute_uri(f"/api/v1/motions/{motion.pk}")
        }
        return Response(self.get_serializer(motion).data, status.HTTP_201_CREATED, headers=headers)


class MotionDetail(_MotionView, generics.RetrieveAPIView[MotionVideo]):
    """One dance video: how much has come, its faults, how far the extraction is."""

    lookup_url_kwarg = "motion_id"
    parser_classes = [tus.OffsetParser]
    throttle_scope = "write"

    @extend_schema(exclude=True)
    def head(self, request: Request, **_kwargs: Any) -> Response:
        """Where the upload stands. Raises MotionGone."""
        tus.require_version(request)
        motion = self.get_object()
        if motion.erased_at is not None:
            raise MotionGone
        return Response(headers=tus.standing(motion))

    @extend_schema(
        summary="Send a part of a dance video",
        description=(
            "Only whoever announced it sends parts (403 `motion_not_yours`). 409 `motion_offset_wrong` when "
            "the part does not begin where the upload ends, 460 "
            "`motion_checksum_wrong` when it was damaged. A part counts only when it came whole."
        ),
        parameters=[
            _VERSION,
            _header("Upload-Offset", "Where the part begins."),
            _header("Upload-Checksum", "`sha256 <base64>` or `sha1 <base64>`.", required=False),
        ],
        request={tus.MEDIA_TYPE: bytes},
        responses={204: None},
    )
    def patch(self, request: Request, **_kwargs: Any) -> Response:
        tus.require_version(request)
        offset = tus.number_of(request, "Upload-Offset")
        declared = request.META.get("CONTENT_LENGTH") or ""
        motion = motion_append(
            motion=self.get_object(),
            offset=offset,
            length=int(declared) if declared.isdigit() else None,
            body=cast(IO[bytes], request.data),  # as OffsetParser leaves it
            checksum=request.headers.get("Upload-Checksum", ""),
            by=self.caller,
        )
        return Response(status=status.HTTP_204_NO_CONTENT, headers=tus.standing(motion))

    @extend_schema(
        summary="Erase a dance video",
        description=(
            "Ends an upload, or removes the clip for good, with the copies that the editor shows. The "
            "movement that was taken from it stays. Erasing twice is no fault."
        ),
        responses={204: None},
    )
    def delete(self, request: Request, **_kwargs: Any) -> Response:
        motion_erase(motion=self.get_object(), by=self.caller)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MotionExtract(_MotionView):
    lookup_url_kwarg = "motion_id"

    @extend_schema(
        summary="Extract the movement again",
        description="Where the job failed or was cancelled; 409 `motion_busy` while one goes on.",
        request=None,
        responses={202: MotionSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        motion_extract(motion=self.get_object(), by=self.caller)
        return Response(self.get_serializer(self.get_object()).data, status.HTTP_202_ACCEPTED)
