"""One error shape, whatever goes wrong, and nothing of our internals in it."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from generation.models import Job
from generation.services import jobs as job_services
from tests.factories.accounts import app_client, user_with
from tests.factories.generation import UploadFactory
from tests.factories.templates import live_template
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
ANY_ID = "4b1c9a5e-0000-4000-8000-000000000000"


def assert_shape(response: Any, status: int, code: str) -> None:
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code)
    assert set(body) == {"code", "message", "details"}
    assert isinstance(body["details"], dict)
    assert body["message"].endswith((".", "。"))


@pytest.mark.parametrize(
    "path",
    ["/api/", "/api/v2/jobs", "/api/v1/nothing", "/api/v1/jobs/no-id", "/media/x", "/media/artifacts/no-id"],
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_address_that_does_not_exist(path: str, method: str) -> None:
    assert_shape(getattr(APIClient(), method)(path), 404, "not_found")


def test_a_method_that_an_address_does_not_take() -> None:
    app, _user = app_client()
    browser = APIClient()
    browser.force_login(user_with(roles.APP))
    for client in (app, browser):
        response = client.put("/api/v1/queue", {})
        assert_shape(response, 405, "method_not_allowed")
        assert "GET" in response["Allow"]


def test_a_body_of_another_type() -> None:
    client, _user = app_client()
    response = client.post(
        "/api/v1/jobs", "kind=dance_video", content_type="application/x-www-form-urlencoded"
    )
    assert_shape(response, 415, "unsupported_media_type")


def test_an_answer_type_that_we_do_not_make() -> None:
    client, _user = app_client()
    assert_shape(client.get("/api/v1/queue", headers={"Accept": "text/html"}), 406, "not_acceptable")


@pytest.mark.parametrize("body", [b"{", b'{"a": 1, "a": 2}', b"\xff\xfe", b'{"a": NaN}'])
def test_a_body_that_cannot_be_read(body: bytes) -> None:
    client, _user = app_client()
    assert_shape(client.post("/api/v1/jobs", body, content_type="application/json"), 400, "malformed_body")


def test_a_body_that_is_too_large(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    client, _user = app_client()
    assert_shape(client.post("/api/v1/jobs", {"kind": "x" * 200}), 413, "body_too_large")


def test_a_host_that_is_not_ours() -> None:
    response = Client().get("/api/v1/queue", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert response.json()["code"] == "malformed_request"


def test_a_cursor_that_we_did_not_make() -> None:
    client, _user = app_client()
    assert_shape(client.get("/api/v1/jobs?cursor=nonsense"), 404, "not_found")


def test_an_unforeseen_error_tells_an_id_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any) -> None:
        raise RuntimeError("password=secret")

    monkeypatch.setattr(job_services, "uploads_usable", broken)
    client, user = app_client()
    client.raise_request_exception = False
    params = {"photo": str(UploadFactory(owner=user).pk), "template": live_template().slug}
    response = client.post("/api/v1/jobs", {"kind": "dance_video", "params": params})
    assert_shape(response, 500, "internal_error")
    assert b"secret" not in response.content
    assert response.json()["details"] == {"request_id": response["X-Request-Id"]}
    assert not Job.objects.exists()


def test_messages_come_in_the_callers_language() -> None:
    client, _user = app_client()
    english = client.get(f"/api/v1/jobs/{ANY_ID}", headers={"Accept-Language": "en"})
    assert english["Content-Language"] == "en"
    chinese = client.get(f"/api/v1/jobs/{ANY_ID}", headers={"Accept-Language": "zh-hans"})
    assert chinese["Content-Language"] == "zh-hans"
    assert chinese.json()["code"] == english.json()["code"]


@pytest.mark.parametrize(
    "path", ["/api/v1/queue", "/api/v1/queue/", "/api/v1/templates", "/api/v1/templates/"]
)
def test_addresses_answer_with_and_without_a_trailing_slash(path: str) -> None:
    client, _user = app_client()
    assert client.get(path).status_code == 200


@pytest.fixture
def caller() -> APIClient:
    client, _user = app_client()
    return client


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["photo", "photos", "with_music", "template", "duration_seconds", "size", "fps", "seed", "x"]
BODIES = JSON | st.fixed_dictionaries(
    {"kind": st.just("dance_video") | JSON, "params": st.dictionaries(st.sampled_from(FIELDS), JSON) | JSON}
)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=BODIES)
@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/photo-checks"])
def test_no_body_makes_us_stumble(caller: APIClient, path: str, body: Any) -> None:
    response = caller.post(path, json.dumps(body), content_type="application/json")
    assert 400 <= response.status_code < 500
    assert set(response.json()) == {"code", "message", "details"}
