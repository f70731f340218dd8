"""Splits a person's matte into arms, legs and the rest, by geodesic distance from the bones."""

from dataclasses import dataclass
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

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
SAMPLES = 60  # colours that stand for the arm, and for what lies beside it, at one station
COLOUR_NOISE = np.float32(6)  # Lab units below which a difference says nothing

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
    """Split a person. image (uint8, (h, w, 3)) RGB, alpha (float32, (h, w)) matte, rest in the picture's pixels.

    An arm pixel is one that is nearer to the arm's core than to the body's (along the picture, where crossing an
    edge counts as way), looks like the arm near by rather than like what lies beside it, and lies as close to the
    bones as an arm can.
    """
    visible = alpha > VISIBLE
    lab = cv2.cvtColor(cv2.bilateralFilter(image, 5, 25, 3), cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 0] *= 100 / 255
    arm_seeds = [_arm_seed(visible.shape, rest, side) & visible for side in SIDES]
    body_seed = _body_seed(visible.shape, rest) & visible & ~arm_seeds[0] & ~arm_seeds[1]
    to_body = geodesic(lab, visible, body_seed, EDGE_GAIN)
    scores = [_arm_score(lab, visible, to_body, arm_seeds[side], rest, side) for side in SIDES]
    arms = []
    for side in SIDES:
        mine = (scores[side] > 0) & (scores[side] >= scores[1 - side]) & visible
        arms.append(_main_component(_rounded(mine) & visible, arm_seeds[side]))
    arms[1] &= ~arms[0]
    body = visible & ~arms[0] & ~arms[1]
    crotch, hem = _crotch_and_hem(body, rest)
    legs = _split_legs(lab, body, rest, crotch[1] if hem is None else hem)
    return Parts((arms[0], arms[1]), legs, body & ~legs[0] & ~legs[1], crotch, hem)


def _arm_score(lab: Floats, visible: Mask, to_body: Floats, seed: Mask, rest: RestSkeleton, side: int) -> Floats:
    """Above 0 where the arm is likelier than the body."""
    radius = rest.arm_radius
    to_arm = geodesic(lab, visible, seed, EDGE_GAIN)
    nearer = np.clip((to_body - to_arm) / radius, -2, 2)
    chain = rest.points[[SHOULDER[side], ELBOW[side], WRIST[side], HAND[side]]]
    distance, breadth = _chain_distance(visible, chain, radius)
    slim = np.clip(1.3 - distance / breadth, -2.5, 0.6)
    alike = _appearance(lab, visible, chain, distance, radius)
    score = np.where(to_arm < FAR, nearer + 1.6 * slim + 2.2 * alike, -5).astype(np.float32)
    # A piece that hangs on the arm alone (a wide sleeve, a bag) has no way to the body.
    score[(to_body >= FAR) & (to_arm < FAR)] = 2
    score[seed] = 3
    return np.asarray(cv2.GaussianBlur(score, (0, 0), 1.2))


