"""Only so many pictures are decoded at the same time."""

from contextlib import ExitStack
from io import BytesIO
from typing import Any

import pytest

from generation.errors import PictureRefused, UploadsBusy
from generation.models import Upload
from generation.services.upload_slots import upload_slot
from generation.services.uploads import upload_accept
from tests.factories.accounts import UserFactory, app_client
from tests.factories.generation import grey_jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_patience(settings: Any) -> None:
    settings.UPLOAD_WAIT_SECONDS = 0


def test_a_picture_too_many_is_told_to_come_back(settings: Any, colour_scanner: None) -> None:
    client, _user = app_client()

    def send() -> Any:
        file = BytesIO(grey_jpeg())
        file.name = "photo.jpg"
        return client.post("/api/v1/uploads", {"file": file, "surface": "photo"}, format="multipart")

    with ExitStack() as stack:
        for _ in range(settings.UPLOADS_AT_ONCE):
            stack.enter_context(upload_slot())
        response = send()
    assert (response.status_code, response.json()["code"]) == (503, "uploads_busy")
    assert int(response["Retry-After"]) > 0
    assert not Upload.objects.exists()
    assert send().status_code == 201


def test_a_refused_picture_gives_its_slot_back(settings: Any) -> None:
    for _ in range(settings.UPLOADS_AT_ONCE + 1):
        with pytest.raises(PictureRefused):
            upload_accept(by=UserFactory(), data=b"no picture", surface="photo")


def test_a_slot_cannot_be_had_beyond_the_limit(settings: Any) -> None:
    with ExitStack() as stack:
        for _ in range(settings.UPLOADS_AT_ONCE):
            stack.enter_context(upload_slot())
        with pytest.raises(UploadsBusy):
            stack.enter_context(upload_slot())
