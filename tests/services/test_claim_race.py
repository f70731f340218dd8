"""Many workers reach for one job at the same moment: one gets it. Runs on SQLite, and again on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from generation.models import Job
from generation.services.leases import job_claim
from generation.states import JobState
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory

WORKERS = 8


@pytest.mark.django_db(transaction=True)
def test_one_of_many_workers_gets_the_job() -> None:
    job = JobFactory()
    together = Barrier(WORKERS)

    def reach() -> Job | None:
        try:
            together.wait(timeout=30)
            return job_claim(job_id=job.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        claims = [claim.result() for claim in [pool.submit(reach) for _ in range(WORKERS)]]
    winners = [claim for claim in claims if claim is not None]
    assert len(winners) == 1
    job.refresh_from_db()
    assert (job.attempt, job.lease_token) == (1, winners[0].lease_token)


@pytest.mark.django_db(transaction=True)
def test_an_account_never_has_more_jobs_in_work_than_it_may() -> None:
    """Each worker reaches for another job of the account, so that no row of a job stops them."""
    person = UserFactory()
    jobs = [JobFactory(owner=person, photo=False) for _ in range(WORKERS)]
    together = Barrier(WORKERS)

    def reach(job: Job) -> Job | None:
        try:
            together.wait(timeout=30)
            return job_claim(job_id=job.pk, account_limit=2)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(reach, jobs))
    assert Job.objects.filter(owner=person, state=JobState.RUNNING).count() == 2
