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
