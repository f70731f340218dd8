"""Typed readers for environment variables; the only module that touches os.environ."""

import os
from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The variable as it stands, or `default` when it is not set."""
    return os.environ.get(name, default)


def required(name: str) -> str:
    """The variable; raises ImproperlyConfigured when it is missing or empty."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"The environment variable {name} must be set.")
    return value


def flag(name: str, default: bool) -> bool:
    """1/true/yes/on or 0/false/no/off; raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name, str(default)).strip().lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, got {value!r}.")


def whole(name: str, default: int, *, at_least: int = 0) -> int:
    """A whole number not below `at_least`; raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name, str(default))
    if not value.strip().lstrip("-").isdigit() or int(value) < at_least:
        raise ImproperlyConfigured(f"{name} must be a whole number of {at_least} or more, got {value!r}.")
    return int(value)


def names(name: str, default: str = "") -> list[str]:
    """A comma-separated list, blanks dropped."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def one_of(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of a few words; raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name, default).strip().lower()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, got {value!r}.")
    return value


def folder(name: str, default: Path) -> Path:
    """A folder's path; not created here."""
    return Path(os.environ.get(name) or default)


def hand_on(name: str, value: str) -> None:
    """Set a variable for a library that reads the environment itself."""
    os.environ[name] = value


def for_child(added: Mapping[str, str]) -> dict[str, str]:
    """This process's environment and what a program that it starts needs besides."""
    return {**os.environ, **added}
