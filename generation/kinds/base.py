"""What a kind of job is: its parameters, its inputs, how much work it is, and how an engine does it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from generation.engines.base import EngineContext
from generation.models import ArtifactRole, Job, Upload
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
    """One file that an engine made, not yet scanned or labelled in its metadata."""

    role: ArtifactRole
    path: Path
    mime: str
    width: int
    height: int
    duration_seconds: float | None = None


@dataclass(frozen=True)
class Outcome:
    """All files of a job, and where the engine's time went."""

    files: tuple[OutputFile, ...]
    stage_seconds: dict[str, float] = field(default_factory=dict)


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
