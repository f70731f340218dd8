"""A terracotta warrior in lamellar armour, in the pit where he was found."""

import numpy as np
import numpy.typing as npt

from templates_app.characters.anatomy import UP, HeadShape, ShoeClay, face_joints, hand, head, offset, shoe
from templates_app.characters.body import SIDES, SIGN, Build, Skeleton, Stance, stand
from templates_app.characters.compiled import Floats, fractal
from templates_app.characters.faces import FacePainter, mirrored, sample
from templates_app.characters.figure import Figure, Paint, Patch
from templates_app.characters.garments import jumper, top_folds
from templates_app.characters.light import Coat, Lamp, linear
from templates_app.characters.materials import mixed, plain
from templates_app.characters.pit import excavation
from templates_app.characters.rooms import WALL
from templates_app.characters.scenery import photograph
from templates_app.characters.solids import Clay, Crease, Solid, vec
from templates_app.characters.tracer import Camera

FACE = face_joints()


def skeleton(build: Build) -> Skeleton:
    """How he stands: broad and square."""
    stance = Stance(
        shoulder_half=0.168, hip_half=0.092, ankle_half=0.135, upper_arm=30, forearm=22, foot_turn=26
    )
    return stand(build, stance)


def clay(patch: Patch, relief: Floats | None = None, paint: str | None = None, smooth: float = 0.0) -> Coat:
    """Fired clay: mottled, cracked, dusty, with traces of old `paint`; `smooth`: fewer cracks."""
    p = patch.position
    tone = fractal(p, scale=7, octaves=5, seed=41)
    colour = mixed(linear("#7f573f"), linear("#b98863"), np.clip(0.5 + 0.8 * tone, 0, 1))
    grey = np.clip(0.9 * fractal(p, scale=11, octaves=4, seed=43) + 0.16, 0, 0.45)
    colour = mixed(colour, linear("#9a948a"), grey)
    if paint:
        flakes = np.clip((fractal(p, scale=24, octaves=4, seed=47) - 0.12) * 7, 0, 1) * 0.55
        colour = mixed(colour, linear(paint), flakes)
    dust = np.clip(patch.normal[:, 1] - 0.25, 0, 1) * (0.6 + 0.4 * fractal(p, scale=30, octaves=3, seed=44))
    colour = mixed(colour, linear("#c9b190"), np.clip(0.6 * dust, 0, 0.5))
    vein = np.abs(fractal(p + 0.03 * tone[:, None], scale=8.5, octaves=3, seed=45))
    crack = (
        np.exp(-((vein / 0.012) ** 2)) * (fractal(p, scale=4, octaves=2, seed=46) > 0.08) * (1 - 0.8 * smooth)
    )
    pits = np.clip(fractal(p, scale=120, octaves=2, seed=48) - 0.52, 0, 1)
    colour = colour * (1 - 0.62 * crack - 0.9 * pits)[:, None]
    coat = plain(patch, colour, fuzz=0.12)
    grain = fractal(p, scale=300, octaves=2, seed=49)
    coat.height[:] = (
        0.00025 * grain - 0.0016 * crack - 0.003 * pits + 0.0011 * fractal(p, scale=40, octaves=3, seed=50)
    )
    if relief is not None:
        coat.height[:] += relief
        coat.albedo[:] *= (1 - 0.3 * np.clip(-relief / 0.003, 0, 1))[:, None]
    return coat


def plates(u: Floats, v: Floats, wide: float, tall: float) -> Floats:
    """Relief (metres) of overlapping armour plates with studs and lacing; u, v: metres across and up."""
    column, row = np.floor(u / wide), np.floor(v / tall)
    a, b = (u / wide - column - 0.5) * wide, (v / tall - row) * tall
    inside = np.minimum(wide / 2 - np.abs(a), np.minimum(b, tall - b))
    step = np.clip(inside / 0.006, 0, 1)
    out = 0.006 * step * step * (3 - 2 * step) + 0.003 * (1 - b / tall) * step
    for du, dv in ((0.0, 0.72), (-0.28, 0.28), (0.28, 0.28)):
        stud = np.hypot(a - du * wide, b - dv * tall)
        out = out + 0.0036 * np.sqrt(np.clip(1 - (stud / 0.0052) ** 2, 0, 1))
    return np.asarray(out - 0.0035)


def _armour(patch: Patch) -> Coat:
    p = patch.position
    wobble = 0.0025 * fractal(p, scale=14, octaves=2, seed=51)
    return clay(
        patch, plates(np.arctan2(p[:, 0], p[:, 2] + 0.03) * 0.168 + wobble, p[:, 1] + wobble, 0.056, 0.068)
    )


def _pauldron(patch: Patch) -> Coat:
    u = patch.around * 0.076
    return clay(patch, plates(u + 0.02, -patch.along * patch.span, 0.046, 0.048))


def _hair_clay(patch: Patch) -> Coat:
    comb = np.sin(patch.around * 9 + 0.6 * np.sin(patch.run * 60)) * 0.0013
    coat = clay(patch, comb)
    coat.albedo[:] *= 0.62
    return coat


