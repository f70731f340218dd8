"""The built-in broker: kombu's file transport, made safe for several processes at once.

kombu creates a message under its final name and then fills it, so a reader may move an empty file away and
die of it; here a message appears complete. The tables of exchanges are read and written under one lock.
"""

import fcntl
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

LOCK_FILE = ".tables.lock"


class SafeChannel(filesystem.Channel):
    def _put(  # type: ignore[override]  # the stubs leave out the keywords that kombu passes
        self, queue: str, message: Any, **_kwargs: Any
    ) -> None:
        """Write beside the messages, then rename; the name gives order and queue. Raises ChannelError."""
        folder = Path(self.data_folder_out)
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        unfinished = folder / f".{name}.part"
        try:
            unfinished.write_text(dumps(message), encoding="utf-8")
            unfinished.replace(folder / name)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise ChannelError(f"Cannot add the message {name} to {folder}") from error

    def get_table(self, exchange: str) -> Any:
        with self._tables_locked():
            return super().get_table(exchange)

    def _queue_bind(
        self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None
    ) -> None:
        with self._tables_locked():
            super()._queue_bind(exchange, routing_key or "", pattern or "", queue or "")

    @contextmanager
    def _tables_locked(self) -> Iterator[None]:
        folder = Path(self.control_folder)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOCK_FILE).open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # closing the file gives the lock back
            yield


class SafeTransport(filesystem.Transport):
    Channel = SafeChannel


def install() -> None:
    """Let addresses that begin with filesystem:// mean this transport in this process."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:SafeTransport"
