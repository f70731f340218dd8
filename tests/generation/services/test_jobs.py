"""Submitting, cancelling and retrying jobs, and what the review of their pictures does to them."""

import uuid
from typing import Any

import pytest
from django.test import TestCase
from django.utils import timezone

from generation.errors import (
    EngineUnavailable,
    IdempotencyMismatch,
    JobNotCancellable,
    JobNotRetryable,
    TemplateNotFound,
    UploadNotFound,
    UploadUnusable,
)
from generation.models import EngineProfile, IdempotencyKey, Job
from generation.services import jobs as job_services
from generation.services.jobs import job_cancel, job_retry, job_submit
from generation.services.uploads import upload_decide, upload_erase
from generation.states import ArtifactState, JobState, UploadState
from templates_app.models import DanceTemplate, TemplateVersion
from tests.factories.accounts import UserFactory, user_with
from tests.factories.engines import PlainEngine
from tests.factories.generation import UploadFactory, job_in
from tests.factories.templates import live_template, version_of
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


def submit(owner: User, **changes: Any) -> Job:
    params = {
        "photo": changes.pop("photo", None) or UploadFactory(owner=owner).pk,
        "template": changes.pop("template", None) or live_template().slug,
        "duration_seconds": 2,
        "size": "432x768",
        "fps": 24,
        "with_music": True,
    }
    return job_submit(
        by=owner, kind_key="dance_video", params=params | changes.pop("params", {}), **changes
    ).job


def test_a_job_with_an_accepted_photo_is_queued_and_says_how_much_work_it_is() -> None:
    owner = UserFactory()
    template = live_template()
    job = submit(owner, template=template.slug)
    assert (job.state, job.engine_key) == (JobState.QUEUED, "animation")
    assert job.template_version == template.live_version
    assert job.work_units == pytest.approx(2 * (432 * 768) / (576 * 1024) * 24 / 30)
    assert job.inputs.get().role == "photo"
    assert 0 <= job.seed < 2**32


def test_a_given_seed_is_kept() -> None:
    assert submit(UserFactory(), params={"seed": 7}).seed == 7


def test_a_worker_is_woken_when_the_submission_is_committed(
    engine: PlainEngine, colour_scanner: None
) -> None:
    with TestCase.captureOnCommitCallbacks(execute=True):
        job = submit(UserFactory())
        assert Job.objects.get(pk=job.pk).state == JobState.QUEUED
    assert Job.objects.get(pk=job.pk).state == JobState.SUCCEEDED


@pytest.mark.parametrize("state", [UploadState.PENDING, UploadState.IN_REVIEW])
def test_a_photo_that_was_not_judged_yet_holds_the_job(state: UploadState) -> None:
    owner = UserFactory()
    job = submit(owner, photo=UploadFactory(owner=owner, state=state).pk)
    assert (job.state, job.queued_at) == (JobState.HELD, None)


def test_a_blocked_photo_refuses_the_job_with_its_reasons() -> None:
    owner = UserFactory()
    photo = UploadFactory(owner=owner, state=UploadState.BLOCKED, reason_codes=["sexual_explicit"])
    with pytest.raises(UploadUnusable) as refusal:
        submit(owner, photo=photo.pk)
    assert refusal.value.details["reason_codes"] == ["sexual_explicit"]
    assert not Job.objects.exists()


def test_somebody_elses_photo_does_not_exist() -> None:
    with pytest.raises(UploadNotFound):
        submit(UserFactory(), photo=UploadFactory().pk)


def test_a_garment_is_no_photo() -> None:
    owner = UserFactory()
    with pytest.raises(UploadNotFound):
        submit(owner, photo=UploadFactory(owner=owner, surface="garment").pk)


def test_an_unknown_template_is_refused() -> None:
    with pytest.raises(TemplateNotFound):
        submit(UserFactory(), template="no-such-dance")


def test_a_kind_whose_engines_are_switched_off_takes_no_jobs() -> None:
    EngineProfile.objects.update(is_enabled=False, is_default=False)
    with pytest.raises(EngineUnavailable):
        submit(UserFactory())


