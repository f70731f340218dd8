"""Small videos, encoded with x264 in a temporary folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt


def write_mp4(
    path: Path,
    frames: Sequence[npt.NDArray[np.uint8]],
    *,
    fps: int = 10,
    crf: int = 23,
    index_first: bool = False,
) -> Path:
    """Encode frames (uint8, (height, width, 3), RGB, even sides) as H.264 in MP4."""
    import av

    height, width = frames[0].shape[:2]
    options = {"movflags": "faststart"} if index_first else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": str(crf), "preset": "ultrafast"}
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


def read_frames(path: Path) -> list[npt.NDArray[np.uint8]]:
    """All frames (RGB) of a video."""
    import av

    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def numbered(count: int, width: int = 160, height: int = 96) -> list[npt.NDArray[np.uint8]]:
    """Frames with a white bar that moves three pixels to the right each time."""
    frames = np.full((count, height, width, 3), 30, np.uint8)
    for index in range(count):
        frames[index, :, 3 * index : 3 * index + 3] = 230
    return list(frames)


def numbers(frames: Sequence[npt.NDArray[np.uint8]], width: int = 160) -> list[int]:
    """Which of the numbered frames each is, by the centre of its bar; they may be scaled."""
    found = []
    for frame in frames:
        columns = np.clip(frame.mean(axis=(0, 2)) - 80, 0, None)
        centre = float((columns * (np.arange(len(columns)) + 0.5)).sum() / columns.sum())
        found.append(round(centre / len(columns) * width / 3 - 0.5))
    return found
