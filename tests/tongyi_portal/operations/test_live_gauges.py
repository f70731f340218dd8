"""What the database says of how things stand now."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from generation import selectors
from generation.models import WakeUp
from generation.states import JobState
from tests.factories.generation import JobFactory, job_in
from tests.factories.moderation import ReviewItemFactory
from tests.tongyi_portal.operations.scraped import scraped
from tongyi_portal.operations import live_gauges
from tongyi_portal.usage.services.load import load_sample, worker_busy, worker_seen

pytestmark = pytest.mark.django_db
GPU = ("worker_class", "gpu")
DANCE = ("kind", "dance_video")


@pytest.fixture(autouse=True)
def readable(settings: Any) -> None:
    settings.METRICS_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture(autouse=True)
def no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "_history", dict)


def test_an_empty_portal_has_every_series_that_scaling_and_alerts_ask_for() -> None:
    numbers = scraped()
    zeros = [
        ("portal_queue_work_seconds", GPU),
        ("portal_queue_oldest_seconds", DANCE, GPU),
        ("portal_queue_jobs", ("kind", "pose_extract"), GPU),
        ("portal_jobs", ("state", "running")),
        ("portal_webhooks_lag_seconds",),
        ("portal_reviews", ("state", "open")),
        ("portal_reviews_overdue",),
    ]
    assert {name: numbers[name] for name in zeros} == dict.fromkeys(zeros, 0.0)
    assert numbers[("portal_database_up",)] == 1


def test_the_queue_is_told_in_seconds_of_work() -> None:
    oldest = JobFactory(queued_at=timezone.now() - timedelta(seconds=90), work_units=2.0)
    JobFactory(work_units=4.0)
    job_in(JobState.RUNNING)
    numbers = scraped()
    kind = selectors.KINDS.get("dance_video")()
    expected = kind.estimate(2.0).seconds + kind.estimate(4.0).seconds
    assert numbers[("portal_queue_work_seconds", GPU)] == pytest.approx(expected)
    assert numbers[("portal_queue_jobs", DANCE, GPU)] == 2
    waited = (timezone.now() - oldest.queued_at).total_seconds()
    assert 90 <= numbers[("portal_queue_oldest_seconds", DANCE, GPU)] <= waited
    assert numbers[("portal_jobs", ("state", "running"))] == 1


def test_workers_and_clock_are_told() -> None:
    worker_seen(name="gpu@one", queue="gpu")
    worker_busy(name="gpu@two", queue="gpu", is_busy=True)
    worker_seen(name="light@one", queue="light")
    load_sample(queued=0, oldest_wait_ms=0, busy=0, now=timezone.now() - timedelta(minutes=5))
    numbers = scraped()
    assert numbers[("portal_workers", GPU)] == 2
    assert numbers[("portal_workers_busy", GPU)] == 1
    assert numbers[("portal_workers", ("worker_class", "light"))] == 1
    assert 300 <= numbers[("portal_clock_age_seconds",)] < 400


def test_reviews_that_are_late_are_told(settings: Any) -> None:
    settings.QUEUE_COUNTS_SECONDS = 0
    ReviewItemFactory(due_at=timezone.now() - timedelta(hours=1))
    ReviewItemFactory()
    numbers = scraped()
    assert numbers[("portal_reviews", ("state", "open"))] == 2
    assert numbers[("portal_reviews_overdue",)] == 1
    assert 3600 <= numbers[("portal_reviews_late_seconds",)] < 3700


def test_a_database_that_does_not_answer_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> Any:
        raise OperationalError

    monkeypatch.setattr(live_gauges, "queue_load", gone)
    numbers = scraped()
    assert numbers[("portal_database_up",)] == 0
    assert not [name for name, *_labels in numbers if name.startswith("portal_queue")]


def test_wake_ups_that_were_not_sent_and_dead_letters_are_told() -> None:
    late = timezone.now() - timedelta(seconds=50)
    job = JobFactory()
    WakeUp.objects.update_or_create(job=job, defaults={"due_at": late, "sent_at": None})
    job_in(JobState.FAILED, finished_at=late, dead_at=late)
    numbers = scraped()
    assert 50 <= numbers[("portal_wake_ups_lag_seconds",)] < 100
    assert numbers[("portal_dead_letters",)] == 1
