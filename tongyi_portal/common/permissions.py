"""DRF permission classes: token scopes, and permissions of roles.py."""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from tongyi_portal.common import roles


class HasScope(BasePermission):
    """The token carries the scope that the view's `scopes` names for this method; sessions carry them all.

    A view without `scopes`, or without an entry for the method, cannot be used by any token. A method that
    the view does not have passes here, so that the answer is 405.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.auth is None or not hasattr(view, str(request.method).lower()):
            return True
        wanted = getattr(view, "scopes", {}).get("GET" if request.method == "HEAD" else request.method)
        if wanted is not None and wanted in getattr(request.auth, "scopes", ()):
            return True
        raise PermissionDenied(
            {"message": _("The token lacks the scope for this."), "scope": str(wanted or "")},
            code="scope_missing",
        )


class MayAct(BasePermission):
    """The account holds the view's `acting` permission, if it names one, for methods that change something.

    So whoever may not act is told that first, not what is wrong with what they sent or whether it is there.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        acting: str | None = getattr(view, "acting", None)
        is_act = request.method not in SAFE_METHODS and hasattr(view, str(request.method).lower())
        if acting is not None and is_act:
            roles.require(request.user, acting)
        return True


def caller_may(request: Request, *permissions: str, scopes: Collection[str]) -> bool:
    """True when the account has one of `permissions`, and its token, if one asks, one of `scopes`."""
    if request.auth is not None and not set(scopes) & set(getattr(request.auth, "scopes", ())):
        return False
    return any(request.user.has_perm(permission) for permission in permissions)
