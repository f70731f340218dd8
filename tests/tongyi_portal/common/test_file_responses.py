"""Files from an object store; the ranges of local files are tested where they are served."""

from typing import Any

import pytest
from django.test import RequestFactory

from tongyi_portal.common.file_responses import RangeNotSatisfiable, asked_range, file_response

S3 = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": "bucket",
        "endpoint_url": "http://127.0.0.1:9",
        "region_name": "us-east-1",
        "access_key": "key",
        "secret_key": "secret",
        "querystring_auth": True,
    },
}


def test_an_object_store_serves_its_files_itself(settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {"outputs": S3}
    response = file_response(
        RequestFactory().get("/"),
        alias="outputs",
        key="a/b.mp4",
        mime="video/mp4",
        size=10,
        etag="x",
        cache_control="private",
        download_name="dance.mp4",
    )
    assert response.status_code == 302
    assert response["Location"].startswith("http://127.0.0.1:9/bucket/a/b.mp4?")
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("header", "size", "expected"),
    [
        ("", 10, None),
        ("bytes=0-", 10, (0, 9)),
        ("bytes=9-", 10, (9, 9)),
        (" bytes=2-3 ", 10, (2, 3)),
        ("bytes=3-2", 10, None),
        ("bytes=-4", 10, (6, 9)),
        ("bytes=0-0,2-3", 10, None),
        ("bytes=0-" + "9" * 18, 10, (0, 9)),
        ("bytes=0-" + "9" * 5000, 10, None),
        ("bytes=" + "1" * 5000 + "-", 10, None),
        ("bytes=-" + "1" * 5000, 10, None),
    ],
)
def test_a_range_is_first_and_last_byte(header: str, size: int, expected: tuple[int, int] | None) -> None:
    assert asked_range(header, size) == expected


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-1", 0)]
)
def test_a_range_outside_the_file_is_refused(header: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiable):
        asked_range(header, size)
