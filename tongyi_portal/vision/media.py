"""Decode and encode pictures and video: orientation, frame sampling, a threaded H.264 writer. Pure Python."""

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image as Pictures
from PIL import ImageOps

from tongyi_portal.vision.regions import Image

QUEUE_FRAMES = 8  # frames that may wait for the encoder; more only cost memory
SEEK_GAP_SECONDS = 10.0  # decoding on is cheaper than seeking back to a key frame for smaller gaps


class MediaError(Exception):
    """A picture or video could not be read or written. `code` is stable."""

    code = "media_error"


class MediaUndecodable(MediaError):
    """The file is missing, damaged or of an unknown kind."""

    code = "media_undecodable"


class MediaEncodeFailed(MediaError):
    """The encoder or the container writer failed; the message has its reason."""

    code = "media_encode_failed"


@dataclass(frozen=True)
class VideoInfo:
    """width, height: as shown, after the file's rotation. frames: as the container says, else estimated."""

    width: int
    height: int
    fps: float
    frames: int
    duration_seconds: float
    has_audio: bool
    codec: str


def read_image(path: Path) -> Image:
    """A still picture as uint8 (height, width, 3) RGB, turned upright by its EXIF; transparency over white.

    Of a moving picture the first. Raises MediaUndecodable.
    """
    with _picture(path) as opened:
        return _upright_picture(opened)


def picture_count(path: Path) -> int:
    """How many pictures follow each other in the file: 1 in a still one, 0 where it is no picture."""
    try:
        with _picture(path) as opened:
            return int(getattr(opened, "n_frames", 1))
    except MediaUndecodable:
        return 0


def iter_pictures(path: Path) -> Iterator[tuple[float, Image]]:
    """All pictures of a moving one, each with the seconds since the start. Raises MediaUndecodable, also in
    mid-way.

    A picture stands for a thousandth of a second at least, so that no two have the same time.
    """
    with _picture(path) as opened:
        milliseconds = 0.0
        for number in range(getattr(opened, "n_frames", 1)):
            opened.seek(number)
            picture = _upright_picture(opened)
            yield milliseconds / 1000, picture
            milliseconds += max(1.0, float(opened.info.get("duration", 0)))


@contextmanager
def _picture(path: Path) -> Iterator[Pictures.Image]:
    try:
        with Pictures.open(path) as opened:
            yield opened
    except (OSError, EOFError, SyntaxError, ValueError, Pictures.DecompressionBombError) as error:
        raise MediaUndecodable(f"{path.name} is not a readable picture: {error}") from error


def _upright_picture(opened: Pictures.Image) -> Image:
    upright = ImageOps.exif_transpose(opened)
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        white = Pictures.new("RGBA", layer.size, "white")
        upright = Pictures.alpha_composite(white, layer)
    return np.array(upright.convert("RGB"))


def write_jpeg(path: Path, image: Image, quality: int = 90) -> None:
    """Write uint8 (height, width, 3) RGB as JPEG, atomically. Raises MediaEncodeFailed."""
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    if not done:
        raise MediaEncodeFailed(f"{path.name} could not be encoded as JPEG")
    part = part_beside(path)
    part.write_bytes(data.tobytes())
    part.replace(path)


def probe_video(path: Path) -> VideoInfo:
    """What the container and the first frame say about a video. Raises MediaUndecodable."""
    with _opened(path) as (container, stream):
        fps = float(stream.average_rate or stream.guessed_rate or 0)
        if stream.duration is not None and stream.time_base is not None:
            seconds = float(stream.duration * stream.time_base)
        else:
            seconds = (container.duration or 0) / av.time_base
        first = next(container.decode(stream), None)
        if first is None:
            raise MediaUndecodable(f"{path.name} holds no video frame")
        turned = first.rotation % 180 != 0
        return VideoInfo(
            width=first.height if turned else first.width,
            height=first.width if turned else first.height,
            fps=fps,
            frames=stream.frames or round(seconds * fps),
            duration_seconds=seconds,
            has_audio=bool(container.streams.audio),
            codec=stream.codec_context.name,
        )


def iter_frames(
    path: Path, *, stride: int = 1, times: Sequence[float] | None = None
) -> Iterator[tuple[float, Image]]:
    """Frames of a video in order, as (seconds since its start, uint8 (height, width, 3) RGB upright).

    stride: every n-th frame. times (ascending seconds): instead, for each the frame on show at that time, the
    last frame for times past the end. Raises MediaUndecodable, also in mid-way when the file is damaged.
    """
    if times is not None and stride != 1:
        raise ValueError("give stride or times, not both")
    with _opened(path) as (container, stream):
        if times is None:
            for index, frame in enumerate(container.decode(stream)):
                if index % stride == 0:
                    yield _seconds(frame, stream), _upright(frame)
        else:
            yield from _frames_at(container, stream, times)


def sample_frames(path: Path, count: int) -> list[tuple[float, Image]]:
    """`count` frames spread evenly over a video, the middle of each equal share. Raises MediaUndecodable."""
    duration = probe_video(path).duration_seconds
    return list(iter_frames(path, times=[(index + 0.5) * duration / count for index in range(count)]))


