"""enqueue(task name, id): the only way to start a task; sends on commit, ids only."""

import logging
import uuid
from collections.abc import Callable

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue(task_name: str, row_id: uuid.UUID | str, *, sent: Callable[[], object] = lambda: None) -> None:
    """Send the registered task once the current transaction is committed.

    The message is only a wake-up: when the broker cannot be reached the fault is logged and the reconciler
    sends it again. sent: called once the broker has it. Raises celery.exceptions.NotRegistered at once for a
    name that no task has.
    """
    if task_name not in current_app.tasks:
        current_app.loader.import_default_modules()  # a web process has not imported any task module yet
    task = current_app.tasks[task_name]

    def send() -> None:
        try:
            task.apply_async(args=(str(row_id),))
        except (OperationalError, OSError):
            logger.exception("wake-up not sent", extra={"task": task_name, "row_id": str(row_id)})
        else:
            sent()

    transaction.on_commit(send)
