"""Pictures that are named by their address."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from generation.models import Upload
from generation.services import picture_fetching
from moderation.models.consent import ConsentRecord
from tests.factories.accounts import app_client
from tests.factories.generation import grey_jpeg
from tests.factories.http_servers import Answers, RunningServer, http_server

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colour_scanner")]


@pytest.fixture
def server(settings: Any) -> Iterator[RunningServer]:
    """A server on this machine that may be asked, with a picture."""
    settings.OUTBOUND_ALLOWED_HOSTS = ["localhost"]
    with http_server() as running:
        running.answers = Answers(body=grey_jpeg(), headers={"content-type": "text/html"})
        yield running


@pytest.fixture(autouse=True)
def fresh_slots() -> Iterator[None]:
    """The number of slots is read anew."""
    picture_fetching._slots.cache_clear()
    yield
    picture_fetching._slots.cache_clear()


def post(url: Any, **fields: Any) -> Any:
    client, _user = app_client()
    return client.post("/api/v1/uploads", {"url": url, **fields}, format="json")


def told(response: Any) -> tuple[int, str, str]:
    return response.status_code, response.json()["code"], response.json()["details"]["reason"]


def test_a_picture_is_fetched_and_judged_by_what_it_is_and_not_by_what_its_server_says(
    server: RunningServer,
) -> None:
    response = post(server.url, surface="garment")
    assert response.status_code == 201
    body = response.json()
    assert (body["state"], body["surface"], body["mime"]) == ("accepted", "garment", "image/jpeg")
    assert Upload.objects.get().token is not None
    assert not {"authorization", "cookie", "referer"} & set(server.received[0].headers)


def test_the_consent_of_the_person_comes_with_it(server: RunningServer) -> None:
    response = post(server.url, consent={"relation": "self", "job_kinds": ["dance_video"]})
    assert response.status_code == 201
    consent = ConsentRecord.objects.get()
    assert (str(consent.subject_id), consent.job_kinds) == (response.json()["id"], ["dance_video"])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com/a.jpg", "scheme"),
        ("file:///etc/passwd", "url"),
        ("https://user:secret@example.com/a.jpg", "credentials"),
        ("https://example.com:6379/a.jpg", "port"),
        ("https://example.com:22/a.jpg", "port"),
        ("http://127.0.0.1/a.jpg", "address"),
        ("http://[::1]/a.jpg", "address"),
        ("http://[::ffff:10.0.0.1]/a.jpg", "address"),
        ("http://[64:ff9b::a00:1]/a.jpg", "address"),
        ("http://[fd00:ec2::254]/latest", "address"),
        ("http://169.254.169.254/latest/meta-data", "address"),
        ("http://2130706433/a.jpg", "address"),
        ("http://0177.0.0.1/a.jpg", "url"),
        ("http://0x7f.1/a.jpg", "address"),
    ],
)
def test_what_is_not_public_is_not_asked(url: str, reason: str) -> None:
    assert told(post(url)) == (422, "upload_url_refused", reason)
    assert not Upload.objects.exists()


def test_a_redirect_to_a_place_of_ours_is_not_followed(server: RunningServer) -> None:
    server.answers = Answers(302, {"location": "http://169.254.169.254/latest/meta-data"})
    assert told(post(server.url)) == (422, "upload_url_refused", "address")


def test_three_redirects_are_followed_and_a_fourth_is_not(server: RunningServer) -> None:
    picture = grey_jpeg()

    def lead_on(handler: BaseHTTPRequestHandler) -> None:
        left = int(handler.path[1:])
        handler.send_response(302 if left else 200)
        if left:
            handler.send_header("location", f"/{left - 1}")
        handler.send_header("content-length", "0" if left else str(len(picture)))
        handler.end_headers()
        handler.wfile.write(b"" if left else picture)

    server.answers = Answers(respond=lead_on)
    start = server.url.removesuffix("/hook")
    assert post(f"{start}/3").status_code == 201
    assert told(post(f"{start}/4")) == (422, "upload_url_refused", "redirect")


def test_what_goes_wrong_at_the_other_server_is_told(server: RunningServer, settings: Any) -> None:
    server.answers = Answers(404, body=grey_jpeg())
    response = post(server.url)
    assert told(response) == (422, "upload_url_failed", "status")
    assert response.json()["details"] == {"field": "url", "reason": "status", "status": 404}

    server.answers = Answers(body=b"no picture")
    assert post(server.url).json()["code"] == "upload_not_an_image"

    settings.UPLOAD_MAX_BYTES = 1000
    server.answers = Answers(body=b"x" * 2000)
    assert told(post(server.url)) == (422, "upload_url_failed", "too_large")


def test_a_server_that_does_not_answer_is_given_up(server: RunningServer, settings: Any) -> None:
    settings.UPLOAD_FETCH_SECONDS = 0.3
    end = threading.Event()
    server.answers = Answers(respond=lambda _handler: end.wait(30) and None)
    assert told(post(server.url)) == (422, "upload_url_failed", "timeout")
    end.set()


def test_fetches_leave_the_process_threads_for_others(server: RunningServer, settings: Any) -> None:
    settings.UPLOAD_FETCHES_AT_ONCE = 1
    with picture_fetching._slots():
        response = post(server.url)
    assert (response.status_code, response.json()["code"]) == (503, "upload_fetches_busy")
    assert int(response["Retry-After"]) > 0
    assert server.received == []
    assert post(server.url).status_code == 201


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/url", "required"),
        ({"url": 5}, "/url", "wrong_type"),
        ({"url": "https://example.com", "file": "x"}, "/file", "unknown_field"),
        (
            {"url": "https://example.com", "consent": {"relation": "friend"}},
            "/consent/relation",
            "invalid_choice",
        ),
        ({"url": "https://example.com", "consent": {"colour": 1}}, "/consent/colour", "unknown_field"),
    ],
)
def test_faults_of_the_body_point_to_their_field(body: dict[str, Any], pointer: str, code: str) -> None:
    client, _user = app_client()
    response = client.post("/api/v1/uploads", body, format="json")
    assert response.status_code == 400
    told = [(fault["pointer"], fault["code"]) for fault in response.json()["details"]["fields"]]
    assert told == [(pointer, code)]
