"""A task that leaves a trace outside its process, for tests with real brokers."""

from pathlib import Path

from celery import shared_task


@shared_task(name="tests.tasks.light.touch")
def touch(path: str) -> None:
    Path(path).touch()
