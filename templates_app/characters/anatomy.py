"""Parts that every figure has: head, neck, bare arms and legs, hands, shoes."""

from dataclasses import dataclass

import numpy as np

from templates_app.characters.body import SIDES, SIGN, Hand, Skeleton
from templates_app.characters.compiled import Floats
from templates_app.characters.solids import Blend, Clay, Solid, Vector, vec

UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class HeadShape:
    """Measures of a head in metres; a small jaw and chin make it young."""

    jaw: float = 0.056
    chin: float = 0.021
    cheek: float = 0.03
    nose: float = 0.0115
    socket: float = 0.007
    neck: float = 0.045


FACE_JOINTS = {
    "nose": (0.0, -0.047, 0.107),
    "left_eye_inner": (0.0185, -0.012, 0.083),
    "left_eye": (0.032, -0.011, 0.082),
    "left_eye_outer": (0.0465, -0.01, 0.072),
    "right_eye_inner": (-0.0185, -0.012, 0.083),
    "right_eye": (-0.032, -0.011, 0.082),
    "right_eye_outer": (-0.0465, -0.01, 0.072),
    "left_ear": (0.077, -0.012, 0.0),
    "right_ear": (-0.077, -0.012, 0.0),
    "mouth_left": (0.019, -0.075, 0.083),
    "mouth_right": (-0.019, -0.075, 0.083),
}
"""BlazePose's head joints relative to the head's centre, metres."""


def face_joints(table: dict[str, tuple[float, float, float]] | None = None) -> dict[str, Floats]:
    """FACE_JOINTS, or another such table, as arrays."""
    return {name: np.asarray(offset, dtype=np.float64) for name, offset in (table or FACE_JOINTS).items()}


def head(skeleton: Skeleton, clay: Clay, shape: HeadShape) -> list[Solid]:
    """Skull, jaw, nose, ears and neck, melted together."""
    c = skeleton.head

    def at(x: float, y: float, z: float) -> Floats:
        return np.asarray(c + vec(x, y, z))

    neck = Clay(f"{clay.group}.neck", clay.material)
    solids = [
        neck.limb(skeleton.neck - UP * 0.03, at(0, -0.04, -0.018), shape.neck * 1.08, shape.neck),
        clay.ball(at(0, 0.014, -0.012), (0.076, 0.092, 0.094)),
        clay(soft=0.04).ball(at(0, -0.034, 0.012), (0.0595, 0.072, 0.068)),
        clay(soft=0.03).limb(at(-0.022, -0.068, 0.03), at(0.022, -0.068, 0.03), shape.jaw * 0.58),
        clay(soft=0.032).ball(at(0, -0.096, 0.06), (shape.chin, shape.chin * 0.9, shape.chin)),
    ]
    for side in SIDES:
        x = SIGN[side]
        solids += [
            clay(soft=0.03).ball(at(x * 0.036, -0.042, 0.052), shape.cheek),
            clay(soft=0.018).ball(
                at(x * 0.033, -0.011, 0.101), (0.021, 0.0135, 0.02 + shape.socket), blend=Blend.CUT
            ),
            clay(soft=0.01).ball(at(x * 0.0325, -0.011, 0.0655), (0.0185, 0.0165, 0.0165)),
            clay(soft=0.012).ball(at(x * 0.079, -0.014, -0.004), (0.009, 0.03, 0.018), flat=(0.35 * x, 0, 1)),
        ]
    solids += [
        clay(soft=0.02).limb(at(0, 0.004, 0.078), at(0, -0.043, 0.0985), 0.005, shape.nose * 0.8),
        clay(soft=0.009).ball(at(0, -0.0455, 0.1), shape.nose * 0.82),
        clay(soft=0.007).ball(at(shape.nose * 0.82, -0.0495, 0.0905), shape.nose * 0.52),
        clay(soft=0.007).ball(at(-shape.nose * 0.82, -0.0495, 0.0905), shape.nose * 0.52),
        clay(soft=0.01).ball(at(0, -0.0715, 0.0815), (0.016, 0.0052, 0.0062)),
        clay(soft=0.01).ball(at(0, -0.0805, 0.0805), (0.0135, 0.006, 0.0072)),
    ]
    return solids


