"""One try of one delivery, against a real server."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.factories.accounts import user_with
from tests.factories.http_servers import Answers, RunningServer, http_server
from tests.factories.webhooks import EndpointFactory, delivery_to
from tongyi_portal.common import roles
from tongyi_portal.webhooks.models import Attempt, Delivery, Endpoint
from tongyi_portal.webhooks.models.endpoint import DisabledReason
from tongyi_portal.webhooks.services.endpoints import (
    endpoint_create,
    endpoint_enable,
    endpoint_rotate_secret,
)
from tongyi_portal.webhooks.services.retention import webhooks_purge
from tongyi_portal.webhooks.services.sending import deliveries_wake_due, delivery_attempt
from tongyi_portal.webhooks.signing import secret_open
from tongyi_portal.webhooks.states import DeliveryState

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Any) -> Iterator[RunningServer]:
    """A server that may be told, though it is on this machine."""
    settings.OUTBOUND_ALLOWED_HOSTS = ["localhost"]
    with http_server() as running:
        yield running


def _due_now(delivery: Delivery) -> None:
    """As if the wait were over, for the delivery and for its endpoint."""
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())
    Endpoint.objects.filter(pk=delivery.endpoint_id).update(paused_until=None)


def test_an_event_arrives_signed_as_standard_webhooks_says(server: RunningServer) -> None:
    endpoint = EndpointFactory(url=server.url)
    delivery = delivery_to(endpoint, verdict="block", text="图片")

    delivery_attempt(delivery_id=delivery.pk)

    (request,) = server.received
    message = Webhook(secret_open(endpoint.sealed_secret)).verify(request.body, request.headers)
    assert message["type"] == "moderation.decision.made"
    assert message["data"] == {"verdict": "block", "text": "图片"}
    assert message["timestamp"] == delivery.event.created_at.isoformat()
    assert request.headers["webhook-id"] == delivery.event.message_id
    assert request.headers["content-type"] == "application/json"
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_status) == (DeliveryState.DELIVERED, 200)
    assert delivery.attempts.get().response == "ok"


def test_a_changed_body_does_not_verify(server: RunningServer) -> None:
    endpoint = EndpointFactory(url=server.url)
    delivery_attempt(delivery_id=delivery_to(endpoint).pk)
    (request,) = server.received

    with pytest.raises(WebhookVerificationError):
        Webhook(secret_open(endpoint.sealed_secret)).verify(request.body + b" ", request.headers)


def test_after_a_rotation_both_secrets_verify_for_a_while(server: RunningServer) -> None:
    owner = user_with(roles.APP)
    endpoint, old = endpoint_create(by=owner, url=server.url)
    endpoint, new = endpoint_rotate_secret(endpoint=endpoint, by=owner)

    delivery_attempt(delivery_id=delivery_to(endpoint).pk)
    Endpoint.objects.update(previous_secret_until=timezone.now())
    delivery_attempt(delivery_id=delivery_to(endpoint).pk)

    both, later = server.received
    assert len(both.headers["webhook-signature"].split(" ")) == 2
    Webhook(old).verify(both.body, both.headers)
    Webhook(new).verify(both.body, both.headers)
    Webhook(new).verify(later.body, later.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(later.body, later.headers)


def test_a_secret_does_not_stand_in_the_database_as_it_is() -> None:
    endpoint, secret = endpoint_create(by=user_with(roles.APP), url="https://hooks.example.com/")

    row = json.dumps(Endpoint.objects.values().get(pk=endpoint.pk), default=str)
    assert secret.startswith("whsec_")
    assert secret.removeprefix("whsec_") not in row


def test_a_failed_try_is_repeated_after_five_seconds_with_the_same_id(server: RunningServer) -> None:
    delivery = delivery_to(EndpointFactory(url=server.url))
    server.answers = Answers(500, body=b"broken")
    before = timezone.now()

    delivery_attempt(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_status, delivery.tries) == (DeliveryState.PENDING, 500, 1)
    assert delivery.due_at is not None
    assert timedelta(seconds=5) <= delivery.due_at - before < timedelta(seconds=10)

    server.answers = Answers()
    _due_now(delivery)
    delivery_attempt(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED
    assert [one.headers["webhook-id"] for one in server.received] == [delivery.event.message_id] * 2
    assert server.received[0].body == server.received[1].body
    assert delivery.endpoint.failures == 0


def test_after_the_last_try_a_delivery_is_given_up_and_every_try_is_on_record(server: RunningServer) -> None:
    delivery = delivery_to(EndpointFactory(url=server.url))
    server.answers = Answers(503)

    for _try in range(12):
        _due_now(delivery) if delivery.state == DeliveryState.PENDING else None
        delivery_attempt(delivery_id=delivery.pk)
        delivery.refresh_from_db()

    assert (delivery.state, delivery.due_at) == (DeliveryState.FAILED, None)
    assert len(server.received) == 10
    assert sorted(delivery.attempts.values_list("number", flat=True)) == list(range(1, 11))


def test_a_server_that_asks_for_time_is_given_it(server: RunningServer) -> None:
    delivery = delivery_to(EndpointFactory(url=server.url))
    server.answers = Answers(429, {"retry-after": "3600"})

    delivery_attempt(delivery_id=delivery.pk)

    delivery.refresh_from_db()
    assert delivery.due_at is not None
    assert delivery.due_at - timezone.now() > timedelta(minutes=59)


def test_gone_switches_the_endpoint_off(server: RunningServer) -> None:
    delivery = delivery_to(EndpointFactory(url=server.url))
    server.answers = Answers(410)

    delivery_attempt(delivery_id=delivery.pk)

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.FAILED
    assert delivery.endpoint.disabled_reason == DisabledReason.GONE


def test_a_redirect_is_not_followed_and_counts_as_a_failure(server: RunningServer) -> None:
    delivery = delivery_to(EndpointFactory(url=server.url))
    server.answers = Answers(302, {"location": server.url})

    delivery_attempt(delivery_id=delivery.pk)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_status) == (DeliveryState.PENDING, 302)
    assert len(server.received) == 1


def test_an_endpoint_that_failed_for_too_long_is_switched_off_and_catches_up_later(
    server: RunningServer,
) -> None:
    delivery = delivery_to(EndpointFactory(url=server.url))
    server.answers = Answers(500)
    long_ago = timezone.now() - timedelta(hours=121)
    Endpoint.objects.update(failing_since=long_ago, failures=40)

    delivery_attempt(delivery_id=delivery.pk)
    endpoint = Endpoint.objects.get()
    assert endpoint.disabled_reason == DisabledReason.FAILING
    assert deliveries_wake_due() == 0

    server.answers = Answers()
    endpoint_enable(endpoint=endpoint, by=endpoint.owner)
    _due_now(delivery)
    delivery_attempt(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED


def test_an_endpoint_that_just_failed_is_left_alone_for_a_while(server: RunningServer) -> None:
    endpoint = EndpointFactory(url=server.url)
    first, second = delivery_to(endpoint), delivery_to(endpoint)
    server.answers = Answers(500)

    delivery_attempt(delivery_id=first.pk)
    delivery_attempt(delivery_id=second.pk)

    assert len(server.received) == 1


def test_a_long_answer_is_kept_to_its_first_kilobyte(server: RunningServer) -> None:
    delivery = delivery_to(EndpointFactory(url=server.url))
    server.answers = Answers(400, body=b"a\x00\xff" + b"x" * 9000)

    delivery_attempt(delivery_id=delivery.pk)

    response = Attempt.objects.get().response
    assert response.startswith("a\ufffd\ufffdx")
    assert len(response) <= 1024


def test_an_address_inside_is_never_asked() -> None:
    delivery = delivery_to(EndpointFactory(url="https://localhost:8443/"))

    delivery_attempt(delivery_id=delivery.pk)

    delivery.refresh_from_db()
    assert delivery.last_error == "outbound_refused:address"


def test_the_endpoint_of_an_account_that_is_closed_is_switched_off(server: RunningServer) -> None:
    endpoint = EndpointFactory(url=server.url)
    delivery = delivery_to(endpoint)
    endpoint.owner.is_active = False
    endpoint.owner.save()

    delivery_attempt(delivery_id=delivery.pk)

    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == DisabledReason.OWNER
    assert server.received == []


def test_who_lost_the_permission_is_no_longer_told_of_everybodys_events(server: RunningServer) -> None:
    operator = user_with(roles.OPERATOR)
    endpoint, _secret = endpoint_create(by=operator, url=server.url, is_staff_wide=True)
    delivery = delivery_to(endpoint)
    operator.groups.clear()

    delivery_attempt(delivery_id=delivery.pk)

    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == DisabledReason.OWNER
    assert server.received == []


def test_a_delivery_that_somebody_is_sending_is_left_to_them(server: RunningServer) -> None:
    delivery = delivery_to(EndpointFactory(url=server.url))
    held = Delivery.objects.filter(pk=delivery.pk)
    held.update(lease_token="another", lease_until=timezone.now() + timedelta(seconds=30))

    assert delivery_attempt(delivery_id=delivery.pk) is None
    held.update(lease_until=timezone.now() - timedelta(seconds=1))  # its worker died
    delivery_attempt(delivery_id=delivery.pk)

    assert len(server.received) == 1


def test_a_lost_wake_up_is_sent_again() -> None:
    delivery = delivery_to(EndpointFactory())
    assert deliveries_wake_due() == 0  # the first one may still be on its way

    Delivery.objects.update(woken_at=timezone.now() - timedelta(minutes=2))

    assert deliveries_wake_due() == 1
    assert deliveries_wake_due() == 0
    assert delivery.state == DeliveryState.PENDING


@pytest.mark.django_db(transaction=True)
def test_eight_wake_ups_at_once_send_one_request(server: RunningServer) -> None:
    delivery = delivery_to(EndpointFactory(url="https://localhost:1/"))  # the eager wake-up fails
    Endpoint.objects.update(url=server.url)
    _due_now(delivery)

    def wake(_number: int) -> None:
        try:
            delivery_attempt(delivery_id=delivery.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(wake, range(8)))

    assert len(server.received) == 1


def test_old_events_are_forgotten_except_what_is_still_being_tried(settings: Any) -> None:
    endpoint = EndpointFactory()
    done, waiting = delivery_to(endpoint), delivery_to(endpoint)
    Delivery.objects.filter(pk=done.pk).update(state=DeliveryState.DELIVERED, due_at=None)
    for delivery in (done, waiting):
        old = timezone.now() - timedelta(days=settings.WEBHOOK_KEEP_DAYS + 1)
        type(delivery.event).objects.filter(pk=delivery.event_id).update(created_at=old)

    assert webhooks_purge() == 1
    assert list(Delivery.objects.all()) == [waiting]
