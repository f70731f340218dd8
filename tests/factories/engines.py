"""A second engine of the dance protocol, quick enough for the tests of a job: a plain, labelled picture."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np

from generation.engines.base import DanceRequest, EngineContext, EngineNeeds, Frame, Progress, VideoResult
from tongyi_portal.vision.media import VideoWriter, write_jpeg


@dataclass
class PlainEngine:
    """Every frame has one `colour` (RGB). before_frame: called with a frame's number before it is drawn."""

    key: ClassVar[str] = "animation"
    version: ClassVar[str] = "plain"
    devices: ClassVar[frozenset[str]] = frozenset({"cpu"})
    needs: ClassVar[EngineNeeds] = EngineNeeds()

    colour: tuple[int, int, int] = (110, 120, 115)
    is_labelling: bool = True
    before_frame: Callable[[int], None] = lambda _number: None
    scratch_folders: list[Path] = field(default_factory=list)

    def load(self) -> None:
        """Nothing to load."""

    def run(self, request: DanceRequest, context: EngineContext) -> VideoResult:
        self.scratch_folders.append(context.scratch)
        video, cover = context.scratch / "video.mp4", context.scratch / "cover.jpg"
        frames = request.poses.frame_count
        with VideoWriter(video, request.width, request.height, request.fps, preset="ultrafast") as writer:
            for number in range(frames):
                self.before_frame(number)
                context.report(Progress("render", number / frames))
                frame = self._frame(request, number / request.fps, context)
                writer.write(frame)
                if number == 0:
                    write_jpeg(cover, frame)
        return VideoResult(video, cover, frames, request.width, request.height, request.fps, {"render": 0.1})

    def _frame(self, request: DanceRequest, seconds: float, context: EngineContext) -> Frame:
        frame = np.empty((request.height, request.width, 3), np.uint8)
        frame[:] = self.colour
        if self.is_labelling:
            context.finish_frame(frame, seconds)
        return frame
