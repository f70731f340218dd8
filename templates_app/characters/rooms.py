"""The four places in which the figures stand."""

import numpy as np

from templates_app.characters.compiled import Floats, fractal
from templates_app.characters.figure import Figure, Paint, Patch
from templates_app.characters.light import Coat, Lamp, linear
from templates_app.characters.materials import mixed, plain, solid_colour, woven
from templates_app.characters.scenery import Ground, focus_blur, ground, planks, with_props
from templates_app.characters.solids import Clay, Solid
from templates_app.characters.tracer import Camera

WALL = -1.25


def _plant(x: float, z: float) -> list[Solid]:
    """A tall house plant in a pot."""
    rng = np.random.default_rng(12)
    pot, leaf = Clay("pot", "pot"), Clay("leaves", "leaf")
    base = np.array([x, 0.0, z])
    solids = [pot.cone(base + [0, 0.01, 0], base + [0, 0.3, 0], 0.11, 0.15, rounding=0.015),
              pot("soil").cone(base + [0, 0.28, 0], base + [0, 0.285, 0], 0.13, 0.13)]  # fmt: skip
    for number in range(17):
        turn = number * 2.4 + rng.uniform(-0.3, 0.3)
        reach, high = rng.uniform(0.14, 0.4), 0.42 + 0.045 * number + rng.uniform(-0.05, 0.05)
        way = np.array([np.cos(turn), 0.0, np.sin(turn)])
        stem = [
            base + [0, 0.28, 0],
            base + way * reach * 0.4 + [0, high * 0.75, 0],
            base + way * reach + [0, high, 0],
        ]
        solids += leaf("stem").strand(stem, (0.009, 0.007, 0.005))
        tip = stem[-1]
        blade = [
            tip,
            tip + way * 0.09 + [0, 0.035, 0],
            tip + way * 0.19 + [0, 0.02, 0],
            tip + way * 0.27 + [0, -0.06, 0],
        ]
        flat = np.array([0, 1.0, 0]) + np.array([0, 0, 0.9])
        solids += leaf.strand(blade, (0.01, 0.06, 0.05, 0.003), squash=0.1, flat=flat)
    return solids


def _leaf(patch: Patch) -> Coat:
    tone = np.clip(0.5 + 0.5 * fractal(patch.position, scale=9, octaves=3, seed=4), 0, 1)
    vein = np.exp(-((patch.local[:, 0] / 0.004) ** 2))
    coat = plain(
        patch, mixed(linear("#2c5a34"), linear("#6d9a52"), np.clip(tone + 0.5 * vein, 0, 1)), shine=0.35
    )
    coat.flesh[:] = 0.35
    return coat


def _skateboard(x: float) -> list[Solid]:
    """A skateboard leaning on the wall, its painted underside to the camera."""
    low, high = np.array([x, 0.05, WALL + 0.2]), np.array([x - 0.07, 0.8, WALL + 0.05])
    way, clay = high - low, Clay("board", "deck")
    solids = [clay.limb(low, high, 0.1, 0.1, squash=0.1)]
    for share in (0.17, 0.8):
        axle = low + way * share + [0, 0, 0.05]
        solids.append(Clay("board", "metal").limb(axle - [0.075, 0, 0], axle + [0.075, 0, 0], 0.012))
        for sign in (-1, 1):
            wheel = axle + [0.085 * sign, 0, 0.004]
            solids.append(
                Clay("board", "wheel").cone(wheel - [0.018, 0, 0], wheel + [0.018, 0, 0], 0.028, 0.028)
            )
    return solids


def _deck(patch: Patch) -> Coat:
    band = np.floor((patch.along + 0.35 * patch.local[:, 0] / 0.1) * 6)
    palette = np.stack([linear(c) for c in ("#f3e3c3", "#e2543c", "#f0a52e", "#2f7f86")])
    return plain(patch, palette[(band.astype(int)) % 4], shine=0.3, gloss=40)


def _gobo(p: Floats) -> Floats:
    """Window light on the wall, 0..1: slanted panes with the shadow of leaves."""
    u, v = p[:, 0] + 0.22 * p[:, 1] + 0.5, p[:, 1] - 0.1 * p[:, 0]

    def edge(value: Floats, low: float, high: float, soft: float) -> Floats:
        return np.asarray(1 / (1 + np.exp(-(value - low) / soft)) - 1 / (1 + np.exp(-(value - high) / soft)))

    panes = np.zeros(len(p))
    for left in (-0.32, 0.13):
        for low in (0.75, 1.32):
            panes += edge(u, left, left + 0.4, 0.012) * edge(v, low, low + 0.52, 0.012)
    leaves = fractal(np.stack([u + v * 0.3, v * 0.55 - u * 0.4, u * 0], axis=1), scale=9, octaves=3, seed=31)
    return panes * np.clip(1.05 - 1.6 * np.clip(leaves - 0.05, 0, 1) * np.clip((u + 0.4) * 2, 0, 1), 0.15, 1)


def _base(g: Ground, floor: Floats, wall: Floats) -> Floats:
    out = np.empty(g.position.shape)
    out[g.is_floor], out[~g.is_floor] = floor, wall
    # Corners hold less light: by Lambert from a large lamp above the camera.
    p = g.position
    crease = 1 - 0.35 * np.exp(-np.where(g.is_floor, p[..., 2] - WALL, p[..., 1]) / 0.16)
    pool = np.exp(-((p[..., 0] + 0.2) ** 2 + 0.35 * (p[..., 1] - 1.3) ** 2) / 2.6)
    return out * (crease * (0.72 + 0.62 * pool))[..., None]


def home(camera: Camera) -> Floats:
    """A sunny room (linear light): sage wall, wooden floor, house plant and skateboard."""
    g = ground(camera, WALL)
    wall_p = g.position[~g.is_floor]
    plaster = (
        fractal(wall_p, scale=(5, 5, 1), octaves=4, seed=3) * 0.05
        + fractal(wall_p, scale=70, octaves=2) * 0.02
    )
    wall = linear("#a3bdb2") * (1 + plaster)[:, None]
    sun = _gobo(wall_p)[:, None] * np.array([0.62, 0.5, 0.3])
    skirting = (wall_p[:, 1] < 0.11)[:, None]
    line = np.exp(-((wall_p[:, 1] - 0.11) ** 2) / 0.00003)[:, None]
    wall = np.where(skirting, linear("#e9e5da"), wall * (1 + sun)) * (1 - 0.45 * line)
    room = _base(g, planks(g.position[g.is_floor], "#d3a878", "#9c6f46"), wall * 1.1)
    paints: dict[str, Paint] = {
        "pot": woven("#e8ded0", dark="#d4c6b4", fuzz=0.1), "soil": solid_colour("#3b2a20"), "leaf": _leaf,
        "stem": solid_colour("#4c7040"), "deck": _deck, "metal": solid_colour("#b9bcc2", shine=0.8, gloss=50),
        "wheel": solid_colour("#f4ead2", shine=0.2),
    }  # fmt: skip
    props = Figure([*_plant(0.88, -0.85), *_skateboard(-0.84)], [], paints)
    return focus_blur(with_props(room * 1.5, props, camera, Lamp(), 0.55, WALL), camera.height / 680)
