"""Still: one frame of a video as a small JPEG, to be kept as evidence. Pure Python."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

LONGEST_SIDE = 960
QUALITY = 85


@dataclass(frozen=True)
class Still:
    """data: a JPEG without metadata, at most LONGEST_SIDE long."""

    data: bytes
    width: int
    height: int


def still_of(pixels: npt.NDArray[np.uint8]) -> Still:
    """Scale `pixels` (uint8, (height, width, 3), RGB) down, never up, and encode them."""
    height, width = pixels.shape[:2]
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
    done, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    if not done:
        raise ValueError(f"a frame of {width} x {height} pixels cannot be encoded")
    return Still(encoded.tobytes(), *size)
