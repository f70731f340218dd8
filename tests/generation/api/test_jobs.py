"""Jobs, kinds and the queue over HTTP."""

import uuid
from typing import Any

import pytest
from django.test import TestCase
from django.utils import timezone
from rest_framework.test import APIClient

from generation import selectors
from generation.models import EngineProfile, Job
from generation.states import FINISHED, JobState
from tests.factories.accounts import app_client
from tests.factories.engines import PlainEngine
from tests.factories.generation import JobFactory, UploadFactory, job_in
from tests.factories.templates import live_template
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.usage.models import UsageEvent, UsageKind

pytestmark = pytest.mark.django_db


def body_for(user: User, **params: Any) -> dict[str, Any]:
    given = {"photo": str(UploadFactory(owner=user).pk), "template": live_template().slug}
    return {
        "kind": "dance_video",
        "params": given | {"duration_seconds": 2, "size": "432x768", "fps": 24} | params,
    }


def submit(client: APIClient, body: Any, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/jobs", body, headers=headers)


def test_a_new_job_says_where_it_stands_and_when_to_ask_again() -> None:
    client, user = app_client()
    body = body_for(user, seed=5)
    response = submit(client, body)
    assert response.status_code == 201
    job = response.json()
    assert (job["state"], job["position"], job["progress"], job["seed"]) == ("queued", 1, 0.0, 5)
    assert 0 <= job["eta"]["low_seconds"] < job["eta"]["high_seconds"]
    assert job["eta"]["expected_at"] > timezone.now().isoformat()
    assert job["next_poll_seconds"] >= 0.8
    assert (job["template"], job["artifacts"], job["error"]) == (body["params"]["template"], [], None)
    assert Job.objects.get().token is not None


def test_parameters_have_defaults() -> None:
    client, user = app_client()
    body = body_for(user)
    body["params"] = {name: body["params"][name] for name in ("photo", "template")}
    job = submit(client, body).json()
    assert (job["params"]["duration_seconds"], job["params"]["size"], job["params"]["fps"]) == (
        10,
        "576x1024",
        30,
    )


def test_a_finished_job_carries_links_that_play(engine: PlainEngine, colour_scanner: None) -> None:
    client, user = app_client()
    with TestCase.captureOnCommitCallbacks(execute=True):
        job_id = submit(client, body_for(user)).json()["id"]
    job = client.get(f"/api/v1/jobs/{job_id}").json()
    assert (job["state"], job["progress"], job["next_poll_seconds"], job["eta"]) == (
        "succeeded",
        1.0,
        None,
        None,
    )
    by_role = {artifact["role"]: artifact for artifact in job["artifacts"]}
    assert set(by_role) == {"video", "cover"}
    video = APIClient().get(by_role["video"]["url"])
    assert (video.status_code, video["Content-Type"]) == (200, "video/mp4")
    saved = APIClient().get(by_role["video"]["download_url"])
    assert saved["Content-Disposition"].startswith("attachment; filename=")
    assert client.get(f"/api/v1/artifacts/{by_role['cover']['id']}").json()["label"]["Label"] == "1"


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"kind": "no_such_kind"}, "/kind", "invalid_choice"),
        ({"kind": None}, "/kind", "null"),
        ({"params": None}, "/params", "null"),
        ({"params": "words"}, "/params", "not_a_dict"),
        ({"colour": "red"}, "/colour", "unknown_field"),
    ],
)
def test_faults_of_the_body_point_to_their_field(change: dict[str, Any], pointer: str, code: str) -> None:
    client, user = app_client()
    response = submit(client, body_for(user) | change)
    assert response.status_code == 400
    assert [(fault["pointer"], fault["code"]) for fault in response.json()["details"]["fields"]] == [
        (pointer, code)
    ]


