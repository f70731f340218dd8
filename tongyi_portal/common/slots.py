"""slot_held: a place among a few in this process, for work that takes much memory or time."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tongyi_portal.common.errors import AppError

logger = logging.getLogger(__name__)


@contextmanager
def slot_held(
    slots: threading.BoundedSemaphore, *, wait_seconds: float, busy: type[AppError]
) -> Iterator[None]:
    """Hold one of the slots, after a wait of `wait_seconds` at most. Raises `busy`."""
    if not slots.acquire(timeout=wait_seconds):
        logger.warning("no slot is free", extra={"code": busy.code})
        raise busy()
    try:
        yield
    finally:
        slots.release()
