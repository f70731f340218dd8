"""Where the photo lies in the output: keeps its framing, with room for what the dance needs. Pure Python."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generation.engines.animation.retarget import DriverPlace, Motion, retarget
from generation.engines.animation.skeleton import (
    ANKLE,
    ELBOW,
    HAND,
    HEAD_TOP,
    KNEE,
    PELVIS,
    TOE,
    WRIST,
    RestSkeleton,
)
from templates_app.poses.sequence import PoseSequence

MIN_PERSON_PART = (
    0.58  # of the output's height, head to ankle, before hands may leave the picture at the sides
)
SMALL_PERSON_PART = 0.5  # a smaller person is brought nearer
WANTED_PERSON_PART = 0.66
SWAY_LIMITS = (1.6, 1.1, 0.75, 0.5)  # torsos to either side, tried in turn
FLOOR_PART = 0.045  # of the output's height, below the feet
RAISED_PART = 0.07  # of the output's height that the photo may be raised to share the room above
MARGIN_PART = 0.02
HALF_SHRINK = 0.62  # of the scale at which a half-body photo covers the output: no smaller for wide arms
HALF_TORSO_PART = 0.24  # of the output's height: a smaller half-body person is brought nearer
FRAMED_ZOOM = 1.7  # how much nearer than covering the output a whole photo may be brought
UPPER_JOINTS = (HEAD_TOP, *ELBOW, *WRIST, *HAND)


@dataclass(frozen=True)
class Placement:
    """canvas xy = photo xy * scale + (left, top), in pixels."""

    scale: float
    left: float
    top: float

    @property
    def offset(self) -> tuple[float, float]:
        return self.left, self.top


def fit_motion(
    poses: PoseSequence, rest: RestSkeleton, photo_size: tuple[int, int], canvas_size: tuple[int, int]
) -> tuple[Motion, Placement]:
    """Transfer the movement and place the photo; way across the floor is given up before the person gets
    small.

    Sizes are (width, height). Everything is in the photo's pixels.
    """
    person = float(rest.points[list(ANKLE), 1].max() - rest.points[HEAD_TOP, 1])
    for sway in SWAY_LIMITS:
        motion = retarget(poses, rest, sway_limit=sway * rest.torso)
        place = place_photo(photo_size, canvas_size, rest, motion)
        if place.scale * person >= WANTED_PERSON_PART * canvas_size[1]:
            break
    return motion, place


def place_photo(
    photo_size: tuple[int, int], canvas_size: tuple[int, int], rest: RestSkeleton, motion: Motion
) -> Placement:
    """Choose scale and place. Sizes are (width, height); rest and motion are in the photo's pixels.

    The photo covers the output where it can. It is scaled down (and its surroundings are invented) only as
    far as raised arms and wide steps need, and never so far that the person gets small.
    """
    width, height = canvas_size
    photo_width, photo_height = photo_size
    left, top, right, bottom = _reach(rest, motion)
    person = float(rest.points[list(ANKLE), 1].max() - rest.points[HEAD_TOP, 1])
    margin = MARGIN_PART * height
    cover = max(width / photo_width, height / photo_height)
    tall = height * (1 - MARGIN_PART - FLOOR_PART) / (bottom - top)
    fit = min((width - margin) / (right - left), tall)
    floor = min(MIN_PERSON_PART * height / person, tall)
    scale = max(min(cover, fit), min(floor, cover))
    scale = max(scale, min(SMALL_PERSON_PART * height / person, fit))
    return Placement(
        scale,
        _along(scale * photo_width, width, scale * left, scale * right, margin, at_end=False),
        _along(
            scale * photo_height,
            height,
            scale * top,
            scale * bottom,
            margin,
            at_end=True,
            end_margin=FLOOR_PART * height,
        ),
    )


def place_half(
    photo_size: tuple[int, int], canvas_size: tuple[int, int], rest: RestSkeleton, motion: Motion
) -> Placement:
    """Place a photo that ends above the feet: its lower edge stays on the output's. Arguments as above."""
    width, height = canvas_size
    photo_width, photo_height = photo_size
    left, top, right, _ = _reach(rest, motion, UPPER_JOINTS)
    margin = MARGIN_PART * height
    cover = max(width / photo_width, height / photo_height)
    fit = min((width - margin) / (right - left), (height - margin) / max(photo_height - top, 1.0))
    scale = max(min(cover, fit), HALF_SHRINK * cover)
    scale = max(scale, min(HALF_TORSO_PART * height / rest.torso, fit))
    across = _along(scale * photo_width, width, scale * left, scale * right, margin, at_end=False)
    return Placement(scale, across, height - scale * photo_height)


def place_framed(
    photo_size: tuple[int, int],
    canvas_size: tuple[int, int],
    rest: RestSkeleton,
    motion: Motion,
    driver: DriverPlace,
) -> Placement:
    """Place a photo of a whole person as the template frames its own: the frame cuts the legs, which stand
    still. Arguments as above; the driver's place is in frame heights.
    """
    width, height = canvas_size
    photo_width, photo_height = photo_size
    left, top, right, _ = _reach(rest, motion, UPPER_JOINTS)
    margin = MARGIN_PART * height
    cover = max(width / photo_width, height / photo_height)
    fit = (width - margin) / (right - left)
    scale = min(driver.torso * height / rest.torso, fit)
    scale = float(np.clip(scale, cover, FRAMED_ZOOM * cover))
    across = _along(scale * photo_width, width, scale * left, scale * right, margin, at_end=False)
    down = driver.hips * height - scale * rest.points[PELVIS, 1]
    down = max(down, margin - scale * top)
    return Placement(scale, across, float(np.clip(down, height - scale * photo_height, 0.0)))


def _along(
    photo: float,
    canvas: float,
    low: float,
    high: float,
    margin: float,
    *,
    at_end: bool,
    end_margin: float = 0.0,
) -> float:
    """Offset of the photo along one axis: covering the canvas if it can, then showing [low, high] of the
    photo.
    """
    first, last = (
        canvas - max(margin, end_margin) - high,
        margin - low,
    )  # the reach is inside for offsets in between
    wanted = (first + last) / 2
    if photo >= canvas:
        wanted = float(np.clip(wanted, canvas - photo, 0.0))
    elif at_end:
        # Much room above is shared with the floor, as far as a stretched floor looks natural.
        room = low + canvas - photo - margin
        wanted = canvas - photo - float(np.clip(room / 3, 0.0, RAISED_PART * canvas))
    else:
        wanted = (wanted + (canvas - photo) / 2) / 2
    if first <= last:
        wanted = float(np.clip(wanted, first, last))
    return wanted


def _reach(
    rest: RestSkeleton, motion: Motion, joints: Sequence[int] = (*UPPER_JOINTS, *KNEE, *ANKLE, *TOE)
) -> tuple[float, float, float, float]:
    """Bounds of the movement, in photo pixels, without the rarest sideways excursions."""
    points: npt.NDArray[np.float64] = motion.points[:, list(joints)]
    pad = 0.14 * rest.torso
    low, high = points.min(axis=1), points.max(axis=1)
    return (
        float(np.percentile(low[:, 0], 2)) - pad,
        float(low[:, 1].min()) - pad,
        float(np.percentile(high[:, 0], 98)) + pad,
        float(high[:, 1].max()) + pad,
    )