def _cap(parting: Floats) -> Paint:
    def paint(patch: Patch) -> Coat:
        away = patch.position - parting
        coat = clay(patch, 0.0009 * np.sin(np.arctan2(away[:, 0], away[:, 2]) * 60))
        coat.albedo[:] *= 0.62
        return coat

    return paint


def _carved() -> tuple[Floats, Floats]:
    """The carved lines of the face: lids, brows, moustache, mouth."""
    sheet, dark = FacePainter(), "#3a2519"
    for sign in (1.0, -1.0):
        upper = mirrored(
            [(0.0165, -0.0145), (0.024, -0.0065), (0.034, -0.005), (0.043, -0.007), (0.05, -0.0115)], sign
        )
        lower = mirrored([(0.042, -0.0172), (0.032, -0.0192), (0.023, -0.0182)], sign)
        sheet.lay(sheet.shape([*upper, *lower]), "#8e6b50", 0.55)
        sheet.lay(sheet.oval(sign * 0.033, -0.0118, 0.0062, 0.0064, soft=0.0008), "#4c3525", 0.75)
        sheet.lay(sheet.stroke(upper, [0.0007, 0.0014, 0.0012, 0.0006]), dark, 0.9)
        sheet.lay(sheet.stroke([upper[-1], *lower, upper[0]], [0.0006, 0.0009, 0.0006]), dark, 0.7)
        lid = mirrored([(0.0175, -0.0055), (0.026, 0.0015), (0.037, 0.002), (0.05, -0.0035)], sign)
        sheet.lay(sheet.stroke(lid, [0.0005, 0.001, 0.0005]), dark, 0.6)
        brow = mirrored([(0.011, 0.0135), (0.024, 0.0195), (0.038, 0.021), (0.054, 0.013)], sign)
        sheet.lay(sheet.stroke(brow, [0.002, 0.0033, 0.0028, 0.0008], soft=0.0008), dark, 0.62)
        sheet.lay(sheet.oval(sign * 0.0068, -0.056, 0.0034, 0.0017, soft=0.0008), dark, 0.85)
    sheet.lay(
        sheet.stroke(
            [(-0.02, -0.0765), (-0.009, -0.0757), (0, -0.0763), (0.009, -0.0757), (0.02, -0.0765)],
            [0.0005, 0.0012, 0.001, 0.0012, 0.0005],
        ),
        dark,
        0.92,
    )
    sheet.lay(
        sheet.stroke(
            [(-0.011, -0.0885), (0, -0.0905), (0.011, -0.0885)], [0.0004, 0.001, 0.0004], soft=0.0009
        ),
        dark,
        0.5,
    )
    return sheet.sheet()


def _face(centre: Floats) -> Paint:
    colour, cover = _carved()

    def paint(patch: Patch) -> Coat:
        at = patch.position - centre
        share = sample(cover, at) * (at[:, 2] > 0.02) * (patch.normal[:, 2] > 0.0)
        coat = clay(patch, -0.0016 * share, smooth=1.0)
        coat.albedo[:] = mixed(coat.albedo, sample(colour, at) ** 2.2, share * 0.8)
        return coat

    return paint


def _head(s: Skeleton) -> list[Solid]:
    c = s.head
    solids = head(
        s, Clay("head", "face"), HeadShape(jaw=0.066, chin=0.025, cheek=0.031, nose=0.0125, neck=0.05)
    )
    hair = Clay("hair", "cap", 0.012)
    solids.append(hair.ball(c + vec(0, 0.031, -0.021), (0.0805, 0.083, 0.093)))
    knot = c + np.array([-0.03, 0.142, -0.02])
    tie = Clay("knot", "hair", 0.008)
    solids += [
        tie.ball(knot, (0.034, 0.042, 0.034)),
        tie("cloth").ring(knot - UP * 0.026, 0.026, 0.0085),
        tie.ball(knot + vec(0.008, 0.032, 0.0), (0.024, 0.02, 0.026)),
    ]
    for turn in range(4):
        a = turn * 1.6
        solids += tie.strand(
            [
                knot + vec(0.03 * np.cos(a), -0.018, 0.03 * np.sin(a)),
                knot + vec(0.037 * np.cos(a + 0.7), 0.008, 0.037 * np.sin(a + 0.7)),
                knot + vec(0.02 * np.cos(a + 1.5), 0.034, 0.02 * np.sin(a + 1.5)),
            ],
            (0.008, 0.013, 0.009),
        )
    beard = Clay("beard", "hair", 0.003)
    for side in SIDES:
        x = SIGN[side]
        solids += beard.strand(
            [
                c + vec(x * 0.003, -0.0655, 0.0925),
                c + vec(x * 0.016, -0.068, 0.0885),
                c + vec(x * 0.031, -0.0635, 0.077),
            ],
            (0.0042, 0.0048, 0.0012),
        )
    solids += beard.strand(
        [c + vec(0, -0.091, 0.077), c + vec(0, -0.108, 0.079), c + vec(0, -0.124, 0.072)],
        (0.0075, 0.008, 0.002),
    )
    return solids