def _chain_distance(visible: Mask, chain: npt.NDArray[np.float64], radius: float) -> tuple[Floats, Floats]:
    """For every pixel the distance from the arm's bones (a polyline (n, 2)) and the arm's half width there.

    The half width is what lies between bone and background on the free side of the arm; where both sides lie
    against the body, that of the neighbourhood.
    """
    at = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(chain, axis=0), axis=1))])
    stations = np.arange(0.0, max(at[-1], 1.0), 2.0)
    places = np.stack([np.interp(stations, at, chain[:, axis]) for axis in (0, 1)], axis=1)
    ways = np.gradient(places, axis=0)
    ways = np.stack([-ways[:, 1], ways[:, 0]], axis=1) / np.maximum(np.linalg.norm(ways, axis=1), 1e-6)[:, None]
    height, width = visible.shape
    free = np.full((2, len(stations)), np.inf)
    for sign in (0, 1):
        for step in np.arange(1.5 * radius, 0, -1.0):
            x = np.clip(np.round(places[:, 0] + (2 * sign - 1) * step * ways[:, 0]), 0, width - 1).astype(int)
            y = np.clip(np.round(places[:, 1] + (2 * sign - 1) * step * ways[:, 1]), 0, height - 1).astype(int)
            free[sign][~visible[y, x]] = step
    half = free.min(axis=0)
    known = np.isfinite(half) & (half > 0.2 * radius)
    half = np.interp(stations, stations[known], half[known]) if known.any() else np.full(len(stations), radius)
    half = np.clip(median_filter(half, size=max(3, round(radius / 2) | 1), mode="nearest"), 0.35 * radius, 1.3 * radius)
    canvas = np.full(visible.shape, 255, np.uint8)
    whole = np.round(places).astype(int)
    inside = (whole[:, 0] >= 0) & (whole[:, 0] < width) & (whole[:, 1] >= 0) & (whole[:, 1] < height)
    whole, half = whole[inside], half[inside]
    canvas[whole[:, 1], whole[:, 0]] = 0
    distance, labels = cv2.distanceTransformWithLabels(canvas, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    table = np.full(int(labels.max()) + 1, radius, np.float32)
    table[labels[whole[:, 1], whole[:, 0]]] = half
    return np.asarray(distance, np.float32), table[labels]


def _appearance(
    lab: Floats, visible: Mask, chain: npt.NDArray[np.float64], distance: Floats, radius: float
) -> Floats:
    """-1 (looks like what lies beside the arm) to 1 (like the arm's core), judged station by station along it."""
    height, width = visible.shape
    total, weight = np.zeros(visible.shape, np.float32), np.full(visible.shape, 1e-3, np.float32)
    lengths = np.linalg.norm(np.diff(chain, axis=0), axis=1)
    at = np.concatenate([[0], np.cumsum(lengths)])
    stations = np.arange(0.5 * radius, at[-1], 0.9 * radius)
    rng = np.random.default_rng(0)
    reach = 2.6 * radius
    for station in stations:
        x, y = (float(np.interp(station, at, chain[:, axis])) for axis in (0, 1))
        x0, x1 = max(int(x - reach), 0), min(int(x + reach) + 1, width)
        y0, y1 = max(int(y - reach), 0), min(int(y + reach) + 1, height)
        if x0 >= x1 or y0 >= y1:
            continue
        window = np.s_[y0:y1, x0:x1]
        colours, seen, apart = lab[window], visible[window], distance[window]
        yy, xx = np.mgrid[y0:y1, x0:x1]
        around = np.hypot(xx - x, yy - y)
        core = colours[seen & (apart < 0.45 * radius) & (around < 0.9 * radius)]
        beside = colours[seen & (apart > 1.5 * radius)]
        if len(core) < 12 or len(beside) < 12:
            continue
        core = core[rng.integers(0, len(core), SAMPLES)]
        beside = beside[rng.integers(0, len(beside), SAMPLES)]
        ratio = _likeness(colours, seen, core, beside)
        share = np.clip(1.5 - around / (1.6 * radius), 0, 1).astype(np.float32)
        total[window] += share * ratio
        weight[window] += share
    return np.asarray(total / weight)


@_jit
def _likeness(colours: Floats, seen: Mask, core: Floats, beside: Floats) -> Floats:
    """For each pixel how much nearer in colour its near neighbours in `core` are than those in `beside`, -1 to 1."""
    height, width = seen.shape
    out = np.zeros((height, width), np.float32)
    for y in range(height):
        for x in range(width):
            if not seen[y, x]:
                continue
            distances = np.zeros(2, np.float32)
            for which in range(2):
                samples = core if which == 0 else beside
                first = second = third = np.float32(1e9)
                for index in range(samples.shape[0]):
                    square = np.float32(0)
                    for channel in range(3):
                        difference = colours[y, x, channel] - samples[index, channel]
                        square += difference * difference
                    if square < first:
                        first, second, third = square, first, second
                    elif square < second:
                        second, third = square, second
                    elif square < third:
                        third = square
                distances[which] = np.sqrt(third)
            out[y, x] = (distances[1] - distances[0]) / (distances[1] + distances[0] + COLOUR_NOISE)
    return out


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
                    contrast = max(np.sqrt(contrast) - np.float32(2.0), np.float32(0.0))
                    candidate = distance[ny, nx] + step + gain * min(contrast, np.float32(30.0))
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
