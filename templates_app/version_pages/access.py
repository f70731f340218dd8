"""Who may open the library's own console pages, and how faults are told there."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext

from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError


def curators_only(request: HttpRequest, permission: str = roles.TEMPLATE_EDIT) -> None:
    """Raise PermissionDenied, which the console shows as a page, for everybody else."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def tried(request: HttpRequest, act: Callable[[], object], done: str) -> bool:
    """Do it and tell that it is done, or tell why not."""
    try:
        act()
    except AppError as error:
        tell_fault(request, error)
        return False
    messages.success(request, done)
    return True


def tell_fault(request: HttpRequest, error: AppError) -> None:
    """An error's sentence, and what its details name for people."""
    labels = error.details.get("labels")
    sentence = gettext(str(error.message))
    messages.error(request, f"{sentence} {', '.join(labels)}" if labels else sentence)
    for fault in error.details.get("fields", []):
        if isinstance(fault, dict):
            messages.error(request, f"{fault['label']}: {fault['message']}")
