"""The four places in which the figures stand."""

import itertools

import numpy as np

from templates_app.characters.compiled import Floats, fractal
from templates_app.characters.figure import Figure, Paint, Patch
from templates_app.characters.light import Coat, Lamp, linear
from templates_app.characters.materials import mixed, plain, solid_colour, woven
from templates_app.characters.scenery import Ground, focus_blur, ground, planks, with_props
from templates_app.characters.solids import Clay, Solid, vec
from templates_app.characters.tracer import Camera

WALL = -1.25


def _plant(x: float, z: float) -> list[Solid]:
    """A tall house plant in a pot."""
    rng = np.random.default_rng(12)
    pot, leaf = Clay("pot", "pot"), Clay("leaves", "leaf")
    base = np.array([x, 0.0, z])
    solids = [
        pot.cone(base + vec(0, 0.01, 0), base + vec(0, 0.3, 0), 0.11, 0.15, rounding=0.015),
        pot("soil").cone(base + vec(0, 0.28, 0), base + vec(0, 0.285, 0), 0.13, 0.13),
    ]
    for number in range(17):
        turn = number * 2.4 + rng.uniform(-0.3, 0.3)
        reach, high = rng.uniform(0.12, 0.3), 0.42 + 0.045 * number + rng.uniform(-0.05, 0.05)
        way = np.array([np.cos(turn), 0.0, np.sin(turn)])
        stem = [
            base + vec(0, 0.28, 0),
            base + way * reach * 0.4 + vec(0, high * 0.75, 0),
            base + way * reach + vec(0, high, 0),
        ]
        solids += leaf("stem").strand(stem, (0.009, 0.007, 0.005))
        tip = stem[-1]
        blade = [
            tip,
            tip + way * 0.09 + vec(0, 0.035, 0),
            tip + way * 0.19 + vec(0, 0.02, 0),
            tip + way * 0.27 + vec(0, -0.06, 0),
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
        axle = low + way * share + vec(0, 0, 0.05)
        solids.append(Clay("board", "metal").limb(axle - vec(0.075, 0, 0), axle + vec(0.075, 0, 0), 0.012))
        for sign in (-1, 1):
            wheel = axle + vec(0.085 * sign, 0, 0.004)
            solids.append(
                Clay("board", "wheel").cone(wheel - vec(0.018, 0, 0), wheel + vec(0.018, 0, 0), 0.028, 0.028)
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
        "pot": woven("#e8ded0", dark="#d4c6b4", fuzz=0.1),
        "soil": solid_colour("#3b2a20"),
        "leaf": _leaf,
        "stem": solid_colour("#4c7040"),
        "deck": _deck,
        "metal": solid_colour("#b9bcc2", shine=0.8, gloss=50),
        "wheel": solid_colour("#f4ead2", shine=0.2),
    }
    props = Figure([*_plant(0.93, -0.85), *_skateboard(-0.84)], [], paints)
    return focus_blur(with_props(room * 1.5, props, camera, Lamp(), 0.55, WALL), camera.height / 680)


def _garden(camera: Camera, p: Floats) -> Floats:
    """A misty bamboo garden (linear RGB, (h, w, 3)) as seen through a gate; `p`: points on the wall."""
    x, y = p[..., 0], p[..., 1]
    flat = np.stack([x, y, x * 0], axis=-1).reshape(-1, 3)
    high = np.clip(y / 2.2, 0, 1)[..., None]
    out = linear("#cfdcc4") * (1 - high) + linear("#f3f0dd") * high
    for level, (base, colour) in enumerate(((1.35, "#b9ccc0"), (1.08, "#9dbaa6"), (0.84, "#7fa384"))):
        ridge = base + 0.17 * fractal(
            flat * [1, 0, 0] + vec(level * 9.0, 0, 0), scale=1.6, octaves=4, seed=level
        )
        hill = np.clip((ridge.reshape(x.shape) - y) / 0.02, 0, 1)[..., None]
        mist = np.clip((y - base + 0.55) / 0.6, 0.25, 1)[..., None]
        out = out * (1 - hill) + (linear(colour) * mist + linear("#e4ead8") * (1 - mist)) * hill
    rng = np.random.default_rng(5)
    stalks = [*rng.uniform(-0.86, -0.28, 7), *rng.uniform(0.3, 0.88, 7)]
    for number, at in enumerate(stalks):
        width, lean = rng.uniform(0.014, 0.026), rng.uniform(-0.05, 0.05)
        off = (x - at - lean * (y - 1.2)) / width
        node = np.exp(-((((y * 3.1 + number * 0.37) % 1) - 0.5) ** 2) / 0.0008)
        tone = np.clip(0.55 + 0.45 * np.cos((off + 0.4) * 1.4) - 0.35 * node, 0.1, 1)[..., None]
        green = linear("#4d8a4b") if number % 2 else linear("#74a35c")
        cover = np.clip((1 - np.abs(off)) * 6, 0, 1)[..., None]
        out = out * (1 - cover) + green * tone * cover
    for _ in range(150):
        at = rng.choice(stalks) + rng.normal(0, 0.09)
        leaf_y, turn, size = rng.uniform(0.75, 2.1), rng.uniform(-2.4, -0.7), rng.uniform(0.08, 0.15)
        rows = np.flatnonzero(np.abs(y[:, 0] - leaf_y) < size)
        columns = np.flatnonzero(np.abs(x[0] - at) < size)
        if not len(rows) or not len(columns):
            continue
        box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        u = (x[box] - at) * np.cos(turn) + (y[box] - leaf_y) * np.sin(turn)
        v = -(x[box] - at) * np.sin(turn) + (y[box] - leaf_y) * np.cos(turn)
        blade = np.clip((1 - (u / size) ** 2 - (v / (size * 0.13)) ** 2) * 4, 0, 1)[..., None]
        shade = rng.uniform(0.55, 1.15)
        out[box] = out[box] * (1 - blade) + linear("#5f9a4e") * shade * blade
    out = out * 0.72 + linear("#eaf0de") * 0.3
    return np.asarray(focus_blur(out, camera.height / 260))


def _lantern(x: float, y: float, z: float) -> list[Solid]:
    """A red paper lantern on a cord."""
    c, paper, brass = np.array([x, y, z]), Clay("lantern", "paper"), Clay("lantern.trim", "brass")
    solids = [
        paper.ball(c, (0.16, 0.135, 0.16)),
        brass.cone(c + vec(0, 0.12, 0), c + vec(0, 0.15, 0), 0.07, 0.065),
        brass.limb(c + vec(0, 0.15, 0), c + vec(0, 0.9, 0), 0.005),
        brass.cone(c - vec(0, 0.15, 0), c - vec(0, 0.12, 0), 0.055, 0.065),
    ]
    for number in range(7):
        a = number * 0.9
        top = c + vec(0.028 * np.cos(a), -0.15, 0.028 * np.sin(a))
        solids.append(Clay("tassel", "paper").limb(top, top - vec(0, 0.16, 0), 0.006, 0.004))
    return solids


def _paper(patch: Patch) -> Coat:
    wave = np.abs(np.sin(patch.around * 9))
    coat = plain(patch, linear("#c8241f") * (0.75 + 0.25 * wave)[:, None], shine=0.1)
    coat.glow[:] = linear("#ff6a2a") * (0.55 * np.exp(-((patch.along) ** 2) / 0.5))[:, None]
    coat.height[:] = 0.004 * wave
    return coat


def _vase(x: float, z: float) -> list[Solid]:
    """A porcelain vase with plum branches."""
    rng, base = np.random.default_rng(3), np.array([x, 0.0, z])
    clay, solids = Clay("vase", "porcelain", 0.012), []
    profile = ((0.0, 0.07), (0.1, 0.1), (0.27, 0.135), (0.38, 0.1), (0.45, 0.05), (0.53, 0.045), (0.57, 0.06))
    for (low, r1), (high, r2) in itertools.pairwise(profile):
        solids.append(
            clay.cone(base + vec(0, low + 0.01, 0), base + vec(0, high + 0.01, 0), r1, r2, rounding=0.01)
        )
    branches: list[list[float]] = [[-0.1, 0.42, 0.1], [0.1, 0.62, -0.1], [-0.02, 0.8, 0.05]]
    flowers = []
    for way in branches:
        root, tip = base + vec(0, 0.55, 0), base + vec(way[0], 0.55 + way[1], way[2])
        middle = (root + tip) / 2 + vec(rng.uniform(-0.07, 0.07), 0, 0)
        solids += Clay("twigs", "bark").strand([root, middle, tip], (0.009, 0.007, 0.003))
        for share in np.linspace(0.3, 1, 9):
            spot = root + (tip - root) * share + (middle - (root + tip) / 2) * 4 * share * (1 - share)
            flowers.append(spot + rng.normal(0, 0.022, 3))
    for spot in flowers:
        for number in range(5):
            a = number * 1.2566 + spot[1] * 9
            petal = spot + vec(0.012 * np.cos(a), 0.012 * np.sin(a), 0.004)
            solids.append(
                Clay("plum", "plum").ball(petal, (0.009, 0.012, 0.005), along=(np.cos(a), np.sin(a), 0.2))
            )
        solids.append(Clay("plum", "brass").ball(spot + vec(0, 0, 0.008), 0.005))
    return solids


def _porcelain(patch: Patch) -> Coat:
    p = patch.position
    turn = patch.around
    vine = np.abs(np.sin(turn * 4 + 2.2 * np.sin(p[:, 1] * 26)) * np.cos(p[:, 1] * 34 + np.sin(turn * 5)))
    rings = np.abs(((p[:, 1] * 11.5) % 1) - 0.5) < 0.045
    blue = np.clip((0.2 - vine) / 0.06, 0, 1) * (p[:, 1] > 0.1) * (p[:, 1] < 0.42)
    return plain(
        patch, mixed(linear("#f4f6f6"), linear("#23489a"), np.maximum(blue, rings * 0.9)), shine=0.7, gloss=70
    )


def moon_gate(camera: Camera) -> Floats:
    """A white garden wall with a round gate (linear light); bamboo, lantern, plum branches."""
    g = ground(camera, WALL)
    p = g.position
    wall_p, floor_p = p[~g.is_floor], p[g.is_floor]
    plaster = fractal(wall_p, scale=(4, 4, 1), octaves=5, seed=13)
    damp = np.clip(0.35 - wall_p[:, 1] + 0.25 * plaster, 0, 1)
    wall = linear("#efe8da") * (1 + 0.07 * plaster - 0.5 * damp)[:, None]
    plinth = (wall_p[:, 1] < 0.16)[:, None]
    joints = (np.abs((wall_p[:, 0] / 0.42) % 1 - 0.5) > 0.488)[:, None]
    stone_tone = (1 + 0.16 * fractal(wall_p, scale=30, octaves=3))[:, None]
    wall = np.where(plinth, linear("#8b9091") * stone_tone * np.where(joints, 0.5, 1), wall)
    row = np.floor(floor_p[:, 2] / 0.44)
    slab = np.stack([floor_p[:, 0] / 0.52 + 0.5 * (row % 2), floor_p[:, 2] / 0.44], axis=1)
    cell = np.floor(slab)
    gap = np.max(np.abs(slab - cell - 0.5), axis=1)
    tone = fractal(np.stack([cell[:, 0], cell[:, 1], cell[:, 0] * 0], axis=1), scale=3.7, octaves=1, seed=8)
    speck = fractal(floor_p, scale=45, octaves=4, seed=9)
    floor = linear("#a7a79f") * ((1 + 0.14 * tone + 0.14 * speck) * np.where(gap > 0.484, 0.5, 1))[:, None]
    room = _base(g, floor, wall)
    radius = np.hypot(p[..., 0], p[..., 1] - 1.24)
    through = np.clip((0.9 - radius) * 360, 0, 1)[..., None] * ~g.is_floor[..., None]
    garden = _garden(camera, p) * 0.92
    garden *= (1 - 0.55 * np.exp(-((0.9 - radius) / 0.035).clip(0)))[..., None]
    frame = np.clip(np.minimum(radius - 0.9, 0.965 - radius) * 360, 0, 1)[..., None] * ~g.is_floor[..., None]
    blocks = np.abs((np.arctan2(p[..., 1] - 1.24, p[..., 0]) * 3.2) % 1 - 0.5) > 0.485
    rounding = np.cos((radius - 0.925) / 0.065 * 2.2).clip(0.4, 1)
    stone = linear("#7d8486") * (rounding * np.where(blocks, 0.6, 1))[..., None]
    room = room * (1 - through) + garden * through
    room = room * (1 - frame) + stone * frame
    paints: dict[str, Paint] = {
        "paper": _paper,
        "brass": solid_colour("#d9a441", shine=0.8, gloss=30),
        "porcelain": _porcelain,
        "bark": solid_colour("#4a3328"),
        "plum": solid_colour("#f2a7b5", fuzz=0.3),
    }
    props = Figure([*_lantern(-0.74, 1.92, -0.7), *_vase(0.82, -0.8)], [], paints)
    return focus_blur(with_props(room * 1.5, props, camera, Lamp(), 0.55, WALL), camera.height / 760)
