"""The resumable upload over HTTP (tus 1.0.0), and who may see what of a dance video."""

import base64
import hashlib
import re
from typing import Any

import pytest
from django.test import TestCase
from rest_framework.test import APIClient

from templates_app.models import MotionVideo
from templates_app.services import motions
from templates_app.states import MotionState
from tests.factories.accounts import client_of, user_with
from tests.factories.motions import accepted_motion, announced, files_of, moving_clip, send
from tests.factories.templates import TemplateFactory
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles, storage

pytestmark = pytest.mark.django_db
TUS = {"HTTP_TUS_RESUMABLE": "1.0.0"}
PART = "application/offset+octet-stream"


@pytest.fixture(autouse=True)
def nothing_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motions, "enqueue", lambda _name, _row_id: None)


@pytest.fixture
def client() -> APIClient:
    """A curator's own tool."""
    return client_of(user_with(roles.APP, roles.CURATOR))


def metadata(**given: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in given.items())


def create(client: APIClient, length: int = 10, **headers: Any) -> Any:
    if "HTTP_UPLOAD_METADATA" not in headers:
        slug = TemplateFactory().slug
        headers["HTTP_UPLOAD_METADATA"] = metadata(filename="舞.mp4", template=slug)
    return client.post("/api/v1/motions", **TUS, HTTP_UPLOAD_LENGTH=str(length), **headers)


def patch(client: APIClient, address: str, data: bytes, offset: int, **headers: Any) -> Any:
    return client.generic(
        "PATCH", address, data, content_type=PART, HTTP_UPLOAD_OFFSET=str(offset), **{**TUS, **headers}
    )


def test_a_video_is_announced_sent_in_parts_and_asked_after(client: APIClient) -> None:
    made = create(client)
    assert (made.status_code, made["Upload-Offset"], made["Tus-Resumable"]) == (201, "0", "1.0.0")
    assert made["Upload-Expires"].endswith("GMT")
    address = made["Location"].removeprefix("http://testserver")
    assert patch(client, address, b"abcdef", 0)["Upload-Offset"] == "6"
    where = client.head(address, **TUS)
    assert (where.status_code, where["Upload-Offset"], where["Upload-Length"]) == (200, "6", "10")
    assert where["Cache-Control"] == "no-store"
    last = patch(client, address, b"ghij", 6)
    assert (last.status_code, last["Upload-Offset"], last.has_header("Upload-Expires")) == (204, "10", False)
    body = client.get(address).json()
    assert (body["state"], body["file_name"], body["received_bytes"]) == ("checking", "舞.mp4", 10)
    assert client.get("/api/v1/motions?state=checking").json()["results"][0]["id"] == body["id"]


def test_anybody_may_ask_what_the_server_can_do() -> None:
    answer = APIClient().options("/api/v1/motions")
    assert (answer.status_code, answer["Tus-Version"]) == (204, "1.0.0")
    assert answer["Tus-Extension"] == "creation,checksum,termination,expiration"
    assert answer["Tus-Checksum-Algorithm"] == "sha256,sha1"
    assert answer["Tus-Max-Size"] == str(200 * 1024 * 1024)


def test_faults_have_their_status_and_code(client: APIClient, settings: Any) -> None:
    address = create(client)["Location"]
    wrong = "sha256 " + base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    settings.MOTION_PART_MAX_BYTES = 8
    for answer, expected in (
        (patch(client, address, b"abc", 3), (409, "motion_offset_wrong")),
        (patch(client, address, b"abc", 0, HTTP_UPLOAD_CHECKSUM=wrong), (460, "motion_checksum_wrong")),
        (patch(client, address, b"abc", 0, HTTP_UPLOAD_CHECKSUM="md5 aa"), (400, "motion_checksum_unknown")),
        (patch(client, address, b"x" * 9, 0), (413, "motion_part_too_large")),
        (patch(client, address, b"", 0), (411, "motion_part_unmeasured")),
        (patch(client, address, b"abc", 0, HTTP_TUS_RESUMABLE="0.2.2"), (412, "tus_version_unknown")),
        (client.patch(address, {}, **TUS, HTTP_UPLOAD_OFFSET="0"), (415, "unsupported_media_type")),
        (create(client, 200 * 1024 * 1024 + 1), (413, "motion_too_large")),
        (create(client, HTTP_UPLOAD_METADATA="filename YQ=="), (400, "motion_metadata_invalid")),
        (create(client, HTTP_UPLOAD_METADATA="filename ?,template YQ=="), (400, "motion_metadata_invalid")),
        (
            create(client, HTTP_UPLOAD_METADATA=metadata(filename="a", template="none")),
            (422, "template_unknown"),
        ),
        (create(client, HTTP_UPLOAD_CONCAT="partial"), (400, "tus_extension_unknown")),
        (client.post("/api/v1/motions", HTTP_UPLOAD_LENGTH="5"), (412, "tus_version_unknown")),
    ):
        if expected[1] == "motion_offset_wrong":
            assert answer.json()["details"] == {"offset": 0}
        assert (answer.status_code, answer.json()["code"]) == expected
        assert answer["Tus-Resumable"] == "1.0.0"
    assert MotionVideo.objects.filter(received_bytes__gt=0).count() == 0


