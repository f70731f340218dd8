"""Light on what the tracer saw: ambient occlusion, soft shadow, and the shading of skin, cloth, hair and
clay.

Occlusion and shadow march through the depth picture as a height field, which is right for a figure seen
from the front. Albedo and light are linear; `develop` makes display values.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from templates_app.characters.compiled import Floats, compiled
from templates_app.characters.solids import unit
from templates_app.characters.tracer import Camera, Seen


@dataclass(frozen=True)
class Coat:
    """How a surface answers light, per pixel ((n, 3) or (n,)): colour, gloss, and what makes it skin or
    cloth.

    albedo: linear RGB. shine: strength of the highlight; gloss: its Phong exponent. flesh: light bleeding
    through, 0 to 1. fuzz: bright rim of fibres. glow: emitted linear RGB. height: relief in metres for bump
    mapping. strand: direction of hair, zero for none.
    flat: how far a drawn style ignores how the surface turns.
    """

    albedo: Floats
    shine: Floats
    gloss: Floats
    flesh: Floats
    fuzz: Floats
    glow: Floats
    height: Floats
    strand: Floats
    flat: Floats

    @classmethod
    def blank(cls, count: int) -> "Coat":
        """A matt black coat for `count` pixels."""
        shine, gloss, flesh, fuzz, height, flat = (np.zeros(count) for _ in range(6))
        albedo, glow, strand = (np.zeros((count, 3)) for _ in range(3))
        return cls(albedo, shine, gloss + 20.0, flesh, fuzz, glow, height, strand, flat)


@dataclass(frozen=True)
class Lamp:
    """A studio: the key light's direction and colour, and what comes from above, below, and behind."""

    key: tuple[float, float, float] = (-0.55, 0.75, 0.85)
    key_colour: tuple[float, float, float] = (2.5, 2.32, 2.1)
    sky_colour: tuple[float, float, float] = (0.72, 0.78, 0.92)
    ground_colour: tuple[float, float, float] = (0.42, 0.36, 0.31)
    rim: tuple[float, float, float] = (0.85, 0.45, -0.5)
    rim_colour: tuple[float, float, float] = (1.1, 1.15, 1.3)
    spread: float = 0.22


@compiled
def _dither(x: int, y: int) -> float:
    value = 52.9829189 * ((0.06711056 * x + 0.00583715 * y) % 1.0)
    return value % 1.0


@compiled
def _occlude(
    height: Floats,
    position: Floats,
    normal: Floats,
    mask: npt.NDArray[np.bool_],
    scale: float,
    eye_z: float,
    reach: float,
    out: Floats,
) -> None:
    rows, columns = mask.shape
    for y in range(rows):
        for x in range(columns):
            if not mask[y, x]:
                continue
            nx, ny, nz = normal[y, x, 0], normal[y, x, 1], normal[y, x, 2]
            pz = position[y, x, 2]
            zoom = scale * eye_z / (eye_z - pz)
            turn = _dither(x, y) * 6.2832
            blocked, total = 0.0, 0.0
            for k in range(24):
                angle = turn + k * 2.39996
                up = 1.0 - (k + 0.5) / 24.0
                flat = np.sqrt(1.0 - up * up)
                far = reach * (0.12 + 0.88 * ((k * 0.618 + _dither(y, x)) % 1.0) ** 1.5)
                dx, dy, dz = flat * np.cos(angle), flat * np.sin(angle), up
                # Reflecting z onto the normal carries the hemisphere over.
                hx, hy, hz = nx, ny, nz + 1.0
                size = hx * hx + hy * hy + hz * hz + 1e-9
                dot = 2.0 * (dx * hx + dy * hy + dz * hz) / size
                dx, dy, dz = hx * dot - dx, hy * dot - dy, hz * dot - dz
                sx, sy = int(x + dx * far * zoom + 0.5), int(y - dy * far * zoom + 0.5)
                total += up
                if sx < 0 or sy < 0 or sx >= columns or sy >= rows:
                    continue
                over = height[sy, sx] - (pz + dz * far)
                if over > 0.0025 and over < 2.2 * reach:
                    blocked += up
            out[y, x] = 1.0 - blocked / total


@compiled
def _shadow(
    height: Floats,
    position: Floats,
    normal: Floats,
    mask: npt.NDArray[np.bool_],
    scale: float,
    eye_z: float,
    light: Floats,
    spread: float,
    out: Floats,
) -> None:
    rows, columns = mask.shape
    for y in range(rows):
        for x in range(columns):
            if not mask[y, x]:
                continue
            lit = 0.0
            bias = 0.004
            pz = position[y, x, 2] + normal[y, x, 2] * bias
            zoom = scale * eye_z / (eye_z - pz)
            turn = _dither(x, y) * 6.2832
            for k in range(10):
                radius = spread * np.sqrt((k + 0.5) / 10.0)
                lx = light[0] + radius * np.cos(turn + k * 2.39996)
                ly = light[1] + radius * np.sin(turn + k * 2.39996)
                lz = light[2]
                t = 0.004 + 0.006 * _dither(y + k, x)
                hidden = 0.0
                for _ in range(26):
                    sx, sy = int(x + lx * t * zoom + 0.5), int(y - ly * t * zoom + 0.5)
                    if sx < 0 or sy < 0 or sx >= columns or sy >= rows:
                        break
                    over = height[sy, sx] - (pz + lz * t)
                    if over > 0.002 and over < 0.16:
                        hidden = 1.0
                        break
                    t *= 1.22
                    if t > 0.55:
                        break
                lit += 1.0 - hidden
            out[y, x] = lit / 10.0


