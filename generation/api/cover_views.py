"""A cover from a moment of a looping clip: it is labelled, so it is made here and not in the library."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from generation.services.previews import cover_from_moment
from templates_app.api.editing_view import EditingView
from templates_app.api.motion_serializers import EditedVersionSerializer
from templates_app.models import TemplateVersion
from tongyi_portal.common.serializers import StrictSerializer


class MomentSerializer(StrictSerializer):
    """A moment of the looping clip of a character."""

    character = serializers.CharField(max_length=40)
    at_seconds = serializers.FloatField(min_value=0, max_value=600)


class CoverFromMoment(EditingView):
    serializer_class: Any = EditedVersionSerializer

    @extend_schema(
        summary="Make a cover from a moment of a clip",
        description="It replaces the cover of that character, and stands for the version.",
        request=MomentSerializer,
        responses={201: EditedVersionSerializer},
    )
    def post(self, request: Request, version_id: Any) -> Response:
        asked = MomentSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        version = get_object_or_404(TemplateVersion.objects.select_related("cover"), pk=version_id)
        version = cover_from_moment(version=version, by=self.caller, **asked.validated_data)
        return Response(self.get_serializer(version).data, status.HTTP_201_CREATED)
