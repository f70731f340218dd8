"""Pose transfer: a driver's movement becomes joint places for a body of other proportions. Pure Python."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d, median_filter

from generation.engines.animation.skeleton import (
    ANKLE,
    BONE_CHEST,
    BONE_HEAD,
    BONE_PELVIS,
    BONES,
    ELBOW,
    FOOT,
    FOREARM,
    HAND,
    HEAD_TOP,
    HIP,
    KNEE,
    NECK,
    PALM,
    PELVIS,
    SHANK,
    SHOULDER,
    SIDES,
    THIGH,
    TOE,
    UPPER_ARM,
    WAIST,
    WRIST,
    RestSkeleton,
    bone_vectors,
    read_points,
)
from generation.engines.animation.skinning import BoneState
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33, convert

Array = npt.NDArray[np.float64]

SMOOTHING_SECONDS = 0.028  # Gaussian sigma over the driver: takes tracking noise, keeps accents
FORESHORTENING = (0.5, 1.08)  # how far a limb may shrink or grow against its longest view
HAND_LIMIT = np.radians(65)  # against the forearm
HEAD_LIMIT = np.radians(20)  # against the chest
FOOT_LIMIT = np.radians(40)  # against the foot's own standing angle
LEAN_LIMIT = np.radians(38)
PELVIS_LIMIT = np.radians(16)
TURN_SLACK = np.radians(
    40
)  # beyond half a turn that an angle may go on before it is counted from the other side
LEG_REACH = 1.03  # a leg may be this much longer than photographed before the pelvis sinks
PLANTED_SPEED = 0.32  # leg lengths a second
PLANTED_HEIGHT = 0.06  # leg lengths over that foot's floor
PLANTED_FRAMES_SECONDS = 0.12
# Of a person whose legs stay where they are, in torsos: how far the pelvis may sway, and rise or sink.
HELD_SWAY, HELD_BOUNCE = 0.12, 0.03
HELD_PELVIS_LIMIT = np.radians(4)
LEGS_SEEN = 0.3  # confidence of knees and ankles from which a driver's legs count as seen


@dataclass(frozen=True)
class Motion:
    """The person's skeleton over time, in the pixels of the rest skeleton it was made for.

    points (float64, (frames, 20, 2)); turn (radians against the photo, (frames, 15)); stretch ((frames, 15)).
    is_arm_behind (bool, (frames, 2)): left, right arm pass behind the trunk. is_left_leg_front (bool,
    (frames,)).
    planted (bool, (frames, 2)): the foot stands. lift (float64, (frames, 2)): foot over its floor, pixels.
    """

    points: Array
    turn: Array
    stretch: Array
    is_arm_behind: npt.NDArray[np.bool_]
    is_left_leg_front: npt.NDArray[np.bool_]
    planted: npt.NDArray[np.bool_]
    lift: Array

    @property
    def frame_count(self) -> int:
        return len(self.points)

    def state(self, frame: int) -> BoneState:
        """What skinning needs for one frame."""
        return BoneState(self.points[frame], self.turn[frame], self.stretch[frame])

    def placed(self, scale: float, offset: tuple[float, float]) -> "Motion":
        """The same motion after `xy * scale + offset`."""
        return Motion(
            self.points * scale + np.asarray(offset), self.turn, self.stretch,
            self.is_arm_behind, self.is_left_leg_front, self.planted, self.lift * scale,
        )  # fmt: skip


@dataclass(frozen=True)
class _Driver:
    """The driver's smoothed joints in its own units: points (frames, 20, 2), bones (frames, 15, 2), z of
    joints.
    """

    points: Array
    bones: Array
    body: Array  # (frames, 33, 3)
    confidence: Array  # (frames, 33)
    fps: float


def retarget(poses: PoseSequence, rest: RestSkeleton, *, sway_limit: float | None = None) -> Motion:
    """Movement of `rest` that follows the first person of `poses`; one output frame for each pose.

    sway_limit: how far the pelvis may travel to either side of its middle, pixels; None leaves the driver's
    way. Limb directions are the driver's; lengths are the person's, shortened where the driver's limb points
    at the camera. Feet: the ankles follow the driver's on the person's scale, stand still while the driver's
    foot stands, and the knees are placed between hip and ankle as the driver's are (two-bone IK that keeps
    foreshortening).
    """
    driver = _read_driver(poses)
    frames = len(driver.points)
    points = np.zeros((frames, *rest.points.shape))
    turn = np.zeros((frames, len(BONES)))
    ankles, planted, lift, pelvis = _place_feet(driver, rest, sway_limit)
    _place_trunk(driver, rest, points, turn, pelvis, PELVIS_LIMIT)
    _lower_to_reach(rest, points, ankles)
    for side in SIDES:
        _place_leg(driver, rest, points, turn, side, ankles[:, side], planted[:, side])
        _place_arm(driver, rest, points, turn, side)
    return Motion(
        points,
        turn,
        _stretch(points, rest),
        _arms_behind(driver),
        _left_leg_front(driver),
        planted,
        lift,
    )


def retarget_held(
    poses: PoseSequence, rest: RestSkeleton, *, still_arms: tuple[bool, bool] = (False, False)
) -> Motion:
    """The same for the upper body alone: the feet stay where the photo has them, the hips sway a little.

    still_arms: left, right arms that keep to the trunk as photographed, such as those that the photo cuts.
    """
    driver = _read_driver(poses)
    frames = len(driver.points)
    points = np.tile(rest.points, (frames, 1, 1))
    turn = np.zeros((frames, len(BONES)))
    scale = rest.torso / _driver_torso(driver)
    way = scale * (driver.points[:, PELVIS] - np.median(driver.points[:, PELVIS], axis=0))
    limits = rest.torso * np.array([HELD_SWAY, HELD_BOUNCE])
    way *= np.minimum(1.0, limits / np.maximum(np.abs(way).max(axis=0), 1e-6))
    _place_trunk(driver, rest, points, turn, rest.points[PELVIS] + way, HELD_PELVIS_LIMIT)
    for side in SIDES:
        _hold_leg(rest, points, turn, side)
        if still_arms[side]:
            _hold_arm(rest, points, turn, side)
        else:
            _place_arm(driver, rest, points, turn, side)
    return Motion(
        points,
        turn,
        _stretch(points, rest),
        _arms_behind(driver) & ~np.array(still_arms),
        np.zeros(frames, dtype=bool),
        np.ones((frames, 2), dtype=bool),
        np.zeros((frames, 2)),
    )


@dataclass(frozen=True)
class DriverPlace:
    """Where the driver dances, in units of the frame's height: what the pelvis's middle, floor and lengths
    of a Motion made by `retarget` correspond to.
    """

    middle: float
    floor: float
    hips: float
    leg: float
    torso: float


def driver_place(poses: PoseSequence) -> DriverPlace:
    """Place and size of the first person of `poses`."""
    driver = _read_driver(poses)
    hips, floor = driver.points[:, PELVIS], np.percentile(driver.points[:, list(ANKLE), 1], 90, axis=0)
    middle = (np.percentile(hips[:, 0], 5) + np.percentile(hips[:, 0], 95)) / 2
    return DriverPlace(
        float(middle),
        float(floor.mean()),
        float(np.median(hips[:, 1])),
        _driver_leg(driver),
        _driver_torso(driver),
    )


def shows_legs(poses: PoseSequence) -> bool:
    """Whether the first person's legs are inside the frame and seen, most of the time."""
    points, confidence = convert(
        poses.points[:, 0], poses.confidence[:, 0], source=poses.layout, target="blazepose_33"
    )
    legs = [
        BLAZEPOSE_33.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("knee", "ankle")
    ]
    seen = (confidence[:, legs].min(axis=1) >= LEGS_SEEN) & (points[:, legs, 1].max(axis=1) < 1.02)
    return bool(seen.mean() > 0.5)


