"""classify: whether a picture shows a photographed person, a drawn one or a statue. Pure Python.

Three observations, all on the person brought to one height:

- Drawn in flat colours: after a median filter most neighbours are equal, and few differ by the little that
  shading and texture make; outlines are dark and thin.
- A statue is of one material. A material's a and b in CIELAB grow with its lightness, as does all light that
  it reflects (L* and a*, b* share one cube root, CIE 15:2004, section 8.2.1), so divided by L they are the
  same for stone skin, stone hair and stone clothes. A person has skin, hair and clothes.
- In a black-and-white or toned picture everything is of one material: then nobody can tell.

Thresholds stand between what was measured on few pictures: four photographed people in ten pictures, three
drawings of one comic hero, two of a terracotta warrior, and made-up ones (people of stone and bronze,
photographs painted flat), each also as a JPEG of quality 60. There was no photographed statue among them.
Drawings with soft shading pass for photos, and wax figures always will. Where it is unsure it says so.
"""

from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from tongyi_portal.vision.regions import check_image

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Box = tuple[float, float, float, float]

HEIGHT = 384  # pixels of the person that is looked at
LEAST_PIXELS = 400
FLAT, SHADED = 5, 30  # levels between neighbours, at most
OUTLINE_LEVELS, OUTLINE_SIDE = 50, 7  # how much darker than what is around it, in pixels, a line is
# Flat over shaded pixels: photos 0.4 to 0.9, drawings 2.6 to 4.6, drawings as bad JPEGs 0.8 to 1.0.
DRAWN, PERHAPS_DRAWN = 1.3, 0.95
LINES = 0.06  # of the person: drawings 0.08 to 0.28, smooth photos 0.03 (flat ones without lines: unsure)
# Distance from the person's middle colour, at L 50: people 38 and more in a tenth of them, statues 1 to 16.
ONE_MATERIAL, ONE_MATERIAL_MOST, PERHAPS_ONE = 18.0, 25.0, 28.0
ONE_TONE = 5.5  # distance from the colour of the same lightness: toned pictures to 4.8, others from 5.7
LIGHTNESS = (25.0, 92.0)  # darker and lighter ones have no colour to speak of


class SubjectKind(StrEnum):
    PHOTO = "photo"
    COMIC = "comic"
    STATUE = "statue"
    UNKNOWN = "unknown"


def classify(picture: Image, person: Floats | Flags | Box | None = None) -> SubjectKind:
    """What the picture shows.

    picture (uint8, (height, width, 3)): RGB. person: a mask of the picture's size (above 0.5 is the person),
    or a box (x0, y0, x1, y1) in pixels, or None when nobody was found: then the whole picture is looked at,
    and none is a statue. Raises ValueError for another shape.
    """
    check_image(picture)
    mask = _mask(picture, person)
    if mask.sum() < LEAST_PIXELS:
        return SubjectKind.UNKNOWN
    picture, mask = _scaled(picture, mask)
    inside = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if inside.sum() < LEAST_PIXELS:
        return SubjectKind.UNKNOWN
    drawn = _drawn(picture, inside)
    if drawn is not None:
        return drawn
    lab = np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    if _is_of_one_tone(lab):
        return SubjectKind.UNKNOWN
    return SubjectKind.PHOTO if person is None else _material(lab, inside)


def _mask(picture: Image, person: Floats | Flags | Box | None) -> Flags:
    height, width = picture.shape[:2]
    if person is None:
        return np.ones((height, width), np.bool_)
    if isinstance(person, tuple):
        x0, y0, x1, y1 = person
        mask = np.zeros((height, width), np.bool_)
        middle, half = (x0 + x1) / 2, 0.2 * (x1 - x0)  # beside it a box shows what is behind the person
        mask[max(int(y0), 0) : max(int(y1), 0), max(int(middle - half), 0) : max(int(middle + half), 0)] = (
            True
        )
        return mask
    if person.shape != (height, width):
        raise ValueError(f"the mask must be {(height, width)} like the picture, got {person.shape}")
    return np.asarray(person > 0.5)


def _scaled(picture: Image, mask: Flags) -> tuple[Image, Flags]:
    """Both made smaller until the person is HEIGHT tall, which also averages a camera's noise away."""
    rows = np.flatnonzero(mask.any(axis=1))
    scale = HEIGHT / (int(rows[-1]) - int(rows[0]) + 1)
    if scale >= 1:
        return picture, mask
    size = (max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    inside = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(small, np.uint8), inside > 0


def _drawn(picture: Image, inside: Flags) -> SubjectKind | None:
    """COMIC, UNKNOWN for what may be one, or None."""
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    even = cv2.medianBlur(picture, 5)  # takes away what JPEG leaves around lines
    near = np.ones((3, 3), np.uint8)
    steps = (cv2.dilate(even, near).astype(np.int16) - cv2.erode(even, near)).max(axis=2)
    steps = steps[inside & (luma > 16) & (luma < 240)]  # what is burnt out or black is flat in photos too
    if len(steps) < LEAST_PIXELS:
        return SubjectKind.UNKNOWN
    shaded = float(((steps > FLAT) & (steps <= SHADED)).mean())
    flat = float((steps <= FLAT).mean()) / max(shaded, 0.01)
    around = np.ones((OUTLINE_SIDE, OUTLINE_SIDE), np.uint8)
    lines = cv2.morphologyEx(luma, cv2.MORPH_BLACKHAT, around)[inside] > OUTLINE_LEVELS
    has_lines = float(lines.mean()) >= LINES
    if flat >= DRAWN and has_lines:
        return SubjectKind.COMIC
    return SubjectKind.UNKNOWN if flat >= PERHAPS_DRAWN else None


def _is_of_one_tone(lab: Floats) -> bool:
    """Whether the colour of every pixel follows from its lightness."""
    lightness, colours = lab[..., 0].ravel(), lab[..., 1:].reshape(-1, 2)
    level = np.clip(lightness / 5, 0, 19).astype(np.intp)
    apart = np.zeros(len(level))
    for one in np.unique(level):
        same = level == one
        apart[same] = np.linalg.norm(colours[same] - np.median(colours[same], axis=0), axis=1)
    return float(np.quantile(apart, 0.98)) < ONE_TONE


def _material(lab: Floats, inside: Flags) -> SubjectKind:
    lightness = lab[..., 0]
    seen = inside & (lightness > LIGHTNESS[0]) & (lightness < LIGHTNESS[1])
    if seen.sum() < LEAST_PIXELS:
        return SubjectKind.UNKNOWN
    colours = lab[seen][:, 1:] * (50 / lightness[seen])[:, None]
    apart = np.linalg.norm(colours - np.median(colours, axis=0), axis=1)
    most, nearly_all = (float(np.quantile(apart, part)) for part in (0.9, 0.95))
    if most < ONE_MATERIAL and nearly_all < ONE_MATERIAL_MOST:
        return SubjectKind.STATUE
    return SubjectKind.UNKNOWN if most < PERHAPS_ONE else SubjectKind.PHOTO
