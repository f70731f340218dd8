"""Splits a person's matte into arms, legs and the rest, by geodesic distance from the bones."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from generation.engines.animation.arms import ArmLine, arm_line, arm_score, likeness, skin_likeness
from generation.engines.animation.geodesic import FAR, geodesic
from generation.engines.animation.skeleton import (
    ANKLE,
    HEAD_TOP,
    HIP,
    KNEE,
    NECK,
    SHOULDER,
    SIDES,
    TOE,
    RestSkeleton,
)

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

UNLIKE_SCORE = -1.5  # an arm score below which even a loose piece is no part of the arm
FLAP_PART = 0.3  # of the arm's radius: half width below which body beside an arm is but a flap
HEM_STEP = 0.8  # of the width above it, within a few rows: a hem
LONG_SKIRT_WIDTH = 0.74  # of the hips' width: trousers narrow more towards the ankles
VISIBLE = 0.35  # alpha from which a pixel belongs to somebody
HAIR_LIGHT, HAIR_SPREAD = 13.0, 6.0  # Lab units by which one person's hair varies at least
EDGE_GAIN = 0.7  # pixels of distance for each unit of Lab difference between neighbours


@dataclass(frozen=True)
class Parts:
    """Who owns which pixel of the picture (all bool, (height, width), disjoint, together the visible matte).

    arms: left, right. legs: left, right, below `crotch` only. body: head, trunk, skirt and all else.
    hair: of the body, what hangs from the head. nobody: slivers to leave out. crotch (x, y): where the legs
    part. skirt_hem: row down to which one garment covers both legs, or None.
    """

    arms: tuple[Mask, Mask]
    legs: tuple[Mask, Mask]
    body: Mask
    hair: Mask
    nobody: Mask
    crotch: tuple[float, float]
    skirt_hem: float | None


def split_parts(image: npt.NDArray[np.uint8], alpha: Floats, rest: RestSkeleton) -> Parts:
    """Split a person. image (uint8, (h, w, 3)) RGB, alpha (float32, (h, w)) matte, rest in the picture's
    pixels.

    An arm pixel is one that is nearer to the arm's core than to the body's (along the picture, where crossing
    an edge counts as way), looks like the arm near by rather than like what lies beside it, and lies as close
    to the bones as an arm can.
    """
    visible = alpha > VISIBLE
    lab = cv2.cvtColor(cv2.bilateralFilter(image, 5, 25, 3), cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 0] *= 100 / 255
    skin = skin_likeness(lab, visible, rest)
    hair = _hair(lab, visible, skin, rest)
    lines = [arm_line(visible, skin, rest, side) for side in SIDES]
    arm_seeds = [line.seed(visible.shape, rest.arm_radius, skin) & visible & ~hair for line in lines]
    body_seed = (_body_seed(visible.shape, rest) | hair) & visible & ~arm_seeds[0] & ~arm_seeds[1]
    to_body = geodesic(lab, visible, body_seed, EDGE_GAIN)
    hands = _hand_skin(skin, lines, rest)
    scores = [
        arm_score(lab, visible, to_body, lines[side], arm_seeds[side], skin, rest.arm_radius, EDGE_GAIN)
        + hands[side]
        for side in SIDES
    ]
    arms = []
    for side in SIDES:
        mine = ~hair & (scores[side] > 0) & (scores[side] >= scores[1 - side]) & visible
        arms.append(_main_component(_rounded(mine) & visible, arm_seeds[side], bridge=3))
    arms[1] &= ~arms[0]
    arms, nobody = _without_fringes(visible, arms, scores, lines, body_seed, rest.arm_radius)
    visible &= ~nobody
    body = visible & ~arms[0] & ~arms[1]
    crotch, hem = _crotch_and_hem(body, rest)
    legs = _split_legs(lab, body, rest, crotch[1] if hem is None else hem)
    if hem is not None:
        legs = _without_cloth(lab, body, legs, hem, rest)
    return Parts((arms[0], arms[1]), legs, body & ~legs[0] & ~legs[1], hair, nobody, crotch, hem)


def _hair(lab: Floats, visible: Mask, skin: Floats, rest: RestSkeleton) -> Mask:
    """Hair that hangs from the head, however long: it stays with the head when an arm moves behind or below
    it.
    """
    neck, top = rest.points[NECK], rest.points[HEAD_TOP]
    size = float(np.linalg.norm(top - neck))
    crown = neck + 0.82 * (top - neck)
    canvas = np.zeros(visible.shape, np.uint8)
    cv2.circle(canvas, (round(crown[0]), round(crown[1])), max(2, round(0.16 * size)), 1, -1)
    start = (canvas > 0) & visible & (skin < 0.1)
    sample = lab[start]
    if len(sample) < 12:
        return np.zeros_like(visible)
    middle = np.median(sample, axis=0)
    spread = np.maximum(
        1.48 * np.median(np.abs(sample - middle), axis=0), (HAIR_LIGHT, HAIR_SPREAD, HAIR_SPREAD)
    )
    like = ((((lab - middle) / spread) ** 2).sum(axis=2) < 5.0) & visible & (skin < 0.3)
    like = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) > 0
    return _main_component(like, start)


def _hand_skin(skin: Floats, lines: list[ArmLine], rest: RestSkeleton) -> list[Floats]:
    """A bonus for the skin of a bare hand, unless it runs on into a bare thigh, whose skin looks the same."""
    out = []
    _, pieces = cv2.connectedComponents((skin > 0.15).astype(np.uint8), connectivity=8)
    last = skin.shape[1] - 1, skin.shape[0] - 1
    for side, line in enumerate(lines):
        bonus = np.zeros(skin.shape, np.float32)
        out.append(bonus)
        tail = max(2, len(line.places) // 5)
        if line.is_bare[-tail:].mean() < 0.5:
            continue
        thigh = np.linspace(rest.points[HIP[side]], rest.points[KNEE[side]], 9)[1:]
        leg_x, leg_y = np.clip(np.round(thigh).astype(int), 0, last).T
        others = np.append(pieces[leg_y, leg_x], 0)
        near = np.zeros(skin.shape, np.uint8)
        for place in line.places[-tail:]:
            cv2.circle(near, (round(place[0]), round(place[1])), round(1.8 * rest.arm_radius), 1, -1)
        bonus += np.where((near > 0) & ~np.isin(pieces, others), np.float32(2.5), np.float32(0))
    return out


def _without_fringes(
    visible: Mask,
    arms: list[Mask],
    scores: list[Floats],
    lines: list[ArmLine],
    body_seed: Mask,
    radius: float,
) -> tuple[list[Mask], Mask]:
    """What hangs by a thread beside an arm (slivers, the underside of a sleeve) becomes the arm's.

    Second, slivers beyond an arm that do not look like it: of cloth that it hides, or of background.
    """
    body = visible & ~arms[0] & ~arms[1]
    near = np.zeros(visible.shape, np.uint8)
    for line in lines:
        cv2.polylines(near, [np.round(line.places).astype(np.int32)], False, 1, round(4 * radius))
    size = 2 * max(1, round(FLAP_PART * radius)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    fine = cv2.morphologyEx(body.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    coarse = cv2.morphologyEx(body.astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0
    solid = _main_component(np.where(near > 0, coarse, fine) | (body_seed & body), body_seed)
    solid = (cv2.dilate(solid.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & body
    loose = body & ~solid
    if not loose.any():
        return arms, loose
    distances = [cv2.distanceTransform((~part).astype(np.uint8), cv2.DIST_L2, 3) for part in (solid, *arms)]
    nearest = np.argmin(np.stack([distances[0] + 2, *distances[1:]]), axis=0)
    claimed = [loose & (nearest == side + 1) for side in SIDES]
    liked = [claim & (scores[side] > UNLIKE_SCORE) for side, claim in enumerate(claimed)]
    nobody = (claimed[0] & ~liked[0]) | (claimed[1] & ~liked[1])
    return [arms[side] | liked[side] for side in SIDES], nobody


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
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.4)
    return np.asarray(soft > 0.5)


def _main_component(mask: Mask, seed: Mask, *, bridge: int = 0) -> Mask:
    """Only the parts of the mask that touch the seed, over gaps of up to `bridge` pixels."""
    size = (2 * bridge // 2 + 1, 2 * bridge // 2 + 1)
    joined = cv2.dilate(mask.astype(np.uint8), np.ones(size, np.uint8)) if bridge else mask.astype(np.uint8)
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    keep = np.zeros(count, dtype=bool)
    keep[np.unique(labels[seed & mask])] = True
    keep[0] = False
    return np.asarray(keep[labels] & mask)


def _crotch_and_hem(body: Mask, rest: RestSkeleton) -> tuple[tuple[float, float], float | None]:
    """Where the legs part, and the hem of a garment that covers both, if there is one."""
    points = rest.points
    hips = points[list(HIP)].mean(axis=0)
    knees = points[list(KNEE)].mean(axis=0)
    ankles = points[list(ANKLE)].mean(axis=0)
    anatomical = hips[1] + 0.2 * (knees[1] - hips[1])
    gap = _gap_top(body, rest, round(anatomical), round(ankles[1]))
    crotch_x = float(hips[0])
    if gap is not None and gap < hips[1] + 0.42 * (knees[1] - hips[1]):
        return (crotch_x, float(gap)), None
    return (crotch_x, float(anatomical)), _hem(body, rest, gap)


def _hem(body: Mask, rest: RestSkeleton, gap: int | None) -> float | None:
    """Row down to which one garment covers both legs, which part at `gap`; None for two trouser legs side by
    side.
    """
    points = rest.points
    hips, knees, ankles = (float(points[list(joint), 1].mean()) for joint in (HIP, KNEE, ANKLE))
    thigh = knees - hips
    end = ankles if gap is None else float(gap)
    step = _step_inwards(
        body, round(hips + 0.3 * thigh), round(min(end + 0.06 * thigh, ankles)), round(0.09 * thigh)
    )
    if step is not None:
        return float(step)
    at_hips = _outer_width(body, round(hips + 0.15 * thigh))
    if end > knees:
        low = round(ankles - 0.12 * (ankles - knees)) if gap is None else gap - 2
        return end if _outer_width(body, low) > LONG_SKIRT_WIDTH * at_hips else None
    spread = abs(points[KNEE[0], 0] - points[KNEE[1], 0]) / max(
        abs(points[HIP[0], 0] - points[HIP[1], 0]), 1.0
    )
    return end if spread > 1.15 else None


def _step_inwards(body: Mask, top: int, bottom: int, reach: int) -> int | None:
    """The row at which the outline gets suddenly narrower, as below the hem of a skirt."""
    widths = np.array([_outer_width(body, row) for row in range(top, bottom + max(reach, 1))], float)
    if len(widths) <= reach or reach < 1:
        return None
    ratio = widths[reach:] / np.maximum(widths[:-reach], 1.0)
    best = int(np.argmin(ratio))
    return top + best + reach // 2 if ratio[best] < HEM_STEP else None


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


def _outer_width(body: Mask, row: int) -> int:
    """Width from outer edge to outer edge of both legs in a row."""
    columns = np.flatnonzero(body[min(max(row, 0), body.shape[0] - 1)])
    if not columns.size:
        return 0
    return int(columns.max() - columns.min() + 1)


def _without_cloth(
    lab: Floats, body: Mask, legs: tuple[Mask, Mask], hem: float, rest: RestSkeleton
) -> tuple[Mask, Mask]:
    """The legs without tips of the skirt below the hem's mean row, told from the legs by colour."""
    depth = max(4, round(0.3 * rest.torso))
    row = round(hem)
    window = np.s_[max(row - 2, 0) : row + depth]
    skirt = lab[max(row - depth, 0) : row - 2][body[max(row - depth, 0) : row - 2]]
    both = legs[0] | legs[1]
    below = lab[row + depth : row + 2 * depth][both[row + depth : row + 2 * depth]]
    if len(skirt) < 20 or len(below) < 20:
        return legs
    rng = np.random.default_rng(0)
    skirt, below = (colours[rng.integers(0, len(colours), 120)] for colours in (skirt, below))
    cloth = np.zeros_like(body)
    cloth[window] = (likeness(lab[window], both[window], skirt, below) > 0.1) & both[window]
    cloth = cv2.morphologyEx(cloth.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    cloth = _main_component(cloth | (body & ~both), body & ~both) & both
    return legs[0] & ~cloth, legs[1] & ~cloth


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
