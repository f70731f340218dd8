"""Splits a person's matte into arms, legs and the rest, by geodesic distance from the bones."""

from dataclasses import dataclass
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from generation.engines.animation.skeleton import (
    ANKLE,
    ELBOW,
    HAND,
    HEAD_TOP,
    HIP,
    KNEE,
    NECK,
    SHOULDER,
    SIDES,
    TOE,
    WRIST,
    RestSkeleton,
)

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

VISIBLE = 0.35  # alpha from which a pixel belongs to somebody
EDGE_GAIN = 0.7  # pixels of distance for each unit of Lab difference between neighbours
FAR = np.float32(1e6)

_jit: Any = numba.njit(cache=True, nogil=True, boundscheck=False)


@dataclass(frozen=True)
class Parts:
    """Who owns which pixel of the picture (all bool, (height, width), disjoint, together the visible matte).

    arms: left, right. legs: left, right, below `crotch` only. body: head, trunk, skirt and all else.
    crotch (x, y): where the legs part. skirt_hem: row down to which one garment covers both legs, or None.
    """

    arms: tuple[Mask, Mask]
    legs: tuple[Mask, Mask]
    body: Mask
    crotch: tuple[float, float]
    skirt_hem: float | None


def split_parts(image: npt.NDArray[np.uint8], alpha: Floats, rest: RestSkeleton) -> Parts:
    """Split a person. image (uint8, (h, w, 3)) RGB, alpha (float32, (h, w)) matte, rest in the picture's pixels."""
    visible = alpha > VISIBLE
    lab = cv2.cvtColor(cv2.bilateralFilter(image, 5, 25, 3), cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 0] *= 100 / 255
    arm_seeds = [_arm_seed(visible.shape, rest, side) & visible for side in SIDES]
    body_seed = _body_seed(visible.shape, rest) & visible & ~arm_seeds[0] & ~arm_seeds[1]
    to_body = geodesic(lab, visible, body_seed, EDGE_GAIN)
    to_arms = [geodesic(lab, visible, seed, EDGE_GAIN) for seed in arm_seeds]
    arms = []
    for side in SIDES:
        nearest = (to_arms[side] < to_body) & (to_arms[side] <= to_arms[1 - side]) & (to_arms[side] < FAR)
        arms.append(_main_component(_rounded(nearest & visible), arm_seeds[side]))
    arms[1] &= ~arms[0]
    body = visible & ~arms[0] & ~arms[1]
    crotch, hem = _crotch_and_hem(body, rest)
    legs = _split_legs(lab, body, rest, crotch[1] if hem is None else hem)
    return Parts((arms[0], arms[1]), legs, body & ~legs[0] & ~legs[1], crotch, hem)


def geodesic(lab: Floats, inside: Mask, seed: Mask, gain: float) -> Floats:
    """Distance from the seed, in pixels plus `gain` for each unit of colour crossed, through `inside` only."""
    distance = np.where(seed & inside, np.float32(0), FAR).astype(np.float32)
    for _ in range(4):
        if not _sweep(lab, inside, distance, np.float32(gain)):
            break
    return distance


@_jit
def _sweep(lab: Floats, inside: Mask, distance: Floats, gain: np.float32) -> bool:
    """One forward and one backward raster pass of the chamfer distance transform; true while it still improves."""
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
                    candidate = distance[ny, nx] + step + gain * np.sqrt(contrast)
                    if candidate < best - 1e-3:
                        best = candidate
                        changed = True
                distance[y, x] = best
    return changed


def _arm_seed(shape: tuple[int, ...], rest: RestSkeleton, side: int) -> Mask:
    """The inner core of an arm: thin at the shoulder, where it is part of the trunk, full from there down."""
    points, radius = rest.points, rest.arm_radius
    shoulder, elbow = points[SHOULDER[side]], points[ELBOW[side]]
    wrist, hand = points[WRIST[side]], points[HAND[side]]
    canvas = np.zeros(shape, np.uint8)
    _capsule(canvas, shoulder + 0.3 * (elbow - shoulder), elbow, 0.5 * radius)
    _capsule(canvas, elbow, wrist, 0.45 * radius)
    _capsule(canvas, wrist, wrist + 0.75 * (hand - wrist), 0.4 * radius)
    return canvas > 0


