"""Finding: one thing that the doctor looked at, what is wrong with it, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """code: stable, in English. text: what was found. mend: what to do about it; empty where all is well."""

    code: str
    level: Level
    text: str
    mend: str = ""


def fine(code: str, text: str) -> Finding:
    return Finding(code, Level.OK, text)


def warning(code: str, text: str, mend: str) -> Finding:
    return Finding(code, Level.WARNING, text, mend)


def error(code: str, text: str, mend: str) -> Finding:
    return Finding(code, Level.ERROR, text, mend)
