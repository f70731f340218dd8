"""Sending again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories.webhooks import DECISION, EndpointFactory, app_user, delivery_to
from tongyi_portal.common.errors import PermissionRefused
from tongyi_portal.webhooks.errors import EndpointIsOff, ReplayTooLarge
from tongyi_portal.webhooks.models import Delivery
from tongyi_portal.webhooks.models.endpoint import DisabledReason
from tongyi_portal.webhooks.services import replay
from tongyi_portal.webhooks.services.endpoints import endpoint_enable
from tongyi_portal.webhooks.services.events import event_emit
from tongyi_portal.webhooks.services.replay import deliveries_replay, delivery_replay
from tongyi_portal.webhooks.services.sending import endpoint_switch_off
from tongyi_portal.webhooks.states import DeliveryState

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _end(delivery: Delivery, state: DeliveryState) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(state=state, due_at=None, tries=10)
    delivery.refresh_from_db()


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.FAILED])
def test_a_delivery_that_is_over_is_sent_again_with_fresh_attempts(state: DeliveryState) -> None:
    delivery = delivery_to(EndpointFactory())
    _end(delivery, state)

    delivery_replay(delivery=delivery, by=delivery.endpoint.owner)

    assert (delivery.state, delivery.tries, delivery.replays) == (DeliveryState.PENDING, 0, 1)
    assert delivery.due_at is not None
    assert delivery.due_at <= timezone.now()


def test_somebody_elses_delivery_is_not_sent_again() -> None:
    with pytest.raises(PermissionRefused):
        delivery_replay(delivery=delivery_to(EndpointFactory()), by=app_user())


def test_a_range_sends_what_did_not_arrive_and_leaves_what_did() -> None:
    endpoint = EndpointFactory()
    arrived, given_up = delivery_to(endpoint), delivery_to(endpoint)
    _end(arrived, DeliveryState.DELIVERED)
    _end(given_up, DeliveryState.FAILED)
    now = timezone.now()

    count = deliveries_replay(
        endpoint=endpoint, by=endpoint.owner, since=now - HOUR, until=now + HOUR, is_failed_only=True
    )

    assert count == 1
    assert {one.pk: one.state for one in Delivery.objects.all()} == {
        arrived.pk: DeliveryState.DELIVERED,
        given_up.pk: DeliveryState.PENDING,
    }


def test_a_range_also_sends_what_happened_while_the_endpoint_was_off() -> None:
    endpoint = EndpointFactory()
    endpoint_switch_off(endpoint, DisabledReason.FAILING)
    event_emit(type=DECISION, owner_id=endpoint.owner_id, data={})
    now = timezone.now()
    asked = {"by": endpoint.owner, "since": now - HOUR, "until": now + HOUR, "is_failed_only": True}
    with pytest.raises(EndpointIsOff):
        deliveries_replay(endpoint=endpoint, **asked)
    endpoint_enable(endpoint=endpoint, by=endpoint.owner)

    assert deliveries_replay(endpoint=endpoint, **asked) == 1
    assert deliveries_replay(endpoint=endpoint, **asked) == 0


def test_a_range_never_sends_the_events_of_another_account() -> None:
    endpoint, other = EndpointFactory(), EndpointFactory()
    delivery_to(other)
    now = timezone.now()

    count = deliveries_replay(
        endpoint=endpoint, by=endpoint.owner, since=now - HOUR, until=now + HOUR, is_failed_only=False
    )

    assert count == 0


def test_a_range_that_is_too_long_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MAX_REPLAYED", 1)
    endpoint = EndpointFactory()
    for _number in range(2):
        _end(delivery_to(endpoint), DeliveryState.FAILED)
    now = timezone.now()

    with pytest.raises(ReplayTooLarge):
        deliveries_replay(
            endpoint=endpoint, by=endpoint.owner, since=now - HOUR, until=now, is_failed_only=True
        )

    assert not Delivery.objects.filter(state=DeliveryState.PENDING).exists()
