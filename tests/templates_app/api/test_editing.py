"""Takes and edits over HTTP."""

import json
import struct
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from templates_app.models import Take, TemplateVersion
from templates_app.poses.edits import MotionEdits, Trim
from templates_app.services.editing import version_draft
from templates_app.states import VersionState
from tests.factories.accounts import client_of, user_with
from tests.factories.motions import take_of
from tests.factories.templates import TemplateFactory, live_template, superuser, tiny_poses, version_of
from tongyi_portal.common import roles, storage

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> APIClient:
    return client_of(user_with(roles.APP, roles.CURATOR, username="meiling"))


def draft() -> TemplateVersion:
    take = take_of()
    return version_draft(template=take.template, take=take, by=superuser())


def header_of(data: bytes) -> dict[str, Any]:
    (length,) = struct.unpack_from("<I", data)
    header: dict[str, Any] = json.loads(data[4 : 4 + length])
    return header


def test_a_pose_file_becomes_a_take_and_the_take_a_draft(client: APIClient) -> None:
    template = TemplateFactory()
    file = SimpleUploadedFile("dance.npz", tiny_poses().to_npz())
    made = client.post("/api/v1/takes", {"file": file, "template": template.slug}, format="multipart")
    assert made.status_code == 201
    take = made.json()
    assert (take["origin"], take["frame_count"], take["proxy_url"], take["versions"]) == (
        "file",
        12,
        None,
        [],
    )
    version = client.post(f"/api/v1/takes/{take['id']}/versions").json()
    assert (version["state"], version["number"], version["edits_revision"]) == ("draft", 1, 0)
    assert client.get(f"/api/v1/takes/{take['id']}").json()["versions"] == [version["id"]]
    assert client.get(f"/api/v1/takes?template={template.slug}").json()["results"][0]["id"] == take["id"]


def test_a_file_without_a_movement_is_refused_with_code_and_place(client: APIClient) -> None:
    file = SimpleUploadedFile("dance.json", b"{}")
    body = {"file": file, "template": TemplateFactory().slug}
    answer = client.post("/api/v1/takes", body, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (400, "movement_file_invalid")
    assert answer.json()["details"]["file"] == "dance.json"


def test_poses_are_sent_in_the_compact_form_and_once(client: APIClient) -> None:
    version = draft()
    for address in (f"/api/v1/takes/{version.take_id}/poses", f"/api/v1/versions/{version.pk}/poses"):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/octet-stream")
        assert header_of(answer.content)["points"] == {"type": "float32", "shape": [12, 1, 33, 3]}
        assert client.get(address, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304
        half = client.get(f"{address}?precision=float16")
        assert header_of(half.content)["points"]["type"] == "float16"
        assert len(half.content) < len(answer.content)


def test_edits_are_loaded_saved_and_refused_when_outdated(client: APIClient) -> None:
    address = f"/api/v1/versions/{draft().pk}/edits"
    loaded = client.get(address).json()
    edits = MotionEdits(trim=Trim(2, 7)).to_document()
    saved = client.put(address, {"edits_revision": loaded["edits_revision"], "edits": edits, "bpm": 96})
    assert saved.status_code == 200
    body = saved.json()
    assert (body["edits_revision"], body["frame_count"], body["bpm"], body["changed_by"]) == (
        1,
        6,
        96,
        "meiling",
    )
    late = client.put(address, {"edits_revision": 0, "edits": edits})
    assert (late.status_code, late.json()["code"]) == (409, "edits_outdated")
    assert late.json()["details"] == {"revision": 1, "changed_by": "meiling"}


@pytest.mark.parametrize(
    ("edits", "pointer"),
    [
        ({"format": "tongyi-portal/motion-edits", "version": 1, "tempo": 9}, "/tempo"),
        ({"format": "tongyi-portal/motion-edits", "version": 1, "colour": 1}, "/colour"),
        ({}, "/format"),
    ],
)
def test_faulty_edits_point_to_their_field(client: APIClient, edits: dict[str, Any], pointer: str) -> None:
    answer = client.put(f"/api/v1/versions/{draft().pk}/edits", {"edits_revision": 0, "edits": edits})
    assert (answer.status_code, answer.json()["code"]) == (400, "motion_edits_invalid")
    assert answer.json()["details"]["pointer"] == pointer


def test_a_published_version_is_copied_to_be_edited(client: APIClient) -> None:
    live = live_template().live_version
    assert live is not None
    edits = {"edits_revision": 0, "edits": MotionEdits().to_document()}
    frozen = client.put(f"/api/v1/versions/{live.pk}/edits", edits)
    assert (frozen.status_code, frozen.json()["code"]) == (409, "version_frozen")
    copy = client.post(f"/api/v1/versions/{live.pk}/copy")
    assert (copy.status_code, copy.json()["state"]) == (201, "draft")
    assert client.get(f"/api/v1/versions/{copy.json()['id']}/analysis").json()["frame_count"] == 12


def test_a_draft_is_prepared_and_says_how_far(client: APIClient) -> None:
    version = draft()
    answer = client.post(f"/api/v1/versions/{version.pk}/prepare")
    assert (answer.status_code, answer.json()["state"]) == (202, "processing")
    assert answer.json()["work"]["state"] == "queued"
    TemplateVersion.objects.filter(pk=version.pk).update(state=VersionState.IN_REVIEW)
    again = client.post(f"/api/v1/versions/{version.pk}/prepare")
    assert (again.status_code, again.json()["code"]) == (409, "version_not_preparable")


def test_two_versions_are_joined(client: APIClient) -> None:
    first, second = version_of(poses=tiny_poses(36)), version_of(poses=tiny_poses(36))
    body = {"template": first.template.slug, "first": str(first.pk), "second": str(second.pk)}
    made = client.post("/api/v1/takes/join", body)
    assert (made.status_code, made.json()["origin"]) == (201, "version")
    far = client.post("/api/v1/takes/join", body | {"blend_seconds": 9})
    assert far.status_code == 400


def test_the_pictures_of_a_take_are_for_those_who_edit() -> None:
    take = take_of()
    key = storage.store_bytes(storage.UPLOADS, "takes/test/strip.jpg", b"a strip")
    Take.objects.filter(pk=take.pk).update(strip_key=key)
    curator = APIClient()
    curator.force_login(user_with(roles.CURATOR))
    body = curator.get(f"/api/v1/takes/{take.pk}").json()
    path = body["strip_url"].removeprefix("http://testserver")
    assert b"".join(curator.get(path).streaming_content) == b"a strip"
    assert (body["proxy_url"], body["music_url"]) == (None, None)
    tool = client_of(user_with(roles.APP, roles.CURATOR))
    assert tool.get(path).status_code == 200
    assert APIClient().get(path).status_code == 403


@pytest.mark.parametrize("method", ["get", "put"])
def test_others_see_no_edits(method: str) -> None:
    app = client_of(user_with(roles.APP))
    answer = getattr(app, method)(f"/api/v1/versions/{draft().pk}/edits")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_refused")
