"""States of endpoints and deliveries, and the moves between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.states import StateMachine


class EndpointState(models.TextChoices):
    ACTIVE = "active", _("active")
    DISABLED = "disabled", _("switched off")


class DeliveryState(models.TextChoices):
    """pending: it will be tried. delivered: answered with 2xx. failed: given up until it is replayed."""

    PENDING = "pending", _("waiting")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("given up")


ENDPOINT = StateMachine(
    {
        EndpointState.ACTIVE: {EndpointState.DISABLED},
        EndpointState.DISABLED: {EndpointState.ACTIVE},
    }
)
DELIVERY = StateMachine(
    {
        DeliveryState.PENDING: {DeliveryState.DELIVERED, DeliveryState.FAILED},
        DeliveryState.DELIVERED: {DeliveryState.PENDING},
        DeliveryState.FAILED: {DeliveryState.PENDING},
    }
)
