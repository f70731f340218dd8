"""鬼步舞: the T-step: a foot walks sideways on heel and toe while the other knee pumps; then kicks.

Sixteen beats: four of T-step to the own right, four of kicks, the same to the left.
"""

import math

from templates_app.choreography.body import FOOT, HEEL_BEHIND, TOE_AHEAD
from templates_app.choreography.score import EASE, Phrase, Role, Score, Wave, arm, both, foot, torso

TOES_OUT, TOES_IN = 15.0, -6.0
START = 0.030
STEP_A_BEAT = FOOT * (math.sin(math.radians(TOES_OUT)) - math.sin(math.radians(TOES_IN)))
SUB_KEYS = 6
BASE = {
    **torso("hips", drop=0.045),
    **torso("chest", pitch=7),
    **torso("head", pitch=4),
    **both(arm("left", upper=(26, 14), fore=(-6, 72), wrist=(0, 6), palm=10)),
    **both(foot("left", x=0.080, yaw=12, knee=14)),
}
ARMS_RIGHT = {
    **arm("right", upper=(26, 20), fore=(70, 60), wrist=(0, 6), palm=20),
    **arm("left", upper=(12, 36), fore=(-66, 50), wrist=(0, 6), palm=0),
}
ARMS_LEFT = {
    **arm("right", upper=(16, 32), fore=(-40, 54), wrist=(0, 6), palm=0),
    **arm("left", upper=(28, 18), fore=(50, 58), wrist=(0, 6), palm=20),
}


def _swivelled(
    phrase: Phrase, beat: float, turn: tuple[float, float], place: list[float], pivot: float
) -> Phrase:
    """The right foot turns in the half beat before `beat`, about the point `pivot` ahead of its ankle.

    Keyed finely, so that this point stays where it is all the way. `place`, the ankle's x and z, is carried
    along.
    """
    start, end = turn
    x, z = place
    for step in range(1, SUB_KEYS + 1):
        part = step / SUB_KEYS
        yaw = start + (end - start) * part**2 * (3 - 2 * part)
        before, after = math.radians(start), math.radians(yaw)
        place[0] = x + pivot * (math.sin(after) - math.sin(before))
        place[1] = z + pivot * (math.cos(before) - math.cos(after))
        # The heel is lightened when the toes carry, and the toes when the heel carries.
        tip = math.copysign(9 * math.sin(math.pi * part) ** 2, pivot)
        phrase = phrase.at(
            beat - 0.5 * (1 - part),
            foot("right", x=place[0], z=place[1], yaw=yaw, pitch=tip, knee=8 + 0.6 * yaw),
        )
    return phrase


def _t_step() -> Phrase:
    """Four beats to the own right: toes out on the beat, the heel after; the left knee pumps."""
    place = [START, 0.0]
    phrase = Phrase(4).at(-0.5, foot("right", x=START, z=0.0, yaw=TOES_IN, pitch=0), ease=EASE)
    for beat in range(4):
        phrase = _swivelled(phrase, beat, (TOES_IN, TOES_OUT), place, -HEEL_BEHIND)
        phrase = _swivelled(phrase, beat + 0.5, (TOES_OUT, TOES_IN), place, TOE_AHEAD)
        over = START - STEP_A_BEAT * (beat + 0.5)
        phrase = (
            phrase.at(beat, torso("hips", x=over + 0.030, roll=-7, yaw=-6), ARMS_RIGHT)
            .at(beat, torso("chest", roll=-3, yaw=9), torso("head", yaw=-8))
            .at(beat + 0.5, torso("hips", x=over + 0.015, roll=4, yaw=5), ARMS_LEFT)
            .at(beat + 0.5, torso("chest", roll=3, yaw=-7), torso("head", yaw=-8))
            .fly(
                "left",
                beat - 0.36,
                beat + 0.4,
                (
                    beat - 0.02,
                    {"x": over + 0.125, "z": 0.05, "lift": 0.15, "pitch": 42, "yaw": 6, "knee": -8},
                ),
                x=over + 0.150,
                z=0.0,
                yaw=20,
                pitch=18,
                knee=34,
            )
        )
    return phrase.at(3.6, foot("left", pitch=0), ease=EASE)


def _kicks() -> Phrase:
    """Four beats in place: the feet kick low to their sides in turn, the opposite fist comes up."""
    phrase = Phrase(4)
    right_home, left_home = START - 4 * STEP_A_BEAT, -START
    middle = (right_home + left_home) / 2
    for beat in range(4):
        side, sign = ("right", -1) if beat % 2 else ("left", 1)
        other, home = ("left", right_home) if beat % 2 else ("right", left_home)
        fists = {
            **arm(other, upper=(30, 34), fore=(-160, 26), wrist=(0, 6), palm=20),
            **arm(side, upper=(26, -12), fore=(20, 34), wrist=(0, 6), palm=0),
        }
        gather = {"x": home + 0.01 * sign, "z": 0.06, "lift": 0.10, "pitch": 44, "yaw": 12, "knee": 10}
        kick = {"x": home + 0.055 * sign, "z": 0.24, "lift": 0.15, "pitch": 30, "yaw": 24, "knee": 14}
        back = {"x": home + 0.01 * sign, "z": 0.06, "lift": 0.06, "pitch": 34, "yaw": 12}
        phrase = (
            phrase.fly(
                side, beat - 0.48, beat + 0.46, (beat - 0.25, gather), (beat, kick), (beat + 0.24, back),
                x=home, z=0.0, yaw=12, pitch=0, knee=14,
            )
            .at(beat, fists, torso("hips", x=middle - 0.034 * sign, roll=5 * sign, yaw=5 * sign))
            .at(beat, torso("chest", roll=-6 * sign, yaw=-8 * sign, pitch=3), torso("head", yaw=0, roll=-4 *
            sign))
        )  # fmt: skip
        if not beat:
            phrase = phrase.at(0.45, foot("right", yaw=TOES_IN), ease=EASE)
    return phrase


def roles() -> tuple[Role, ...]:
    """Sixteen beats at 128."""
    half = _t_step().then(_kicks())
    score = Score(
        bpm=128,
        phrase=half.then(half.mirrored()),
        base=BASE,
        waves=(
            Wave("hips.drop", 0.014, period=1, peak=0.5, sharpness=0.3),
            Wave("head.pitch", 4, period=1, peak=0.1),
        ),
    )
    return (Role(score),)
