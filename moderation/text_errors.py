"""Faults that the services of texts, word lists and checks raise."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.errors import AppError


class TermListTaken(AppError):
    code = "term_list_taken"
    http_status = 409
    default_message = _("There is a term list of this name already.")


class TermRefused(AppError):
    """Details["fault"]: too_long, too_short, control (characters that cannot be seen), known (listed)."""

    code = "term_refused"
    http_status = 422
    default_message = _("This word cannot be put on the list.")


class TermFileRefused(AppError):
    """Details["fault"]: too_large, encoding, too_many_rows, columns, empty."""

    code = "term_file_refused"
    http_status = 422
    default_message = _("This file cannot be read as a word list.")


class TextRefused(AppError):
    """Details["fault"]: empty, too_long, with the limit."""

    code = "text_refused"
    http_status = 422
    default_message = _("This text cannot be checked.")


class SealingUnavailable(AppError):
    """The account's key cannot be read: DATA_KEY_SECRET, or without one SECRET_KEY, is not what it was."""

    code = "sealing_unavailable"
    http_status = 503
    default_message = _("Your text cannot be stored safely just now. Please try again later.")


class ChecksBusy(AppError):
    """Another picture is being checked in this process; asking again soon helps."""

    code = "checks_busy"
    http_status = 503
    default_message = _("Too many pictures are being checked at this moment; try again in a few seconds.")

    def __init__(self) -> None:
        super().__init__(details={"retry_after_seconds": 5})


class CheckPictureRefused(AppError):
    """Intake refused the file. The code is intake's own; details are limits and sizes."""

    def __init__(self, code: str, message: str, http_status: int, details: Mapping[str, float]) -> None:
        super().__init__(message, details=details)
        self.code = code  # type: ignore[misc]
        self.http_status = http_status  # type: ignore[misc]
