"""Solids from which a figure is built: rounded limbs, cut cones, balls, blocks and rings, in metres.

World axes: x to the viewer's right, y up from the floor, z towards the camera. Distances follow the closed
forms of Inigo Quilez, "Distance functions" (iquilezles.org, 2008-2023); solids of one group melt into each
other by his polynomial smooth minimum.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np

from templates_app.characters.compiled import Floats

Vector = Sequence[float] | Floats


class Shape(IntEnum):
    """What a solid's sizes mean."""

    LIMB = 0
    BALL = 1
    CONE = 2
    BLOCK = 3
    RING = 4


class Blend(IntEnum):
    """How a solid joins what its group has so far."""

    ADD = 0
    CUT = 1


@dataclass(frozen=True)
class Solid:
    """One solid in its own frame.

    origin ((3,)): world position of the frame. axes ((3, 3)): its rows are the local x, y and z directions.
    sizes: by shape. squash: local z is this much flatter than local x. soft: blend radius within the group.
    ends ((2, 3)) and radius: a swept ball that holds the solid. ways ((2, 3)): direction of a strand at
    this part's two ends; start: its length before this part; strand: a number that the parts of one strand
    share.
    """

    shape: Shape
    origin: Floats
    axes: Floats
    sizes: tuple[float, float, float, float]
    material: str
    group: str
    soft: float = 0.0
    squash: float = 1.0
    blend: Blend = Blend.ADD
    ends: Floats = field(default_factory=lambda: np.zeros((2, 3)))
    radius: float = 0.0
    ways: Floats = field(default_factory=lambda: np.zeros((2, 3)))
    start: float = 0.0
    strand: int = 0


@dataclass(frozen=True)
class Crease:
    """Parallel folds pressed into one group: where, which way across, how far, how many, how deep."""

    group: str
    centre: Vector
    across: Vector
    spread: float
    per_metre: float
    depth: float


def vec(x: float, y: float, z: float) -> Floats:
    """A point or direction from its three parts."""
    return np.array([x, y, z], dtype=np.float64)


def unit(vector: Vector) -> Floats:
    """The vector at length one."""
    array = np.asarray(vector, dtype=np.float64)
    return np.asarray(array / np.linalg.norm(array), dtype=np.float64)


def frame(along: Vector, flat: Vector = (0.0, 0.0, 1.0)) -> Floats:
    """Axes whose local y runs `along` and whose local z is as near to `flat` as it can be."""
    y = unit(along)
    z = np.asarray(flat, dtype=np.float64)
    z = z - y * float(z @ y)
    if float(np.linalg.norm(z)) < 1e-6:
        z = np.eye(3)[int(np.argmin(np.abs(y)))]
        z = z - y * float(z @ y)
    z = unit(z)
    return np.stack([np.cross(y, z), y, z])


