"""StaffView: what the endpoints of moderation's staff have in common."""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django.http import StreamingHttpResponse
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from moderation.api.review_views import MaySee
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common.errors import NotFound
from tongyi_portal.common.permissions import HasScope, MayAct


class StaffView(generics.GenericAPIView[Any]):
    """`permission` lets an account in; what may be done beyond reading, the services say."""

    permission_classes = [IsAuthenticated, HasScope, MaySee, MayAct]
    permission: str
    scopes: ClassVar[Any] = {"GET": Scope.MODERATION_READ}

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)

    def asked(self, shape: Any, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """The body as `shape` takes it. partial: only what was sent."""
        given = shape(data=request.data, partial=partial)
        given.is_valid(raise_exception=True)
        return cast(dict[str, Any], given.validated_data)


def file_of(lines: Iterable[str], *, name: str, mime: str) -> StreamingHttpResponse:
    """Lines of text as a file to be saved, sent as they are read."""
    answer = StreamingHttpResponse((line.encode() for line in lines), content_type=f"{mime}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def account_of(account_id: Any, *, field: str = "owner") -> User:
    """The account of this id. Raises NotFound, with the field that named it."""
    found = User.objects.filter(pk=account_id).first()
    if found is None:
        raise NotFound(details={"field": field})
    return found
