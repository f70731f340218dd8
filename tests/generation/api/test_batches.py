"""Many jobs in one request."""

import uuid
from typing import Any

import pytest

from generation.models import Job
from tests.factories.accounts import app_client
from tests.factories.generation import UploadFactory
from tests.factories.templates import live_template
from tongyi_portal.accounts.models import Scope, User

pytestmark = pytest.mark.django_db


def jobs_for(user: User, count: int) -> list[dict[str, Any]]:
    template = live_template().slug
    photo = str(UploadFactory(owner=user).pk)
    return [
        {"kind": "dance_video", "params": {"photo": photo, "template": template, "seed": number}}
        for number in range(count)
    ]


def test_each_job_is_reported_by_itself_in_the_order_of_the_request() -> None:
    client, user = app_client()
    first, second, third = jobs_for(user, 3)
    second["params"]["photo"] = str(uuid.uuid4())
    third["params"]["colour"] = "red"
    response = client.post("/api/v1/batches", {"jobs": [first, second, third, "words"]}, format="json")
    assert response.status_code == 207
    body = response.json()
    assert (body["submitted"], body["failed"]) == (1, 3)
    assert [one["status"] for one in body["jobs"]] == [201, 422, 400, 400]
    assert body["jobs"][0]["job"]["id"] == str(Job.objects.get().pk)
    assert body["jobs"][0]["error"] is None
    assert body["jobs"][1]["error"]["code"] == "upload_not_found"
    assert body["jobs"][2]["error"]["details"]["fields"][0]["pointer"] == "/params/colour"
    assert Job.objects.get().token is not None


def test_a_batch_that_is_sent_again_gives_the_same_jobs() -> None:
    client, user = app_client()
    jobs = jobs_for(user, 2)
    asked = {"path": "/api/v1/batches", "format": "json", "headers": {"Idempotency-Key": "night-1"}}
    first = client.post(data={"jobs": jobs}, **asked).json()
    again = client.post(data={"jobs": jobs}, **asked).json()
    assert [one["status"] for one in again["jobs"]] == [200, 200]
    assert [one["job"]["id"] for one in again["jobs"]] == [one["job"]["id"] for one in first["jobs"]]
    other = client.post(data={"jobs": jobs[::-1]}, **asked).json()
    assert {one["error"]["code"] for one in other["jobs"]} == {"idempotency_mismatch"}
    assert Job.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/jobs", "required"),
        ({"jobs": []}, "/jobs", "min_length"),
        ({"jobs": [{}] * 51}, "/jobs", "max_length"),
        ({"jobs": "all"}, "/jobs", "not_a_list"),
        ({"jobs": [{}], "when": "now"}, "/when", "unknown_field"),
    ],
)
def test_faults_of_the_batch_itself_are_one_answer(body: dict[str, Any], pointer: str, code: str) -> None:
    client, _user = app_client()
    response = client.post("/api/v1/batches", body, format="json")
    assert response.status_code == 400
    told = [(fault["pointer"], fault["code"]) for fault in response.json()["details"]["fields"]]
    assert told == [(pointer, code)]


def test_a_batch_needs_the_scope_of_jobs() -> None:
    client, _user = app_client([Scope.JOBS_READ])
    response = client.post("/api/v1/batches", {"jobs": [{}]}, format="json")
    assert (response.status_code, response.json()["details"]) == (403, {"scope": "jobs:write"})
