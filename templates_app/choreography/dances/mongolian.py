"""蒙古舞: eagle wings with soft wrists, shoulders that shake, then a ride with rein and whip.

Sixteen beats: eight of wings over swaying steps, four of shoulders with hands on the hips, four at a trot.
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

RAISE = Ease(stops=True, travel=0.9)
BASE = {
    **torso("hips", drop=0.030),
    **torso("chest", pitch=-3),
    **torso("head", pitch=-4),
    **both(arm("left", upper=(58, 40), fore=(80, 40), wrist=(0, 0), palm=10)),
    **both(foot("left", x=0.085, yaw=18, knee=16)),
}
HAND_ON_HIP = arm("left", upper=(46, -16), fore=(-40, 24), wrist=(-34, 10), palm=-20)
REIN = arm("left", upper=(10, 36), fore=(-88, 46), wrist=(-10, 18), palm=30)
WHIP = arm("right", upper=(116, 18), fore=(160, 30), wrist=(0, 8), palm=20)


def _wing(side: str, rises: float) -> Phrase:
    """Four beats of one wing: the elbow leads, forearm and hand follow; up at `rises`, down two later."""
    up, down, late, later = rises % 4, (rises + 2) % 4, (rises + 0.35) % 4, (rises + 2.35) % 4
    return (
        Phrase(4)
        .at(up, arm(side, upper=(98, 42)), {f"{side}.shoulder.lift": 0.012})
        .at(down, arm(side, upper=(42, 36)), {f"{side}.shoulder.lift": -0.004})
        .at(late, arm(side, fore=(134, 46)))
        .at(later, arm(side, fore=(48, 44)))
        # While the arm rises the hand hangs, while it sinks the hand floats.
        .at((rises - 0.7) % 4, arm(side, wrist=(-52, 4)))
        .at((rises + 1.2) % 4, arm(side, wrist=(44, 0)))
    )


def _sway_steps() -> Phrase:
    """Four beats: step to the own left and close, step to the right and close; head and chest lean over."""
    return (
        Phrase(4)
        .step("left", 0, x=0.098, yaw=18, pitch=0, knee=18, lift=0.035)
        .step("right", 1, x=-0.035, yaw=14, pitch=22, knee=4, lift=0.03)
        .step("right", 2, x=-0.098, yaw=18, pitch=0, knee=18, lift=0.035)
        .step("left", 3, x=0.035, yaw=14, pitch=22, knee=4, lift=0.03)
        .at(0.3, torso("hips", x=0.045, yaw=6), torso("head", yaw=12))
        .at(1, torso("hips", x=0.058, roll=-6), torso("chest", roll=5, yaw=-5), torso("head", roll=10))
        .at(2.3, torso("hips", x=-0.045, yaw=-6), torso("head", yaw=-12))
        .at(3, torso("hips", x=-0.058, roll=6), torso("chest", roll=-5, yaw=5), torso("head", roll=-10))
    )


def _shoulders() -> Phrase:
    """Four beats, hands on the hips: one shoulder forward, the other back, slow, slow, then shaking."""
    phrase = (
        Phrase(4)
        .step("left", 0.1, x=0.105, yaw=20, pitch=0, knee=22, lift=0.03)
        .step("right", -0.35, x=-0.105, yaw=20, pitch=0, knee=22, lift=0.03)
        .at(0.2, both(HAND_ON_HIP), ease=EASE)
        .at(3.2, both(HAND_ON_HIP), ease=EASE)
        .at(0.2, torso("hips", x=0.0, yaw=0, roll=0), torso("chest", roll=0), torso("head", yaw=0))
        .at(2, torso("hips", x=0.03, roll=-3), torso("chest", roll=4), torso("head", roll=7, yaw=8))
        .at(3, torso("hips", x=-0.02, roll=2), torso("chest", roll=-3), torso("head", roll=-6, yaw=-8))
    )
    jerk = Ease(stops=True, travel=0.3, overshoot=0.1, settle=0.15)
    for number, beat in enumerate((0.5, 1.0, 1.5, 2.0, 2.25, 2.5, 2.75, 3.0, 3.25)):
        sign = 1 if number % 2 else -1
        phrase = phrase.at(
            beat,
            {"left.shoulder.front": 0.024 * sign, "right.shoulder.front": -0.024 * sign},
            {"left.shoulder.lift": 0.010 * sign, "right.shoulder.lift": -0.010 * sign},
            torso("chest", yaw=-7 * sign),
            ease=jerk if beat <= 2 else EASE,
        )
    calm = {"shoulder.front": 0.0, "shoulder.lift": 0.0}
    level = {f"{side}.{name}": value for side in ("left", "right") for name, value in calm.items()}
    return phrase.at(3.7, level, torso("chest", yaw=0), ease=EASE)


def _ride() -> Phrase:
    """Four beats at a trot: knees lift in turn, the left hand holds the rein, the right swings the whip."""
    phrase = (
        Phrase(4)
        .at(-0.2, REIN)
        .at(0, WHIP, ease=RAISE)
        .at(0, torso("hips", x=0.0, roll=0), torso("chest", yaw=14, pitch=6, roll=0), torso("head", yaw=10))
        .at(3.3, torso("chest", yaw=14, pitch=6, roll=0), torso("head", yaw=10), ease=EASE)
        .at(3.4, REIN, WHIP, ease=EASE)
    )
    for beat in range(4):
        free, sign = ("right", -1) if beat % 2 == 0 else ("left", 1)
        phrase = phrase.at(beat, torso("hips", x=-0.035 * sign, roll=5 * sign)).fly(
            free,
            beat - 0.35,
            beat + 0.42,
            (beat, {"x": 0.08 * sign, "z": 0.07, "lift": 0.075, "pitch": 36, "yaw": 18, "knee": 24}),
            x=0.085 * sign,
            z=0.0,
            pitch=0,
            knee=20,
        )
        rein = arm("left", upper=(10, 32), fore=(-76, 46), wrist=(-10, 4))
        phrase = phrase.at(beat + 0.5, rein).at(beat + 0.02, REIN)
        whip = arm("right", upper=(108, 24), fore=(140, 34), wrist=(34, 10))
        if beat < 3:
            phrase = phrase.at(beat + 0.6, whip).at(beat + 1, WHIP, ease=HIT)
    return phrase


def roles() -> tuple[Role, ...]:
    """Sixteen beats at 108."""
    wings = _wing("left", 1).over(_wing("right", 3)).over(_sway_steps())
    score = Score(
        bpm=108,
        phrase=wings.repeated(2).then(_shoulders(), _ride()),
        base=BASE,
        waves=(
            Wave("hips.drop", 0.008, period=1, peak=0.1),
            Wave("hips.drop", 0.008, period=1, peak=0.1, start=8, stop=16),
            Wave("head.pitch", 3, period=2, peak=0.2),
        ),
    )
    return (Role(score),)