@pytest.mark.parametrize(
    ("params", "pointer", "code"),
    [
        ({"photo": "not-an-id"}, "/params/photo", "invalid"),
        ({"template": "no slug!"}, "/params/template", "invalid"),
        ({"duration_seconds": 31}, "/params/duration_seconds", "max_value"),
        ({"duration_seconds": 1}, "/params/duration_seconds", "min_value"),
        ({"duration_seconds": "long"}, "/params/duration_seconds", "invalid"),
        ({"size": "4000x4000"}, "/params/size", "invalid_choice"),
        ({"fps": 1000}, "/params/fps", "invalid_choice"),
        ({"seed": -1}, "/params/seed", "min_value"),
        ({"style": "oil"}, "/params/style", "unknown_field"),
    ],
)
def test_faults_of_the_parameters_point_to_their_field(
    params: dict[str, Any], pointer: str, code: str
) -> None:
    client, user = app_client()
    response = submit(client, body_for(user, **params))
    assert response.status_code == 400
    assert [(fault["pointer"], fault["code"]) for fault in response.json()["details"]["fields"]] == [
        (pointer, code)
    ]
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("names", "pointer"), [((), "/params/photo"), (("photo", "photos"), "/params/photos")]
)
def test_a_submission_names_one_photo_or_a_list_of_them(names: tuple[str, ...], pointer: str) -> None:
    client, user = app_client()
    body = body_for(user)
    photo = body["params"].pop("photo")
    body["params"] |= {name: photo if name == "photo" else [photo] for name in names}
    response = submit(client, body)
    assert response.status_code == 400
    assert [fault["pointer"] for fault in response.json()["details"]["fields"]] == [pointer]


def test_a_list_of_photos_for_one_performer_is_refused_with_both_numbers() -> None:
    client, user = app_client()
    body = body_for(user)
    body["params"]["photos"] = [body["params"].pop("photo"), str(UploadFactory(owner=user).pk)]
    response = submit(client, body)
    assert (response.status_code, response.json()["code"]) == (422, "photos_do_not_match_performers")
    assert response.json()["details"] == {"field": "photos", "photos": 2, "performers": 1}
    assert "2" in response.json()["message"]


def test_an_unknown_template_and_somebody_elses_photo_are_named() -> None:
    client, user = app_client()
    response = submit(client, body_for(user, template="no-such-dance"))
    assert (response.status_code, response.json()["code"]) == (422, "template_not_found")
    response = submit(client, body_for(user, photo=str(UploadFactory().pk)))
    assert (response.status_code, response.json()["code"]) == (422, "upload_not_found")


class TestIdempotencyKey:
    def test_the_same_key_and_body_answer_with_the_same_job(self) -> None:
        client, user = app_client()
        body = body_for(user)
        first, second = submit(client, body, "key-1"), submit(client, dict(reversed(body.items())), "key-1")
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json()["id"] == second.json()["id"]

    def test_another_body_is_refused(self) -> None:
        client, user = app_client()
        body = body_for(user)
        submit(client, body, "key-1")
        body["params"]["duration_seconds"] = 3
        response = submit(client, body, "key-1")
        assert (response.status_code, response.json()["code"]) == (422, "idempotency_mismatch")

    @pytest.mark.parametrize("key", ["x" * 201, "with space", "\x7f"])
    def test_an_odd_key_is_refused(self, key: str) -> None:
        client, user = app_client()
        response = submit(client, body_for(user), key)
        assert response.status_code == 400
        assert response.json()["details"]["fields"][0]["pointer"] == "/Idempotency-Key"


@pytest.mark.parametrize("path", ["/api/v1/jobs/{}", "/api/v1/jobs/{}/", "/api/v1/jobs/{}/cancel"])
def test_somebody_elses_job_is_not_found(path: str) -> None:
    client, _user = app_client()
    job = job_in(JobState.QUEUED)
    call = client.post if path.endswith("cancel") else client.get
    response = call(path.format(job.pk))
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert Job.objects.get().state == JobState.QUEUED