def _dressed(s: Skeleton) -> list[Solid]:
    w, cloth = s.build.width, Clay("robe", "cloth", 0.04)
    knee = (s.at("knee", "left") + s.at("knee", "right")) / 2
    solids = jumper(s, cloth, cloth, 1.12)
    solids.append(
        cloth(soft=0.02).cone(
            offset(knee, 0, 0.045, -0.02), s.trunk(0.12), 0.212 * w, 0.15 * w, rounding=0.012, squash=0.82
        )
    )
    for side in SIDES:
        b, c = s.at("elbow", side), s.at("wrist", side)
        solids.append(
            cloth(soft=0.006).cone(c - (c - b) * 0.2, c - (c - b) * 0.02, 0.057, 0.059, rounding=0.012)
        )
    mail = Clay("mail", "armour", 0.03)
    solids += [
        mail.limb(s.trunk(0.28), s.trunk(0.7), 0.158 * w, 0.15 * w, squash=0.8),
        mail.limb(
            offset(s.at("shoulder", "left"), -0.06, -0.015),
            offset(s.at("shoulder", "right"), 0.06, -0.015),
            0.066,
        ),
        mail(soft=0.02).cone(s.trunk(-0.06), s.trunk(0.36), 0.185 * w, 0.152 * w, rounding=0.01, squash=0.8),
    ]
    for side in SIDES:
        a, b = s.at("shoulder", side), s.at("elbow", side)
        guard = Clay(f"guard.{side}", "pauldron")
        solids.append(guard.limb(a + (b - a) * 0.02, a + (b - a) * 0.55, 0.072, 0.071))
        solids.append(guard("cloth").ring(a + (b - a) * 0.68, 0.062, 0.009, along=b - a))
    scarf = Clay("scarf", "scarf", 0.02)
    for lift, radius in ((-0.012, 0.074), (0.016, 0.066)):
        solids.append(scarf.ring(offset(s.neck, 0, lift, 0.004), radius, 0.019, along=(0, 1, 0.3)))
    knot = s.neck + vec(0.0, -0.035, 0.085)
    for number, drop in enumerate((0.0, 0.085)):
        solids.append(
            Clay(f"tie{number}", "scarf", 0.01).ball(
                knot - UP * drop - vec(0, 0, 0.002), (0.02, 0.013, 0.012)
            )
        )
    return solids


def figure(skeleton: Skeleton) -> Figure:
    """His body, armour and clay."""
    s, solids = skeleton, _head(skeleton)
    for side in SIDES:
        solids += hand(s.hands[side], Clay(f"hand.{side}", "skin"), 1.08)
    solids += _dressed(s)
    for side in SIDES:
        h, k, a = s.at("hip", side), s.at("knee", side), s.feet[side].ankle
        leg = Clay(f"leg.{side}", "wrap", 0.03)
        solids += [
            leg.limb(h, k, 0.085, 0.068),
            leg.limb(k, a + (k - a) * 0.6, 0.068, 0.066),
            leg.limb(a + (k - a) * 0.6, a, 0.066, 0.047),
        ]
    for side in SIDES:
        solids += shoe(s, side, ShoeClay(f"shoe.{side}", "skin", "skin"), slim=1.06, collar=0.047)

    def wrap(patch: Patch) -> Coat:
        wind = (patch.position[:, 1] + 0.006 * np.sin(patch.around * 2)) * 30
        return clay(patch, 0.003 * (np.abs(wind % 1 - 0.5) * 2) ** 0.6, "#4f6a55")

    paints: dict[str, Paint] = {
        "face": _face(s.head),
        "cap": _cap(s.head + np.array([-0.02, 0.13, -0.02])),
        "hair": _hair_clay,
        "skin": clay,
        "cloth": lambda patch: clay(patch, None, "#7d3a2c"),
        "scarf": lambda patch: clay(patch, None, "#4d5f74"),
        "armour": _armour,
        "pauldron": _pauldron,
        "wrap": wrap,
    }
    skirt = [
        Crease("robe", np.array([x, 0.6, 0.12]), (1, 0.05 * x, 0), 0.16, 13, 0.016) for x in (-0.1, 0.09)
    ]
    return Figure(solids, top_folds(s, "robe") + skirt, paints)


def draw(camera: Camera, skeleton: Skeleton) -> npt.NDArray[np.uint8]:
    """The picture: him in the excavation pit, under museum lights."""
    lamp = Lamp(
        key=(-0.62, 0.85, 0.6),
        key_colour=(2.7, 2.42, 2.02),
        sky_colour=(0.6, 0.66, 0.76),
        ground_colour=(0.36, 0.27, 0.2),
        rim_colour=(1.6, 1.25, 0.85),
        spread=0.16,
    )
    return photograph(figure(skeleton), excavation(camera), camera, lamp, WALL)
