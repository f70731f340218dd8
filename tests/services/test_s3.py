"""The portal on a real object store: stored files, pictures, results, pictures sent to it directly."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import cv2
import httpx
import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from generation import resident_engines
from generation.models import Artifact, DirectUpload, Job, Upload
from generation.services.direct_uploads import direct_uploads_erase_of, direct_uploads_expire
from generation.services.erasing import job_erase
from generation.services.uploads import upload_wipe
from tests.factories.accounts import app_client
from tests.factories.engines import PlainEngine
from tests.factories.generation import JobFactory, grey_jpeg, run_job
from tests.factories.moderation import explicit_stand_in
from tests.services.s3_server import S3Server, s3_server
from tongyi_portal.common import storage

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(autouse=True)
def store(running: S3Server, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> S3Server:
    """The portal's files lie on the server, which is empty."""
    settings.STORAGES = settings.STORAGES | running.storages(monkeypatch)
    settings.ENGINE_SCRATCH_ROOT = tmp_path / "scratch"
    for key in running.stored():
        running.client.delete_object(Bucket="portal-tests", Key=key)
    return running


class TestStoredFiles:
    def test_what_was_stored_is_read_fetched_listed_and_erased(self, store: S3Server, tmp_path: Path) -> None:
        path = tmp_path / "film"
        path.write_bytes(bytes(range(256)) * 4000)
        key = storage.store_file(storage.OUTPUTS, "ab/cd/film.mp4", path)
        assert store.stored() == ["outputs/ab/cd/film.mp4"]
        assert storage.size_of(storage.OUTPUTS, key) == 1_024_000
        assert storage.exists(storage.OUTPUTS, key)
        assert storage.keys_below(storage.OUTPUTS, "ab/cd") == [key]
        assert storage.fetch_to(storage.OUTPUTS, key, tmp_path / "copy").read_bytes() == path.read_bytes()
        part = b"".join(storage.chunks_of(storages["outputs"], key, 255, 600_000))
        assert part == path.read_bytes()[255:600_255]
        storage.erase(storage.OUTPUTS, key)
        storage.erase(storage.OUTPUTS, key)
        assert store.stored() == []

    def test_a_key_that_is_taken_is_not_written_over(self) -> None:
        first = storage.store_bytes(storage.UPLOADS, "a/b.jpg", b"one")
        second = storage.store_bytes(storage.UPLOADS, "a/b.jpg", b"two")
        assert first != second
        assert [storage.read_bytes(storage.UPLOADS, key) for key in (first, second)] == [b"one", b"two"]

    def test_what_is_not_there_is_told_as_such(self, tmp_path: Path) -> None:
        for call in (
            lambda: storage.read_bytes(storage.UPLOADS, "no/such"),
            lambda: storage.size_of(storage.UPLOADS, "no/such"),
            lambda: storage.fetch_to(storage.UPLOADS, "no/such", tmp_path / "copy"),
        ):
            with pytest.raises(storage.FileMissing):
                call()
        assert not storage.exists(storage.UPLOADS, "no/such")
        assert storage.keys_below(storage.UPLOADS, "no") == []

    def test_a_server_that_is_away_is_one_fault(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        away = S3Server("http://127.0.0.1:9", None)
        settings.STORAGES = settings.STORAGES | away.storages(monkeypatch)
        for call in (
            lambda: storage.store_bytes(storage.UPLOADS, "a", b"x"),
            lambda: storage.read_bytes(storage.UPLOADS, "a"),
            lambda: storage.exists(storage.UPLOADS, "a"),
        ):
            with pytest.raises(storage.StorageUnavailable):
                call()

    def test_a_signed_address_opens_one_file_for_a_while(self, settings: Any) -> None:
        key = storage.store_bytes(storage.OUTPUTS, "a/b.mp4", b"0123456789")
        other = storage.store_bytes(storage.OUTPUTS, "a/c.mp4", b"secret")
        address = storage.presigned_url(storage.OUTPUTS, key, "kemusan.mp4")
        assert address is not None
        asked = parse_qs(urlparse(address).query)
        assert asked["X-Amz-Expires"] == [str(settings.SIGNED_URL_SECONDS)]
        answer = httpx.get(address, headers={"Range": "bytes=2-4"})
        assert (answer.status_code, answer.content) == (206, b"234")
        assert answer.headers["content-disposition"] == 'attachment; filename="kemusan.mp4"'
        assert httpx.get(address.replace(key, other)).status_code == 403
        assert httpx.get(address.split("?")[0]).status_code == 403


class TestPicturesAndResults:
    def test_a_picture_is_kept_there_and_shown_by_a_signed_address(self, store: S3Server) -> None:
        client, _user = app_client()
        file = SimpleUploadedFile("photo.jpg", grey_jpeg())
        response = client.post("/api/v1/uploads", {"file": file}, format="multipart")
        assert response.status_code == 201
        address = response.json()["url"]
        assert address.startswith(store.url)
        picture = httpx.get(address)
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
        assert client.delete(f"/api/v1/uploads/{response.json()['id']}").status_code == 204
        upload_wipe(upload_id=Upload.objects.get().pk)
        assert store.stored() == []

    def test_a_job_reads_its_photo_and_stores_its_video_there(
        self, store: S3Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(resident_engines._engines, "animation", PlainEngine())
        client, user = app_client()
        job = JobFactory(owner=user)
        run_job(job.pk)
        body = client.get(f"/api/v1/jobs/{job.pk}").json()
        assert body["state"] == "succeeded", body["error"]
        for artifact in body["artifacts"]:
            row = Artifact.objects.get(pk=artifact["id"])
            whole = httpx.get(artifact["url"])
            assert (whole.status_code, len(whole.content)) == (200, row.byte_size)
            assert "attachment" in httpx.get(artifact["download_url"]).headers["content-disposition"]
            through_us = APIClient().get(storage.signed_path("artifacts", row.pk))
            assert (through_us.status_code, through_us["Location"].split("?")[0]) == (
                302,
                artifact["url"].split("?")[0],
            )
        Job.objects.filter(pk=job.pk).update(lease_token="")
        job_erase(job_id=job.pk)
        assert not [key for key in store.stored() if key.startswith("outputs/")]


class TestDirectUploads:
    def open(self, client: APIClient, **asked: Any) -> dict[str, Any]:
        response = client.post("/api/v1/direct-uploads", {"mime": "image/jpeg", **asked}, format="json")
        assert response.status_code == 201, response.content
        body: dict[str, Any] = response.json()
        return body

    def send(self, opened: dict[str, Any], data: bytes, **fields: str) -> int:
        form = opened["form"]
        answer = httpx.post(form["url"], data=form["fields"] | fields, files={"file": ("a.jpg", data)})
        return answer.status_code

    def complete(self, client: APIClient, opened: dict[str, Any], **body: Any) -> Any:
        return client.post(f"/api/v1/direct-uploads/{opened['id']}/complete", body, format="json")

    def test_a_picture_that_was_sent_is_judged_and_the_original_is_gone(self, store: S3Server) -> None:
        client, user = app_client()
        opened = self.open(client, surface="garment")
        assert self.send(opened, grey_jpeg()) == 204
        response = self.complete(client, opened, consent={"relation": "self"})
        assert (response.status_code, response.json()["state"]) == (201, "accepted")
        upload = Upload.objects.get()
        assert (upload.owner, upload.surface, str(upload.pk)) == (user, "garment", response.json()["id"])
        assert store.stored() == [f"uploads/{upload.key}"]
        assert self.complete(client, opened).json()["id"] == str(upload.pk)
        assert Upload.objects.count() == 1

    def test_moderation_looks_at_it_as_at_any_other(self, store: S3Server) -> None:
        client, _user = app_client()
        opened = self.open(client)
        picture = cv2.imencode(".jpg", explicit_stand_in()[..., ::-1])[1].tobytes()
        assert self.send(opened, picture) == 204
        response = self.complete(client, opened)
        assert (response.status_code, response.json()["code"]) == (422, "content_blocked")
        assert self.complete(client, opened).json()["code"] == "content_blocked"

    def test_the_store_takes_nothing_that_the_form_forbids(self, store: S3Server, settings: Any) -> None:
        settings.UPLOAD_MAX_BYTES = 3000
        client, _user = app_client()
        opened = self.open(client)
        assert opened["max_bytes"] == 3000
        assert self.send(opened, b"x" * 3001) == 400
        assert self.send(opened, b"x", **{"Content-Type": "text/html"}) == 403
        assert self.send(opened, b"x", key="uploads/incoming/elsewhere") == 403
        assert store.stored() == []

    def test_nothing_is_made_of_what_has_not_arrived_or_is_no_picture(self, store: S3Server) -> None:
        client, _user = app_client()
        opened = self.open(client)
        missing = self.complete(client, opened)
        assert (missing.status_code, missing.json()["code"]) == (409, "direct_upload_missing")
        assert self.send(opened, b"<html>") == 204
        refused = self.complete(client, opened)
        assert (refused.status_code, refused.json()["code"]) == (415, "upload_not_an_image")
        assert store.stored() == []
        assert self.send(opened, grey_jpeg()) == 204
        assert self.complete(client, opened).status_code == 201

    def test_a_store_that_ignores_the_limit_does_not_fill_our_memory(
        self, store: S3Server, settings: Any
    ) -> None:
        client, _user = app_client()
        opened = self.open(client)
        key = f"uploads/{DirectUpload.objects.get().key}"
        store.client.put_object(Bucket="portal-tests", Key=key, Body=b"x" * 5000)
        settings.UPLOAD_MAX_BYTES = 3000
        response = self.complete(client, opened)
        assert (response.status_code, response.json()["code"]) == (413, "upload_too_large")

    def test_two_requests_at_once_make_one_upload(self) -> None:
        client, _user = app_client()
        opened = self.open(client)
        DirectUpload.objects.update(taken_until=timezone.now() + timedelta(minutes=1))
        response = self.complete(client, opened)
        assert (response.status_code, response.json()["code"]) == (409, "direct_upload_busy")

    def test_somebody_elses_and_an_expired_one_are_not_found(self) -> None:
        client, _user = app_client()
        opened = self.open(client)
        stranger, _other = app_client()
        assert self.complete(stranger, opened).status_code == 404
        DirectUpload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert self.complete(client, opened).status_code == 404

    def test_what_nobody_completes_is_erased(self, store: S3Server) -> None:
        client, _user = app_client()
        late, fresh = self.open(client), self.open(client)
        for opened in (late, fresh):
            assert self.send(opened, grey_jpeg()) == 204
        DirectUpload.objects.filter(pk=late["id"]).update(expires_at=timezone.now() - timedelta(seconds=1))
        assert direct_uploads_expire() == 1
        kept = DirectUpload.objects.get()
        assert str(kept.pk) == fresh["id"]
        assert store.stored() == [f"uploads/{kept.key}"]

    def test_an_account_that_is_erased_leaves_no_original(self, store: S3Server) -> None:
        client, user = app_client()
        assert self.send(self.open(client), grey_jpeg()) == 204
        direct_uploads_erase_of(user.pk)
        assert store.stored() == []


def test_without_an_object_store_there_are_no_direct_uploads(settings: Any) -> None:
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = settings.STORAGES | {"uploads": memory}
    client, _user = app_client()
    response = client.post("/api/v1/direct-uploads", {"mime": "image/jpeg"}, format="json")
    assert (response.status_code, response.json()["code"]) == (409, "direct_uploads_unavailable")
