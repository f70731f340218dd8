"""Videos as phones, screen recorders, old discs and broken transfers leave them, of the same frames."""

import struct
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from tests.factories.sounds import tone, write_m4a

Image = npt.NDArray[np.uint8]

FPS = 25
TICK = Fraction(1, 1000)
UPRIGHT = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
QUARTER_CLOCKWISE = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
UNEVEN_GAPS = (33, 33, 66, 20, 33, 55)  # milliseconds, 40 in the mean


def write_film(
    path: Path,
    frames: Sequence[Image],
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    times: Sequence[int] | None = None,
    options: Mapping[str, str] | None = None,
) -> Path:
    """Frames (RGB) as a silent video, index first. times: milliseconds of each, else 25 frames a second."""
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream(codec, rate=FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.options = {"preset": "ultrafast", **(options or {})}
        if codec == "libx265":
            stream.options |= {"x265-params": "log-level=none"}
        if times is not None:
            stream.codec_context.time_base = TICK
        for index, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = times[index], TICK
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def uneven_times(count: int) -> list[int]:
    """When the frames of a video with a variable rate begin, milliseconds."""
    gaps = [UNEVEN_GAPS[index % len(UNEVEN_GAPS)] for index in range(count - 1)]
    return [0, *np.cumsum(gaps).tolist()]


def silent(path: Path, frames: Sequence[Image]) -> Path:
    return write_film(path, frames)


def uneven(path: Path, frames: Sequence[Image]) -> Path:
    return write_film(path, frames, times=uneven_times(len(frames)))


def ten_bit(path: Path, frames: Sequence[Image]) -> Path:
    return write_film(path, frames, pixels="yuv420p10le")


def ten_bit_hevc(path: Path, frames: Sequence[Image]) -> Path:
    return write_film(path, frames, codec="libx265", pixels="yuv420p10le")


def turned(path: Path, frames: Sequence[Image]) -> Path:
    """As a phone held upright writes it: lying pictures, and a display matrix that turns them."""
    return turn(write_film(path, [np.ascontiguousarray(np.rot90(frame)) for frame in frames]), path)


def turn(source: Path, target: Path) -> Path:
    """The same MP4 with a display matrix of 90 degrees clockwise."""
    data = bytearray(source.read_bytes())
    at = data.index(UPRIGHT, data.index(b"tkhd"))
    data[at : at + len(UPRIGHT)] = QUARTER_CLOCKWISE
    target.write_bytes(bytes(data))
    return target


def truncated(path: Path, frames: Sequence[Image]) -> Path:
    """The first six tenths of a file whose index stands first."""
    data = write_film(path, frames, options={"g": "5"}).read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    return path


def without_index(path: Path, frames: Sequence[Image]) -> Path:
    """The pictures of an MP4, but not the box that says where they are."""
    data = write_film(path, frames).read_bytes()
    start = data.index(b"moov") - 4
    (length,) = struct.unpack(">I", data[start : start + 4])
    path.write_bytes(data[:start] + data[start + length :])
    return path


def garbled(path: Path, frames: Sequence[Image]) -> Path:
    """A file whose middle fifth was overwritten with noise."""
    data = bytearray(write_film(path, frames, options={"g": "5"}).read_bytes())
    first, last = len(data) * 2 // 5, len(data) * 3 // 5
    data[first:last] = np.random.default_rng(4).bytes(last - first)
    path.write_bytes(bytes(data))
    return path


def sound_only(path: Path, _frames: Sequence[Image]) -> Path:
    return write_m4a(path, tone(440, 3))


def song_with_cover(path: Path, frames: Sequence[Image]) -> Path:
    """A song in an MP4, and a still picture attached to it."""
    import cv2

    song = write_m4a(path.with_suffix(".m4a"), tone(440, 3))
    done, jpeg = cv2.imencode(".jpg", frames[0])
    assert done
    with av.open(str(song)) as given, av.open(str(path), "w", format="mp4") as made:
        sound = made.add_stream_from_template(given.streams.audio[0])
        cover = made.add_stream("mjpeg", rate=FPS)
        cover.height, cover.width = frames[0].shape[:2]
        cover.pix_fmt = "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        made.start_encoding()
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = sound
                made.mux(packet)
        picture = av.Packet(jpeg.tobytes())
        picture.stream, picture.pts, picture.dts, picture.time_base = cover, 0, 0, Fraction(1, FPS)
        made.mux(picture)
    song.unlink()
    return path


ODD_VIDEOS: Mapping[str, Callable[[Path, Sequence[Image]], Any]] = {
    "silent": silent,
    "variable rate": uneven,
    "turned": turned,
    "ten bit": ten_bit,
    "ten bit hevc": ten_bit_hevc,
    "truncated": truncated,
    "without index": without_index,
    "garbled": garbled,
    "sound only": sound_only,
    "song with cover": song_with_cover,
}