def _stretch(points: Array, rest: RestSkeleton) -> Array:
    lengths = np.linalg.norm(bone_vectors(points), axis=-1)
    stretch = lengths / np.maximum(np.linalg.norm(bone_vectors(rest.points), axis=-1), 1e-6)
    return np.clip(stretch, 0.3, 1.6)


def _hold_leg(rest: RestSkeleton, points: Array, turn: Array, side: int) -> None:
    """A leg whose foot stays; the knee gives way to half of what the hip moves (in place)."""
    hip = points[:, HIP[side]]
    points[:, KNEE[side]] = rest.points[KNEE[side]] + (hip - rest.points[HIP[side]]) / 2
    rest_bones = bone_vectors(rest.points)
    for bone, vector in (
        (THIGH[side], points[:, KNEE[side]] - hip),
        (SHANK[side], points[:, ANKLE[side]] - points[:, KNEE[side]]),
    ):
        turn[:, bone] = _wrap(_angle(vector) - _angle(rest_bones[bone]))


def _hold_arm(rest: RestSkeleton, points: Array, turn: Array, side: int) -> None:
    """An arm that turns with the chest and does nothing else (in place)."""
    chest = turn[:, BONE_CHEST]
    for joint in (ELBOW, WRIST, HAND):
        away = rest.points[joint[side]] - rest.points[SHOULDER[side]]
        points[:, joint[side]] = points[:, SHOULDER[side]] + _rotated(away, chest)
    for bone in (UPPER_ARM, FOREARM, PALM):
        turn[:, bone[side]] = chest


