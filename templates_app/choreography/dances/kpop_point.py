"""女团律动: cross and open, a heart over the head, hands framing the face, shoulder pops, on the beat.

Sixteen beats, four pictures of four beats each.
"""

from templates_app.choreography.score import (
    EASE,
    HIT,
    SNAP,
    Ease,
    Phrase,
    Role,
    Score,
    Wave,
    arm,
    both,
    foot,
    torso,
)

# Long ways, such as from over the head to the hip, take most of a beat.
SWEEP = Ease(stops=True, travel=0.7, overshoot=0.04)
BASE = {
    **torso("hips", drop=0.026),
    **both(arm("left", upper=(24, 14), fore=(10, 40), palm=10)),
    **both(foot("left", x=0.095, yaw=16, knee=14)),
}
HAND_ON_HIP = arm("left", upper=(46, -16), fore=(-38, 34), wrist=(-34, 10), palm=-20)
HIP_LEFT = {
    **torso("hips", x=0.050, roll=-10, yaw=5),
    **foot("right", pitch=20, knee=-4),
    **foot("left", pitch=0, knee=16),
}
HIP_RIGHT = {
    **torso("hips", x=-0.050, roll=10, yaw=-5),
    **foot("left", pitch=20, knee=-4),
    **foot("right", pitch=0, knee=16),
}
HIP_CENTRE = {**torso("hips", x=0.0, roll=0, yaw=0), **both(foot("left", pitch=0, knee=16))}
CROSS = {
    **arm("left", upper=(4, 46), fore=(238, 30), wrist=(-8, 0), palm=10),
    **arm("right", upper=(6, 24), fore=(248, 30), wrist=(-8, 0), palm=10),
}
OPEN = both(arm("left", upper=(40, 34), fore=(128, 40), wrist=(14, 0), palm=40))
HEART = both(arm("left", upper=(136, 16), fore=(231, 20), wrist=(34, -8), palm=20))
FRAME_HIGH = arm("right", upper=(112, 24), fore=(228, 22), wrist=(14, 6), palm=40)
FRAME_LOW = arm("left", upper=(38, 36), fore=(196, 34), wrist=(40, 10), palm=30)


def _cross_and_open() -> Phrase:
    """Four beats: arms cross, open, point down to the own right, up to the left."""
    point_down = {
        **HAND_ON_HIP,
        **arm("right", upper=(34, 16), fore=(36, 26), wrist=(0, 0), palm=10),
        **HIP_LEFT,
        **torso("chest", roll=-7, yaw=-10),
        **torso("head", roll=-8, yaw=-16, pitch=6),
    }
    point_up = {
        **HAND_ON_HIP,
        **arm("right", upper=(142, 16), fore=(148, 16), wrist=(2, 0), palm=10),
        **HIP_RIGHT,
        **torso("chest", roll=8, yaw=8),
        **torso("head", roll=6, yaw=-12, pitch=-8),
    }
    level = {**torso("chest", roll=0, yaw=0, pitch=0), **torso("head", roll=0, yaw=0, pitch=0)}
    return (
        Phrase(4)
        .at(0, CROSS, HIP_CENTRE, level, torso("chest", pitch=8), torso("head", pitch=10), ease=SWEEP)
        .at(1, OPEN, HIP_CENTRE, level, torso("chest", pitch=-5), torso("head", pitch=-5), ease=HIT)
        .at(2, point_down, ease=SWEEP)
        .tuck(2.65, "right")
        .at(3, point_up, ease=SWEEP)
        .tuck(3.6, "left")
    )


def _heart() -> Phrase:
    """Four beats: both arms rise to a heart over the head, the hips swing right, left, right under it."""
    return (
        Phrase(4)
        .at(
            0,
            HEART,
            HIP_LEFT,
            torso("chest", roll=6, yaw=0),
            torso("head", roll=9, yaw=0, pitch=-2),
            ease=SWEEP,
        )
        .at(1, HIP_RIGHT, torso("chest", roll=-6), torso("head", roll=-9))
        .at(2, HIP_LEFT, torso("chest", roll=6), torso("head", roll=9))
        .at(2.5, HIP_RIGHT, torso("chest", roll=-4), torso("head", roll=-6))
        .at(3, HIP_LEFT, HEART, torso("chest", roll=6), torso("head", roll=9), ease=EASE)
        .tuck(3.6, "left", "right")
    )


def _frames() -> Phrase:
    """Four beats: one hand over, one under the face, changing over once; hips towards the low hand."""
    first = {
        **FRAME_HIGH,
        **FRAME_LOW,
        **HIP_LEFT,
        **torso("chest", roll=5, yaw=-8),
        **torso("head", roll=-10, yaw=-10, pitch=2),
    }
    picture = (
        Phrase(2).at(0, first, ease=SWEEP).at(1, torso("hips", x=0.040, roll=-4), torso("head", roll=-3))
    )
    return picture.then(picture.mirrored())


def _pops() -> Phrase:
    """Four beats: hands on the hips, shoulders pop right, left, right-left, then both hands push out."""
    hands = {**HAND_ON_HIP, **arm("right", upper=(46, -16), fore=(-38, 34), wrist=(-34, 10), palm=-20)}
    phrase = Phrase(4).at(0, hands, ease=SWEEP).at(2.4, hands, ease=EASE)
    for beat, sign in ((0, -1), (1, 1), (2, -1), (2.5, 1)):
        phrase = phrase.at(
            beat,
            {"left.shoulder.lift": 0.028 if sign > 0 else -0.004},
            {"right.shoulder.lift": 0.028 if sign < 0 else -0.004},
            HIP_RIGHT if sign > 0 else HIP_LEFT,
            torso("chest", roll=-6 * sign, yaw=9 * sign, pitch=0),
            torso("head", roll=7 * sign, yaw=8 * sign, pitch=0),
            ease=SNAP,
        )
    push = both(arm("left", upper=(30, 40), fore=(60, 50), wrist=(60, 10), palm=60))
    level = {"left.shoulder.lift": 0.0, "right.shoulder.lift": 0.0}
    return phrase.at(3.2, push, level, HIP_CENTRE, torso("chest", roll=0, yaw=0, pitch=4), ease=HIT).at(
        3.2, torso("head", roll=0, yaw=0, pitch=-4), ease=HIT
    )


def roles() -> tuple[Role, ...]:
    """Sixteen beats at 120."""
    score = Score(
        bpm=120,
        phrase=_cross_and_open().then(_heart(), _frames(), _pops()),
        base=BASE,
        waves=(
            Wave("hips.drop", 0.012, period=1, peak=0.08, sharpness=0.4),
            Wave("head.pitch", 3, period=1, peak=0.15),
        ),
    )
    return (Role(score),)
