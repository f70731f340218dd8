"""What all addresses for those who make templates have in common."""

from typing import Any, cast

from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common import roles
from tongyi_portal.common.permissions import HasScope


class EditingView(generics.GenericAPIView[Any]):
    """For accounts that may edit templates, in a session or with a token of scope `templates:write`."""

    permission_classes = [IsAuthenticated, HasScope]
    scopes = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), Scope.TEMPLATES_WRITE)

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raises PermissionRefused before anything is read."""
        super().initial(request, *args, **kwargs)
        if request.method != "OPTIONS":
            roles.require(self.caller, roles.TEMPLATE_EDIT)