COMIC_FACE_JOINTS = {
    "nose": (0.0, -0.053, 0.09),
    "left_eye_inner": (0.017, -0.026, 0.076),
    "left_eye": (0.035, -0.026, 0.07),
    "left_eye_outer": (0.054, -0.026, 0.056),
    "right_eye_inner": (-0.017, -0.026, 0.076),
    "right_eye": (-0.035, -0.026, 0.07),
    "right_eye_outer": (-0.054, -0.026, 0.056),
    "left_ear": (0.08, -0.024, -0.004),
    "right_ear": (-0.08, -0.024, -0.004),
    "mouth_left": (0.014, -0.077, 0.07),
    "mouth_right": (-0.014, -0.077, 0.07),
}
"""The same for the head of `comic_head`."""


def comic_head(skeleton: Skeleton, clay: Clay) -> list[Solid]:
    """A smooth head with a small nose and a pointed chin, for a painted comic face."""
    c = skeleton.head
    solids = [
        clay.ball(c + vec(0, 0.02, -0.012), (0.083, 0.096, 0.094)),
        clay(soft=0.045).ball(c + vec(0, -0.036, 0.012), (0.067, 0.062, 0.064)),
        clay(soft=0.06).ball(c + vec(0, -0.098, 0.046), (0.017, 0.014, 0.017)),
        clay(soft=0.014).ball(c + vec(0, -0.053, 0.078), (0.005, 0.006, 0.009)),
        clay(soft=0.03).limb(skeleton.neck - UP * 0.03, c + vec(0, -0.05, -0.02), 0.04, 0.037),
    ]
    for side in SIDES:
        x = SIGN[side]
        solids.append(
            clay(soft=0.01).ball(
                c + vec(x * 0.082, -0.026, -0.008), (0.009, 0.026, 0.015), flat=(0.4 * x, 0, 1)
            )
        )
    return solids


def hand(hand: Hand, clay: Clay, scale: float = 1.0) -> list[Solid]:
    """A relaxed hand: palm, four fingers a little curled, thumb."""
    w, d, t, p = hand.wrist, hand.along * scale, hand.thumbwards * scale, hand.palm * scale
    solids = [
        clay(soft=0.02).limb(
            w - d * 0.015, w + d * 0.02, 0.0255 * scale, 0.0265 * scale, squash=0.78, flat=hand.palm
        ),
        clay(soft=0.02).ball(
            w + d * 0.055 + t * 0.002,
            (0.037 * scale, 0.048 * scale, 0.0165 * scale),
            along=hand.along,
            flat=hand.palm,
        ),
        clay(soft=0.02).limb(
            w + d * 0.02 + t * 0.018 + p * 0.006,
            w + d * 0.055 + t * 0.036 + p * 0.008,
            0.0165 * scale,
            0.0125 * scale,
        ),
    ]
    for number, (length, curl) in enumerate(((0.07, 18.0), (0.077, 24.0), (0.071, 30.0), (0.057, 36.0))):
        base = w + d * (0.091 - 0.003 * abs(number - 1.2)) + t * (0.0275 - 0.0185 * number) + p * 0.002
        point, r = base, 0.0092 - 0.0006 * abs(number - 1)
        for share, bend in ((0.46, curl * 0.7), (0.3, curl * 1.7), (0.24, curl * 2.2)):
            a = np.radians(bend)
            tip = point + (d * np.cos(a) + p * np.sin(a) + t * (0.06 - 0.04 * number)) * length * share
            solids.append(clay(soft=0.006).limb(point, tip, r * scale, r * 0.9 * scale))
            point, r = tip, r * 0.9
    start = w + d * 0.052 + t * 0.036 + p * 0.007
    middle = start + (d * 0.86 + t * 0.5 + p * 0.12) * 0.032
    solids.append(clay(soft=0.008).limb(start, middle, 0.0112 * scale, 0.0102 * scale))
    solids.append(
        clay(soft=0.006).limb(
            middle, middle + (d * 0.97 + t * 0.2 + p * 0.16) * 0.028, 0.0102 * scale, 0.0078 * scale
        )
    )
    return solids


