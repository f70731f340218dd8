"""Celery workers show themselves: a side thread says that they are there, their tasks when they are busy."""

import logging
import threading
from typing import Any

from celery import signals
from django.db import DatabaseError, connection

from tongyi_portal.usage.services.load import QUEUE, worker_busy, worker_gone, worker_seen

logger = logging.getLogger(__name__)
BEAT_SECONDS = 15.0
_stop = threading.Event()


def connect() -> None:
    """Called once in AppConfig.ready; only a worker ever sends these signals."""
    signals.worker_ready.connect(_at_start, dispatch_uid="usage.worker_ready")
    signals.worker_shutting_down.connect(_at_end, dispatch_uid="usage.worker_shutting_down")
    signals.task_prerun.connect(_before, dispatch_uid="usage.task_prerun")
    signals.task_postrun.connect(_after, dispatch_uid="usage.task_postrun")


def _at_start(sender: Any, **_signal: Any) -> None:
    """`sender`: the consumer of a worker's main process, which lives on while a child works or is killed."""
    queues = ",".join(sorted(sender.app.amqp.queues.consume_from))
    name = str(sender.hostname)
    _stop.clear()
    threading.Thread(target=_beat, args=(name, queues), name=f"beat-{name}", daemon=True).start()


def _at_end(**_signal: Any) -> None:
    _stop.set()


def _beat(name: str, queue: str) -> None:
    """A fault of the database must not end the thread: the worker goes on as well."""
    try:
        _told(
            worker_busy, name=name, queue=queue, is_busy=False
        )  # whatever it did before it was started anew
        while not _stop.wait(BEAT_SECONDS):
            _told(worker_seen, name=name, queue=queue)
        _told(worker_gone, name=name)
    finally:
        connection.close()


def _before(task: Any, **_signal: Any) -> None:
    _busy(task, is_busy=True)


def _after(task: Any, **_signal: Any) -> None:
    _busy(task, is_busy=False)


def _busy(task: Any, *, is_busy: bool) -> None:
    request = task.request
    queue = (request.delivery_info or {}).get("routing_key", "")
    if queue == QUEUE and request.hostname and not request.is_eager:
        _told(worker_busy, name=request.hostname, queue=queue, is_busy=is_busy)


def _told(tell: Any, **what: Any) -> None:
    """What a worker says of itself never stops its work."""
    try:
        tell(**what)
    except DatabaseError:
        logger.exception("worker not shown", extra={"worker": what["name"]})
