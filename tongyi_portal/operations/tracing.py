"""Traces from a request to the tasks that it starts (OpenTelemetry), where TRACES_ENDPOINT names a collector.

A trace holds routes, statuses, names of tasks and ids of rows; no addresses, parameters or texts. What the
clock starts is not traced, and what a caller says of a trace of its own is not believed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from celery import signals
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Tell = Callable[[str, int], None]
_tracer: Any = None
_open: dict[str, tuple[Any, Any]] = {}  # span and token of each task that runs in this process, by task id


def install() -> None:
    """Send spans to TRACES_ENDPOINT, if there is one. Raises ImproperlyConfigured without the extra."""
    if not settings.TRACES_ENDPOINT:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as fault:
        raise ImproperlyConfigured(
            "TRACES_ENDPOINT needs more packages: pip install 'tongyi-portal[traces]'."
        ) from fault
    install_with(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.TRACES_ENDPOINT)))


def install_with(processor: Any) -> None:
    """Trace TRACES_PERCENT of the requests, and give the spans to `processor`."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

    global _tracer
    provider = TracerProvider(
        resource=Resource.create({"service.name": "tongyi-portal"}),
        sampler=ParentBasedTraceIdRatio(settings.TRACES_PERCENT / 100),
    )
    provider.add_span_processor(processor)
    _tracer = provider.get_tracer("tongyi_portal")
    signals.before_task_publish.connect(_sent, dispatch_uid="operations.trace_sent")
    signals.task_prerun.connect(_begun, dispatch_uid="operations.trace_begun")
    signals.task_failure.connect(_failed, dispatch_uid="operations.trace_failed")
    signals.task_postrun.connect(_done, dispatch_uid="operations.trace_done")
    signals.worker_process_shutdown.connect(
        lambda **_signal: provider.force_flush(), weak=False, dispatch_uid="operations.trace_flushed"
    )


@contextmanager
def request_traced(method: str) -> Iterator[Tell]:
    """A span around one request; call what it yields with route and status once they are known."""
    if _tracer is None:
        yield lambda _route, _status: None
        return
    from opentelemetry.trace import SpanKind, StatusCode

    with _tracer.start_as_current_span(method, kind=SpanKind.SERVER) as span:

        def tell(route: str, status: int) -> None:
            span.update_name(f"{method} {route}")
            span.set_attributes(
                {"http.request.method": method, "http.route": route, "http.response.status_code": status}
            )
            if status >= 500:
                span.set_status(StatusCode.ERROR)

        yield tell


def _sent(headers: dict[str, Any], **_signal: Any) -> None:
    from opentelemetry.propagate import inject

    inject(headers)


def _begun(task_id: str, task: Any, args: Any, **_signal: Any) -> None:
    from opentelemetry import context, trace
    from opentelemetry.propagate import extract

    parent = task.request.get("traceparent")
    if task.request.is_eager or not parent:
        return
    span = _tracer.start_span(
        task.name,
        context=extract({"traceparent": parent}),
        kind=trace.SpanKind.CONSUMER,
        attributes={"portal.row_id": str(args[0]) if args else ""},
    )
    _open[task_id] = span, context.attach(trace.set_span_in_context(span))


def _failed(task_id: str, exception: BaseException, **_signal: Any) -> None:
    from opentelemetry.trace import StatusCode

    if task_id in _open:
        _open[task_id][0].set_status(StatusCode.ERROR, type(exception).__name__)


def _done(task_id: str, **_signal: Any) -> None:
    from opentelemetry import context

    if task_id in _open:
        span, token = _open.pop(task_id)
        context.detach(token)
        span.end()
