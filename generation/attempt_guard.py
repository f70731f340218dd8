"""AttemptGuard: a side thread that ends an attempt beyond its time or memory, and its process with it."""

import logging
import os
import shutil
import signal
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connection

from generation.errors import LeaseLost
from generation.services.leases import Lease

logger = logging.getLogger(__name__)
LOOK_EVERY_SECONDS = 0.5


class AttemptGuard:
    """Watches while the `with` block runs.

    Past the soft time limit the lease's next report or step raises OverTimeLimit. Past the hard one, or above
    the memory limit, and only with `may_kill`, the thread ends the job under its fence, removes the scratch
    folder and kills the process: a native call that never returns cannot be stopped otherwise. The pool of
    the worker replaces the process.
    """

    def __init__(self, lease: Lease, scratch: Path, *, may_kill: bool) -> None:
        self._lease, self._scratch, self._may_kill = lease, scratch, may_kill
        self._started = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"guard-{lease.job.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._lease.limit(self._started + settings.JOB_SOFT_TIME_LIMIT_SECONDS)
        if self._may_kill:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._may_kill:
            self._thread.join()

    def _watch(self) -> None:
        try:
            while not self._over.wait(LOOK_EVERY_SECONDS):
                if (breach := self._breach()) is not None:
                    self._end(*breach)
        finally:
            connection.close()

    def _breach(self) -> tuple[str, str] | None:
        """Code and message of the limit that the attempt is beyond."""
        if time.monotonic() - self._started >= settings.JOB_HARD_TIME_LIMIT_SECONDS:
            return "time_limit", "The attempt was killed: it took longer than a job may take."
        limit, used = settings.JOB_MEMORY_LIMIT_MB, resident_mb()
        if limit and used is not None and used >= limit:
            return "engine_out_of_memory", f"The attempt was killed: it took {used} MB of memory."
        return None

    def _end(self, code: str, message: str) -> None:
        logger.error("attempt killed", extra={"job_id": str(self._lease.job.pk), "code": code})
        try:
            self._lease.fail(code, message)
        except LeaseLost:
            logger.warning("lease lost", extra={"job_id": str(self._lease.job.pk)})
        except DatabaseError:  # the lease runs out instead
            logger.exception("killed attempt not written down", extra={"job_id": str(self._lease.job.pk)})
        shutil.rmtree(self._scratch, ignore_errors=True)
        os.kill(os.getpid(), signal.SIGKILL)


def resident_mb() -> int | None:
    """Memory that this process holds; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20
