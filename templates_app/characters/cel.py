"""Cel shading: a traced figure as a comic drawing, in two flat tones with ink lines."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from templates_app.characters.compiled import Floats
from templates_app.characters.figure import Figure, painted
from templates_app.characters.light import Coat, Lamp, shade
from templates_app.characters.solids import unit
from templates_app.characters.tracer import Camera, Seen, trace


@dataclass(frozen=True)
class Inked:
    """A drawing: display colour (0..1, (h, w, 3)), where it covers ((h, w)), and what was seen."""

    picture: Floats
    cover: npt.NDArray[np.bool_]
    seen: Seen


INK = np.array([0.085, 0.06, 0.14])
_DARK = np.array([0.50, 0.45, 0.66])


def _tones(coat: Coat, normal: Floats, key_light: Floats, near: Floats, lamp: Lamp) -> Floats:
    facing = normal @ unit(lamp.key)
    lit = np.clip(facing * 1.25 + 0.18, 0, 1) * (0.15 + 0.85 * key_light) * np.clip(near * 1.5 - 0.12, 0, 1)
    lit = np.maximum(lit, coat.flat * (0.25 + 0.75 * np.round(key_light)))
    share = np.clip((lit - 0.4) / 0.05, 0, 1)[:, None]
    deep = np.clip((lit - 0.1) / 0.04, 0, 1)[:, None]
    tone = _DARK * (0.8 + 0.2 * deep) * (1 - share) + share
    colour = coat.albedo * tone
    edge = np.clip((1 - np.clip(normal[:, 2], 0, 1) - 0.62) / 0.05, 0, 1)
    rim = edge * (normal @ unit(lamp.rim) > 0.25) * (coat.flat < 0.5)
    colour += (rim * 0.45)[:, None] * (0.35 * coat.albedo + np.array([0.28, 0.36, 0.44]))
    half = unit(np.array(lamp.key) + np.array([0, 0, 1.2]))
    tangent = np.abs((coat.strand @ half) + 0.05 * np.sin(coat.height * 9000))
    gleam = (coat.strand**2).sum(axis=1) > 0.01
    spot = np.where(
        gleam, (tangent < 0.1) & (facing > 0.15), (normal @ half) ** np.maximum(coat.gloss, 1) > 0.6
    )
    return np.asarray(colour + (spot * coat.shine * share[:, 0])[:, None] * (0.25 + coat.albedo))


def _lines(
    seen: Seen, groups: npt.NDArray[np.int32], drawn: npt.NDArray[np.bool_], scale: float
) -> tuple[Floats, Floats]:
    """Ink (0..1) of silhouette and inner lines; `drawn`: where sharp turns of the surface count."""
    mask = seen.solid >= 0
    depth = np.where(mask, seen.position[..., 2], -3.0)
    kernel = np.ones((3, 3), np.uint8)
    group = np.where(mask, groups[np.maximum(seen.solid, 0)], -1).astype(np.float32)
    jump = cv2.morphologyEx(depth, cv2.MORPH_GRADIENT, kernel) > 0.022
    part = cv2.morphologyEx(group, cv2.MORPH_GRADIENT, kernel) > 0
    turn = (
        np.abs(cv2.morphologyEx(seen.normal.astype(np.float32), cv2.MORPH_GRADIENT, kernel)).max(axis=-1)
        > 0.55
    )
    part |= turn & drawn
    outer = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, kernel) > 0

    def thick(line: npt.NDArray[np.bool_], radius: float) -> Floats:
        size = 2 * int(np.ceil(radius)) + 1
        y, x = np.mgrid[:size, :size] - size // 2
        disc = (np.hypot(x, y) <= radius).astype(np.uint8)
        return np.asarray(cv2.dilate(line.astype(np.uint8), disc), dtype=np.float64)

    return thick(outer, 2.0 * scale), thick((jump | part) & mask, 0.9 * scale)


def draw_inked(figure: Figure, camera: Camera, lamp: Lamp) -> Inked:
    """The figure as a comic drawing at the camera's size."""
    seen = trace(figure.solids, figure.creases, camera)
    mask = seen.solid >= 0
    coat, shading = painted(figure, seen), shade(seen, camera, lamp)
    picture = np.zeros((*mask.shape, 3))
    flat = _tones(coat, seen.normal[mask], shading.key[mask], shading.near[mask], lamp) + coat.glow
    picture[mask] = np.clip(flat, 0, 1) ** (1 / 2.2)
    names = {name: number for number, name in enumerate(dict.fromkeys(s.group for s in figure.solids))}
    groups = np.array([names[s.group] for s in figure.solids], dtype=np.int32)
    hair = np.zeros(mask.shape, np.bool_)
    hair[mask] = (coat.strand**2).sum(axis=1) > 0.01
    outer, inner = _lines(seen, groups, hair, camera.height / 2048)
    ink = np.maximum(outer, inner * 0.92)[..., None]
    tinted = picture**2.2 * 0.1 + INK * 0.8
    return Inked(picture * (1 - ink) + np.clip(tinted, 0, 1) * ink, mask | (outer > 0), seen)
