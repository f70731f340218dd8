"""A woman in a long red qipao with gold flowers, before a moon gate."""

import itertools

import numpy as np
import numpy.typing as npt

from templates_app.characters.anatomy import (
    UP,
    HeadShape,
    ShoeClay,
    arm,
    face_joints,
    hand,
    head,
    offset,
    shoe,
)
from templates_app.characters.body import SIDES, SIGN, Build, Skeleton, Stance, stand
from templates_app.characters.compiled import Floats, fractal
from templates_app.characters.faces import FaceStyle, soft_face
from templates_app.characters.figure import Figure, Paint, Patch
from templates_app.characters.light import Coat, Lamp, linear
from templates_app.characters.materials import hair, mixed, plain, skin, solid_colour
from templates_app.characters.rooms import WALL, moon_gate
from templates_app.characters.scenery import photograph
from templates_app.characters.solids import Clay, Crease, Solid, catmull_rom, unit, vec
from templates_app.characters.tracer import Camera

FACE = face_joints()
HEM = 0.165


def skeleton(build: Build) -> Skeleton:
    """How she stands: feet a little closer, arms gently out."""
    return stand(build, Stance(shoulder_half=0.142, ankle_half=0.098, upper_arm=28, forearm=20, foot_turn=20))


def _dress(s: Skeleton) -> list[Solid]:
    clay, w = Clay("dress", "silk", 0.05), s.build.width
    hem = np.array([0.0, HEM, -0.005])
    hip = s.trunk(-0.03)
    solids = [
        clay.limb(s.trunk(0.42), s.trunk(0.72), 0.092 * w, 0.108 * w, squash=0.8),
        clay.limb(s.trunk(0.2), s.trunk(0.42), 0.115 * w, 0.092 * w, squash=0.78),
        clay.limb(hip, s.trunk(0.2), 0.139 * w, 0.115 * w, squash=0.78),
        clay(soft=0.04).limb(s.trunk(0.8), s.trunk(0.97) + vec(0, 0, 0.012), 0.075, 0.055),
        clay(soft=0.016).cone(hem, hip, 0.172 * w, 0.141 * w, rounding=0.008, squash=0.79),
    ]
    for side in SIDES:
        x, shoulder = SIGN[side], s.at("shoulder", side)
        solids += [
            clay(soft=0.04).ball(s.trunk(0.635) + vec(x * 0.052, 0, 0.052), (0.052, 0.05, 0.045)),
            clay(soft=0.03).limb(
                offset(s.neck, x * 0.035, -0.02, 0), offset(shoulder, -x * 0.012, -0.002), 0.04, 0.038
            ),
            clay(soft=0.02).limb(shoulder, shoulder + (s.at("elbow", side) - shoulder) * 0.26, 0.039, 0.041),
        ]
        edge = shoulder + (s.at("elbow", side) - shoulder) * 0.34
        solids.append(
            Clay("dress", "gold", 0.003).cone(
                edge - (edge - shoulder) * 0.1,
                edge + (edge - shoulder) * 0.02,
                0.0425,
                0.0425,
                rounding=0.003,
            )
        )
    collar = Clay("collar", "silk")
    low, high = s.neck + vec(0, -0.012, 0.004), s.neck + vec(0, 0.036, 0.012)
    solids.append(collar.cone(low, high, 0.06, 0.053, rounding=0.003))
    solids.append(collar("gold").ring(high, 0.052, 0.0035, along=high - low))
    return solids


def _blossom(centre: Floats, size: float) -> list[Solid]:
    """A silk flower on the side of the hair."""
    out, right = unit([0.5, 0.15, 0.85]), unit([0.85, 0.0, -0.5])
    up, solids = np.cross(out, right), []
    for number in range(5):
        a = number * 2 * np.pi / 5 + 0.3
        way = right * np.cos(a) + up * np.sin(a)
        petal = centre + (way * 0.0135 + out * 0.003) * size
        radii = (0.0088 * size, 0.0115 * size, 0.0042 * size)
        solids.append(Clay("blossom", "petal").ball(petal, radii, along=way + out * 0.35, flat=out))
    solids.append(Clay("blossom", "gold").ball(centre + out * 0.006 * size, 0.005 * size))
    return solids


