"""upload_slot: how many pictures one process decodes and scans at the same time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings

from generation.errors import UploadsBusy
from tongyi_portal.common.slots import slot_held


@contextmanager
def upload_slot() -> Iterator[None]:
    """Hold one of the process's UPLOADS_AT_ONCE slots, waiting for it up to UPLOAD_WAIT_SECONDS.

    Every byte limit lets tiny files through that take hundreds of megabytes while they are decoded; this is
    what bounds their sum. Raises UploadsBusy.
    """
    with slot_held(_slots(), wait_seconds=settings.UPLOAD_WAIT_SECONDS, busy=UploadsBusy):
        yield


@cache
def _slots() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.UPLOADS_AT_ONCE)
