"""Which bone moves which vertex: bending bands around the joints of arms, legs, trunk and skirt."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from generation.engines.animation.skeleton import (
    ANKLE,
    BONE_CHEST,
    BONE_HEAD,
    BONE_PELVIS,
    ELBOW,
    FOOT,
    FOREARM,
    HIP,
    KNEE,
    NECK,
    PALM,
    PELVIS,
    SHANK,
    SHOULDER,
    THIGH,
    UPPER_ARM,
    WAIST,
    WRIST,
    RestSkeleton,
    bone_vectors,
)
from generation.engines.animation.skinning import SkinWeights, Vertices

Array = npt.NDArray[np.float64]


def arm_weights(vertices: Vertices, rest: RestSkeleton, side: int) -> SkinWeights:
    """An arm that grows out of the chest: bends at shoulder, elbow and wrist."""
    vectors = bone_vectors(rest.points)
    upper, fore = (float(np.linalg.norm(vectors[bone[side]])) for bone in (UPPER_ARM, FOREARM))
    bones = (BONE_CHEST, UPPER_ARM[side], FOREARM[side], PALM[side])
    joints = (SHOULDER[side], ELBOW[side], WRIST[side])
    radius = rest.arm_radius
    bands = ((-0.9 * radius, 0.9 * radius), _band(0.32 * min(upper, fore)), _band(0.16 * fore))
    return _chain(vertices, rest, bones, joints, bands)


def leg_weights(
    vertices: Vertices, rest: RestSkeleton, side: int, crotch: tuple[float, float]
) -> SkinWeights:
    """A leg that grows out of the pelvis: bends at hip, knee and ankle; still at the crotch."""
    vectors = bone_vectors(rest.points)
    thigh, shank = (float(np.linalg.norm(vectors[bone[side]])) for bone in (THIGH, SHANK))
    bones = (BONE_PELVIS, THIGH[side], SHANK[side], FOOT[side])
    joints = (HIP[side], KNEE[side], ANKLE[side])
    bands = (_hip_band(thigh), _band(0.25 * min(thigh, shank)), _band(0.1 * shank))
    weights = _chain(vertices, rest, bones, joints, bands)
    at_hip = weights.pivot == HIP[side]
    free = _crotch_freedom(vertices[at_hip].astype(np.float64), rest, crotch)
    weights.shares[at_hip, 1] *= free
    weights.shares[at_hip, 0] = 1 - weights.shares[at_hip, 1]
    return weights


def body_weights(
    vertices: Vertices, rest: RestSkeleton, crotch: tuple[float, float], skirt_hem: float | None
) -> SkinWeights:
    """Head, chest and pelvis; below the hips it follows the thighs exactly as the legs do, or as a skirt."""
    at = vertices.astype(np.float64)
    count = len(at)
    spine = bone_vectors(rest.points)[[BONE_PELVIS, BONE_CHEST]].sum(axis=0)
    up = spine / max(float(np.linalg.norm(spine)), 1e-6)
    over_waist = (at - rest.points[WAIST]) @ up
    over_neck = (at - rest.points[NECK]) @ up
    pivot = np.full(count, WAIST, dtype=np.int32)
    bones = np.tile(np.array([BONE_PELVIS, BONE_CHEST, BONE_HEAD], dtype=np.int32), (count, 1))
    shares = np.zeros((count, 3))
    shares[:, 1] = _smooth(over_waist, -0.25 * rest.torso, 0.3 * rest.torso)
    shares[:, 0] = 1 - shares[:, 1]
    high = over_neck > -0.12 * rest.torso
    pivot[high] = NECK
    shares[high, 2] = _smooth(over_neck[high], -0.04 * rest.torso, 0.2 * rest.torso)
    shares[high, 1] = 1 - shares[high, 2]
    shares[high, 0] = 0
    low = over_waist < -0.25 * rest.torso
    if skirt_hem is None:
        _hang_on_hips(at, low, rest, crotch, pivot, bones, shares)
    else:
        _swing(at, low, rest, skirt_hem, pivot, bones, shares)
    return SkinWeights(pivot, bones, shares.astype(np.float32))


def _hang_on_hips(
    at: Array,
    low: npt.NDArray[np.bool_],
    rest: RestSkeleton,
    crotch: tuple[float, float],
    pivot: npt.NDArray[np.int32],
    bones: npt.NDArray[np.int32],
    shares: Array,
) -> None:
    """The seat of the trousers: the same field as the tops of both legs, so no seam opens (in place)."""
    left_is_right_on_screen = rest.points[HIP[0], 0] > rest.points[HIP[1], 0]
    on_left = (at[:, 0] > crotch[0]) == left_is_right_on_screen
    for side in (0, 1):
        mine = low & (on_left if side == 0 else ~on_left)
        thigh = bone_vectors(rest.points)[THIGH[side]]
        length = float(np.linalg.norm(thigh))
        along = (at[mine] - rest.points[HIP[side]]) @ (thigh / max(length, 1e-6))
        share = _smooth(along, *_hip_band(length)) * _crotch_freedom(at[mine], rest, crotch)
        pivot[mine] = HIP[side]
        bones[mine] = (BONE_PELVIS, THIGH[side], THIGH[side])
        shares[mine] = np.stack([1 - share, share, np.zeros_like(share)], axis=1)


def _swing(
    at: Array,
    low: npt.NDArray[np.bool_],
    rest: RestSkeleton,
    hem: float,
    pivot: npt.NDArray[np.int32],
    bones: npt.NDArray[np.int32],
    shares: Array,
) -> None:
    """A skirt: each side follows its own thigh, the more the nearer to the hem (in place)."""
    hips = rest.points[list(HIP)]
    half = max(abs(float(hips[0, 0] - hips[1, 0])) / 2, 1.0)
    middle = float(hips[:, 0].mean())
    sign = 1.0 if hips[0, 0] > hips[1, 0] else -1.0
    left = _smooth(sign * (at[low, 0] - middle), -1.6 * half, 1.6 * half)
    height = float(hips[:, 1].mean())
    depth = 0.85 * _smooth(at[low, 1], height - 0.15 * rest.torso, max(hem, height + 0.3 * rest.torso))
    pivot[low] = PELVIS
    bones[low] = (BONE_PELVIS, THIGH[0], THIGH[1])
    shares[low] = np.stack([1 - depth, depth * left, depth * (1 - left)], axis=1)


def _chain(
    vertices: Vertices,
    rest: RestSkeleton,
    bones: Sequence[int],
    joints: Sequence[int],
    bands: Sequence[tuple[float, float]],
) -> SkinWeights:
    """Weights along a limb: `joints[i]` joins `bones[i]` and `bones[i + 1]`, bending inside `bands[i]`
    (pixels).
    """
    at = vertices.astype(np.float64)
    count = len(at)
    vectors = bone_vectors(rest.points)
    lengths = np.linalg.norm(vectors, axis=1)
    units = vectors / np.maximum(lengths, 1e-6)[:, None]
    places = []
    for order, joint in enumerate(joints):
        before, after = units[bones[order]], units[bones[order + 1]]
        # The first joint's inner bone is the trunk, which does not lead into the limb: only the
        # limb's axis counts.
        normal = after if order == 0 else before + after
        scale = 1.0 if order == 0 else max(1.0 + float(before @ after), 0.2)
        places.append((at - rest.points[joint]) @ normal / scale)
    pick = np.ones(count, dtype=np.int32)
    pick[places[1] < -lengths[bones[1]] / 2] = 0
    pick[places[2] > -lengths[bones[2]] / 2] = 2
    # A folded limb brings far parts close to a joint's plane; the nearer bone decides.
    near = [
        _distance(at, rest.points[joints[order]], vectors[bones[order + 1]]) for order in range(len(joints))
    ]
    pick[(pick == 0) & (near[2] < 0.6 * near[0])] = 2
    pick[(pick == 2) & (near[0] < 0.6 * np.minimum(near[1], near[2]))] = 0
    pivot = np.asarray(joints, dtype=np.int32)[pick]
    pair = np.stack(
        [np.asarray(bones)[pick], np.asarray(bones)[pick + 1], np.asarray(bones)[pick + 1]], axis=1
    )
    shares = np.zeros((count, 3), dtype=np.float32)
    for order, band in enumerate(bands):
        here = pick == order
        shares[here, 1] = _smooth(places[order][here], *band)
    shares[:, 0] = 1 - shares[:, 1]
    return SkinWeights(pivot, pair.astype(np.int32), shares)


def _distance(at: Array, start: Array, vector: Array) -> Array:
    """Distance of (n, 2) points from a segment."""
    part = np.clip((at - start) @ vector / max(float(vector @ vector), 1e-6), 0, 1)
    return np.asarray(np.linalg.norm(at - start - part[:, None] * vector, axis=1))


def _crotch_freedom(at: Array, rest: RestSkeleton, crotch: tuple[float, float]) -> Array:
    """0 on the middle line above the crotch, 1 at the hips and down the legs."""
    half = max(abs(float(rest.points[HIP[0], 0] - rest.points[HIP[1], 0])) / 2, 1.0)
    aside = _smooth(np.abs(at[:, 0] - crotch[0]), 0.0, 1.3 * half)
    below = _smooth(at[:, 1], crotch[1], crotch[1] + 0.35 * rest.torso)
    return np.asarray(aside + (1 - aside) * below)


def _hip_band(thigh: float) -> tuple[float, float]:
    return -0.12 * thigh, 0.38 * thigh


def _band(half: float) -> tuple[float, float]:
    return -half, half


def _smooth(value: Array, low: float, high: float) -> Array:
    """Smoothstep from 0 at `low` to 1 at `high`."""
    part = np.clip((value - low) / max(high - low, 1e-6), 0, 1)
    return np.asarray(part * part * (3 - 2 * part))
