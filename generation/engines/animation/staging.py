"""Puts the performers on the output: whose photo is the scene, where everybody dances, who is in front."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from generation.engines.animation.placement import (
    FLOOR_PART,
    MARGIN_PART,
    RAISED_PART,
    SWAY_LIMITS,
    Placement,
    fit_motion,
    place_framed,
    place_half,
)
from generation.engines.animation.retarget import (
    DriverPlace,
    Motion,
    driver_place,
    leg_length,
    retarget,
    retarget_held,
    shows_legs,
)
from generation.engines.animation.skeleton import ANKLE, PELVIS, RestSkeleton
from templates_app.poses.sequence import PoseSequence

Array = npt.NDArray[np.float64]
Size = tuple[int, int]  # (width, height)

CONTINUED_PART = 0.3  # of the torso: how far a person whom the photo cuts is continued beyond its edges
WANTED_GROUP_PART = 0.5  # of the output's height: a group smaller than this gives up way across the floor
NEARER_SCENE = 1.25  # the scene may be so much larger than its own performer, before it is stretched
BODY_PAD = 0.16  # torsos around the joints that belong to the body
# A performer steps in front of another once the feet are lower by so many torsos; smoothed over so long.
ORDER_MARGIN, ORDER_SECONDS = 0.12, 0.25


@dataclass(frozen=True)
class Dancer:
    """One person as photographed: rest in the photo's pixels, photo_size (width, height).

    can_step: whole legs that stand. still_arms: left, right arm must stay, as the photo cuts it.
    """

    rest: RestSkeleton
    photo_size: Size
    can_step: bool = True
    is_half: bool = False
    still_arms: tuple[bool, bool] = (False, False)


@dataclass(frozen=True)
class Part:
    """What one performer does. motion: in the output's pixels.

    sheet, sheet_size: where and on what canvas the photo is laid out to cut the person from it, at the
    output's scale; rest: in the sheet's pixels.
    """

    motion: Motion
    sheet: Placement
    sheet_size: Size
    rest: RestSkeleton
    is_continued: bool = False


@dataclass(frozen=True)
class Staging:
    """ground, ground_rest: where the first photo lies as the scene. parts: in performer order."""

    ground: Placement
    ground_rest: RestSkeleton
    parts: tuple[Part, ...]


def stage(poses: PoseSequence, dancers: Sequence[Dancer], size: Size) -> Staging:
    """Transfer the movement of each performer to its dancer and place them all; size: of the output."""
    tracks = [performer(poses, index) for index in range(len(dancers))]
    if len(dancers) > 1:
        return _stage_group(tracks, dancers, size)
    track, dancer = tracks[0], dancers[0]
    if dancer.can_step and shows_legs(track):
        motion, place = fit_motion(track, dancer.rest, dancer.photo_size, size)
        rest = dancer.rest.placed(place.scale, place.offset)
        return Staging(place, rest, (Part(motion.placed(place.scale, place.offset), place, size, rest),))
    motion = retarget_held(track, dancer.rest, still_arms=dancer.still_arms)
    if dancer.is_half:
        place = place_half(dancer.photo_size, size, dancer.rest, motion)
    else:
        place = place_framed(dancer.photo_size, size, dancer.rest, motion, driver_place(track))
    part = _part(dancer, motion, place.scale, place.offset)
    return Staging(place, dancer.rest.placed(place.scale, place.offset), (part,))


def performer(poses: PoseSequence, index: int) -> PoseSequence:
    """The movement of one performer alone."""
    one = slice(index, index + 1)
    return replace(poses, points=poses.points[:, one], confidence=poses.confidence[:, one])


def depth_orders(parts: Sequence[Part], fps: float) -> list[tuple[int, ...]]:
    """For each frame the performers from the farthest to the nearest.

    Feet lower in the picture are nearer; two change places only once the difference is clear.
    """
    lows = np.stack([part.motion.points[:, list(ANKLE), 1].max(axis=1) for part in parts], axis=1)
    lows = gaussian_filter1d(lows, ORDER_SECONDS * fps, axis=0, mode="nearest")
    margin = ORDER_MARGIN * float(np.mean([part.rest.torso for part in parts]))
    order = sorted(range(len(parts)), key=lambda index: (lows[0, index], -index))
    orders = []
    for low in lows:
        for _ in parts:
            for place in range(len(order) - 1):
                far, near = order[place], order[place + 1]
                if low[far] > low[near] + margin:
                    order[place], order[place + 1] = near, far
        orders.append(tuple(order))
    return orders


def _part(dancer: Dancer, motion: Motion, scale: float, offset: tuple[float, float]) -> Part:
    """A performer who is cut out of the photo wherever they stand there."""
    width, height = (max(2, round(side * scale)) for side in dancer.photo_size)
    more = round(CONTINUED_PART * dancer.rest.torso * scale) if dancer.is_half else 0
    sheet = Placement(scale, float(more), 0.0)
    return Part(
        motion.placed(scale, offset),
        sheet,
        (width + 2 * more, height + more),
        dancer.rest.placed(scale, sheet.offset),
        is_continued=dancer.is_half,
    )


@dataclass(frozen=True)
class _Cast:
    """A performer before the group's scale is known; anchor: the motion's pixel that stands at `spot` of the
    template, in frame heights. ratio: template units of one pixel of the photo.
    """

    dancer: Dancer
    motion: Motion
    anchor: Array
    spot: Array
    ratio: float

    def reach(self) -> tuple[Array, Array]:
        """Low and high corner of everything the body covers, in template units."""
        joints = self.motion.points if not self.dancer.is_half else self.motion.points[:, _UPPER]
        pad = BODY_PAD * self.dancer.rest.torso
        low, high = joints.min(axis=(0, 1)) - pad, joints.max(axis=(0, 1)) + pad
        return tuple((corner - self.anchor) * self.ratio + self.spot for corner in (low, high))  # type: ignore[return-value]


_UPPER = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 16, 17]  # the skeleton's points without the legs


def _stage_group(tracks: Sequence[PoseSequence], dancers: Sequence[Dancer], size: Size) -> Staging:
    """Several performers: sizes and places are the template's, the scene is the first photo's."""
    for sway in SWAY_LIMITS:
        casts = [_cast(track, dancer, sway) for track, dancer in zip(tracks, dancers, strict=True)]
        unit, origin = _fit(casts, size)
        tall = min(float(np.ptp(cast.motion.points[..., 1])) * cast.ratio for cast in casts) * unit
        if any(cast.dancer.is_half for cast in casts) or tall >= WANTED_GROUP_PART * size[1]:
            break
    parts = []
    for cast in casts:
        scale = unit * cast.ratio
        offset = unit * cast.spot + origin - scale * cast.anchor
        if cast.dancer.is_half:
            # What the photo cuts, the frame must cut.
            offset[1] = max(offset[1], size[1] - scale * cast.dancer.photo_size[1])
        parts.append(_part(cast.dancer, cast.motion, scale, (float(offset[0]), float(offset[1]))))
        if cast is casts[0]:
            ground = _ground(cast, scale, offset, size)
    return Staging(ground, dancers[0].rest.placed(ground.scale, ground.offset), tuple(parts))


def _cast(track: PoseSequence, dancer: Dancer, sway: float) -> _Cast:
    place, rest = driver_place(track), dancer.rest
    if dancer.can_step and shows_legs(track):
        motion = retarget(track, rest, sway_limit=sway * rest.torso)
        anchor = np.array([rest.points[PELVIS, 0], rest.points[list(ANKLE), 1].mean()])
        ratio = (place.leg + place.torso) / (leg_length(rest) + rest.torso)
        return _Cast(dancer, motion, anchor, np.array([place.middle, place.floor]), ratio)
    motion = retarget_held(track, rest, still_arms=dancer.still_arms)
    spot = np.array([place.middle, place.hips])
    return _Cast(dancer, motion, rest.points[PELVIS].copy(), spot, _held_ratio(place, rest))


def _held_ratio(place: DriverPlace, rest: RestSkeleton) -> float:
    return place.torso / rest.torso


def _fit(casts: Sequence[_Cast], size: Size) -> tuple[float, Array]:
    """Pixels of one template unit, and the pixel of the template's origin, so that everybody is in the
    picture.
    """
    width, height = size
    corners = [cast.reach() for cast in casts]
    low = np.min([corner[0] for corner in corners], axis=0)
    high = np.max([corner[1] for corner in corners], axis=0)
    ends_at_hips = any(cast.dancer.is_half for cast in casts)
    floor = 0.0 if ends_at_hips else FLOOR_PART
    unit = min(
        width * (1 - 2 * MARGIN_PART) / (high[0] - low[0]),
        height * (1 - MARGIN_PART - floor) / (high[1] - low[1]),
    )
    left = width / 2 - unit * (low[0] + high[0]) / 2
    top = height * (1 - floor) - unit * high[1]
    if not ends_at_hips:
        room = top + unit * low[1] - MARGIN_PART * height
        top -= min(max(room, 0.0) / 3, RAISED_PART * height)
    return float(unit), np.array([left, top])


def _ground(cast: _Cast, scale: float, offset: Array, size: Size) -> Placement:
    """The scene behind the group: its person's floor stays their floor, and it covers what it can."""
    photo_width, photo_height = cast.dancer.photo_size
    cover = max(size[0] / photo_width, size[1] / photo_height)
    larger = float(np.clip(cover, scale, NEARER_SCENE * scale))
    anchor = scale * cast.anchor + offset
    left = size[0] / 2 - larger * cast.anchor[0]
    top = anchor[1] - larger * cast.anchor[1]
    if larger * photo_width >= size[0]:
        left = float(np.clip(left, size[0] - larger * photo_width, 0.0))
    else:
        left = (size[0] - larger * photo_width) / 2
    if larger * photo_height >= size[1]:
        top = float(np.clip(top, size[1] - larger * photo_height, 0.0))
    if cast.dancer.is_half:
        top = max(top, size[1] - larger * photo_height)
    return Placement(larger, float(left), float(top))
