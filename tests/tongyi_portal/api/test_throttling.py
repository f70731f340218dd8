"""Rate limits for each caller."""

from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from tests.factories.accounts import app_client
from tongyi_portal.accounts.services import guest_create

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tight_rates(settings: Any) -> None:
    cache.clear()
    rates = {"read": "3/min", "write": "2/min", "upload": "1/min", "guest": "1/hour"}
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


def test_new_guests_do_not_get_round_the_limit() -> None:
    answers = []
    for _ in range(2):
        browser = APIClient()
        browser.force_login(guest_create())
        answers.append(browser.post("/api/v1/jobs", {}).status_code)
    assert answers == [400, 429]


def test_files_are_not_counted() -> None:
    assert statuses(APIClient(), "/media/artifacts/4b1c9a5e-0000-4000-8000-000000000000", 9) == [403] * 9
