"""Registry of what an account's erasure has to remove: each app adds its own in AppConfig.ready."""

import uuid
from collections.abc import Callable

Eraser = Callable[[uuid.UUID], dict[str, int]]
_ERASERS: dict[str, Eraser] = {}


def eraser_register(key: str, eraser: Eraser) -> None:
    """`eraser` removes one kind of thing of an account and tells how many it removed.

    It has its own transactions, is safe to call again, and raises an AppError when it could not finish.
    """
    _ERASERS[key] = eraser


def erasers() -> dict[str, Eraser]:
    """All of them, in the order in which they were added: jobs are stopped before their pictures go."""
    return dict(_ERASERS)
