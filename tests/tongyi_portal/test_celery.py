"""The clock starts nothing that is not there."""

from celery import current_app
from django.conf import settings


def test_every_task_of_the_clock_exists_and_goes_to_the_light_queue() -> None:
    current_app.loader.import_default_modules()
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert len(names) >= 6
    assert names - set(current_app.tasks) == set()
    assert {name for name in names if ".tasks.light." not in name} == set()
