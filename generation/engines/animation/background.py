"""The scene without the person: fills the hole, continues the photo beyond its edges, keeps the grain."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from generation.engines.animation.membrane import membrane
from generation.engines.animation.patches import fill_by_patches
from generation.engines.animation.placement import Placement
from generation.engines.animation.skeleton import ANKLE, KNEE, NECK, SIDES, TOE, RestSkeleton

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


STRETCHED_PART = 0.6  # of a band of the photo: how much longer it may get to reach the output's edge
LARGE_PICTURE = 1400  # rows from which patches are searched for at a quarter of the size only
TEXTURE_DETAIL = 3.0  # grey levels of detail around a place up to which a smooth fill is the better one
PLAIN_DETAIL = 6.0  # the same around the whole person: a studio wall, whose soft shadows may go
ROWS_REACH, COLUMNS_REACH = 0.06, 0.35  # of the height: how far away a patch may come from
SHADE_SHRINK, SHADE_REACH = 8, 0.8  # soft shadows are judged on a small copy, up to so many torsos around
HAIR_PART = 0.12  # of the torso: the same around the head
FLOOR_SHADOW_REACH, FLOOR_SHADOW_DEPTH = (
    0.7,
    14.0,
)  # torsos beside the feet; grey levels below the floor's own
HALO_PART = 0.05  # of the torso: how far the person's colours and shade reach beyond the matte


@dataclass(frozen=True)
class PersonOnCanvas:
    """The photo at the output's size: image (uint8, (height, width, 3)), alpha (float32): the matte."""

    image: Image
    alpha: Floats


def lay_out_person(
    photo: Image, alpha: Floats, place: Placement, size: tuple[int, int], *, is_continued: bool = False
) -> PersonOnCanvas:
    """Photo and matte, which are at the output's scale already, on a canvas of `size` (width, height).

    is_continued: a person whom the photo's edge cuts goes on beyond it, mirrored.
    """
    left, top = round(place.left), round(place.top)
    borders = cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT
    if is_continued:
        borders = cv2.BORDER_REFLECT_101, cv2.BORDER_REPLICATE
    image = _laid_out(photo, left, top, size, borders[0])
    return PersonOnCanvas(image, _laid_out(alpha, left, top, size, borders[1]))


def build_background(
    photo: Image, alpha: Floats, place: Placement, size: tuple[int, int], rest: RestSkeleton, seed: int
) -> Image:
    """The scene without the person, uint8 (height, width, 3), at the output's size.

    photo (uint8, (h, w, 3)) and alpha (float32, (h, w)) are at the output's scale already; size (width,
    height); rest in the output's pixels.
    """
    left, top = round(place.left), round(place.top)
    local = rest.placed(1.0, (-left, -top))
    hole = person_hole(photo, alpha, local)
    lit = _without_soft_shadow(photo, hole, local) if _is_plain(photo, hole, local) else photo
    floor = round(float(local.points[list(KNEE), 1].mean()))
    filled = fill_hole(lit, hole, seed, floor=floor)
    return _continued(filled, left, top, size)


def _without_soft_shadow(photo: Image, hole: Mask, rest: RestSkeleton) -> Image:
    """Lighten the broad shade that a person throws on a plain wall, up to about half a torso around them."""
    small = 1 / SHADE_SHRINK
    low = cv2.resize(photo, None, fx=small, fy=small, interpolation=cv2.INTER_AREA).astype(np.float32)
    gap = cv2.resize(hole.astype(np.float32), low.shape[1::-1], interpolation=cv2.INTER_AREA) > 0
    near = max(1, round(SHADE_REACH * rest.torso * small))
    wide = cv2.dilate(
        gap.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * near + 1, 2 * near + 1))
    )
    if wide.all():
        return photo
    clear = membrane(low, wide > 0)
    smooth = cv2.GaussianBlur(membrane(low, gap), (0, 0), 1.5)
    distance = cv2.distanceTransform((~gap).astype(np.uint8), cv2.DIST_L2, 5)
    share = np.clip(1.6 - 1.6 * distance / near, 0, 1)[..., None]
    knee, ankle = (float(rest.points[list(joint), 1].mean()) * small for joint in (KNEE, ANKLE))
    rows = np.arange(len(low), dtype=np.float32)[:, None, None]
    above_floor = np.clip((ankle - rows) / max(ankle - knee, 1.0), 0, 1)
    lighter = (np.maximum(clear - smooth, 0) * share * above_floor).astype(np.float32)
    lighter = cv2.resize(lighter, photo.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(photo + lighter, 0, 255).round(), np.uint8)


