"""Readiness: whether each part that the portal stands on can be used, known within a few seconds."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import connection, connections

from tongyi_portal.common import storage
from tongyi_portal.vision.model_files import ModelFiles

logger = logging.getLogger(__name__)
KEPT_SECONDS = 5.0  # anybody may ask, and each answer costs some work
ALIASES = (storage.UPLOADS, storage.OUTPUTS, storage.PREVIEWS)
_PROBE = b"ready"


class Readiness:
    """Asks every part at the same time. parts: what raises while it cannot be used; seconds: for all of them.

    A part that has not answered since it was last asked is not asked again meanwhile: it is not ready.
    """

    def __init__(self, parts: Mapping[str, Callable[[], None]]) -> None:
        self.parts = parts
        self._asking = threading.Lock()
        self._threads: dict[str, threading.Thread] = {}
        self._answers: dict[str, bool] = {}
        self._asked_at: float | None = None

    def report(self, seconds: float) -> dict[str, bool]:
        """Each part and whether it can be used; at most KEPT_SECONDS old."""
        with self._asking:
            if self._asked_at is None or time.monotonic() - self._asked_at >= KEPT_SECONDS:
                self._answers = self._ask(seconds)
                self._asked_at = time.monotonic()
            return dict(self._answers)

    def _ask(self, seconds: float) -> dict[str, bool]:
        fresh: dict[str, bool] = {}
        for name, part in self.parts.items():
            earlier = self._threads.get(name)
            if earlier is None or not earlier.is_alive():
                thread = threading.Thread(target=_answer, args=(name, part, fresh), daemon=True)
                self._threads[name] = thread
                thread.start()
        ends = time.monotonic() + seconds
        for thread in self._threads.values():
            thread.join(max(0.0, ends - time.monotonic()))
        return {name: fresh.get(name, False) for name in self.parts}


def database_reach() -> None:
    """Raises DatabaseError unless the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def storage_round_trip() -> None:
    """Write, read and remove a file in every storage. Raises StorageUnavailable, FileMissing, ValueError."""
    for alias in ALIASES:
        key = storage.store_bytes(alias, f"health/{uuid.uuid4()}", _PROBE)
        try:
            if storage.read_bytes(alias, key) != _PROBE:
                raise ValueError(f"The storage {alias} gives back something else than was written.")
        finally:
            storage.erase(alias, key)


def broker_reach() -> None:
    """Raises what kombu or its client does, or OSError, unless messages can be sent."""
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=settings.READY_SECONDS)
        broker.channel()  # Redis is asked only here
    for option in ("data_folder_in", "control_folder"):  # of the built-in broker, which has no server
        if folder := settings.CELERY_BROKER_TRANSPORT_OPTIONS.get(option):
            probe = Path(folder) / f".{uuid.uuid4()}.part"
            probe.touch()
            probe.unlink()


def model_files_present() -> None:
    """By presence and size; `manage.py doctor` compares digests. Raises ModelFileMissing."""
    models = ModelFiles(settings.MODELS_ROOT)
    for entry in models.manifest:
        models.path(entry.key)


def _answer(name: str, part: Callable[[], None], answers: dict[str, bool]) -> None:
    try:
        part()
        answers[name] = True
    except Exception:  # whatever it is: the part cannot be used
        logger.warning("not ready", extra={"part": name}, exc_info=True)
    finally:
        connections.close_all()  # this thread's own


readiness = Readiness(
    {
        "database": database_reach,
        "storage": storage_round_trip,
        "broker": broker_reach,
        "model_files": model_files_present,
    }
)
