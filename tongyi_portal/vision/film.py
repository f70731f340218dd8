"""A stranger's video, decoded once at an even rate within a budget, for several readers. Pure Python."""

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from tongyi_portal.vision.media import MediaError, MediaUndecodable
from tongyi_portal.vision.regions import Image

Item = TypeVar("Item")

LOOK_AHEAD = 0.25  # of a frame: frame k of a video of the same rate is then frame k, whatever the rounding
READERS = "mov,mp4,m4a,3gp,3g2,mj2,avi,matroska,webm"
OPEN_SECONDS = 30.0  # for reading the header, and for each read after it
MATRICES = {1: Colorspace.ITU709, 9: Colorspace.BT2020}  # by the number in H.273, table 4; others are BT.601
TURNS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}
POLL_SECONDS = 0.05


class DecodeBudgetSpent(MediaError):
    """Reading or decoding a file takes more work than any honest one would."""

    code = "media_takes_too_long"


@dataclass(frozen=True)
class DecodeBudget:
    """What may be spent on one file.

    seconds: of reading and decoding; what the user of the frames does meanwhile does not count. packets: of
    all streams together, so that a file of a million empty ones ends. clock: seconds that never fall.
    """

    seconds: float = 240.0
    packets: int = 100_000
    clock: Callable[[], float] = time.monotonic


