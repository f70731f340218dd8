"""Frames of a video that are worth looking at: one a second, and every change of scene. Pure Python."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from moderation.scanners.base import Media, ScanInput, ScanLists
from moderation.taxonomy import Surface

SECONDS_BETWEEN = 1.0
SECONDS_BETWEEN_NEW = 3.0  # so often a frame counts as new though the scene has not changed
MAX_FRAMES = 90
SCENE_CHANGE = 24.0  # mean difference of brightness (0 to 255) on a coarse grid
MAX_PIXELS = 4096 * 2304
MAX_DECODED = 36_000  # twenty minutes at 30 frames a second
GRID = 24


class VideoUnreadable(Exception):
    """The file is not a video, is damaged, or is beyond the limits of this module."""


def sampled_frames(path: Path, surface: Surface, lists: ScanLists | None = None) -> Iterator[ScanInput]:
    """Yield frames (RGB) with their time codes in seconds: the first, one for each step, every new scene.

    The step is a second, or longer so that the regular frames use at most half of MAX_FRAMES. Raises
    VideoUnreadable, also in the middle, when the file cannot be decoded to its end, and at the end when it
    had more new scenes than MAX_FRAMES leaves room for: nobody has looked at those.
    """
    import av

    try:
        with av.open(str(path), metadata_errors="replace") as container:
            yield from _frames(container, surface, lists)
    except (av.error.FFmpegError, ValueError) as error:
        raise VideoUnreadable(f"{type(error).__name__}: {error}") from error


def _frames(container: Any, surface: Surface, lists: ScanLists | None) -> Iterator[ScanInput]:
    if not container.streams.video:
        raise VideoUnreadable("the file has no video stream")
    stream = container.streams.video[0]
    if stream.width * stream.height > MAX_PIXELS:
        raise VideoUnreadable(f"{stream.width} x {stream.height} pixels are too many")
    stream.thread_type = "AUTO"
    duration = _duration(container, stream)
    step = max(SECONDS_BETWEEN, duration / (MAX_FRAMES / 2))
    due, yielded, shown, read_again = 0.0, 0, None, 0.0
    decoded, seconds, unseen = 0, 0.0, 0
    for frame in container.decode(stream):
        decoded += 1
        if decoded > MAX_DECODED:
            raise VideoUnreadable(f"more than {MAX_DECODED} frames")
        seconds = float(frame.time) if frame.time is not None else decoded / 30
        coarse = _coarse(frame)
        is_new_scene = shown is not None and float(np.abs(coarse - shown).mean()) > SCENE_CHANGE
        if seconds < due and not (is_new_scene and yielded < MAX_FRAMES):
            unseen += is_new_scene
            continue
        if seconds >= due:
            due = seconds + step
        shown, yielded = coarse, yielded + 1
        is_new = is_new_scene or seconds >= read_again
        if is_new:
            read_again = seconds + SECONDS_BETWEEN_NEW
        pixels = frame.to_ndarray(format="rgb24")
        yield ScanInput(
            Media.VIDEO_FRAME, surface, pixels, seconds=round(seconds, 3), lists=lists, is_new=is_new
        )
    _refuse_cut_short(decoded, seconds, stream.frames, duration)
    if unseen:
        raise VideoUnreadable(f"{unseen} frames of new scenes beyond the {MAX_FRAMES} that are looked at")


def _refuse_cut_short(decoded: int, last_seconds: float, promised_frames: int, duration: float) -> None:
    """Raise VideoUnreadable when the index promises more than there was: nobody has looked at the rest.

    An edit list may hide a few frames, and a last frame may stand for a while.
    """
    if decoded == 0:
        raise VideoUnreadable("the video has no frames")
    if decoded < promised_frames * 0.98 - 3:
        raise VideoUnreadable(f"{decoded} frames of {promised_frames}")
    if last_seconds < duration - 2 * SECONDS_BETWEEN:
        raise VideoUnreadable(f"the frames end at {last_seconds:.1f} s of {duration:.1f} s")


def _duration(container: Any, stream: Any) -> float:
    """Seconds as the file says, 0 when it does not."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / 1_000_000


def _coarse(frame: Any) -> npt.NDArray[np.float32]:
    """Brightness on a coarse grid, read straight from the luma plane where there is one."""
    if frame.format.name.startswith("yuv") and not frame.format.name.endswith(("10le", "12le")):
        plane = frame.planes[0]
        luma = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
    else:
        luma = frame.to_ndarray(format="gray")
    rows, columns = max(1, luma.shape[0] // GRID), max(1, luma.shape[1] // GRID)
    return luma[::rows, ::columns][:GRID, :GRID].astype(np.float32)
