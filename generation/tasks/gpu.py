"""Tasks of the gpu queue: where engines run."""

import uuid

from celery import shared_task

from generation import runner


@shared_task
def run_job(job_id: str) -> None:
    """Do one job. Safe to run twice."""
    runner.run_job(uuid.UUID(job_id))
