"""Log files turned into readable, prefixed lines for a terminal."""

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

_FIELDS_SHOWN_ELSEWHERE = {"time", "level", "logger", "message", "exception"}
_SUPERVISOR = re.compile(r"^\d{4}-\d\d-\d\d (?P<clock>[\d:]+),\d+ (?P<level>[A-Z]+) (?P<message>.*)$")


def readable(line: str) -> str:
    """One log line for people: JSON events as `time LEVEL logger: message key=value`, others unchanged."""
    if match := _SUPERVISOR.match(line):
        return "{clock} {level} {message}".format(**match.groupdict())
    if not line.startswith("{"):
        return line
    try:
        event = json.loads(line)
        clock = datetime.fromisoformat(event["time"]).astimezone().strftime("%H:%M:%S")
        text = f"{clock} {event['level']} {event['logger']}: {event['message']}"
    except (ValueError, KeyError, TypeError):
        return line
    fields = "".join(f" {key}={value}" for key, value in event.items() if key not in _FIELDS_SHOWN_ELSEWHERE)
    return text + fields + (f"\n{event['exception']}" if "exception" in event else "")


class LogFollower:
    """Follows one growing log file across rotation, from its end at the time of making.

    path: the file, which need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset, self._inode, self._rest = 0, 0, ""
        if path.exists():
            status = path.stat()
            self._offset, self._inode = status.st_size, status.st_ino

    def new_lines(self) -> Iterator[str]:
        """The whole lines written since the last call."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            status = os.fstat(file.fileno())
            if status.st_ino != self._inode or status.st_size < self._offset:
                self._offset, self._inode = 0, status.st_ino
            file.seek(self._offset)
            written = file.read()
        self._offset += len(written)
        *lines, self._rest = (self._rest + written.decode(errors="replace")).split("\n")
        yield from lines