def arm(skeleton: Skeleton, side: str, clay: Clay, radii: tuple[float, float, float]) -> list[Solid]:
    """A bare arm from shoulder to wrist; radii at shoulder, elbow and wrist."""
    s, e, w = (skeleton.at(joint, side) for joint in ("shoulder", "elbow", "wrist"))
    bulge = e + (w - e) * 0.28
    return [
        clay.limb(s, e, radii[0], radii[1]),
        clay.limb(e, bulge, radii[1], radii[1] * 1.04),
        clay.limb(bulge, w, radii[1] * 1.04, radii[2], squash=0.9, flat=skeleton.hands[side].palm),
    ]


def leg(skeleton: Skeleton, side: str, clay: Clay, radii: tuple[float, float, float]) -> list[Solid]:
    """A leg from hip to ankle; radii at hip, knee and ankle."""
    h, k, a = skeleton.at("hip", side), skeleton.at("knee", side), skeleton.feet[side].ankle
    calf = k + (a - k) * 0.3 + np.array([0.0, 0.0, -0.018])
    return [
        clay.limb(h, k, radii[0], radii[1]),
        clay.limb(k, calf, radii[1] * 0.95, radii[1]),
        clay.limb(calf, a, radii[1], radii[2]),
    ]


@dataclass(frozen=True)
class ShoeClay:
    """Materials of one shoe; `lace` None for a slipper."""

    group: str
    upper: str
    sole: str
    lace: str | None = None


def shoe(
    skeleton: Skeleton, side: str, clay: ShoeClay, *, slim: float = 1.0, collar: float = 0.045
) -> list[Solid]:
    """A low shoe around the foot; `slim` narrows it, `collar` is its opening's radius (0: none)."""
    foot = skeleton.feet[side]
    d, across = foot.toes, np.cross(UP, foot.toes)
    heel = foot.ankle - UP * foot.ankle[1] - d * 0.042

    def at(forward: float, up: float, aside: float = 0.0) -> Floats:
        return np.asarray(heel + d * forward + UP * up + across * aside)

    sole, upper = Clay(clay.group, clay.sole, 0.01), Clay(clay.group, clay.upper, 0.03)
    solids = [
        sole.limb(at(0, 0.016), at(0.185, 0.015), 0.037 * slim, 0.044 * slim, squash=0.4, flat=UP),
        sole.limb(at(0.185, 0.015), at(0.215, 0.016), 0.044 * slim, 0.034 * slim, squash=0.42, flat=UP),
        upper.limb(at(0.006, 0.05), at(0.15, 0.038), 0.0345 * slim, 0.036 * slim, squash=0.9, flat=UP),
        upper.limb(at(0.15, 0.034), at(0.205, 0.027), 0.0385 * slim, 0.0305 * slim, squash=0.75, flat=UP),
        upper.limb(at(0.06, 0.068), at(0.15, 0.045), 0.03 * slim, 0.026 * slim),
    ]
    if collar:
        solids.append(
            upper(soft=0.02).cone(at(0.03, 0.05), at(0.028, 0.1), collar * 0.86, collar, rounding=0.01)
        )
    if clay.lace:
        tie = Clay(clay.group, clay.lace, 0.002)
        for step in range(5):
            forward, up = 0.088 + 0.017 * step, 0.0905 - 0.0068 * step
            solids.append(tie.limb(at(forward, up, -0.02), at(forward + 0.005, up + 0.007), 0.0042, 0.0042))
            solids.append(tie.limb(at(forward + 0.005, up + 0.007), at(forward, up, 0.02), 0.0042, 0.0042))
    return solids


def offset(point: Floats, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Vector:
    """A point moved along the world axes."""
    return np.asarray(point + vec(x, y, z))