class TestIdempotency:
    def test_the_same_key_and_body_give_the_same_job(self) -> None:
        owner = UserFactory()
        first = submit(owner, idempotency_key="a", body_sha256="1")
        assert submit(owner, idempotency_key="a", body_sha256="1") == first
        assert Job.objects.count() == 1

    def test_the_same_key_with_another_body_is_refused(self) -> None:
        owner = UserFactory()
        submit(owner, idempotency_key="a", body_sha256="1")
        with pytest.raises(IdempotencyMismatch):
            submit(owner, idempotency_key="a", body_sha256="2")

    def test_keys_belong_to_their_owner(self) -> None:
        first = submit(UserFactory(), idempotency_key="a", body_sha256="1")
        assert submit(UserFactory(), idempotency_key="a", body_sha256="1") != first

    def test_a_submission_that_lost_the_race_gets_the_winners_job(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        owner = UserFactory()
        winner = submit(owner, idempotency_key="a", body_sha256="1")
        looks = iter([None])
        real = job_services._earlier
        monkeypatch.setattr(
            job_services, "_earlier", lambda *args: next(looks) if looks.__length_hint__() else real(*args)
        )
        assert submit(owner, idempotency_key="a", body_sha256="1") == winner
        assert Job.objects.count() == 1
        assert IdempotencyKey.objects.count() == 1


class TestCancelling:
    @pytest.mark.parametrize("state", [JobState.HELD, JobState.QUEUED, JobState.IN_REVIEW])
    def test_a_job_that_waits_ends_at_once(self, state: JobState) -> None:
        job = job_in(state)
        job = job_cancel(job=job, by=job.owner)
        assert (job.state, job.cancel_requested) == (JobState.CANCELLED, True)
        assert job.finished_at is not None

    @pytest.mark.parametrize("state", [JobState.RUNNING, JobState.CHECKING])
    def test_a_running_job_is_asked_to_stop(self, state: JobState) -> None:
        job = job_in(state)
        job = job_cancel(job=job, by=job.owner)
        assert (job.state, job.cancel_requested) == (state, True)

    @pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.REJECTED, JobState.FAILED])
    def test_a_job_that_is_over_cannot_be_cancelled(self, state: JobState) -> None:
        job = job_in(state)
        with pytest.raises(JobNotCancellable):
            job_cancel(job=job, by=job.owner)

    def test_cancelling_twice_changes_nothing(self) -> None:
        job = job_in(JobState.QUEUED)
        first = job_cancel(job=job, by=job.owner)
        assert job_cancel(job=job, by=job.owner).finished_at == first.finished_at

    def test_an_operator_may_cancel_anybodys_job(self) -> None:
        assert (
            job_cancel(job=job_in(JobState.QUEUED), by=user_with(roles.OPERATOR)).state == JobState.CANCELLED
        )

    def test_somebody_else_may_not(self) -> None:
        with pytest.raises(PermissionRefused):
            job_cancel(job=job_in(JobState.QUEUED), by=user_with(roles.APP))

    def test_results_that_wait_for_review_are_withheld_for_good(self) -> None:
        job = job_in(JobState.IN_REVIEW)
        job.artifacts.create(
            role="video", state=ArtifactState.IN_REVIEW, width=1, height=1, byte_size=1, mime="video/mp4"
        )
        job_cancel(job=job, by=job.owner)
        assert job.artifacts.get().state == ArtifactState.WITHHELD