@dataclass(frozen=True)
class Clay:
    """Makes solids of one group, material and softness."""

    group: str
    material: str
    soft: float = 0.0

    def __call__(self, material: str | None = None, soft: float | None = None) -> "Clay":
        """The same group with another material or softness."""
        return replace(self, material=material or self.material, soft=self.soft if soft is None else soft)

    def _span(
        self,
        shape: Shape,
        start: Vector,
        end: Vector,
        sizes: tuple[float, float, float],
        squash: float,
        flat: Vector,
        blend: Blend,
    ) -> Solid:
        a, b = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
        height = float(np.linalg.norm(b - a))
        return Solid(
            shape,
            a,
            frame(b - a, flat),
            (height, *sizes),
            self.material,
            self.group,
            self.soft,
            squash,
            blend,
            np.stack([a, b]),
            max(sizes[0], sizes[1]) + sizes[2],
        )

    def limb(
        self,
        start: Vector,
        end: Vector,
        first: float,
        last: float | None = None,
        *,
        squash: float = 1.0,
        flat: Vector = (0.0, 0.0, 1.0),
        blend: Blend = Blend.ADD,
    ) -> Solid:
        """A rod with round ends of two radii."""
        sizes = (first, first if last is None else last, 0.0)
        return self._span(Shape.LIMB, start, end, sizes, squash, flat, blend)

    def cone(
        self,
        start: Vector,
        end: Vector,
        first: float,
        last: float,
        *,
        rounding: float = 0.006,
        squash: float = 1.0,
        flat: Vector = (0.0, 0.0, 1.0),
        blend: Blend = Blend.ADD,
    ) -> Solid:
        """A cone cut flat at both ends, its edges rounded."""
        return self._span(
            Shape.CONE, start, end, (first - rounding, last - rounding, rounding), squash, flat, blend
        )

    def ball(
        self,
        centre: Vector,
        radii: Vector | float,
        *,
        along: Vector = (0.0, 1.0, 0.0),
        flat: Vector = (0.0, 0.0, 1.0),
        blend: Blend = Blend.ADD,
    ) -> Solid:
        """An ellipsoid; `radii` lie along the local x, y (`along`) and z (`flat`)."""
        r = np.full(3, radii) if isinstance(radii, float | int) else np.asarray(radii, dtype=np.float64)
        c = np.asarray(centre, dtype=np.float64)
        return Solid(
            Shape.BALL,
            c,
            frame(along, flat),
            (float(r[0]), float(r[1]), float(r[2]), 0.0),
            self.material,
            self.group,
            self.soft,
            1.0,
            blend,
            np.stack([c, c]),
            float(r.max()),
        )

    def block(
        self,
        centre: Vector,
        half: Vector,
        *,
        rounding: float = 0.004,
        along: Vector = (0.0, 1.0, 0.0),
        flat: Vector = (0.0, 0.0, 1.0),
        blend: Blend = Blend.ADD,
    ) -> Solid:
        """A box of half sizes along local x, y and z, its edges rounded."""
        c, h = np.asarray(centre, dtype=np.float64), np.asarray(half, dtype=np.float64)
        return Solid(
            Shape.BLOCK,
            c,
            frame(along, flat),
            (float(h[0]), float(h[1]), float(h[2]), rounding),
            self.material,
            self.group,
            self.soft,
            1.0,
            blend,
            np.stack([c, c]),
            float(np.linalg.norm(h)),
        )

    def ring(
        self,
        centre: Vector,
        major: float,
        minor: float,
        *,
        along: Vector = (0.0, 1.0, 0.0),
        squash: float = 1.0,
        flat: Vector = (0.0, 0.0, 1.0),
    ) -> Solid:
        """A torus around `along`."""
        c = np.asarray(centre, dtype=np.float64)
        return Solid(
            Shape.RING,
            c,
            frame(along, flat),
            (major, minor, 0.0, 0.0),
            self.material,
            self.group,
            self.soft,
            squash,
            Blend.ADD,
            np.stack([c, c]),
            major + minor,
        )

    def strand(
        self,
        points: Sequence[Vector],
        radii: Sequence[float],
        *,
        squash: float = 1.0,
        flat: Vector = (0.0, 0.0, 1.0),
        steps: int = 3,
    ) -> list[Solid]:
        """A smooth curve through `points` as a chain of limbs of changing `radii` (hair, cords)."""
        knots = np.asarray([np.asarray(p, dtype=np.float64) for p in points])
        at = np.linspace(0, len(knots) - 1, steps * (len(knots) - 1) + 1)
        curve, thick = catmull_rom(knots, at), np.interp(at, np.arange(len(knots)), np.asarray(radii))
        ways = np.gradient(curve, axis=0)
        ways /= np.linalg.norm(ways, axis=1, keepdims=True)
        before = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
        number = int(abs(float(knots @ (317.0, 1151.0, 733.0) @ np.arange(1, len(knots) + 1))) * 1000) % 9973
        return [
            replace(
                self.limb(
                    curve[i], curve[i + 1], float(thick[i]), float(thick[i + 1]), squash=squash, flat=flat
                ),
                ways=ways[i : i + 2],
                start=float(before[i]),
                strand=number,
            )
            for i in range(len(at) - 1)
        ]


def catmull_rom(knots: Floats, at: Floats) -> Floats:
    """Points on the Catmull-Rom curve through `knots` ((n, dims)) at parameters `at` (0 to n - 1)."""
    padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    index = np.clip(at.astype(int), 0, len(knots) - 2)
    t = (at - index)[:, None]
    p0, p1, p2, p3 = (padded[index + shift] for shift in range(4))
    curve = 2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * (p1 - p2) + p3 - p0) * t**3
    return np.asarray(curve / 2, dtype=np.float64)
