"""Starting tasks by name."""

import uuid
from typing import Any

import pytest
from celery import current_app
from celery.exceptions import NotRegistered
from django.db import transaction
from django.test import TestCase
from kombu.exceptions import OperationalError

from tongyi_portal.common.queue import enqueue

TASK = "generation.tasks.gpu.run_job"
pytestmark = pytest.mark.django_db


def test_a_task_that_nobody_registered_is_an_error_at_once() -> None:
    with pytest.raises(NotRegistered):
        enqueue("generation.tasks.gpu.no_such_task", uuid.uuid4())


def test_nothing_is_sent_before_the_commit_nor_after_a_rollback() -> None:
    with TestCase.captureOnCommitCallbacks() as callbacks:
        enqueue(TASK, uuid.uuid4())
        with transaction.atomic():
            enqueue(TASK, uuid.uuid4())
            transaction.set_rollback(True)
    assert len(callbacks) == 1


def test_a_broker_that_cannot_be_reached_does_not_fail_the_request(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unreachable(**_kwargs: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(current_app.tasks[TASK], "apply_async", unreachable)
    with TestCase.captureOnCommitCallbacks(execute=True):
        enqueue(TASK, uuid.uuid4())
    assert "wake-up not sent" in caplog.text
