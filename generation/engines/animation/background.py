"""The scene without the person: fills the hole, continues the photo beyond its edges, keeps the grain."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from generation.engines.animation.placement import Placement
from generation.engines.animation.skeleton import ANKLE, SIDES, TOE, RestSkeleton

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


HALO_PART = 0.035  # of the torso: how far the person's colours and shade reach beyond the matte


@dataclass(frozen=True)
class Scene:
    """The photo laid out at the output's size.

    background (uint8, (height, width, 3)): the still picture behind the dancer. person: the photo itself there;
    alpha (float32, (height, width)): the person's matte there.
    """

    background: Image
    person: Image
    alpha: Floats


def build_scene(
    photo: Image, alpha: Floats, place: Placement, size: tuple[int, int], rest: RestSkeleton, seed: int
) -> Scene:
    """Lay out the photo and take the person out of it.

    photo (uint8, (h, w, 3)) and alpha (float32, (h, w)) are at the output's scale already; size (width, height);
    rest in the output's pixels.
    """
    local = rest.placed(1.0, (-round(place.left), -round(place.top)))
    hole = person_hole(photo, alpha, local)
    filled = fill_hole(photo, hole, seed)
    left, top = round(place.left), round(place.top)
    background = _laid_out(filled, left, top, size, cv2.BORDER_REFLECT_101)
    person = _laid_out(photo, left, top, size, cv2.BORDER_REPLICATE)
    return Scene(background, person, _laid_out(alpha, left, top, size, cv2.BORDER_CONSTANT))


def person_hole(photo: Image, alpha: Floats, rest: RestSkeleton) -> Mask:
    """What must go: the matte, its halo, and the shade around the feet."""
    reach = max(2, round(HALO_PART * rest.torso))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    hole = cv2.dilate((alpha > 0.02).astype(np.uint8), kernel)
    for side in SIDES:
        ankle, toe = rest.points[ANKLE[side]], rest.points[TOE[side]]
        centre = (round(float(ankle[0] + toe[0]) / 2), round(float(max(toe[1], ankle[1]))))
        axes = (max(1, round(0.34 * rest.torso)), max(1, round(0.12 * rest.torso)))
        cv2.ellipse(hole, centre, axes, 0, 0, 360, 1, -1)
    return np.asarray(hole > 0)


def _laid_out(image: npt.NDArray[Any], left: int, top: int, size: tuple[int, int], border: int) -> Any:
    """The picture with its corner at (left, top) of a canvas of (width, height); the border mode fills the rest."""
    width, height = size
    x0, y0 = max(-left, 0), max(-top, 0)
    inner = image[y0 : height - top, x0 : width - left]
    above, beside = max(top, 0), max(left, 0)
    below, right = height - above - inner.shape[0], width - beside - inner.shape[1]
    return cv2.copyMakeBorder(inner, above, below, beside, right, border)


def fill_hole(image: Image, hole: Mask, seed: int) -> Image:
    """Continue the picture through the hole. image (uint8, (h, w, 3)), hole (bool, (h, w)); seed for the grain."""
    smooth = membrane(image.astype(np.float32), hole)
    grain = _grain(image, hole, seed)
    out = image.copy()
    filled = np.clip(smooth + grain, 0, 255).round().astype(np.uint8)
    out[hole] = filled[hole]
    return out


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
    coarse = membrane(low, low_weight < 1e-3)
    out = np.where(hole[..., None], cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), values)
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    window = np.s_[max(rows[0] - 1, 0) : rows[-1] + 2, max(columns[0] - 1, 0) : columns[-1] + 2]
    part, gap = np.ascontiguousarray(out[window], np.float32), hole[window][..., None]
    for _ in range(12):
        part = np.where(gap, cv2.blur(part, (3, 3), borderType=cv2.BORDER_REPLICATE), part)
    out[window] = part
    return np.asarray(out, np.float32)


def _grain(image: Image, hole: Mask, seed: int) -> Floats:
    """Noise of the strength that the picture has around the hole."""
    fine = image.astype(np.float32) - cv2.GaussianBlur(image, (0, 0), 1.5).astype(np.float32)
    far = cv2.dilate(hole.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    ring = far & ~(cv2.dilate(hole.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0)
    strength = float(np.median(np.abs(fine[ring]))) * 1.48 if ring.any() else 0.0
    noise = np.random.default_rng(seed).normal(0, 1, image.shape[:2]).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.7)[..., None] * min(strength, 6.0) * 1.6)
