"""The outbox: written with the job, sent on commit and again when nobody came, gone by the claim."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import TestCase
from django.utils import timezone
from kombu.exceptions import OperationalError

from generation.models import Job, WakeUp
from generation.services import wake_ups
from generation.services.jobs import job_cancel
from generation.services.leases import job_claim
from generation.services.wake_ups import wake_another, wake_up_write, wake_ups_relay
from generation.states import JobState
from generation.tasks import gpu
from tests.factories.generation import JobFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the broker was given; nobody works on it."""
    given: list[str] = []
    monkeypatch.setattr(gpu.run_job, "apply_async", lambda args, **_options: given.append(args[0]))
    return given


def queued(count: int = 1, **fields: Any) -> list[Job]:
    """Jobs that wait with a wake-up that was written but not yet sent."""
    jobs = [JobFactory(photo=False, **fields) for _ in range(count)]
    for job in jobs:
        wake_up_write(job)
    return jobs


def test_it_is_sent_on_commit_and_says_so(sent: list[str]) -> None:
    with TestCase.captureOnCommitCallbacks(execute=True):
        [job] = queued()
        assert sent == []
    assert sent == [str(job.pk)]
    assert job.wake_up.sent_at is None
    assert WakeUp.objects.get().sent_at is not None


def test_neither_job_nor_wake_up_stays_of_a_transaction_that_is_rolled_back(sent: list[str]) -> None:
    with TestCase.captureOnCommitCallbacks(execute=True), transaction.atomic():
        queued()
        transaction.set_rollback(True)
    assert (Job.objects.count(), WakeUp.objects.count(), sent) == (0, 0, [])


def test_one_that_the_broker_refused_is_sent_by_the_next_sweep(
    monkeypatch: pytest.MonkeyPatch, sent: list[str]
) -> None:
    def unreachable(**_options: Any) -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as broken:
        broken.setattr(gpu.run_job, "apply_async", unreachable)
        with TestCase.captureOnCommitCallbacks(execute=True):
            [job] = queued()
    assert WakeUp.objects.get().sent_at is None
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert wake_ups_relay() == 1
    assert sent == [str(job.pk)]


def test_the_claim_takes_it(sent: list[str]) -> None:
    [job] = queued()
    assert job_claim(job_id=job.pk) is not None
    assert not WakeUp.objects.exists()


def test_only_the_head_of_those_that_nobody_took_is_sent_again(sent: list[str], settings: Any) -> None:
    jobs = queued(wake_ups.HEAD_OF_QUEUE + 2)
    long_ago = timezone.now() - timedelta(seconds=settings.JOB_WAKE_AGAIN_SECONDS + 1)
    for number, job in enumerate(jobs):
        due_at = long_ago + timedelta(seconds=number / 10)
        WakeUp.objects.filter(job=job).update(due_at=due_at, sent_at=long_ago)
    for expected in (wake_ups.HEAD_OF_QUEUE, 0):
        sent.clear()
        with TestCase.captureOnCommitCallbacks(execute=True):
            wake_ups_relay()
        assert sent == [str(job.pk) for job in jobs[:expected]]


def test_a_paused_job_is_woken_for_when_it_is_due(sent: list[str]) -> None:
    [job] = queued()
    WakeUp.objects.all().delete()
    with TestCase.captureOnCommitCallbacks(execute=True):
        wake_up_write(job, due_at=timezone.now() + timedelta(seconds=30))
        wake_ups_relay()
    assert sent == []
    WakeUp.objects.update(due_at=timezone.now())
    with TestCase.captureOnCommitCallbacks(execute=True):
        wake_ups_relay()
    assert sent == [str(job.pk)]


def test_a_queued_job_without_one_gets_it_and_a_job_that_no_longer_waits_loses_it(sent: list[str]) -> None:
    silent = JobFactory(photo=False)
    [cancelled] = queued()
    job_cancel(job=cancelled, by=cancelled.owner)
    wake_ups_relay()
    assert [row.job_id for row in WakeUp.objects.all()] == [silent.pk]


def test_a_worker_that_is_done_wakes_one_while_jobs_wait(sent: list[str]) -> None:
    with TestCase.captureOnCommitCallbacks(execute=True):
        wake_another()
        assert sent == []
        first, _second = queued(2)
        sent.clear()
    sent.clear()
    with TestCase.captureOnCommitCallbacks(execute=True):
        wake_another()
    assert sent == [str(first.pk)]


def test_a_cancelled_job_is_not_taken_by_its_late_message() -> None:
    [job] = queued()
    job_cancel(job=job, by=job.owner)
    assert job_claim(job_id=job.pk) is None
    assert Job.objects.get().state == JobState.CANCELLED
