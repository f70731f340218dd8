"""The clips themselves, and what the editor shows of a take: behind signed addresses, for staff only."""

import uuid
from typing import Any

from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from moderation.staff_media import staff_may_open
from templates_app.models import MotionVideo, Take
from templates_app.states import MotionState
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import AppError
from tongyi_portal.common.file_responses import AnyMedia, file_response
from tongyi_portal.common.permissions import caller_may

_PRIVATE = "private, no-cache"  # kept by the browser, but asked for again: a file may be taken down


class StaffLinkInvalid(AppError):
    code = "link_invalid"
    http_status = 403
    default_message = _("This link is wrong or has expired; fetch a new one.")


@extend_schema(exclude=True)
class _StaffFile(APIView):
    """The address is not enough: whoever opens it must be one who edits templates or reviews.

    A token needs templates:write to open it as an editor, a scope of moderation/staff_media.py as a reviewer.
    A file that moderation blocked is for reviewers alone.
    """

    permission_classes = [AllowAny]
    throttle_classes: Any = []
    content_negotiation_class = AnyMedia

    def require_staff(self, request: Request, kind: str, row_id: uuid.UUID, state: str) -> None:
        """Raises StaffLinkInvalid, PermissionDenied."""
        token = request.query_params.get("token", "")
        if not storage.signature_holds(kind, row_id, audience="staff", token=token):
            raise StaffLinkInvalid
        may_edit = caller_may(request, roles.TEMPLATE_EDIT, scopes=(Scope.TEMPLATES_WRITE,))
        may_review = staff_may_open(request, roles.REVIEW_DECIDE)
        if not (may_review or (may_edit and state != MotionState.BLOCKED)):
            raise PermissionDenied


class MotionFile(_StaffFile):
    def get(self, request: Request, motion_id: uuid.UUID) -> HttpResponseBase:
        motion = MotionVideo.objects.filter(pk=motion_id, erased_at__isnull=True).exclude(key="").first()
        state = motion.state if motion else ""
        self.require_staff(request, "motions", motion_id, state)
        if motion is None:
            raise Http404
        return file_response(
            request._request,
            alias=storage.UPLOADS,
            key=motion.key,
            mime=motion.mime or "application/octet-stream",
            size=motion.byte_size,
            etag=motion.sha256,
            cache_control=_PRIVATE,
        )


class TakeFile(_StaffFile):
    """kind: of the signed address. field: the take's key. mime: of the file."""

    kind = ""
    field = ""
    mime = ""

    def get(self, request: Request, take_id: uuid.UUID) -> HttpResponseBase:
        take = Take.objects.select_related("source").filter(pk=take_id).first()
        state = take.source.state if take and take.source else ""
        self.require_staff(request, self.kind, take_id, state)
        key = getattr(take, self.field) if take else ""
        if not key:
            raise Http404
        return file_response(
            request._request,
            alias=storage.UPLOADS,
            key=key,
            mime=self.mime,
            size=storage.size_of(storage.UPLOADS, key),
            etag=f"{take_id.hex}-{self.field}",  # a take never changes
            cache_control=_PRIVATE,
        )
