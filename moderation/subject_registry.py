"""SubjectType protocol and its registry: how any content is previewed, and told of a person's decision."""

import uuid
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tongyi_portal.common.errors import UnknownKey


@dataclass(frozen=True)
class SubjectPreview:
    """What a reviewer is shown. url: where the picture or video can be fetched; text: for text subjects."""

    title: str
    media: Literal["image", "video", "text"]
    url: str
    text: str
    owner_name: str


class SubjectType(Protocol):
    """One kind of content. The app that owns the content registers it in its AppConfig.ready.

    key: stable, at most 40 characters. label: translatable name. preview: None when the content is gone.
    on_decision: called inside the transaction of a person's decision, once that is recorded; it must be safe
    to call twice, and when it raises, the decision is not made. The machine's verdict is returned to whoever
    asked for the scan.
    """

    key: str
    label: Any

    def preview(self, subject_id: uuid.UUID) -> SubjectPreview | None: ...

    def on_decision(self, subject_id: uuid.UUID, *, approved: bool, reason_codes: list[str]) -> None: ...


_TYPES: dict[str, SubjectType] = {}


def register(subject_type: SubjectType) -> None:
    """Make a kind of content known. Raises ValueError when another class already has its key."""
    known = _TYPES.get(subject_type.key)
    if known is not None and type(known) is not type(subject_type):
        raise ValueError(f"Subject type {subject_type.key!r} is already {type(known).__name__}.")
    _TYPES[subject_type.key] = subject_type


def subject_type(key: str) -> SubjectType:
    """The registered kind of content. Raises UnknownKey."""
    if key not in _TYPES:
        raise UnknownKey(f"No subject type {key!r}; there are {sorted(_TYPES)}.", details={"key": key})
    return _TYPES[key]


def subject_types() -> list[SubjectType]:
    """All registered kinds of content, by key."""
    return [_TYPES[key] for key in sorted(_TYPES)]
