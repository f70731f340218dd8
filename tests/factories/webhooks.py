"""Endpoints and events."""

from typing import Any

import factory

from tests.factories.accounts import user_with
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.webhooks.models import Delivery, Endpoint
from tongyi_portal.webhooks.services.events import event_emit
from tongyi_portal.webhooks.signing import secret_new, secret_seal

DECISION = "moderation.decision.made"


def app_user() -> User:
    return user_with(roles.APP)


class EndpointFactory(factory.django.DjangoModelFactory):
    """An active endpoint of an app for all event types."""

    class Meta:
        model = Endpoint

    owner = factory.LazyFunction(app_user)
    url = "https://hooks.example.com/in"
    sealed_secret = factory.LazyFunction(lambda: secret_seal(secret_new()))


def delivery_to(endpoint: Endpoint, **data: Any) -> Delivery:
    """A delivery that is due, of a decision on the endpoint owner's content."""
    event = event_emit(type=DECISION, owner_id=endpoint.owner_id, data=data or {"verdict": "pass"})
    assert event is not None
    return Delivery.objects.get(event=event, endpoint=endpoint)
