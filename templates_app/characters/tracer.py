"""Sphere tracing: what the camera sees of a list of solids, as depth, normals and surface coordinates.

Method: Hart, "Sphere tracing", The Visual Computer 12 (1996); per tile of the picture only the solids that
can touch it are visited.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from templates_app.characters.compiled import Floats, compiled, noise_at
from templates_app.characters.solids import Crease, Solid

TILE = 16


@dataclass(frozen=True)
class Camera:
    """A pinhole camera looking straight back along -z, shifted so that verticals stay vertical.

    size (width, height) in pixels; eye: height above the floor and distance from z = 0, in metres; metre:
    pixels per metre at z = 0; floor: the picture row of the point under the figure.
    """

    width: int
    height: int
    eye_y: float = 1.3
    eye_z: float = 5.2
    metre: float = 455.0
    floor: float = 940.0

    def project(self, points: Floats) -> Floats:
        """World points ((..., 3)) to pixels ((..., 2)), x right and y down, pixel centres at .5."""
        scale = self.metre * self.eye_z / (self.eye_z - points[..., 2])
        x = self.width / 2 + scale * points[..., 0]
        y = self.floor - self.metre * self.eye_y + scale * (self.eye_y - points[..., 1])
        return np.stack([x, y], axis=-1)

    def rays(self) -> Floats:
        """Direction through every pixel's centre ((height, width, 3)), with z = -1."""
        x = (np.arange(self.width) + 0.5 - self.width / 2) / (self.metre * self.eye_z)
        y = (np.arange(self.height) + 0.5 - self.floor + self.metre * self.eye_y) / (self.metre * self.eye_z)
        out = np.empty((self.height, self.width, 3))
        out[..., 0], out[..., 1], out[..., 2] = x[None, :], -y[:, None], -1.0
        return out


@dataclass(frozen=True)
class Seen:
    """What the camera saw: for each pixel, the surface hit first.

    solid (int32, (h, w)): index of the solid, -1 for none. position, normal (float64, (h, w, 3)): world.
    local (float64, (h, w, 3)): the hit in the solid's own frame, metres from its origin.
    """

    solid: npt.NDArray[np.int32]
    position: Floats
    normal: Floats
    local: Floats


@compiled
def _shape_distance(s: Floats, x: float, y: float, z: float) -> float:
    kind = int(s[0])
    if kind == 1:
        a, b, c = x / s[4], y / s[5], z / s[6]
        k0 = np.sqrt(a * a + b * b + c * c)
        a, b, c = a / s[4], b / s[5], c / s[6]
        k1 = np.sqrt(a * a + b * b + c * c)
        return float(k0 * (k0 - 1.0) / max(k1, 1e-9))
    if kind == 3:
        r = s[7]
        a, b, c = abs(x) - s[4] + r, abs(y) - s[5] + r, abs(z) - s[6] + r
        outside = np.sqrt(max(a, 0.0) ** 2 + max(b, 0.0) ** 2 + max(c, 0.0) ** 2)
        return float(outside + min(max(a, max(b, c)), 0.0) - r)
    z = z / s[8]
    q = np.sqrt(x * x + z * z)
    flat = min(1.0, s[8])
    if kind == 4:
        a = q - s[4]
        return float((np.sqrt(a * a + y * y) - s[5]) * flat)
    h, r1, r2 = s[4], s[5], s[6]
    if kind == 0:
        b = (r1 - r2) / h
        if abs(b) > 0.999:
            b = 0.999 if b > 0 else -0.999
        a = np.sqrt(1.0 - b * b)
        k = -b * q + a * y
        if k < 0.0:
            return float((np.sqrt(q * q + y * y) - r1) * flat)
        if k > a * h:
            return float((np.sqrt(q * q + (y - h) * (y - h)) - r2) * flat)
        return float((q * a + y * b - r1) * flat)
    half = 0.5 * h
    v = y - half
    ax = q - min(q, r1 if v < 0.0 else r2)
    ay = abs(v) - half
    k1x, k1y, k2x, k2y = r2, half, r2 - r1, h
    t = ((k1x - q) * k2x + (k1y - v) * k2y) / (k2x * k2x + k2y * k2y)
    t = min(max(t, 0.0), 1.0)
    bx, by = q - k1x + k2x * t, v - k1y + k2y * t
    sign = -1.0 if (bx < 0.0 and ay < 0.0) else 1.0
    return float((sign * np.sqrt(min(ax * ax + ay * ay, bx * bx + by * by)) - s[7]) * flat)