def person_hole(photo: Image, alpha: Floats, rest: RestSkeleton) -> Mask:
    """What must go: the matte, its halo, and the shade around the feet."""
    reach = max(2, round(HALO_PART * rest.torso))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    matte = (alpha > 0.02).astype(np.uint8)
    hole = np.asarray(cv2.dilate(matte, kernel), np.uint8)
    # Stray hairs reach farther than the matte knows.
    head = matte.copy()
    head[max(0, round(float(rest.points[NECK, 1]))) :] = 0
    far = max(3, round(HAIR_PART * rest.torso))
    round_kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * far + 1, 2 * far + 1))
    hole = np.maximum(hole, np.asarray(cv2.dilate(head, round_kernel), np.uint8))
    for side in SIDES:
        ankle, toe = rest.points[ANKLE[side]], rest.points[TOE[side]]
        centre = (round(float(ankle[0] + toe[0]) / 2), round(float(max(toe[1], ankle[1]))))
        axes = (max(1, round(0.34 * rest.torso)), max(1, round(0.12 * rest.torso)))
        cv2.ellipse(hole, centre, axes, 0, 0, 360, 1, -1)
    return _with_floor_shadow(photo, hole > 0, rest)


def _with_floor_shadow(photo: Image, hole: Mask, rest: RestSkeleton) -> Mask:
    """The hole together with the dark patch on the floor that is joined to the feet."""
    feet = rest.points[[*ANKLE, *TOE]]
    reach = FLOOR_SHADOW_REACH * rest.torso
    x0, x1 = (
        int(np.clip(value, 0, photo.shape[1]))
        for value in (feet[:, 0].min() - reach, feet[:, 0].max() + reach)
    )
    y0, y1 = (
        int(np.clip(value, 0, photo.shape[0]))
        for value in (feet[:, 1].min() - 0.05 * rest.torso, feet[:, 1].max() + 0.35 * rest.torso)
    )
    if x1 - x0 < 8 or y1 - y0 < 8:
        return hole
    light = cv2.cvtColor(photo[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY).astype(np.float32)
    inner = hole[y0:y1, x0:x1]
    usual = np.array(
        [
            np.median(row[~taken]) if (~taken).sum() > 4 else 255.0
            for row, taken in zip(light, inner, strict=True)
        ]
    )
    dark = (cv2.GaussianBlur(light, (0, 0), 2.0) < usual[:, None] - FLOOR_SHADOW_DEPTH) & ~inner
    dark = cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0
    _, labels = cv2.connectedComponents((dark | inner).astype(np.uint8))
    joined = np.isin(labels, np.unique(labels[inner])) & dark
    out = hole.copy()
    if 0 < joined.sum() < 0.5 * (~inner).sum():
        out[y0:y1, x0:x1] |= cv2.dilate(joined.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    return out


def _continued(picture: Image, left: int, top: int, size: tuple[int, int]) -> Image:
    """The picture on the canvas, continued beyond its edges by stretching what lies towards them.

    Nothing is repeated and no seam opens: each axis is a smooth map that leaves the middle as it is. Only
    what would need more than the STRETCHED_PART of the photo is mirrored.
    """
    width, height = size
    if left <= 0 and top <= 0 and left + picture.shape[1] >= width and top + picture.shape[0] >= height:
        return np.asarray(_laid_out(picture, left, top, size, cv2.BORDER_REPLICATE), np.uint8)
    columns = _stretched_axis(width, left, picture.shape[1], low_part=0.5, high_part=0.5)
    rows = _stretched_axis(height, top, picture.shape[0], low_part=0.75, high_part=0.2)
    map_x, map_y = np.meshgrid(columns, rows)
    out = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(out, np.uint8)


def _stretched_axis(canvas: int, start: int, length: int, *, low_part: float, high_part: float) -> Floats:
    """Photo coordinate of each canvas pixel along one axis; the photo starts at `start` and is `length` long.

    low_part, high_part: how much of the photo, from its low and its high end, may be stretched.
    """
    place = np.arange(canvas, dtype=np.float32) - start
    for missing, part, sign, origin in (
        (start, low_part, -1.0, 0.0),
        (canvas - start - length, high_part, 1.0, float(length - 1)),
    ):
        band = part * length
        extra = min(float(missing), STRETCHED_PART * band)
        if extra <= 0:
            continue
        from_inner = (place - origin) * sign + band  # 0 at the band's inner end, band at the photo's edge
        inside = from_inner > 0
        reach = np.minimum(from_inner, band + extra)
        moved = reach - extra * (reach / (band + extra)) ** 2 + np.maximum(from_inner - band - extra, 0)
        place = np.where(inside, origin + sign * (moved - band), place).astype(np.float32)
    return place


def _laid_out(image: npt.NDArray[Any], left: int, top: int, size: tuple[int, int], border: int) -> Any:
    """The picture with its corner at (left, top) of a canvas of (width, height); the border mode fills the
    rest.
    """
    width, height = size
    x0, y0 = max(-left, 0), max(-top, 0)
    inner = image[y0 : height - top, x0 : width - left]
    above, beside = max(top, 0), max(left, 0)
    below, right = height - above - inner.shape[0], width - beside - inner.shape[1]
    return cv2.copyMakeBorder(inner, above, below, beside, right, border)


def fill_hole(image: Image, hole: Mask, seed: int, *, floor: int) -> Image:
    """Continue the picture through the hole. image (uint8, (h, w, 3)), hole (bool, (h, w)); seed: all chance;
    floor: row below which the ground lies.

    A plain surrounding (studio wall, sky) is continued as a smooth surface with the picture's grain; one with
    structure is painted with patches of the picture, then fitted to the colours along the border; each place
    as its own surroundings are.
    """
    if not hole.any() or hole.all():
        return image
    profile = _floor_profile(image.astype(np.float32), hole, floor)
    picture = image.astype(np.float32) - profile
    structure = _structure(picture, hole)
    filled = membrane(picture, hole) + _grain(picture, hole, seed)
    share = np.clip((structure - TEXTURE_DETAIL) / TEXTURE_DETAIL, 0, 1)[..., None]
    if share[hole].max() > 0.2:
        # Floors, walls and skies run sideways: what is copied comes from about the same height.
        reach = ROWS_REACH * hole.shape[0], COLUMNS_REACH * hole.shape[0]
        finest = 1 if hole.shape[0] <= LARGE_PICTURE else 2
        painted = _fitted(
            picture, hole, fill_by_patches(picture, hole, ~hole, seed, reach=reach, finest=finest)
        )
        filled = filled * (1 - share) + painted * share
    out = image.copy()
    filled = filled + profile
    out[hole] = np.clip(filled[hole], 0, 255).round().astype(np.uint8)
    return out


def _floor_profile(picture: Floats, hole: Mask, floor: int) -> Floats:
    """How much lighter or darker than the row `floor` each row below it is, (h, 1, 3)."""
    weight = (~hole).astype(np.float32)[..., None]
    usable = weight[:, :, 0].sum(axis=1) > 0.1 * hole.shape[1]
    profile = np.zeros((len(picture), 1, 3), np.float32)
    below = np.arange(len(picture)) >= floor
    if not (usable & below).any():
        return profile
    rows = np.flatnonzero(usable & below)
    mean = (picture[rows] * weight[rows]).sum(axis=1) / weight[rows].sum(axis=1)
    for channel in range(3):
        values = np.interp(np.arange(len(picture)), rows, mean[:, channel] - mean[0, channel])
        profile[:, 0, channel] = gaussian_filter1d(np.where(below, values, 0), 2.0)
    return profile


def _structure(picture: Floats, hole: Mask) -> Floats:
    """How much detail there is, grey levels (float32, (h, w)); in the hole what its surroundings promise."""
    small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    gap = cv2.resize(hole.astype(np.float32), small.shape[1::-1], interpolation=cv2.INTER_AREA) > 0
    calm = membrane(np.asarray(small, np.float32), gap)
    detail = np.abs(cv2.GaussianBlur(calm, (0, 0), 1.0) - cv2.GaussianBlur(calm, (0, 0), 5.0)).max(axis=2)
    busiest = cv2.GaussianBlur(cv2.dilate(detail, np.ones((9, 9), np.uint8)), (0, 0), 5.0)
    near = cv2.dilate(gap.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    spread = membrane(np.repeat(busiest[..., None], 3, axis=2).astype(np.float32), near)[..., 0]
    return np.asarray(cv2.resize(spread, hole.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _is_plain(photo: Image, hole: Mask, rest: RestSkeleton) -> bool:
    """Whether hardly anything but noise and soft shade lies around the person, above the floor."""
    reach = max(15, round(SHADE_REACH * rest.torso)) | 1
    ring = (cv2.dilate(hole.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0) & ~hole
    ring[max(0, round(float(rest.points[list(KNEE), 1].mean()))) :] = False
    if not ring.any():
        return False
    return float(np.percentile(_structure(photo.astype(np.float32), hole)[ring], 90)) < PLAIN_DETAIL


def _fitted(picture: Floats, hole: Mask, filled: Floats) -> Floats:
    """Take out the step that is left between the fill and the picture along the hole's border."""
    kernel = np.ones((3, 3), np.uint8)
    border = (cv2.dilate(hole.astype(np.uint8), kernel) > 0) & ~hole
    rim = hole & (cv2.dilate(border.astype(np.uint8), kernel) > 0)
    weight = border.astype(np.float32)
    outside = (
        cv2.blur(picture * weight[..., None], (5, 5)) / np.maximum(cv2.blur(weight, (5, 5)), 1e-6)[..., None]
    )
    step = np.where(rim[..., None], np.clip(outside - filled, -12, 12), 0).astype(np.float32)
    inner = hole & ~rim
    correction = membrane(step, inner | ~hole)
    return np.asarray(filled + correction, np.float32)


def _grain(picture: Floats, hole: Mask, seed: int) -> Floats:
    """Noise of the strength that the picture has around the hole."""
    fine = picture - cv2.GaussianBlur(picture, (0, 0), 1.5)
    far = cv2.dilate(hole.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    ring = far & ~(cv2.dilate(hole.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0)
    strength = float(np.median(np.abs(fine[ring]))) * 1.48 if ring.any() else 0.0
    noise = np.random.default_rng(seed).normal(0, 1, picture.shape[:2]).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.7)[..., None] * min(strength, 6.0) * 1.6)
