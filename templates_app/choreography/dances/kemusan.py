"""科目三: bouncing, one shank flicks across the other leg on every second beat, the hands whip from side to side."""

from templates_app.choreography.score import (
    EASE,
    FLOW,
    SNAP,
    Phrase,
    Score,
    Wave,
    arm,
    both,
    foot,
    phrases,
    torso,
)

BASE = {
    **torso("hips", drop=0.040),
    **both(arm("left", upper=(22, 24), fore=(-8, 58), wrist=(0, 10), palm=20)),
    **both(foot("left", x=0.085, yaw=16, knee=18)),
}


def _cross_flick() -> Phrase:
    """Two beats: the right foot flicks across in front of the left shank, and steps back out."""
    return (
        Phrase(2)
        # The weight is on the left foot before the right one leaves the floor.
        .at(-0.35, torso("hips", x=0.060), ease=EASE)
        .at(0.45, torso("hips", x=0.062), ease=EASE)
        .at(1, torso("hips", x=0.0))
        # In the air: knee up and outward, then the shank whips across with the ankle rolled, and back.
        .at(-0.55, foot("right", x=-0.085, z=0.0, lift=0.0, pitch=0, yaw=16, knee=18), ease=EASE)
        .at(-0.3, foot("right", x=-0.10, z=0.02, lift=0.07, pitch=30, yaw=26, knee=44))
        .at(0, foot("right", x=0.165, z=0.115, lift=0.105, pitch=26, yaw=-30, knee=58), ease=FLOW)
        .at(0.25, foot("right", x=0.18, z=0.115, lift=0.12, pitch=12, yaw=-40, knee=60), ease=FLOW)
        .at(0.62, foot("right", x=-0.04, z=0.10, lift=0.06, pitch=26, yaw=14, knee=34))
        .at(0.92, foot("right", x=-0.085, z=0.0, pitch=0, yaw=16, knee=18), ease=EASE)
        .at(1, foot("right", lift=0.0), ease=EASE)
        # The ankle of the standing foot rolls: the knee goes in with the flick and out again.
        .at(0, foot("left", knee=2))
        .at(1, foot("left", knee=22))
    )


def _hand_flick() -> Phrase:
    """Two beats: both hands swing to the own right and flick up, then to the left."""
    to_right = {
        **arm("right", upper=(26, 16), fore=(100, 42), wrist=(60, 6), palm=50),
        **arm("left", upper=(4, 40), fore=(-84, 40), wrist=(-46, 20), palm=-10),
    }
    wind = {
        **arm("right", upper=(24, 18), fore=(52, 52), wrist=(-40, 14), palm=10),
        **arm("left", upper=(10, 36), fore=(-40, 52), wrist=(42, 8), palm=30),
    }
    swing = Phrase(1).at(0, to_right, ease=SNAP).at(0.5, wind)
    return swing.then(swing.mirrored())


def _body() -> Phrase:
    """Two beats: hips to the left under the flick, chest against them, head with the hands."""
    return (
        Phrase(2)
        .at(
            0,
            torso("hips", roll=-7, yaw=8),
            torso("chest", roll=-5, yaw=-10),
            torso("head", roll=-6, yaw=-12),
        )
        .at(1, torso("hips", roll=7, yaw=-8), torso("chest", roll=5, yaw=10), torso("head", roll=6, yaw=12))
    )


def score() -> Score:
    """Sixteen beats at 126."""
    flicks = _cross_flick().then(_cross_flick().mirrored())
    hands = _hand_flick()
    return Score(
        bpm=126,
        phrase=phrases([flicks] * 4).over(hands.repeated(8)).over(_body().repeated(8)),
        base=BASE,
        waves=(
            Wave("hips.drop", 0.020, period=1, peak=0.05, sharpness=0.5),
            Wave("head.pitch", 5, period=1, peak=0.1),
            Wave("left.shoulder.lift", 0.008, period=1, peak=0.5),
            Wave("right.shoulder.lift", 0.008, period=1, peak=0.5),
        ),
    )
