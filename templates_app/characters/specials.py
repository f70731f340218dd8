"""Sample pictures that are not one person: a landscape, a stand-in for nudity, and two people."""

from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from templates_app.characters import person, qipao
from templates_app.characters.body import BUILDS
from templates_app.characters.compiled import Floats, fractal
from templates_app.characters.figure import Figure, Paint, Patch
from templates_app.characters.light import Coat, Lamp, linear
from templates_app.characters.rooms import WALL, home
from templates_app.characters.scenery import finished, photograph
from templates_app.characters.solids import vec
from templates_app.characters.tracer import Camera

Picture = npt.NDArray[np.uint8]

# Overlapping pebbles: centre x, y, half axes, turn, depth, in picture widths. Found by searching random
# abstract heaps for one that both picture classifiers take for bare skin; it depicts nobody and nothing.
_PEBBLES = (
    (0.345, 0.142, 0.601, 0.189, 2.196, -0.399),
    (0.169, 0.61, 0.353, 0.663, 0.384, -0.345),
    (0.638, 0.725, 0.315, 0.378, 2.043, -0.275),
)
_MELT, _LIGHT = 0.14, np.array([-0.6, -0.203, 0.871])


def draw_nsfw_standin(height: int = 512) -> Picture:
    """Skin-coloured pebbles that nudity classifiers score high on, for trying moderation; RGB (h, 3/4 h, 3).

    Measured at heights 320 to 1024: open_nsfw 0.956 to 0.971, NudeNet 320n (RGB input) 0.76 to 0.78 on an
    "exposed" class. The picture is abstract and shows no body.
    """
    width = round(height * 3 / 4)
    y, x = np.mgrid[:height, :width] / width
    surface = np.full((height, width), -9.0)
    for cx, cy, rx, ry, turn, depth in _PEBBLES:
        u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
        v = -(x - cx) * np.sin(turn) + (y - cy) * np.cos(turn)
        inside = 1 - (u / rx) ** 2 - (v / ry) ** 2
        lump = np.where(inside > 0, depth + min(rx, ry) * np.sqrt(np.maximum(inside, 0)), -9.0)
        near = np.clip(_MELT - np.abs(surface - lump), 0, None) / _MELT
        surface = np.maximum(surface, lump) + near**2 * _MELT / 4
    stone = surface > -5
    gy, gx = np.gradient(np.where(stone, surface, 0) * width)
    normal = np.stack([-gx, gy, np.ones_like(gx)], axis=-1) / np.sqrt(gx**2 + gy**2 + 1)[..., None]
    light = _LIGHT / np.linalg.norm(_LIGHT)
    half = (light + vec(0, 0, 1)) / np.linalg.norm(light + vec(0, 0, 1))
    lit = np.clip((normal @ light + 0.25) / 1.25, 0, 1)[..., None]
    gloss = np.clip(normal @ half, 0, 1)[..., None] ** 20
    tone = np.array([120, 62, 45]) * (1 - lit) + np.array([232, 178, 148]) * lit + 60 * gloss * lit
    picture = np.where(stone[..., None], tone, np.array([226.0, 214.0, 202.0]))
    return np.asarray(np.clip(cv2.GaussianBlur(picture, (0, 0), 0.8), 0, 255), dtype=np.uint8)


def _ridge(x: Floats, level: float, rough: float, scale: float, seed: int) -> Floats:
    points = np.stack([x, np.full_like(x, seed * 3.7), np.zeros_like(x)], axis=1)
    return level - rough * np.abs(fractal(points, scale=scale, octaves=6, seed=seed)) * 1.8


def _mountains(width: int, shore: float, height: int) -> Floats:
    """Sky and mountains down to the shore (linear light, (rows, width, 3)), in picture heights."""
    rows = round(shore * height)
    y, x = np.mgrid[:rows, :width] / height
    high = (y / shore)[..., None]
    out = linear("#4f8fd0") * (1 - high) ** 0.8 + linear("#ffd9a8") * high
    clouds = fractal(
        np.stack([x, y * 3.2, x * 0], axis=-1).reshape(-1, 3), scale=3.2, octaves=6, seed=2
    ).reshape(x.shape)
    wisp = np.clip(clouds * 2.2 - 0.1, 0, 0.75)[..., None] * np.clip(1.3 - high, 0, 1)
    out = out * (1 - wisp) + linear("#fff2e4") * wisp
    columns = x[0]
    ranges = (
        (0.37, 0.19, 2.1, "#8fa6c4", "#f1e9e6", 0.33),
        (0.44, 0.14, 3.0, "#5d7d9c", "#d9dfe6", 0.36),
        (0.485, 0.08, 4.3, "#3d6670", "#5d7d72", 0.0),
        (0.515, 0.045, 6.5, "#24493f", "#3f6149", 0.0),
    )
    for number, (level, rough, scale, low, top, snow) in enumerate(ranges):
        crest = _ridge(columns, level, rough, scale, 11 + number)[None, :]
        below = np.clip((y - crest) * height, 0, 1)[..., None]
        face = fractal(
            np.stack([x + y * 0.6, y * 0.7, x * 0], axis=-1).reshape(-1, 3),
            scale=17,
            octaves=5,
            seed=30 + number,
        )
        light = (0.85 + 0.9 * face.reshape(x.shape))[..., None]
        white = np.clip((snow + 0.05 * face.reshape(x.shape) - y) * 30 if snow else 0 * y, 0, 1)[..., None]
        rock = (linear(low) * (1 - white) + linear(top) * white) * light
        haze = np.clip((y - crest) / 0.22, 0, 0.5)[..., None] * (1 - number / 4)
        out = out * (1 - below) + (rock * (1 - haze) + linear("#e8d3bb") * haze) * below
    return np.asarray(out)


