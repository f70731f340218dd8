"""Rate limits for each caller."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from tests.factories.accounts import app_client, client_of, user_with
from tongyi_portal.accounts.services import guest_create
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tight_rates(settings: Any) -> None:
    cache.clear()
    rates = {"read": "3/min", "write": "2/min", "upload": "1/min", "review": "4/min", "guest": "1/hour"}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}


def statuses(client: APIClient, path: str, times: int, method: str = "get") -> list[int]:
    return [getattr(client, method)(path).status_code for _ in range(times)]


def test_a_caller_beyond_the_limit_is_told_when_to_come_back() -> None:
    client, _user = app_client()
    assert statuses(client, "/api/v1/queue", 3) == [200, 200, 200]
    response = client.get("/api/v1/queue")
    assert (response.status_code, response.json()["code"]) == (429, "throttled")
    assert int(response["Retry-After"]) == response.json()["details"]["retry_after_seconds"] > 0


def test_callers_and_kinds_of_requests_are_counted_apart() -> None:
    first, _user = app_client()
    second, _user = app_client()
    assert statuses(first, "/api/v1/queue", 4)[-1] == 429
    assert statuses(second, "/api/v1/queue", 1) == [200]
    assert statuses(first, "/api/v1/jobs", 3, "post") == [400, 400, 429]
    assert statuses(first, "/api/v1/uploads", 2, "post") == [400, 429]


def test_reviewers_tools_have_a_rate_of_their_own_for_the_queue() -> None:
    tool = client_of(user_with(roles.APP, roles.MODERATOR))
    assert statuses(tool, "/api/v1/moderation/reviews/next", 5, "post") == [204] * 4 + [429]
    assert statuses(tool, "/api/v1/jobs", 3, "post") == [400, 400, 429]


def test_new_guests_do_not_get_round_the_limit() -> None:
    answers = []
    for _ in range(2):
        browser = APIClient()
        browser.force_login(guest_create())
        answers.append(browser.post("/api/v1/jobs", {}).status_code)
    assert answers == [400, 429]


def test_files_are_not_counted() -> None:
    assert statuses(APIClient(), "/media/artifacts/4b1c9a5e-0000-4000-8000-000000000000", 9) == [403] * 9


def guest_job_status(**request: str) -> int:
    browser = APIClient(**request)
    browser.force_login(guest_create())
    return browser.post("/api/v1/jobs", {}).status_code


def test_a_forged_forwarding_header_does_not_get_round_the_limit() -> None:
    addresses = ("203.0.113.1", "203.0.113.2")
    assert [guest_job_status(HTTP_X_FORWARDED_FOR=address) for address in addresses] == [400, 429]


def test_behind_a_trusted_proxy_visitors_are_told_apart_by_what_it_added(settings: Any) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    assert guest_job_status(HTTP_X_FORWARDED_FOR="203.0.113.1") == 400
    assert guest_job_status(HTTP_X_FORWARDED_FOR="203.0.113.2") == 400
    assert guest_job_status(HTTP_X_FORWARDED_FOR="198.51.100.9, 203.0.113.2") == 429


def failed_login(address: str) -> int:
    client = Client(HTTP_X_FORWARDED_FOR=address)
    return client.post("/login", {"username": "somebody", "password": "wrong"}).status_code


@pytest.mark.parametrize(("proxies", "end"), [(0, 429), (1, 200)])
def test_logins_are_locked_by_the_same_address(settings: Any, proxies: int, end: int) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": proxies}
    for _ in range(settings.AXES_FAILURE_LIMIT):
        failed_login("203.0.113.1")
    assert failed_login("203.0.113.1") == 429
    assert failed_login("203.0.113.2") == end
