"""A young woman in a hoodie, jeans and sneakers, in soft studio light."""

import numpy as np
import numpy.typing as npt

from templates_app.characters.anatomy import UP, HeadShape, ShoeClay, face_joints, hand, head, offset, shoe
from templates_app.characters.body import SIDES, SIGN, Build, Skeleton, Stance, stand
from templates_app.characters.compiled import Floats
from templates_app.characters.faces import FacePainter, FaceStyle, sample, soft_face
from templates_app.characters.figure import Figure, Paint, Patch, composed, finer, render
from templates_app.characters.light import Lamp, develop
from templates_app.characters.materials import denim, hair, mixed, ribbed, skin, solid_colour, woven
from templates_app.characters.rooms import WALL, home
from templates_app.characters.scenery import finished, thrown_shadow
from templates_app.characters.solids import Clay, Crease, Solid, Vector
from templates_app.characters.tracer import Camera

FACE = face_joints()
HOODIE, SHADE = "#f0a52e", "#dd8f22"


def skeleton(build: Build) -> Skeleton:
    """How she stands."""
    return stand(build, Stance(shoulder_half=0.15))


def _on_skull(centre: Floats, turn: float, lift: float, grow: float = 1.0) -> Floats:
    """A point of the scalp: `turn` degrees from the face towards her left, `lift` degrees from the horizon."""
    a, b = np.radians(turn), np.radians(lift)
    radii = np.array([0.083, 0.1, 0.1]) * grow
    way = np.array([np.sin(a) * np.cos(b), np.sin(b), np.cos(a) * np.cos(b)])
    return centre + np.array([0, 0.014, -0.012]) + way * radii


def _bob(skeleton: Skeleton) -> list[Solid]:
    """Chin-length hair, parted at the side, with a fringe swept across the forehead."""
    c, clay = skeleton.head, Clay("hair", "hair", 0.009)
    solids = [clay.ball(c + np.array([0, 0.022, -0.024]), (0.084, 0.094, 0.094))]
    for number, turn in enumerate(np.linspace(64, 296, 25)):
        sign = np.sin(np.radians(turn))
        drop = 0.112 + 0.012 * np.cos(np.radians(turn - 180)) + 0.006 * (number % 3)
        low = _on_skull(c, turn, -8, 1.08)
        points: list[Vector] = [_on_skull(c, turn * 0.92 + 12, 76), _on_skull(c, turn, 38, 1.03), low,
                                low + np.array([sign * 0.012, -drop * 0.6, 0.006]),
                                low + np.array([-sign * 0.008, -drop, 0.016])]  # fmt: skip
        solids += clay.strand(points, (0.012, 0.021, 0.022, 0.021, 0.006), squash=0.8, steps=3)
    part = _on_skull(c, 34, 66, 1.0)
    for number in range(7):
        end = _on_skull(c, -34 - 7 * number, 30 - 10.5 * number, 1.09)
        middle = _on_skull(c, -8 - 8 * number, 50 - 5 * number, 1.075)
        solids += clay.strand([part, middle, end, end + np.array([-0.004, -0.03, -0.006])],
                              (0.012, 0.017, 0.014, 0.004), squash=0.7, steps=4)  # fmt: skip
    for number in range(5):
        end = _on_skull(c, 56 + 5 * number, 26 - 13 * number, 1.09)
        middle = _on_skull(c, 47 + 5 * number, 50 - 4 * number, 1.06)
        solids += clay.strand([part, middle, end, end + np.array([0.003, -0.03, -0.004])],
                              (0.012, 0.016, 0.013, 0.004), squash=0.7, steps=4)  # fmt: skip
    return solids


def _hoodie(s: Skeleton) -> list[Solid]:
    clay = Clay("hoodie", "hoodie", 0.045)
    rib = Clay("hoodie", "rib", 0.006)
    w = s.build.width
    hem = s.trunk(0.02)
    solids = [
        clay.limb(s.trunk(0.22), s.trunk(0.68), 0.143 * w, 0.128 * w, squash=0.76),
        clay.limb(offset(s.at("shoulder", "left"), -0.04, -0.01), offset(s.at("shoulder", "right"), 0.04, -0.01), 0.055),
        clay.limb(offset(s.trunk(0.68), -0.05, 0, 0.028), offset(s.trunk(0.68), 0.05, 0, 0.028), 0.076),
    ]  # fmt: skip
    for side in SIDES:
        x = SIGN[side]
        a, b, c = (s.at(joint, side) for joint in ("shoulder", "elbow", "wrist"))
        cuff = c - (c - b) * 0.18
        solids += [
            clay.limb(offset(s.neck, x * 0.03, -0.012, -0.005), offset(a, 0, 0.0), 0.046, 0.046),
            clay(soft=0.035).limb(a, b, 0.056, 0.051),
            clay(soft=0.03).limb(b, cuff, 0.051, 0.045),
            clay(soft=0.012).ball(cuff, (0.046, 0.028, 0.043), along=c - b),
        ]
    hood = Clay("hoodie", "hoodie", 0.012)
    solids += [
        hood(soft=0.02).ball(offset(s.neck, 0, 0.0, -0.085), (0.105, 0.075, 0.045)),
        hood.ring(offset(s.neck, 0, 0.012, 0.0), 0.083, 0.021, along=(0, 1, 0.5)),
    ]
    pouch = Clay("hoodie", "hoodie", 0.005)
    solids.append(pouch.ball(s.trunk(0.2) + np.array([0, 0.0, 0.085]), (0.08, 0.05, 0.03)))
    for side in SIDES:
        b, c = s.at("elbow", side), s.at("wrist", side)
        solids.append(rib.cone(c - (c - b) * 0.17, c + (c - b) * 0.045, 0.039, 0.034, rounding=0.007))
    solids.append(rib.cone(hem, s.trunk(0.17), 0.152 * w, 0.15 * w, rounding=0.012, squash=0.8))
    return solids


