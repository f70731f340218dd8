"""Cut-out layers: texture and mesh of each arm, each leg and the body, completed where one hides another."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d, grey_closing, grey_opening

from generation.engines.animation.parts import Mask, Parts
from generation.engines.animation.patches import fill_by_patches
from generation.engines.animation.skeleton import ELBOW, HIP, KNEE, SHOULDER, SIDES, RestSkeleton
from generation.engines.animation.skinning import SkinWeights, Vertices, grid_mesh
from generation.engines.animation.weights import arm_weights, body_weights, leg_weights

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

GRID_STEP = 10
OVERLAP = 2  # pixels by which neighbouring layers lie over one another, so that no line opens between them


@dataclass(frozen=True)
class Layer:
    """One textured mesh.

    texture (uint8, (h, w, 4)): premultiplied RGBA. source (float32, (n, 2)): vertices in the texture.
    vertices: the same in the picture that the rest skeleton belongs to. triangles (int32, (m, 3)), solid
    (bool, (m,)).
    """

    texture: Image
    source: Vertices
    vertices: Vertices
    triangles: npt.NDArray[np.int32]
    solid: npt.NDArray[np.bool_]
    weights: SkinWeights


@dataclass(frozen=True)
class Layers:
    """All layers of a person; pairs are (left, right)."""

    arms: tuple[Layer, Layer]
    legs: tuple[Layer, Layer]
    body: Layer


def build_layers(colours: Image, alpha: Floats, parts: Parts, rest: RestSkeleton) -> Layers:
    """Make the layers of a person whose picture has a transparent margin.

    colours (uint8, (h, w, 3)): the person's own colours, also beyond the outline. alpha (float32, (h, w)).
    """
    alpha = np.where(parts.nobody, np.float32(0), alpha)
    owner = _owner_everywhere(parts)
    hidden = _hidden_body(parts, rest)
    under = _filled(colours, alpha, parts, hidden, rest)
    solid_alpha = np.maximum(alpha, hidden.astype(np.float32))
    arms, legs = [], []
    for side in SIDES:
        mask = _arm_alpha(owner == 1 + side, parts, rest, side)
        layer_alpha = alpha * mask
        arms.append(_layer(colours, layer_alpha, lambda v, s=side: arm_weights(v, rest, s)))  # type: ignore[misc]
        leg_colours, leg_alpha = _leg(under, solid_alpha, owner, hidden, parts, rest, side)
        legs.append(_layer(leg_colours, leg_alpha, lambda v, s=side: leg_weights(v, rest, s, parts.crotch)))  # type: ignore[misc]
    body_alpha = solid_alpha * _softened((owner == 0) | (hidden & (_nearest_part(parts) == 0)), OVERLAP)
    body = _layer(under, body_alpha, lambda v: body_weights(v, rest, parts.crotch, parts.skirt_hem))
    return Layers((arms[0], arms[1]), (legs[0], legs[1]), body)


def _layer(colours: Image, alpha: Floats, weigh: Callable[[Vertices], SkinWeights]) -> Layer:
    """Crop to what is visible, premultiply, mesh."""
    opacity = np.round(alpha * 255).astype(np.uint8)
    opacity[opacity < 3] = 0
    rows, columns = np.flatnonzero(opacity.any(axis=1)), np.flatnonzero(opacity.any(axis=0))
    if not rows.size:
        rows, columns = np.array([2, 3]), np.array([2, 3])
    top, bottom = max(rows[0] - 2, 0), min(rows[-1] + 3, alpha.shape[0])
    left, right = max(columns[0] - 2, 0), min(columns[-1] + 3, alpha.shape[1])
    opacity = opacity[top:bottom, left:right]
    texture = np.empty((*opacity.shape, 4), np.uint8)
    texture[..., :3] = np.round(colours[top:bottom, left:right] * (opacity[..., None] / np.float32(255)))
    texture[..., 3] = opacity
    source, triangles, solid = grid_mesh(opacity, GRID_STEP)
    vertices = source + np.array([left, top], np.float32)
    return Layer(texture, source, vertices, triangles, solid, weigh(vertices))


def _nearest(labels: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Every zero takes the label of the nearest non-zero pixel."""
    _, index = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros(int(index.max()) + 1, np.int32)
    known = labels != 0
    table[index[known]] = labels[known]
    return table[index]


def _labels(parts: Parts) -> npt.NDArray[np.int32]:
    """1 body, 2 and 3 arms, 4 and 5 legs, 0 nobody."""
    labels = parts.body.astype(np.int32)
    for side in SIDES:
        labels[parts.arms[side]] = 2 + side
        labels[parts.legs[side]] = 4 + side
    return labels


def _owner_everywhere(parts: Parts) -> npt.NDArray[np.int32]:
    """0 body, 1 and 2 arms, 3 and 4 legs, for every pixel; soft edges go with the nearest part."""
    return _nearest(_labels(parts)) - 1


