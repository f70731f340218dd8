"""手臂波浪: a wave runs joint by joint from the left fingertips to the right and back, then down the body.

Sixteen beats: four there, four back, four of the body rolling sideways from head to knees, four with both
arms.
"""

import math

from templates_app.choreography.score import EASE, Phrase, Role, Score, Wave, arm, both, foot, torso

# Arms held out, rounded towards the camera.
REST, DEPTH = 88.0, 47.0
BASE = {
    **torso("hips", drop=0.025),
    **both(arm("left", upper=(REST, DEPTH), fore=(REST + 2, DEPTH), wrist=(-4, 0), palm=0)),
    **both(foot("left", x=0.105, yaw=18, knee=16)),
}
# When the crest passes each joint, in beats, from the left fingertips to the right, and how high it lifts it.
CREST = {
    "left.tip": (0.20, 0.050),
    "left.wrist": (0.60, 0.085),
    "left.elbow": (1.10, 0.100),
    "left.shoulder": (1.60, 0.026),
    "right.shoulder": (2.20, 0.026),
    "right.elbow": (2.70, 0.100),
    "right.wrist": (3.20, 0.085),
    "right.tip": (3.60, 0.050),
}
WIDTH = 0.55
STEPS_A_BEAT = 4
SEGMENTS = {
    "upper": ("shoulder", "elbow", 0.186),
    "fore": ("elbow", "wrist", 0.146),
    "hand": ("wrist", "tip", 0.09),
}


def _heights(beat: float) -> dict[str, float]:
    """How far the wave lifts each joint; the trough behind the crest makes it a wave and not a bump."""
    out = {}
    for joint, (when, height) in CREST.items():
        since = (beat - when) / WIDTH
        out[joint] = height * (math.exp(-(since**2)) - 0.45 * math.exp(-((since - 1.25) ** 2)))
    return out


def _arms(heights: dict[str, float]) -> dict[str, float]:
    """Directions of the arms' segments that give the joints these heights."""
    out: dict[str, float] = {}
    for side in ("left", "right"):
        angles = {}
        for segment, (near, far, length) in SEGMENTS.items():
            rise = (heights[f"{side}.{far}"] - heights[f"{side}.{near}"]) / (
                length * math.cos(math.radians(DEPTH))
            )
            angles[segment] = REST + math.degrees(math.asin(max(-0.9, min(0.9, rise))))
        out |= arm(
            side,
            upper=(angles["upper"], DEPTH),
            fore=(angles["fore"], DEPTH),
            wrist=(angles["hand"] - angles["fore"], 0),
        )
        out[f"{side}.shoulder.lift"] = heights[f"{side}.shoulder"]
    return out


def _arm_wave() -> Phrase:
    """Four beats: from the left fingertips to the right ones; chest and hips ride under the crest."""
    phrase = Phrase(4)
    for step in range(4 * STEPS_A_BEAT):
        beat = step / STEPS_A_BEAT
        phrase = phrase.at(beat, _arms(_heights(beat)))
    return (
        phrase.at(0.4, torso("hips", x=-0.030, roll=4), torso("head", yaw=18, roll=5))
        .at(0.9, torso("chest", roll=-4, yaw=-6))
        .at(0.4, foot("left", pitch=16), foot("right", pitch=0))
        .at(1.9, torso("chest", pitch=-4), torso("head", yaw=0, pitch=-4))
        .at(2.7, torso("chest", roll=4, yaw=6))
        .at(3.2, torso("head", yaw=-18, roll=-5, pitch=2), torso("chest", pitch=1))
        .at(3.5, torso("hips", x=0.030, roll=-4), foot("right", pitch=16), foot("left", pitch=0))
    )


def _body_wave() -> Phrase:
    """Two beats: head, chest, hips and knees go to the own left in turn, and come back; arms low."""
    low = arm("left", upper=(40, 18), fore=(28, 30), wrist=(14, 0), palm=10)
    return (
        Phrase(2)
        .at(0.5, both(low), ease=EASE)
        .at(1.3, both(arm("left", upper=(48, 20), fore=(44, 26), wrist=(-26, 0), palm=10)))
        .at(0, torso("head", roll=16, yaw=6, pitch=2))
        .at(0.35, torso("chest", roll=12, yaw=6, pitch=4))
        .at(0.8, torso("hips", x=0.060, roll=-11, yaw=4), foot("right", pitch=20))
        .at(0.8, foot("left", pitch=0, knee=26))
        .at(1.1, torso("hips", drop=0.055))
        .at(1.6, torso("hips", drop=0.020), foot("left", knee=10))
    )


def _both_arms() -> Phrase:
    """Four beats: the wave runs out through both arms at once, and in again."""
    phrase = Phrase(4)
    for step in range(2, 4 * STEPS_A_BEAT - 1):
        beat = step / STEPS_A_BEAT
        # Outwards the right arm's times hold for both; inwards they run back.
        heights = _heights(1.5 + beat if beat < 2 else 5.5 - beat)
        for name in ("shoulder", "elbow", "wrist", "tip"):
            heights[f"left.{name}"] = heights[f"right.{name}"]
        phrase = phrase.at(beat, _arms(heights))
    return (
        phrase.at(0.4, torso("chest", pitch=-6, roll=0, yaw=0), torso("head", pitch=-8, yaw=0, roll=0))
        .at(0.4, torso("hips", x=0.0, roll=0, yaw=0, drop=0.020))
        .at(0.4, foot("left", pitch=0), foot("right", pitch=0))
        .at(1.6, torso("hips", drop=0.055), torso("chest", pitch=5), torso("head", pitch=8))
        .at(2.6, torso("hips", drop=0.045), torso("head", pitch=6))
        .at(3.4, torso("hips", x=0.02, drop=0.020), torso("chest", pitch=-4), torso("head", pitch=-4))
    )


def roles() -> tuple[Role, ...]:
    """Sixteen beats at 104."""
    across, roll = _arm_wave(), _body_wave()
    score = Score(
        bpm=104,
        phrase=across.then(across.mirrored(), roll, roll.mirrored(), _both_arms()),
        base=BASE,
        waves=(Wave("hips.drop", 0.006, period=1, peak=0.1),),
    )
    return (Role(score),)
