"""Paints shared by figures: skin, hair, woven and knitted cloth, rubber."""

from collections.abc import Callable

import numpy as np

from templates_app.characters.compiled import Floats, fractal
from templates_app.characters.faces import sample
from templates_app.characters.figure import Paint, Patch
from templates_app.characters.light import Coat, linear


def plain(
    patch: Patch, colour: str | Floats, *, shine: float = 0.0, gloss: float = 20.0, fuzz: float = 0.0
) -> Coat:
    """A coat of one colour ("#rrggbb", or linear RGB per pixel)."""
    coat = Coat.blank(len(patch))
    coat.albedo[:] = linear(colour) if isinstance(colour, str) else colour
    coat.shine[:], coat.gloss[:], coat.fuzz[:] = shine, gloss, fuzz
    return coat


def solid_colour(colour: str, *, shine: float = 0.0, gloss: float = 20.0, fuzz: float = 0.0) -> Paint:
    """A paint of one colour."""
    return lambda patch: plain(patch, colour, shine=shine, gloss=gloss, fuzz=fuzz)


def mixed(low: Floats, high: Floats, share: Floats) -> Floats:
    """Colours between two, per pixel share 0..1 ((n,))."""
    return np.asarray(low + (high - low) * share[:, None])


def skin(
    colour: str, flush: str, face: tuple[Floats, Floats] | None = None, head: Floats | None = None
) -> Paint:
    """Living skin: fine mottling, redder where `flush` lies; `face` is laid on around the point `head`."""

    def paint(patch: Patch) -> Coat:
        mottle = fractal(patch.position, scale=60, octaves=3, seed=3)
        coat = plain(patch, mixed(linear(colour), linear(flush), 0.16 + 0.1 * mottle), shine=0.16, gloss=22)
        coat.flesh[:] = 1.0
        coat.height[:] = 0.00006 * fractal(patch.position, scale=420, octaves=2, seed=9)
        if face is not None and head is not None:
            offset = patch.position - head
            # The camera sees points in front of the head's centre larger by the perspective.
            front = np.clip((offset[:, 2] - 0.02) / 0.02, 0, 1) * np.clip(patch.normal[:, 2] * 3, 0, 1)
            cover = sample(face[1], offset) * front
            painted = sample(face[0], offset) ** 2.2
            coat.albedo[:] = mixed(coat.albedo, painted, cover)
            white = np.clip((painted.min(axis=1) - 0.55) / 0.3, 0, 1) * cover
            coat.glow[:] = painted * (0.16 * white)[:, None]
        return coat

    return paint


def hair(root: str, tip: str, parting: Floats, *, shine: float = 0.3, gloss: float = 34.0) -> Paint:
    """Hair that falls in strands from a parting (world point)."""

    def paint(patch: Patch) -> Coat:
        away = patch.position - parting
        flat = np.hypot(away[:, 0], away[:, 2])
        turn = np.arctan2(away[:, 0], away[:, 2])
        fan = np.stack([np.cos(turn), np.sin(turn), away[:, 1] * 0.25 + patch.strand * 0.013], axis=1)
        fibre = fractal(fan, scale=(95, 95, 9), octaves=3, seed=21)
        lock = fractal(fan, scale=(17, 17, 4), octaves=2, seed=22)
        share = np.clip(0.3 + 0.4 * lock + 0.4 * fibre - 1.2 * np.clip(away[:, 1] + 0.09, 0, 0.2), 0, 1)
        coat = plain(patch, mixed(linear(root), linear(tip), share), shine=shine, gloss=gloss)
        coat.height[:] = 0.0012 * lock + 0.0005 * fibre
        fall = np.stack([away[:, 0], np.full(len(patch), -0.05), away[:, 2]], axis=1)
        fall[:, [0, 2]] *= (0.05 / np.maximum(flat, 0.01))[:, None]
        fall -= patch.normal * (fall * patch.normal).sum(axis=1, keepdims=True)
        fall += 0.012 * np.stack([fibre, lock, fibre], axis=1)
        coat.strand[:] = fall / np.maximum(np.linalg.norm(fall, axis=1, keepdims=True), 1e-6)
        return coat

    return paint


def woven(
    colour: str,
    *,
    dark: str | None = None,
    fuzz: float = 0.25,
    grain: float = 0.0003,
    decorate: Callable[[Patch, Floats], Floats] | None = None,
) -> Paint:
    """Cloth with a fine weave and faint wear; `decorate` may change the albedo."""

    def paint(patch: Patch) -> Coat:
        tone = 0.5 + 0.5 * fractal(patch.position, scale=14, octaves=4, seed=2)
        base = mixed(linear(dark or colour), linear(colour), np.clip(0.35 + tone, 0, 1))
        thread = fractal(patch.position, scale=520, octaves=2, seed=8)
        albedo = base * (1 + 0.1 * thread[:, None])
        coat = plain(patch, decorate(patch, albedo) if decorate else albedo, fuzz=fuzz)
        coat.height[:] = grain * thread
        return coat

    return paint


def ribbed(colour: str, *, ribs: float = 34.0, depth: float = 0.0012) -> Paint:
    """A knitted cuff or hem: ribs along the solid's length."""

    def paint(patch: Patch) -> Coat:
        wave = 0.5 + 0.5 * np.cos(patch.around * ribs)
        coat = plain(patch, linear(colour) * (0.72 + 0.28 * wave)[:, None], fuzz=0.25)
        coat.height[:] = depth * wave
        return coat

    return paint


def denim(colour: str, faded: str) -> Paint:
    """Jeans: a diagonal twill, worn pale where the cloth stands out."""

    def paint(patch: Patch) -> Coat:
        p = patch.position
        wear = np.exp(-((patch.around / 0.7) ** 2)) * (0.55 + 0.45 * fractal(p, scale=9, octaves=3, seed=6))
        wear *= 0.35 + 0.65 * np.exp(-(((p[:, 1] % 0.42) - 0.2) ** 2) / 0.02)
        slub = fractal(p, scale=(260, 40, 260), octaves=3, seed=12)
        share = np.clip(0.22 + 0.75 * wear + 0.16 * slub, 0, 1)
        coat = plain(patch, mixed(linear(colour), linear(faded), share), fuzz=0.15)
        coat.height[:] = 0.0002 * slub
        seam = np.exp(-((np.abs(patch.around) - 1.5) ** 2) / 0.002)
        coat.height[:] += 0.0012 * seam
        return coat

    return paint
