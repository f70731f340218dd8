"""Sentences for the codes of faults that a bulk answer reports."""

from django.utils.translation import gettext

from tongyi_portal.common.errors import AppError


def fault_text(code: str) -> str:
    """The default sentence of the fault with this code; a code that no fault has stands for itself."""
    for kind in _kinds(AppError):
        if kind.code == code:
            return gettext(str(kind.default_message))
    return code


def _kinds(kind: type[AppError]) -> list[type[AppError]]:
    return [kind, *(deeper for one in kind.__subclasses__() for deeper in _kinds(one))]