class TestRetrying:
    @pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED, JobState.SUCCEEDED])
    def test_the_same_work_runs_again_with_the_same_seed(self, state: JobState) -> None:
        owner = UserFactory()
        job = submit(owner, params={"seed": 9})
        Job.objects.filter(pk=job.pk).update(state=state)
        job.refresh_from_db()
        again = job_retry(job=job, by=owner)
        assert again.pk != job.pk
        assert (again.params, again.seed, again.owner, again.state) == (job.params, 9, owner, JobState.QUEUED)

    def test_it_keeps_the_template_version_that_it_had(self) -> None:
        owner = UserFactory()
        job = submit(owner)
        earlier = job.template_version
        assert earlier is not None
        newer = version_of(earlier.template)
        TemplateVersion.objects.filter(pk=earlier.pk).update(state="retired")
        now = timezone.now()
        TemplateVersion.objects.filter(pk=newer.pk).update(
            state="published", cleared_at=now, published_at=now
        )
        DanceTemplate.objects.filter(pk=earlier.template_id).update(live_version=newer)
        Job.objects.filter(pk=job.pk).update(state=JobState.FAILED)
        again = job_retry(job=Job.objects.get(pk=job.pk), by=owner)
        assert again.template_version == earlier
        assert again.work_units == job.work_units

    def test_a_version_that_was_taken_down_is_not_used_again(self) -> None:
        job = job_in(JobState.FAILED)
        TemplateVersion.objects.filter(pk=job.template_version_id).update(state="rejected")
        with pytest.raises(TemplateNotFound):
            job_retry(job=Job.objects.get(pk=job.pk), by=job.owner)

    def test_an_erased_picture_is_not_used_again(self) -> None:
        job = job_in(JobState.FAILED)
        upload_erase(upload=job.inputs.get().upload)
        with pytest.raises(UploadUnusable):
            job_retry(job=job, by=job.owner)

    def test_a_job_that_still_runs_is_not_run_twice(self) -> None:
        job = job_in(JobState.RUNNING)
        with pytest.raises(JobNotRetryable):
            job_retry(job=job, by=job.owner)

    def test_somebody_else_may_not(self) -> None:
        with pytest.raises(PermissionRefused):
            job_retry(job=job_in(JobState.FAILED), by=UserFactory())


class TestReviewOfThePhoto:
    def test_accepting_it_queues_the_jobs_that_waited(self) -> None:
        owner = UserFactory()
        photo = UploadFactory(owner=owner, state=UploadState.IN_REVIEW)
        jobs = [submit(owner, photo=photo.pk) for _ in range(2)]
        upload_decide(upload_id=photo.pk, approved=True, reason_codes=[])
        assert set(Job.objects.values_list("state", flat=True)) == {JobState.QUEUED}
        assert len(jobs) == 2

    def test_refusing_it_rejects_the_jobs_that_waited(self) -> None:
        owner = UserFactory()
        photo = UploadFactory(owner=owner, state=UploadState.IN_REVIEW)
        job = submit(owner, photo=photo.pk)
        upload_decide(upload_id=photo.pk, approved=False, reason_codes=["sexual_nudity"])
        job.refresh_from_db()
        assert (job.state, job.reason_codes) == (JobState.REJECTED, ["sexual_nudity"])

    def test_deciding_twice_changes_nothing(self) -> None:
        owner = UserFactory()
        photo = UploadFactory(owner=owner, state=UploadState.IN_REVIEW)
        job = submit(owner, photo=photo.pk)
        for _ in range(2):
            upload_decide(upload_id=photo.pk, approved=True, reason_codes=[])
        job.refresh_from_db()
        assert job.state == JobState.QUEUED

    def test_a_decision_on_an_upload_that_is_gone_is_no_fault(self) -> None:
        upload_decide(upload_id=uuid.uuid4(), approved=True, reason_codes=[])
        assert not Job.objects.exists()

    def test_erasing_it_cancels_jobs_that_are_not_over(self) -> None:
        owner = UserFactory()
        photo = UploadFactory(owner=owner)
        waiting, done = submit(owner, photo=photo.pk), submit(owner, photo=photo.pk)
        Job.objects.filter(pk=done.pk).update(state=JobState.SUCCEEDED)
        upload_erase(upload=photo)
        states = dict(Job.objects.values_list("pk", "state"))
        assert states == {waiting.pk: JobState.CANCELLED, done.pk: JobState.SUCCEEDED}
