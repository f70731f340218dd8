"""Errors of what staff do to accounts."""

from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.errors import PermissionRefused


class StaffAccountRefused(PermissionRefused):
    """The account belongs to a member of staff: an administrator deals with it, outside of moderation."""

    code = "staff_account_refused"
    default_message = _("This is the account of a member of staff; ask an administrator.")
