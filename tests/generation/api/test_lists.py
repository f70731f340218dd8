"""Lists of jobs, pictures and results: own rows, by cursor, narrowed; and asking again."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from generation.api import etags
from generation.models import Artifact, Job, Upload
from generation.selectors import wait_board
from generation.states import ArtifactState, JobState, UploadState
from tests.factories.accounts import app_client
from tests.factories.generation import JobFactory, UploadFactory, job_in
from tests.factories.templates import live_template

pytestmark = pytest.mark.django_db


def artifact_of(job: Job, role: str = "video", **fields: Any) -> Artifact:
    values = {"mime": "video/mp4", "byte_size": 1, "width": 2, "height": 2, "key": "no/file", **fields}
    return Artifact.objects.create(job=job, role=role, **values)


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


class TestUploads:
    def test_own_pictures_come_newest_first_and_without_erased_ones(self) -> None:
        client, user = app_client()
        first, second = UploadFactory(owner=user), UploadFactory(owner=user)
        UploadFactory(owner=user, deleted_at=timezone.now())
        UploadFactory()
        assert ids(client.get("/api/v1/uploads")) == [str(second.pk), str(first.pk)]

    def test_they_are_narrowed_and_paged(self) -> None:
        client, user = app_client()
        photo = UploadFactory(owner=user, state=UploadState.IN_REVIEW)
        garment = UploadFactory(owner=user, surface="garment")
        old = UploadFactory(owner=user)
        Upload.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=3))
        assert ids(client.get("/api/v1/uploads?state=in_review")) == [str(photo.pk)]
        assert ids(client.get("/api/v1/uploads?surface=garment")) == [str(garment.pk)]
        until = (timezone.now() - timedelta(days=1)).isoformat().replace("+", "%2B")
        assert ids(client.get(f"/api/v1/uploads?until={until}")) == [str(old.pk)]
        page = client.get("/api/v1/uploads?page_size=2").json()
        assert ids(client.get(page["next"])) == [str(old.pk)]


class TestJobs:
    def test_they_are_narrowed_by_template_picture_and_time(self) -> None:
        client, user = app_client()
        template = live_template()
        job, other = JobFactory(owner=user), JobFactory(owner=user, template_version=template.live_version)
        picture = job.inputs.get().upload_id
        job.inputs.create(role="photo_2", upload_id=picture)
        assert ids(client.get(f"/api/v1/jobs?template={template.slug}")) == [str(other.pk)]
        assert ids(client.get(f"/api/v1/jobs?upload={picture}")) == [str(job.pk)]
        Job.objects.filter(pk=other.pk).update(created_at=timezone.now() - timedelta(days=3))
        since = (timezone.now() - timedelta(days=1)).isoformat().replace("+", "%2B")
        assert ids(client.get(f"/api/v1/jobs?since={since}")) == [str(job.pk)]


class TestArtifacts:
    def test_own_files_are_narrowed_by_job_role_and_state(self) -> None:
        client, user = app_client()
        job = job_in(JobState.SUCCEEDED, owner=user)
        video = artifact_of(job, state=ArtifactState.RELEASED, label={"Label": "1"})
        cover = artifact_of(job, "cover")
        artifact_of(job_in(JobState.SUCCEEDED))
        erased = job_in(JobState.SUCCEEDED, owner=user, erased_at=timezone.now())
        gone = artifact_of(erased)
        assert ids(client.get("/api/v1/artifacts")) == [str(cover.pk), str(video.pk)]
        assert ids(client.get(f"/api/v1/artifacts?job={job.pk}&role=cover")) == [str(cover.pk)]
        assert ids(client.get("/api/v1/artifacts?state=released")) == [str(video.pk)]
        assert client.get(f"/api/v1/artifacts/{gone.pk}").status_code == 404


@pytest.mark.parametrize(
    ("address", "pointer", "code"),
    [
        ("uploads?colour=red", "/colour", "unknown_parameter"),
        ("uploads?state=sleeping", "/state", "invalid_choice"),
        ("artifacts?job=5", "/job", "invalid"),
        ("artifacts?since=yesterday", "/since", "invalid"),
        ("jobs?upload=5", "/upload", "invalid"),
    ],
)
def test_a_parameter_that_does_not_fit_is_pointed_at(address: str, pointer: str, code: str) -> None:
    client, _user = app_client()
    response = client.get(f"/api/v1/{address}")
    assert response.status_code == 400
    told = [(fault["pointer"], fault["code"]) for fault in response.json()["details"]["fields"]]
    assert told == [(pointer, code)]


class TestAskingAgain:
    def ask(self, client: Any, job: Job, etag: str = "", language: str = "en") -> Any:
        headers = {"Accept-Language": language} | ({"If-None-Match": etag} if etag else {})
        return client.get(f"/api/v1/jobs/{job.pk}", headers=headers)

    @pytest.mark.parametrize("state", list(JobState))
    def test_what_has_not_changed_is_not_sent_again(
        self, state: JobState, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(etags, "ETA_STEP_SECONDS", 1e6)  # no step lies between the two
        client, user = app_client()
        job = job_in(state, owner=user, photo=False, progress=0.5)
        etag = self.ask(client, job)["ETag"]
        again = self.ask(client, job, etag)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
        assert again["Cache-Control"] == "private, no-cache"

    def test_progress_a_place_in_the_queue_and_a_file_are_changes(self) -> None:
        client, user = app_client()
        job = job_in(JobState.RUNNING, owner=user, photo=False)
        etag = self.ask(client, job)["ETag"]
        Job.objects.filter(pk=job.pk).update(progress=0.4, updated_at=timezone.now())
        assert self.ask(client, job, etag).status_code == 200

        long_ago = timezone.now() - timedelta(minutes=5)
        ahead = JobFactory(owner=user, photo=False, queued_at=long_ago)
        waiting = JobFactory(owner=user, photo=False)
        wait_board(at_most_seconds=0)
        etag = self.ask(client, waiting)["ETag"]
        Job.objects.filter(pk=ahead.pk).update(state=JobState.CANCELLED)
        wait_board(at_most_seconds=0)
        assert self.ask(client, waiting, etag).status_code == 200

        done = job_in(JobState.SUCCEEDED, owner=user, photo=False)
        video = artifact_of(done)
        etag = self.ask(client, done)["ETag"]
        Artifact.objects.filter(pk=video.pk).update(
            state=ArtifactState.RELEASED, label={"Label": "1"}, updated_at=timezone.now()
        )
        assert self.ask(client, done, etag).status_code == 200

    def test_links_are_made_anew_before_they_expire(self, monkeypatch: pytest.MonkeyPatch) -> None:
        client, user = app_client()
        done = job_in(JobState.SUCCEEDED, owner=user, photo=False)
        artifact_of(done, state=ArtifactState.RELEASED, label={"Label": "1"})
        monkeypatch.setattr("generation.api.etags.time.time", lambda: 1_800_000_000.0)
        etag = self.ask(client, done)["ETag"]
        assert self.ask(client, done, etag).status_code == 304
        monkeypatch.setattr("generation.api.etags.time.time", lambda: 1_800_000_000.0 + 1801)
        assert self.ask(client, done, etag).status_code == 200

    def test_another_language_is_another_answer(self) -> None:
        client, user = app_client()
        job = job_in(JobState.FAILED, owner=user, error_code="photo_no_person")
        etag = self.ask(client, job)["ETag"]
        assert self.ask(client, job, etag, "zh-hans").status_code == 200
