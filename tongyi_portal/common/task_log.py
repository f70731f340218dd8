"""What the log lines of a worker carry: the request that led to the task, and the job it works on.

A message is only a wake-up, so a worker may take another job than the one it was sent for; the lines of that
job then do not carry the request's id.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from celery import signals

from tongyi_portal.common.request_id import current_request_id

current_job_id: ContextVar[str] = ContextVar("current_job_id", default="")
HEADER = "portal_request_id"
_row_of_message: ContextVar[str] = ContextVar("row_of_message", default="")


def connect() -> None:
    """Called once in AppConfig.ready."""
    signals.before_task_publish.connect(_sent, dispatch_uid="common.request_sent")
    signals.task_prerun.connect(_begun, dispatch_uid="common.request_taken")
    signals.task_postrun.connect(_done, dispatch_uid="common.request_left")


@contextmanager
def job_logged(job_id: object) -> Iterator[None]:
    """Log lines within the block carry the job's id."""
    job = current_job_id.set(str(job_id))
    meant = _row_of_message.get() in {"", str(job_id)}
    request = current_request_id.set(current_request_id.get() if meant else "")
    try:
        yield
    finally:
        current_request_id.reset(request)
        current_job_id.reset(job)


def _sent(headers: dict[str, Any], **_signal: Any) -> None:
    if request_id := current_request_id.get():
        headers[HEADER] = request_id


def _begun(task: Any, args: Any, **_signal: Any) -> None:
    if not task.request.is_eager:  # that one runs inside the request
        current_request_id.set(task.request.get(HEADER) or "")
        _row_of_message.set(str(args[0]) if args else "")


def _done(task: Any, **_signal: Any) -> None:
    if not task.request.is_eager:
        current_request_id.set("")
        _row_of_message.set("")