def _hair(s: Skeleton) -> list[Solid]:
    c, clay = s.head, Clay("hair", "hair", 0.008)
    crown = c + vec(0, 0.105, -0.05)
    solids = [clay.ball(c + vec(0, 0.024, -0.03), (0.08, 0.09, 0.088))]
    for turn in np.linspace(-112, 112, 27):
        a = np.radians(turn)
        side = np.sin(a)
        rise = 0.068 - 0.062 * abs(side) ** 3 + 0.01 * np.cos(a)
        start = c + np.array([0.0765 * side, rise, -0.014 + 0.079 * np.cos(a)])
        middle = c + np.array([0.062 * side, 0.098, -0.02 + 0.05 * np.cos(a)])
        solids += clay.strand(
            [start + vec(0, -0.006, 0), start * 0.55 + middle * 0.45 + (start - c) * 0.1, middle, crown],
            (0.003, 0.009, 0.011, 0.012),
            squash=0.8,
            steps=3,
        )
    bun = Clay("bun", "bun", 0.006)
    top = crown + vec(0, 0.03, 0.0)
    solids.append(bun.ball(top, (0.05, 0.04, 0.046)))
    for number in range(9):
        a = number * 2 * np.pi / 9
        ring = [
            top + vec(0.046 * np.cos(a + t), 0.012 - 0.03 * abs(t), 0.044 * np.sin(a + t))
            for t in (-0.7, 0.0, 0.7)
        ]
        solids += bun.strand(ring, (0.006, 0.014, 0.006))
    pin = Clay("pin", "gold")
    solids += [
        pin.limb(top + vec(-0.085, 0.016, 0.03), top + vec(0.08, -0.004, 0.036), 0.003),
        pin.ball(top + vec(-0.088, 0.016, 0.03), 0.0095),
        pin("jade").ball(top + vec(-0.07, 0.0145, 0.033), 0.0075),
    ]
    for spot, size in (
        ((0.069, 0.068, 0.046), 1.0),
        ((0.05, 0.094, 0.052), 0.75),
        ((0.081, 0.044, 0.034), 0.6),
    ):
        solids += _blossom(c + np.asarray(spot), size)
    for side in SIDES:
        ear = c + vec(SIGN[side] * 0.081, -0.046, 0.008)
        solids += [pin.ball(ear, 0.004), pin("jade").ball(ear - UP * 0.017, (0.006, 0.011, 0.006))]
    return solids


def _flower(u: Floats, v: Floats, petals: int, size: float) -> Floats:
    """Gold share (0..1) of a stylised blossom around the origin: petals, their veins, and the heart."""
    r, turn = np.hypot(u, v) / size, np.arctan2(v, u)
    lobe = 0.62 + 0.38 * np.abs(np.cos(turn * petals / 2)) ** 0.8
    rim = np.exp(-(((r - lobe) / 0.1) ** 2))
    inner = np.exp(-(((r - lobe * 0.58) / 0.08) ** 2))
    vein = (r < lobe) * (r > 0.3) * np.exp(-((np.sin(turn * petals / 2) / 0.16) ** 2)) * 0.8
    return np.asarray(np.clip(rim + inner * 0.8 + vein + (r < 0.16), 0, 1))


def _silk(s: Skeleton) -> Paint:
    """Red satin with gold blossoms, a trimmed hem and the slanting front closure."""
    neck, arm_pit = s.neck, s.trunk(0.62)
    knots = np.array(
        [
            [0.0, neck[1] - 0.005],
            [-0.018, neck[1] - 0.035],
            [-0.07, neck[1] - 0.075],
            [-0.106, arm_pit[1] + 0.02],
            [-0.135, arm_pit[1] - 0.06],
        ]
    )
    curve = catmull_rom(knots, np.linspace(0, 4, 33))

    def paint(patch: Patch) -> Coat:
        p = patch.position
        u, v = np.arctan2(p[:, 0], p[:, 2] + 0.02) * 0.155, p[:, 1]
        tone = fractal(p, scale=(40, 8, 40), octaves=2, seed=5)
        colour = linear("#b3142a") * (1 + 0.07 * tone)[:, None]
        gold, top = np.zeros(len(patch)), neck[1] - 0.12
        for row_shift, size, petals in ((0, 0.031, 6), (1, 0.015, 5)):
            step_u, step_v = 0.108, 0.15
            row = np.floor(v / step_v + 0.5 * row_shift)
            a = u / step_u + 0.5 * (row % 2) + 0.25 * row_shift
            middle_v = (row + 0.5 - 0.5 * row_shift) * step_v
            middle_u = (np.floor(a) + 0.5 - 0.5 * (row % 2) - 0.25 * row_shift) * step_u
            shown = (middle_v < top) & ((np.abs(middle_u) < 0.1) | (v < top - 0.1))
            gold = np.maximum(
                gold,
                shown
                * _flower(
                    (a % 1 - 0.5) * step_u, ((v / step_v + 0.5 * row_shift) % 1 - 0.5) * step_v, petals, size
                ),
            )
        gold *= 0.8 * (v > HEM + 0.1)
        low = v - HEM
        bands = (np.abs(low - 0.03) < 0.008) | (np.abs(low - 0.052) < 0.002) | (np.abs(low - 0.008) < 0.003)
        meander = (low > 0.056) & (low < 0.09) & (np.sin(u * 170) * np.sin((low - 0.073) * 170) > 0.25)
        near = np.full(len(patch), 1.0)
        for start, end in itertools.pairwise(curve):
            way = end - start
            at = np.clip(((p[:, :2] - start) @ way) / (way @ way), 0, 1)
            near = np.minimum(near, np.hypot(*(p[:, :2] - start - at[:, None] * way).T))
        piping = (near < 0.0042) & (p[:, 2] > 0.0)
        gold = np.where(near < 0.012, 0.0, gold)
        share = np.maximum(gold, bands | meander | piping)
        coat = plain(patch, mixed(colour, linear("#e3b25a"), share), fuzz=0.35)
        coat.shine[:], coat.gloss[:] = 0.34 + 0.25 * share, 13 + 12 * share
        coat.height[:] = 0.0005 * share
        return coat

    return paint


