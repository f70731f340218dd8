"""Uploads and photo checks over HTTP."""

import uuid
from dataclasses import replace
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from django.test import TestCase
from rest_framework.test import APIClient

from generation.models import Upload
from generation.services import photo_checks
from generation.states import UploadState
from templates_app.poses.sequence import PoseSequence
from tests.factories.accounts import app_client, client_of, user_with
from tests.factories.generation import UploadFactory, grey_jpeg, sample_photo
from tests.factories.moderation import ReviewItemFactory, explicit_stand_in
from tests.factories.templates import live_template, tiny_poses
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles, storage
from tongyi_portal.common.storage import StorageUnavailable, signed_path
from tongyi_portal.vision.model_files import ModelFiles

pytestmark = pytest.mark.django_db


def upper_half() -> bytes:
    """The sample person down to the thighs."""
    whole = cv2.imdecode(np.frombuffer(sample_photo(), np.uint8), cv2.IMREAD_COLOR)
    return bytes(cv2.imencode(".jpg", whole[: round(0.64 * len(whole))])[1].tobytes())


def pair() -> PoseSequence:
    """Two performers who do the same."""
    one = tiny_poses()
    twice = [np.concatenate([part, part], axis=1) for part in (one.points, one.confidence)]
    return replace(one, points=twice[0], confidence=twice[1])


def named(data: bytes, name: str = "photo.jpg") -> BytesIO:
    file = BytesIO(data)
    file.name = name
    return file


def test_a_storage_that_fails_is_told_as_such(monkeypatch: pytest.MonkeyPatch, colour_scanner: None) -> None:
    def fail(*_given: Any) -> str:
        raise StorageUnavailable

    monkeypatch.setattr(storage, "store_bytes", fail)
    client, _user = app_client()
    response = post(client, grey_jpeg())
    assert (response.status_code, response.json()["code"]) == (503, "storage_unavailable")


def post(client: APIClient, data: bytes, name: str = "photo.jpg", **fields: Any) -> Any:
    body = {"file": named(data, name), "surface": "photo", **fields}
    return client.post("/api/v1/uploads", body, format="multipart")


def test_a_picture_is_accepted_and_can_be_fetched_by_its_link(colour_scanner: None) -> None:
    client, user = app_client()
    response = post(client, grey_jpeg())
    assert response.status_code == 201
    body = response.json()
    assert (body["state"], body["reasons"], body["width"], body["height"]) == ("accepted", [], 256, 320)
    upload = Upload.objects.get(pk=body["id"])
    assert upload.owner == user
    assert upload.token is not None
    picture = APIClient().get(body["url"])
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/jpeg")
    assert client.get(f"/api/v1/uploads/{upload.pk}").json()["id"] == body["id"]


def test_an_explicit_picture_answers_with_a_code_and_its_reasons() -> None:
    client, _user = app_client()
    data = bytes(cv2.imencode(".jpg", explicit_stand_in()[..., ::-1])[1].tobytes())
    response = post(client, data)
    assert (response.status_code, response.json()["code"]) == (422, "content_blocked")
    reasons = response.json()["details"]["reasons"]
    assert reasons
    assert all(reason["code"] and reason["text"].endswith(".") for reason in reasons)


def test_reasons_come_in_the_callers_language() -> None:
    client, _user = app_client()
    upload = UploadFactory(owner=_user, state=UploadState.IN_REVIEW, reason_codes=["sexual_nudity"])
    response = client.get(f"/api/v1/uploads/{upload.pk}", headers={"Accept-Language": "zh-hans"})
    assert response.json()["reasons"] == [{"code": "sexual_nudity", "text": "内容疑似涉及色情或裸露。"}]


def test_a_doubtful_picture_is_taken_but_waits() -> None:
    client, _user = app_client()
    data = bytes(cv2.imencode(".jpg", explicit_stand_in(doubtful=True)[..., ::-1])[1].tobytes())
    response = post(client, data)
    assert (response.status_code, response.json()["state"]) == (202, "in_review")


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"just some words", 415, "upload_not_an_image"),
        (b"", 422, "upload_empty"),
        (grey_jpeg()[:500], 422, "upload_truncated"),
        (grey_jpeg(100, 100), 422, "upload_too_small"),
    ],
)
def test_each_unacceptable_file_has_its_own_error(data: bytes, status: int, code: str) -> None:
    client, _user = app_client()
    response = post(client, data)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Upload.objects.exists()


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 100
    client, _user = app_client()
    response = post(client, b"x" * 200_000)
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/file", "required"),
        ({"file": "no file"}, "/file", "invalid"),
        ({"file": grey_jpeg(), "surface": "prompt"}, "/surface", "invalid_choice"),
        ({"file": grey_jpeg(), "colour": "red"}, "/colour", "unknown_field"),
    ],
)
def test_faults_of_the_form_point_to_their_field(body: dict[str, Any], pointer: str, code: str) -> None:
    client, _user = app_client()
    form = {name: named(value) if isinstance(value, bytes) else value for name, value in body.items()}
    response = client.post("/api/v1/uploads", form, format="multipart")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert [(fault["pointer"], fault["code"]) for fault in response.json()["details"]["fields"]] == [
        (pointer, code)
    ]


