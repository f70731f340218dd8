"""Meshes and skinning keep a layer whole."""

import numpy as np
import pytest

from generation.engines.animation.mannequin import Mannequin
from generation.engines.animation.raster import draw_mesh
from generation.engines.animation.retarget import retarget
from generation.engines.animation.rig import Rig, build_rig
from generation.engines.animation.skeleton import RestSkeleton
from generation.engines.animation.skinning import BoneState, deform, grid_mesh
from tests.generation.engines.conftest import movement, raise_left_arm


@pytest.fixture(scope="module")
def rig(mannequin: Mannequin, rest: RestSkeleton) -> Rig:
    return build_rig(mannequin.image, mannequin.alpha, mannequin.image, rest)


def at_rest(rest: RestSkeleton) -> BoneState:
    return BoneState(rest.points, np.zeros(15), np.ones(15))


def test_the_photographed_pose_leaves_every_vertex_in_place(rig: Rig, rest: RestSkeleton) -> None:
    for layer in (rig.layers.body, *rig.layers.arms, *rig.layers.legs):
        moved = deform(layer.vertices, layer.weights, rest.points, at_rest(rest))

        assert np.abs(moved - layer.vertices).max() < 1e-3


def test_the_photographed_pose_draws_the_photographed_person(
    rig: Rig, mannequin: Mannequin, rest: RestSkeleton
) -> None:
    frame = mannequin.image.copy()
    for layer in (*rig.layers.legs, rig.layers.body, *rig.layers.arms):
        target = deform(layer.vertices, layer.weights, rest.points, at_rest(rest))
        draw_mesh(frame, layer.texture, layer.source, target, layer.triangles, layer.solid)

    change = np.abs(frame.astype(int) - mannequin.image.astype(int)).max(axis=2)
    assert (change > 12).mean() < 0.004


def test_no_triangle_flips_while_an_arm_is_raised_by_eighty_degrees(rig: Rig, rest: RestSkeleton) -> None:
    motion = retarget(movement(9, raise_left_arm), rest)
    layer = rig.layers.arms[0]

    for index in range(motion.frame_count):
        moved = deform(layer.vertices, layer.weights, rest.points, motion.state(index)).astype(float)
        a, b, c = (moved[layer.triangles[:, corner]] for corner in range(3))
        doubled_area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
        assert (doubled_area > 0).mean() > 0.97


def test_shares_of_a_vertex_sum_to_one(rig: Rig) -> None:
    for layer in (rig.layers.body, *rig.layers.arms, *rig.layers.legs):
        np.testing.assert_allclose(layer.weights.shares.sum(axis=1), 1.0, atol=1e-5)
        assert layer.weights.shares.min() >= 0


def test_a_grid_mesh_covers_every_visible_pixel() -> None:
    alpha = np.zeros((37, 53), np.uint8)
    alpha[5:30, 10:50] = 255
    texture = np.dstack([np.full((37, 53, 3), 200, np.uint8) * (alpha[..., None] > 0), alpha]).astype(
        np.uint8
    )
    vertices, triangles, solid = grid_mesh(alpha, 8)
    frame = np.zeros((37, 53, 3), np.uint8)

    draw_mesh(frame, texture, vertices, vertices, triangles, solid)

    np.testing.assert_array_equal(frame[alpha > 0], 200)
    np.testing.assert_array_equal(frame[alpha == 0], 0)
