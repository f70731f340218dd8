"""Geodesic distance: how far a pixel is from a seed when crossing colour edges counts as way."""

import numpy as np
import numpy.typing as npt

from generation.engines.animation.compiled import compiled

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

FAR = np.float32(1e6)


def geodesic(lab: Floats, inside: Mask, seed: Mask, gain: float) -> Floats:
    """Distance from the seed through `inside`, pixels plus `gain` for each unit of colour crossed."""
    distance = np.where(seed & inside, np.float32(0), FAR).astype(np.float32)
    for _ in range(4):
        if not _sweep(lab, inside, distance, np.float32(gain)):
            break
    return distance


@compiled
def _sweep(lab: Floats, inside: Mask, distance: Floats, gain: np.float32) -> bool:
    """One forward and one backward raster pass of the chamfer distance transform; true while it still
    improves.
    """
    height, width = distance.shape
    changed = False
    for way in range(2):
        sign = 1 - 2 * way
        for row in range(height):
            y = row if way == 0 else height - 1 - row
            for column in range(width):
                x = column if way == 0 else width - 1 - column
                if not inside[y, x]:
                    continue
                best = distance[y, x]
                for neighbour in range(4):
                    nx = x - sign if neighbour == 0 else x + (neighbour - 2) * sign
                    ny = y if neighbour == 0 else y - sign
                    if nx < 0 or ny < 0 or nx >= width or ny >= height or not inside[ny, nx]:
                        continue
                    step = np.float32(1.0) if (nx == x or ny == y) else np.float32(1.4142)
                    contrast = np.float32(0)
                    for channel in range(3):
                        difference = lab[y, x, channel] - lab[ny, nx, channel]
                        contrast += difference * difference
                    contrast = max(np.sqrt(contrast) - np.float32(2.0), np.float32(0.0))
                    candidate = distance[ny, nx] + step + gain * min(contrast, np.float32(30.0))
                    if candidate < best - 1e-3:
                        best = candidate
                        changed = True
                distance[y, x] = best
    return changed
