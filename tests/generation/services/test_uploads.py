"""Pictures come in: cleaned, judged by the real scanners, stored, decided on, erased."""

from datetime import timedelta
from typing import Any

import cv2
import pytest
from django.test import TestCase
from django.utils import timezone

from generation.errors import PictureRefused
from generation.models import Upload
from generation.services.uploads import (
    upload_accept,
    upload_decide,
    upload_erase,
    upload_judge_stored,
    upload_wipe,
    uploads_unjudged,
)
from generation.states import UploadState
from generation.subjects import UploadSubject
from generation.tasks.light import judge_upload, requeue_lost, wipe_uploads
from moderation.models import ReviewItem
from moderation.services.reviews import review_claim, review_resolve
from tests.factories.accounts import UserFactory, user_with
from tests.factories.generation import UploadFactory, grey_jpeg
from tests.factories.moderation import ReviewItemFactory, explicit_stand_in, plain_picture
from tongyi_portal.common import roles, storage

pytestmark = pytest.mark.django_db


def jpeg(pixels: Any) -> bytes:
    return bytes(cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes())


def no_storage(*_given: Any) -> Any:
    raise storage.StorageUnavailable


def accept(data: bytes) -> Upload:
    return upload_accept(by=UserFactory(), data=data, surface="photo")


def test_an_ordinary_picture_is_cleaned_stored_and_accepted() -> None:
    upload = accept(jpeg(plain_picture()))
    assert (upload.state, upload.mime, upload.width, upload.height) == ("accepted", "image/jpeg", 320, 480)
    stored = storage.read_bytes(storage.UPLOADS, upload.key)
    assert len(stored) == upload.byte_size
    assert b"Exif" not in stored


def test_an_explicit_picture_is_blocked_with_its_reason() -> None:
    upload = accept(jpeg(explicit_stand_in()))
    assert upload.state == UploadState.BLOCKED
    assert upload.reason_codes


def test_a_doubtful_picture_waits_for_a_person() -> None:
    upload = accept(jpeg(explicit_stand_in(doubtful=True)))
    assert upload.state == UploadState.IN_REVIEW
    assert ReviewItem.objects.get().subject_id == upload.pk


@pytest.mark.parametrize(("approve", "end"), [(True, UploadState.ACCEPTED), (False, UploadState.BLOCKED)])
def test_a_moderators_decision_settles_it(approve: bool, end: UploadState) -> None:
    upload = accept(jpeg(explicit_stand_in(doubtful=True)))
    moderator = user_with(roles.MODERATOR)
    item = review_claim(ReviewItem.objects.get(), moderator)
    review_resolve(item, moderator, approve, "" if approve else "sexual_nudity", "")
    upload.refresh_from_db()
    assert upload.state == end


@pytest.mark.parametrize(
    ("data", "code", "status"),
    [
        (b"", "upload_empty", 422),
        (b"just some words, named photo.jpg", "upload_not_an_image", 415),
        (grey_jpeg()[:900], "upload_truncated", 422),
        (grey_jpeg(64, 64), "upload_too_small", 422),
    ],
)
def test_what_is_no_acceptable_picture_is_refused_with_its_own_code(
    data: bytes, code: str, status: int
) -> None:
    with pytest.raises(PictureRefused) as refusal:
        accept(data)
    assert (refusal.value.code, refusal.value.http_status) == (code, status)
    assert not Upload.objects.exists()


