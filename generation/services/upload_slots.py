"""upload_slot: how many pictures one process decodes and scans at the same time."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings

from generation.errors import UploadsBusy

logger = logging.getLogger(__name__)


@contextmanager
def upload_slot() -> Iterator[None]:
    """Hold one of the process's UPLOADS_AT_ONCE slots, waiting for it up to UPLOAD_WAIT_SECONDS.

    Every byte limit lets tiny files through that take hundreds of megabytes while they are decoded; this is
    what bounds their sum. Raises UploadsBusy.
    """
    slots = _slots()
    if not slots.acquire(timeout=settings.UPLOAD_WAIT_SECONDS):
        logger.warning("uploads are busy", extra={"slots": settings.UPLOADS_AT_ONCE})
        raise UploadsBusy
    try:
        yield
    finally:
        slots.release()


@cache
def _slots() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.UPLOADS_AT_ONCE)