def test_a_list_shows_own_jobs_newest_first_and_is_filtered() -> None:
    client, user = app_client()
    JobFactory()
    mine = [JobFactory(owner=user), job_in(JobState.FAILED, owner=user, error_code="photo_no_person")]
    listed = client.get("/api/v1/jobs").json()["results"]
    assert [job["id"] for job in listed] == [str(job.pk) for job in reversed(mine)]
    failed = client.get("/api/v1/jobs?state=failed&state=rejected&kind=dance_video").json()["results"]
    assert [job["id"] for job in failed] == [str(mine[1].pk)]
    message = "No person was found in the photo."
    assert failed[0]["error"] == {"code": "photo_no_person", "message": message, "details": {}}


def test_a_failed_job_says_which_of_its_photos_is_at_fault() -> None:
    client, user = app_client()
    details = {"field": "photos.1"}
    job = job_in(JobState.FAILED, owner=user, error_code="photo_too_dark", error_details=details)
    error = client.get(f"/api/v1/jobs/{job.pk}").json()["error"]
    assert error == {
        "code": "photo_too_dark",
        "message": "Photo 2: The person is too dark to be made out.",
        "details": details,
    }


def test_an_unknown_filter_value_is_refused() -> None:
    client, _user = app_client()
    response = client.get("/api/v1/jobs?state=sleeping")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")


def test_the_list_is_paged_by_cursor() -> None:
    client, user = app_client()
    JobFactory.create_batch(3, owner=user, photo=False)
    page = client.get("/api/v1/jobs?page_size=2").json()
    rest = client.get(page["next"]).json()
    assert [len(page["results"]), len(rest["results"]), rest["next"]] == [2, 1, None]


@pytest.mark.parametrize("state", list(JobState))
def test_a_job_can_be_read_in_every_state(state: JobState) -> None:
    client, user = app_client()
    job = job_in(state, owner=user, photo=False)
    body = client.get(f"/api/v1/jobs/{job.pk}").json()
    assert body["state"] == state
    assert (body["next_poll_seconds"] is None) == (state in FINISHED)
    assert (body["eta"] is not None) == (state in {JobState.QUEUED, JobState.RUNNING, JobState.CHECKING})


def test_positions_follow_the_queue() -> None:
    client, user = app_client()
    JobFactory(photo=False)
    job = JobFactory(owner=user, photo=False)
    JobFactory(photo=False)
    body = client.get(f"/api/v1/jobs/{job.pk}").json()
    assert body["position"] == 2


class TestCancel:
    def test_a_queued_job_ends(self) -> None:
        client, user = app_client()
        job = JobFactory(owner=user)
        response = client.post(f"/api/v1/jobs/{job.pk}/cancel")
        assert (response.status_code, response.json()["state"]) == (200, "cancelled")

    def test_a_running_job_is_asked_to_stop(self) -> None:
        client, user = app_client()
        job = job_in(JobState.RUNNING, owner=user)
        body = client.post(f"/api/v1/jobs/{job.pk}/cancel/").json()
        assert (body["state"], body["cancel_requested"]) == ("running", True)

    def test_one_that_is_over_is_a_conflict(self) -> None:
        client, user = app_client()
        job = job_in(JobState.SUCCEEDED, owner=user)
        response = client.post(f"/api/v1/jobs/{job.pk}/cancel")
        assert (response.status_code, response.json()["code"]) == (409, "job_not_cancellable")


def test_the_internals_of_a_fault_are_not_told() -> None:
    client, user = app_client()
    job = job_in(JobState.FAILED, owner=user, error_code="internal_error", error_message="KeyError: secret")
    response = client.get(f"/api/v1/jobs/{job.pk}")
    assert b"secret" not in response.content


def test_kinds_describe_their_parameters() -> None:
    client, _user = app_client()
    [kind] = client.get("/api/v1/kinds").json()
    assert (kind["key"], kind["is_available"]) == ("dance_video", True)
    parameters = {parameter["name"]: parameter for parameter in kind["parameters"]}
    assert (parameters["duration_seconds"]["minimum"], parameters["duration_seconds"]["maximum"]) == (2, 30)
    assert parameters["size"]["choices"] == ["432x768", "576x1024", "720x1280"]
    assert parameters["template"]["is_required"]
    assert not parameters["photo"]["is_required"]
    assert [parameters[name]["type"] for name in ("photo", "photos", "with_music")] == [
        "uuid",
        "uuid list",
        "boolean",
    ]
    EngineProfile.objects.update(is_enabled=False, is_default=False)
    assert not client.get("/api/v1/kinds").json()[0]["is_available"]


