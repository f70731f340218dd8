"""科目三: bouncing, a shank flicks across in front of the other leg, the hands whip from side to side.

Sixteen beats: two slow crossings and four quick ones; two side steps with rolling ankles and four quick
crossings beginning on the other foot.
"""

from templates_app.choreography.score import (
    EASE,
    SNAP,
    Phrase,
    Role,
    Score,
    Wave,
    arm,
    both,
    foot,
    phrases,
    torso,
)

BASE = {
    **torso("hips", drop=0.035, z=-0.02),
    **both(arm("left", upper=(20, 24), fore=(-8, 58), wrist=(0, 10), palm=20)),
    **both(foot("left", x=0.080, yaw=16, knee=20)),
}
HOME = {"z": 0.0, "pitch": 0.0, "yaw": 16.0, "twist": 0.0, "knee": 20.0}

# Both hands at the own right of the chest, flicked up; and on the way there, low, wrists dropped.
HANDS_RIGHT = {
    **arm("right", upper=(24, 14), fore=(98, 44), wrist=(62, 6), palm=50),
    **arm("left", upper=(2, 42), fore=(-84, 42), wrist=(-50, 18), palm=-10),
}
WRISTS_DROP = {
    **arm("right", upper=(22, 20), fore=(76, 48), wrist=(-42, 14), palm=10),
    **arm("left", upper=(6, 38), fore=(-62, 46), wrist=(40, 8), palm=30),
}
TO_RIGHT = {
    **arm("right", upper=(18, 28), fore=(30, 60), wrist=(-40, 14), palm=0),
    **arm("left", upper=(14, 32), fore=(-30, 60), wrist=(40, 8), palm=30),
}
LEAN_RIGHT = {
    **torso("chest", roll=-6, yaw=-9),
    **torso("head", roll=-7, yaw=-12),
}


def _slow_cross() -> Phrase:
    """Two beats: the right shank whips across in front of the left, hangs there, and steps back out."""
    return (
        Phrase(2)
        # The weight is on the left foot before the right one leaves the floor.
        .at(-0.4, torso("hips", x=0.062), ease=EASE)
        .at(0, torso("hips", roll=-8, yaw=8))
        .at(0.5, torso("hips", x=0.076))
        .at(1, torso("hips", x=0.0, roll=0, yaw=0))
        .fly(
            "right",
            -0.5,
            1.0,
            (-0.25, {"x": -0.10, "z": 0.07, "lift": 0.07, "pitch": 34, "yaw": 26, "twist": 0, "knee": 50}),
            (0, {"x": 0.17, "z": 0.155, "lift": 0.115, "pitch": 28, "yaw": -30, "knee": 58}),
            (0.3, {"x": 0.19, "z": 0.155, "lift": 0.13, "pitch": 8, "yaw": -44, "knee": 60}),
            (0.65, {"x": -0.06, "z": 0.12, "lift": 0.07, "pitch": 30, "yaw": 14, "knee": 44}),
            x=-0.080,
            **HOME,
        )
        .at(0, foot("left", knee=4))
        .at(1, foot("left", knee=24))
    )


def _quick_cross() -> Phrase:
    """One beat: the same in half the time."""
    return (
        Phrase(1)
        .fly(
            "right",
            -0.47,
            0.5,
            (-0.22, {"x": -0.08, "z": 0.09, "lift": 0.055, "pitch": 30, "yaw": 22, "twist": 0, "knee": 44}),
            (0.02, {"x": 0.135, "z": 0.15, "lift": 0.085, "pitch": 26, "yaw": -34, "knee": 54}),
            (0.28, {"x": -0.06, "z": 0.10, "lift": 0.05, "pitch": 28, "yaw": 14, "knee": 40}),
            x=-0.080,
            **HOME,
        )
        .at(0, torso("hips", x=0.040, roll=-7, yaw=7))
    )


def _side_step(over: float, lead: float, follow: float) -> Phrase:
    """Two beats: step to the own right, the left foot comes along, rolls in and out on its toes and settles.

    over: where the hips are, to the own left, while the right foot is up. lead, follow: where the feet land,
    to the own right.
    """
    return (
        Phrase(2)
        .step("right", 0, x=-lead, z=0.0, yaw=16, twist=0, pitch=0, knee=24, lift=0.05)
        .at(-0.45, torso("hips", x=over))
        .at(0.2, torso("hips", x=-0.4 * lead, roll=6, yaw=-6))
        .step("left", 0.7, x=-follow, z=0.03, yaw=10, pitch=30, lift=0.04)
        .at(0.7, torso("hips", x=-0.75 * lead, roll=7), foot("left", twist=-10, knee=-6), ease=EASE)
        .at(0.95, foot("left", twist=26, knee=42))
        .at(1.2, foot("left", twist=-14, knee=-12, pitch=30))
        .at(1.5, foot("left", twist=8, knee=20, pitch=0), ease=EASE)
        .at(1.2, torso("hips", x=-0.7 * lead, roll=4))
        .at(1.55, torso("hips", x=-0.5 * (lead + follow)))
    )


def _swing_right() -> Phrase:
    """One beat: the hands whip to the own right and flick."""
    return Phrase(1).at(-0.5, TO_RIGHT).at(0, HANDS_RIGHT, ease=SNAP).at(0, LEAN_RIGHT)


def _double_flick_right() -> Phrase:
    """Two beats: the hands whip to the own right, flick, drop and flick again."""
    return _swing_right().then(
        Phrase(1).at(-0.45, WRISTS_DROP).at(0, HANDS_RIGHT, ease=SNAP).at(0, LEAN_RIGHT)
    )


def roles() -> tuple[Role, ...]:
    """Sixteen beats at 126."""
    slow = _slow_cross().over(_double_flick_right())
    quick = _quick_cross().over(_swing_right())
    flick_left = _double_flick_right().mirrored()
    out = _side_step(0.035, 0.150, -0.010).over(flick_left)
    back = _side_step(0.095, 0.105, -0.070).over(flick_left).mirrored()
    half = quick.then(quick.mirrored())
    score = Score(
        bpm=126,
        phrase=phrases([slow, slow.mirrored(), half, half, out, back, half.mirrored(), half.mirrored()]),
        base=BASE,
        waves=(
            Wave("hips.drop", 0.018, period=1, peak=0.05, sharpness=0.5),
            Wave("head.pitch", 5, period=1, peak=0.1),
            Wave("left.shoulder.lift", 0.008, period=1, peak=0.5),
            Wave("right.shoulder.lift", 0.008, period=1, peak=0.5),
        ),
    )
    return (Role(score),)