def test_a_file_beyond_the_limit_is_refused(settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 500
    with pytest.raises(PictureRefused) as refusal:
        accept(grey_jpeg())
    assert (refusal.value.code, refusal.value.http_status) == ("upload_too_large", 413)
    assert refusal.value.details == {"max_bytes": 500}


def test_a_scan_that_was_interrupted_is_made_up_for(colour_scanner: None) -> None:
    upload = UploadFactory(state=UploadState.PENDING)
    Upload.objects.filter(pk=upload.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    assert uploads_unjudged() == [upload.pk]
    with TestCase.captureOnCommitCallbacks(execute=True):
        requeue_lost()
    upload.refresh_from_db()
    assert upload.state == UploadState.ACCEPTED
    assert uploads_unjudged() == []


def test_a_late_scan_does_not_overrule_a_person() -> None:
    upload = UploadFactory(state=UploadState.BLOCKED)
    assert upload_judge_stored(upload=upload).state == UploadState.BLOCKED


def test_nobody_waits_for_an_erased_picture() -> None:
    upload = UploadFactory(state=UploadState.IN_REVIEW)
    item = ReviewItemFactory(subject_type="upload", subject_id=upload.pk)
    upload_erase(upload=upload)
    item.refresh_from_db()
    assert not item.is_waiting


def test_erasing_removes_the_pixels_and_keeps_the_row() -> None:
    upload = UploadFactory()
    key = upload.key
    with TestCase.captureOnCommitCallbacks(execute=True):
        upload = upload_erase(upload=upload)
        upload_erase(upload=upload)
    upload.refresh_from_db()
    assert upload.is_erased
    assert upload.key == ""
    with pytest.raises(storage.FileMissing):
        storage.read_bytes(storage.UPLOADS, key)
    assert UploadSubject().preview(upload.pk) is None


def test_a_storage_that_fails_is_asked_again_until_the_pixels_are_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload = UploadFactory()
    key = upload.key
    with monkeypatch.context() as broken:
        broken.setattr(storage, "erase", no_storage)
        with TestCase.captureOnCommitCallbacks(execute=True):
            upload_erase(upload=upload)
        wipe_uploads()
    upload.refresh_from_db()
    assert (upload.is_erased, upload.key) == (True, key)
    wipe_uploads()
    upload.refresh_from_db()
    assert upload.key == ""
    assert not storage.exists(storage.UPLOADS, key)


def test_one_picture_that_cannot_be_wiped_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = (UploadFactory(deleted_at=timezone.now()) for _ in range(2))
    real = storage.erase

    def erase(alias: str, key: str) -> None:
        if key == first.key:
            raise storage.StorageUnavailable
        real(alias, key)

    monkeypatch.setattr(storage, "erase", erase)
    wipe_uploads()
    assert list(Upload.objects.filter(key="").values_list("pk", flat=True)) == [second.pk]


def test_wiping_leaves_pictures_alone_that_nobody_erased() -> None:
    upload = UploadFactory()
    upload_wipe(upload_id=upload.pk)
    upload.refresh_from_db()
    assert storage.exists(storage.UPLOADS, upload.key)


def test_a_picture_that_cannot_be_stored_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "store_bytes", no_storage)
    with TestCase.captureOnCommitCallbacks(execute=True), pytest.raises(storage.StorageUnavailable):
        accept(jpeg(plain_picture()))
    upload = Upload.objects.get()
    assert (upload.is_erased, upload.key) == (True, "")


def test_no_file_is_ever_stored_without_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    real = storage.store_bytes
    named: list[bool] = []

    def store(alias: str, key: str, data: bytes) -> str:
        named.append(Upload.objects.filter(key=key).exists())
        return real(alias, key, data)

    monkeypatch.setattr(storage, "store_bytes", store)
    accept(jpeg(plain_picture()))
    assert named == [True]


def test_a_picture_whose_storing_was_interrupted_is_given_up() -> None:
    upload = UploadFactory(state=UploadState.PENDING, key="pictures/never.jpg")
    with TestCase.captureOnCommitCallbacks(execute=True):
        judge_upload(str(upload.pk))
    upload.refresh_from_db()
    assert (upload.is_erased, upload.key) == (True, "")


def test_an_accepted_picture_can_be_blocked_later() -> None:
    upload = UploadFactory()
    upload_decide(upload_id=upload.pk, approved=False, reason_codes=["other"])
    upload.refresh_from_db()
    assert (upload.state, upload.reason_codes) == (UploadState.BLOCKED, ["other"])