@compiled
def _solid_distance(s: Floats, px: float, py: float, pz: float) -> float:
    dx, dy, dz = px - s[9], py - s[10], pz - s[11]
    x = s[12] * dx + s[13] * dy + s[14] * dz
    y = s[15] * dx + s[16] * dy + s[17] * dz
    z = s[18] * dx + s[19] * dy + s[20] * dz
    return _shape_distance(s, x, y, z)


@compiled
def _press(creases: Floats, group: float, x: float, y: float, z: float) -> float:
    depth = 0.0
    for j in range(creases.shape[0]):
        c = creases[j]
        if c[0] != group:
            continue
        dx, dy, dz = x - c[1], y - c[2], z - c[3]
        far = (dx * dx + dy * dy + dz * dz) / (c[7] * c[7])
        if far > 6.0:
            continue
        u = dx * c[4] + dy * c[5] + dz * c[6]
        rx, ry, rz = dx - u * c[4], dy - u * c[5], dz - u * c[6]
        bend = c[8] * 0.35
        wander = noise_at(x * bend, y * bend, z * bend, 11 + j)
        u = u * c[8] + 0.9 * wander
        slow = c[8] * 0.17
        value = noise_at(u + 40.0, rx * slow * 1.3 + ry * slow, rz * slow - ry * slow * 0.4, 7 * j)
        ridge = np.exp(-7.0 * value * value)
        depth += c[9] * np.exp(-far) * (0.45 - ridge)
    return depth


@compiled
def _scene(
    solids: Floats, creases: Floats, near: npt.NDArray[np.int32], count: int, x: float, y: float, z: float
) -> tuple[float, int]:
    best, best_solid = 1e9, -1
    group, inside, inside_solid, closest = -1.0, 1e9, -1, 1e9
    for n in range(count + 1):
        i = near[n] if n < count else -1
        if i < 0 or solids[i, 1] != group:
            if inside_solid >= 0 and inside < best + 0.02:
                if creases.shape[0] > 0 and inside < 0.03:
                    inside += _press(creases, group, x, y, z)
                if inside < best:
                    best, best_solid = inside, inside_solid
            if i < 0:
                break
            group, inside, inside_solid, closest = solids[i, 1], 1e9, -1, 1e9
        s = solids[i]
        d = _solid_distance(s, x, y, z)
        soft = s[3]
        if s[2] == 0.0:
            if d < closest:
                closest, inside_solid = d, i
            if soft > 0.0 and inside < 1e8:
                h = max(soft - abs(inside - d), 0.0) / soft
                inside = min(inside, d) - h * h * soft * 0.25
            else:
                inside = min(inside, d)
        else:
            d = -d
            if soft > 0.0:
                h = max(soft - abs(inside - d), 0.0) / soft
                inside = max(inside, d) + h * h * soft * 0.25
            else:
                inside = max(inside, d)
    return best, best_solid


@compiled
def _trace_tile(
    solids: Floats,
    creases: Floats,
    near: npt.NDArray[np.int32],
    count: int,
    x0: int,
    y0: int,
    x1: int,
    y1: int,
    rays: Floats,
    eye_y: float,
    eye_z: float,
    z_near: float,
    z_far: float,
    hit: npt.NDArray[np.int32],
    position: Floats,
    normal: Floats,
    local: Floats,
) -> None:
    eps = 0.0007
    for row in range(y0, y1):
        for column in range(x0, x1):
            rx, ry = rays[row, column, 0], rays[row, column, 1]
            length = np.sqrt(rx * rx + ry * ry + 1.0)
            t = eye_z - z_near
            found = -1
            px, py, pz = 0.0, 0.0, 0.0
            for _ in range(90):
                px, py, pz = rx * t, eye_y + ry * t, eye_z - t
                d, which = _scene(solids, creases, near, count, px, py, pz)
                if d < 0.0004:
                    found = which
                    break
                t += d * 0.85 / length
                if eye_z - t < z_far:
                    break
            if found < 0:
                continue
            hit[row, column] = found
            position[row, column, 0], position[row, column, 1], position[row, column, 2] = px, py, pz
            nx, ny, nz = 0.0, 0.0, 0.0
            for corner in range(4):
                ex = 1.0 if corner in (0, 3) else -1.0
                ey = 1.0 if corner in (2, 3) else -1.0
                ez = 1.0 if corner in (1, 3) else -1.0
                d, which = _scene(solids, creases, near, count, px + ex * eps, py + ey * eps, pz + ez * eps)
                nx, ny, nz = nx + ex * d, ny + ey * d, nz + ez * d
            size = max(np.sqrt(nx * nx + ny * ny + nz * nz), 1e-12)
            normal[row, column, 0], normal[row, column, 1], normal[row, column, 2] = (
                nx / size,
                ny / size,
                nz / size,
            )
            s = solids[found]
            dx, dy, dz = px - s[9], py - s[10], pz - s[11]
            for axis in range(3):
                k = 12 + 3 * axis
                local[row, column, axis] = s[k] * dx + s[k + 1] * dy + s[k + 2] * dz


