"""The comic hero's place: a promenade above the sea, with summer clouds, drawn flat."""

import cv2
import numpy as np
import numpy.typing as npt

from templates_app.characters.compiled import Floats, fractal
from templates_app.characters.tracer import Camera

Mask = npt.NDArray[np.float64]


def _display(colour: str) -> Floats:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


class _Sheet:
    """A picture in units of its height, painted from back to front with smooth edges."""

    def __init__(self, width: int, height: int) -> None:
        self.height, self.width = height, width
        y, x = np.mgrid[:height, :width].astype(np.float64)
        self.x, self.y = (x + 0.5) / height, (y + 0.5) / height
        self.colour = np.zeros((height, width, 3))

    def lay(self, mask: Mask, colour: str | Floats) -> None:
        rgb = _display(colour) if isinstance(colour, str) else colour
        self.colour += (rgb - self.colour) * mask[..., None]

    def edge(self, distance: Floats, soft: float = 0.0006) -> Mask:
        """Coverage of where a distance (picture heights) is negative."""
        return np.asarray(np.clip(0.5 - distance / (2 * soft), 0, 1))

    def disc(self, x: float, y: float, radius: float) -> Mask:
        return self.edge(np.hypot(self.x - x, self.y - y) - radius)

    def bar(self, x0: float, y0: float, x1: float, y1: float) -> Mask:
        outside = np.maximum(np.maximum(x0 - self.x, self.x - x1), np.maximum(y0 - self.y, self.y - y1))
        return self.edge(outside)


def _cloud(sheet: _Sheet, x: float, base: float, size: float, seed: int) -> None:
    """A towering summer cloud: a heap of puffs, white above and blue below, with a flat foot."""
    rng = np.random.default_rng(seed)
    puffs = []
    for _ in range(60):
        across = rng.uniform(-0.62, 0.62)
        crest = (1 - (across / 0.66) ** 2) * (0.72 + 0.28 * np.sin(across * 11 + seed))
        high = rng.uniform(0, 1) * crest
        radius = size * rng.uniform(0.1, 0.19) * (1.1 - 0.35 * high) * (1 - 0.5 * (across / 0.62) ** 2)
        puffs.append((x + across * size, base - high * size * 0.8, radius))
    height = np.full(sheet.x.shape, -1.0)
    for cx, cy, radius in puffs:
        bulge = radius**2 - (sheet.x - cx) ** 2 - (sheet.y - cy) ** 2
        height = np.maximum(height, np.where(bulge > 0, np.sqrt(np.maximum(bulge, 0)) + 0.25 * radius, -1.0))
    inside = height > 0
    gy, gx = np.gradient(np.where(inside, height, 0.0) * sheet.height)
    light = (0.62 + 0.5 * gx + 0.62 * gy) / np.sqrt(1 + gx**2 + gy**2) + 0.5 * (base - sheet.y) / size - 0.2
    cover = cv2.GaussianBlur(inside.astype(np.float64), (0, 0), 0.7) * sheet.edge(sheet.y - base, 0.006)
    sheet.lay(cover, "#b5d5f0")
    for level, colour in ((0.1, "#d8eafa"), (0.34, "#ffffff")):
        sheet.lay(cover * cv2.GaussianBlur(np.clip((light - level) / 0.03, 0, 1), (0, 0), 1.0), colour)


def _gull(sheet: _Sheet, x: float, y: float, size: float) -> None:
    points = np.array(
        [
            (-1, -0.1),
            (-0.55, -0.42),
            (0, 0.05),
            (0.55, -0.42),
            (1, -0.1),
            (0.5, -0.22),
            (0, 0.22),
            (-0.5, -0.22),
        ]
    )
    mask = np.zeros(sheet.x.shape, np.uint8)
    cv2.fillPoly(
        mask, [np.round((points * size + (x, y)) * sheet.height * 16).astype(np.int32)], 255, cv2.LINE_AA, 4
    )
    sheet.lay(mask / 255.0, "#ffffff")


def _sea(sheet: _Sheet, horizon: float, shore: float) -> None:
    depth = np.clip((sheet.y - horizon) / (shore - horizon), 0, 1)[..., None]
    water = _display("#2f86c9") * (1 - depth) + _display("#4fc3d8") * depth
    band = sheet.bar(-1, horizon, 2, shore)
    sheet.colour += (water - sheet.colour) * band[..., None]
    points = np.stack([sheet.x, sheet.y, sheet.x * 0], axis=-1).reshape(-1, 3)
    stretch = 1 / (0.02 + (points[:, 1] - horizon).clip(0))
    glint = fractal(
        points * np.stack([1 + 0 * stretch, 0.09 * stretch + 0.2, stretch], axis=1),
        scale=(16, 130, 1),
        octaves=2,
    )
    sheet.lay(sheet.edge(0.34 - glint.reshape(sheet.x.shape), 0.03) * band * 0.75, "#e9fbff")
    for x, height, width in ((0.08, 0.02, 0.16), (0.17, 0.012, 0.12)):
        hill = horizon - height * np.exp(-(((sheet.x - x) / width) ** 2) * 3)
        sheet.lay(sheet.edge(hill - sheet.y) * sheet.edge(sheet.y - horizon), "#7fb3cf")


