"""迪斯科: one arm points up and out, down and across with the hip; the forearms roll, the hands clap.

Sixteen beats: six of pointing, two of rolling, the same on the other side.
"""

from templates_app.choreography.score import (
    EASE,
    HIT,
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

THROW = Ease(stops=True, travel=0.62, overshoot=0.05)
BASE = {
    **torso("hips", drop=0.030),
    **both(arm("left", upper=(30, 20), fore=(20, 50), palm=10)),
    **both(foot("left", x=0.120, yaw=20, knee=20)),
}
HAND_ON_HIP = arm("left", upper=(46, -16), fore=(-40, 24), wrist=(-34, 10), palm=-20)
POINT_UP = {
    **arm("right", upper=(145, 14), fore=(150, 14), wrist=(2, 0), palm=0),
    **torso("hips", x=0.042, roll=-10, yaw=-6),
    **torso("chest", roll=7, yaw=-8, pitch=-3),
    **torso("head", roll=-8, yaw=-16, pitch=-10),
    **foot("right", pitch=24, knee=-4),
    **foot("left", pitch=0, knee=24),
}
POINT_DOWN = {
    **arm("right", upper=(-12, 42), fore=(-44, 38), wrist=(-4, 0), palm=10),
    **torso("hips", x=-0.045, roll=9, yaw=10),
    **torso("chest", roll=3, yaw=16, pitch=8),
    **torso("head", roll=6, yaw=14, pitch=10),
    **foot("right", pitch=0, knee=24),
    **foot("left", pitch=20, knee=-2),
}


def _points() -> Phrase:
    """Six beats: the right arm up, down, up, down, then up and held with two nods of the hip."""
    phrase = Phrase(6).at(0, HAND_ON_HIP, ease=EASE).at(5.4, HAND_ON_HIP, ease=EASE)
    for beat in range(4):
        phrase = phrase.at(beat, POINT_DOWN if beat % 2 else POINT_UP, ease=THROW)
    for swing in (0.68, 1.68, 2.68, 3.68):
        phrase = phrase.tuck(swing, "right")
    hip_back = {**torso("hips", x=-0.015, roll=8), **torso("chest", roll=3), **torso("head", roll=-2)}
    return (
        phrase.at(4, POINT_UP, ease=THROW)
        .at(4.5, hip_back)
        .at(5, POINT_UP, ease=HIT)
        .at(5.4, arm("right", upper=(145, 14), fore=(150, 14)), ease=EASE)
        .tuck(5.7, "right")
    )


def _roll() -> Phrase:
    """Two beats: the forearms roll around each other while the knees sink, and rise to a clap."""
    phrase = Phrase(2)
    for quarter in range(5):
        near = quarter % 2 == 0
        first, second = ("left", "right") if near else ("right", "left")
        phrase = phrase.at(
            quarter * 0.25,
            arm(first, upper=(24, 34), fore=(-92, 44), wrist=(-8, 0), palm=0),
            arm(second, upper=(16, 26), fore=(-58, 62), wrist=(-8, 0), palm=0),
        )
    clap = both(arm("left", upper=(26, 44), fore=(-96, 44), wrist=(-20, 0), palm=40))
    return (
        phrase.at(1.36, clap, ease=EASE)
        .tuck(1.7, "left")
        .at(0, torso("hips", x=0.0, roll=0, yaw=0), torso("chest", roll=0, yaw=0, pitch=10))
        .at(0, torso("head", roll=0, yaw=0, pitch=8), both(foot("left", pitch=0, knee=26)))
        .at(0.9, torso("hips", drop=0.075), torso("chest", pitch=12))
        .at(1.4, torso("hips", drop=0.022), torso("chest", pitch=-2), torso("head", pitch=-6))
    )


def roles() -> tuple[Role, ...]:
    """Sixteen beats at 116."""
    half = _points().then(_roll())
    score = Score(
        bpm=116,
        phrase=half.then(half.mirrored()),
        base=BASE,
        waves=(
            Wave("hips.drop", 0.014, period=1, peak=0.08, sharpness=0.4),
            Wave("left.shoulder.lift", 0.006, period=1, peak=0.5),
            Wave("right.shoulder.lift", 0.006, period=1, peak=0.5),
        ),
    )
    return (Role(score),)
