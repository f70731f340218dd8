"""What a human body can do: joint angles read back from solved movement, their ranges, and collisions.

Ranges are the active ranges of motion of adults (American Academy of Orthopaedic Surgeons, 1965, rounded up
to the next 5 degrees), a little wider where dancers are: hip adduction, ankle.
"""

import numpy as np

from templates_app.choreography.body import SIDES, Array, Motion

RANGES = {
    "knee flexion": (0.0, 150.0),
    "elbow flexion": (0.0, 155.0),
    "wrist bend": (0.0, 85.0),
    "hip flexion": (-30.0, 125.0),
    "hip abduction": (-40.0, 70.0),
    "ankle plantar flexion": (-40.0, 60.0),
    "upper arm rotation": (-95.0, 95.0),
    "spine twist": (-45.0, 45.0),
    "spine side bend": (-35.0, 35.0),
}
# Half width and half depth of the trunk, radii of the head and of a limb, in statures.
TRUNK_HALF_WIDTH, TRUNK_HALF_DEPTH, HEAD_RADIUS, LIMB_GAP = 0.085, 0.05, 0.068, 0.04
ELBOW_IS_BENT = 20.0


def joint_angles(motion: Motion) -> dict[str, Array]:
    """Anatomical angles in degrees over time, (frames,) each: "left knee flexion", "spine twist"."""
    pelvis, chest = _frame(motion, "hip"), _frame(motion, "shoulder")
    # Columns: where the chest's axes point, seen from the pelvis.
    relative = np.einsum("nij,nik->njk", pelvis, chest)
    out = {
        "spine twist": _degrees(relative[:, 0, 2], relative[:, 2, 2]),
        "spine side bend": np.degrees(np.arcsin(np.clip(relative[:, 1, 0], -1, 1))),
    }
    for side, sign in SIDES.items():
        angles = _leg(motion, side, sign, pelvis) | _arm(motion, side, sign, chest)
        out |= {f"{side} {name}": values for name, values in angles.items()}
    return out


def violations(motion: Motion) -> list[str]:
    """What no dancer could do, one sentence for each fault; empty for a sound movement."""
    faults = []
    for name, values in joint_angles(motion).items():
        low, high = RANGES[name.removeprefix("left ").removeprefix("right ")]
        with np.errstate(invalid="ignore"):
            wrong = np.flatnonzero((values < low - 0.5) | (values > high + 0.5))
        if wrong.size:
            worst = wrong[np.argmax(np.abs(values[wrong] - (low + high) / 2))]
            faults.append(
                f"{name} is {values[worst]:.0f} at frame {worst}, allowed is {low:.0f} to {high:.0f} "
                f"({wrong.size} frames)."
            )
    for name, depth in collisions(motion).items():
        if (depth > 0).any():
            worst = int(depth.argmax())
            faults.append(f"{name} by {depth[worst]:.3f} at frame {worst} ({(depth > 0).sum()} frames).")
    return faults


def collisions(motion: Motion) -> dict[str, Array]:
    """How deep parts of the body sink into one another, in statures over time; 0 or less is free."""
    out = {}
    for side in SIDES:
        forearm = np.concatenate(
            [
                _along(motion.joint(f"{side}_elbow"), motion.joint(f"{side}_wrist"), 5)[1:],
                _along(motion.joint(f"{side}_wrist"), motion.joint(f"{side}_index"), 4),
            ]
        )
        out[f"{side} forearm sinks into the trunk"] = _depth_in_trunk(motion, forearm)
        centre = (motion.joint("left_ear") + motion.joint("right_ear")) / 2 + np.array([0, 0.015, 0.015])
        out[f"{side} forearm sinks into the head"] = HEAD_RADIUS - _nearest(forearm, centre[None])
    legs = {
        side: np.concatenate(
            [
                _along(motion.joint(f"{side}_knee"), motion.joint(f"{side}_ankle"), 8),
                _along(motion.joint(f"{side}_heel"), motion.joint(f"{side}_foot_index"), 4),
            ]
        )
        for side in SIDES
    }
    arms = {side: _along(motion.joint(f"{side}_elbow"), motion.joint(f"{side}_wrist"), 8) for side in SIDES}
    out["legs sink into each other"] = LIMB_GAP - _nearest(legs["left"], legs["right"])
    out["forearms sink into each other"] = LIMB_GAP - _nearest(arms["left"], arms["right"])
    for side in SIDES:
        soles = np.minimum(motion.joint(f"{side}_heel")[:, 1], motion.joint(f"{side}_foot_index")[:, 1])
        out[f"{side} foot sinks into the floor"] = -soles - 1e-6
    return out