def _lighthouse(sheet: _Sheet, x: float, foot: float) -> None:
    grow = (foot - sheet.y) / 0.16
    half = 0.015 - 0.005 * grow
    tower = sheet.edge(np.abs(sheet.x - x) - half) * sheet.bar(0, foot - 0.145, 1, foot)
    sheet.lay(tower, "#fdf6ea")
    sheet.lay(tower * (np.floor((foot - sheet.y) / 0.029) % 2 == 1), "#e8575a")
    sheet.lay(tower * sheet.edge(x + 0.003 - sheet.x, 0.001) * 0.3, "#3b5f9a")
    sheet.lay(sheet.bar(x - 0.0135, foot - 0.15, x + 0.0135, foot - 0.145), "#37456f")
    sheet.lay(sheet.bar(x - 0.007, foot - 0.165, x + 0.007, foot - 0.15), "#ffe08a")
    sheet.lay(
        sheet.edge(np.abs(sheet.x - x) * 0.9 - (sheet.y - foot + 0.18))
        * sheet.bar(0, foot - 0.18, 1, foot - 0.165),
        "#e8575a",
    )
    rock = foot + 0.012 - 0.026 * np.exp(-(((sheet.x - x) / 0.05) ** 2) * 2) - 0.004 * np.sin(sheet.x * 220)
    sheet.lay(sheet.edge(rock - sheet.y) * sheet.bar(x - 0.075, 0, x + 0.075, foot + 0.012), "#56688f")


def _railing(sheet: _Sheet, top: float, foot: float) -> None:
    for x in np.arange(-0.02, 0.8, 0.128):
        sheet.lay(sheet.bar(x - 0.0065, top - 0.006, x + 0.0065, foot), "#f5f9ff")
        sheet.lay(sheet.bar(x + 0.0015, top, x + 0.0065, foot), "#b3c6e4")
        sheet.lay(sheet.disc(x, top - 0.009, 0.0095), "#f5f9ff")
    for share in (0.0, 0.36, 0.72):
        y = top + (foot - top) * share
        sheet.lay(sheet.bar(-1, y, 2, y + 0.0095), "#f5f9ff")
        sheet.lay(sheet.bar(-1, y + 0.006, 2, y + 0.0095), "#b3c6e4")


def _paving(sheet: _Sheet, top: float, horizon: float) -> None:
    """Square slabs in perspective towards the horizon."""
    ground = sheet.edge(top - sheet.y)
    depth = 1 / np.maximum(sheet.y - horizon, 0.05)
    u, v = (sheet.x - 0.375) * depth * 1.15, depth * 1.25
    tile = (np.floor(u) + np.floor(v)) % 2
    sheet.lay(ground, "#f3dfc0")
    sheet.lay(ground * tile, "#ead0a8")
    width = 0.0022 * depth
    line = np.maximum(
        sheet.edge(np.abs(u - np.round(u)) - width, 0.006),
        sheet.edge(np.abs(v - np.round(v)) - width * 2.2, 0.01),
    )
    sheet.lay(ground * line * 0.8, "#d4b48a")
    sheet.lay(sheet.bar(-1, top, 2, top + 0.012), "#fff3da")
    sheet.lay(sheet.bar(-1, top + 0.012, 2, top + 0.024), "#cfae86")


def promenade(camera: Camera) -> Floats:
    """Sky, clouds, sea, railing and paving (display values 0..1, (h, w, 3))."""
    sheet = _Sheet(camera.width, camera.height)
    high = np.clip(sheet.y / 0.58, 0, 1)[..., None]
    sheet.colour += _display("#2f8fe0") * (1 - high) + _display("#c9ecfb") * high
    _cloud(sheet, 0.62, 0.53, 0.36, 3)
    _cloud(sheet, 0.08, 0.55, 0.24, 8)
    for x, y, size in ((0.13, 0.2, 0.022), (0.19, 0.165, 0.015), (0.09, 0.13, 0.012)):
        _gull(sheet, x, y, size)
    _sea(sheet, 0.56, 0.74)
    _lighthouse(sheet, 0.655, 0.585)
    _railing(sheet, 0.655, 0.79)
    _paving(sheet, 0.785, 0.5)
    return sheet.colour