def _nearest_part(parts: Parts) -> npt.NDArray[np.int32]:
    """0 body, 3 and 4 legs, for every pixel: what lies behind an arm there."""
    labels = _labels(parts)
    labels[(labels == 2) | (labels == 3)] = 0
    return _nearest(labels) - 1


def _hidden_body(parts: Parts, rest: RestSkeleton) -> Mask:
    """Pixels of trunk and legs that an arm hides: within the body's outline, a rim, and the shoulders."""
    visible = parts.body | parts.legs[0] | parts.legs[1]
    arms = parts.arms[0] | parts.arms[1]
    radius = rest.arm_radius
    within = _within_outline(visible, rest)
    rim_size = 2 * max(2, round(0.1 * radius)) + 1
    rim = cv2.dilate(
        visible.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (rim_size, rim_size))
    )
    hidden = (within | (rim > 0) | _shoulders(visible.shape, rest)) & arms
    # Round off what juts out between arm and trunk: the outline of the whole stays smooth.
    size = 2 * max(1, round(0.35 * radius)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    whole = cv2.morphologyEx((visible | hidden).astype(np.uint8), cv2.MORPH_OPEN, kernel)
    whole = cv2.morphologyEx(whole, cv2.MORPH_CLOSE, kernel)
    inner = cv2.erode((arms | visible).astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray((whole > 0) & arms & (inner > 0))


def _shoulders(shape: tuple[int, ...], rest: RestSkeleton) -> Mask:
    """The balls of the shoulders: they stay on the body as photographed, under the arm that turns on them."""
    canvas = np.zeros(shape, np.uint8)
    for side in SIDES:
        centre = tuple(int(value) for value in np.round(rest.points[SHOULDER[side]]))
        cv2.circle(canvas, centre, max(2, round(0.75 * rest.arm_radius)), 1, -1)
    return canvas > 0


def _within_outline(visible: Mask, rest: RestSkeleton) -> Mask:
    """Between the body's left and right edge in each row, after bites no taller than a hand are closed."""
    height, width = visible.shape
    top = max(round(float(rest.points[list(SHOULDER), 1].min() + 0.8 * rest.arm_radius)), 0)
    bottom = min(round(float(rest.points[list(KNEE), 1].max())), height)
    out = np.zeros_like(visible)
    if bottom - top < 8:
        return out
    rows = visible[top:bottom]
    filled = rows.any(axis=1)
    left = np.where(filled, rows.argmax(axis=1), width // 2).astype(float)
    right = np.where(filled, width - 1 - rows[:, ::-1].argmax(axis=1), width // 2).astype(float)
    tall = min(max(3, round(3.4 * rest.arm_radius)), bottom - top)
    right = grey_closing(right, size=tall, mode="nearest")
    left = grey_opening(left, size=tall, mode="nearest")
    smooth = max(1.0, 0.15 * rest.arm_radius)
    left, right = gaussian_filter1d(left, smooth), gaussian_filter1d(right, smooth)
    columns = np.arange(width)[None, :]
    out[top:bottom] = (columns >= left[:, None]) & (columns <= right[:, None])
    return out


def _filled(colours: Image, alpha: Floats, parts: Parts, hidden: Mask, rest: RestSkeleton) -> Image:
    """The person's colours, with the body continued behind the arms by patches of itself."""
    if not hidden.any():
        return colours
    arms = (parts.arms[0] | parts.arms[1]).astype(np.uint8)
    # The dark fold where an arm lies against the body belongs to neither.
    fold = 2 * max(1, round(0.08 * rest.arm_radius)) + 1
    near_arm = cv2.dilate(arms, np.ones((fold, fold), np.uint8)) > 0
    wanted = (hidden | near_arm) & (alpha > 0) & ~_shoulders(alpha.shape, rest)
    pad = round(3 * rest.arm_radius)
    rows, columns = np.flatnonzero(wanted.any(axis=1)), np.flatnonzero(wanted.any(axis=0))
    window = np.s_[max(rows[0] - pad, 0) : rows[-1] + pad, max(columns[0] - pad, 0) : columns[-1] + pad]
    known = (~(arms > 0) & ~near_arm & (alpha > 0.95))[window]
    # Beyond the body there is nothing to match: there the nearest body colour stands in.
    near = _spread(colours[window], known)
    reach = 1.2 * rest.arm_radius
    painted = fill_by_patches(
        near.astype(np.float32), wanted[window], known, 0, reach=(reach, reach), from_guess=True
    )
    out = colours.copy()
    region = wanted[window]
    out[window][region] = np.clip(painted[region], 0, 255).round().astype(np.uint8)
    return out


def _spread(colours: Image, known: Mask) -> Image:
    """Unknown pixels take the colour of the nearest known ones, smoothed."""
    _, index = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros((int(index.max()) + 1, 3), np.uint8)
    table[index[known]] = colours[known]
    soft = cv2.GaussianBlur(table[index], (0, 0), 2.0)
    return np.where(known[..., None], colours, soft)


def _softened(mask: Mask, grow: int) -> Floats:
    """The mask grown by `grow` pixels, with an edge of about two pixels."""
    grown: npt.NDArray[Any] = mask.astype(np.uint8)
    if grow:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grow + 1, 2 * grow + 1))
        grown = cv2.dilate(grown, kernel)
    return np.asarray(cv2.GaussianBlur(grown.astype(np.float32), (0, 0), 0.8))


def _arm_alpha(own: Mask, parts: Parts, rest: RestSkeleton, side: int) -> Floats:
    """Where the arm layer shows: the arm, and a cap that fades into the chest around the shoulder."""
    soft = _softened(own, 0)
    arm = parts.arms[side]
    distance = cv2.distanceTransform((~arm).astype(np.uint8), cv2.DIST_L2, 3)
    radius = rest.arm_radius
    shoulder = rest.points[SHOULDER[side]]
    y, x = np.mgrid[: arm.shape[0], : arm.shape[1]]
    around = np.hypot(x - shoulder[0], y - shoulder[1])
    fade = np.clip(1.0 - distance / (0.5 * radius), 0, 1) * np.clip(
        (1.25 * radius - around) / (0.35 * radius), 0, 1
    )
    # Only on top: what lies in the armpit would swing out with the arm.
    down = rest.points[ELBOW[side]] - shoulder
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    along = (x - shoulder[0]) * down[0] + (y - shoulder[1]) * down[1]
    fade *= np.clip((0.35 * radius - along) / (0.35 * radius), 0, 1)
    fade *= 1 - cv2.GaussianBlur(parts.hair.astype(np.float32), (0, 0), 1.5)
    return np.asarray(np.maximum(soft, fade), np.float32)


def _leg(
    under: Image,
    alpha: Floats,
    owner: npt.NDArray[np.int32],
    hidden: Mask,
    parts: Parts,
    rest: RestSkeleton,
    side: int,
) -> tuple[Image, Floats]:
    """Colours and alpha of a leg layer, which reaches up behind the body to the hip."""
    mine = (owner == 3 + side) | (hidden & (_nearest_part(parts) == 3 + side))
    if parts.skirt_hem is not None:
        return _leg_under_skirt(under, alpha, mine, parts.skirt_hem, rest, side)
    rows = np.arange(alpha.shape[0])[:, None]
    columns = np.arange(alpha.shape[1])[None, :]
    hip = rest.points[HIP[side]]
    is_right_on_screen = hip[0] > parts.crotch[0]
    beside = columns >= parts.crotch[0] - 1 if is_right_on_screen else columns <= parts.crotch[0] + 1
    top = hip[1] - 0.1 * rest.torso
    seat = (rows >= top) & (rows <= parts.crotch[1] + 2) & beside & ((owner == 0) | hidden)
    fade = np.clip((rows - top) / 6.0, 0, 1).astype(np.float32)
    return under, np.asarray(alpha * _softened(mine | seat, OVERLAP) * fade, np.float32)


def _leg_under_skirt(
    under: Image, alpha: Floats, mine: Mask, skirt_hem: float, rest: RestSkeleton, side: int
) -> tuple[Image, Floats]:
    """A leg whose thigh is invented behind the skirt by continuing what shows below the hem."""
    colours, cover = under.copy(), alpha * _softened(mine, 0)
    hem = round(skirt_hem) + max(4, round(0.04 * rest.torso))
    hip, knee = rest.points[HIP[side]], rest.points[KNEE[side]]
    is_long = skirt_hem > knee[1]
    depth = max(6, round((0.06 if is_long else 0.12) * rest.torso))
    sample = mine[hem : hem + depth] & (alpha[hem : hem + depth] > 0.9)
    if not sample.any():
        return colours, np.asarray(cover, np.float32)
    inside = np.flatnonzero(sample[0]) if sample[0].any() else np.flatnonzero(sample.any(axis=0))
    left, right = int(inside[0]), int(inside[-1])
    slope = (knee[0] - hip[0]) / max(knee[1] - hip[1], 1.0)
    # A long skirt hides the knees: only a stump is needed, and a thigh would show beside the swinging cloth.
    top = round(hem - 0.4 * rest.torso) if is_long else round(hip[1])
    for row in range(hem - 1, max(top, 0), -1):
        back = hem - row
        mirrored = hem + (
            back % (2 * depth) if back % (2 * depth) < depth else 2 * depth - 1 - back % (2 * depth)
        )
        shift = round(slope * (row - mirrored))
        width = slice(
            max(left + round(slope * -back), 0), min(right + round(slope * -back) + 1, alpha.shape[1])
        )
        from_columns = np.clip(np.arange(width.start, width.stop) - shift, left, right)
        colours[row, width] = under[min(mirrored, alpha.shape[0] - 1), from_columns]
        cover[row, width] = 1.0
    return colours, np.asarray(cover, np.float32)
