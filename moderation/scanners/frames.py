"""Frames of a video that are worth looking at: one a second, and every change of scene. Pure Python."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from moderation.scanners.base import Media, ScanInput, ScanLists
from moderation.taxonomy import Surface
from tongyi_portal.vision.media import MediaUndecodable, iter_pictures, picture_count

SECONDS_BETWEEN = 1.0
SECONDS_BETWEEN_NEW = 3.0  # so often a frame counts as new though the scene has not changed
PICTURES_BETWEEN = 8  # of a moving picture, whose times anybody may have made up
MAX_FRAMES = 90
SCENE_CHANGE = 24.0  # mean difference of brightness, or of colours (0 to 255), on a coarse grid
MAX_PIXELS = 4096 * 2304
MAX_DECODED = 36_000  # twenty minutes at 30 frames a second
GRID = 24


class VideoUnreadable(Exception):
    """The file is not a video, is damaged, or is beyond the limits of this module."""


def sampled_frames(path: Path, surface: Surface, lists: ScanLists | None = None) -> Iterator[ScanInput]:
    """Yield frames (RGB) with their time codes in seconds: the first, one for each step, every new scene.

    The step is a second, or longer so that the regular frames use at most half of MAX_FRAMES. Of a moving
    picture (WebP, GIF, PNG) every eighth is a regular one, and the middle and the last. Raises
    VideoUnreadable, also in the middle, when the file cannot be decoded to its end, and at the end when it
    had more new scenes than MAX_FRAMES leaves room for: nobody has looked at those.
    """
    import av

    pictures = picture_count(path)
    if pictures > 1:
        yield from _pictures(path, pictures, surface, lists)
        return
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            yield from _frames(container, surface, lists)
    except (av.error.FFmpegError, ValueError) as error:
        raise VideoUnreadable(f"{type(error).__name__}: {error}") from error


class _Choice:
    """Which frames are looked at: the regular ones, and new scenes while there is room."""

    def __init__(self) -> None:
        self._shown: npt.NDArray[np.float32] | None = None
        self._taken, self._unseen, self._read_again = 0, 0, 0.0

    def take(self, seconds: float, coarse: npt.NDArray[np.float32], *, is_regular: bool) -> bool | None:
        """None for a frame that is not looked at; else whether what it shows is new."""
        is_new_scene = self._shown is not None and float(np.abs(coarse - self._shown).mean()) > SCENE_CHANGE
        if not is_regular and not (is_new_scene and self._taken < MAX_FRAMES):
            self._unseen += is_new_scene
            return None
        self._shown, self._taken = coarse, self._taken + 1
        is_new = is_new_scene or seconds >= self._read_again
        if is_new:
            self._read_again = seconds + SECONDS_BETWEEN_NEW
        return is_new

    def refuse_unseen(self) -> None:
        if self._unseen:
            raise VideoUnreadable(
                f"{self._unseen} frames of new scenes beyond the {MAX_FRAMES} that are looked at"
            )


def _frames(container: Any, surface: Surface, lists: ScanLists | None) -> Iterator[ScanInput]:
    if not container.streams.video:
        raise VideoUnreadable("the file has no video stream")
    stream = container.streams.video[0]
    if stream.width * stream.height > MAX_PIXELS:
        raise VideoUnreadable(f"{stream.width} x {stream.height} pixels are too many")
    stream.thread_type = "AUTO"
    duration = _duration(container, stream)
    step = max(SECONDS_BETWEEN, duration / (MAX_FRAMES / 2))
    choice, due, decoded, seconds = _Choice(), 0.0, 0, 0.0
    for frame in container.decode(stream):
        decoded += 1
        if decoded > MAX_DECODED:
            raise VideoUnreadable(f"more than {MAX_DECODED} frames")
        seconds = float(frame.time) if frame.time is not None else decoded / 30
        is_new = choice.take(seconds, _coarse(frame), is_regular=seconds >= due)
        if is_new is None:
            continue
        if seconds >= due:
            due = seconds + step
        pixels = frame.to_ndarray(format="rgb24")
        yield ScanInput(
            Media.VIDEO_FRAME, surface, pixels, seconds=round(seconds, 3), lists=lists, is_new=is_new
        )
    _refuse_cut_short(decoded, seconds, stream.frames, duration)
    choice.refuse_unseen()


def _pictures(path: Path, count: int, surface: Surface, lists: ScanLists | None) -> Iterator[ScanInput]:
    if count > MAX_DECODED:
        raise VideoUnreadable(f"more than {MAX_DECODED} pictures")
    step = max(PICTURES_BETWEEN, -(-count * 2 // MAX_FRAMES))
    regular = {*range(0, count, step), count // 2, count - 1}
    choice = _Choice()
    try:
        for number, (seconds, pixels) in enumerate(iter_pictures(path)):
            if pixels.shape[0] * pixels.shape[1] > MAX_PIXELS:
                raise VideoUnreadable(f"{pixels.shape[1]} x {pixels.shape[0]} pixels are too many")
            coarse = cv2.resize(pixels, (GRID, GRID), interpolation=cv2.INTER_AREA).astype(np.float32)
            is_new = choice.take(seconds, coarse, is_regular=number in regular)
            if is_new is not None:
                yield ScanInput(
                    Media.VIDEO_FRAME, surface, pixels, seconds=round(seconds, 3), lists=lists, is_new=is_new
                )
    except MediaUndecodable as error:
        raise VideoUnreadable(str(error)) from error
    choice.refuse_unseen()


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
