"""Who may open the library's own console pages, and how faults are told there."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext

from templates_app.texts import listed
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


def tell_fault(request: HttpRequest, error: AppError, form: forms.BaseForm | None = None) -> None:
    """An error's sentence, and what its details name for people: at the fields of `form` that it has."""
    messages.error(request, gettext(str(error.message)))
    labels = error.details.get("labels")
    if labels:
        messages.error(request, gettext("Missing: %(things)s.") % {"things": listed(labels)})
    for fault in error.details.get("fields", []):
        if not isinstance(fault, dict):
            continue
        if form is not None and fault["field"] in form.fields:
            form.add_error(fault["field"], fault["message"])
        else:
            messages.error(request, f"{fault['label']}: {fault['message']}")
