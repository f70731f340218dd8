"""Finds the pixels of one arm: its middle line, breadth and colours, and a score for every pixel."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from generation.engines.animation.compiled import compiled
from generation.engines.animation.geodesic import FAR, geodesic
from generation.engines.animation.skeleton import ELBOW, HAND, HEAD_TOP, NECK, SHOULDER, WRIST, RestSkeleton

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Array = npt.NDArray[np.float64]

STATION_STEP = 2.0  # pixels between the stations of an arm line
SAMPLES = 60  # colours that stand for the arm, and for what lies beside it, at one station
COLOUR_NOISE = np.float32(6)  # Lab units below which a difference says nothing
SKIN_SPREAD = 6.0  # Lab units of hue by which one person's skin varies at least
SKIN_LIGHT = 38.0  # units of lightness by which it may differ from the face


@dataclass(frozen=True)
class ArmLine:
    """The middle of an arm from shoulder to finger tips.

    places (float64, (n, 2)); half (float64, (n,)): half width in pixels; is_bare (bool, (n,)): skin shows
    there.
    """

    places: Array
    half: Array
    is_bare: npt.NDArray[np.bool_]

    def seed(self, shape: tuple[int, ...], radius: float, skin: Floats) -> Mask:
        """The core of the arm, thin at the shoulder, where it is part of the trunk; skin only where it is
        bare.
        """
        canvas = np.zeros(shape, np.uint8)
        bare = np.zeros(shape, np.uint8)
        first = round(radius / STATION_STEP)
        for place, half, is_bare in list(zip(self.places, self.half, self.is_bare, strict=True))[first:-1]:
            centre = (round(place[0]), round(place[1]))
            reach = max(1, round(0.5 * min(half, radius)))
            cv2.circle(canvas, centre, reach, 1, -1)
            if is_bare:
                cv2.circle(bare, centre, reach, 1, -1)
        return np.asarray((canvas > 0) & ((bare == 0) | (skin > 0.3)))


def skin_likeness(lab: Floats, visible: Mask, rest: RestSkeleton) -> Floats:
    """How much each pixel has the colour of the face, 0 to 1 (float32, (h, w))."""
    neck, top = rest.points[NECK], rest.points[HEAD_TOP]
    face = neck + 0.46 * (top - neck)
    radius = max(2, round(0.15 * float(np.linalg.norm(top - neck))))
    canvas = np.zeros(visible.shape, np.uint8)
    cv2.circle(canvas, (round(face[0]), round(face[1])), radius, 1, -1)
    sample = lab[(canvas > 0) & visible]
    if len(sample) < 8:
        return np.zeros(visible.shape, np.float32)
    middle = np.median(sample, axis=0)
    spread = np.maximum(1.48 * np.median(np.abs(sample - middle), axis=0), SKIN_SPREAD)
    hue = (((lab[..., 1:] - middle[1:]) / spread[1:]) ** 2).sum(axis=2)
    return np.asarray(
        np.exp(-0.5 * hue) * (np.abs(lab[..., 0] - middle[0]) < SKIN_LIGHT) * visible, np.float32
    )


def arm_line(visible: Mask, skin: Floats, rest: RestSkeleton, side: int) -> ArmLine:
    """The arm's middle: the bones, moved into bare skin, or between two free edges."""
    radius = rest.arm_radius
    chain = rest.points[[SHOULDER[side], ELBOW[side], WRIST[side], HAND[side]]]
    at = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(chain, axis=0), axis=1))])
    stations = np.arange(0.0, max(at[-1], 4 * STATION_STEP), STATION_STEP)
    places = np.stack([np.interp(stations, at, chain[:, axis]) for axis in (0, 1)], axis=1)
    ways = np.gradient(places, axis=0)
    across = np.stack([-ways[:, 1], ways[:, 0]], axis=1)
    across /= np.maximum(np.linalg.norm(across, axis=1), 1e-6)[:, None]
    steps = np.arange(-round(1.5 * radius), round(1.5 * radius) + 1)
    x = np.round(places[:, :1] + steps * across[:, :1]).astype(int)
    y = np.round(places[:, 1:] + steps * across[:, 1:]).astype(int)
    height, width = visible.shape
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    seen, bare = visible[y, x] & inside, (skin[y, x] > 0.3) & inside
    shift, half, is_bare = np.zeros(len(places)), np.full(len(places), np.nan), np.zeros(len(places), bool)
    for station in range(len(places)):
        shift[station], half[station], is_bare[station] = _cross_section(
            seen[station], bare[station], steps, radius
        )
    known = np.isfinite(half)
    if not known.any():
        return ArmLine(places, np.full(len(places), 0.8 * radius), is_bare)
    window = max(3, round(0.6 * radius / STATION_STEP)) | 1
    half = np.interp(stations, stations[known], half[known])
    half = np.clip(median_filter(half, window, mode="nearest"), 0.3 * radius, 1.3 * radius)
    shift = np.convolve(
        np.pad(median_filter(shift, window, mode="nearest"), window // 2, mode="edge"),
        np.ones(window) / window,
        "valid",
    )
    is_bare = median_filter(is_bare, window, mode="nearest")
    tail = is_bare[len(is_bare) * 3 // 5 :]
    if tail.mean() > 0.5:  # beyond the finger tips the line runs on over whatever is there
        tail[np.flatnonzero(tail)[-1] :] = True
    return ArmLine(places + shift[:, None] * across, half, is_bare)


def _cross_section(
    seen: Mask, bare: Mask, steps: npt.NDArray[np.int_], radius: float
) -> tuple[float, float, bool]:
    """(shift of the middle, half width or nan, whether bare) of an arm cut across.

    steps: pixels from the bone.
    """
    skin = _run_near(bare, steps, 0.7 * radius)
    if skin is not None and 3 <= skin[1] - skin[0] <= 2.2 * radius:
        return (skin[0] + skin[1]) / 2, (skin[1] - skin[0] + 1) / 2, True
    body = _run_near(seen, steps, 0.7 * radius)
    if body is None:
        return 0.0, np.nan, False
    is_free = body[0] > steps[0], body[1] < steps[-1]
    if all(is_free):
        return (body[0] + body[1]) / 2, (body[1] - body[0] + 1) / 2, False
    if any(is_free):  # the other side lies against the body
        edge = -body[0] if is_free[0] else body[1]
        return 0.0, float(max(edge, 0.3 * radius)), False
    return 0.0, np.nan, False


def _run_near(flags: Mask, steps: npt.NDArray[np.int_], reach: float) -> tuple[float, float] | None:
    """First and last step of the run of set flags that comes nearest to step 0, if within `reach`."""
    on = np.flatnonzero(flags)
    if not len(on):
        return None
    nearest = on[np.argmin(np.abs(steps[on]))]
    if abs(steps[nearest]) > reach:
        return None
    first = last = nearest
    while first > 0 and flags[first - 1]:
        first -= 1
    while last < len(flags) - 1 and flags[last + 1]:
        last += 1
    return float(steps[first]), float(steps[last])


def arm_score(
    lab: Floats,
    visible: Mask,
    to_body: Floats,
    line: ArmLine,
    seed: Mask,
    skin: Floats,
    radius: float,
    gain: float,
) -> Floats:
    """Above 0 where the arm is likelier than the body. to_body: geodesic distance from the body's core."""
    to_arm = geodesic(lab, visible, seed, gain)
    nearer = np.clip((to_body - to_arm) / radius, -2, 2)
    distance, breadth, is_bare = _line_fields(visible.shape, line, radius)
    slim = np.clip(1.35 - distance / breadth, -2.5, 0.6)
    alike = _appearance(lab, visible, line, distance, skin, radius)
    score = np.where(to_arm < FAR, nearer + 1.6 * slim + 2.2 * alike, -5).astype(np.float32)
    # A piece that hangs on the arm alone (a wide sleeve, a bag) has no way to the body.
    score[(to_body >= FAR) & (to_arm < FAR)] = 2
    # Beside bare skin nothing belongs to the arm but skin, and what is as narrow as a bracelet.
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    covered = cv2.morphologyEx((skin > 0.15).astype(np.uint8), cv2.MORPH_CLOSE, kernel) > 0
    score[is_bare & ~covered & (alike < 0.25)] -= 2
    score[seed] = 3
    return np.asarray(cv2.GaussianBlur(score, (0, 0), 1.2))


def _line_fields(shape: tuple[int, ...], line: ArmLine, radius: float) -> tuple[Floats, Floats, Mask]:
    """For every pixel: distance from the arm's middle, its half width there, and whether it is bare."""
    canvas = np.full(shape, 255, np.uint8)
    whole = np.round(line.places).astype(int)
    inside = ((whole >= 0) & (whole < (shape[1], shape[0]))).all(axis=1)
    whole = whole[inside]
    canvas[whole[:, 1], whole[:, 0]] = 0
    distance, labels = cv2.distanceTransformWithLabels(canvas, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    halves = np.full(int(labels.max()) + 1, radius, np.float32)
    bare = np.zeros(len(halves), dtype=bool)
    halves[labels[whole[:, 1], whole[:, 0]]] = line.half[inside]
    bare[labels[whole[:, 1], whole[:, 0]]] = line.is_bare[inside]
    return np.asarray(distance, np.float32), halves[labels], bare[labels]


def _appearance(
    lab: Floats, visible: Mask, line: ArmLine, distance: Floats, skin: Floats, radius: float
) -> Floats:
    """-1 (looks like what lies beside the arm) to 1 (like its core), judged station by station."""
    height, width = visible.shape
    total, weight = np.zeros(visible.shape, np.float32), np.full(visible.shape, 1e-3, np.float32)
    rng = np.random.default_rng(0)
    reach = 2.6 * radius
    every = max(1, round(0.9 * radius / STATION_STEP))
    for station in range(every // 2, len(line.places), every):
        x, y = line.places[station]
        x0, x1 = max(int(x - reach), 0), min(int(x + reach) + 1, width)
        y0, y1 = max(int(y - reach), 0), min(int(y + reach) + 1, height)
        if x0 >= x1 or y0 >= y1:
            continue
        window = np.s_[y0:y1, x0:x1]
        colours, seen, apart, like = lab[window], visible[window], distance[window], skin[window]
        yy, xx = np.mgrid[y0:y1, x0:x1]
        around = np.hypot(xx - x, yy - y)
        half = line.half[station]
        is_core = seen & (apart < 0.6 * half) & (around < 0.9 * radius)
        is_beside = seen & (apart > max(1.5 * half, 0.5 * radius))
        if line.is_bare[station]:
            is_core &= like > 0.3
            is_beside &= (like < 0.05) | (apart > 1.8 * half)
        core, beside = colours[is_core], colours[is_beside]
        if len(core) < 8 or len(beside) < 8:
            continue
        core = core[rng.integers(0, len(core), SAMPLES)]
        beside = beside[rng.integers(0, len(beside), SAMPLES)]
        ratio = likeness(colours, seen, core, beside)
        share = np.clip(1.5 - around / (1.6 * radius), 0, 1).astype(np.float32)
        total[window] += share * ratio
        weight[window] += share
    return np.asarray(total / weight)


@compiled
def likeness(colours: Floats, seen: Mask, core: Floats, beside: Floats) -> Floats:
    """-1 to 1: how much nearer in colour a pixel is to its nearest in `core` than in `beside`."""
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
