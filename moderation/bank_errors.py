"""Faults that the services of hash banks raise."""

from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.errors import AppError, TransitionRefused


class BankTaken(AppError):
    code = "bank_taken"
    http_status = 409
    default_message = _("There is a hash bank of this name already.")


class BankEntryRefused(AppError):
    """Details["fault"]: not_hex, known (on the bank already), reason (none was given for a removal)."""

    code = "bank_entry_refused"
    http_status = 422
    default_message = _("This entry of a hash bank cannot be taken as it stands.")


class BankEntryRemoved(TransitionRefused):
    code = "bank_entry_removed"
    default_message = _("This entry has already been removed from its bank.")


class BankFileRefused(AppError):
    """Details["fault"]: too_large, encoding, columns, too_many_rows."""

    code = "bank_file_refused"
    http_status = 422
    default_message = _("This file cannot be read as a list of hashes.")


class BankContentGone(AppError):
    """The content was erased, or is a text."""

    code = "bank_content_gone"
    http_status = 409
    default_message = _("There is no picture or video here that could be put on a bank.")
