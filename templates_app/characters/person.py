"""A young woman in a hoodie, jeans and sneakers, in soft studio light."""

import numpy as np
import numpy.typing as npt

from templates_app.characters.anatomy import UP, HeadShape, ShoeClay, face_joints, hand, head, offset, shoe
from templates_app.characters.body import SIDES, SIGN, Build, Skeleton, Stance, stand
from templates_app.characters.compiled import Floats
from templates_app.characters.faces import FacePainter, FaceStyle, sample, soft_face
from templates_app.characters.figure import Figure, Paint, Patch
from templates_app.characters.garments import jumper, ribs, top_folds, trouser_folds, trousers
from templates_app.characters.light import Coat, Lamp, linear
from templates_app.characters.materials import denim, hair, mixed, ribbed, skin, solid_colour, woven
from templates_app.characters.rooms import WALL, home
from templates_app.characters.scenery import photograph
from templates_app.characters.solids import Clay, Solid, Vector, vec
from templates_app.characters.tracer import Camera

FACE = face_joints()
HOODIE, SHADE = "#f0a52e", "#dd8f22"


def skeleton(build: Build) -> Skeleton:
    """How she stands."""
    return stand(build, Stance(shoulder_half=0.15))


def _on_skull(centre: Floats, turn: float, lift: float, grow: float = 1.0) -> Floats:
    """A point of the scalp: degrees of turn from the face to her left, and of lift from the horizon."""
    a, b = np.radians(turn), np.radians(lift)
    radii = np.array([0.083, 0.1, 0.1]) * grow
    way = np.array([np.sin(a) * np.cos(b), np.sin(b), np.cos(a) * np.cos(b)])
    return np.asarray(centre + np.array([0, 0.014, -0.012]) + way * radii)


def _bob(skeleton: Skeleton) -> list[Solid]:
    """Chin-length hair, parted at the side, with a fringe swept across the forehead."""
    c, clay = skeleton.head, Clay("hair", "hair", 0.009)
    solids = [clay.ball(c + np.array([0, 0.022, -0.024]), (0.084, 0.094, 0.094))]
    for number, turn in enumerate(np.linspace(64, 296, 25)):
        sign = np.sin(np.radians(turn))
        drop = 0.112 + 0.012 * np.cos(np.radians(turn - 180)) + 0.006 * (number % 3)
        low = _on_skull(c, turn, -8, 1.08)
        points: list[Vector] = [
            _on_skull(c, turn * 0.92 + 12, 76),
            _on_skull(c, turn, 38, 1.03),
            low,
            low + np.array([sign * 0.012, -drop * 0.6, 0.006]),
            low + np.array([-sign * 0.008, -drop, 0.016]),
        ]
        solids += clay.strand(points, (0.012, 0.021, 0.022, 0.021, 0.006), squash=0.8, steps=3)
    part = _on_skull(c, 34, 66, 1.0)
    for number in range(7):
        end = _on_skull(c, -34 - 7 * number, 30 - 10.5 * number, 1.09)
        middle = _on_skull(c, -8 - 8 * number, 50 - 5 * number, 1.075)
        solids += clay.strand(
            [part, middle, end, end + np.array([-0.004, -0.03, -0.006])],
            (0.012, 0.017, 0.014, 0.004),
            squash=0.7,
            steps=4,
        )
    for number in range(5):
        end = _on_skull(c, 56 + 5 * number, 26 - 13 * number, 1.09)
        middle = _on_skull(c, 47 + 5 * number, 50 - 4 * number, 1.06)
        solids += clay.strand(
            [part, middle, end, end + np.array([0.003, -0.03, -0.004])],
            (0.012, 0.016, 0.013, 0.004),
            squash=0.7,
            steps=4,
        )
    return solids


def _hoodie(s: Skeleton) -> list[Solid]:
    clay = Clay("hoodie", "hoodie", 0.045)
    hood = Clay("hoodie", "hoodie", 0.012)
    return [
        *jumper(s, clay, clay),
        hood(soft=0.02).ball(offset(s.neck, 0, 0.0, -0.085), (0.105, 0.075, 0.045)),
        hood.ring(offset(s.neck, 0, 0.012, 0.0), 0.083, 0.021, along=(0, 1, 0.5)),
        *ribs(s, Clay("ribs", "rib", 0.004)),
    ]


def _cords(s: Skeleton) -> list[Solid]:
    cord, solids = Clay("cord", "cord"), []
    for side in SIDES:
        x = SIGN[side]
        top = s.neck + np.array([x * 0.034, -0.026, 0.085])
        solids += cord.strand(
            [top, top + vec(x * 0.006, -0.05, 0.032), top + vec(x * 0.004, -0.12, 0.036)], (0.0042,) * 3
        )
        solids.append(
            Clay("cord", "tip").limb(
                top + vec(x * 0.004, -0.12, 0.036), top + vec(x * 0.003, -0.143, 0.036), 0.0052
            )
        )
    return solids