def test_a_picture_comes_as_a_form_or_as_json() -> None:
    client, _user = app_client()
    response = client.post("/api/v1/uploads", grey_jpeg(), content_type="image/jpeg")
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("method", ["get", "delete"])
def test_somebody_elses_upload_is_not_found(method: str) -> None:
    client, _user = app_client()
    response = getattr(client, method)(f"/api/v1/uploads/{UploadFactory().pk}")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_erasing_ends_every_way_to_the_pixels() -> None:
    client, user = app_client()
    upload = UploadFactory(owner=user)
    link = client.get(f"/api/v1/uploads/{upload.pk}").json()["url"]
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert client.delete(f"/api/v1/uploads/{upload.pk}").status_code == 204
    assert client.get(f"/api/v1/uploads/{upload.pk}").status_code == 404
    assert APIClient().get(link).status_code == 404


@pytest.mark.parametrize("state", [state for state in UploadState if state != UploadState.ACCEPTED])
def test_a_picture_that_is_not_accepted_is_shown_to_staff_only(state: UploadState) -> None:
    client, user = app_client()
    upload = UploadFactory(owner=user)
    link = client.get(f"/api/v1/uploads/{upload.pk}").json()["url"]
    Upload.objects.filter(pk=upload.pk).update(state=state)
    assert client.get(f"/api/v1/uploads/{upload.pk}").json()["url"] is None
    assert APIClient().get(link).status_code == 404


class TestStaffLinks:
    def link(self) -> str:
        return signed_path("uploads", UploadFactory(state=UploadState.IN_REVIEW).pk, audience="staff")

    def test_a_moderator_sees_what_waits(self) -> None:
        browser = APIClient()
        browser.force_login(user_with(roles.MODERATOR, is_staff=True))
        assert browser.get(self.link()).status_code == 200

    def test_the_link_alone_is_not_enough(self) -> None:
        response = APIClient().get(self.link())
        assert (response.status_code, response.json()["code"]) == (403, "permission_refused")

    @pytest.mark.parametrize("scope", [Scope.MODERATION_READ, Scope.MODERATION_REVIEW])
    def test_a_reviewers_tool_opens_what_it_judges(self, scope: Scope) -> None:
        tool = client_of(user_with(roles.APP, roles.MODERATOR), [scope])
        assert tool.get(self.link()).status_code == 200

    def test_a_token_of_a_moderator_without_the_scope_does_not_open_it(self) -> None:
        others = set(Scope.values) - {Scope.MODERATION_READ, Scope.MODERATION_REVIEW}
        response = client_of(user_with(roles.APP, roles.MODERATOR), sorted(others)).get(self.link())
        assert (response.status_code, response.json()["code"]) == (403, "permission_refused")

    def test_the_scope_alone_is_not_enough(self) -> None:
        response = client_of(user_with(roles.APP), list(Scope.values)).get(self.link())
        assert (response.status_code, response.json()["code"]) == (403, "permission_refused")

    def test_the_link_of_a_review_opens_with_the_token_that_asked_for_it(self) -> None:
        upload = UploadFactory(state=UploadState.IN_REVIEW, owner=user_with())
        item = ReviewItemFactory(subject_type="upload", subject_id=upload.pk, owner=upload.owner)
        tool = client_of(user_with(roles.APP, roles.MODERATOR), [Scope.MODERATION_READ])
        shown = tool.get(f"/api/v1/moderation/reviews/{item.pk}").json()["preview"]["url"]
        answer = tool.get(shown)
        assert (answer.status_code, answer["Content-Type"]) == (200, upload.mime)

    def test_an_owners_token_does_not_open_it(self) -> None:
        link = self.link().replace("for=staff&", "")
        assert APIClient().get(link).json()["code"] == "link_invalid"