def _read_driver(poses: PoseSequence) -> _Driver:
    """Smooth the person seen best; joints that the layout lacks are completed from their limb."""
    person = int(np.argmax(poses.confidence.mean(axis=(0, 2))))
    joints, confidence = convert(
        poses.points[:, person], poses.confidence[:, person], source=poses.layout, target="blazepose_33"
    )
    body: Array = joints.astype(np.float64)
    _complete(body, confidence)
    sigma = SMOOTHING_SECONDS * poses.fps
    body = gaussian_filter1d(body, sigma, axis=0, mode="wrap" if _closes(body) else "nearest")
    points = read_points(body)
    return _Driver(points, bone_vectors(points), body, confidence.astype(np.float64), poses.fps)


def _closes(body: Array) -> bool:
    """Whether the last pose leads into the first as any pose leads into the next."""
    if len(body) < 3:
        return False
    steps = np.abs(np.diff(body[..., :2], axis=0)).max(axis=(1, 2))
    return bool(np.abs(body[0, :, :2] - body[-1, :, :2]).max() <= 1.5 * steps.max() + 1e-6)


def _complete(body: Array, confidence: npt.NDArray[np.float32]) -> None:
    """Place hands and feet along their limb, and ears at the nose, where a layout has none (in place)."""
    index = BLAZEPOSE_33.index
    for side in ("left", "right"):
        elbow, wrist = body[:, index(f"{side}_elbow")], body[:, index(f"{side}_wrist")]
        for finger in ("index", "pinky", "thumb"):
            if confidence[:, index(f"{side}_{finger}")].max() == 0:
                body[:, index(f"{side}_{finger}")] = wrist + 0.3 * (wrist - elbow)
        ankle = body[:, index(f"{side}_ankle")]
        if confidence[:, index(f"{side}_foot_index")].max() == 0:
            length = np.linalg.norm(ankle - body[:, index(f"{side}_knee")], axis=-1, keepdims=True)
            down = np.array([0.1 if side == "left" else -0.1, 0.3, 0.0])
            body[:, index(f"{side}_foot_index")] = ankle + length * down
        if confidence[:, index(f"{side}_ear")].max() == 0:
            body[:, index(f"{side}_ear")] = body[:, index("nose")]