class VideoWriter:
    """Writes an H.264 MP4 (yuv420p, faststart, no audio) while the caller makes the next frame.

    path: appears only when the `with` block ends without an error; a file of that name is replaced.
    width, height: even pixels. fps: frames per second. crf: 0 (best) to 51. preset, threads: of x264.

    Frames are copied by `write`, so the caller may reuse its array at once; a second thread converts and
    encodes them. The colour matrix is BT.601 limited range, the one OpenCV converts with, and is tagged so.
    Raises ValueError for odd sizes; MediaEncodeFailed from `write` or at the end of the block.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        fps: float,
        *,
        crf: int = 21,
        preset: str = "veryfast",
        threads: int = 2,
    ) -> None:
        if width % 2 or height % 2 or width <= 0 or height <= 0:
            raise ValueError(f"width and height must be even and positive for yuv420p, got {width}x{height}")
        self.path = path
        self.width, self.height = width, height
        self.frame_count = 0
        self._rate = Fraction(fps).limit_denominator(1001)
        self._options = {"crf": str(crf), "preset": preset, "threads": str(threads)}
        self._part = part_beside(path)
        self._queue: queue.Queue[Image | None] = queue.Queue(QUEUE_FRAMES)
        self._error: BaseException | None = None
        self._is_abandoned = False
        self._is_ended = False
        self._thread = threading.Thread(target=self._encode_all, name="video-encoder", daemon=True)

    def __enter__(self) -> "VideoWriter":
        self._thread.start()
        return self

    def write(self, frame: Image) -> None:
        """Queue one frame, uint8 (height, width, 3) RGB; waits while the encoder is behind.

        Raises ValueError for another shape or type, MediaEncodeFailed when encoding has failed meanwhile.
        """
        if frame.shape != (self.height, self.width, 3) or frame.dtype != np.uint8:
            raise ValueError(
                f"frame must be uint8 ({self.height}, {self.width}, 3), got {frame.dtype} {frame.shape}"
            )
        self._raise_error()
        self._queue.put(frame.copy())
        self.frame_count += 1

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_abandoned = kind is not None
        self._queue.put(None)
        self._thread.join()
        if kind is None and self._error is None:
            self._part.replace(self.path)
            return
        self._part.unlink(missing_ok=True)
        if kind is None:
            self._raise_error()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise MediaEncodeFailed(f"{self.path.name} could not be encoded: {self._error}") from self._error

    def _encode_all(self) -> None:
        """Body of the encoder thread; after a failure it only empties the queue: nobody may wait on it."""
        try:
            self._encode()
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
            self._error = error
            for _ in self._waiting_frames():
                pass

    def _waiting_frames(self) -> Iterator[Image]:
        """Frames from the queue up to the end mark, which is taken only once."""
        while not self._is_ended:
            frame = self._queue.get()
            if frame is None:
                self._is_ended = True
            else:
                yield frame

    def _encode(self) -> None:
        with av.open(str(self._part), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=self._rate, options=self._options)
            stream.width, stream.height, stream.pix_fmt = self.width, self.height, "yuv420p"
            context = stream.codec_context
            context.color_range = ColorRange.MPEG
            context.colorspace = Colorspace.SMPTE170M
            context.color_primaries = 1  # BT.709, which sRGB shares
            context.color_trc = 13  # IEC 61966-2-1 (sRGB)
            for index, frame in enumerate(self._waiting_frames()):
                if self._is_abandoned:
                    continue
                planes = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420), np.uint8)
                picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
                picture.pts, picture.time_base = index, 1 / self._rate
                container.mux(stream.encode(picture))
            if not self._is_abandoned:
                container.mux(stream.encode(None))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """The container and its first video stream, with FFmpeg's errors as MediaUndecodable."""
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise MediaUndecodable(f"{path.name} holds no video stream")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            yield container, stream
    except (av.error.FFmpegError, OSError) as error:
        raise MediaUndecodable(f"{path.name} is not a readable video: {error}") from error


def _frames_at(container: Any, stream: Any, times: Sequence[float]) -> Iterator[tuple[float, Image]]:
    """For each time the last frame that starts at or before it, seeking over long gaps."""
    frames = container.decode(stream)
    shown = next(frames, None)
    coming = next(frames, None)
    for time in times:
        if shown is not None and time - _seconds(shown, stream) > SEEK_GAP_SECONDS:
            container.seek(int(time / stream.time_base) + (stream.start_time or 0), stream=stream)
            frames = container.decode(stream)
            shown, coming = next(frames, shown), next(frames, None)
        while coming is not None and _seconds(coming, stream) <= time:
            shown, coming = coming, next(frames, None)
        if shown is not None:
            yield _seconds(shown, stream), _upright(shown)


def _seconds(frame: Any, stream: Any) -> float:
    return float((frame.pts - (stream.start_time or 0)) * stream.time_base) if frame.pts is not None else 0.0


def _upright(frame: Any) -> Image:
    """A decoded frame as RGB, turned as its display matrix says (counter-clockwise degrees)."""
    pixels = frame.to_ndarray(format="rgb24")
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels


def part_beside(path: Path) -> Path:
    """The temporary name beside `path` that it is written under."""
    return path.with_name(f".{path.name}.part")
