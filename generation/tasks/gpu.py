"""Tasks of the gpu queue: where engines run."""

from typing import Any

from celery import shared_task

from generation import runner
from generation.services.wake_ups import wake_another


@shared_task(bind=True)
def run_job(self: Any, _job_id: str) -> None:
    """Do the next job of the queue, whichever it is. Safe to run at any time, and more often than needed."""
    is_eager = self.request.is_eager
    if runner.run_next(may_kill=not is_eager) is not None and not is_eager:
        wake_another()