def _creases(s: Skeleton) -> list[Crease]:
    out = [
        Crease("dress", s.trunk(0.36) + vec(0, 0, 0.07), (0.15, 1, 0), 0.1, 22, 0.0045),
        Crease("dress", np.array([0.03, 0.55, 0.1]), (1, 0.06, 0), 0.3, 9, 0.009),
        Crease("dress", np.array([-0.02, 0.28, 0.1]), (1, -0.05, 0), 0.24, 11, 0.012),
    ]
    for side in SIDES:
        x = SIGN[side]
        out.append(
            Crease(
                "dress",
                s.at("shoulder", side) + vec(-x * 0.035, -0.09, 0.06),
                (x * 0.6, 0.8, 0),
                0.06,
                28,
                0.004,
            )
        )
        out.append(
            Crease("dress", s.at("hip", side) + vec(x * 0.02, -0.05, 0.06), (-x * 0.5, 1, 0), 0.1, 17, 0.005)
        )
    return out


def figure(skeleton: Skeleton) -> Figure:
    """Her body, dress and paints."""
    flesh = Clay("skin", "skin", 0.0)
    shape = HeadShape(jaw=0.05, chin=0.019, cheek=0.028, nose=0.0105, neck=0.0385)
    solids = head(skeleton, flesh, shape)
    for side in SIDES:
        solids += hand(skeleton.hands[side], flesh, 0.94)
        ankle = skeleton.feet[side].ankle
        solids += [
            flesh.limb(ankle + UP * 0.2, ankle, 0.04, 0.031),
            flesh(soft=0.02).limb(ankle, ankle - UP * 0.02, 0.033),
        ]
    bare = Clay("arms", "skin", 0.01)
    for side in SIDES:
        solids_arm = arm(skeleton, side, bare, (0.034, 0.0335, 0.0245))
        solids += solids_arm
        c, b = skeleton.at("wrist", side), skeleton.at("elbow", side)
        solids.append(Clay("bangle", "jade").ring(c + (b - c) * 0.1, 0.031, 0.0052, along=c - b))
    solids += _dress(skeleton) + _hair(skeleton)
    for side in SIDES:
        solids += shoe(skeleton, side, ShoeClay(f"shoe.{side}", "slipper", "gold"), slim=0.82, collar=0)
    face = soft_face(
        FaceStyle(
            iris="#4a2a16",
            brow="#2a1c18",
            lips="#c22a35",
            blush="#ee8a84",
            lash="#140a09",
            lash_weight=1.25,
            brow_weight=0.9,
        )
    )
    crown = skeleton.head + vec(0, 0.105, -0.05)
    paints: dict[str, Paint] = {
        "skin": skin("#f3c9ae", "#dd8d78", face, skeleton.head),
        "hair": hair("#0f0c10", "#3a2c30", crown),
        "bun": hair("#0f0c10", "#3a2c30", crown + np.array([0, 0.2, 0.05])),
        "silk": _silk(skeleton),
        "gold": solid_colour("#d8a548", shine=0.9, gloss=34),
        "jade": solid_colour("#4fa77c", shine=0.7, gloss=60),
        "petal": solid_colour("#f7d9de", fuzz=0.3),
        "slipper": solid_colour("#a51226", shine=0.3, gloss=16, fuzz=0.3),
    }
    return Figure(solids, _creases(skeleton), paints)


def draw(camera: Camera, skeleton: Skeleton) -> npt.NDArray[np.uint8]:
    """The picture: her before a moon gate."""
    lamp = Lamp(sky_colour=(0.78, 0.82, 0.88))
    return photograph(figure(skeleton), moon_gate(camera), camera, lamp, WALL)