def _emblem() -> tuple[Floats, Floats]:
    """The print on her chest: a rising sun over two waves."""
    sheet = FacePainter()
    disc = sheet.oval(0, 0, 0.066, 0.066)
    sheet.lay(disc, "#fff6e2")
    sheet.lay(sheet.oval(0, 0.008, 0.034, 0.034) * disc, "#e2543c")
    for level, colour in ((-0.012, "#2f7f86"), (-0.034, "#205a68")):
        crest = [(x, level + 0.0075 * np.sin(x * 130 + level * 60)) for x in np.linspace(-0.07, 0.07, 29)]
        wave = sheet.shape([*crest, (0.07, -0.09), (-0.07, -0.09)], closed_curve=False)
        edge = sheet.stroke(crest, [0.0022])
        sheet.lay(wave * disc, colour)
        sheet.lay(edge * disc, "#fff6e2")
    return sheet.sheet()


def _printed(skeleton: Skeleton) -> Paint:
    colour, cover = _emblem()
    centre = skeleton.trunk(0.6)

    def decorate(patch: Patch, albedo: Floats) -> Floats:
        at = (patch.position - centre) * np.array([1.0, 1.0, 1.0])
        share = (
            sample(cover, at)
            * np.clip(patch.normal[:, 2] * 6 - 1, 0, 1)
            * (at[:, 2] > 0.02)
            * (np.abs(at[:, 0]) < 0.09)
        )
        return mixed(albedo, sample(colour, at) ** 2.2, share * 0.94)

    cloth = woven(HOODIE, dark=SHADE, fuzz=0.5, decorate=decorate)
    pocket = skeleton.trunk(0.265)

    def paint(patch: Patch) -> Coat:
        coat, at = cloth(patch), patch.position - pocket
        slope = np.clip((at[:, 1] - 0.0) / 0.06, 0, 1) * 0.035
        inside = np.maximum(np.abs(at[:, 0]) - 0.105 + slope, np.abs(at[:, 1]) - 0.062)
        front = patch.normal[:, 2] > 0.2
        coat.height[:] += front * 0.004 / (1 + np.exp(inside / 0.0012))
        stitch = np.exp(-(((inside + 0.008) / 0.0016) ** 2)) * (np.sin((at[:, 0] + at[:, 1]) * 900) > -0.3)
        coat.albedo[:] *= (1 - 0.4 * front * stitch)[:, None]
        return coat

    return paint


def _canvas(patch: Patch) -> Coat:
    """Canvas shoes: coral cloth above a rubber rim, with a red line round the rubber."""
    coat = woven("#dd5a44", dark="#c94a38", fuzz=0.3)(patch)
    high = patch.position[:, 1]
    rim = 0.0285
    rubber = high < rim
    coat.albedo[rubber] = linear("#fbf8f0")
    coat.albedo[np.abs(high - rim + 0.006) < 0.0016] = linear("#c94a38")
    coat.height[:] += 0.0012 * (high < rim)
    return coat


def figure(skeleton: Skeleton) -> Figure:
    """Her body, clothes and paints."""
    flesh = Clay("skin", "skin", 0.0)
    solids = head(skeleton, flesh, HeadShape())
    for side in SIDES:
        solids += hand(skeleton.hands[side], flesh)
        solids.append(
            flesh.limb(skeleton.feet[side].ankle + UP * 0.1, skeleton.feet[side].ankle, 0.04, 0.036)
        )
    solids += _bob(skeleton) + _hoodie(skeleton) + _cords(skeleton)
    solids += trousers(skeleton, Clay("jeans", "jeans", 0.03), Clay("turnups", "turnup"))
    for side in SIDES:
        solids += shoe(skeleton, side, ShoeClay(f"shoe.{side}", "canvas", "rubber", "lace"))
    face = soft_face(FaceStyle(iris="#6b4423"))
    paints: dict[str, Paint] = {
        "skin": skin("#efbd9c", "#d9826a", face, skeleton.head),
        "hair": hair("#2a1611", "#7a4a2f", _on_skull(skeleton.head, 34, 66)),
        "hoodie": _printed(skeleton),
        "rib": ribbed("#d98d22"),
        "cord": solid_colour("#fff3dc", fuzz=0.3),
        "tip": solid_colour("#c9c9cf", shine=0.8, gloss=60),
        "jeans": denim("#2b4263", "#7f9dbd"),
        "turnup": denim("#7d97b5", "#b4c6d9"),
        "canvas": _canvas,
        "rubber": solid_colour("#fbfaf6", shine=0.2, gloss=30),
        "lace": solid_colour("#fbf6ea", fuzz=0.2),
    }
    folds = top_folds(skeleton, "hoodie") + trouser_folds(skeleton, "jeans")
    return Figure(solids, folds, paints)


def draw(camera: Camera, skeleton: Skeleton) -> npt.NDArray[np.uint8]:
    """The picture: her in a sunny room."""
    return photograph(figure(skeleton), home(camera), camera, Lamp(), WALL)
