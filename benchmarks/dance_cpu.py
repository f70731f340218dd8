"""Times the CPU dance engine: photo in, MP4 out, against bare x264 of the same frames in the same process.

Runs the engine once to warm up, then engine and encoder in turn. The last line is JSON with units in its
keys: `ratio_to_x264` (median engine seconds over median encoder seconds), `seconds_total`, `peak_rss_mb`,
stages.

    python benchmarks/dance_cpu.py
    python benchmarks/dance_cpu.py --photo me.jpg --dance kemusan --keep out.mp4 --sheet sheet.png
"""

import argparse
import json
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from generation.engines.animation.engine import AnimationEngine  # noqa: E402
from generation.engines.base import DanceRequest, EngineContext, VideoResult  # noqa: E402
from templates_app.choreography import CHOREOGRAPHIES  # noqa: E402
from tongyi_portal.vision import media  # noqa: E402

CRF, PRESET = "21", "veryfast"  # what media.VideoWriter uses
SHEET_COLUMNS, SHEET_ROWS, SHEET_HEIGHT = 6, 2, 420


@dataclass
class Timings:
    """What the repeats measured, seconds."""

    engine: list[float] = field(default_factory=list)
    encoder: list[float] = field(default_factory=list)
    stages: dict[str, list[float]] = field(default_factory=dict)


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        photo = options.photo or _drawn_photo(options.character, Path(folder))
        request = _request(photo, options)
        engine = AnimationEngine(options.models, threads=options.threads)
        started = time.perf_counter()
        engine.load()
        load_seconds = time.perf_counter() - started
        result, first_seconds = _run(engine, request, Path(folder) / "first", options.threads)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        frames = _decoded(result.video)
        timings = Timings()
        for index in range(options.repeats):
            warm, seconds = _run(engine, request, Path(folder) / f"warm{index}", options.threads)
            timings.engine.append(seconds)
            for stage, value in warm.stage_seconds.items():
                timings.stages.setdefault(stage, []).append(value)
            timings.encoder.append(_encode(frames, request, Path(folder) / "bare.mp4", options.threads))
        if options.keep:
            options.keep.write_bytes(result.video.read_bytes())
        if options.sheet:
            _write_sheet(result.video, options.sheet)
    _report(timings, load_seconds, first_seconds, peak_mb, result)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--photo", type=Path, help="a photo of one standing person; default: a drawn character"
    )
    parser.add_argument("--character", default="person", help="drawn character, when no photo is given")
    parser.add_argument("--dance", default="kemusan", choices=sorted(CHOREOGRAPHIES))
    parser.add_argument(
        "--models", type=Path, default=ROOT / "var" / "models", help="folder of the model files"
    )
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--fps", type=int, default=30)
    parser.add_argument("--size", type=int, nargs=2, default=(576, 1024), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="write the video here")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet (PNG) here")
    return parser.parse_args()


def _drawn_photo(character: str, folder: Path) -> Path:
    """Draw in a process of its own, whose memory does not count in `peak_rss_mb`."""
    path = folder / f"{character}.png"
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(_draw, character, path).result()
    return path


def _draw(character: str, path: Path) -> None:
    from templates_app.characters import draw_character

    picture = draw_character(character, 1024, folder=ROOT / "var" / "characters")
    cv2.imwrite(str(path), picture[..., ::-1])


def _request(photo: Path, options: argparse.Namespace) -> DanceRequest:
    poses = CHOREOGRAPHIES[options.dance].build().resampled(options.fps, round(options.seconds * options.fps))
    return DanceRequest((photo,), poses, options.size[0], options.size[1], options.fps)


def _run(
    engine: AnimationEngine, request: DanceRequest, scratch: Path, threads: int
) -> tuple[VideoResult, float]:
    """One run and its wall-clock seconds; the label that `finish_frame` draws is not part of the engine."""
    scratch.mkdir()
    context = EngineContext(scratch, lambda _progress: None, lambda _frame, _seconds: None, threads=threads)
    started = time.perf_counter()
    result = engine.run(request, context)
    return result, time.perf_counter() - started


def _decoded(video: Path) -> list[Any]:
    """All frames as yuv420p, so that the bare encoder is given no conversion to do."""
    with av.open(str(video)) as container:
        container.streams.video[0].thread_type = "AUTO"
        return [frame.reformat(format="yuv420p") for frame in container.decode(video=0)]


def _encode(frames: list[Any], request: DanceRequest, path: Path, threads: int) -> float:
    """Seconds that x264 alone needs for the frames."""
    started = time.perf_counter()
    with av.open(str(path), "w") as container:
        options = {"crf": CRF, "preset": PRESET, "threads": str(threads)}
        stream = container.add_stream("libx264", rate=request.fps, options=options)
        stream.width, stream.height, stream.pix_fmt = request.width, request.height, "yuv420p"
        for index, frame in enumerate(frames):
            frame.pts, frame.time_base = index, Fraction(1, request.fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return time.perf_counter() - started


def _write_sheet(video: Path, target: Path) -> None:
    """Twelve frames of the video side by side."""
    frames = [frame for _, frame in media.sample_frames(video, SHEET_COLUMNS * SHEET_ROWS)]
    small = [_shrunk(frame) for frame in frames]
    rows = [np.hstack(small[start : start + SHEET_COLUMNS]) for start in range(0, len(small), SHEET_COLUMNS)]
    cv2.imwrite(str(target), np.vstack(rows)[..., ::-1])


def _shrunk(frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    width = round(frame.shape[1] * SHEET_HEIGHT / frame.shape[0])
    return np.asarray(cv2.resize(frame, (width, SHEET_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


def _report(
    timings: Timings, load_seconds: float, first_seconds: float, peak_mb: float, result: VideoResult
) -> None:
    engine, encoder = statistics.median(timings.engine), statistics.median(timings.encoder)
    print(f"{result.frame_count} frames {result.width}x{result.height}, {len(timings.engine)} repeats")
    print(f"{'stage':<22}{'median s':>10}{'min s':>10}{'max s':>10}")
    rows = [*timings.stages.items(), ("whole run", timings.engine), ("bare x264", timings.encoder)]
    for name, values in rows:
        print(f"{name:<22}{statistics.median(values):>10.3f}{min(values):>10.3f}{max(values):>10.3f}")
    print(f"load {load_seconds:.2f} s, first run {first_seconds:.2f} s")
    summary: dict[str, float] = {
        "ratio_to_x264": round(engine / encoder, 3),
        "seconds_total": round(engine, 3),
        "peak_rss_mb": round(peak_mb, 1),
        "x264_seconds": round(encoder, 3),
        "load_seconds": round(load_seconds, 3),
        "first_run_seconds": round(first_seconds, 3),
    }
    summary |= {
        f"{name}_seconds": round(statistics.median(values), 3) for name, values in timings.stages.items()
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
