"""The kept frame of a video scan: shown on the desk and in the console, and served to staff alone."""

import uuid
from typing import Any

from django.http import Http404, HttpResponseBase
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from moderation.errors import FrameLinkInvalid
from moderation.models import KeptFrame, ScanRun
from moderation.staff_media import staff_may_open
from tongyi_portal.common import storage
from tongyi_portal.common.file_responses import AnyMedia, file_response

KIND = "frames"
STAFF = "staff"
VIEW_PERMISSION = "moderation.view_scanrun"


def kept_frame_of(run: ScanRun) -> KeptFrame | None:
    """The frame that was kept with a scan, while it may be seen."""
    return KeptFrame.objects.filter(scan_run=run, erased_at__isnull=True).first()


def kept_frame_url(frame: KeptFrame) -> str:
    """An address that expires and that wants an account with the right to read scans as well."""
    return storage.signed_path(KIND, frame.pk, audience=STAFF)


@extend_schema(exclude=True)
class KeptFrameFile(APIView):
    """The picture, for a signed address and staff with the permission; there is none for owners."""

    permission_classes = [AllowAny]
    throttle_classes: Any = []
    content_negotiation_class = AnyMedia

    def get(self, request: Request, frame_id: uuid.UUID) -> HttpResponseBase:
        """Raises FrameLinkInvalid, PermissionDenied, Http404 for an erased frame, StorageUnavailable."""
        token = request.query_params.get("token", "")
        if not storage.signature_holds(KIND, frame_id, audience=STAFF, token=token):
            raise FrameLinkInvalid
        if not staff_may_open(request, VIEW_PERMISSION):
            raise PermissionDenied
        frame = KeptFrame.objects.filter(pk=frame_id, erased_at__isnull=True).first()
        if frame is None:
            raise Http404
        return file_response(
            request._request,
            alias=storage.UPLOADS,
            key=frame.key,
            mime="image/jpeg",
            size=frame.byte_size,
            etag=frame.sha256,
            cache_control="private, no-store",
        )


media_urlpatterns = [path(f"{KIND}/<uuid:frame_id>", KeptFrameFile.as_view(), name="kept-frame-file")]
