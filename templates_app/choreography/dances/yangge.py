"""秧歌: the cross step with twisting hips, the wrists circle as if each hand span a handkerchief.

Sixteen beats: two cross steps with low swings to either side, then side steps with one arm overhead.
"""

from templates_app.choreography.score import Phrase, Role, Score, Wave, arm, both, foot, torso

BASE = {
    **torso("hips", drop=0.048),
    **torso("chest", pitch=3),
    **both(arm("left", upper=(40, 22), fore=(30, 40), palm=10)),
    **both(foot("left", x=0.075, yaw=14, knee=16)),
}


def _cross_step() -> Phrase:
    """Four beats: left foot across in front, right foot across in front, left back, right back."""
    return (
        Phrase(4)
        .step("left", 0, x=-0.015, z=0.07, yaw=8, pitch=0, knee=12, lift=0.05)
        .fly(
            "right",
            0.35,
            1.0,
            (0.62, {"x": -0.100, "z": 0.15, "lift": 0.075, "pitch": 26, "yaw": 16, "knee": 26}),
            (0.86, {"x": 0.030, "z": 0.21, "lift": 0.035, "pitch": 8, "yaw": 2, "knee": 14}),
            x=0.055,
            z=0.20,
            yaw=2,
            pitch=0,
            knee=10,
        )
        .step("left", 2, x=0.085, z=0.02, yaw=16, pitch=0, knee=18, lift=0.065, travel=0.6)
        .step("right", 3, x=-0.085, z=0.0, yaw=16, pitch=0, knee=18, lift=0.05)
        .at(0.05, torso("hips", x=-0.030, z=0.03, yaw=-10, roll=6))
        .at(1.05, torso("hips", x=0.035, z=0.10, yaw=10, roll=-6))
        .at(2.05, torso("hips", x=0.030, z=0.06, yaw=8, roll=-7))
        .at(3.05, torso("hips", x=-0.050, z=0.02, yaw=-8, roll=7))
    )


def _low_swing() -> Phrase:
    """Two beats: both arms swing to the own left, one out, one across the belly, and to the right."""
    left = {
        **arm("left", upper=(38, 30), fore=(82, 52), palm=40),
        **arm("right", upper=(8, 38), fore=(-66, 46), palm=0),
        **torso("chest", yaw=12, roll=6),
        **torso("head", yaw=14, roll=8),
    }
    low = both(arm("left", upper=(22, 30), fore=(8, 46)))
    half = Phrase(1).at(0.05, left).at(0.55, low)
    return half.then(half.mirrored())


def _side_step() -> Phrase:
    """Four beats: to the own left, the right foot crosses in front, left again, the right one touches."""
    return (
        Phrase(4)
        .step("left", 0, x=0.075, z=0.0, yaw=16, pitch=0, knee=20, lift=0.04)
        .step("right", 1, x=0.050, z=0.16, yaw=4, pitch=0, knee=8, lift=0.055, travel=0.6)
        .step("left", 2, x=0.120, z=0.0, yaw=16, pitch=0, knee=20, lift=0.05)
        .step("right", 3, x=0.020, z=0.02, yaw=20, pitch=30, knee=34, lift=0.05, travel=0.6)
        .at(0.05, torso("hips", x=0.020, z=0.0, roll=-6, yaw=6))
        .at(1.05, torso("hips", x=0.045, z=0.06, roll=6, yaw=-4))
        .at(2.05, torso("hips", x=0.080, z=0.02, roll=-6, yaw=6))
        .at(3.05, torso("hips", x=0.085, z=0.0, roll=-9, yaw=8))
    )


def _high_swing() -> Phrase:
    """Four beats: the right arm circles overhead, the left one before the belly; they change over twice."""
    right_up = {
        **arm("right", upper=(142, 16), fore=(186, 14), palm=20),
        **arm("left", upper=(12, 36), fore=(-52, 46), palm=10),
        **torso("chest", roll=7, yaw=8),
        **torso("head", roll=8, yaw=10, pitch=-6),
    }
    open_out = both(arm("left", upper=(54, 44), fore=(64, 50), palm=30))
    left_up = {
        **arm("left", upper=(142, 16), fore=(186, 14), palm=20),
        **arm("right", upper=(12, 36), fore=(-52, 46), palm=10),
        **torso("chest", roll=-6, yaw=-6),
        **torso("head", roll=-6, yaw=-8, pitch=-6),
    }
    return Phrase(4).at(0.25, right_up).at(1.1, open_out).at(2.1, left_up).at(3.05, open_out)


def roles() -> tuple[Role, ...]:
    """Sixteen beats at 116."""
    cross = _cross_step().over(_low_swing().repeated(2))
    side = _side_step().over(_high_swing())
    circles = tuple(
        Wave(f"{side_name}.wrist.{part}", amplitude, period=1, peak=peak)
        for side_name in ("left", "right")
        for part, amplitude, peak in (("angle", 46, 0.1), ("depth", 30, 0.35))
    )
    score = Score(
        bpm=116,
        phrase=cross.repeated(2).then(side, side.mirrored()),
        base=BASE,
        waves=(
            *circles,
            Wave("hips.drop", 0.016, period=1, peak=0.12, sharpness=0.4),
            Wave("left.shoulder.lift", 0.010, period=1, peak=0.55),
            Wave("right.shoulder.lift", 0.010, period=1, peak=0.55),
            Wave("head.pitch", 3, period=1, peak=0.2),
        ),
    )
    return (Role(score),)