def moving_pictures(container: Any) -> Any | None:
    """The first video stream that is no still cover attached to the file; None when there is none."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    return None


def decoded_packets(container: Any, stream: Any, budget: DecodeBudget) -> Iterator[list[Any] | None]:
    """For each packet of the file the frames of `stream` that it gives; None for one that does not decode.

    Raises FFmpegError or ValueError where the file breaks off, DecodeBudgetSpent.
    """
    packets = container.demux()  # all streams: those that are skipped must count too
    spent, count = 0.0, 0
    while True:
        start = budget.clock()
        packet = next(packets, None)
        if packet is None:
            return
        frames = _frames(packet) if packet.stream.index == stream.index else []
        spent += budget.clock() - start
        count += 1
        if spent > budget.seconds or count > budget.packets:
            raise DecodeBudgetSpent(
                f"after {count} packets and {spent:.1f} seconds the video is not decoded; "
                f"allowed are {budget.packets} packets and {budget.seconds:g} seconds"
            )
        yield frames


def steady_video(path: Path, fps: float, count: int, budget: DecodeBudget | None = None) -> Iterator[Any]:
    """`count` decoded frames (av.VideoFrame) at k / fps seconds after the first one.

    A frame stays on show, and is given again, until the next begins, as in a player; a damaged end holds the
    last good frame. A minute takes no more memory than a second. Raises MediaUndecodable when there is no
    frame, DecodeBudgetSpent.
    """
    options = {"format_whitelist": READERS, "protocol_whitelist": "file"}
    given = 0
    last: Any = None
    try:
        with av.open(str(path), options=options, timeout=OPEN_SECONDS) as container:
            stream = moving_pictures(container)
            if stream is None:
                raise MediaUndecodable(f"{path.name} holds no moving picture")
            stream.thread_type = "AUTO"
            for second, frame in _timed(decoded_packets(container, stream, budget or DecodeBudget()), stream):
                while last is not None and given < count and (given + LOOK_AHEAD) / fps < second:
                    yield last
                    given += 1
                if given >= count:
                    return
                last = frame
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if last is None:
            raise MediaUndecodable(f"{path.name} is not a readable video: {error}") from error
    if last is None:
        raise MediaUndecodable(f"{path.name} holds no video frame")
    for _ in range(given, count):
        yield last


class Scaler:
    """Brings decoded frames to one size, upright: the scaler of FFmpeg keeps its tables from frame to frame.

    longest_side: pictures are reduced to it, never enlarged. even: both sides even, as encoders want. A frame
    that comes again is not scaled again; what is given must not be written to.
    """

    def __init__(self, longest_side: int | None = None, *, even: bool = False) -> None:
        self.longest_side = longest_side
        self.even = even
        self._reformatter = VideoReformatter()
        self._source: Any = None
        self._made: Any = None

    def rgb(self, frame: Any) -> Image:
        """The frame as RGB (uint8, (height, width, 3))."""
        return np.asarray(self._once(frame, self._rgb), np.uint8)

    def yuv(self, frame: Any, matrix: Colorspace) -> Any:
        """The frame as av.VideoFrame in yuv420p, limited range, with this colour matrix."""
        return self._once(frame, lambda one: self._yuv(one, matrix))

    def _once(self, frame: Any, make: Callable[[Any], Any]) -> Any:
        if frame is not self._source:
            self._source, self._made = frame, make(frame)
        return self._made

    def _rgb(self, frame: Any) -> Image:
        small = self._reformatter.reformat(
            frame, *self._size(frame), "rgb24", interpolation=Interpolation.AREA, threads=1
        )
        return _turned(np.asarray(small.to_ndarray(), np.uint8), frame)

    def _yuv(self, frame: Any, matrix: Colorspace) -> Any:
        small = self._reformatter.reformat(
            frame, *self._size(frame), "yuv420p", interpolation=Interpolation.AREA, threads=1,
            dst_colorspace=matrix, dst_color_range=ColorRange.MPEG,
        )  # fmt: skip
        if not round(frame.rotation / 90) % 4:
            return small
        packed = small.to_ndarray()
        height, width = small.height, small.width
        quarters = packed[height:].reshape(2, height // 2, width // 2)
        planes = [_turned(plane, frame) for plane in (packed[:height], *quarters)]
        flat = np.concatenate([plane.ravel() for plane in planes])
        return av.VideoFrame.from_ndarray(flat.reshape(-1, planes[0].shape[1]), format="yuv420p")

    def _size(self, frame: Any) -> tuple[int, int]:
        """Width and height before the frame is turned."""
        width, height = frame.width, frame.height
        share = min(1.0, self.longest_side / max(width, height)) if self.longest_side else 1.0
        width, height = max(1, round(width * share)), max(1, round(height * share))
        if self.even:
            width, height = max(2, width - width % 2), max(2, height - height % 2)
        return width, height


def matrix_of(frame: Any) -> Colorspace:
    """The colour matrix to keep when a frame is encoded anew; BT.601 where it names none."""
    return MATRICES.get(int(frame.colorspace), Colorspace.SMPTE170M)


def ahead(items: Generator[Item, None, None], most: int) -> Generator[Item, None, None]:
    """The same items, made in a thread of their own while the caller is busy with those before.

    At most `most` wait. What `items` raises is raised here. When this generator is closed, `items` is closed
    in its thread, and the thread has ended.
    """
    made: queue.Queue[tuple[Item | None, BaseException | None]] = queue.Queue(most)
    is_left = threading.Event()

    def make() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                made.put((item, None))
                if is_left.is_set():
                    break
            items.close()
        except BaseException as raised:  # noqa: BLE001 - handed to the caller's thread
            error = raised
        made.put((None, error or StopIteration()))

    thread = threading.Thread(target=make, name="film", daemon=True)
    thread.start()
    try:
        while True:
            item, error = made.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]  # only the end mark has no item
    finally:
        is_left.set()
        while thread.is_alive():
            with suppress(queue.Empty):
                made.get(timeout=POLL_SECONDS)
        thread.join()


def _frames(packet: Any) -> list[Any] | None:
    try:
        return list(packet.decode())
    except (av.error.FFmpegError, MemoryError):
        return None


def _timed(packets: Iterator[list[Any] | None], stream: Any) -> Iterator[tuple[float, Any]]:
    """Frames with their seconds since the first one; those that come no later than the one before are left
    out, and so are packets that do not decode, as the probe does.
    """
    first: float | None = None
    before = -1.0
    base = float(stream.time_base or 1)
    step = 1 / float(stream.average_rate or stream.guessed_rate or 25)
    for frames in packets:
        for frame in frames or ():
            moment = float(frame.pts) * base if frame.pts is not None else (first or 0.0) + before + step
            first = moment if first is None else first
            if moment - first > before:
                before = moment - first
                yield before, frame


def _turned(plane: Image, frame: Any) -> Image:
    """A plane, turned as the frame's display matrix says (counter-clockwise degrees)."""
    turns = round(frame.rotation / 90) % 4
    return np.asarray(cv2.rotate(plane, TURNS[turns]), np.uint8) if turns else plane
