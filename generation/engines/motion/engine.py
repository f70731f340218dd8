"""MotionEngine: a dance video becomes a take: everybody's movement, and what is known of the clip."""

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from generation.engines.base import EngineContext, EngineError, EngineNeeds, Progress
from generation.engines.motion.chunks import Tracking, kept_share
from generation.engines.motion.take import MotionRequest, MotionResult
from generation.engines.motion.tracks import Tracks, collect_tracks
from templates_app.poses.gaps import mend
from templates_app.poses.music import Beats, find_beats
from templates_app.poses.sequence import MAX_FRAMES, MAX_PEOPLE
from templates_app.poses.smoothing import smooth
from tongyi_portal.vision.audio import NoSound, extract_music, read_mono
from tongyi_portal.vision.film import DecodeBudget, DecodeBudgetSpent, Scaler, ahead, steady_video
from tongyi_portal.vision.media import MediaError
from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.motion_probe import MotionLimits, MotionProbe, probe_motion
from tongyi_portal.vision.people_tracking import PeopleTracker
from tongyi_portal.vision.pose import PoseEstimator
from tongyi_portal.vision.proxy import ProxyWriter

FILES = (PROXY, STRIP, MUSIC) = ("proxy.mp4", "strip.jpg", "music.m4a")
FASTEST_TAKE = 60.5  # frames a second; quicker sources are taken at half their rate, or a quarter
WHOLE_RATES = (24, 25, 30, 48, 50, 60)
USUAL_RATES = (*WHOLE_RATES, *(rate * 1000 / 1001 for rate in (24, 30, 60)))
RATE_NEAR = 0.0004  # a mean rate this near to a usual one is that one
TRACKING_SIDE = 960  # pixels of the longest side; more tell the model of 256 pixels nothing
FRAMES_AHEAD = 6  # decoded, scaled and in the proxy while the tracker is busy with those before
REPORT_EVERY = 5  # frames
SHARES = {"probe": 0.15, "track": 0.78, "proxy": 0.01, "smooth": 0.02, "music": 0.04}


