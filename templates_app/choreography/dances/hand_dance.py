"""手势舞: a seated dance of the hands: waving, crossing and opening, a heart, cheeks in the palms, rolling.

Sixteen beats, four pictures of four beats each; the legs stay where they are, below the frame.
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

SWEEP = Ease(stops=True, travel=0.75, overshoot=0.03)
BASE = {
    **torso("hips", drop=0.030),
    **both(arm("left", upper=(20, 24), fore=(300, 60), palm=10)),
    **both(foot("left", x=0.090, yaw=14, knee=12)),
}
LOW = arm("left", upper=(18, 26), fore=(298, 58), wrist=(-6, 0), palm=10)
GREET = arm("right", upper=(32, 38), fore=(168, 32), wrist=(0, 0), palm=60)
CROSS = {
    **arm("left", upper=(4, 46), fore=(232, 32), wrist=(-8, 0), palm=10),
    **arm("right", upper=(6, 24), fore=(240, 32), wrist=(-8, 0), palm=10),
}
OPEN = both(arm("left", upper=(30, 40), fore=(146, 40), wrist=(14, 0), palm=50))
HEART = both(arm("left", upper=(36, 40), fore=(236, 40), wrist=(16, 6), palm=30))
CHEEKS = both(arm("left", upper=(72, 44), fore=(222, 26), wrist=(8, 0), palm=30))
LEVEL = {**torso("chest", roll=0, yaw=0, pitch=0), **torso("head", roll=0, yaw=0, pitch=0)}


def _leaning(sign: float, much: float = 1.0) -> dict[str, float]:
    """Trunk and head towards the own left (1) or right (-1)."""
    lean = sign * much
    return {
        **torso("hips", x=0.024 * lean, roll=-2 * lean),
        **torso("chest", roll=6 * lean, yaw=5 * lean),
        **torso("head", roll=7 * lean, yaw=6 * lean),
    }


def _greeting() -> Phrase:
    """Four beats: the right hand waves beside the face, four times; the left one rests at the waist."""
    phrase = Phrase(4).at(0, LOW, ease=EASE)
    for step in range(8):
        out = step % 2 == 0
        swing = arm("right", upper=(32, 38), fore=(154 if out else 184, 32), wrist=(26 if out else -26, 0))
        phrase = phrase.at(step * 0.5, GREET, swing)
    for beat in range(4):
        phrase = phrase.at(beat, _leaning(-1 if beat % 2 else 0.6))
    return phrase.tuck(3.8, "left")


def _crossing() -> Phrase:
    """Four beats: arms cross on the chest, open, cross, and meet as a heart."""
    return (
        Phrase(4)
        .at(0, CROSS, LEVEL, torso("chest", pitch=6), torso("head", pitch=9), ease=SWEEP)
        .at(1, OPEN, torso("chest", pitch=-5), torso("head", pitch=-6), ease=SWEEP)
        .at(2, CROSS, torso("chest", pitch=6), torso("head", pitch=9), ease=SWEEP)
        .at(3, HEART, LEVEL, ease=SWEEP)
        .at(3.6, HEART, torso("chest", pitch=4), torso("head", pitch=5), ease=EASE)
    )


def _cheeks() -> Phrase:
    """Four beats: the face in both palms, rocking from side to side."""
    phrase = Phrase(4).at(0, CHEEKS, LEVEL, ease=SWEEP).at(3.2, CHEEKS, ease=EASE)
    for beat in range(4):
        phrase = phrase.at(beat + 0.1, _leaning(1 if beat % 2 else -1, 1.3))
    return phrase


def _rolling() -> Phrase:
    """Four beats: the forearms roll around each other, one way and back, and open like a fan."""
    phrase = Phrase(4)
    for quarter in range(9):
        turn = quarter if quarter <= 4 else 8 - quarter
        first, second = ("left", "right") if turn % 2 else ("right", "left")
        phrase = phrase.at(
            quarter * 0.3,
            arm(first, upper=(26, 34), fore=(256, 44), wrist=(-8, 0), palm=0),
            arm(second, upper=(16, 26), fore=(294, 62), wrist=(-8, 0), palm=0),
        )
    return (
        phrase.at(0, LEVEL, torso("chest", pitch=7), torso("head", pitch=6))
        .at(1.2, _leaning(1, 0.8))
        .at(2.2, _leaning(-1, 0.8))
        .at(3.2, OPEN, LEVEL, torso("hips", x=0.0, roll=0), torso("head", pitch=-7), ease=HIT)
    )


def roles() -> tuple[Role, ...]:
    """Sixteen beats at 100, for one."""
    score = Score(
        bpm=100,
        phrase=_greeting().then(_crossing(), _cheeks(), _rolling()),
        base=BASE,
        waves=(
            Wave("hips.drop", 0.005, period=1, peak=0.1),
            Wave("chest.pitch", 1.2, period=2, peak=0.5),
            Wave("left.shoulder.lift", 0.005, period=1, peak=0.5),
            Wave("right.shoulder.lift", 0.005, period=1, peak=0.5),
        ),
    )
    return (Role(score),)
