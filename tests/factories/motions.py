"""Dance videos in any state, takes, and a quick engine that finds the same movement in every video."""

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from generation.engines.base import EngineContext, EngineNeeds, Progress
from generation.engines.motion.take import MotionRequest, MotionResult, TrackInfo
from templates_app.models import DanceTemplate, MotionVideo, Take
from templates_app.poses.sequence import PoseSequence
from templates_app.services.motions import motion_append, motion_create
from templates_app.services.takes import take_import
from templates_app.states import MotionState
from tests.factories.scanners import PASSED
from tests.factories.sounds import tone, write_m4a
from tests.factories.templates import TemplateFactory, plain_jpeg, superuser, tiny_poses
from tests.factories.videos import write_mp4
from tongyi_portal.accounts.models import User
from tongyi_portal.common import storage


@cache
def moving_clip(
    colour: tuple[int, int, int] = PASSED, *, seconds: float = 2.0, fps: int = 24, side: int = 256
) -> bytes:
    """A square that moves over one colour (RGB), within the limits unless told otherwise, as MP4."""
    frames = []
    for number in range(round(seconds * fps)):
        frame = np.full((side, side, 3), colour, np.uint8)
        frame[8:40, 8 + number : 40 + number] = 230
        frames.append(frame)
    with tempfile.TemporaryDirectory() as folder:
        return write_mp4(Path(folder) / "clip.mp4", frames, fps=fps).read_bytes()


def announced(byte_size: int, by: User | None = None, template: DanceTemplate | None = None) -> MotionVideo:
    """A video of which nothing has come yet."""
    return motion_create(
        template=template or TemplateFactory(),
        file_name="clip.mp4",
        byte_size=byte_size,
        by=by or superuser(),
    )


def send(motion: MotionVideo, part: bytes, *, offset: int | None = None, **fields: Any) -> MotionVideo:
    """One part, at the end of what has come unless told otherwise."""
    return motion_append(
        motion=motion,
        by=fields.pop("by", motion.owner),
        offset=motion.received_bytes if offset is None else offset,
        length=fields.pop("length", len(part)),
        body=io.BytesIO(part),
        **fields,
    )


def accepted_motion(by: User | None = None) -> MotionVideo:
    """An accepted video, as if it had been checked; nobody was told of it."""
    motion = announced(100, by)
    key = storage.store_bytes(storage.UPLOADS, storage.motion_key(motion.pk), moving_clip())
    MotionVideo.objects.filter(pk=motion.pk).update(
        state=MotionState.ACCEPTED,
        key=key,
        sha256="0" * 64,
        received_bytes=100,
        mime="video/mp4",
        width=256,
        height=256,
        fps=24,
        duration_seconds=2.0,
    )
    return MotionVideo.objects.get(pk=motion.pk)


def files_of(motion: MotionVideo) -> list[str]:
    """Everything that lies in a video's folder."""
    return storage.keys_below(storage.UPLOADS, storage.motion_folder(motion.pk))


def take_of(template: DanceTemplate | None = None, poses: PoseSequence | None = None) -> Take:
    """A take of a pose file."""
    return take_import(
        template=template or TemplateFactory(),
        data=(poses or tiny_poses()).to_npz(),
        file_name="dance.npz",
        by=superuser(),
    )


@dataclass
class PlainMotionEngine:
    """Finds `poses` in every video, 120 beats a minute in its sound. before: called before it begins."""

    key: ClassVar[str] = "motion"
    version: ClassVar[str] = "plain"
    devices: ClassVar[frozenset[str]] = frozenset({"cpu"})
    needs: ClassVar[EngineNeeds] = EngineNeeds()

    poses: PoseSequence = field(default_factory=tiny_poses)
    before: Callable[[], None] = lambda: None

    def load(self) -> None:
        """Nothing to load."""

    def run(self, request: MotionRequest, context: EngineContext) -> MotionResult:
        assert request.video.stat().st_size > 0
        self.before()
        context.report(Progress("track", 0.5))
        proxy, strip = context.scratch / "proxy.mp4", context.scratch / "strip.jpg"
        proxy.write_bytes(request.video.read_bytes())
        strip.write_bytes(plain_jpeg())
        music = write_m4a(context.scratch / "music.m4a", tone(440, self.poses.duration_seconds))
        track = TrackInfo(0, 0, self.poses.frame_count - 1, 0.9, 1.0, 0.8, is_main=True)
        return MotionResult(
            take=self.poses,
            raw=self.poses,
            proxy=proxy,
            strip=strip,
            music=music,
            bpm=120.0,
            bpm_confidence=0.9,
            beats=(0.0, 0.5),
            tracks=(track,),
            stage_seconds={"track": 0.1},
        )
