"""OwnView: the base of views on what belongs to the caller."""

from typing import Any, cast

from rest_framework import generics
from rest_framework.permissions import IsAuthenticated

from tongyi_portal.accounts.models import ApiToken, User
from tongyi_portal.common.permissions import HasScope


class OwnView(generics.GenericAPIView[Any]):
    """Everybody sees their own rows only: another owner's id is not found."""

    permission_classes = [IsAuthenticated, HasScope]

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)

    @property
    def token(self) -> ApiToken | None:
        return cast(ApiToken | None, self.request.auth)