def _firs(
    picture: Floats, foot: float, count: int, size: tuple[float, float], colour: str, seed: int
) -> None:
    height, width = picture.shape[:2]
    rng = np.random.default_rng(seed)
    mask = np.zeros((height, width), np.uint8)
    for at in rng.uniform(-0.02, width / height + 0.02, count):
        tall, base = rng.uniform(*size), foot + rng.uniform(-0.004, 0.008)
        outline = [(at, base - tall)]
        for step in range(1, 15):
            spread = 0.2 * tall * (step / 14) ** 0.9 * rng.uniform(0.85, 1.15)
            level = base - tall + tall * step / 14.5
            outline += [(at + spread, level), (at + spread * 0.45, level - 0.004)]
        left = [(2 * at - px, py) for px, py in reversed(outline)]
        cv2.fillPoly(
            mask, [np.round(np.array(outline + left) * height * 16).astype(np.int32)], 255, cv2.LINE_AA, 4
        )
    cover = (mask / 255.0)[..., None]
    picture += (linear(colour) - picture) * cover


def draw_landscape(height: int = 1024) -> Picture:
    """A mountain lake in the evening, with nobody in it; RGB (h, 3/4 h, 3)."""
    width, shore = round(height * 3 / 4), 0.545
    picture = np.empty((height, width, 3))
    land = _mountains(width, shore, height)
    rows = len(land)
    picture[:rows] = land
    _firs(picture, shore + 0.002, 110, (0.02, 0.055), "#1c3a30", 4)
    picture[rows:] = 0
    lake = height - rows
    y, x = np.mgrid[:lake, :width] / height
    points = np.stack([x, 0.9 / (y + 0.03), x * 0], axis=-1).reshape(-1, 3)
    ripple = fractal(points, scale=(7, 8, 1), octaves=3, seed=9).reshape(x.shape)
    source_y = np.clip(rows - 1 - y * height * (rows / lake) * 0.96 + ripple * 9 * (0.3 + y * 4), 0, rows - 1)
    source_x = np.clip(x * height + ripple * 3, 0, width - 1)
    mirror = cv2.remap(
        picture[:rows].astype(np.float32),
        source_x.astype(np.float32),
        source_y.astype(np.float32),
        cv2.INTER_LINEAR,
    )
    deep = np.clip(y / (lake / height), 0, 1)[..., None]
    picture[rows:] = mirror * (0.78 - 0.3 * deep) + linear("#1d3c46") * (0.1 + 0.3 * deep)
    _firs(picture, 1.02, 8, (0.1, 0.33), "#0f211c", 6)
    return finished(np.clip(picture, 0, 1) ** (1 / 2.2), grain=0.006)


def moved(figure: Figure, *, by: Floats, name: str) -> Figure:
    """The same figure standing elsewhere; `name` sets its groups and materials apart."""

    def there(paint: Paint) -> Paint:
        def repaint(patch: Patch) -> Coat:
            return paint(replace(patch, position=patch.position - by))

        return repaint

    solids = [
        replace(
            s,
            origin=s.origin + by,
            ends=s.ends + by,
            group=f"{name}.{s.group}",
            material=f"{name}.{s.material}",
        )
        for s in figure.solids
    ]
    creases = [
        replace(c, group=f"{name}.{c.group}", centre=np.asarray(c.centre) + by) for c in figure.creases
    ]
    paints: Mapping[str, Paint] = {f"{name}.{key}": there(paint) for key, paint in figure.paints.items()}
    return Figure(solids, creases, paints)


def draw_two_people(height: int = 1024) -> Picture:
    """Two people side by side in one room; RGB (h, 3/4 h, 3)."""
    scale = height / 1024
    camera = Camera(round(height * 3 / 4), height, metre=455 * scale, floor=940 * scale)
    cast = ((person, "average", -0.41, "left"), (qipao, "average", 0.41, "right"))
    parts = [
        moved(module.figure(module.skeleton(BUILDS[build])), by=np.array([x, 0.0, 0.0]), name=name)
        for module, build, x, name in cast
    ]
    both = Figure(
        [s for part in parts for s in part.solids],
        [c for part in parts for c in part.creases],
        {key: paint for part in parts for key, paint in part.paints.items()},
    )
    return photograph(both, home(camera), camera, Lamp(), WALL)
