"""Workers show themselves, and each minute the queue is written down."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from tongyi_portal.usage import worker_signals
from tongyi_portal.usage.models import LoadSample, WorkerBeat
from tongyi_portal.usage.services.load import load_sample, worker_busy, worker_gone, worker_seen

pytestmark = pytest.mark.django_db


def sample(**fields: Any) -> LoadSample:
    return load_sample(**{"queued": 3, "oldest_wait_ms": 5, "busy": 1} | fields)


def task(queue: str = "gpu", *, is_eager: bool = False) -> Any:
    request = SimpleNamespace(hostname="gpu@host", delivery_info={"routing_key": queue}, is_eager=is_eager)
    return SimpleNamespace(request=request)


def test_a_minute_has_one_sample_with_the_workers_that_were_seen() -> None:
    worker_seen(name="gpu@one", queue="gpu")
    worker_seen(name="light@one", queue="light")
    worker_seen(name="gpu@gone", queue="gpu")
    WorkerBeat.objects.filter(name="gpu@gone").update(seen_at=timezone.now() - timedelta(minutes=2))
    now = timezone.now().replace(second=5)
    sample(now=now)
    sample(now=now + timedelta(seconds=10), queued=4)
    stored = LoadSample.objects.get()
    assert (stored.queued, stored.workers, stored.busy) == (4, 1, 1)
    assert (stored.at.second, stored.at.microsecond) == (0, 0)


def test_a_worker_is_busy_while_a_task_of_the_gpu_queue_runs() -> None:
    worker_signals._before(task=task())
    assert WorkerBeat.objects.get(name="gpu@host").busy_since is not None
    worker_seen(name="gpu@host", queue="gpu")
    assert WorkerBeat.objects.get(name="gpu@host").busy_since is not None
    worker_signals._after(task=task())
    assert WorkerBeat.objects.get(name="gpu@host").busy_since is None


def test_other_queues_and_tasks_without_a_worker_say_nothing() -> None:
    worker_signals._before(task=task("light"))
    worker_signals._before(task=task(is_eager=True))
    assert not WorkerBeat.objects.exists()


def test_a_database_that_cannot_be_reached_stops_no_worker(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(**_what: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(worker_signals, "worker_busy", gone)
    worker_signals._before(task=task())
    assert "worker not shown" in caplog.text


def test_a_worker_that_ends_is_forgotten_and_one_that_was_killed_after_a_day() -> None:
    worker_busy(name="gpu@one", queue="gpu", is_busy=True)
    worker_gone(name="gpu@one")
    assert not WorkerBeat.objects.exists()
    worker_seen(name="gpu@killed", queue="gpu")
    WorkerBeat.objects.update(seen_at=timezone.now() - timedelta(days=2))
    sample()
    assert not WorkerBeat.objects.exists()
