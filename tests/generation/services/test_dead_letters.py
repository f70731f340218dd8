"""Failed attempts: written down, paused after, and after the last one an operator's to mend."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from generation.errors import JobNotRetryable, UploadUnusable
from generation.models import Job, WakeUp
from generation.retries import LONGEST_PAUSE_SECONDS, WORKER_LOST, WORKER_STOPPED, pause_after
from generation.services.dead_letters import job_requeue
from generation.services.leases import Lease, job_claim
from generation.services.uploads import upload_erase
from generation.states import JobState
from generation.tasks.light import requeue_lost
from moderation.models import AuditEntry
from tests.factories.accounts import client_of, user_with
from tests.factories.engines import PlainEngine
from tests.factories.generation import JobFactory, job_in, run_job
from tests.factories.webhooks import EndpointFactory
from tongyi_portal.common import roles
from tongyi_portal.common.errors import PermissionRefused
from tongyi_portal.webhooks.models import Event

pytestmark = pytest.mark.django_db


def lose(job: Job) -> Job:
    """Claim it, and let the lease run out."""
    Job.objects.filter(pk=job.pk).update(not_before=None)
    assert job_claim(job_id=job.pk) is not None
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    requeue_lost()
    return Job.objects.get(pk=job.pk)


def given_up(**fields: Any) -> Job:
    job: Job = JobFactory(**fields)
    for _ in range(3):
        job = lose(job)
    return job


@pytest.mark.parametrize(
    ("code", "attempts", "seconds"),
    [
        (WORKER_LOST, 1, 0.0),
        (WORKER_LOST, 2, 10.0),
        (WORKER_LOST, 3, 30.0),
        ("surroundings_failed", 1, 10.0),
        ("surroundings_failed", 2, 30.0),
        ("surroundings_failed", 9, LONGEST_PAUSE_SECONDS),
        (WORKER_STOPPED, 2, 0.0),
    ],
)
def test_pauses_grow(code: str, attempts: int, seconds: float) -> None:
    assert pause_after(code, attempts, base_seconds=10.0, chance=0.0) == seconds
    assert pause_after(code, attempts, base_seconds=10.0, chance=1.0) == pytest.approx(1.2 * seconds)


def test_a_job_that_takes_its_workers_down_is_paused_told_of_and_given_up(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.JOB_RETRY_PAUSE_SECONDS = 10
    job = lose(JobFactory())
    assert (job.state, job.not_before) == (JobState.QUEUED, None)
    assert [record.levelname for record in caplog.records if "lost its worker" in record.message] == [
        "WARNING"
    ]

    job = lose(job)
    assert job.not_before is not None
    assert job.not_before > timezone.now() + timedelta(seconds=5)
    assert WakeUp.objects.get(job=job).due_at == job.not_before
    assert job_claim(job_id=job.pk) is None
    assert [record.levelname for record in caplog.records if "lost its worker" in record.message][1:] == [
        "ERROR"
    ]

    job = lose(job)
    assert (job.state, job.error_code) == (JobState.FAILED, "attempts_exhausted")
    assert job.error_message.startswith("worker_lost")
    assert [(failed["attempt"], failed["code"]) for failed in job.failures] == [
        (number, WORKER_LOST) for number in (1, 2, 3)
    ]
    assert all(failed["worker"] for failed in job.failures)
    assert job.dead_at is not None


def test_a_worker_that_was_told_to_stop_costs_no_attempt(settings: Any) -> None:
    settings.JOB_MAX_ATTEMPTS = 1
    job = JobFactory()
    for attempt in (1, 2):
        claimed = job_claim(job_id=job.pk)
        assert claimed is not None
        assert claimed.attempt == attempt
        with Lease(claimed) as lease:
            lease.give_back(WORKER_STOPPED, "The worker was stopped.")
    assert Job.objects.get().state == JobState.QUEUED


def test_an_operator_queues_it_again_with_all_its_attempts(engine: PlainEngine, colour_scanner: None) -> None:
    job, operator = given_up(), user_with(roles.OPERATOR)
    job_requeue(job=job, by=operator)
    job.refresh_from_db()
    assert (job.state, job.error_code, job.dead_at, job.finished_at) == (JobState.QUEUED, "", None, None)
    assert WakeUp.objects.filter(job=job).exists()
    entry = AuditEntry.objects.get(action="generation.job.requeued")
    assert (entry.actor_id, entry.data) == (operator.pk, {"code": "attempts_exhausted", "attempts": 3})
    job = lose(lose(job))
    assert job.state == JobState.QUEUED
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 6)


def test_its_app_is_told_that_it_waits_again() -> None:
    """It heard that the job had failed."""
    app = user_with(roles.APP)
    EndpointFactory(owner=app)
    job = given_up(owner=app)
    job_requeue(job=job, by=user_with(roles.OPERATOR))
    events = Event.objects.filter(type__startswith="job.").order_by("created_at")
    assert [event.type for event in events][-2:] == ["job.failed", "job.queued"]


def test_only_operators_may() -> None:
    job = given_up()
    with pytest.raises(PermissionRefused):
        job_requeue(job=job, by=job.owner)
    assert Job.objects.get().state == JobState.FAILED


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.SUCCEEDED, JobState.CANCELLED, JobState.FAILED])
def test_a_job_that_was_not_given_up_stays_as_it_is(state: JobState) -> None:
    job = job_in(state)
    with pytest.raises(JobNotRetryable):
        job_requeue(job=job, by=user_with(roles.OPERATOR))
    assert Job.objects.get().state == state


def test_a_job_whose_picture_is_gone_stays_given_up() -> None:
    job = given_up()
    upload_erase(upload=job.inputs.get().upload)
    with pytest.raises(UploadUnusable):
        job_requeue(job=job, by=user_with(roles.OPERATOR))


class TestOverTheApi:
    def test_they_are_listed_with_their_reasons_and_queued_again(self) -> None:
        job, _other = given_up(), job_in(JobState.FAILED, photo=False)
        client = client_of(user_with(roles.OPERATOR, roles.APP, is_staff=True), ["jobs:operate"])
        [row] = client.get("/api/v1/dead-letters").json()["results"]
        assert (row["id"], row["error_code"]) == (str(job.pk), "attempts_exhausted")
        assert [failed["code"] for failed in row["failures"]] == [WORKER_LOST] * 3
        answer = client.post(f"/api/v1/dead-letters/{job.pk}/requeue")
        assert (answer.status_code, answer.json()["state"]) == (200, "queued")
        assert client.get("/api/v1/dead-letters").json()["results"] == []
        again = client.post(f"/api/v1/dead-letters/{job.pk}/requeue")
        assert (again.status_code, again.json()["code"]) == (409, "job_not_retryable")

    def test_others_neither_see_nor_change_them(self) -> None:
        job = given_up()
        app = client_of(user_with(roles.APP), ["jobs:operate"])
        reader = client_of(user_with(roles.OPERATOR, roles.APP), ["jobs:read", "jobs:write"])
        for client, code in ((app, "permission_refused"), (reader, "scope_missing")):
            assert client.get("/api/v1/dead-letters").json()["code"] == code
            assert client.post(f"/api/v1/dead-letters/{job.pk}/requeue").json()["code"] == code
        assert Job.objects.get().state == JobState.FAILED
