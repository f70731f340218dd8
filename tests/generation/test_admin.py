"""What the console's pages of jobs say."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.utils import timezone

from generation.admin.jobs import JobAdmin
from generation.models import Job
from generation.states import JobState
from tests.factories.generation import job_in

pytestmark = pytest.mark.django_db


def test_the_run_time_of_a_job_is_the_workers_without_the_review() -> None:
    now = timezone.now()
    job = job_in(
        JobState.SUCCEEDED,
        photo=False,
        started_at=now - timedelta(days=2),
        finished_at=now,
        work_seconds=12.34,
    )
    page = JobAdmin(Job, admin.site)
    assert page.ran(job) == "12.3"
    assert page.ran(job_in(JobState.FAILED, photo=False, started_at=now, finished_at=now)) == "–"
