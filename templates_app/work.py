"""How far work on a video or a version is, as those above the library know it who do the work."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Work:
    """The newest job for a row. stage_text, error_text: in the reader's language; empty when there is none.

    attempt: which one this is or will be, from 1. notice: that the work was interrupted, and begins anew or
    goes on; else empty. low_seconds, high_seconds: how long it may still take; None when nobody can tell.
    """

    job_id: uuid.UUID
    state: str
    stage: str
    stage_text: str
    progress: float
    is_finished: bool
    error_code: str = ""
    error_text: str = ""
    attempt: int = 1
    notice: str = ""
    low_seconds: float | None = None
    high_seconds: float | None = None


Row = Literal["motion", "version"]
Source = Callable[[Row, uuid.UUID], Work | None]
_SOURCES: list[Source] = []


def register_work(source: Source) -> None:
    """Make known who can tell of work."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def work_on(row: Row, row_id: uuid.UUID) -> Work | None:
    """The newest work on a row; None when there was none."""
    found = (source(row, row_id) for source in _SOURCES)
    return next((work for work in found if work is not None), None)
