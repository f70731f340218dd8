"""SubjectType protocol and its registry: how content is previewed, scanned again, and told of a decision."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
from django.db import models

from moderation.taxonomy import Surface
from tongyi_portal.common.errors import UnknownKey
from tongyi_portal.usage.services.recording import UsageFacts

if TYPE_CHECKING:
    from moderation.scanners.base import ProvenanceLabel


@dataclass(frozen=True)
class SubjectPreview:
    """What a reviewer is shown. url: where the picture or video can be fetched; text: for text subjects."""

    title: str
    media: Literal["image", "video", "text"]
    url: str
    text: str
    owner_name: str


@dataclass(frozen=True)
class SubjectContent:
    """The content itself, as the scanners take it. One of pixels, path and text is set, as medium says.

    pixels (uint8, (height, width, 3), RGB) for "image", path of the file for "video", text for "text".
    further: other parts of the same subject, scanned one by one; the strictest verdict counts. provenance:
    marks of the original file; None when nobody read them.
    """

    medium: Literal["image", "video", "text"]
    surface: Surface
    job_kind: str = ""
    owner_id: uuid.UUID | None = None
    pixels: npt.NDArray[np.uint8] | None = None
    path: Path | None = None
    text: str = ""
    further: tuple["SubjectContent", ...] = ()
    provenance: "tuple[ProvenanceLabel, ...] | None" = None

    @property
    def parts(self) -> tuple["SubjectContent", ...]:
        """This part and all others."""
        return (self, *self.further)


class SubjectType(Protocol):
    """One kind of content. The app that owns the content registers it in its AppConfig.ready.

    key: stable, at most 40 characters. label: translatable name. preview: None when the content is gone.
    on_decision: called inside the transaction of a person's decision, once that is recorded; it must be safe
    to call twice, and when it raises, the decision is not made. The machine's verdict is returned to whoever
    asked for the scan. The others have safe answers in SubjectTypeBase; what they promise stands there.
    """

    key: str
    label: Any

    def preview(self, subject_id: uuid.UUID) -> SubjectPreview | None: ...

    def on_decision(self, subject_id: uuid.UUID, *, approved: bool, reason_codes: list[str]) -> None: ...

    def content(self, subject_id: uuid.UUID) -> AbstractContextManager[SubjectContent | None]: ...

    def standing_ids(self, after: uuid.UUID | None = None) -> Iterator[uuid.UUID]: ...

    def erase(self, subject_id: uuid.UUID) -> None: ...

    def withdraw_consent(self, subject_id: uuid.UUID) -> int: ...

    def act_of(self, subject_id: uuid.UUID) -> uuid.UUID: ...

    def usage_facts(self, subject_id: uuid.UUID) -> UsageFacts: ...


class SubjectTypeBase:
    """Answers for kinds of content that cannot do more: nothing to scan again, nothing visible to erase."""

    def content(self, subject_id: uuid.UUID) -> AbstractContextManager[SubjectContent | None]:
        """Open the content for a scan; None when it is gone. A file is there until the context ends."""
        del subject_id
        return nullcontext(None)

    def standing_ids(self, after: uuid.UUID | None = None) -> Iterator[uuid.UUID]:
        """Content that somebody other than its reviewers can see now, by ascending id; only greater ids."""
        del after
        return iter(())

    def erase(self, subject_id: uuid.UUID) -> None:
        """Wipe the content (pixels, text) for good; what was decided of it stays. Safe to call twice."""
        raise NotImplementedError(f"{type(self).__name__} cannot erase {subject_id}.")

    def withdraw_consent(self, subject_id: uuid.UUID) -> int:
        """Take down everything that was made of this content; how many things that were."""
        raise NotImplementedError(f"{type(self).__name__} cannot withdraw consent to {subject_id}.")

    def act_of(self, subject_id: uuid.UUID) -> uuid.UUID:
        """What its owner did once to bring this about; all content that came of it gives the same id."""
        return subject_id

    def usage_facts(self, subject_id: uuid.UUID) -> UsageFacts:
        """Which app it came through, which template it was made with, what it shows, as far as is known."""
        del subject_id
        return {}


def can_be_erased(kind: SubjectType) -> bool:
    """Whether content of this kind can be wiped on request."""
    return getattr(kind.erase, "__func__", None) is not SubjectTypeBase.erase


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


def usage_facts_of(key: str, subject_id: uuid.UUID) -> UsageFacts:
    """What usage may know of the content; nothing of a kind that no app registered: it may be scanned too."""
    kind = _TYPES.get(key)
    return kind.usage_facts(subject_id) if kind is not None else {}


def subject_types() -> list[SubjectType]:
    """All registered kinds of content, by key."""
    return [_TYPES[key] for key in sorted(_TYPES)]


def ids_after(rows: models.QuerySet[Any], after: uuid.UUID | None) -> Iterator[uuid.UUID]:
    """Ids of `rows` that are greater than `after`, ascending: what `standing_ids` gives."""
    rest = rows.filter(pk__gt=after) if after is not None else rows
    return rest.order_by("pk").values_list("pk", flat=True).iterator()


def visible_types() -> list[SubjectType]:
    """The kinds whose content somebody can see, so that a rescan has something to look at."""
    nothing: Any = SubjectTypeBase.standing_ids
    return [kind for kind in subject_types() if type(kind).standing_ids is not nothing]


_KIND_SOURCES: list[Callable[[], Mapping[str, Any]]] = []


def register_job_kinds(source: Callable[[], Mapping[str, Any]]) -> None:
    """Make kinds of jobs known that rules may speak of; `source` gives key and name of each."""
    if source not in _KIND_SOURCES:
        _KIND_SOURCES.append(source)


def job_kinds() -> dict[str, str]:
    """Key and name, in the reader's language, of every kind of job."""
    return {key: str(name) for source in _KIND_SOURCES for key, name in source().items()}
