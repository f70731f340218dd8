"""轻轻摇摆: the weight goes gently from foot to foot, the chest breathes, a hand says something small."""

from templates_app.choreography.score import EASE, Phrase, Role, Score, Wave, arm, both, foot, torso

BASE = {
    **torso("hips", drop=0.012, z=0.0),
    **both(arm("left", upper=(16, 9), fore=(6, 28), wrist=(-6, 6), palm=8)),
    **both(foot("left", x=0.085, yaw=14, knee=12)),
}


def _sway() -> Phrase:
    """Four beats: over to the own left and back; the free heel peels off the floor."""
    return (
        Phrase(4)
        .at(0, torso("hips", x=0.0, roll=0, yaw=0), torso("chest", roll=0, yaw=0), torso("head", roll=0))
        .at(
            1,
            torso("hips", x=0.045, roll=-5, yaw=6),
            torso("chest", roll=4, yaw=5),
            torso("head", roll=5, yaw=7, pitch=2),
            foot("right", pitch=22, knee=2),
            foot("left", pitch=0, knee=12),
        )
        .at(3, torso("hips", x=-0.045, roll=5, yaw=-6), torso("chest", roll=-4, yaw=-5))
        .at(3, torso("head", roll=-5, yaw=-7, pitch=2), foot("left", pitch=22, knee=2))
        .at(3, foot("right", pitch=0, knee=12))
    )


def _hands() -> Phrase:
    """Eight beats: the left hand opens at the waist, then the right, then both swing."""
    one = (
        Phrase(4)
        .at(0, arm("left", upper=(16, 9), fore=(6, 28), wrist=(-6, 6), palm=8), ease=EASE)
        .at(1.5, arm("left", upper=(22, 10), fore=(38, 52), wrist=(18, 4), palm=60))
        .at(2.3, arm("left", upper=(24, 10), fore=(52, 46), wrist=(34, -4), palm=75))
        .at(3.4, arm("left", upper=(17, 9), fore=(10, 30), wrist=(-12, 6), palm=14))
    )
    return one.then(one.mirrored())


def roles() -> tuple[Role, ...]:
    """Eight beats at 72."""
    score = Score(
        bpm=72,
        phrase=_sway().repeated(2).over(_hands()),
        base=BASE,
        waves=(
            Wave("hips.drop", 0.007, period=2, peak=0.0),
            Wave("chest.pitch", 1.6, period=4, peak=1.0),
            Wave("left.shoulder.lift", 0.005, period=4, peak=1.5),
            Wave("right.shoulder.lift", 0.005, period=4, peak=1.5),
            Wave("head.pitch", 3.0, period=2, peak=1.0),
        ),
    )
    return (Role(score),)
