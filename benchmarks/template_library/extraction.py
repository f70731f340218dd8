"""Times the motion engine on a clip, and compares what it stores with a pass at full resolution."""

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from generation.engines.base import EngineContext
from generation.engines.motion.engine import MotionEngine, take_rate
from generation.engines.motion.take import MotionRequest, MotionResult
from generation.engines.motion.tracks import collect_tracks
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.smoothing import body_height, jitter, lag_frames
from tests.factories.dance_clips import IN_BLAZEPOSE, Floats, Part, dancer, room, true_limbs, write_dance
from tests.factories.sounds import drums, write_m4a
from tongyi_portal.vision.audio import mux
from tongyi_portal.vision.film import Scaler, steady_video
from tongyi_portal.vision.motion_probe import probe_motion
from tongyi_portal.vision.people_tracking import track_people

WIDTH, HEIGHT, FPS = 1080, 1920, 30
DANCER_HEIGHT = 1440  # of the drawn picture; it is three quarters as wide
DANCE, BPM = "disco_point", 116
SURE = 0.5  # confidence from which a joint is compared
CACHE = Path(tempfile.gettempdir()) / "tongyi-portal-benchmarks"


def extraction_figures(
    models: Path, clip: Path | None, *, seconds: float, repeats: int, threads: int
) -> dict[str, Any]:
    """Seconds of each stage, how long a second of the clip takes, and how far the skeleton is off."""
    parts = None if clip else _drawn_parts(models, seconds)
    video = clip or _drawn_clip(parts or [], seconds)
    engine = MotionEngine(models, threads=threads)
    engine.load()
    runs = [_run(engine, video, threads) for _ in range(repeats)]
    result = runs[0][0]
    length = result.take.duration_seconds
    walls = [wall for _result, wall, _cpu in runs]
    full = _at_full_resolution(engine, video, result)
    return {
        "extract_ratio_to_real_time": round(statistics.median(walls) / length, 3),
        "extract_best_ratio_to_real_time": round(min(walls) / length, 3),
        "extract_cpu_seconds_per_second": round(min(cpu for *_, cpu in runs) / length, 3),
        "extract_stage_seconds": _stages([run for run, *_ in runs]),
        "clip": {"name": video.name, "seconds": round(length, 2), "fps": result.take.fps},
        "error_raw": _apart(result.raw, full),
        "error_stored": _apart(result.take, full),
        **({"error_drawn": _off(result.take, parts)} if parts else {}),
        "jitter_raw": round(jitter(result.raw), 5),
        "jitter_stored": round(jitter(result.take), 5),
        "jitter_full_resolution": round(jitter(full), 5),
        "lag_frames": round(lag_frames(result.raw, result.take), 3),
        "extract_load": round(os.getloadavg()[0] / (os.cpu_count() or 1), 2),
    }


def _drawn_parts(models: Path, seconds: float) -> list[Part]:
    frames = round(seconds * FPS)
    one = dancer("person", DANCER_HEIGHT, models)
    left = (WIDTH - DANCER_HEIGHT * 3 / 4) / 2
    return [Part(one, one.dance(DANCE, FPS, frames), np.full(frames, left))]


def _drawn_clip(parts: list[Part], seconds: float) -> Path:
    """One drawn dancer to a drum machine; made once, then kept in the folder of temporary files."""
    CACHE.mkdir(exist_ok=True)
    clip = CACHE / f"{DANCE}-{WIDTH}x{HEIGHT}-{FPS}-{seconds:g}s.mp4"
    if not clip.exists():
        silent = write_dance(CACHE / "silent.mp4", parts, room(WIDTH, HEIGHT), FPS)
        mux(silent, write_m4a(CACHE / "drums.m4a", drums(BPM, seconds + 1)), clip)
    return clip


def _run(engine: MotionEngine, video: Path, threads: int) -> tuple[MotionResult, float, float]:
    """The result, and the wall and CPU seconds that it took."""
    with tempfile.TemporaryDirectory() as scratch:
        context = EngineContext(
            Path(scratch), lambda _progress: None, lambda _frame, _seconds: None, threads=threads
        )
        wall, cpu = time.perf_counter(), time.process_time()
        result = engine.run(MotionRequest(video), context)
        return result, time.perf_counter() - wall, time.process_time() - cpu


def _at_full_resolution(engine: MotionEngine, video: Path, result: MotionResult) -> PoseSequence:
    """The main person as the same models see them in frames that were not reduced, unsmoothed."""
    fps, count = take_rate(probe_motion(video)), result.take.frame_count
    scaler = Scaler()
    frames = (scaler.rgb(frame) for frame in steady_video(video, fps, count))
    seen = [
        [(number, body.points, body.confidence) for number, body in people]
        for people in track_people(engine.estimator, frames, MotionRequest(video).max_people, fps=fps)
    ]
    first = next(iter(steady_video(video, fps, 1)))
    height, width = scaler.rgb(first).shape[:2]
    tracks = collect_tracks(seen, (width, height), fps, 1)
    assert tracks is not None, "nobody is seen at full resolution"
    return tracks.raw


def _apart(one: PoseSequence, full: PoseSequence) -> dict[str, float]:
    """Distance of the main person's joints from those at full resolution, in body heights."""
    sure = (full.confidence[:, 0] >= SURE) & (one.confidence[:, 0] >= SURE)
    apart = np.linalg.norm((one.points - full.points[:, :1])[:, 0, :, :2], axis=-1)[sure]
    return _spread(apart / body_height(full, 0))


def _off(take: PoseSequence, parts: list[Part]) -> dict[str, float]:
    """Distance of the limb joints from where they were drawn, in heights of the dancer."""
    found = take.points[:, 0, IN_BLAZEPOSE, :2].astype(np.float64) * HEIGHT
    return _spread(np.linalg.norm(found - true_limbs(parts)[:, 0], axis=-1) / parts[0].dancer.height)


def _spread(values: Floats) -> dict[str, float]:
    return {"median": round(float(np.median(values)), 5), "p90": round(float(np.percentile(values, 90)), 5)}


def _stages(results: list[MotionResult]) -> dict[str, float]:
    stages = results[0].stage_seconds
    return {name: round(statistics.median(one.stage_seconds[name] for one in results), 2) for name in stages}
