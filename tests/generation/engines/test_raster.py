"""The rasteriser draws each pixel once, and blends premultiplied colours."""

import numpy as np

from generation.engines.animation.raster import darken, draw_mesh

SQUARE = np.array([[0, 0], [20, 0], [0, 20], [20, 20]], np.float32)
TRIANGLES = np.array([[0, 1, 2], [1, 3, 2]], np.int32)
NOT_SOLID = np.zeros(2, bool)


def flat_texture(value: int, alpha: int) -> np.ndarray:
    texture = np.empty((24, 24, 4), np.uint8)
    texture[..., :3] = value * alpha // 255
    texture[..., 3] = alpha
    return texture


def test_a_half_transparent_square_is_blended_exactly_once_along_its_diagonal() -> None:
    frame = np.full((24, 24, 3), 100, np.uint8)

    draw_mesh(frame, flat_texture(200, 128), SQUARE, SQUARE + 2, TRIANGLES, NOT_SOLID)

    inside = frame[2:22, 2:22].astype(int)
    assert np.abs(inside - 150).max() <= 1
    assert (frame[:2] == 100).all()


def test_a_turned_square_has_no_holes_and_no_double_pixels() -> None:
    frame = np.full((60, 60, 3), 100, np.uint8)
    angle = np.radians(33)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    target = ((SQUARE - 10) @ turn.T * 1.7 + 30).astype(np.float32)

    draw_mesh(frame, flat_texture(200, 128), SQUARE, target, TRIANGLES, NOT_SOLID)

    values = set(np.unique(frame).tolist())
    assert values <= {99, 100, 149, 150, 151}
    assert abs(int((frame[..., 0] > 120).sum()) - round((20 * 1.7) ** 2)) < 40


def test_a_mesh_that_leaves_the_frame_is_clipped() -> None:
    frame = np.zeros((10, 10, 3), np.uint8)

    draw_mesh(frame, flat_texture(200, 255), SQUARE, SQUARE - 12, TRIANGLES, np.ones(2, bool))

    assert (frame[:8, :8] == 200).all()
    assert (frame[8:] == 0).all()


def test_the_texture_is_sampled_between_its_pixels() -> None:
    texture = flat_texture(0, 255)
    texture[..., :3] = (np.arange(24, dtype=np.uint8) * 10)[None, :, None]
    frame = np.zeros((24, 24, 3), np.uint8)

    draw_mesh(frame, texture, SQUARE, SQUARE + np.array([0.5, 0], np.float32), TRIANGLES, np.ones(2, bool))

    np.testing.assert_allclose(frame[5, 3:8, 0], [25, 35, 45, 55, 65], atol=1)


def test_a_shadow_darkens_only_its_patch_and_is_clipped_at_the_edge() -> None:
    frame = np.full((10, 10, 3), 200, np.uint8)

    darken(frame, np.ones((4, 4), np.float32), -2, 8, 0.5)

    assert (frame[8:, :2] == 100).all()
    assert (frame[:8] == 200).all()
