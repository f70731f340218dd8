"""The files themselves: artifacts and uploads behind signed addresses, with range requests."""

import uuid
from typing import Any

from django.http import Http404, HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from generation.errors import LinkInvalid
from generation.models import Artifact, ArtifactRole, Upload
from generation.services.result_uses import ResultUse, result_use
from moderation.staff_media import staff_may_open
from tongyi_portal.common import storage
from tongyi_portal.common.file_responses import AnyMedia, file_response

_PRIVATE = "private, no-cache"  # kept by the browser, but asked for again: a file may be taken down


@extend_schema(exclude=True)
class _SignedFile(APIView):
    """Whoever holds an owner's link may read it; a staff link also needs an account with the permission.

    It opens in a session and for a token, see moderation/staff_media.py.
    """

    permission_classes = [AllowAny]
    throttle_classes: Any = []
    content_negotiation_class = AnyMedia
    kind: str
    view_permission: str

    def audience(self, request: Request, row_id: uuid.UUID) -> str:
        """ "owner" or "staff". Raises LinkInvalid, PermissionDenied."""
        audience = "staff" if request.query_params.get("for") == "staff" else "owner"
        token = request.query_params.get("token", "")
        if not storage.signature_holds(self.kind, row_id, audience=audience, token=token):
            raise LinkInvalid
        if audience == "staff" and not staff_may_open(request, self.view_permission):
            raise PermissionDenied
        return audience


class ArtifactFile(_SignedFile):
    kind, view_permission = "artifacts", "generation.view_artifact"

    def get(self, request: Request, artifact_id: uuid.UUID) -> HttpResponseBase:
        audience = self.audience(request, artifact_id)
        artifact = (
            Artifact.objects.select_related("job__template_version__template").filter(pk=artifact_id).first()
        )
        if artifact is None or not artifact.key or (audience == "owner" and not artifact.is_released):
            raise Http404
        is_download = request.query_params.get("download") == "1"
        if is_download and audience == "owner" and request.method == "GET":
            self._count(artifact)
        return file_response(
            request._request,
            alias=storage.OUTPUTS,
            key=artifact.key,
            mime=artifact.mime,
            size=artifact.byte_size,
            etag=artifact.sha256,
            cache_control=_PRIVATE,
            download_name=artifact.download_name if is_download else "",
        )

    def _count(self, artifact: Artifact) -> None:
        """The video counts, its cover does not; of the many ranges of one download only the first writes."""
        if artifact.role == ArtifactRole.VIDEO and artifact.downloaded_at is None:
            result_use(job=artifact.job, use=ResultUse.DOWNLOADED)


class UploadFile(_SignedFile):
    kind, view_permission = "uploads", "generation.view_upload"

    def get(self, request: Request, upload_id: uuid.UUID) -> HttpResponseBase:
        audience = self.audience(request, upload_id)
        upload = Upload.objects.filter(pk=upload_id, deleted_at__isnull=True).first()
        if upload is None or (audience == "owner" and not upload.is_accepted):
            raise Http404
        return file_response(
            request._request,
            alias=storage.UPLOADS,
            key=upload.key,
            mime=upload.mime,
            size=upload.byte_size,
            etag=upload.pk.hex,
            cache_control="private, no-store",
        )