def _smoothed(values: Floats, mask: npt.NDArray[np.bool_], size: int) -> Floats:
    weight = mask.astype(np.float64)
    total = cv2.blur(values * weight, (size, size)) / np.maximum(cv2.blur(weight, (size, size)), 1e-6)
    return np.asarray(total, dtype=np.float64)


@dataclass(frozen=True)
class Shade:
    """Per pixel: how open to the surroundings (small and large scale) and how lit by the key lamp, 0 to 1."""

    near: Floats
    far: Floats
    key: Floats


def shade(seen: Seen, camera: Camera, lamp: Lamp) -> Shade:
    """Occlusion and soft shadow of everything seen."""
    mask = seen.solid >= 0
    height = np.where(mask, seen.position[..., 2], -9.0)
    out = [np.ones(mask.shape) for _ in range(3)]
    for target, reach in zip(out[:2], (0.045, 0.2), strict=True):
        _occlude(height, seen.position, seen.normal, mask, camera.metre, camera.eye_z, reach, target)
    _shadow(
        height,
        seen.position,
        seen.normal,
        mask,
        camera.metre,
        camera.eye_z,
        unit(lamp.key),
        lamp.spread,
        out[2],
    )
    size = max(3, camera.height // 340) | 1
    return Shade(*(np.clip(_smoothed(value, mask, size), 0, 1) for value in out))


def bumped(seen: Seen, height: Floats, camera: Camera) -> Floats:
    """Normals ((h, w, 3)) tilted by a relief (metres, (h, w)), except where the depth jumps."""
    pixel = 1.0 / camera.metre
    gx = cv2.Sobel(height, cv2.CV_64F, 1, 0, ksize=3) / (8 * pixel)
    gy = -cv2.Sobel(height, cv2.CV_64F, 0, 1, ksize=3) / (8 * pixel)
    edge = (
        cv2.morphologyEx(
            seen.position[..., 2] * (seen.solid >= 0), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)
        )
        > 0.02
    )
    gx, gy = (np.where(edge, 0.0, np.clip(g, -1.6, 1.6)).astype(np.float64) for g in (gx, gy))
    n = seen.normal.copy()
    along = n[..., 0] * gx + n[..., 1] * gy
    n[..., 0] -= gx - n[..., 0] * along
    n[..., 1] -= gy - n[..., 1] * along
    n[..., 2] += n[..., 2] * along
    return np.asarray(n / np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-9))


def illuminate(coat: Coat, normal: Floats, view: Floats, shade: Shade, lamp: Lamp) -> Floats:
    """Linear light ((n, 3)) leaving surfaces of `coat`; normal and view ((n, 3)) are unit vectors."""
    key = unit(lamp.key)
    facing = normal @ key
    open_ = np.minimum(shade.near, 0.35 + 0.65 * shade.near) * (0.25 + 0.75 * shade.far)
    wrap = coat.flesh[:, None] * np.array([0.42, 0.16, 0.1])
    direct = np.clip((facing[:, None] + wrap) / (1 + wrap) ** 1.6, 0, None)
    shadow = shade.key[:, None] ** (1 - coat.flesh[:, None] * np.array([0.45, 0.1, 0.0]))
    up = 0.5 + 0.5 * normal[:, 1:2]
    ambient = np.array(lamp.sky_colour) * up + np.array(lamp.ground_colour) * (1 - up)
    bounce = open_[:, None] ** (1 - coat.flesh[:, None] * np.array([0.35, 0.05, 0.0]))
    light = direct * shadow * np.array(lamp.key_colour) / 1.6 + ambient * bounce * 0.62
    colour = coat.albedo * light
    fresnel = (1 - np.clip((normal * view).sum(axis=1), 0, 1)) ** 3
    rim = np.clip(normal @ unit(lamp.rim), 0, 1) * fresnel * shade.far
    colour += rim[:, None] * np.array(lamp.rim_colour) * (0.25 + 0.75 * coat.albedo) * 0.8
    colour += (coat.fuzz * fresnel * open_)[:, None] * (0.35 + 0.65 * coat.albedo) * ambient
    return np.asarray(colour + _highlights(coat, normal, view, shade, lamp, open_) + coat.glow)


def _highlights(coat: Coat, normal: Floats, view: Floats, shade: Shade, lamp: Lamp, open_: Floats) -> Floats:
    half = view + unit(lamp.key)
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    smooth = np.clip((normal * half).sum(axis=1), 0, 1) ** coat.gloss
    # Kajiya and Kay, SIGGRAPH 1989: hair shines across its strands.
    tangent = (coat.strand * half).sum(axis=1)
    across = np.sqrt(np.clip(1 - tangent**2, 0, 1)) ** coat.gloss * np.clip(
        (normal * half).sum(axis=1) * 1.5, 0, 1
    )
    is_hair = (coat.strand**2).sum(axis=1) > 0.01
    lobe = np.where(is_hair, across, smooth * (coat.gloss + 8) / 60)
    tint = np.where(is_hair[:, None], 0.4 + 1.8 * coat.albedo, 1.0)
    sheen = coat.shine * (lobe * shade.key + np.where(is_hair, 0.0, 0.06) * open_)
    return np.asarray(sheen[:, None] * tint * np.array(lamp.key_colour) / 2.2)


def develop(linear: Floats, exposure: float = 1.0) -> Floats:
    """Linear light to display values 0..1, by Narkowicz, "ACES filmic tone mapping curve" (2015)."""
    x = np.maximum(linear, 0) * exposure * 0.6
    film = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1)
    return np.asarray(film ** (1 / 2.2))


def linear(colour: str) -> Floats:
    """A web colour like "#e8b59a" as linear RGB."""
    display = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.asarray(display**2.2, dtype=np.float64)
