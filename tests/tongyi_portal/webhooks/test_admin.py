"""Webhooks in the console."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from standardwebhooks.webhooks import Webhook

from tests.factories.accounts import user_with
from tests.factories.http_servers import RunningServer, http_server
from tests.factories.webhooks import EndpointFactory, delivery_to
from tongyi_portal.common import roles
from tongyi_portal.webhooks.models import Delivery, Endpoint
from tongyi_portal.webhooks.models.endpoint import DisabledReason
from tongyi_portal.webhooks.services.sending import delivery_attempt, endpoint_switch_off
from tongyi_portal.webhooks.states import DeliveryState

pytestmark = pytest.mark.django_db
ENDPOINTS, DELIVERIES = "admin:webhooks_endpoint", "admin:webhooks_delivery"


@pytest.fixture
def server(settings: Any) -> Iterator[RunningServer]:
    settings.OUTBOUND_ALLOWED_HOSTS = ["localhost"]
    with http_server() as running:
        yield running


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(user_with(roles.OPERATOR, is_staff=True), "django.contrib.auth.backends.ModelBackend")
    return client


def _act(client: Client, page: str, action: str, *rows: Any) -> str:
    answer = client.post(
        reverse(f"{page}_changelist"),
        {"action": action, "_selected_action": [str(row.pk) for row in rows]},
        follow=True,
    )
    return answer.content.decode()


def test_an_operator_makes_an_endpoint_and_sees_its_secret_once(
    operator: Client, server: RunningServer, django_capture_on_commit_callbacks: Any
) -> None:
    page = operator.post(
        reverse(f"{ENDPOINTS}_add"),
        {"url": server.url, "description": "Desk", "is_staff_wide": "on"},
        follow=True,
    ).content.decode()
    secret = page.split("not shown again: ")[1].split("<")[0].split()[0]

    with django_capture_on_commit_callbacks(execute=True):
        _act(operator, ENDPOINTS, "send_test", Endpoint.objects.get())

    (request,) = server.received
    assert Webhook(secret).verify(request.body, request.headers)["type"] == "webhook.test"
    assert secret not in operator.get(reverse(f"{ENDPOINTS}_changelist")).content.decode()


def test_an_address_inside_is_refused_in_the_form(operator: Client) -> None:
    page = operator.post(reverse(f"{ENDPOINTS}_add"), {"url": "https://10.0.0.1/"}).content.decode()

    assert "does not lead to a public server" in page
    assert not Endpoint.objects.exists()


def test_an_endpoint_that_was_given_up_is_counted_in_the_menu_and_switched_on_again(operator: Client) -> None:
    endpoint = EndpointFactory()
    endpoint_switch_off(endpoint, DisabledReason.FAILING)

    page = operator.get(reverse(f"{ENDPOINTS}_changelist")).content.decode()
    assert "failed for too long" in page
    _act(operator, ENDPOINTS, "switch_on", endpoint)

    endpoint.refresh_from_db()
    assert endpoint.is_active


def test_deliveries_are_sent_again_from_their_list(operator: Client) -> None:
    rows = [delivery_to(EndpointFactory()) for _number in range(2)]
    Delivery.objects.update(state=DeliveryState.FAILED, due_at=None)

    page = _act(operator, DELIVERIES, "replay", *rows)

    assert "2 deliveries are sent again." in page
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.PENDING}


def test_a_delivery_shows_its_attempts_with_the_answer_made_harmless(
    operator: Client, server: RunningServer
) -> None:
    server.answers.status, server.answers.body = 500, b"<script>alert(1)</script>"
    delivery = delivery_to(EndpointFactory(url=server.url))
    delivery_attempt(delivery_id=delivery.pk)

    page = operator.get(reverse(f"{DELIVERIES}_change", args=[delivery.pk])).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page


def test_who_may_not_manage_them_is_offered_nothing() -> None:
    client = Client()
    client.force_login(user_with(roles.MODERATOR, is_staff=True), "django.contrib.auth.backends.ModelBackend")

    assert client.get(reverse(f"{ENDPOINTS}_changelist")).status_code == 403
    assert client.get(reverse(f"{ENDPOINTS}_add")).status_code == 403
