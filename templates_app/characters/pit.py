"""The warrior's place: an excavation pit with walls of rammed earth, a brick floor, and finds."""

import itertools

import numpy as np

from templates_app.characters.compiled import Floats, fractal
from templates_app.characters.figure import Figure, Paint, Patch
from templates_app.characters.light import Coat, Lamp, linear
from templates_app.characters.materials import mixed, plain
from templates_app.characters.rooms import WALL
from templates_app.characters.scenery import focus_blur, ground, with_props
from templates_app.characters.solids import Clay, Solid, vec
from templates_app.characters.tracer import Camera


def _wheel(x: float, z: float) -> list[Solid]:
    """A chariot wheel leaning on the wall."""
    radius = 0.5
    centre, way = np.array([x, radius * 0.98, z]), np.array([0.1, 0.16, 1.0])
    way /= np.linalg.norm(way)
    right = np.cross([0.0, 1.0, 0.0], way)
    right /= np.linalg.norm(right)
    up = np.cross(way, right)
    wood = Clay("wheel", "wood", 0.006)
    solids = [wood.ring(centre, radius - 0.03, 0.03, along=way)]
    for number in range(16):
        a = number * np.pi / 8 + 0.1
        spoke = right * np.cos(a) + up * np.sin(a)
        solids.append(wood.limb(centre + spoke * 0.06, centre + spoke * (radius - 0.04), 0.0145, 0.0115))
    hub = Clay("hub", "bronze", 0.01)
    solids += [
        hub.cone(centre - way * 0.05, centre + way * 0.1, 0.075, 0.05),
        hub.ring(centre + way * 0.03, 0.062, 0.01, along=way),
        hub.limb(centre + way * 0.08, centre + way * 0.13, 0.03),
    ]
    return solids


def _jar(x: float, z: float, size: float, group: str) -> list[Solid]:
    """A storage jar."""
    base, clay, solids = np.array([x, 0.0, z]), Clay(group, "jar", 0.012), []
    profile = ((0.0, 0.1), (0.14, 0.17), (0.3, 0.185), (0.42, 0.13), (0.48, 0.075), (0.54, 0.085))
    for (low, r1), (high, r2) in itertools.pairwise(profile):
        solids.append(
            clay.cone(
                base + vec(0, low * size + 0.008, 0),
                base + vec(0, high * size + 0.008, 0),
                r1 * size,
                r2 * size,
                rounding=0.01,
            )
        )
    solids.append(clay.ring(base + vec(0, 0.545 * size, 0), 0.078 * size, 0.012 * size))
    return solids


def _halberd(x: float) -> list[Solid]:
    """A bronze dagger-axe on a long shaft, leaning on the wall."""
    low, high = np.array([x + 0.1, 0.0, WALL + 0.3]), np.array([x, 1.95, WALL + 0.06])
    shaft, blade = Clay("shaft", "wood"), Clay("blade", "bronze", 0.01)
    top = high - (high - low) * 0.06
    return [
        shaft.limb(low, high, 0.0145, 0.013),
        *blade.strand(
            [top + vec(0.07, 0.0, 0), top + vec(-0.06, 0.012, 0), top + vec(-0.22, -0.035, 0)],
            (0.018, 0.026, 0.003),
            squash=0.25,
        ),
        *blade.strand(
            [top + vec(0, 0.0, 0), top + vec(0.004, 0.12, 0), top + vec(0.0, 0.23, 0)],
            (0.014, 0.019, 0.002),
            squash=0.35,
        ),
    ]


def _wood(patch: Patch) -> Coat:
    grain = fractal(
        np.stack([patch.around * 0.2, patch.along * patch.span * 0.4, patch.solid * 1.0], axis=1),
        scale=30,
        octaves=3,
    )
    return plain(patch, mixed(linear("#4b3524"), linear("#86633f"), np.clip(0.5 + 0.6 * grain, 0, 1)))


def _bronze(patch: Patch) -> Coat:
    patina = np.clip(0.45 + 0.9 * fractal(patch.position, scale=22, octaves=4, seed=3), 0, 1)
    return plain(patch, mixed(linear("#8a6a36"), linear("#5f8f7d"), patina), shine=0.5, gloss=30)


def _pottery(patch: Patch) -> Coat:
    p = patch.position
    tone = np.clip(0.5 + 0.7 * fractal(p, scale=8, octaves=4, seed=6), 0, 1)
    coat = plain(patch, mixed(linear("#7c5a42"), linear("#a98262"), tone), fuzz=0.1)
    cord = np.sin(p[:, 1] * 260) * (np.abs((p[:, 1] * 3.1) % 1 - 0.5) < 0.3)
    coat.height[:] = 0.0016 * cord
    return coat


