"""Smooth fill: the surface of least bending through a hole, for gradients that must stay gradients."""

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


def membrane(values: Floats, hole: Mask) -> Floats:
    """The smoothest surface through the hole that meets its border (Laplace's equation, coarse to fine)."""
    height, width = hole.shape
    if max(height, width) <= 8 or not hole.any():
        known = ~hole
        mean = values[known].mean(axis=0) if known.any() else np.zeros(values.shape[2], np.float32)
        return np.where(hole[..., None], mean, values).astype(np.float32)
    half = (-(-width // 2), -(-height // 2))
    weight = (~hole).astype(np.float32)
    low_weight = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)
    low = cv2.resize(values * weight[..., None], half, interpolation=cv2.INTER_AREA)
    low = low / np.maximum(low_weight, 1e-6)[..., None]
    coarse = membrane(np.asarray(low, np.float32), low_weight < 1e-3)
    out = np.where(
        hole[..., None], cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), values
    )
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    window = np.s_[max(rows[0] - 1, 0) : rows[-1] + 2, max(columns[0] - 1, 0) : columns[-1] + 2]
    part, gap = np.ascontiguousarray(out[window], np.float32), hole[window][..., None]
    for _ in range(12):
        part = np.where(gap, cv2.blur(part, (3, 3), borderType=cv2.BORDER_REPLICATE), part)
    out[window] = part
    return np.asarray(out, np.float32)
