"""Faults of annotations and scheduled reports."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.errors import AppError


class RecipientRefused(AppError):
    """Details name whom."""

    code = "report_recipient_refused"
    default_message: ClassVar[Any] = _(
        "A report is sent to active members of staff who may read it and have a mail address."
    )


class ScheduleWithoutRecipients(AppError):
    code = "report_without_recipients"
    default_message: ClassVar[Any] = _("A report that is sent by mail needs a recipient.")