def _leg(motion: Motion, side: str, sign: float, pelvis: Array) -> dict[str, Array]:
    hip, knee, ankle, toe, heel = (
        motion.joint(f"{side}_{name}") for name in ("hip", "knee", "ankle", "foot_index", "heel")
    )
    thigh = np.einsum("nij,ni->nj", pelvis, _unit(knee - hip))
    sole, shank = _unit(toe - heel), _unit(ankle - knee)
    # The front of a knee is between where pelvis and foot face; a shank ahead of its thigh is a broken knee.
    front = _unit(pelvis[:, :, 2] + _unit((toe - heel) * np.array([1, 0, 1])))
    bent = _between(knee - hip, ankle - knee)
    line = _unit(ankle - hip)
    bulge = (knee - hip) - np.sum((knee - hip) * line, axis=1, keepdims=True) * line
    ahead = np.sum(bulge * front, axis=1) > -0.01
    return {
        "knee flexion": np.where(ahead, bent, -bent),
        "hip flexion": _degrees(thigh[:, 2], np.hypot(thigh[:, 0], thigh[:, 1])),
        "hip abduction": _degrees(sign * thigh[:, 0], np.hypot(thigh[:, 1], thigh[:, 2])),
        "ankle plantar flexion": 90 - _between(sole, shank),
    }


def _arm(motion: Motion, side: str, sign: float, chest: Array) -> dict[str, Array]:
    shoulder, elbow, wrist, index, pinky = (
        motion.joint(f"{side}_{name}") for name in ("shoulder", "elbow", "wrist", "index", "pinky")
    )
    upper = np.einsum("nij,ni->nj", chest, _unit(elbow - shoulder))
    fore = np.einsum("nij,ni->nj", chest, _unit(wrist - elbow))
    bent = _between(upper, fore)
    return {
        "elbow flexion": bent,
        "wrist bend": _between(wrist - elbow, (index + pinky) / 2 - wrist),
        "upper arm rotation": np.where(bent > ELBOW_IS_BENT, _rotation(upper, fore, sign), 0.0),
    }


def _rotation(upper: Array, fore: Array, sign: float) -> Array:
    """How far the upper arm is turned about itself: 0 where a bent elbow brings the forearm forward."""
    angle = np.arctan2(sign * upper[:, 0], -upper[:, 1])
    depth = np.arcsin(np.clip(upper[:, 2], -1, 1))
    outward = np.stack([sign * np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=1)
    forward = np.stack(
        [-sign * np.sin(depth) * np.sin(angle), np.sin(depth) * np.cos(angle), np.cos(depth)], axis=1
    )
    return _degrees(np.sum(fore * outward, axis=1), np.sum(fore * forward, axis=1))


def _frame(motion: Motion, part: str) -> Array:
    """Axes of the pelvis ("hip") or the chest ("shoulder"), as columns: to the own left, up, forward."""
    across = _unit(motion.joint(f"left_{part}") - motion.joint(f"right_{part}"))
    spine = (
        motion.joint("left_shoulder")
        + motion.joint("right_shoulder")
        - motion.joint("left_hip")
        - motion.joint("right_hip")
    )
    forward = _unit(np.cross(across, spine))
    return np.stack([across, np.cross(forward, across), forward], axis=2)


def _depth_in_trunk(motion: Motion, points: Array) -> Array:
    """How deep the deepest of points (k, frames, 3) lies in the trunk, an elliptical tube."""
    frame = _frame(motion, "shoulder")
    low = (motion.joint("left_hip") + motion.joint("right_hip")) / 2
    high = (motion.joint("left_shoulder") + motion.joint("right_shoulder")) / 2
    local = np.einsum("nij,kni->knj", frame, points - low)
    inside = (local[..., 1] > 0) & (local[..., 1] < np.linalg.norm(high - low, axis=1))
    radius = np.hypot(local[..., 0] / TRUNK_HALF_WIDTH, local[..., 2] / TRUNK_HALF_DEPTH)
    depth: Array = np.where(inside, (1 - radius) * TRUNK_HALF_DEPTH, -1.0).max(axis=0)
    return depth


def _along(start: Array, end: Array, count: int) -> Array:
    """`count` points from start to end, (count, frames, 3)."""
    parts = np.linspace(0, 1, count)[:, None, None]
    points: Array = start + parts * (end - start)
    return points


def _nearest(first: Array, second: Array) -> Array:
    """Smallest distance between two groups of points (k, frames, 3), over time."""
    distance: Array = np.linalg.norm(first[:, None] - second[None], axis=-1).min(axis=(0, 1))
    return distance


def _between(first: Array, second: Array) -> Array:
    """Angle between vectors, in degrees."""
    cosine = np.sum(_unit(first) * _unit(second), axis=1)
    angle: Array = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return angle


def _degrees(opposite: Array, adjacent: Array) -> Array:
    angle: Array = np.degrees(np.arctan2(opposite, adjacent))
    return angle


def _unit(vectors: Array) -> Array:
    unit: Array = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit
