"""Cut of clothes that several figures wear: a top with long sleeves, trousers, their folds."""

from templates_app.characters.anatomy import offset
from templates_app.characters.body import SIDES, SIGN, Skeleton
from templates_app.characters.solids import Clay, Crease, Solid, vec


def jumper(s: Skeleton, body: Clay, sleeve: Clay, loose: float = 1.0) -> list[Solid]:
    """Body, shoulders and sleeves of a top that ends in cuffs and a hem; `loose` widens it."""
    w = s.build.width * loose
    solids = [
        body.limb(s.trunk(0.21), s.trunk(0.68), 0.145 * w, 0.128 * w, squash=0.76),
        body.limb(
            offset(s.at("shoulder", "left"), -0.04, -0.01),
            offset(s.at("shoulder", "right"), 0.04, -0.01),
            0.055,
        ),
        body.limb(offset(s.trunk(0.68), -0.05, 0, 0.028), offset(s.trunk(0.68), 0.05, 0, 0.028), 0.076),
    ]
    for side in SIDES:
        a, b, c = (s.at(joint, side) for joint in ("shoulder", "elbow", "wrist"))
        cuff = c - (c - b) * 0.18
        solids += [
            body.limb(offset(s.neck, SIGN[side] * 0.03, -0.012, -0.005), a, 0.046, 0.046),
            sleeve(soft=0.035).limb(a, b, 0.056 * loose, 0.051 * loose),
            sleeve(soft=0.03).limb(b, cuff, 0.051 * loose, 0.045 * loose),
            sleeve(soft=0.012).ball(cuff, (0.046 * loose, 0.028, 0.043 * loose), along=c - b),
        ]
    return solids


def ribs(s: Skeleton, clay: Clay, loose: float = 1.0) -> list[Solid]:
    """The knitted cuffs and hem of a jumper."""
    w = s.build.width * loose
    solids = [clay.cone(s.trunk(0.025), s.trunk(0.14), 0.15 * w, 0.149 * w, rounding=0.012, squash=0.8)]
    for side in SIDES:
        b, c = s.at("elbow", side), s.at("wrist", side)
        solids.append(clay.cone(c - (c - b) * 0.17, c + (c - b) * 0.045, 0.039, 0.034, rounding=0.007))
    return solids


def trousers(
    s: Skeleton, clay: Clay, cuff: Clay, *, thigh: float = 0.077, ankle: float = 0.056
) -> list[Solid]:
    """Trousers with a cuff of its own at each ankle; radii at the thigh and above the cuff."""
    w, knee = s.build.width, (thigh + ankle) / 2 - 0.0045
    solids = [clay.limb(s.trunk(0.16), s.trunk(-0.02), 0.108 * w, 0.112 * w, squash=0.8)]
    ends = []
    for side in SIDES:
        x = SIGN[side]
        h, k, a = s.at("hip", side), s.at("knee", side), s.feet[side].ankle
        calf = k + (a - k) * 0.35 + vec(0, 0, -0.008)
        solids += [
            clay.limb(h + vec(-x * 0.01, -0.015, 0.004), k, thigh * w, knee),
            clay.limb(k, calf, knee, knee),
            clay.limb(calf, a + (k - a) * 0.12, knee, ankle),
        ]
        low = a + (k - a) * 0.14
        ends.append(
            cuff.cone(
                low - (k - a) * 0.07, low + (k - a) * 0.035, ankle + 0.005, ankle + 0.007, rounding=0.007
            )
        )
    return solids + ends


def top_folds(s: Skeleton, group: str) -> list[Crease]:
    """Folds of a jumper: elbows, cuffs, armpits and the cloth that gathers above the hem."""
    out = []
    for side in SIDES:
        x = SIGN[side]
        e, w, sh = s.at("elbow", side), s.at("wrist", side), s.at("shoulder", side)
        arm, fore = sh - e, e - w
        out += [
            Crease(group, e + vec(0, 0, 0.03), fore + vec(x * 0.12, 0, 0), 0.085, 30, 0.010),
            Crease(group, w + fore * 0.28, fore + vec(x * -0.05, 0, 0.05), 0.075, 38, 0.010),
            Crease(group, sh + vec(-x * 0.045, -0.1, 0.05), (x * 0.75, 0.6, 0), 0.085, 26, 0.009),
            Crease(group, sh - arm * 0.4, arm + vec(x * 0.15, 0, 0), 0.09, 20, 0.006),
            Crease(group, s.trunk(0.22) + vec(x * 0.1, 0, 0.06), (x * 0.35, 1, 0), 0.09, 26, 0.009),
        ]
    return out


def trouser_folds(s: Skeleton, group: str) -> list[Crease]:
    """Folds of trousers: knees, ankles and the creases that run from the crotch."""
    out = []
    for side in SIDES:
        x = SIGN[side]
        k, a, h = s.at("knee", side), s.feet[side].ankle, s.at("hip", side)
        out += [
            Crease(group, k + vec(0, 0.01, 0.05), (x * 0.25, 1, 0), 0.085, 26, 0.007),
            Crease(group, a + (k - a) * 0.3 + vec(0, 0, 0.04), (-x * 0.2, 1, 0), 0.11, 27, 0.010),
            Crease(group, h + vec(-x * 0.045, -0.07, 0.08), (x * 0.8, 1, 0), 0.075, 30, 0.007),
            Crease(group, h + (k - h) * 0.5 + vec(x * 0.02, 0, 0.05), (x * 0.7, 1, 0), 0.1, 17, 0.005),
        ]
    return out
