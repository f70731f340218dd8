"""Registry of what an account's content is: each app tells how to erase its own and how to hand it out."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PersonalData:
    """One kind of content of an account.

    erase: removes all of it and tells how many there were; it has its own transactions, is safe to call
    again, and raises an AppError when it could not finish. export: all of it as plain JSON, for its owner.
    """

    key: str
    erase: Callable[[uuid.UUID], int]
    export: Callable[[uuid.UUID], list[dict[str, Any]]]


_KINDS: dict[str, PersonalData] = {}


def personal_data_register(kind: PersonalData) -> None:
    """Called in AppConfig.ready, in the order in which an erasure has to go."""
    _KINDS[kind.key] = kind


def personal_data() -> list[PersonalData]:
    """All kinds, in the order in which they were registered."""
    return list(_KINDS.values())