def _place_feet(
    driver: _Driver, rest: RestSkeleton, sway_limit: float | None
) -> tuple[Array, npt.NDArray[np.bool_], Array, Array]:
    """Ankle targets (frames, 2, 2), planted, lift (frames, 2) and pelvis (frames, 2), in pixels."""
    scale = leg_length(rest) / _driver_leg(driver)
    hips = driver.points[:, PELVIS]
    ankles = driver.points[:, list(ANKLE)]
    floor = np.percentile(ankles[..., 1], 90, axis=0)
    middle = (np.percentile(hips[:, 0], 5) + np.percentile(hips[:, 0], 95)) / 2
    way = scale * (hips[:, 0] - middle)
    travel = np.ones_like(way)
    if sway_limit is not None and np.abs(way).max() > sway_limit:
        travel *= sway_limit / np.abs(way).max()
    centre = rest.points[PELVIS, 0]
    rest_floor = rest.points[list(ANKLE), 1]
    pelvis = np.stack(
        [centre + way * travel, rest_floor.mean() + scale * (hips[:, 1] - floor.mean())], axis=-1
    )
    half_rest = rest.points[list(HIP), 0] - centre
    half_driver = np.median(driver.points[:, list(HIP), 0] - hips[:, :1], axis=0)
    shift = way * (travel - 1)
    targets = np.stack(
        [
            centre + scale * (ankles[..., 0] - middle) + half_rest - scale * half_driver + shift[:, None],
            rest_floor + scale * (ankles[..., 1] - floor),
        ],
        axis=-1,
    )
    planted = _planted(driver, floor)
    for side in SIDES:
        targets[:, side] = _held_still(targets[:, side], planted[:, side])
    lift = np.maximum(rest_floor - targets[..., 1], 0.0)
    return targets, planted, lift, pelvis


def leg_length(rest: RestSkeleton) -> float:
    lengths = np.linalg.norm(bone_vectors(rest.points), axis=-1)
    return float(lengths[list(THIGH)].max() + lengths[list(SHANK)].max())


def _driver_leg(driver: _Driver) -> float:
    lengths = np.linalg.norm(driver.bones, axis=-1)
    legs = lengths[:, list(THIGH)] + lengths[:, list(SHANK)]
    return float(max(np.percentile(legs, 95), 1e-3))


def _driver_torso(driver: _Driver) -> float:
    torso = np.linalg.norm(driver.points[:, list(SHOULDER)].mean(axis=1) - driver.points[:, PELVIS], axis=-1)
    return float(max(np.percentile(torso, 90), 1e-3))


def _planted(driver: _Driver, floor: Array) -> npt.NDArray[np.bool_]:
    """Frames in which a foot is slow and low, after removing flicker."""
    ankles = driver.points[:, list(ANKLE)]
    leg = _driver_leg(driver)
    if len(ankles) < 3:
        return np.ones(ankles.shape[:2], dtype=bool)
    speed = np.linalg.norm(np.gradient(ankles, axis=0), axis=-1) * driver.fps / leg
    height = (floor - ankles[..., 1]) / leg
    raw = (speed < PLANTED_SPEED) & (height < PLANTED_HEIGHT)
    window = 2 * round(PLANTED_FRAMES_SECONDS * driver.fps / 2) + 1
    return np.asarray(median_filter(raw.astype(np.uint8), size=(window, 1), mode="nearest"), bool)