def test_the_queue_says_how_busy_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "BOARD_SECONDS", 0.0)
    client, _user = app_client()
    before = client.get("/api/v1/queue").json()
    JobFactory(photo=False)
    job_in(JobState.RUNNING, photo=False)
    job_in(JobState.HELD, photo=False)
    after = client.get("/api/v1/queue").json()
    assert (before["queued"], before["running"], before["held"]) == (0, 0, 0)
    assert (after["queued"], after["running"], after["held"]) == (1, 1, 1)
    assert after["wait"]["high_seconds"] > before["wait"]["high_seconds"]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("get", "/api/v1/jobs", Scope.JOBS_READ),
        ("post", "/api/v1/jobs", Scope.JOBS_WRITE),
        ("get", f"/api/v1/jobs/{uuid.UUID(int=1)}", Scope.JOBS_READ),
        ("post", f"/api/v1/jobs/{uuid.UUID(int=1)}/cancel", Scope.JOBS_WRITE),
        ("post", f"/api/v1/jobs/{uuid.UUID(int=1)}/usage", Scope.JOBS_READ),
        ("get", f"/api/v1/artifacts/{uuid.UUID(int=1)}", Scope.JOBS_READ),
        ("get", "/api/v1/kinds", Scope.JOBS_READ),
        ("get", "/api/v1/queue", Scope.JOBS_READ),
    ],
)
def test_every_endpoint_wants_its_scope(method: str, path: str, scope: Scope) -> None:
    others = [other for other in Scope.values if other != scope]
    client, _user = app_client(others)
    response = getattr(client, method)(path)
    assert (response.status_code, response.json()["details"]) == (403, {"scope": scope})


def test_an_app_tells_that_a_video_was_watched_and_the_first_time_counts(
    engine: PlainEngine, colour_scanner: None
) -> None:
    client, user = app_client()
    with TestCase.captureOnCommitCallbacks(execute=True):
        job_id = submit(client, body_for(user)).json()["id"]
    for _time in range(2):
        response = client.post(f"/api/v1/jobs/{job_id}/usage", {"event": "watched"})
        assert (response.status_code, response.content) == (204, b"")
    told = UsageEvent.objects.get(kind=UsageKind.WATCHED)
    assert told.app_id == Job.objects.get(pk=job_id).token_id


def test_only_what_exists_can_be_told_of() -> None:
    client, user = app_client()
    job = job_in(JobState.RUNNING, owner=user)
    address = f"/api/v1/jobs/{job.pk}/usage"
    waiting = client.post(address, {"event": "shared"})
    assert (waiting.status_code, waiting.json()["code"]) == (409, "result_not_ready")
    unknown = client.post(address, {"event": "liked"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "invalid_request")
    others = client.post(f"/api/v1/jobs/{job_in(JobState.RUNNING).pk}/usage", {"event": "shared"})
    assert others.status_code == 404
    assert not UsageEvent.objects.exclude(kind=UsageKind.MODERATED).exists()


def test_a_job_may_be_submitted_as_batch() -> None:
    client, user = app_client()
    answers = [submit(client, body_for(user) | {"tier": tier}) for tier in ("batch", "interactive")]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert list(Job.objects.order_by("created_at").values_list("tier", flat=True)) == [2, 1]
    refused = submit(client, body_for(user) | {"tier": "urgent"})
    assert refused.json()["details"]["fields"][0]["pointer"] == "/tier"


def test_no_job_is_accepted_while_the_disk_is_nearly_full(settings: Any) -> None:
    client, user = app_client()
    settings.MIN_FREE_DISK_MB = 2**40
    answer = submit(client, body_for(user))
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "disk_full", "60")
    assert not Job.objects.exists()
