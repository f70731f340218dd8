"""ProxyWriter: a small copy of a take's frames for scrubbing, and a strip of thumbnails. Pure Python.

It is given the frames that the tracker is given, so frame k of the proxy is frame k of the take.
"""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from tongyi_portal.vision.film import Scaler, matrix_of
from tongyi_portal.vision.media import MediaEncodeFailed, part_beside, write_jpeg
from tongyi_portal.vision.regions import Image

KEY_SECONDS = 0.5
STRIP_HEIGHT = 120
STRIP_THUMBS = 12


class ProxyWriter:
    """Writes an H.264 MP4, without sound, that browsers can scrub through.

    target: appears only when the `with` block ends without an error. fps, count: of the take. longest_side:
    pictures are reduced to it. A key frame each half second, no frames that depend on later ones, index
    first; the colour matrix is the source's. Encoding is done by the thread that calls `write`.
    """

    def __init__(self, target: Path, *, fps: float, count: int, longest_side: int = 720) -> None:
        self.target = target
        self.written = 0
        self._rate = Fraction(fps).limit_denominator(1001)
        self._scaler = Scaler(longest_side, even=True)
        self._part = part_beside(target)
        self._middles = [min(count - 1, int((n + 0.5) * count / STRIP_THUMBS)) for n in range(STRIP_THUMBS)]
        self._thumbs: dict[int, Image] = {}
        self._container: Any = None
        self._stream: Any = None
        self._matrix = Colorspace.SMPTE170M

    def __enter__(self) -> "ProxyWriter":
        try:
            self._container = av.open(str(self._part), "w", format="mp4", options={"movflags": "+faststart"})
        except (av.error.FFmpegError, OSError) as error:
            raise self._failed(error) from error
        return self

    def write(self, frame: Any) -> None:
        """Encode the next decoded frame (av.VideoFrame). Raises MediaEncodeFailed."""
        if self._stream is None:
            self._matrix = matrix_of(frame)
        small = self._scaler.yuv(frame, self._matrix)
        if self._stream is None:
            self._stream = self._h264(small)
        if self.written in self._middles:
            self._thumbs[self.written] = _thumb(small)
        small.pts, small.time_base = self.written, 1 / self._rate
        self._encode(small)
        self.written += 1

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._encode(None)
            self._container.close()
            if kind is None:
                self._part.replace(self.target)
        except (av.error.FFmpegError, OSError) as error:
            if kind is None:
                raise self._failed(error) from error
        finally:
            self._part.unlink(missing_ok=True)

    def write_strip(self, target: Path) -> Path:
        """A JPEG of 12 pictures side by side, the middle of each equal share of the take, 120 pixels high.

        Only when all frames are written. Raises MediaEncodeFailed.
        """
        write_jpeg(target, np.hstack([self._thumbs[middle] for middle in self._middles]), quality=82)
        return target

    def _encode(self, frame: Any) -> None:
        if self._stream is None:
            return
        try:
            self._container.mux(self._stream.encode(frame))
        except av.error.FFmpegError as error:
            raise self._failed(error) from error

    def _failed(self, error: BaseException) -> MediaEncodeFailed:
        return MediaEncodeFailed(f"{self.target.name} could not be encoded: {error}")

    def _h264(self, picture: Any) -> Any:
        keys = max(1, round(KEY_SECONDS * self._rate))
        options = {
            "crf": "23", "preset": "veryfast", "threads": "1", "g": str(keys), "keyint_min": str(keys),
            "sc_threshold": "0", "bf": "0", "profile": "main",
        }  # fmt: skip
        stream = self._container.add_stream("libx264", rate=self._rate, options=options)
        stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "yuv420p"
        context = stream.codec_context
        context.color_range, context.colorspace = ColorRange.MPEG, self._matrix
        return stream


def _thumb(picture: Any) -> Image:
    width = max(1, round(picture.width * STRIP_HEIGHT / picture.height))
    small = picture.reformat(width, STRIP_HEIGHT, "rgb24", interpolation=Interpolation.AREA)
    return np.asarray(small.to_ndarray(), np.uint8)