def _held_still(track: Array, planted: npt.NDArray[np.bool_]) -> Array:
    """The track with every planted run frozen at its median; the correction fades between runs."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], planted.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    if len(starts) == 0:
        return track
    fixed = np.full_like(track, np.nan)
    for start, end in zip(starts, ends, strict=True):
        fixed[start:end] = np.median(track[start:end], axis=0) - track[start:end]
    known = np.flatnonzero(planted)
    every = np.arange(len(track))
    correction = np.stack([np.interp(every, known, fixed[known, axis]) for axis in (0, 1)], axis=-1)
    return np.asarray(track + correction)


def _place_trunk(
    driver: _Driver, rest: RestSkeleton, points: Array, turn: Array, pelvis: Array, pelvis_limit: float
) -> None:
    """Pelvis, spine, head, shoulders and hips; fills `points` and `turn` in place."""
    spine = driver.points[:, list(SHOULDER)].mean(axis=1) - driver.points[:, PELVIS]
    rest_spine = rest.points[list(SHOULDER)].mean(axis=0) - rest.points[PELVIS]
    lean = np.clip(_angle(spine, up=True), -LEAN_LIMIT, LEAN_LIMIT) - _angle(rest_spine, up=True)
    hip_tilt = _tilt(driver.points[:, HIP[0]] - driver.points[:, HIP[1]])
    shoulder_tilt = _tilt(driver.points[:, SHOULDER[0]] - driver.points[:, SHOULDER[1]])
    rest_hips = _tilt(rest.points[HIP[0]] - rest.points[HIP[1]])
    rest_shoulders = _tilt(rest.points[SHOULDER[0]] - rest.points[SHOULDER[1]])
    base = np.clip(0.7 * (hip_tilt - rest_hips) + 0.15 * lean, -pelvis_limit, pelvis_limit)
    low, high = 0.45, 0.55
    chest = 0.65 * (lean - low * base) / high + 0.35 * (shoulder_tilt - rest_shoulders)
    lengths = np.linalg.norm(spine, axis=-1)
    squash = np.clip(lengths / np.percentile(lengths, 90), 0.86, 1.04)[:, None]
    points[:, PELVIS] = pelvis
    points[:, WAIST] = pelvis + squash * _rotated(rest.points[WAIST] - rest.points[PELVIS], base)
    points[:, NECK] = points[:, WAIST] + squash * _rotated(rest.points[NECK] - rest.points[WAIST], chest)
    ears = BLAZEPOSE_33.index("left_ear"), BLAZEPOSE_33.index("right_ear")
    eyes = BLAZEPOSE_33.index("left_eye_outer"), BLAZEPOSE_33.index("right_eye_outer")
    faces = (
        driver.body[:, ears[0]] + driver.body[:, eyes[0]] - driver.body[:, ears[1]] - driver.body[:, eyes[1]]
    )[:, :2]
    nod = _angle(driver.points[:, HEAD_TOP] - driver.points[:, NECK], up=True)
    head = 0.5 * _tilt(faces) + 0.5 * nod
    head = chest + np.clip(head - chest, -HEAD_LIMIT, HEAD_LIMIT)
    points[:, HEAD_TOP] = points[:, NECK] + _rotated(rest.points[HEAD_TOP] - rest.points[NECK], head)
    for side in SIDES:
        hip = rest.points[HIP[side]] - rest.points[PELVIS]
        points[:, HIP[side]] = pelvis + _rotated(_shrunk(hip, rest, BONE_PELVIS, squash), base)
        shoulder = rest.points[SHOULDER[side]] - rest.points[NECK]
        points[:, SHOULDER[side]] = points[:, NECK] + _rotated(
            _shrunk(shoulder, rest, BONE_CHEST, squash), chest
        )
    turn[:, BONE_PELVIS], turn[:, BONE_CHEST], turn[:, BONE_HEAD] = base, chest, head


def _lower_to_reach(rest: RestSkeleton, points: Array, ankles: Array) -> None:
    """Sink the whole upper body where a leg would have to be longer than it is (in place)."""
    lengths = np.linalg.norm(bone_vectors(rest.points), axis=-1)
    reach = LEG_REACH * (lengths[list(THIGH)].max() + lengths[list(SHANK)].max())
    sink = np.zeros(len(points))
    for side in SIDES:
        across = np.minimum(np.abs(ankles[:, side, 0] - points[:, HIP[side], 0]), 0.98 * reach)
        allowed = np.sqrt(reach**2 - across**2)
        sink = np.maximum(sink, ankles[:, side, 1] - points[:, HIP[side], 1] - allowed)
    upper = [index for index in range(points.shape[1]) if index not in (*KNEE, *ANKLE, *TOE)]
    points[:, upper, 1] += np.maximum(sink, 0.0)[:, None]


def _place_leg(
    driver: _Driver,
    rest: RestSkeleton,
    points: Array,
    turn: Array,
    side: int,
    ankle: Array,
    planted: npt.NDArray[np.bool_],
) -> None:
    """Knee, ankle and toe of one leg, and its bones' turns (in place)."""
    hip = points[:, HIP[side]]
    own = driver.points[:, ANKLE[side]] - driver.points[:, HIP[side]]
    knee = driver.points[:, KNEE[side]] - driver.points[:, HIP[side]]
    square = np.maximum((own**2).sum(axis=-1), 1e-6)
    along = np.clip((knee * own).sum(axis=-1) / square, 0.2, 0.8)
    across = np.clip((own[:, 0] * knee[:, 1] - own[:, 1] * knee[:, 0]) / square, -0.8, 0.8)
    reach = ankle - hip
    points[:, KNEE[side]] = hip + along[:, None] * reach + across[:, None] * _perpendicular(reach)
    points[:, ANKLE[side]] = ankle
    rest_bones = bone_vectors(rest.points)
    thigh, shank = points[:, KNEE[side]] - hip, ankle - points[:, KNEE[side]]
    turn[:, THIGH[side]] = _wrap(_angle(thigh) - _angle(rest_bones[THIGH[side]]))
    bend = _wrap(_angle(shank) - _angle(rest_bones[SHANK[side]]) - turn[:, THIGH[side]])
    turn[:, SHANK[side]] = turn[:, THIGH[side]] + bend
    foot = driver.bones[:, FOOT[side]]
    standing = foot[planted] if planted.any() else foot
    change = _wrap(_angle(foot) - _angle(np.median(standing, axis=0)))
    weight = np.clip(np.linalg.norm(foot, axis=-1) / np.percentile(np.linalg.norm(foot, axis=-1), 90), 0, 1)
    turn[:, FOOT[side]] = np.clip(change * weight, -FOOT_LIMIT, FOOT_LIMIT)
    points[:, TOE[side]] = ankle + _rotated(rest_bones[FOOT[side]], turn[:, FOOT[side]])


