"""Leases: claim, heartbeat, loss, and what the sweep does with jobs whose worker is gone."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import TestCase
from django.utils import timezone

from generation.engines.base import JobCancelled, Progress
from generation.errors import LeaseLost
from generation.models import Job
from generation.services import leases
from generation.services.jobs import job_cancel
from generation.services.leases import Lease, job_claim, jobs_requeue_lost
from generation.states import JobState
from tests.factories.engines import PlainEngine
from tests.factories.generation import JobFactory, job_in
from tongyi_portal.common import storage

pytestmark = pytest.mark.django_db
PAST = timedelta(seconds=-1)


def claimed() -> Job:
    job = job_claim(job_id=JobFactory().pk)
    assert job is not None
    return job


def no_storage(*_given: Any) -> list[str]:
    raise storage.StorageUnavailable


def expired(**fields: Any) -> Job:
    return job_in(fields.pop("state", JobState.RUNNING), lease_until=timezone.now() + PAST, **fields)


def test_a_claim_counts_the_attempt_and_takes_a_lease() -> None:
    job = claimed()
    assert (job.state, job.attempt, len(job.lease_token)) == (JobState.RUNNING, 1, 32)
    assert job.lease_until is not None
    assert job.lease_until > timezone.now()


@pytest.mark.parametrize("state", [state for state in JobState if state != JobState.QUEUED])
def test_only_a_queued_job_can_be_claimed(state: JobState) -> None:
    assert job_claim(job_id=job_in(state).pk) is None


def test_a_claimed_job_cannot_be_claimed_again() -> None:
    job = claimed()
    assert job_claim(job_id=job.pk) is None
    assert Job.objects.get(pk=job.pk).lease_token == job.lease_token


def test_progress_is_written_at_most_once_a_second_and_scaled_to_the_whole_job() -> None:
    job = claimed()
    with Lease(job) as lease:
        lease.report(Progress("render", 0.5))
        lease.report(Progress("render", 0.9))
    job.refresh_from_db()
    assert (job.stage, job.progress) == ("render", pytest.approx(0.45))


def test_a_report_of_a_cancelled_job_stops_the_engine() -> None:
    job = claimed()
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    with Lease(job) as lease, pytest.raises(JobCancelled):
        lease.report(Progress("render", 0.5))


def test_a_report_of_a_job_that_another_worker_took_stops_the_engine() -> None:
    job = claimed()
    Job.objects.filter(pk=job.pk).update(lease_token="another")
    with Lease(job) as lease, pytest.raises(LeaseLost):
        lease.report(Progress("render", 0.5))


def test_no_write_goes_through_without_the_lease() -> None:
    job = claimed()
    Job.objects.filter(pk=job.pk).update(lease_token="another")
    with Lease(job) as lease:
        for write in (
            lambda: lease.move(JobState.CHECKING),
            lambda: lease.fail("engine_failed", "…"),
            lambda: lease.cancelled(),
            lambda: lease.give_back("storage_failed", "…"),
        ):
            with pytest.raises(LeaseLost):
                write()
    assert Job.objects.get(pk=job.pk).state == JobState.RUNNING


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_extends_the_lease_from_its_own_thread(settings: Any) -> None:
    settings.JOB_HEARTBEAT_SECONDS = 0.05
    job = claimed()
    before = job.lease_until
    with Lease(job):
        assert wait_until(lambda: Job.objects.get(pk=job.pk).lease_until != before)
    assert Job.objects.get(pk=job.pk).state == JobState.RUNNING


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_notices_that_the_lease_is_lost(settings: Any) -> None:
    settings.JOB_HEARTBEAT_SECONDS = 0.05
    job = claimed()
    with Lease(job) as lease:
        Job.objects.filter(pk=job.pk).update(lease_token="another")
        assert wait_until(lease._lost.is_set)
        with pytest.raises(LeaseLost):
            lease.report(Progress("render", 0.5))


def wait_until(claim: Any, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if claim():
            return True
        time.sleep(0.02)
    return False


class TestRequeueing:
    @pytest.mark.parametrize("state", [JobState.RUNNING, JobState.CHECKING])
    def test_a_job_whose_lease_ran_out_is_queued_again_at_its_old_place(self, state: JobState) -> None:
        job = expired(state=state, progress=0.4)
        assert jobs_requeue_lost() == 1
        again = Job.objects.get(pk=job.pk)
        assert (again.state, again.lease_token, again.progress) == (JobState.QUEUED, "", 0.0)
        assert (again.queued_at, again.attempt) == (job.queued_at, 1)

    def test_its_worker_is_woken_and_it_ends(self, engine: PlainEngine, colour_scanner: None) -> None:
        job = expired()
        with TestCase.captureOnCommitCallbacks(execute=True):
            jobs_requeue_lost()
        job.refresh_from_db()
        assert (job.state, job.attempt) == (JobState.SUCCEEDED, 2)

    def test_a_job_in_a_live_workers_hand_is_left_alone(self) -> None:
        job = job_in(JobState.RUNNING)
        assert jobs_requeue_lost() == 0
        assert Job.objects.get(pk=job.pk).state == JobState.RUNNING

    def test_the_last_attempt_ends_in_failure(self, settings: Any) -> None:
        job = expired(attempt=settings.JOB_MAX_ATTEMPTS)
        jobs_requeue_lost()
        job.refresh_from_db()
        assert (job.state, job.error_code) == (JobState.FAILED, "attempts_exhausted")
        assert job.finished_at is not None

    def test_files_of_lost_attempts_go_when_the_job_ends(self, settings: Any) -> None:
        job = expired(attempt=settings.JOB_MAX_ATTEMPTS)
        key = storage.output_key(job.pk, "lost", "video", "video/mp4")
        storage.store_bytes(storage.OUTPUTS, key, b"half a video")
        with TestCase.captureOnCommitCallbacks(execute=True):
            jobs_requeue_lost()
        assert storage.keys_below(storage.OUTPUTS, storage.output_folder(job.pk)) == []

    def test_a_job_that_was_cancelled_in_a_lost_workers_hand_is_cancelled(self) -> None:
        job = expired(cancel_requested=True)
        jobs_requeue_lost()
        assert Job.objects.get(pk=job.pk).state == JobState.CANCELLED

    @pytest.mark.parametrize(
        ("reason_codes", "end"), [([], JobState.CANCELLED), (["sexual_nudity"], JobState.REJECTED)]
    )
    def test_a_cancelled_job_that_its_worker_gives_back_ends(
        self, reason_codes: list[str], end: JobState
    ) -> None:
        job = claimed()
        Job.objects.filter(pk=job.pk).update(cancel_requested=True, reason_codes=reason_codes)
        with Lease(job) as lease:
            lease.give_back("surroundings_failed", "The disk is full.")
        job = Job.objects.get(pk=job.pk)
        assert (job.state, job.lease_token) == (end, "")
        assert job.finished_at is not None

    def test_a_job_that_is_cancelled_while_the_sweep_goes_on_is_not_queued_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = expired(), expired()
        real = leases._recover

        def recover(job: Job) -> bool:
            if job.pk == first.pk:
                job_cancel(job=second, by=second.owner)
            return real(job)

        monkeypatch.setattr(leases, "_recover", recover)
        assert jobs_requeue_lost() == 2
        assert Job.objects.get(pk=second.pk).state == JobState.CANCELLED

    def test_a_storage_that_fails_keeps_no_lost_job_from_ending(
        self, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        jobs = [expired(attempt=settings.JOB_MAX_ATTEMPTS) for _ in range(2)]
        monkeypatch.setattr(storage, "keys_below", no_storage)
        with TestCase.captureOnCommitCallbacks(execute=True):
            assert jobs_requeue_lost() == 2
        assert {Job.objects.get(pk=job.pk).state for job in jobs} == {JobState.FAILED}

    def test_one_lost_job_that_cannot_be_written_does_not_stop_the_sweep(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = expired(), expired()
        real = leases._recover

        def recover(job: Job) -> bool:
            if job.pk == first.pk:
                raise OperationalError("deadlock detected")
            return real(job)

        monkeypatch.setattr(leases, "_recover", recover)
        assert jobs_requeue_lost() == 1
        assert Job.objects.get(pk=second.pk).state == JobState.QUEUED

    def test_sweeping_twice_changes_nothing(self) -> None:
        expired()
        assert [jobs_requeue_lost(), jobs_requeue_lost()] == [1, 0]
