"""Transition table of ReportSending."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.states import StateMachine


class SendingState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")


# FAILED leads back only by a person, and then to those alone whom it did not reach.
SENDING = StateMachine(
    {
        SendingState.WAITING: {SendingState.SENDING},
        SendingState.SENDING: {SendingState.SENT, SendingState.FAILED},
        SendingState.SENT: set(),
        SendingState.FAILED: {SendingState.WAITING},
    }
)