def _place_arm(driver: _Driver, rest: RestSkeleton, points: Array, turn: Array, side: int) -> None:
    """Elbow, wrist and hand of one arm, and its bones' turns (in place)."""
    rest_bones = bone_vectors(rest.points)
    place = points[:, SHOULDER[side]]
    mirror = 1.0 if side == 0 else -1.0
    for bones, joint in ((UPPER_ARM, ELBOW), (FOREARM, WRIST)):
        vector = driver.bones[:, bones[side]]
        longest = max(np.percentile(np.linalg.norm(driver.bones[:, bone], axis=-1), 95) for bone in bones)
        short = np.clip(np.linalg.norm(vector, axis=-1) / max(longest, 1e-6), *FORESHORTENING)
        own = _arm_length(rest, bones)
        angle = _angle(vector)
        if bones is UPPER_ARM:
            # Turned outwards from the photo's pose: the seam of angles points inwards, where no arm goes.
            outward = np.arctan2(vector[:, 1], mirror * vector[:, 0])
            rest_outward = np.arctan2(rest_bones[bones[side]][1], mirror * rest_bones[bones[side]][0])
            turn[:, bones[side]] = mirror * (_continuous(outward) - rest_outward)
        else:
            upper = turn[:, UPPER_ARM[side]]
            bend = _wrap(angle - _angle(rest_bones[bones[side]]) - upper)
            turn[:, bones[side]] = upper + _continuous(bend)
            angle = turn[:, bones[side]] + _angle(rest_bones[bones[side]])
        place = place + (own * short)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        points[:, joint[side]] = place
    hand = driver.bones[:, PALM[side]]
    size = np.linalg.norm(hand, axis=-1)
    weight = np.clip(1.6 * size / max(np.percentile(size, 95), 1e-6) - 0.3, 0, 1)
    flex = _wrap(_angle(hand) - _angle(driver.bones[:, FOREARM[side]]))
    rest_flex = _wrap(_angle(rest_bones[PALM[side]]) - _angle(rest_bones[FOREARM[side]]))
    bend = np.clip(flex * weight - rest_flex, -HAND_LIMIT, HAND_LIMIT)
    turn[:, PALM[side]] = turn[:, FOREARM[side]] + bend
    points[:, HAND[side]] = place + _rotated(rest_bones[PALM[side]], turn[:, PALM[side]])


