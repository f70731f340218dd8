"""Whoever listens is told of every state that a job comes into that an app can act on."""

from typing import Any

import pytest
from django.db import transaction

from generation.engines.base import EngineError
from generation.models import Job
from generation.services.artifacts import artifacts_judge
from generation.services.erasing import upload_take_down
from generation.services.jobs import job_cancel, job_retry
from generation.services.leases import job_claim
from generation.services.uploads import upload_decide
from generation.states import JobState, UploadState
from tests.factories.accounts import user_with
from tests.factories.engines import PlainEngine
from tests.factories.generation import JobFactory, UploadFactory, job_in, run_job
from tests.factories.scanners import BLOCKED, DOUBTFUL
from tests.factories.webhooks import EndpointFactory
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.webhooks.event_types import EVENT_TYPES
from tongyi_portal.webhooks.models import Delivery, Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colour_scanner")]


@pytest.fixture
def owner() -> User:
    """An app that listens."""
    app = user_with(roles.APP)
    EndpointFactory(owner=app)
    return app


def told() -> list[str]:
    """What was told of jobs, in order."""
    events = Event.objects.filter(type__startswith="job.").order_by("created_at")
    return [event.type.removeprefix("job.") for event in events]


def run(job: Job) -> Job:
    run_job(job.pk)
    return Job.objects.get(pk=job.pk)


def test_a_video_is_told_of_from_its_start_to_its_end(engine: PlainEngine, owner: User) -> None:
    job = run(JobFactory(owner=owner))
    assert told() == ["started", "succeeded"]
    event = Event.objects.get(type="job.succeeded")
    assert event.data == {
        "job": str(job.pk),
        "kind": "dance_video",
        "state": "succeeded",
        "template": job.template_version.template.slug,
        "attempt": 1,
        "error_code": None,
        "reason_codes": [],
        "changed_at": job.updated_at.isoformat(),
        "address": f"/api/v1/jobs/{job.pk}",
    }
    assert Delivery.objects.filter(event=event, endpoint__owner=owner).count() == 1
    assert set(EVENT_TYPES["job.succeeded"].example) == set(event.data)


def test_a_failure_is_told_with_its_code(engine: PlainEngine, owner: User) -> None:
    def fail(_number: int) -> None:
        raise EngineError("photo_no_person", "Nobody is there.", is_users_fault=True)

    engine.before_frame = fail
    run(JobFactory(owner=owner))
    assert told() == ["started", "failed"]
    assert Event.objects.get(type="job.failed").data["error_code"] == "photo_no_person"


@pytest.mark.parametrize(("colour", "end"), [(BLOCKED, "rejected"), (DOUBTFUL, "in_review")])
def test_what_moderation_makes_of_a_result_is_told(
    engine: PlainEngine, owner: User, colour: Any, end: str
) -> None:
    engine.colour = colour
    run(JobFactory(owner=owner))
    assert told() == ["started", end]


def test_a_result_that_a_person_refuses_later_is_told_of_again(engine: PlainEngine, owner: User) -> None:
    job = run(JobFactory(owner=owner))
    upload_decide(upload_id=job.inputs.get().upload_id, approved=False, reason_codes=["gore"])
    upload_decide(upload_id=job.inputs.get().upload_id, approved=True, reason_codes=[])
    assert told() == ["started", "succeeded", "rejected", "succeeded"]
    assert Event.objects.get(type="job.rejected").data["reason_codes"] == ["gore"]


def test_a_job_that_waited_for_its_picture_is_told_of_when_it_is_queued(owner: User) -> None:
    picture = UploadFactory(owner=owner, state=UploadState.IN_REVIEW)
    job = job_in(JobState.HELD, owner=owner, photo=picture, queued_at=None)
    with transaction.atomic():
        upload_decide(upload_id=picture.pk, approved=True, reason_codes=[])
    assert Job.objects.get(pk=job.pk).state == JobState.QUEUED
    assert told() == ["queued"]


def test_a_job_that_is_cancelled_and_submitted_again_is_told_of_as_two(owner: User) -> None:
    job = job_cancel(job=JobFactory(owner=owner), by=owner)
    again = job_retry(job=job, by=owner)
    assert told() == ["cancelled", "queued"]
    assert Event.objects.get(type="job.queued").data["job"] == str(again.pk)


def test_a_consent_that_is_withdrawn_is_told_as_the_end_of_results(engine: PlainEngine, owner: User) -> None:
    job = run(JobFactory(owner=owner))
    upload_take_down(upload_id=job.inputs.get().upload_id)
    assert told() == ["started", "succeeded", "rejected"]


def test_an_event_is_undone_with_the_move_it_tells_of(owner: User) -> None:
    job = JobFactory(owner=owner)
    with transaction.atomic():
        assert job_claim(job_id=job.pk) is not None
        transaction.set_rollback(True)
    assert told() == []


def test_apps_hear_of_their_own_jobs_only(engine: PlainEngine, owner: User) -> None:
    run(JobFactory())
    assert told() == []


def test_judging_again_without_a_change_tells_nothing(engine: PlainEngine, owner: User) -> None:
    job = run(JobFactory(owner=owner))
    with transaction.atomic():
        assert not artifacts_judge(job=job, reason_codes=[])
    assert told() == ["started", "succeeded"]
