"""A take's frames at an even rate, its proxy video for scrubbing, and its strip of thumbnails. Pure Python.

All three come from `steady_frames`, so frame k of the proxy is frame k of the take by construction.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation

from tongyi_portal.vision.media import MediaEncodeFailed, MediaUndecodable, part_beside, write_jpeg
from tongyi_portal.vision.regions import Image

LOOK_AHEAD = 0.25  # of a frame: frame k of a video of the same rate is then frame k, whatever the rounding
KEY_SECONDS = 0.5
READERS = "mov,mp4,m4a,3gp,3g2,mj2,avi,matroska,webm"
STRIP_HEIGHT = 120
NOTICE_FRAMES = 10


def steady_frames(
    path: Path, fps: float, count: int, *, longest_side: int | None = None, even: bool = False
) -> Iterator[Image]:
    """`count` frames at k / fps seconds after the first one, upright RGB (uint8, (height, width, 3)).

    A frame stays on show until the next begins, as in a player; a damaged end holds the last good frame.
    longest_side: pictures are reduced to it. even: both sides even, as encoders want. Frames are decoded one
    after the other; a minute takes no more memory than a second. Raises MediaUndecodable when there is none.
    """
    options = {"format_whitelist": READERS, "protocol_whitelist": "file"}
    given = 0
    last: Any = None
    try:
        with av.open(str(path), options=options) as container:
            if not container.streams.video:
                raise MediaUndecodable(f"{path.name} holds no video stream")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for time, frame in _timed(container, stream):
                while last is not None and given < count and (given + LOOK_AHEAD) / fps < time:
                    yield _picture(last, longest_side, even=even)
                    given += 1
                if given >= count:
                    return
                last = frame
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if last is None:
            raise MediaUndecodable(f"{path.name} is not a readable video: {error}") from error
    if last is None:
        raise MediaUndecodable(f"{path.name} holds no video frame")
    still = _picture(last, longest_side, even=even)
    for _ in range(given, count):
        yield still


def write_proxy(
    path: Path,
    target: Path,
    *,
    fps: float,
    count: int,
    longest_side: int = 720,
    threads: int = 2,
    notice: Callable[[int], None] = lambda _done: None,
) -> Path:
    """An H.264 MP4 of the frames of `steady_frames`, without sound, that browsers can scrub through.

    A key frame each half second, no frames that depend on later ones, index first. notice: told every ten
    frames how many are done; what it raises stops the work. `target` appears only when it is complete.
    Raises MediaUndecodable, MediaEncodeFailed.
    """
    part = part_beside(target)
    rate = Fraction(fps).limit_denominator(1001)
    try:
        with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream: Any = None
            for index, picture in enumerate(
                steady_frames(path, fps, count, longest_side=longest_side, even=True)
            ):
                if stream is None:
                    stream = _h264(container, rate, picture, threads)
                planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), np.uint8)
                frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
                frame.pts, frame.time_base = index, 1 / rate
                container.mux(stream.encode(frame))
                if index % NOTICE_FRAMES == 0:
                    notice(index)
            container.mux(stream.encode(None))
    except av.error.FFmpegError as error:
        part.unlink(missing_ok=True)
        raise MediaEncodeFailed(f"{target.name} could not be encoded: {error}") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(target)
    return target


def write_strip(proxy: Path, target: Path, *, fps: float, count: int, thumbs: int = 12) -> Path:
    """A JPEG of `thumbs` pictures side by side, the middle of each equal share of the take, 120 pixels high.

    proxy: the file that `write_proxy` made of `count` frames. Raises MediaUndecodable, MediaEncodeFailed.
    """
    wanted = [min(count - 1, int((index + 0.5) * count / thumbs)) for index in range(thumbs)]
    kept: dict[int, Image] = {}
    for index, picture in enumerate(steady_frames(proxy, fps, count)):
        if index in wanted:
            height, width = picture.shape[:2]
            size = (max(1, round(width * STRIP_HEIGHT / height)), STRIP_HEIGHT)
            kept[index] = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    write_jpeg(target, np.hstack([kept[index] for index in wanted]), quality=82)
    return target


def _h264(container: Any, rate: Fraction, picture: Image, threads: int) -> Any:
    keys = max(1, round(KEY_SECONDS * rate))
    options = {
        "crf": "23", "preset": "veryfast", "threads": str(threads), "g": str(keys), "keyint_min": str(keys),
        "sc_threshold": "0", "bf": "0", "profile": "main",
    }  # fmt: skip
    stream = container.add_stream("libx264", rate=rate, options=options)
    stream.height, stream.width = picture.shape[:2]
    stream.pix_fmt = "yuv420p"
    return stream


def _timed(container: Any, stream: Any) -> Iterator[tuple[float, Any]]:
    """Frames with their seconds since the first one; frames without a time of their own are left out.

    Packets that do not decode are skipped, as the probe does.
    """
    first: float | None = None
    before = -1.0
    base = float(stream.time_base or 1)
    step = 1 / float(stream.average_rate or stream.guessed_rate or 25)
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        for frame in frames:
            time = float(frame.pts) * base if frame.pts is not None else (first or 0.0) + before + step
            first = time if first is None else first
            if time - first > before:
                before = time - first
                yield before, frame


def _picture(frame: Any, longest_side: int | None, *, even: bool) -> Image:
    """A frame as upright RGB, reduced."""
    width, height = frame.width, frame.height
    share = min(1.0, longest_side / max(width, height)) if longest_side else 1.0
    width, height = max(1, round(width * share)), max(1, round(height * share))
    if even:
        width, height = max(2, width - width % 2), max(2, height - height % 2)
    small = frame.reformat(width, height, "rgb24", interpolation=Interpolation.AREA)
    pixels = small.to_ndarray()
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels
