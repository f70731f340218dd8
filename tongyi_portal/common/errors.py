"""The error tree: every fault a caller can meet has a stable code and a message that is safe to show."""

from collections.abc import Mapping
from typing import Any, ClassVar


def gettext_noop(message: str) -> str:
    """Marks a message for the catalogues; pure code cannot translate, its callers do."""
    return message


class AppError(Exception):
    """A fault with a stable `code`, a translatable `message` and JSON-safe `details`.

    `http_status` is only a hint for the API layer, which alone turns errors into HTTP.
    """

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 400
    default_message: ClassVar[Any] = gettext_noop("The request could not be carried out.")

    def __init__(self, message: Any = None, *, details: Mapping[str, Any] | None = None) -> None:
        self.message = message if message is not None else self.default_message
        self.details: dict[str, Any] = dict(details or {})
        super().__init__(str(self.message))


class NotFound(AppError):
    code = "not_found"
    http_status = 404
    default_message: ClassVar[Any] = gettext_noop("There is no such object.")


class PermissionRefused(AppError):
    code = "permission_refused"
    http_status = 403
    default_message: ClassVar[Any] = gettext_noop("Your account may not do this.")


class TransitionRefused(AppError):
    """A compare-and-set state change matched no row: somebody else was faster, or the move is not allowed."""

    code = "state_conflict"
    http_status = 409
    default_message: ClassVar[Any] = gettext_noop("The object is no longer in a state that allows this.")


class UnknownKey(AppError):
    """A registry was asked for a key that it does not hold."""

    code = "unknown_key"
    default_message: ClassVar[Any] = gettext_noop("There is no entry of that name.")
