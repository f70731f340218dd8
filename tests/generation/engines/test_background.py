"""The scene goes on where the person stood, and beyond the photo's edges."""

import numpy as np

from generation.engines.animation.background import _continued, fill_hole
from generation.engines.animation.membrane import membrane


def gradient(height: int = 80, width: int = 120) -> np.ndarray:
    ramp = np.linspace(60, 200, width)[None, :] + np.linspace(0, 40, height)[:, None]
    return np.repeat(ramp[..., None], 3, axis=2)


def middle_hole(height: int = 80, width: int = 120) -> np.ndarray:
    hole = np.zeros((height, width), bool)
    hole[15:70, 45:75] = True
    return hole


def test_a_smooth_wall_stays_smooth() -> None:
    wall = gradient().astype(np.uint8)
    hole = middle_hole()
    with_person = wall.copy()
    with_person[hole] = (200, 20, 20)

    filled = fill_hole(with_person, hole, seed=0, floor=60)

    assert np.abs(filled.astype(int) - wall.astype(int)).max() < 14
    np.testing.assert_array_equal(filled[~hole], wall[~hole])


def test_the_membrane_reproduces_a_ramp() -> None:
    ramp = gradient().astype(np.float32)
    hole = middle_hole()

    filled = membrane(np.where(hole[..., None], 0, ramp).astype(np.float32), hole)

    assert np.abs(filled - ramp).max() < 10


def test_stripes_go_on_behind_the_person() -> None:
    rows = np.where((np.arange(96) // 8) % 2, 210, 60).astype(np.uint8)
    wall = np.repeat(np.repeat(rows[:, None, None], 128, axis=1), 3, axis=2)
    hole = np.zeros((96, 128), bool)
    hole[16:80, 48:80] = True
    with_person = wall.copy()
    with_person[hole] = (30, 160, 30)

    filled = fill_hole(with_person, hole, seed=0, floor=60)

    error = np.abs(filled.astype(int) - wall.astype(int)).max(axis=2)[hole]
    assert (error < 40).mean() > 0.9


def test_the_same_seed_gives_the_same_fill() -> None:
    rng = np.random.default_rng(5)
    picture = rng.integers(0, 255, (64, 64, 3)).astype(np.uint8)
    hole = np.zeros((64, 64), bool)
    hole[20:44, 20:44] = True

    first, second = (fill_hole(picture, hole, seed=3, floor=60) for _ in range(2))

    np.testing.assert_array_equal(first, second)


def test_a_scene_is_stretched_to_the_canvas_without_a_seam() -> None:
    picture = gradient(80, 60).astype(np.uint8)

    canvas = _continued(picture, 10, 30, (80, 120))

    assert canvas.shape == (120, 80, 3)
    np.testing.assert_array_equal(canvas[100, 40], picture[70, 30])
    steps = (
        np.abs(np.diff(canvas.astype(int), axis=0)).max(),
        np.abs(np.diff(canvas.astype(int), axis=1)).max(),
    )
    assert max(steps) <= 6
