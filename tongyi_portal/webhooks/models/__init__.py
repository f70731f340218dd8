"""The tables of webhooks."""

from tongyi_portal.webhooks.models.delivery import Attempt, Delivery
from tongyi_portal.webhooks.models.endpoint import Endpoint
from tongyi_portal.webhooks.models.event import Event

__all__ = ["Attempt", "Delivery", "Endpoint", "Event"]
