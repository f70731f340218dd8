"""双人对舞: two dancers side by side, each the other's mirror image: hips together, clapped hands, one heart.

Sixteen beats, four pictures of four beats each. Written for the dancer at the picture's left, whose partner
stands at the own left; the partner dances the mirror image.
"""

from templates_app.choreography.score import (
    EASE,
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

APART = 0.285  # statures from the middle between both to either
SWEEP = Ease(stops=True, travel=0.75, overshoot=0.03)
BASE = {
    **torso("hips", drop=0.030),
    **both(arm("left", upper=(20, 18), fore=(-16, 52), palm=10)),
    **both(foot("left", x=0.090, yaw=16, knee=16)),
}
LEVEL = {**torso("chest", roll=0, yaw=0, pitch=0), **torso("head", roll=0, yaw=0, pitch=0)}
# To the partner (the own left), and away.
TOWARDS = {
    **torso("hips", x=0.055, roll=-10, yaw=4),
    **foot("right", pitch=22, knee=0),
    **foot("left", pitch=0, knee=18),
}
AWAY = {
    **torso("hips", x=-0.050, roll=10, yaw=-4),
    **foot("left", pitch=22, knee=0),
    **foot("right", pitch=0, knee=18),
}
CENTRE = {**torso("hips", x=0.0, roll=0, yaw=0), **both(foot("left", pitch=0, knee=16))}
HAND_ON_HIP = arm("right", upper=(46, -16), fore=(-38, 34), wrist=(-34, 10), palm=-20)
CLAP_HIGH = arm("left", upper=(76, 40), fore=(174, 16), wrist=(0, 0), palm=0)
CLAP_LOW = arm("left", upper=(40, 38), fore=(34, 48), wrist=(8, 0), palm=20)
HALF_HEART = arm("left", upper=(146, 14), fore=(172, 14), wrist=(-30, 0), palm=10)
UP = arm("right", upper=(158, 16), fore=(172, 16), wrist=(4, 0), palm=20)


def _hips() -> Phrase:
    """Four beats: hips to the partner and away, twice; the outer hand on the hip, the inner arm swings."""
    phrase = Phrase(4).at(0, HAND_ON_HIP, ease=EASE).at(3.4, HAND_ON_HIP, ease=EASE)
    for beat in range(4):
        if beat % 2 == 0:
            swing = arm("left", upper=(36, 22), fore=(18, 44), palm=10)
            phrase = phrase.at(
                beat, TOWARDS, swing, torso("chest", roll=6, yaw=6), torso("head", yaw=16, roll=6)
            )
        else:
            swing = arm("left", upper=(6, 36), fore=(-64, 44), palm=10)
            phrase = phrase.at(
                beat, AWAY, swing, torso("chest", roll=-6, yaw=-6), torso("head", yaw=-8, roll=-5)
            )
    return phrase


def _claps() -> Phrase:
    """Four beats: the inner hands meet high, low, and high twice; the outer fist pumps."""
    fist = arm("right", upper=(24, 20), fore=(-20, 62), palm=10)
    phrase = Phrase(4).at(0, fist, LEVEL, ease=EASE)
    for beat, clap in ((0, CLAP_HIGH), (1, CLAP_LOW), (2, CLAP_HIGH), (3, CLAP_HIGH)):
        phrase = phrase.at(beat, clap, CENTRE, torso("head", yaw=14), torso("chest", yaw=6), ease=EASE)
        if beat < 3:
            phrase = phrase.at(beat - 0.35, arm("left", upper=(42, 52), fore=(80, 66)))
    phrase = phrase.at(2.5, arm("left", upper=(58, 46), fore=(172, 34)), torso("hips", x=-0.02, roll=4))
    phrase = phrase.at(3.5, arm("left", upper=(42, 52), fore=(80, 66)))
    for beat in range(4):
        phrase = phrase.at(
            beat + 0.5,
            torso("hips", drop=0.050),
            arm("right", upper=(22, 24), fore=(-20 - 50 * (beat % 2), 70)),
        ).at(beat, torso("hips", drop=0.024))
    return phrase


def _steps() -> Phrase:
    """Four beats: two steps away and back; the outer arm is thrown up, waves, and comes down."""
    low = arm("right", upper=(22, 24), fore=(-50, 58), palm=10)
    phrase = (
        Phrase(4)
        .at(0, arm("left", upper=(26, 16), fore=(-24, 62), palm=10), ease=SWEEP)
        .tuck(-0.4, "right")
        .at(0, UP, ease=SWEEP)
        .at(0.6, UP, arm("right", fore=(160, 14)))
        .at(1.2, UP, ease=EASE)
        .at(1.8, arm("right", upper=(98, 34), fore=(104, 60)))
        .at(2.3, arm("right", upper=(52, 44), fore=(20, 66)))
        .at(3, low, ease=EASE)
    )
    for beat in (0, 2):
        phrase = (
            phrase.step("right", beat, x=-0.135, yaw=18, knee=18)
            .at(beat, torso("hips", x=-0.045, roll=7), torso("chest", roll=6), ease=SWEEP)
            .at(beat, torso("head", yaw=-14, roll=6, pitch=-8), ease=SWEEP)
            .step("right", beat + 1, x=-0.090, yaw=16, knee=16)
            .at(beat + 1, torso("hips", x=0.030, roll=-6), torso("chest", roll=5))
            .at(beat + 1, torso("head", yaw=16, roll=4, pitch=4))
        )
    return phrase


def _heart() -> Phrase:
    """Four beats: the inner arms make one heart over the middle; both sway under it, and let go."""
    return (
        Phrase(4)
        .at(-0.3, arm("left", upper=(62, 54), fore=(160, 60)))
        .at(0, HALF_HEART, HAND_ON_HIP, TOWARDS, torso("hips", x=0.030), ease=SWEEP)
        .at(0, torso("chest", roll=2, yaw=4, pitch=0), torso("head", roll=10, yaw=8, pitch=-2), ease=SWEEP)
        .at(1, CENTRE, torso("chest", roll=0), torso("head", roll=-4))
        .at(2, TOWARDS, HALF_HEART, torso("hips", x=0.030), torso("chest", roll=2), ease=EASE)
        .at(2, torso("head", roll=10), ease=EASE)
        .at(2.6, HALF_HEART, ease=EASE)
        .at(3.1, arm("left", upper=(90, 48), fore=(112, 64)), torso("hips", x=-0.02))
        .at(3.4, arm("left", upper=(46, 46), fore=(20, 66)), CENTRE)
        .at(3.0, LEVEL)
    )


def _score(phrase: Phrase, base: dict[str, float]) -> Score:
    return Score(
        bpm=112,
        phrase=phrase,
        base=base,
        waves=(
            Wave("hips.drop", 0.010, period=1, peak=0.5, sharpness=0.3),
            Wave("head.pitch", 3, period=1, peak=0.15),
        ),
    )


def roles() -> tuple[Role, ...]:
    """Sixteen beats at 112, for two."""
    phrase = _hips().then(_claps(), _steps(), _heart())
    return (
        Role(_score(phrase, BASE), x=-APART),
        Role(_score(phrase.mirrored(), BASE), x=APART),
    )