def _cords(s: Skeleton) -> list[Solid]:
    cord, solids = Clay("cord", "cord"), []
    for side in SIDES:
        x = SIGN[side]
        top = s.neck + np.array([x * 0.034, -0.026, 0.085])
        solids += cord.strand(
            [top, top + [x * 0.006, -0.05, 0.032], top + [x * 0.004, -0.12, 0.036]], (0.0042,) * 3
        )
        solids.append(
            Clay("cord", "tip").limb(
                top + [x * 0.004, -0.12, 0.036], top + [x * 0.003, -0.143, 0.036], 0.0052
            )
        )
    return solids


def _jeans(s: Skeleton) -> list[Solid]:
    clay, w = Clay("jeans", "jeans", 0.03), s.build.width
    solids = [clay.limb(s.trunk(0.16), s.trunk(-0.02), 0.108 * w, 0.112 * w, squash=0.8)]
    for side in SIDES:
        x = SIGN[side]
        h, k, a = s.at("hip", side), s.at("knee", side), s.feet[side].ankle
        cuff = a + (k - a) * 0.12
        solids += [
            clay.limb(h + [-x * 0.01, -0.015, 0.004], k, 0.077 * w, 0.062),
            clay.limb(k, k + (a - k) * 0.35 + [0, 0, -0.008], 0.063, 0.062),
            clay.limb(k + (a - k) * 0.35 + [0, 0, -0.008], cuff, 0.062, 0.056),
        ]
    for side in SIDES:
        k, a = s.at("knee", side), s.feet[side].ankle
        cuff = a + (k - a) * 0.14
        solids.append(
            Clay("jeans", "turnup", 0.004).cone(
                cuff - (k - a) * 0.07, cuff + (k - a) * 0.035, 0.058, 0.06, rounding=0.007
            )
        )
    return solids


def _creases(s: Skeleton) -> list[Crease]:
    out = []
    for side in SIDES:
        x = SIGN[side]
        e, w, sh = s.at("elbow", side), s.at("wrist", side), s.at("shoulder", side)
        k, a, h = s.at("knee", side), s.feet[side].ankle, s.at("hip", side)
        arm, fore = sh - e, e - w
        out += [
            Crease("hoodie", e + [0, 0, 0.03], fore + [x * 0.12, 0, 0], 0.085, 30, 0.010),
            Crease("hoodie", w + fore * 0.28, fore + [x * -0.05, 0, 0.05], 0.075, 38, 0.010),
            Crease("hoodie", sh + [-x * 0.045, -0.1, 0.05], (x * 0.75, 0.6, 0), 0.085, 26, 0.009),
            Crease("hoodie", sh - arm * 0.4, arm + [x * 0.15, 0, 0], 0.09, 20, 0.006),
            Crease("hoodie", s.trunk(0.26) + [x * 0.1, 0, 0.06], (x * 0.35, 1, 0), 0.09, 26, 0.009),
            Crease("jeans", k + [0, 0.01, 0.05], (x * 0.25, 1, 0), 0.085, 26, 0.007),
            Crease("jeans", a + (k - a) * 0.3 + [0, 0, 0.04], (-x * 0.2, 1, 0), 0.11, 27, 0.010),
            Crease("jeans", h + [-x * 0.045, -0.07, 0.08], (x * 0.8, 1, 0), 0.075, 30, 0.008),
            Crease("jeans", h + (k - h) * 0.5 + [x * 0.02, 0, 0.05], (x * 0.7, 1, 0), 0.1, 17, 0.005),
        ]
    return out


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

    return woven(HOODIE, dark=SHADE, fuzz=0.5, decorate=decorate)


def figure(skeleton: Skeleton) -> Figure:
    """Her body, clothes and paints."""
    flesh = Clay("skin", "skin", 0.0)
    solids = head(skeleton, flesh, HeadShape())
    for side in SIDES:
        solids += hand(skeleton.hands[side], flesh)
        solids.append(
            flesh.limb(skeleton.feet[side].ankle + UP * 0.1, skeleton.feet[side].ankle, 0.04, 0.036)
        )
    solids += _bob(skeleton) + _hoodie(skeleton) + _cords(skeleton) + _jeans(skeleton)
    for side in SIDES:
        solids += shoe(skeleton, side, ShoeClay(f"shoe.{side}", "canvas", "rubber", "lace", "rubber"))
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
        "canvas": woven("#dd5a44", dark="#c94a38", fuzz=0.3),
        "rubber": solid_colour("#fbfaf6", shine=0.2, gloss=30),
        "lace": solid_colour("#fbf6ea", fuzz=0.2),
    }
    return Figure(solids, _creases(skeleton), paints)


def draw(camera: Camera, skeleton: Skeleton) -> npt.NDArray[np.uint8]:
    """The picture: her in a sunny room."""
    front = render(figure(skeleton), finer(camera), Lamp())
    dark = thrown_shadow(front, camera, WALL, (-0.3, 1.0, 0.4), 0.04)
    room = develop(home(camera) * (1 - 0.75 * dark[..., None]))
    return finished(composed(develop(front.light), front.seen.solid >= 0, room))
