"""The tracer sees simple solids as geometry says it must."""

from itertools import pairwise

import numpy as np
import pytest

from templates_app.characters.solids import Blend, Clay, Crease, frame, vec
from templates_app.characters.tracer import Camera, trace

CAMERA = Camera(160, 160, eye_y=1.0, eye_z=5.0, metre=100.0, floor=180.0)
BALL = Clay("g", "m")


def test_a_point_projects_to_the_pixel_whose_ray_meets_it() -> None:
    point = vec(0.31, 0.62, 0.4)
    column, row = CAMERA.project(point)
    ray = CAMERA.rays()[int(row), int(column)]
    met = vec(0, CAMERA.eye_y, CAMERA.eye_z) + ray * (CAMERA.eye_z - point[2])
    assert np.abs(met - point).max() < 0.008


def test_a_ball_is_seen_as_a_disc_of_its_size_with_normals_from_its_centre() -> None:
    centre = vec(0.1, 1.0, 0.0)
    seen = trace([BALL.ball(centre, 0.3)], [], CAMERA)
    hit = seen.solid == 0
    assert hit.sum() == pytest.approx(np.pi * 30**2, rel=0.04)
    assert np.abs(seen.normal[hit] - (seen.position[hit] - centre) / 0.3).max() < 0.03
    assert not seen.position[~hit].any()


def test_the_nearer_of_two_solids_hides_the_other() -> None:
    seen = trace([BALL.ball((0, 1, -0.5), 0.3), Clay("h", "m").ball((0, 1, 0.5), 0.2)], [], CAMERA)
    assert seen.solid[80, 80] == 1
    assert {0, 1} <= set(np.unique(seen.solid))


@pytest.mark.parametrize("solid", ["limb", "cone", "block", "ring"])
def test_every_shape_is_seen_where_it_stands(solid: str) -> None:
    made = {
        "limb": BALL.limb((-0.3, 1, 0), (0.3, 1, 0), 0.1),
        "cone": BALL.cone((0, 0.7, 0), (0, 1.3, 0), 0.3, 0.1),
        "block": BALL.block((0, 1, 0), (0.3, 0.2, 0.1)),
        "ring": BALL.ring((0, 1, 0), 0.3, 0.1, along=(0, 0, 1)),
    }[solid]
    seen = trace([made], [], CAMERA)
    middle = seen.solid[80, 80]
    assert (middle == -1) == (solid == "ring")
    rows, columns = np.nonzero(seen.solid == 0)
    assert abs(columns.mean() - 79.5) < 1.5
    assert 60 < rows.mean() < 100


def test_soft_solids_of_one_group_melt_together_and_of_two_groups_do_not() -> None:
    left, right = (-0.16, 1, 0), (0.16, 1, 0)
    soft = Clay("g", "m", 0.2)
    melted = trace([soft.ball(left, 0.15), soft.ball(right, 0.15)], [], CAMERA)
    apart = trace([soft.ball(left, 0.15), Clay("h", "m", 0.2).ball(right, 0.15)], [], CAMERA)
    assert melted.solid[80, 80] >= 0
    assert apart.solid[80, 80] == -1


def test_a_cut_takes_a_bite_out_of_a_solid() -> None:
    whole = BALL.ball((0, 1, 0), 0.3)
    cut = trace([whole, BALL.ball((0.25, 1, 0.2), 0.25, blend=Blend.CUT)], [], CAMERA)
    plain = trace([whole], [], CAMERA)
    assert cut.position[80, 95, 2] < plain.position[80, 95, 2] - 0.05
    assert cut.position[80, 60, 2] == plain.position[80, 60, 2]


def test_creases_move_only_their_own_group() -> None:
    solids = [BALL.ball((-0.3, 1, 0), 0.25), Clay("h", "m").ball((0.3, 1, 0), 0.25)]
    fold = Crease("g", (-0.3, 1, 0.2), (0, 1, 0), 0.3, 8, 0.02)
    smooth, folded = trace(solids, [], CAMERA), trace(solids, [fold], CAMERA)
    moved = np.abs(smooth.position[..., 2] - folded.position[..., 2]) > 0.003
    both = (smooth.solid >= 0) & (folded.solid >= 0)
    assert (moved & both)[:, :75].any()
    assert not (moved & both)[:, 85:].any()


def test_a_frame_is_orthonormal_even_when_flat_lies_along_it() -> None:
    for along, flat in (((1, 2, 3), (0, 0, 1)), ((0, 0, 2), (0, 0, 1)), ((1, 0, 0), (1, 0, 0))):
        axes = frame(along, flat)
        assert np.allclose(axes @ axes.T, np.eye(3))
        assert np.allclose(axes[1], np.asarray(along) / np.linalg.norm(along))


def test_a_strand_runs_unbroken_from_first_to_last_point() -> None:
    points = [(0, 0, 0), (0.1, 0.2, 0), (0.3, 0.2, 0.1)]
    parts = BALL.strand(points, (0.02, 0.03, 0.001))
    assert np.allclose(parts[0].ends[0], points[0])
    assert np.allclose(parts[-1].ends[1], points[-1])
    for before, after in pairwise(parts):
        assert np.allclose(before.ends[1], after.ends[0])
        assert after.start > before.start
        assert after.strand == before.strand