def _body_seed(shape: tuple[int, ...], rest: RestSkeleton) -> Mask:
    """The inner core of head, trunk and legs."""
    points, radius = rest.points, rest.arm_radius
    canvas = np.zeros(shape, np.uint8)
    _capsule(canvas, points[NECK], points[HEAD_TOP], 0.28 * rest.torso)
    left, right = points[SHOULDER[0]], points[SHOULDER[1]]
    inward = (right - left) / max(float(np.linalg.norm(right - left)), 1e-6)
    width = float(np.linalg.norm(right - left))
    inset = min(1.25 * radius, 0.42 * width)
    trunk = np.array([left + inward * inset, right - inward * inset, points[HIP[1]], points[HIP[0]]])
    cv2.fillPoly(canvas, [np.round(trunk).astype(np.int32)], 1)
    for side in SIDES:
        for start, end, part in ((HIP, KNEE, 0.5), (KNEE, ANKLE, 0.35), (ANKLE, TOE, 0.3)):
            _capsule(canvas, points[start[side]], points[end[side]], part * rest.leg_radius)
    return canvas > 0


def _capsule(
    canvas: npt.NDArray[np.uint8], start: npt.NDArray[np.float64], end: npt.NDArray[np.float64], radius: float
) -> None:
    first, last = (tuple(int(value) for value in np.round(point)) for point in (start, end))
    cv2.line(canvas, first, last, 1, max(1, round(2 * radius)))


def _rounded(mask: Mask) -> Mask:
    """The mask with a smoothed outline."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 2.0)
    return np.asarray(soft > 0.5)


def _main_component(mask: Mask, seed: Mask) -> Mask:
    """Only the parts of the mask that touch the seed."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    keep = np.zeros(count, dtype=bool)
    keep[np.unique(labels[seed & mask])] = True
    keep[0] = False
    return np.asarray(keep[labels])


def _crotch_and_hem(body: Mask, rest: RestSkeleton) -> tuple[tuple[float, float], float | None]:
    """Where the legs part, and the hem of a garment that covers both, if there is one."""
    points = rest.points
    hips = points[list(HIP)].mean(axis=0)
    knees = points[list(KNEE)].mean(axis=0)
    ankles = points[list(ANKLE)].mean(axis=0)
    anatomical = hips[1] + 0.2 * (knees[1] - hips[1])
    gap = _gap_top(body, rest, round(anatomical), round(ankles[1]))
    crotch_x = float(hips[0])
    if gap is None:
        return (crotch_x, float(anatomical)), None
    thigh = knees[1] - hips[1]
    if gap < hips[1] + 0.42 * thigh:
        return (crotch_x, float(gap)), None
    spread = abs(points[KNEE[0], 0] - points[KNEE[1], 0]) / max(abs(points[HIP[0], 0] - points[HIP[1], 0]), 1.0)
    above, below = (_outer_width(body, rest, round(gap + shift)) for shift in (-0.03 * thigh, 0.06 * thigh))
    steps_in = below < 0.86 * above
    if steps_in or spread > 1.15 or gap > knees[1]:
        return (crotch_x, float(anatomical)), float(gap)
    return (crotch_x, float(anatomical)), None


def _gap_top(body: Mask, rest: RestSkeleton, top: int, bottom: int) -> int | None:
    """First row from which background shows between the legs for a while."""
    seen = 0
    for row in range(max(top, 0), min(bottom, body.shape[0])):
        left, right = _leg_columns(rest, row)
        low, high = sorted((round(left), round(right)))
        between = body[row, max(low, 0) : max(high, 0)]
        if between.size and not between.all():
            seen += 1
            if seen == 4:
                return row - 3
        else:
            seen = 0
    return None


def _leg_columns(rest: RestSkeleton, row: int) -> tuple[float, float]:
    """Column of the left and the right leg's bone in a row."""
    out = []
    for side in SIDES:
        chain = rest.points[[HIP[side], KNEE[side], ANKLE[side]]]
        out.append(float(np.interp(row, chain[:, 1], chain[:, 0])))
    return out[0], out[1]


def _outer_width(body: Mask, rest: RestSkeleton, row: int) -> int:
    """Width from outer edge to outer edge of both legs in a row."""
    columns = np.flatnonzero(body[min(max(row, 0), body.shape[0] - 1)])
    if not columns.size:
        return 0
    return int(columns.max() - columns.min() + 1)


def _split_legs(lab: Floats, body: Mask, rest: RestSkeleton, top: float) -> tuple[Mask, Mask]:
    """The two legs below a row."""
    below = body.copy()
    below[: max(round(top), 0)] = False
    seeds = []
    for side in SIDES:
        canvas = np.zeros(body.shape, np.uint8)
        for start, end, part in ((HIP, KNEE, 0.35), (KNEE, ANKLE, 0.3), (ANKLE, TOE, 0.3)):
            _capsule(canvas, rest.points[start[side]], rest.points[end[side]], part * rest.leg_radius)
        seeds.append(canvas > 0)
    both = seeds[0] & seeds[1]
    distances = [geodesic(lab, below, seed & ~both, EDGE_GAIN) for seed in seeds]
    left = below & (distances[0] <= distances[1]) & (distances[0] < FAR)
    right = below & ~left & (distances[1] < FAR)
    return left, right
