"""Backgrounds: floor and back wall as the camera sees them, and the shadow of a figure on them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from templates_app.characters.compiled import Floats, fractal
from templates_app.characters.figure import Figure, Render, composed, finer, render
from templates_app.characters.light import Lamp, develop, linear
from templates_app.characters.solids import unit
from templates_app.characters.tracer import Camera


@dataclass(frozen=True)
class Ground:
    """Where each pixel's ray meets the room: world points ((h, w, 3)) and whether that is the floor."""

    position: Floats
    is_floor: npt.NDArray[np.bool_]


def ground(camera: Camera, wall_z: float) -> Ground:
    """The floor y = 0 as far as the wall z = `wall_z`, and the wall above it."""
    rays = camera.rays()
    down = np.minimum(rays[..., 1], -1e-6)
    floor_t, wall_t = camera.eye_y / -down, camera.eye_z - wall_z
    is_floor = (floor_t < wall_t) & (rays[..., 1] < 0)
    t = np.where(is_floor, floor_t, wall_t)[..., None]
    return Ground(np.array([0, camera.eye_y, camera.eye_z]) + rays * t, is_floor)


def thrown_shadow(
    thing: Render, camera: Camera, wall_z: float, light: Sequence[float], softness: float
) -> Floats:
    """Darkness (0..1, (h, w)) that a figure throws on floor and wall, softer with distance."""
    way = unit(light)
    points = thing.seen.position[thing.seen.solid >= 0][::2]
    on_floor = points - way * (points[:, 1:2] / way[1])
    behind = on_floor[:, 2] < wall_z
    on_wall = points - way * ((points[:, 2:3] - wall_z) / way[2])
    landed = camera.project(np.where(behind[:, None], on_wall, on_floor))
    through = np.where(behind, (points[:, 2] - wall_z) / way[2], points[:, 1] / way[1])
    clear = np.ones((camera.height, camera.width))
    edges = (-1.0, 0.06, 0.2, 0.5, 0.95, 1.5, 9.0)
    for low, high in itertools.pairwise(edges):
        chosen = landed[(through > low) & (through <= high)].astype(int)
        chosen = chosen[(chosen >= 0).all(axis=1) & (chosen < (camera.width, camera.height)).all(axis=1)]
        mask = np.zeros(clear.shape, np.uint8)
        mask[chosen[:, 1], chosen[:, 0]] = 255
        closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
        sigma = (0.008 + softness * max((low + min(high, 2.0)) / 2, 0.02)) * camera.metre
        clear *= 1 - cv2.GaussianBlur(closed.astype(np.float64) / 255, (0, 0), sigma)
    return np.asarray(1 - clear, dtype=np.float64)


def planks(p: Floats, light: str, dark: str, *, width: float = 0.14, length: float = 1.1) -> Floats:
    """Wooden boards running towards the camera: linear RGB for floor points ((n, 3))."""
    board = np.floor(p[:, 0] / width)
    shifted = p[:, 2] + 0.37 * length * (board % 3)
    piece = board * 17 + np.floor(shifted / length)
    tone = fractal(np.stack([piece * 0.73, piece * 0.31, piece * 0], axis=1), scale=1.7, octaves=1, seed=5)
    grain = fractal(np.stack([p[:, 0] + piece, p[:, 2] * 0.06, piece], axis=1), scale=60, octaves=4, seed=6)
    rings = fractal(
        np.stack([p[:, 0] + piece * 3, p[:, 2] * 0.14, piece], axis=1), scale=16, octaves=2, seed=7
    )
    share = np.clip(0.55 + 0.32 * tone + 0.3 * grain + 0.25 * rings, 0, 1)
    gap = np.exp(-((((p[:, 0] / width) % 1 - 0.5) ** 2 - 0.25) ** 2) / 0.00008)
    butt = np.exp(-((((shifted / length) % 1 - 0.5) ** 2 - 0.25) ** 2) / 0.0000045)
    wood = linear(dark) + (linear(light) - linear(dark)) * share[:, None]
    return np.asarray(wood * (1 - 0.5 * np.maximum(gap, butt))[:, None])


def with_props(
    background: Floats, props: Figure, camera: Camera, lamp: Lamp, shade: float, wall_z: float
) -> Floats:
    """Stand things into a room (linear light, (h, w, 3)) with their shadows, not oversampled."""
    thing = render(props, camera, lamp)
    dark = thrown_shadow(thing, camera, wall_z, (-0.5, 1.0, 0.55), 0.05)
    mask = (thing.seen.solid >= 0)[..., None]
    return np.where(mask, thing.light, background * (1 - shade * dark[..., None]))


def focus_blur(picture: Floats, pixels: float) -> Floats:
    """The picture out of focus by a disc of `pixels` radius."""
    size = int(np.ceil(pixels)) * 2 + 1
    y, x = np.mgrid[:size, :size] - size // 2
    disc = np.clip(pixels + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(cv2.filter2D(picture, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT))


def finished(picture: Floats, *, grain: float = 0.005, vignette: float = 0.16) -> npt.NDArray[np.uint8]:
    """Display values (0..1) with the lens's falloff and a film's grain, as 8-bit RGB."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width]
    far = ((x / width - 0.5) ** 2 + ((y / height - 0.5) * 0.9) ** 2) / 0.5
    raw = np.random.default_rng(7).normal(0, grain, (height, width))
    noise = cv2.GaussianBlur(raw, (0, 0), 0.6)[..., None] * 1.6
    out = picture * (1 - vignette * far[..., None]) + noise
    return np.asarray(np.clip(np.round(out * 255), 0, 255), dtype=np.uint8)


def photograph(
    figure: Figure, room: Floats, camera: Camera, lamp: Lamp, wall_z: float
) -> npt.NDArray[np.uint8]:
    """A figure standing in a room (linear light, (h, w, 3)), as 8-bit RGB."""
    front = render(figure, finer(camera), lamp)
    dark = thrown_shadow(front, camera, wall_z, (-0.3, 1.0, 0.4), 0.04)
    contact = contact_shadow(front, camera)
    back = room * (1 - 0.85 * dark[..., None]) * (1 - 0.6 * contact[..., None])
    return finished(composed(develop(front.light), front.seen.solid >= 0, develop(back)))


def contact_shadow(thing: Render, camera: Camera) -> Floats:
    """Darkness (0..1, (h, w)) close around whatever touches the floor."""
    low = thing.seen.position[(thing.seen.solid >= 0) & (thing.seen.position[..., 1] < 0.045)]
    mask = np.zeros((camera.height, camera.width), np.uint8)
    spot = camera.project(low * np.array([1.0, 0.0, 1.0]) + np.array([0, 0, -0.035])).astype(int)
    spot = spot[(spot >= 0).all(axis=1) & (spot < (camera.width, camera.height)).all(axis=1)]
    mask[spot[:, 1], spot[:, 0]] = 255
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float64) / 255, (0, 0), 0.016 * camera.metre))
