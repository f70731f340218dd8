"""Stored files: keys, reading, writing, signed addresses."""

import uuid
from pathlib import Path
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from django.core.files.storage import Storage

from tongyi_portal.common import storage


def test_what_was_stored_is_read_fetched_and_erased(tmp_path: Path) -> None:
    key = storage.store_bytes(storage.OUTPUTS, "a/b.mp4", b"content")
    assert storage.read_bytes(storage.OUTPUTS, key) == b"content"
    assert storage.fetch_to(storage.OUTPUTS, key, tmp_path / "copy").read_bytes() == b"content"
    assert storage.keys_below(storage.OUTPUTS, "a") == ["a/b.mp4"]
    storage.erase(storage.OUTPUTS, key)
    storage.erase(storage.OUTPUTS, key)
    with pytest.raises(storage.FileMissing):
        storage.read_bytes(storage.OUTPUTS, key)
    with pytest.raises(storage.FileMissing):
        storage.fetch_to(storage.OUTPUTS, key, tmp_path / "copy")


def test_a_file_is_stored_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"content")
    assert storage.read_bytes(storage.OUTPUTS, storage.store_file(storage.OUTPUTS, "x", path)) == b"content"
    assert storage.file_sha256(path) == "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"


def test_a_folder_that_does_not_exist_is_empty() -> None:
    assert storage.keys_below(storage.OUTPUTS, str(uuid.uuid4())) == []


class BrokenStorage(Storage):
    """An object store that is away."""

    fault: ClassVar[Exception]

    def _open(self, name: str, mode: str = "rb") -> Any:
        raise self.fault

    def _save(self, name: str, content: Any) -> str:
        raise self.fault

    def delete(self, name: str) -> None:
        raise self.fault

    def exists(self, name: str) -> bool:
        raise self.fault

    def listdir(self, path: str) -> Any:
        raise self.fault


@pytest.mark.parametrize(
    "fault",
    [
        EndpointConnectionError(endpoint_url="http://127.0.0.1:9"),
        ClientError({"Error": {"Code": "SlowDown", "Message": "Slow down."}}, "PutObject"),
        OSError(28, "No space left on device"),
    ],
)
def test_every_fault_of_a_backend_is_one_fault(
    fault: Exception, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STORAGES = settings.STORAGES | {"outputs": {"BACKEND": f"{__name__}.BrokenStorage"}}
    monkeypatch.setattr(BrokenStorage, "fault", fault, raising=False)
    path = tmp_path / "x"
    path.write_bytes(b"content")
    for call in (
        lambda: storage.store_bytes(storage.OUTPUTS, "x", b"content"),
        lambda: storage.store_file(storage.OUTPUTS, "x", path),
        lambda: storage.read_bytes(storage.OUTPUTS, "x"),
        lambda: storage.fetch_to(storage.OUTPUTS, "x", tmp_path / "copy"),
        lambda: storage.erase(storage.OUTPUTS, "x"),
        lambda: storage.exists(storage.OUTPUTS, "x"),
        lambda: storage.keys_below(storage.OUTPUTS, "x"),
    ):
        with pytest.raises(storage.StorageUnavailable) as found:
            call()
        assert (found.value.code, found.value.http_status) == ("storage_unavailable", 503)
        assert found.value.__cause__ is fault


def test_two_attempts_of_a_job_never_share_a_key() -> None:
    job = uuid.uuid4()
    keys = {storage.output_key(job, token, "video", "video/mp4") for token in ("one", "two")}
    assert len(keys) == 2
    assert all(key.startswith(storage.output_folder(job) + "/") for key in keys)


class TestSignedAddresses:
    def token(self, path: str) -> str:
        return path.split("token=")[1].replace("%3A", ":")

    def test_a_token_holds_for_its_row_and_audience_only(self) -> None:
        row, other = uuid.uuid4(), uuid.uuid4()
        token = self.token(storage.signed_path("artifacts", row))
        assert storage.signature_holds("artifacts", row, audience="owner", token=token)
        for kind, row_id, audience in (
            ("uploads", row, "owner"),
            ("artifacts", other, "owner"),
            ("artifacts", row, "staff"),
        ):
            assert not storage.signature_holds(kind, row_id, audience=audience, token=token)

    def test_a_token_grows_too_old(self, settings: Any) -> None:
        row = uuid.uuid4()
        token = self.token(storage.signed_path("artifacts", row))
        settings.SIGNED_URL_SECONDS = -1
        assert not storage.signature_holds("artifacts", row, audience="owner", token=token)


def test_an_object_store_signs_its_own_addresses(settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {
        "outputs": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": "bucket",
                "location": "outputs",
                "endpoint_url": "http://127.0.0.1:9",
                "region_name": "us-east-1",
                "access_key": "key",
                "secret_key": "secret",
                "querystring_auth": True,
            },
        }
    }
    url = storage.presigned_url("outputs", "a/b.mp4", download_name="dance.mp4")
    assert url is not None
    assert url.startswith("http://127.0.0.1:9/bucket/outputs/a/b.mp4?")
    assert "attachment" in url
    assert "Expires" in url
    assert storage.presigned_url("previews", "a/b.mp4") is None
