"""The id of a request goes with the tasks that it starts, and the lines of a job carry both ids."""

import json
import logging
from typing import Any

import pytest
from celery import Celery, signals
from celery.contrib.testing.worker import start_worker

from tongyi_portal.common.json_logs import JsonFormatter
from tongyi_portal.common.request_id import current_request_id
from tongyi_portal.common.task_log import HEADER, job_logged

JOB = "11111111-0000-4000-8000-000000000000"
OTHER = "22222222-0000-4000-8000-000000000000"


def line(message: str) -> dict[str, Any]:
    record = logging.makeLogRecord({"msg": message, "name": "test"})
    return dict(json.loads(JsonFormatter().format(record)))


@pytest.mark.parametrize(("worked_on", "told"), [(JOB, "request-12345"), (OTHER, None)])
def test_a_worker_says_which_request_led_to_the_job(worked_on: str, told: str | None) -> None:
    app = Celery(f"test-{told}", broker="memory://", backend="cache+memory://", set_as_current=False)
    lines: list[dict[str, Any]] = []

    @app.task(name=f"work-{told}")
    def work(_row_id: str) -> None:
        with job_logged(worked_on):
            lines.append(line("within"))
        lines.append(line("after"))

    mark = current_request_id.set("request-12345")
    try:
        sent = work.apply_async(args=(JOB,))
        current_request_id.set("")
        with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=60):
            sent.get(timeout=60, disable_sync_subtasks=False)
    finally:
        current_request_id.reset(mark)
    within, after = lines
    assert (within.get("request_id"), within["job_id"]) == (told, worked_on)
    assert (after.get("request_id"), after.get("job_id")) == ("request-12345", None)


def test_a_task_without_a_request_sends_none() -> None:
    app = Celery("test", broker="memory://", set_as_current=False)
    sent: list[dict[str, Any]] = []

    @app.task(name="work-of-nobody")
    def work() -> None:
        pass

    def look(headers: dict[str, Any], **_signal: Any) -> None:
        sent.append(headers)

    signals.before_task_publish.connect(look)
    try:
        work.apply_async()
    finally:
        signals.before_task_publish.disconnect(look)
    assert len(sent) == 1
    assert HEADER not in sent[0]