def _arm_length(rest: RestSkeleton, bones: tuple[int, int]) -> float:
    """The longer of both sides as photographed, within what a body of this trunk can have."""
    lengths = np.linalg.norm(bone_vectors(rest.points), axis=-1)
    return float(np.clip(max(lengths[bone] for bone in bones), 0.4 * rest.torso, 0.75 * rest.torso))


def _arms_behind(driver: _Driver) -> npt.NDArray[np.bool_]:
    """An arm passes behind when elbow and wrist are clearly farther from the camera than the trunk."""
    torso = np.linalg.norm(driver.points[:, SHOULDER[0]] - driver.points[:, HIP[0]], axis=-1)
    yard = max(float(np.percentile(torso, 90)), 1e-6)
    out = []
    for name in ("left", "right"):
        z = [
            driver.body[:, BLAZEPOSE_33.index(f"{name}_{joint}"), 2]
            for joint in ("shoulder", "elbow", "wrist")
        ]
        depth = np.minimum(z[1] - z[0], z[2] - z[0]) / yard
        out.append(_switched(depth, on=0.35, off=0.2))
    return np.stack(out, axis=-1)


def _left_leg_front(driver: _Driver) -> npt.NDArray[np.bool_]:
    """Whether the left shank is nearer to the camera; without depth, whether it stands lower."""
    index = BLAZEPOSE_33.index
    right = driver.body[:, [index("right_knee"), index("right_ankle")], 2].sum(axis=1)
    left = driver.body[:, [index("left_knee"), index("left_ankle")], 2].sum(axis=1)
    lower = driver.points[:, ANKLE[0], 1] - driver.points[:, ANKLE[1], 1]
    has_depth = float(np.ptp(driver.body[..., 2])) > 1e-6
    leg = _driver_leg(driver)
    return _switched((right - left if has_depth else lower) / leg, on=0.04, off=-0.04)


def _switched(signal: Array, *, on: float, off: float) -> npt.NDArray[np.bool_]:
    """A switch with hysteresis over time: true above `on`, false below `off`, else as before."""
    out = np.zeros(len(signal), dtype=bool)
    state = bool(signal[0] > (on + off) / 2)
    for frame, value in enumerate(signal):
        state = value > off if state else value > on
        out[frame] = state
    return out


def _angle(vectors: Array, *, up: bool = False) -> Array:
    """Angle of (..., 2) vectors, radians, clockwise on the screen; from the right, or from upright."""
    if up:
        return np.asarray(np.arctan2(vectors[..., 0], -vectors[..., 1]))
    return np.asarray(np.arctan2(vectors[..., 1], vectors[..., 0]))


def _tilt(across: Array) -> Array:
    """Tilt of a right-to-left line against the horizon, radians; damped when it is seen end on."""
    return np.asarray(np.arctan2(across[..., 1], np.abs(across[..., 0]) + 1e-6))


def _wrap(angle: Array) -> Array:
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi)


def _continuous(angle: Array) -> Array:
    """Angles over time without a jump at half a turn, until they are TURN_SLACK past it."""
    out = angle.copy()
    for frame in range(1, len(out)):
        near = angle[frame] + 2 * np.pi * np.round((out[frame - 1] - angle[frame]) / (2 * np.pi))
        out[frame] = near if abs(near) <= np.pi + TURN_SLACK else angle[frame]
    return out


def _perpendicular(vectors: Array) -> Array:
    return np.stack([-vectors[..., 1], vectors[..., 0]], axis=-1)


def _shrunk(vector: Array, rest: RestSkeleton, bone: int, factor: Array) -> Array:
    """One (2,) vector whose part along a rest bone is scaled by each of (frames, 1) factors."""
    axis = bone_vectors(rest.points)[bone]
    axis = axis / max(float(np.linalg.norm(axis)), 1e-6)
    return np.asarray(vector + (factor - 1) * (vector @ axis) * axis)


def _rotated(vector: Array, angle: Array) -> Array:
    """(2,) or (frames, 2) vectors turned by (frames,) angles."""
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y = vector[..., 0], vector[..., 1]
    return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=-1)
