"""Motion capture in space as a pose sequence: the camera, the frame, what is derived. Pure Python."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from templates_app.poses.formats.bvh import Bvh, parse_bvh
from templates_app.poses.formats.faults import MovementFileInvalid
from templates_app.poses.formats.keypoints import Frame, sequence_of
from templates_app.poses.formats.rigs import SIDES, joints_by_role
from templates_app.poses.sequence import MAX_FRAMES, PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33

Array = npt.NDArray[np.float64]
Put = Callable[[str, npt.NDArray[np.float64], float], None]

# Where the file gives no picture: 9:16, like our own dances.
ASPECT = 9 / 16
FLOOR, TALLEST, MARGIN = 0.94, 0.80, 0.03
# Above this rate files are read at half, a third, ... of it.
HIGHEST_FPS = 60.0
# What was measured, and what proportions of the body were used for.
MEASURED, DERIVED = 1.0, 0.5
# Points of the head in parts of its height, from its middle: outward, up, ahead.
FACE = {
    "nose": (0.0, 0.05, 0.55), "left_eye_inner": (0.07, 0.20, 0.45), "left_eye": (0.13, 0.20, 0.43),
    "left_eye_outer": (0.19, 0.20, 0.39), "left_ear": (0.31, 0.09, 0.0), "mouth_left": (0.10, -0.12, 0.45),
}  # fmt: skip
# Chin to crown, in parts of the way from hips to shoulders (Drillis and Contini 1966).
HEAD_PER_TRUNK = 0.45
HEEL_BEHIND, TOE_AHEAD = 0.25, 0.60


def read_bvh(data: bytes, frame: Frame, *, file: str) -> tuple[PoseSequence, list[str]]:
    """A BVH file seen from the front, orthographically. Raises MovementFileInvalid.

    The axis along which the chest is above the hips points up; the camera stands where the hips look on
    average. The whole way of the performer is scaled into the frame, feet at 0.94 of its height. Face, heels,
    and toes where the rig has none, are derived from the body's proportions, at confidence 0.5.
    """
    bvh = parse_bvh(data, file=file)
    roles = joints_by_role([joint.name for joint in bvh.joints], file=file)
    notes: list[str] = []
    places, fps = _at_rate(bvh, frame.fps, notes, file)
    turn = _camera(places, roles, notes, file)
    joints, confidence = _body(places @ turn.T, roles, bvh, notes)
    aspect = frame.aspect or ASPECT
    points = _in_frame(joints, confidence, aspect, file)
    everybody = np.broadcast_to(confidence, (len(points), 1, len(confidence))).astype(np.float32)
    return sequence_of(points[:, None].astype(np.float32), everybody, fps, aspect, file=file), notes


def _at_rate(bvh: Bvh, fps: float | None, notes: list[str], file: str) -> tuple[Array, float]:
    """Places of the file's joints at the wanted rate, interpolated between the file's frames."""
    wanted = fps if fps is not None else bvh.fps / max(1, int(np.ceil(bvh.fps / HIGHEST_FPS - 1e-3)))
    wanted = max(1.0, round(wanted, 4))
    count = int((len(bvh.values) - 1) / bvh.fps * wanted + 1e-6) + 1
    if count > MAX_FRAMES:
        raise MovementFileInvalid(
            "too_many_frames", f"at most {MAX_FRAMES} frames at {wanted:g} a second, got {count}", file=file
        )
    places = bvh.places()
    if abs(wanted - bvh.fps) > 1e-3 * bvh.fps:
        notes.append(f"{bvh.fps:g} frames a second were read as {wanted:g}.")
        at = np.minimum(np.arange(count) * bvh.fps / wanted, len(places) - 1)
        low = np.floor(at + 1e-9).astype(int)
        part = np.clip(at - low, 0, 1)[:, None, None]
        places = places[low] + part * (places[np.minimum(low + 1, len(places) - 1)] - places[low])
    return places, wanted


def _camera(places: Array, roles: dict[str, int], notes: list[str], file: str) -> Array:
    """Rotation (3, 3) into the camera's space: x to the performer's left, y up, z towards the camera."""
    hips = places[:, [roles[f"{side}_hip"] for side in SIDES]]
    shoulders = places[:, [roles[f"{side}_shoulder"] for side in SIDES]]
    trunk = (shoulders.mean(axis=1) - hips.mean(axis=1)).mean(axis=0)
    axis = int(np.argmax(np.abs(trunk)))
    up = np.zeros(3)
    up[axis] = np.sign(trunk[axis])
    across = (hips + shoulders)[:, 0] - (hips + shoulders)[:, 1]
    across = across - np.outer(across @ up, up)
    lengths = np.linalg.norm(across, axis=1, keepdims=True)
    if float(np.abs(trunk[axis])) < 1e-9 or float(lengths.max()) < 1e-9:
        raise MovementFileInvalid("skeleton_flat", "hips and shoulders lie in one place", file=file)
    left = (across / np.maximum(lengths, 1e-9)).mean(axis=0)
    if float(np.linalg.norm(left)) < 0.5:
        left = across[0]
        notes.append("The performer turns all round; the camera stands where the first frame looks.")
    left = left / np.linalg.norm(left)
    return np.stack([left, up, np.cross(left, up)])


def _body(
    places: Array, roles: dict[str, int], bvh: Bvh, notes: list[str]
) -> tuple[Array, npt.NDArray[np.float32]]:
    """BlazePose's joints in the camera's space, and one confidence each for all frames."""
    out = np.zeros((len(places), len(BLAZEPOSE_33.joints), 3))
    confidence = np.zeros(len(BLAZEPOSE_33.joints), dtype=np.float32)

    def put(joint: str, place: Array, sure: float) -> None:
        out[:, BLAZEPOSE_33.index(joint)] = place
        confidence[BLAZEPOSE_33.index(joint)] = sure

    for role, index in roles.items():
        if role in BLAZEPOSE_33.joints:
            put(role, places[:, index], MEASURED)
    for side in SIDES:
        ankle, knee = (out[:, BLAZEPOSE_33.index(f"{side}_{part}")] for part in ("ankle", "knee"))
        toe = out[:, BLAZEPOSE_33.index(f"{side}_foot_index")]
        if f"{side}_foot_index" not in roles:
            end = _end_of(bvh, roles[f"{side}_ankle"])
            toe = (
                places[:, end]
                if end is not None
                else ankle + TOE_AHEAD * _ahead(out) * _length(ankle - knee) / 2
            )
            put(f"{side}_foot_index", toe, MEASURED if end is not None else DERIVED)
        put(f"{side}_heel", _heel(ankle, toe, ankle - knee), DERIVED)
    derived = ["heels"]
    if "head" in roles:
        _put_face(places, roles, bvh, out, put)
        derived.append("face")
    notes.append(f"Derived from the body's proportions: {' and '.join(derived)}.")
    missing = [joint for joint, sure in zip(BLAZEPOSE_33.joints, confidence, strict=True) if sure == 0]
    if missing:
        notes.append(f"The rig has no {', '.join(missing)}.")
    return out, confidence


def _put_face(places: Array, roles: dict[str, int], bvh: Bvh, out: Array, put: Put) -> None:
    """Eyes, ears, mouth and nose about the head; it looks where the shoulders look, and tilts by itself."""
    head = places[:, roles["head"]]
    end = _end_of(bvh, roles["head"])
    chest = out[:, [BLAZEPOSE_33.index(f"{side}_shoulder") for side in SIDES]].mean(axis=1)
    hips = out[:, [BLAZEPOSE_33.index(f"{side}_hip") for side in SIDES]].mean(axis=1)
    tilt = places[:, end] - head if end is not None else head - chest
    up = tilt / np.maximum(_length(tilt), 1e-9)
    size = HEAD_PER_TRUNK * np.median(_length(chest - hips))
    ahead = _ahead(out)
    ahead = ahead - np.sum(ahead * up, axis=1, keepdims=True) * up
    ahead = ahead / np.maximum(_length(ahead), 1e-9)
    left = np.cross(up, ahead)
    for name, (outward, above, before) in FACE.items():
        for joint, sign in ((name, 1.0), (name.replace("left", "right"), -1.0)):
            offset = sign * outward * left + (above + 0.5) * up + before * ahead
            put(joint, head + size * offset, DERIVED)


def _ahead(joints: Array) -> Array:
    """Where the shoulders look, level: (frames, 3), unit."""
    left, right = (joints[:, BLAZEPOSE_33.index(f"{side}_shoulder")] for side in SIDES)
    ahead = np.cross(left - right, np.array([0.0, 1.0, 0.0]))
    return ahead / np.maximum(_length(ahead), 1e-9)


def _heel(ankle: Array, toe: Array, shank: Array) -> Array:
    """Behind the ankle along the foot, and as far below it as a heel is."""
    foot = toe - ankle
    down = shank / np.maximum(_length(shank), 1e-9)
    along = foot - np.sum(foot * down, axis=1, keepdims=True) * down
    return (
        ankle - HEEL_BEHIND * along + 0.8 * np.maximum(np.sum(foot * down, axis=1, keepdims=True), 0) * down
    )


def _length(vectors: Array) -> Array:
    length: Array = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return length


def _end_of(bvh: Bvh, joint: int) -> int | None:
    """The end site or the first child of a joint, where it lies away from it."""
    for index, child in enumerate(bvh.joints):
        if child.parent == joint and np.linalg.norm(child.offset) > 0:
            return index
    return None


def _in_frame(joints: Array, confidence: npt.NDArray[np.float32], aspect: float, file: str) -> Array:
    """Scaled so that all of the way is in the frame; x centred, the lowest point on the floor."""
    known = joints[:, confidence > 0]
    low, high = known.min(axis=(0, 1)), known.max(axis=(0, 1))
    tall, wide = float(high[1] - low[1]), float(high[0] - low[0])
    if tall <= 1e-9:
        raise MovementFileInvalid("skeleton_flat", "the skeleton has no height", file=file)
    scale = min(TALLEST / tall, (aspect - 2 * MARGIN) / max(wide, 1e-9))
    hips = joints[:, [BLAZEPOSE_33.index(f"{side}_hip") for side in SIDES], 2].mean(axis=1)
    points = np.empty_like(joints)
    points[..., 0] = aspect / 2 + (joints[..., 0] - (low[0] + high[0]) / 2) * scale
    points[..., 1] = FLOOR - (joints[..., 1] - low[1]) * scale
    points[..., 2] = (hips[:, None] - joints[..., 2]) * scale
    points[:, confidence == 0] = 0
    return points
