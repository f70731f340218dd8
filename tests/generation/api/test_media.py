"""Files behind signed links: who may read them, and in which parts."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from rest_framework.test import APIClient

from generation.models import Artifact
from generation.states import ArtifactState, JobState
from tests.factories.accounts import app_client, client_of, user_with
from tests.factories.generation import job_in
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles, storage
from tongyi_portal.usage.models import UsageEvent

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 4
SIZE = len(CONTENT)


@pytest.fixture
def artifact() -> Artifact:
    job = job_in(JobState.SUCCEEDED, photo=False)
    key = storage.output_key(job.pk, "token", "video", "video/mp4")
    storage.store_bytes(storage.OUTPUTS, key, CONTENT)
    made: Artifact = job.artifacts.create(
        role="video",
        state=ArtifactState.RELEASED,
        key=key,
        mime="video/mp4",
        sha256="a" * 64,
        byte_size=SIZE,
        width=2,
        height=2,
        label={"Label": "1"},
    )
    return made


def get(artifact: Artifact, link: str = "", **headers: str) -> Any:
    return APIClient().get(link or storage.signed_path("artifacts", artifact.pk), headers=headers)


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_the_whole_file_says_that_it_can_be_had_in_parts(artifact: Artifact) -> None:
    response = get(artifact)
    assert (response.status_code, content(response)) == (200, CONTENT)
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Length"] == str(SIZE)
    assert response["ETag"] == f'"{"a" * 64}"'
    assert response["Content-Disposition"] == "inline"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=1000-", 1000, SIZE - 1),
        ("bytes=1000-99999", 1000, SIZE - 1),
        ("bytes=-24", SIZE - 24, SIZE - 1),
        ("bytes=-99999", 0, SIZE - 1),
    ],
)
def test_a_part_is_answered_with_206(artifact: Artifact, asked: str, first: int, last: int) -> None:
    response = get(artifact, Range=asked)
    assert (response.status_code, content(response)) == (206, CONTENT[first : last + 1])
    assert response["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=99999-100000", "bytes=-0"])
def test_a_part_outside_the_file_is_416(artifact: Artifact, asked: str) -> None:
    response = get(artifact, Range=asked)
    assert (response.status_code, response.json()["code"]) == (416, "range_not_satisfiable")
    assert response["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=-", "bytes=0-1,4-5", "lines=0-1", "bytes=a-b", "nonsense"]
)
def test_what_is_no_single_range_is_answered_with_everything(artifact: Artifact, asked: str) -> None:
    response = get(artifact, Range=asked)
    assert (response.status_code, content(response)) == (200, CONTENT)


def test_a_part_of_a_file_that_changed_is_answered_with_everything(artifact: Artifact) -> None:
    same = get(artifact, **{"Range": "bytes=0-9", "If-Range": f'"{"a" * 64}"'})
    other = get(artifact, **{"Range": "bytes=0-9", "If-Range": '"something else"'})
    assert (same.status_code, other.status_code) == (206, 200)


def test_a_file_that_the_browser_has_is_not_sent_again(artifact: Artifact) -> None:
    response = get(artifact, **{"If-None-Match": f'"{"a" * 64}"'})
    assert (response.status_code, response.content) == (304, b"")


def test_head_tells_the_size_without_the_content(artifact: Artifact) -> None:
    response = APIClient().head(storage.signed_path("artifacts", artifact.pk))
    assert (response.status_code, response["Content-Length"], content(response)) == (200, str(SIZE), b"")


def test_a_download_is_saved_under_a_telling_name(artifact: Artifact) -> None:
    response = get(artifact, storage.signed_path("artifacts", artifact.pk) + "&download=1")
    name = f"{artifact.job.template_version.template.slug}-{artifact.job_id.hex[:8]}.mp4"  # type: ignore[union-attr]
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize("accept", ["video/webm,video/mp4;q=0.9", "image/avif", "text/html", "*/*"])
def test_what_a_player_says_it_accepts_changes_nothing(artifact: Artifact, accept: str) -> None:
    assert get(artifact, Accept=accept).status_code == 200


class TestLinks:
    def test_a_link_for_another_file_does_not_open_this_one(self, artifact: Artifact) -> None:
        foreign = storage.signed_path("artifacts", artifact.job_id).split("?")[1]
        response = get(artifact, f"/media/artifacts/{artifact.pk}?{foreign}")
        assert (response.status_code, response.json()["code"]) == (403, "link_invalid")

    @pytest.mark.parametrize("query", ["", "?token=", "?token=nonsense", "?for=staff&token=a:b"])
    def test_a_link_without_a_valid_token_opens_nothing(self, artifact: Artifact, query: str) -> None:
        assert get(artifact, f"/media/artifacts/{artifact.pk}{query}").status_code == 403

    def test_a_link_expires(self, artifact: Artifact, settings: Any) -> None:
        link = storage.signed_path("artifacts", artifact.pk)
        settings.SIGNED_URL_SECONDS = -1
        assert get(artifact, link).json()["code"] == "link_invalid"

    @pytest.mark.parametrize(
        "state", [ArtifactState.WITHHELD, ArtifactState.IN_REVIEW, ArtifactState.REFUSED]
    )
    def test_what_is_not_released_is_not_there_for_its_owner(
        self, artifact: Artifact, state: ArtifactState
    ) -> None:
        link = storage.signed_path("artifacts", artifact.pk)
        Artifact.objects.filter(pk=artifact.pk).update(state=state)
        assert get(artifact, link).status_code == 404

    def test_staff_see_what_is_withheld(self, artifact: Artifact) -> None:
        Artifact.objects.filter(pk=artifact.pk).update(state=ArtifactState.IN_REVIEW)
        link = storage.signed_path("artifacts", artifact.pk, audience="staff")
        browser = APIClient()
        browser.force_login(user_with(roles.MODERATOR))
        assert browser.get(link).status_code == 200
        browser.force_login(user_with(roles.APP))
        assert browser.get(link).status_code == 403

    def test_a_reviewers_tool_sees_what_is_withheld(self, artifact: Artifact) -> None:
        Artifact.objects.filter(pk=artifact.pk).update(state=ArtifactState.IN_REVIEW)
        link = storage.signed_path("artifacts", artifact.pk, audience="staff")
        moderator, app = user_with(roles.APP, roles.MODERATOR), user_with(roles.APP)
        assert content(client_of(moderator, [Scope.MODERATION_READ]).get(link)) == CONTENT
        assert client_of(moderator, [Scope.JOBS_READ]).get(link).status_code == 403
        assert client_of(app, list(Scope.values)).get(link).status_code == 403

    def test_a_missing_file_is_not_found(self, artifact: Artifact) -> None:
        storage.erase(storage.OUTPUTS, artifact.key)
        assert get(artifact).json()["code"] == "file_missing"


def test_only_released_artifacts_carry_links() -> None:
    client, user = app_client()
    job = job_in(JobState.IN_REVIEW, owner=user, photo=False)
    artifact = job.artifacts.create(
        role="video", state=ArtifactState.IN_REVIEW, mime="video/mp4", width=2, height=2, byte_size=1
    )
    body = client.get(f"/api/v1/artifacts/{artifact.pk}").json()
    assert (body["url"], body["download_url"], body["url_expires_at"]) == (None, None, None)


def test_links_say_when_they_expire(artifact: Artifact, settings: Any) -> None:
    owner = artifact.job.owner
    owner.groups.add(Group.objects.get(name=roles.APP))
    body = client_of(owner).get(f"/api/v1/artifacts/{artifact.pk}").json()
    latest = timezone.now() + timedelta(seconds=settings.SIGNED_URL_SECONDS)
    assert body["url_expires_at"] <= timezone.localtime(latest).isoformat()
    assert APIClient().get(body["url"]).status_code == 200


def test_somebody_elses_artifact_is_not_found(artifact: Artifact) -> None:
    client, _user = app_client()
    assert client.get(f"/api/v1/artifacts/{artifact.pk}").status_code == 404


def download(artifact: Artifact, audience: str = "owner", **headers: str) -> Any:
    link = storage.signed_path("artifacts", artifact.pk, audience=audience)
    return get(artifact, f"{link}&download=1", **headers)


def test_a_download_counts_once_however_many_parts_it_is_made_of(artifact: Artifact) -> None:
    get(artifact)
    assert not UsageEvent.objects.exists()
    for asked in ("bytes=0-9", "bytes=10-19"):
        assert download(artifact, Range=asked).status_code == 206
    event = UsageEvent.objects.get()
    artifact.refresh_from_db()
    minute = artifact.downloaded_at.replace(second=0, microsecond=0)
    assert (event.kind, event.at) == ("downloaded", minute)


def test_a_cover_is_no_download_of_the_video(artifact: Artifact) -> None:
    Artifact.objects.filter(pk=artifact.pk).update(role="cover")
    assert download(artifact).status_code == 200
    assert not UsageEvent.objects.exists()