def _packed(solids: Sequence[Solid], groups: dict[str, int]) -> Floats:
    rows = np.zeros((len(solids), 21))
    for row, s in zip(rows, solids, strict=True):
        row[:4] = s.shape, groups[s.group], s.blend, s.soft
        row[4:8], row[8], row[9:12], row[12:21] = s.sizes, s.squash, s.origin, s.axes.ravel()
    return rows


def _packed_creases(creases: Sequence[Crease], groups: dict[str, int]) -> Floats:
    rows = np.zeros((len(creases), 10))
    for row, crease in zip(rows, creases, strict=True):
        across = np.asarray(crease.across, dtype=np.float64)
        row[0], row[1:4], row[4:7] = groups[crease.group], crease.centre, across / np.linalg.norm(across)
        row[7:10] = crease.spread, crease.per_metre, crease.depth
    return rows


def _tiles(
    solids: Sequence[Solid], camera: Camera
) -> list[tuple[int, int, npt.NDArray[np.int32], float, float]]:
    """Tiles that some solid may touch: left, top, the solids, and the depth range to search."""
    ends = camera.project(np.stack([s.ends for s in solids]))
    depth = np.stack([s.ends[:, 2] for s in solids])
    reach = np.array([s.radius + s.soft * 0.6 + 0.012 for s in solids])
    pixels = reach * camera.metre * 1.25 * camera.eye_z / (camera.eye_z - depth.max(axis=1)) + TILE * 0.75
    left, top = np.meshgrid(np.arange(0, camera.width, TILE), np.arange(0, camera.height, TILE))
    centres = np.stack([left.ravel() + TILE / 2, top.ravel() + TILE / 2], axis=-1)
    axis = ends[:, 1] - ends[:, 0]
    span = np.maximum((axis**2).sum(axis=1), 1e-9)
    t = np.clip(((centres[:, None] - ends[None, :, 0]) * axis).sum(axis=-1) / span, 0, 1)
    gap = np.linalg.norm(centres[:, None] - ends[None, :, 0] - t[..., None] * axis, axis=-1)
    touched = gap < pixels
    out = []
    for tile in np.flatnonzero(touched.any(axis=1)):
        near = np.flatnonzero(touched[tile]).astype(np.int32)
        z_near = float((depth[near].max(axis=1) + reach[near]).max())
        z_far = float((depth[near].min(axis=1) - reach[near]).min())
        out.append((int(left.ravel()[tile]), int(top.ravel()[tile]), near, z_near, z_far))
    return out


def trace(solids: Sequence[Solid], creases: Sequence[Crease], camera: Camera) -> Seen:
    """Look at `solids` through `camera`; solids of one group must stand together in the list."""
    groups = {name: number for number, name in enumerate(dict.fromkeys(s.group for s in solids))}
    packed, pressed = _packed(solids, groups), _packed_creases(creases, groups)
    rays = camera.rays()
    shape = (camera.height, camera.width)
    hit = np.full(shape, -1, dtype=np.int32)
    position, normal, local = (np.zeros((*shape, 3)) for _ in range(3))

    def work(tile: tuple[int, int, npt.NDArray[np.int32], float, float]) -> None:
        x, y, near, z_near, z_far = tile
        _trace_tile(
            packed,
            pressed,
            near,
            len(near),
            x,
            y,
            min(x + TILE, camera.width),
            min(y + TILE, camera.height),
            rays,
            camera.eye_y,
            camera.eye_z,
            z_near,
            z_far,
            hit,
            position,
            normal,
            local,
        )

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(work, _tiles(solids, camera), chunksize=8))
    return Seen(hit, position, normal, local)
