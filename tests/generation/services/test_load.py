"""What the queue of jobs looks like each minute."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.states import JobState
from generation.tasks.light import sample_load
from tests.factories.generation import JobFactory, job_in
from tongyi_portal.usage.models import LoadSample

pytestmark = pytest.mark.django_db


def test_an_empty_queue_has_no_wait() -> None:
    sample_load()
    sample = LoadSample.objects.get()
    assert (sample.queued, sample.oldest_wait_ms, sample.busy) == (0, 0, 0)


def test_waiting_jobs_and_jobs_that_a_living_worker_holds_are_counted() -> None:
    now = timezone.now()
    JobFactory(queued_at=now - timedelta(seconds=90))
    JobFactory()
    job_in(JobState.RUNNING)
    job_in(JobState.RUNNING, lease_until=now - timedelta(seconds=1))
    sample_load()
    sample = LoadSample.objects.get()
    assert (sample.queued, sample.busy) == (2, 1)
    assert 90_000 <= sample.oldest_wait_ms < 150_000
