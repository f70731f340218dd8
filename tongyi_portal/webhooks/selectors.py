"""Reads: an account's endpoints and deliveries; what is wrong with webhooks."""

from django.db.models import QuerySet

from tongyi_portal.accounts.models import User
from tongyi_portal.webhooks.models import Delivery, Endpoint
from tongyi_portal.webhooks.models.endpoint import DisabledReason
from tongyi_portal.webhooks.states import EndpointState


def endpoints_of(user: User) -> QuerySet[Endpoint]:
    return Endpoint.objects.filter(owner=user)


def deliveries_of(user: User) -> QuerySet[Delivery]:
    return Delivery.objects.filter(endpoint__owner=user).select_related("endpoint", "event")


def endpoints_given_up() -> QuerySet[Endpoint]:
    """Switched off by the portal and not by hand: somebody should be told."""
    off = Endpoint.objects.filter(state=EndpointState.DISABLED)
    return off.exclude(disabled_reason=DisabledReason.BY_HAND).select_related("owner")