def _rubble() -> list[Solid]:
    rng, solids = np.random.default_rng(9), []
    for number in range(26):
        side = 1 if number % 2 else -1
        spot = np.array([side * rng.uniform(0.55, 1.05), 0.0, rng.uniform(-1.15, -0.55)])
        size = rng.uniform(0.012, 0.045)
        solids.append(
            Clay(f"shard{number}", "jar").block(
                spot + vec(0, size * 0.4, 0),
                np.array([1, 0.5, 0.8]) * size,
                rounding=size * 0.3,
                along=rng.normal(0, 0.3, 3) + vec(0, 1, 0),
                flat=rng.normal(0, 1, 3),
            )
        )
    return solids


def _earth(p: Floats) -> Floats:
    """A wall of rammed earth: layers, pick marks, roots and damp."""
    layer = p[:, 1] * 6.5 + 0.9 * fractal(p, scale=(1.1, 0.6, 1), octaves=3, seed=21)
    band = fractal(np.stack([np.floor(layer), layer * 0, layer * 0], axis=1), scale=1.7, octaves=1, seed=22)
    seam = np.exp(-((((layer % 1) - 0.5) ** 2 - 0.25) ** 2) / 0.004)
    tone = fractal(p, scale=(9, 14, 1), octaves=5, seed=23)
    marks = fractal(p, scale=(13, 8, 1), octaves=4, seed=24)
    pebble = np.clip(fractal(p, scale=38, octaves=2, seed=25) - 0.45, 0, 1)
    share = np.clip(0.45 + 0.3 * band + 0.5 * tone, 0, 1)
    colour = mixed(linear("#6a5442"), linear("#a2866a"), share)
    relief = 1 + 0.42 * marks - 0.16 * seam + 0.9 * pebble
    return np.asarray(colour * relief.clip(0.3, 1.7)[:, None])


def _bricks(p: Floats) -> Floats:
    row = np.floor(p[:, 2] / 0.2)
    brick = np.stack([p[:, 0] / 0.4 + 0.5 * (row % 2), p[:, 2] / 0.2], axis=1)
    cell = np.floor(brick)
    gap = np.abs(brick - cell - 0.5)
    joint = np.maximum(np.clip((gap[:, 0] - 0.478) * 80, 0, 1), np.clip((gap[:, 1] - 0.455) * 40, 0, 1))
    tone = fractal(np.stack([cell[:, 0], cell[:, 1], cell[:, 0] * 0], axis=1), scale=2.9, octaves=1, seed=31)
    worn = fractal(p, scale=22, octaves=5, seed=32)
    colour = mixed(linear("#77695b"), linear("#a08d77"), np.clip(0.5 + 0.35 * tone + 0.4 * worn, 0, 1))
    dust = np.clip(0.35 + 0.9 * fractal(p, scale=3, octaves=4, seed=33), 0, 0.9)
    return mixed(mixed(colour, linear("#4e3d2e"), joint * 0.8), linear("#b3906a"), dust * 0.7)


def excavation(camera: Camera) -> Floats:
    """The pit (linear light, (h, w, 3)) under warm spots, with a wheel, a dagger-axe and jars."""
    g = ground(camera, WALL)
    p, room = g.position, np.empty(g.position.shape)
    room[~g.is_floor], room[g.is_floor] = _earth(p[~g.is_floor]), _bricks(p[g.is_floor])
    near_edge = np.where(g.is_floor, p[..., 2] - WALL, p[..., 1])
    drift = np.exp(-near_edge / 0.12)[..., None]
    room = room * (1 - 0.45 * drift) + linear("#8e6c49") * 0.2 * drift
    x, y = p[..., 0], p[..., 1]
    spots = 0.16 + 0.62 * np.exp(-(((x + 0.25) / 0.75) ** 2 + ((y - 1.35) / 0.85) ** 2)) * ~g.is_floor
    spots = spots + 0.75 * np.exp(-((x / 0.9) ** 2 + ((p[..., 2] - 0.1) / 0.9) ** 2)) * g.is_floor
    room = room * spots[..., None] * np.array([1.1, 1.0, 0.86])
    paints: dict[str, Paint] = {"wood": _wood, "bronze": _bronze, "jar": _pottery}
    props = [
        *_wheel(-0.78, WALL + 0.2),
        *_halberd(0.86),
        *_jar(0.92, -0.75, 0.92, "jar1"),
        *_jar(0.66, -1.02, 0.62, "jar2"),
        *_rubble(),
    ]
    lamp = Lamp(
        key=(-0.4, 0.8, 0.7),
        key_colour=(1.35, 1.15, 0.9),
        sky_colour=(0.3, 0.29, 0.28),
        ground_colour=(0.2, 0.15, 0.11),
    )
    return focus_blur(
        with_props(room * 1.5, Figure(props, [], paints), camera, lamp, 0.6, WALL), camera.height / 760
    )
