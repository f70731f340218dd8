"""Webhooks over the API."""

from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.factories.accounts import app_client, client_of, user_with
from tests.factories.http_servers import RunningServer, http_server
from tests.factories.webhooks import EndpointFactory, delivery_to
from tongyi_portal.common import roles
from tongyi_portal.webhooks.event_types import EVENT_TYPES
from tongyi_portal.webhooks.models import Endpoint

pytestmark = pytest.mark.django_db
ENDPOINTS = "/api/v1/webhooks/endpoints"
DELIVERIES = "/api/v1/webhooks/deliveries"


@pytest.fixture
def server(settings: Any) -> Iterator[RunningServer]:
    settings.OUTBOUND_ALLOWED_HOSTS = ["localhost"]
    with http_server() as running:
        yield running


def test_an_app_registers_an_endpoint_tests_it_and_verifies_what_arrives(
    server: RunningServer, django_capture_on_commit_callbacks: Any
) -> None:
    client, _user = app_client()
    made = client.post(ENDPOINTS, {"url": server.url, "event_types": ["moderation.decision.made"]})
    assert made.status_code == 201, made.data

    with django_capture_on_commit_callbacks(execute=True):
        tested = client.post(f"{ENDPOINTS}/{made.data['id']}/test")

    assert tested.status_code == 202
    (request,) = server.received
    message = Webhook(made.data["secret"]).verify(request.body, request.headers)
    assert message["type"] == "webhook.test"
    seen = client.get(f"{DELIVERIES}/{tested.data['id']}").data
    assert (seen["state"], seen["attempts"][0]["status"]) == ("delivered", 200)


def test_the_secret_is_shown_once() -> None:
    client, _user = app_client()
    made = client.post(ENDPOINTS, {"url": "https://hooks.example.com/"}).data

    assert "secret" not in client.get(f"{ENDPOINTS}/{made['id']}").data
    assert "secret" not in client.get(ENDPOINTS).data["results"][0]
    rotated = client.post(f"{ENDPOINTS}/{made['id']}/rotate-secret").data
    assert rotated["secret"] != made["secret"]
    assert rotated["previous_secret_until"] is not None


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "https://10.0.0.1/", "nonsense"])
def test_an_address_that_may_not_be_told_is_refused(url: str) -> None:
    client, _user = app_client()

    answer = client.post(ENDPOINTS, {"url": url})

    assert (answer.status_code, answer.data["code"]) == (422, "webhook_address_refused")
    assert not Endpoint.objects.exists()


def test_unknown_fields_and_types_are_refused() -> None:
    client, _user = app_client()

    answer = client.post(ENDPOINTS, {"url": "https://a.example/", "event_types": ["typo"], "more": 1})

    assert answer.status_code == 400
    assert {fault["pointer"] for fault in answer.data["details"]["fields"]} == {"/more"}


def test_an_app_may_not_listen_to_everybody() -> None:
    client, _user = app_client()

    answer = client.post(ENDPOINTS, {"url": "https://a.example/", "is_staff_wide": True})

    assert (answer.status_code, answer.data["code"]) == (403, "permission_refused")


def test_an_operator_may_listen_to_everybody() -> None:
    client = client_of(user_with(roles.OPERATOR, roles.APP))

    answer = client.post(ENDPOINTS, {"url": "https://a.example/", "is_staff_wide": True})

    assert answer.status_code == 201
    assert answer.data["is_staff_wide"] is True


def test_a_token_without_the_scope_is_refused() -> None:
    client, _user = app_client(["jobs:read"])

    assert client.get(ENDPOINTS).data["code"] == "scope_missing"


def test_another_apps_endpoints_and_deliveries_are_not_found() -> None:
    client, _user = app_client()
    endpoint = EndpointFactory()
    delivery = delivery_to(endpoint)
    addresses = [f"{ENDPOINTS}/{endpoint.pk}", f"{DELIVERIES}/{delivery.pk}"]

    assert [client.get(one).status_code for one in addresses] == [404, 404]
    for action in ("rotate-secret", "test", "replay"):
        assert client.post(f"{ENDPOINTS}/{endpoint.pk}/{action}").status_code in {400, 404}
    assert client.delete(addresses[0]).status_code == 404
    assert client.post(f"{DELIVERIES}/{delivery.pk}/replay").status_code == 404
    assert client.get(DELIVERIES).data["results"] == []


def test_an_endpoint_is_changed_switched_off_and_on_and_deleted() -> None:
    client, _user = app_client()
    made = client.post(ENDPOINTS, {"url": "https://a.example/"}).data
    address = f"{ENDPOINTS}/{made['id']}"

    changed = client.patch(address, {"description": "Orders", "event_types": ["webhook.test"]}).data
    assert (changed["description"], changed["event_types"]) == ("Orders", ["webhook.test"])
    off = client.patch(address, {"is_active": False}).data
    assert (off["is_active"], off["disabled_reason"]) == (False, "by_hand")
    assert client.post(f"{address}/test").data["code"] == "webhook_endpoint_off"
    assert client.patch(address, {"is_active": True}).data["is_active"] is True
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


def test_an_account_has_a_limited_number_of_endpoints(settings: Any) -> None:
    settings.WEBHOOK_ENDPOINTS_PER_ACCOUNT = 1
    client, _user = app_client()
    client.post(ENDPOINTS, {"url": "https://a.example/"})

    answer = client.post(ENDPOINTS, {"url": "https://b.example/"})

    assert (answer.status_code, answer.data["code"]) == (409, "too_many_webhook_endpoints")


def test_deliveries_are_filtered_and_replayed() -> None:
    client, user = app_client()
    endpoint = EndpointFactory(owner=user)
    delivery = delivery_to(endpoint)

    found = client.get(DELIVERIES, {"state": "pending", "event_type": "moderation.decision.made"}).data
    assert [one["id"] for one in found["results"]] == [str(delivery.pk)]
    assert client.get(DELIVERIES, {"state": "failed"}).data["results"] == []
    assert client.post(f"{DELIVERIES}/{delivery.pk}/replay").data["replays"] == 1
    ranged = client.post(
        f"{ENDPOINTS}/{endpoint.pk}/replay",
        {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z", "which": "all"},
    )
    assert (ranged.status_code, ranged.data["count"]) == (202, 0)  # it is being tried already


def test_every_event_type_is_listed_with_an_example() -> None:
    client, _user = app_client()

    listed = client.get("/api/v1/webhooks/event-types").data

    assert [one["type"] for one in listed] == list(EVENT_TYPES)
    assert all(one["example"] and one["description"] for one in listed)
