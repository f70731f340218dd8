"""A typed numba decorator, and the noise that gives drawn surfaces their irregularity."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

F = TypeVar("F", bound=Callable[..., Any])
Floats = npt.NDArray[np.float64]


def compiled(function: F) -> F:
    """Compile to machine code on first call; cached on disk, and runs without the interpreter lock."""
    return cast(F, numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")(function))


@compiled
def _hash(x: int, y: int, z: int, seed: int) -> float:
    n = (x * 374761393 + y * 668265263 + z * 2147483647 + seed * 144665) & 0x7FFFFFFF
    n = ((n ^ (n >> 13)) * 1274126177) & 0x7FFFFFFF
    n = ((n ^ (n >> 16)) * 668265263) & 0x7FFFFFFF
    return ((n ^ (n >> 15)) & 0xFFFFFF) / 8388607.5 - 1.0


@compiled
def noise_at(x: float, y: float, z: float, seed: int) -> float:
    """Smooth value noise at one point, about -1 to 1, one feature per unit."""
    fx, fy, fz = np.floor(x), np.floor(y), np.floor(z)
    ix, iy, iz = int(fx), int(fy), int(fz)
    x, y, z = x - fx, y - fy, z - fz
    u = x * x * x * (x * (x * 6 - 15) + 10)
    v = y * y * y * (y * (y * 6 - 15) + 10)
    w = z * z * z * (z * (z * 6 - 15) + 10)
    total = 0.0
    for dz in range(2):
        for dy in range(2):
            near = _hash(ix, iy + dy, iz + dz, seed)
            far = _hash(ix + 1, iy + dy, iz + dz, seed)
            weight = (v if dy else 1 - v) * (w if dz else 1 - w)
            total += weight * (near + (far - near) * u)
    return total


@compiled
def _fractal(points: Floats, octaves: int, seed: int, out: Floats) -> None:
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        amplitude, total, norm = 1.0, 0.0, 0.0
        for octave in range(octaves):
            total += amplitude * noise_at(x, y, z, seed + octave)
            norm += amplitude
            amplitude *= 0.5
            x, y, z = x * 2.03 + 5.1, y * 2.03 - 3.7, z * 2.03 + 1.3
        out[i] = total / norm


def fractal(
    points: Floats, *, scale: float | tuple[float, float, float], octaves: int = 3, seed: int = 0
) -> Floats:
    """Fractal noise, about -1 to 1, at points (float64, (n, 3)); `scale`: features per unit."""
    scaled = np.ascontiguousarray(points * np.asarray(scale, dtype=np.float64))
    out = np.empty(len(scaled))
    _fractal(scaled, octaves, seed, out)
    return out
