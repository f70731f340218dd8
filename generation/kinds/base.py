"""What a kind of job is: its parameters, its inputs, how much work it is, and how an engine does it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from generation.engines.base import EngineContext, Partials
from generation.kinds import KINDS
from generation.models import Job, Upload
from templates_app.models import TemplateVersion
from tongyi_portal.accounts.models import User
from tongyi_portal.common.serializers import StrictSerializer


@dataclass(frozen=True)
class JobPlan:
    """What a submission comes to.

    params: as they are stored with the job, JSON only, every default filled in. inputs: role -> upload.
    work_units: how much is asked for, in the kind's unit. fields: role -> the parameter that named it, where
    that is not the role.
    """

    params: dict[str, Any]
    inputs: dict[str, Upload]
    work_units: float
    template_version: TemplateVersion | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OutputFile:
    """One file that an engine made, not yet scanned or labelled in its metadata.

    role: an ArtifactRole, or a name of the kind's own where the result belongs to the library.
    """

    role: str
    path: Path
    mime: str
    width: int
    height: int
    duration_seconds: float | None = None


@dataclass(frozen=True)
class Outcome:
    """All files of a job, and where the engine's time went. facts: what a library kind saves with them."""

    files: tuple[OutputFile, ...]
    stage_seconds: dict[str, float] = field(default_factory=dict)
    facts: Any = None


@dataclass(frozen=True)
class Estimate:
    """What one job takes before any has run: seconds of work, and how far that may be off (one sigma)."""

    seconds: float
    deviation: float


class JobKind(Protocol):
    """One kind of job. Instances hold nothing; the table in `kinds/__init__.py` names the class.

    key: stable. label: translatable. unit: English words for what work_units counts. engines: keys of engines
    that can do it, the preferred one first. params_serializer: shape of `params` in a submission.
    """

    key: ClassVar[str]
    label: ClassVar[Any]
    unit: ClassVar[str]
    engines: ClassVar[tuple[str, ...]]
    params_serializer: ClassVar[type[StrictSerializer]]

    def plan(self, params: Mapping[str, Any], owner: User) -> JobPlan:
        """Resolve validated params for their owner. Raises UploadNotFound, TemplateNotFound."""

    def estimate(self, work_units: float) -> Estimate:
        """A guess that holds until there is a history."""

    def frame_size(self, job: Job) -> tuple[int, int]:
        """Width and height of the pictures that the visible label is drawn on."""

    def prepare(self, job: Job, inputs: Mapping[str, Path]) -> Any:
        """The engine's request; `inputs` are the fetched uploads by role."""

    def run(self, engine: Any, request: Any, context: EngineContext) -> Outcome:
        """Let the engine work. Raises EngineError, JobCancelled."""


class LibraryKind(ABC):
    """A JobKind whose results are rows of the template library; only those who edit templates start one.

    Nobody can submit it through the public API. What it makes is no artifact: its files are stored in the
    folder of the job, and `store` saves the rows that name them in the very transaction that ends the job,
    under its lease. So a worker that lost its job changes nothing, and files that no row came to name are
    swept away. The library has such content moderated when a version is handed in.

    alias: storage of the files. is_labelled: they are made content, which gets every AI label and is read
    back; else they are parts of what came in.
    """

    key: ClassVar[str]
    label: ClassVar[Any]
    unit: ClassVar[str]
    engines: ClassVar[tuple[str, ...]]
    params_serializer: ClassVar[type[StrictSerializer]]
    alias: ClassVar[str]
    is_labelled: ClassVar[bool]

    @abstractmethod
    def plan(self, params: Mapping[str, Any], owner: User) -> JobPlan:
        """As of JobKind; it is asked again for a retry, and refuses what nobody waits for."""

    @abstractmethod
    def estimate(self, work_units: float) -> Estimate: ...

    @abstractmethod
    def frame_size(self, job: Job) -> tuple[int, int]: ...

    @abstractmethod
    def sources(self, job: Job) -> Mapping[str, tuple[str, str]]:
        """Stored files that the job needs: role -> storage and key. Raises AppError when they are gone."""

    @abstractmethod
    def prepare(self, job: Job, inputs: Mapping[str, Path]) -> Any: ...

    @abstractmethod
    def run(self, engine: Any, request: Any, context: EngineContext) -> Outcome: ...

    @abstractmethod
    def folder(self, job: Job) -> str:
        """Where the job's files lie; nothing else does."""

    @abstractmethod
    def named_keys(self, job: Job) -> set[str]:
        """Keys in `folder` that rows name by now."""

    @abstractmethod
    def store(self, job: Job, outcome: Outcome, keys: Mapping[str, str]) -> None:
        """Save the rows; keys: role -> where the file lies. Raises AppError when nobody waits for them."""

    def partials(self, job: Job) -> Partials | None:
        """Where the engine keeps what it has done, for an attempt after it was cut off; None: nowhere."""
        del job
        return None

    def goes_on(self, job: Job) -> bool:
        """Whether earlier attempts kept something that the present or coming one need not do again.

        Raises StorageUnavailable.
        """
        del job
        return False

    def ended_without_result(self, job: Job, code: str) -> None:
        """The job failed, was cancelled, or its attempts are used up; inside the transaction that ends it."""
        del job, code


def library_kind(key: str) -> LibraryKind | None:
    """The kind of that key when its results belong to the library; None for one that makes artifacts."""
    kind = KINDS.get(key) if key in KINDS else None
    return kind() if kind is not None and issubclass(kind, LibraryKind) else None


def offered_kinds() -> list[str]:
    """Keys of the kinds that apps and creators may submit, in the table's order."""
    return [key for key in KINDS if library_kind(key) is None]
