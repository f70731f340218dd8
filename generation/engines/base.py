"""What every engine is: requests, results, context and errors, all plain data. Pure Python."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from templates_app.poses.sequence import PoseSequence

Frame = npt.NDArray[np.uint8]
BodyStyle = Literal["full", "half"]


class EngineError(Exception):
    """An engine could not do the job. `code` is stable; `is_users_fault` means another input would work.

    Codes: engine_failed, engine_out_of_memory, photo_undecodable, photos_do_not_match_performers, and
    photo_<code> for each blocking code of the photo check. `photo`: index of the one that is at fault, from
    0; None where it is none, or the only one.
    """

    def __init__(
        self, code: str, message: str, *, is_users_fault: bool = False, photo: int | None = None
    ) -> None:
        self.code = code
        self.is_users_fault = is_users_fault
        self.photo = photo
        super().__init__(message)


class JobCancelled(Exception):
    """Raised by `EngineContext.report` when the job was cancelled; engines let it pass and leave no files."""


@dataclass(frozen=True)
class Progress:
    """stage: stable name, for example "rig", "render"; fraction: 0 to 1 of the WHOLE job, never falling."""

    stage: str
    fraction: float


class Partials(Protocol):
    """What attempts at this work kept before they were cut off; an engine may go on from it."""

    def kept(self) -> Iterable[bytes]:
        """All of it, in the order in which it was kept; a part may be there twice."""
        ...

    def keep(self, data: bytes) -> None: ...


@dataclass(frozen=True)
class EngineNeeds:
    """What a worker must have to serve an engine: megabytes, and keys of model files."""

    memory_mb: int = 0
    gpu_memory_mb: int = 0
    weights: tuple[str, ...] = ()


@dataclass(frozen=True)
class EngineContext:
    """What the outside gives an engine for one run.

    scratch: empty folder that only this run writes to; the caller removes it.
    report: called often (at least every second) with progress; raises JobCancelled to stop the run.
    finish_frame (frame (uint8, (height, width, 3), RGB, writable, changed in place), seconds since start):
        called exactly once for each output frame, just before it is encoded, from one thread, in order. It
        draws the visible AI label. An engine that skips it produces files that may never be published.
    seed: every random choice of the engine follows from it.
    threads: how many CPU threads the engine may use.
    partials: where an engine whose work is long keeps what it has done; None: nowhere.
    """

    scratch: Path
    report: Callable[[Progress], None]
    finish_frame: Callable[[Frame, float], None]
    seed: int = 0
    threads: int = 2
    partials: Partials | None = None


@dataclass(frozen=True)
class DanceRequest:
    """Photos + movement -> video.

    photos: one cleaned picture for each performer of `poses`, in their order; the first one's scene is kept.
    poses: already has `fps` and the final length. body_style: "full" needs whole people; for "half" photos
    from the waist up do.
    """

    photos: tuple[Path, ...]
    poses: PoseSequence
    width: int
    height: int
    fps: int
    body_style: BodyStyle = "full"


@dataclass(frozen=True)
class VideoResult:
    """video: H.264 MP4, yuv420p, faststart. cover: JPEG of one frame, labelled like the video."""

    video: Path
    cover: Path
    frame_count: int
    width: int
    height: int
    fps: int
    stage_seconds: dict[str, float] = field(default_factory=dict)


class DanceEngine(Protocol):
    """Turns a DanceRequest into a VideoResult. One instance serves many runs; `load` is called before."""

    key: str
    version: str
    devices: frozenset[str]
    needs: EngineNeeds

    def load(self) -> None:
        """Load models; may take seconds. Idempotent."""

    def run(self, request: DanceRequest, context: EngineContext) -> VideoResult:
        """Raises EngineError, or JobCancelled out of `context.report`."""
