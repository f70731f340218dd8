"""A trace goes from the request to the task that it starts, in another thread or process."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tongyi_portal.operations import middleware, tracing

JOB = "11111111-0000-4000-8000-000000000000"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    monkeypatch.setattr(tracing, "_tracer", None)  # and again at the end
    exporter = InMemorySpanExporter()
    tracing.install_with(SimpleSpanProcessor(exporter))
    yield exporter
    for signal, receiver in (
        (tracing.signals.before_task_publish, "operations.trace_sent"),
        (tracing.signals.task_prerun, "operations.trace_begun"),
        (tracing.signals.task_failure, "operations.trace_failed"),
        (tracing.signals.task_postrun, "operations.trace_done"),
        (tracing.signals.worker_process_shutdown, "operations.trace_flushed"),
    ):
        signal.disconnect(dispatch_uid=receiver)


@pytest.mark.django_db
def test_a_request_is_a_span_without_its_parameters(spans: InMemorySpanExporter) -> None:
    Client().get(f"/api/v1/jobs/{JOB}?token=secret")
    (span,) = spans.get_finished_spans()
    assert span.name == "GET /api/v1/jobs/<uuid:job_id>"
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/api/v1/jobs/<uuid:job_id>",
        "http.response.status_code": 401,
    }


def test_probes_are_not_traced(spans: InMemorySpanExporter) -> None:
    Client().get("/healthz")
    assert spans.get_finished_spans() == ()


@pytest.mark.parametrize("fails", [False, True])
def test_a_task_belongs_to_the_trace_of_its_request(spans: InMemorySpanExporter, fails: bool) -> None:
    app = Celery(f"traced-{fails}", broker="memory://", backend="cache+memory://", set_as_current=False)

    @app.task(name=f"traced-{fails}")
    def work(_row_id: str) -> None:
        if fails:
            raise ValueError("secret")

    with tracing.request_traced("POST") as tell:
        sent = work.apply_async(args=(JOB,))
        tell("/api/v1/jobs", 201)
    alone = work.apply_async(args=(JOB,))  # as the clock does it
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=60):
        sent.get(timeout=60, propagate=False, disable_sync_subtasks=False)
        alone.get(timeout=60, propagate=False, disable_sync_subtasks=False)
    request, task = spans.get_finished_spans()
    assert (request.name, task.name) == ("POST /api/v1/jobs", f"traced-{fails}")
    assert task.parent is not None
    assert (task.parent.span_id, task.context.trace_id) == (request.context.span_id, request.context.trace_id)
    assert task.status.description == ("ValueError" if fails else None)
    assert dict(task.attributes or {}) == {"portal.row_id": JOB}


def test_without_a_collector_nothing_is_traced(settings: Any) -> None:
    tracing.install()
    assert tracing._tracer is None
    with middleware.request_traced("GET") as tell:
        tell("/", 200)


def test_a_collector_without_the_extra_is_a_plain_fault(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRACES_ENDPOINT = "http://127.0.0.1:4318/v1/traces"
    monkeypatch.setitem(tracing.__dict__["__builtins__"], "__import__", _refusing)
    with pytest.raises(ImproperlyConfigured, match="traces"):
        tracing.install()


def _refusing(name: str, *arguments: Any, **named: Any) -> Any:
    if name.startswith("opentelemetry"):
        raise ImportError(name)
    return _import(name, *arguments, **named)


_import = __import__