class MotionEngine:
    """Dance video to take, on the CPU.

    It makes no video that is published, so `EngineContext.finish_frame` is never called; the proxy shows the
    uploaded clip as it is to those who curate it. models_root: folder of the model files. threads: CPU
    threads for the models. limits: what a video must be. budget: what reading and decoding it may take, for
    the probe and for the tracking each.
    """

    key = "motion"
    version = "1.0"
    devices = frozenset({"cpu"})
    needs = EngineNeeds(memory_mb=1024, weights=("pose_detection", "pose_landmark_full"))

    def __init__(
        self,
        models_root: Path,
        threads: int = 2,
        limits: MotionLimits | None = None,
        budget: DecodeBudget | None = None,
    ) -> None:
        self.estimator = PoseEstimator(ModelFiles(models_root), threads)
        self.limits = limits or MotionLimits()
        self.budget = budget or DecodeBudget()

    def load(self) -> None:
        """Load the models. Raises ModelFileMissing. Idempotent."""
        self.estimator.load()

    def run(self, request: MotionRequest, context: EngineContext) -> MotionResult:
        """Make the take and its files in `context.scratch`. The same video gives the same take, also when an
        attempt that was cut off kept a part of it in `context.partials`.

        Raises EngineError: the code of the first blocking fault of the probe (motion_...),
        `motion_no_people`, `motion_takes_too_long` or `engine_failed`; or what `context.report` raises. Then
        no file is left.
        """
        if not 1 <= request.max_people <= MAX_PEOPLE:
            raise ValueError(f"max_people must be 1 to {MAX_PEOPLE}, got {request.max_people}")
        self.load()
        try:
            return self._take(request, context)
        except BaseException as error:
            for name in FILES:
                (context.scratch / name).unlink(missing_ok=True)
            if isinstance(error, DecodeBudgetSpent):
                raise EngineError("motion_takes_too_long", str(error), is_users_fault=True) from error
            if isinstance(error, MediaError):
                raise EngineError("engine_failed", str(error)) from error
            raise

    def _take(self, request: MotionRequest, context: EngineContext) -> MotionResult:
        seconds: dict[str, float] = {}
        kept = list(context.partials.kept()) if context.partials else []
        if kept:
            context = _not_below(context, _before("track") + SHARES["track"] * kept_share(kept))

        # 1. Probe: what it is, and whether it can become a template.
        with _timed(seconds, "probe"):
            context.report(Progress("probe", 0.0))
            probe = self._checked(request.video)
            fps = take_rate(probe)
            count = min(MAX_FRAMES, max(1, round(probe.duration_seconds * fps)))
            context.report(Progress("probe", SHARES["probe"]))

        # 2. Track everybody, and write the proxy of the same frames meanwhile.
        writer = ProxyWriter(context.scratch / PROXY, fps=fps, count=count)
        with _timed(seconds, "track"), writer:
            tracks = self._tracked(request, context, writer, fps, count, kept)

        # 3. Thumbnails.
        with _timed(seconds, "proxy"):
            context.report(Progress("proxy", _before("proxy")))
            strip = writer.write_strip(context.scratch / STRIP)

        # 4. Mend and smooth.
        with _timed(seconds, "smooth"):
            context.report(Progress("smooth", _before("smooth")))
            take = smooth(mend(tracks.raw).sequence)

        # 5. Music and its beat.
        with _timed(seconds, "music"):
            context.report(Progress("music", _before("music")))
            music, beats = _music(request.video, context.scratch / MUSIC) if probe.has_audio else (None, None)

            context.report(Progress("music", 1.0))

        return MotionResult(
            take=take, raw=tracks.raw, proxy=writer.target, strip=strip, music=music,
            bpm=beats.bpm if beats else None, bpm_confidence=beats.confidence if beats else 0.0,
            beats=beats.seconds if beats else (), tracks=tracks.infos, stage_seconds=seconds,
        )  # fmt: skip

    def _checked(self, video: Path) -> MotionProbe:
        """The probe of a usable video. Raises EngineError."""
        probe = probe_motion(video, self.limits, self.budget)
        blocking = next((fault for fault in probe.faults if fault.is_blocking), None)
        if blocking is not None:
            raise EngineError(blocking.code, blocking.message, is_users_fault=True)
        return probe

    def _tracked(
        self,
        request: MotionRequest,
        context: EngineContext,
        writer: ProxyWriter,
        fps: float,
        count: int,
        kept: Sequence[bytes],
    ) -> Tracks:
        pictures = self._filmed(request.video, writer, fps, count)
        if context.threads > 1:
            pictures = ahead(pictures, FRAMES_AHEAD)
        tracking = Tracking(self.version, count, fps, request.max_people)
        tracker = PeopleTracker(self.estimator, request.max_people, fps)
        seen = tracking.resume(kept, tracker)
        size, done = (0, 0), len(seen)
        with closing(pictures):
            for index, frame in enumerate(pictures):
                if index % REPORT_EVERY == 0:
                    share = max(index, done) / count  # what was kept is only copied
                    context.report(Progress("track", _before("track") + SHARES["track"] * share))
                size = (frame.shape[1], frame.shape[0])
                if index < done:
                    continue
                seen.append([(number, body.points, body.confidence) for number, body in tracker.step(frame)])
                if context.partials and len(seen) % tracking.chunk_frames == 0:
                    context.partials.keep(tracking.chunk(seen, tracker))
        tracks = collect_tracks(seen, size, fps, request.max_people)
        if tracks is None:
            message = "Nobody is seen long enough in the video."
            raise EngineError("motion_no_people", message, is_users_fault=True)
        return tracks

    def _filmed(
        self, video: Path, writer: ProxyWriter, fps: float, count: int
    ) -> Generator[npt.NDArray[np.uint8], None, None]:
        """Each frame of the take for the tracker, once it is in the proxy."""
        scaler = Scaler(TRACKING_SIDE)
        for frame in steady_video(video, fps, count, self.budget):
            writer.write(frame)
            yield scaler.rgb(frame)


def take_rate(probe: MotionProbe) -> float:
    """Frames a second of the take: the source's, a usual one where it is near or uneven, halved above 60."""
    rate = probe.fps
    while rate > FASTEST_TAKE:
        rate /= 2
    if any(fault.code == "motion_rate_variable" for fault in probe.faults):
        return float(min(WHOLE_RATES, key=lambda usual: abs(usual / rate - 1)))
    nearest = min(USUAL_RATES, key=lambda usual: abs(usual / rate - 1))
    return float(nearest) if abs(nearest / rate - 1) < RATE_NEAR else rate


def _music(video: Path, target: Path) -> tuple[Path | None, Beats | None]:
    """The clip's sound and its beat; none where there is no sound."""
    try:
        samples, rate = read_mono(video)
        return extract_music(video, target), find_beats(samples, rate)
    except NoSound:
        return None, None


def _before(stage: str) -> float:
    """The share of the whole that is done when a stage begins."""
    stages = list(SHARES)
    return sum(SHARES[name] for name in stages[: stages.index(stage)])


def _not_below(context: EngineContext, least: float) -> EngineContext:
    """The context of an attempt that goes on: its progress is not told again from the start."""

    def report(progress: Progress) -> None:
        context.report(Progress(progress.stage, max(least, progress.fraction)))

    return replace(context, report=report)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - start
