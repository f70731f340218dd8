"""Hostile pictures over HTTP: an answer with a code, never a fault of the server."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from rest_framework.test import APIClient

from moderation.intake import MESSAGES
from tests.factories.accounts import app_client
from tests.factories.generation import grey_jpeg
from tests.factories.hostile_pictures import cases

pytestmark = pytest.mark.django_db
EVERY = {"cut_short": 300, "bent": 900, "torn": 60, "unusual": 4, "headers": 4, "polyglots": 1}


def sampled() -> Iterator[tuple[str, bytes]]:
    """Some of every group that is quick to make."""
    for group, step in EVERY.items():
        for number, case in enumerate(cases(group)):
            if number % step == 0:
                yield case


def post(client: APIClient, data: bytes, name: str, content_type: str) -> Any:
    file = BytesIO(data)
    file.name, file.content_type = name, content_type  # type: ignore[attr-defined]
    return client.post("/api/v1/uploads", {"file": file, "surface": "photo"}, format="multipart")


def test_no_hostile_upload_is_answered_with_a_server_error(colour_scanner: None, settings: Any) -> None:
    settings.UPLOAD_MIN_SIDE = 32
    client, _user = app_client()
    client.raise_request_exception = False
    wrong, taken = {}, 0
    for count, (name, data) in enumerate(sampled()):
        response = post(client, data, "photo.jpg", ("image/jpeg", "text/html")[count % 2])
        taken += response.status_code in (201, 202)
        if response.status_code not in (201, 202) and response.json()["code"] not in {
            *MESSAGES,
            "content_blocked",
        }:
            wrong[name] = (response.status_code, response.content[:200])
    assert wrong == {}
    assert taken > 10


@pytest.mark.parametrize(
    "name", ["photo.svg", "photo.php", "../../photo.png", "x" * 300 + ".jpg", "照片.jpg", "photo"]
)
def test_the_name_of_an_uploaded_file_decides_nothing(name: str, colour_scanner: None) -> None:
    client, _user = app_client()
    assert post(client, grey_jpeg(), name, "application/x-php").status_code == 201