def test_parts_are_sent_by_whoever_announced_the_video(client: APIClient) -> None:
    address = create(client)["Location"]
    other = client_of(user_with(roles.APP, roles.CURATOR))
    refused = patch(other, address, b"abc", 0)
    assert (refused.status_code, refused.json()["code"]) == (403, "motion_not_yours")
    assert patch(client, address, b"abc", 0)["Upload-Offset"] == "3"


@pytest.mark.parametrize("length", ["", "-1", "ten", "1e3", "9" * 30])
def test_a_length_that_is_no_number_is_refused(client: APIClient, length: str) -> None:
    answer = create(client, HTTP_UPLOAD_METADATA=metadata(filename="a", template="b"), length=length)  # type: ignore[arg-type]
    assert answer.status_code == 400


def test_termination_ends_an_upload_and_it_is_gone(client: APIClient) -> None:
    address = create(client)["Location"]
    patch(client, address, b"abc", 0)
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert client.delete(address, **TUS).status_code == 204
    motion = MotionVideo.objects.get()
    assert (motion.state, files_of(motion)) == (MotionState.ABANDONED, [])
    assert client.head(address, **TUS).status_code == 410
    assert patch(client, address, b"abc", 3).json()["code"] == "motion_gone"


def test_only_curators_with_the_scope_for_it_get_anywhere() -> None:
    motion = accepted_motion()
    address = f"/api/v1/motions/{motion.pk}"
    app = client_of(user_with(roles.APP))
    reader = client_of(user_with(roles.APP, roles.CURATOR), [Scope.TEMPLATES_READ])
    assert (app.get(address).status_code, app.get(address).json()["code"]) == (403, "permission_refused")
    assert reader.get(address).json()["code"] == "scope_missing"
    assert APIClient().get(address).status_code == 401
    for client in (app, reader, APIClient()):
        assert create(client).status_code in {401, 403}
        assert client.delete(address, **TUS).status_code in {401, 403}


def test_the_clip_is_played_by_staff_in_ranges_and_by_nobody_else() -> None:
    motion = accepted_motion()
    MotionVideo.objects.filter(pk=motion.pk).update(byte_size=len(moving_clip()))
    path = storage.signed_path("motions", motion.pk, audience="staff")
    for role in (roles.CURATOR, roles.MODERATOR):
        browser = APIClient()
        browser.force_login(user_with(role))
        answer = browser.get(path, HTTP_RANGE="bytes=4-7")
        assert (answer.status_code, b"".join(answer.streaming_content)) == (206, b"ftyp")
    stranger = APIClient()
    stranger.force_login(user_with())
    assert stranger.get(path).status_code == 403
    curator = APIClient()
    curator.force_login(user_with(roles.CURATOR))
    assert curator.get(path.replace("token=", "token=x")).json()["code"] == "link_invalid"
    MotionVideo.objects.filter(pk=motion.pk).update(state=MotionState.BLOCKED)
    assert curator.get(path).status_code == 403  # for reviewers alone now


@pytest.mark.parametrize(
    ("role", "scope", "while_usable", "while_blocked"),
    [
        (roles.MODERATOR, Scope.MODERATION_READ, 200, 200),
        (roles.MODERATOR, Scope.MODERATION_REVIEW, 200, 200),
        (roles.MODERATOR, Scope.TEMPLATES_WRITE, 403, 403),
        (roles.CURATOR, Scope.TEMPLATES_WRITE, 200, 403),
        (roles.CURATOR, Scope.MODERATION_READ, 403, 403),
    ],
)
def test_a_tool_plays_the_clip_with_the_scope_of_what_its_account_may_do(
    role: str, scope: Scope, while_usable: int, while_blocked: int
) -> None:
    motion = accepted_motion()
    path = storage.signed_path("motions", motion.pk, audience="staff")
    tool = client_of(user_with(roles.APP, role), [scope])
    assert tool.get(path).status_code == while_usable
    MotionVideo.objects.filter(pk=motion.pk).update(state=MotionState.BLOCKED)
    assert tool.get(path).status_code == while_blocked


def test_faults_are_told_in_the_readers_language_and_with_their_measures(client: APIClient) -> None:
    motion = announced(10)
    fault = {
        "code": "motion_too_short",
        "message": "x",
        "details": {"measured": 1.0, "allowed": [2.0, 60.0]},
        "is_blocking": True,
    }
    MotionVideo.objects.filter(pk=motion.pk).update(state=MotionState.REFUSED, faults=[fault])
    [told] = client.get(f"/api/v1/motions/{motion.pk}").json()["faults"]
    assert told["message"] == "The video is too short: it must last at least 2 seconds."
    assert told["details"] == {"measured": 1.0, "allowed": [2.0, 60.0]}


def test_an_upload_that_was_sent_by_one_server_is_gone_on_with_by_another(client: APIClient) -> None:
    address = create(client)["Location"]
    motion = MotionVideo.objects.get()
    send(motion, b"abc")
    assert client.head(address, **TUS)["Upload-Offset"] == "3"
    assert re.fullmatch(r"motions/../[0-9a-f-]{36}/part-0-[0-9a-f]{32}", files_of(motion)[0])
