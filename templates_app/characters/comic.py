"""A comic hero with teal hair, drawn in flat tones and ink, by the sea in summer."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from templates_app.characters.anatomy import (
    COMIC_FACE_JOINTS,
    UP,
    ShoeClay,
    comic_head,
    face_joints,
    hand,
    shoe,
)
from templates_app.characters.body import SIDES, SIGN, Build, Skeleton, Stance, stand
from templates_app.characters.cel import draw_inked
from templates_app.characters.compiled import Floats
from templates_app.characters.faces import FaceStyle, comic_face, sample
from templates_app.characters.figure import Figure, Paint, Patch, composed, finer
from templates_app.characters.garments import jumper, ribs, top_folds, trouser_folds, trousers
from templates_app.characters.light import Coat, Lamp, linear
from templates_app.characters.materials import mixed, plain, solid_colour
from templates_app.characters.seaside import promenade
from templates_app.characters.solids import Clay, Solid, Vector, vec
from templates_app.characters.tracer import Camera

FACE = face_joints(COMIC_FACE_JOINTS)
RED, CREAM, NAVY, GOLD = "#e23b43", "#fdf3df", "#2b3157", "#ffc53a"


def skeleton(build: Build) -> Skeleton:
    """How he stands."""
    long = replace(build, legs=build.legs * 1.05, torso=build.torso * 0.93)
    return stand(long, Stance(shoulder_half=0.152, ankle_half=0.13, upper_arm=29, forearm=24))


def _spike(c: Floats, clay: Clay, root: Vector, way: Vector, thick: float) -> list[Solid]:
    """One tapering tuft: from a point of the head to a tip, bent a little downwards."""
    start, end = c + np.asarray(root), c + np.asarray(root) + np.asarray(way)
    middle = (start + end) / 2 + vec(0, 0.16 * float(np.linalg.norm(way)), 0.004)
    return clay.strand([start, middle, end], (thick, thick * 0.85, 0.0012), squash=0.62, steps=4)


def _hair(s: Skeleton) -> list[Solid]:
    c, back, front = s.head, Clay("hair", "hair", 0.004), Clay("fringe", "hair", 0.003)
    solids = [back.ball(c + vec(0, 0.03, -0.03), (0.088, 0.092, 0.092))]
    for sign in (1.0, -1.0):
        for y, dx, dy, z, thick in (
            (0.075, 0.1, 0.045, -0.02, 0.036),
            (0.035, 0.108, -0.03, -0.015, 0.036),
            (-0.005, 0.068, -0.105, -0.02, 0.03),
            (-0.02, 0.012, -0.12, -0.03, 0.028),
        ):
            solids += _spike(c, back, (sign * 0.05, y, z), (sign * dx, dy, 0.012), thick)
    for x, dx, dy, z in (
        (-0.05, -0.075, 0.085, -0.01),
        (-0.03, -0.04, 0.12, -0.03),
        (0.0, 0.012, 0.14, -0.04),
        (0.03, 0.06, 0.125, -0.03),
        (0.05, 0.09, 0.09, -0.01),
    ):
        solids += _spike(c, back, (x, 0.07, z), (dx, dy, 0.01), 0.036)
    root = c + vec(0.026, 0.122, 0.004)
    tips = (
        (-0.094, -0.03, 0.05, 0.026),
        (-0.06, -0.008, 0.092, 0.027),
        (-0.022, -0.024, 0.108, 0.026),
        (0.012, 0.012, 0.108, 0.022),
        (0.05, -0.006, 0.096, 0.026),
        (0.092, -0.034, 0.05, 0.024),
    )
    for x, y, z, thick in tips:
        high = c + vec(x * 0.55 + 0.012, 0.088, z * 0.78 + 0.01)
        low = c + vec(x * 0.9, 0.05 + 0.3 * y, z * 0.97 + 0.004)
        solids += front.strand(
            [root, high, low, c + vec(x, y, z)], (0.02, thick, thick * 0.82, 0.001), squash=0.5, steps=5
        )
    for sign in (1.0, -1.0):
        lock = [
            c + vec(sign * 0.07, 0.06, 0.03),
            c + vec(sign * 0.087, 0.0, 0.032),
            c + vec(sign * 0.074, -0.1, 0.036),
        ]
        solids += front.strand(lock, (0.02, 0.016, 0.001), squash=0.6, steps=4)
    return solids


def _headphones(s: Skeleton) -> list[Solid]:
    band, centre = Clay("band", "phones"), s.neck + vec(0, 0.012, 0.01)
    solids = [band.ring(centre, 0.072, 0.0085, along=(0, 1, 0.42))]
    for side in SIDES:
        x = SIGN[side]
        cup = centre + vec(x * 0.062, -0.025, 0.062)
        way = np.array([x * 0.55, -0.15, 0.8])
        solids.append(
            Clay(f"cup.{side}", "phones").cone(
                cup - way * 0.012, cup + way * 0.016, 0.034, 0.032, rounding=0.006
            )
        )
        solids.append(
            Clay(f"pad.{side}", "gold").cone(
                cup + way * 0.014, cup + way * 0.021, 0.022, 0.021, rounding=0.003
            )
        )
    return solids


def _jacket(s: Skeleton) -> Paint:
    middle, star = s.trunk(0.5), s.trunk(0.66) + vec(0.062, 0, 0)

    def paint(patch: Patch) -> Coat:
        at = patch.position - middle
        coat = plain(patch, RED)
        front = at[:, 2] > 0.0
        coat.albedo[front & (np.abs(at[:, 0]) < 0.0075)] = linear(CREAM)
        coat.albedo[front & (np.abs(at[:, 0]) < 0.0024)] = linear(GOLD)
        d = patch.position - star
        turn = np.arctan2(d[:, 0], d[:, 1])
        sector = (turn + np.pi / 5) % (2 * np.pi / 5) - np.pi / 5
        edge = 0.0125 / np.cos(2 * np.pi / 5 - np.abs(sector)) * np.cos(np.pi * 2 / 5) * 2.35
        coat.albedo[front & (np.hypot(d[:, 0], d[:, 1]) < edge)] = linear(GOLD)
        for side in (1, -1):
            slit = np.abs(at[:, 0] * side - 0.07 - (at[:, 1] + 0.11) * 0.35)
            coat.albedo[front & (slit < 0.003) & (np.abs(at[:, 1] + 0.11) < 0.035)] = linear(CREAM)
        return coat

    return paint


def _ribbed(patch: Patch) -> Coat:
    line = (np.abs(patch.along - 0.35) < 0.1) | (np.abs(patch.along - 0.68) < 0.1)
    return plain(patch, mixed(linear(NAVY), linear(CREAM), line.astype(np.float64)))


def _trackpants(patch: Patch) -> Coat:
    coat = plain(patch, NAVY)
    turn = -patch.around * np.sign(patch.position[:, 0])
    coat.albedo[np.abs(turn - 1.0) < 0.17] = linear(CREAM)
    coat.albedo[np.abs(turn - 1.0) < 0.05] = linear(RED)
    return coat


def _trainers(patch: Patch) -> Coat:
    high = patch.position[:, 1]
    coat = plain(patch, GOLD)
    coat.albedo[high < 0.034] = linear("#ffffff")
    coat.albedo[high < 0.011] = linear(RED)
    return coat


def _skin(face: tuple[Floats, Floats], head: Floats) -> Paint:
    def paint(patch: Patch) -> Coat:
        coat, at = plain(patch, "#ffdcc0"), patch.position - head
        front = np.clip((at[:, 2] - 0.012) / 0.01, 0, 1) * (patch.normal[:, 2] > 0.1)
        share = sample(face[1], at) * front
        coat.albedo[:] = mixed(coat.albedo, sample(face[0], at) ** 2.2, share)
        coat.flat[:] = 0.9 * np.clip((at[:, 1] + 0.13) / 0.02, 0, 1) * (at[:, 2] > -0.02)
        return coat

    return paint


def _hand(patch: Patch) -> Coat:
    coat = plain(patch, "#ffdcc0")
    coat.flat[:] = 0.55 * (patch.normal[:, 0] < 0.45)
    return coat


def _strands(patch: Patch) -> Coat:
    coat = plain(
        patch, mixed(linear("#1c8f9c"), linear("#3fd0c4"), np.clip(0.2 + patch.run / 0.12, 0, 1)), shine=0.8
    )
    coat.strand[:] = patch.direction
    coat.height[:] = 0.0004 * np.sin(patch.around * 5)
    return coat


def figure(skeleton: Skeleton) -> Figure:
    """His body, clothes and paints."""
    flesh = Clay("skin", "skin")
    solids = comic_head(skeleton, flesh)
    solids += _hair(skeleton)
    solids += _headphones(skeleton)
    solids += jumper(skeleton, Clay("jacket", "jacket", 0.045), Clay("jacket", "sleeve", 0.045), 1.02)
    solids += ribs(skeleton, Clay("ribs", "rib", 0.004), 1.02)
    solids.append(
        Clay("collar", "rib").cone(
            skeleton.neck - UP * 0.02, skeleton.neck + UP * 0.018, 0.066, 0.058, rounding=0.008
        )
    )
    solids += trousers(
        skeleton, Clay("pants", "pants", 0.03), Clay("ankles", "rib"), thigh=0.076, ankle=0.047
    )
    for side in SIDES:
        solids += hand(skeleton.hands[side], Clay(f"hand.{side}", "hand"))
        ankle = skeleton.feet[side].ankle
        solids.append(Clay(f"sock.{side}", "white").limb(ankle + UP * 0.08, ankle, 0.037))
        solids += shoe(skeleton, side, ShoeClay(f"shoe.{side}", "trainer", "trainer", "white"), slim=1.08)
    face = comic_face(FaceStyle(iris="#e2662a", brow="#146c78", lash="#2a1420", blush="#f7917d"))
    paints: dict[str, Paint] = {
        "skin": _skin(face, skeleton.head),
        "hand": _hand,
        "hair": _strands,
        "jacket": _jacket(skeleton),
        "sleeve": solid_colour(CREAM),
        "rib": _ribbed,
        "pants": _trackpants,
        "trainer": _trainers,
        "white": solid_colour("#ffffff"),
        "phones": solid_colour("#3d4a8f", shine=0.6, gloss=30),
        "gold": solid_colour(GOLD, shine=0.5, gloss=20),
    }
    folds = [
        replace(fold, depth=fold.depth * 0.7)
        for fold in top_folds(skeleton, "jacket") + trouser_folds(skeleton, "pants")
    ]
    return Figure(solids, folds, paints)


def draw(camera: Camera, skeleton: Skeleton) -> npt.NDArray[np.uint8]:
    """The picture: him on a promenade by the sea."""
    front = draw_inked(figure(skeleton), finer(camera), Lamp(key=(-0.6, 0.8, 0.75), spread=0.02))
    back = promenade(camera)
    centre, size = (camera.width // 2 + camera.width // 40, round(camera.floor)), camera.metre
    shadow = np.zeros(back.shape[:2], np.uint8)
    cv2.ellipse(shadow, centre, (round(0.36 * size), round(0.055 * size)), 0, 0, 360, 255, -1, cv2.LINE_AA)
    share = (cv2.GaussianBlur(shadow, (0, 0), 1.2).astype(np.float64) / 255 * 0.62)[..., None]
    back = back * (1 - share) + back * np.array([0.48, 0.46, 0.66]) * share
    picture = composed(front.picture, front.cover, back)
    return np.asarray(np.clip(np.round(picture * 255), 0, 255), dtype=np.uint8)
