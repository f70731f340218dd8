"""Errors of what staff do to accounts."""

from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.errors import AppError, PermissionRefused, TransitionRefused


class StaffAccountRefused(PermissionRefused):
    """The account belongs to a member of staff: an administrator deals with it, outside of moderation."""

    code = "staff_account_refused"
    default_message = _("This is the account of a member of staff; ask an administrator.")


class AccountClosed(TransitionRefused):
    code = "account_closed"
    default_message = _("This account was closed, so nothing can be imposed on it.")


class CategoryNeverCounted(AppError):
    """Details name the categories that count."""

    code = "category_never_counted"
    default_message = _("This category is no harm of the content, so it gives no strikes.")