class TestPhotoCheck:
    @pytest.fixture(autouse=True)
    def models(self, settings: Any, model_files: ModelFiles) -> None:
        settings.MODELS_ROOT = model_files.root
        photo_checks._estimator.cache_clear()

    def check(self, data: bytes, language: str = "en", **more: str) -> dict[str, Any]:
        client, user = app_client()
        upload = UploadFactory(owner=user, data=data)
        response = client.post(
            "/api/v1/photo-checks", {"photo": str(upload.pk), **more}, headers={"Accept-Language": language}
        )
        assert response.status_code == 200
        body: dict[str, Any] = response.json()
        return body

    def test_a_whole_person_passes(self) -> None:
        report = self.check(sample_photo())
        assert (report["passed"], report["body_style"], report["people"]) == (True, "full", 1)

    def test_what_the_photo_shows_is_noted_at_the_first_check(self) -> None:
        self.check(sample_photo())
        assert Upload.objects.get().subject_kind == "photo"

    def test_without_a_template_the_answer_is_for_any_dance(self) -> None:
        report = self.check(grey_jpeg())
        assert (report["wanted_body_style"], report["performers"]) == (None, None)

    @pytest.mark.parametrize(("style", "passed"), [("full", False), ("half", True)])
    def test_the_answer_is_for_the_template_that_is_named(self, style: str, passed: bool) -> None:
        template = live_template(body_style=style)
        report = self.check(upper_half(), template=template.slug)
        assert (report["passed"], report["body_style"]) == (passed, "half")
        assert (report["wanted_body_style"], report["performers"]) == (style, 1)

    def test_an_unknown_template_is_named(self) -> None:
        client, user = app_client()
        photo = str(UploadFactory(owner=user).pk)
        response = client.post("/api/v1/photo-checks", {"photo": photo, "template": "no-such-dance"})
        assert (response.status_code, response.json()["code"]) == (422, "template_not_found")
        assert response.json()["details"] == {"field": "template"}

    def test_a_picture_without_anybody_says_so(self) -> None:
        report = self.check(grey_jpeg())
        assert (report["passed"], report["people"]) == (False, 0)
        assert [(fault["code"], fault["is_blocking"]) for fault in report["faults"]] == [("no_person", True)]

    def test_of_a_cast_each_fault_names_its_performer(self) -> None:
        client, user = app_client()
        photos = [UploadFactory(owner=user, data=data) for data in (sample_photo(), grey_jpeg())]
        asked = {"photos": [str(photo.pk) for photo in photos], "template": live_template(pair()).slug}
        report = client.post("/api/v1/photo-checks", asked, format="json").json()
        assert (report["passed"], report["body_style"], report["performers"]) == (False, "none", 2)
        assert [(photo["passed"], photo["people"]) for photo in report["photos"]] == [(True, 1), (False, 0)]
        [fault] = [fault for fault in report["faults"] if fault["is_blocking"]]
        assert (fault["field"], fault["code"]) == ("photos.1", "no_person")
        assert fault["message"] == "Photo 2: No person was found in the photo."

    def test_a_cast_needs_its_template_and_as_many_photos(self) -> None:
        client, user = app_client()
        named = [str(UploadFactory(owner=user).pk), str(uuid.uuid4())]
        template = live_template(pair()).slug
        for asked, status, field in (
            ({"photos": named}, 400, "/template"),
            ({"photos": named, "photo": named[0], "template": template}, 400, "/photo"),
            ({"photos": named, "template": template}, 422, "photos.1"),
            ({"photos": named[:1], "template": template}, 422, "photos"),
        ):
            response = client.post("/api/v1/photo-checks", asked, format="json")
            details = response.json()["details"]
            told = details.get("field") or details["fields"][0]["pointer"]
            assert (response.status_code, told) == (status, field)

    def test_an_unknown_photo_is_named(self) -> None:
        client, _user = app_client()
        response = client.post("/api/v1/photo-checks", {"photo": str(uuid.uuid4())})
        assert (response.status_code, response.json()["code"]) == (422, "upload_not_found")
        assert response.json()["details"] == {"field": "photo"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/api/v1/uploads"),
        ("delete", f"/api/v1/uploads/{uuid.UUID(int=1)}"),
        ("post", "/api/v1/photo-checks"),
    ],
)
def test_tokens_need_the_scope_for_uploads(method: str, path: str) -> None:
    client, _user = app_client([Scope.TEMPLATES_READ])
    response = getattr(client, method)(path)
    assert (response.status_code, response.json()["code"]) == (403, "scope_missing")
    assert response.json()["details"] == {"scope": "uploads:write"}
