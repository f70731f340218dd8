"""Light behaves: hollows are darker, shadow falls away from the lamp, display values stay in range."""

import numpy as np

from templates_app.characters.cel import draw_inked
from templates_app.characters.compiled import fractal
from templates_app.characters.faces import FacePainter, FaceStyle, comic_face, sample, soft_face
from templates_app.characters.figure import Figure, render
from templates_app.characters.light import Lamp, develop, linear, shade
from templates_app.characters.materials import solid_colour
from templates_app.characters.scenery import thrown_shadow
from templates_app.characters.solids import Clay
from templates_app.characters.tracer import Camera, trace

CAMERA = Camera(160, 160, eye_y=1.0, eye_z=5.0, metre=100.0, floor=150.0)
CLAY = Clay("g", "m")
LAMP = Lamp(key=(-0.6, 0.5, 0.7))


def test_a_plate_behind_a_ball_is_shaded_away_from_the_lamp_and_closed_in_around_it() -> None:
    solids = [CLAY.block((0, 1, -0.05), (0.6, 0.6, 0.02)), Clay("h", "m").ball((0, 1, 0.08), 0.1)]
    shading = shade(trace(solids, [], CAMERA), CAMERA, LAMP)
    row = 150 - 100
    assert shading.key[row + 8, 80 + 16] < 0.3
    assert shading.key[row - 12, 80 - 30] > 0.9
    assert shading.far[row, 80 + 14] < shading.far[row, 80 + 45] - 0.1


def test_a_figure_throws_its_shadow_on_the_floor_and_not_on_the_lamps_side() -> None:
    figure = Figure([CLAY.limb((0, 0.05, 0), (0, 0.5, 0), 0.05)], [], {"m": solid_colour("#888888")})
    dark = thrown_shadow(render(figure, CAMERA, LAMP), CAMERA, -2.0, (-1.0, 1.0, 0.1), 0.01)
    foot_row, centre = 150, 80
    assert dark[foot_row - 8 : foot_row, centre + 15 : centre + 35].max() > 0.5
    assert dark[:, : centre - 15].max() < 0.05


def test_light_and_display_values_keep_their_order_and_range() -> None:
    ramp = np.linspace(0, 20, 200)[:, None].repeat(3, axis=1)
    shown = develop(ramp)
    assert shown.min() >= 0
    assert shown.max() <= 1
    assert (np.diff(shown[:, 0]) >= 0).all()
    assert np.allclose(linear("#ffffff"), 1)
    assert np.allclose(linear("#000000"), 0)


def test_a_comic_drawing_has_an_ink_line_around_it() -> None:
    figure = Figure([CLAY.ball((0, 1, 0), 0.3)], [], {"m": solid_colour("#ffd080")})
    drawn = draw_inked(figure, CAMERA, LAMP)
    rim = drawn.cover & (drawn.seen.solid < 0)
    assert rim.any()
    assert drawn.picture[rim].mean() < 0.35
    assert drawn.picture[60, 68].mean() > 0.7


def test_noise_is_repeatable_smooth_and_centred() -> None:
    points = np.random.default_rng(1).uniform(-5, 5, (4000, 3))
    values = fractal(points, scale=3.0)
    assert np.array_equal(values, fractal(points, scale=3.0))
    assert abs(values.mean()) < 0.06
    assert np.abs(values).max() <= 1
    assert np.abs(fractal(points + 1e-5, scale=3.0) - values).max() < 1e-3


def test_painted_faces_are_the_same_on_both_sides_but_for_the_glint_in_the_eyes() -> None:
    for colour, cover in (soft_face(FaceStyle()), comic_face(FaceStyle())):
        assert colour.shape[:2] == cover.shape
        assert np.abs(cover - cover[:, ::-1]).mean() < 0.01
        assert cover.max() > 0.99


def test_a_painted_dot_is_found_where_it_was_put() -> None:
    paint = FacePainter()
    paint.lay(paint.oval(0.03, -0.02, 0.004, 0.004), "#ff0000")
    colour, cover = paint.sheet()
    offsets = np.array([[0.03, -0.02, 0.1], [-0.03, -0.02, 0.1]])
    assert sample(cover, offsets).round(2).tolist() == [1.0, 0.0]
    assert sample(colour, offsets)[0].round(2).tolist() == [1.0, 0.0, 0.0]
