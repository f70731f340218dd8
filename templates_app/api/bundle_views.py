"""A template as one file over HTTP: export as a stream, import as a draft."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from templates_app.api.editing_view import EditingView
from templates_app.api.template_serializers import refused_values
from templates_app.models import Category, DanceTemplate, TemplateVersion
from templates_app.services.bundles import (
    BUNDLE_MIME,
    MAX_BUNDLE_BYTES,
    BundleTooLarge,
    export_name,
    template_export,
    template_import,
    version_to_export,
)
from tongyi_portal.common.file_responses import AnyMedia
from tongyi_portal.common.serializers import StrictSerializer

CHUNK_BYTES = 256 * 1024


def bundle_response(version: TemplateVersion, user: Any) -> HttpResponseBase:
    """The file as an attachment, read in pieces; it is removed when the answer was sent."""
    stack = ExitStack()
    file = stack.enter_context(template_export(version=version, by=user))
    response = StreamingHttpResponse(_pieces(file, stack), content_type=BUNDLE_MIME)
    response["Content-Disposition"] = content_disposition_header(True, export_name(version))
    response["Content-Length"] = str(_length(file))
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _length(file: IO[bytes]) -> int:
    length = file.seek(0, 2)
    file.seek(0)
    return length


def _pieces(file: IO[bytes], stack: ExitStack) -> Iterator[bytes]:
    with stack:
        while piece := file.read(CHUNK_BYTES):
            yield piece


class TemplateExport(EditingView):
    content_negotiation_class = AnyMedia

    @extend_schema(
        summary="A template as one file",
        description="The live version, or the newest of a template that is not live.",
        responses={(200, BUNDLE_MIME): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        template = get_object_or_404(DanceTemplate, slug=slug)
        return bundle_response(version_to_export(template), self.caller)


class RawZip(BaseParser):
    """The body as it comes: the view copies it to a file, piece by piece."""

    media_type = BUNDLE_MIME

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream


class ImportQuery(StrictSerializer):
    slug = serializers.SlugField(max_length=60, required=False, help_text="Instead of the file's.")
    category = serializers.SlugRelatedField(
        slug_field="slug", queryset=Category.objects.all(), required=False, help_text="Instead of the file's."
    )
    into = serializers.SlugRelatedField(
        slug_field="slug",
        queryset=DanceTemplate.objects.all(),
        required=False,
        help_text="Slug of a template that gets the movement as its next version.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "slug" in attrs and "into" in attrs:
            raise serializers.ValidationError({"slug": [_("A template that is there has its slug already.")]})
        return attrs


class ImportedSerializer(serializers.Serializer[Any]):
    version = serializers.UUIDField(source="version.pk", help_text="Id of the draft.")
    template = serializers.CharField(source="version.template.slug")
    number = serializers.IntegerField(source="version.number")
    pose_sha256 = serializers.CharField(source="version.pose_sha256")
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="What of the file was not taken over, for people."
    )


class TemplateImport(EditingView):
    serializer_class = ImportedSerializer
    parser_classes = [RawZip]

    @extend_schema(
        summary="Make a draft of a template file",
        description=(
            "The body is the file. Nothing is published: its music comes along, previews are rendered anew "
            "with `prepare`, and the rights must be confirmed. A category and tags that are not there are "
            "made. 409 `bundle_slug_taken`, `bundle_category_unknown`; 400 "
            "`template_bundle_invalid`."
        ),
        parameters=[OpenApiParameter(name, OpenApiTypes.STR) for name in ("slug", "category", "into")],
        request={BUNDLE_MIME: OpenApiTypes.BINARY},
        responses={201: ImportedSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = ImportQuery(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "bundle.zip"
            _copy(request, path)
            try:
                imported = template_import(path=path, by=self.caller, **asked.validated_data)
            except ValidationError as error:
                raise refused_values(error) from error
        return Response(ImportedSerializer(imported).data, status=status.HTTP_201_CREATED)


def _copy(request: Request, path: Path) -> None:
    """Write the body to a file. Raises BundleTooLarge as soon as it is."""
    stream: Any = request.data
    if not hasattr(stream, "read"):  # without a body the file is empty
        path.touch()
        return
    size = 0
    with path.open("wb") as copy:
        while piece := stream.read(CHUNK_BYTES):
            size += len(piece)
            if size > MAX_BUNDLE_BYTES:
                raise BundleTooLarge(details={"limit_bytes": MAX_BUNDLE_BYTES})
            copy.write(piece)
