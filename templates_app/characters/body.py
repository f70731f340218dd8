"""Proportions: where the joints of a standing figure are, for a build, in metres."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from templates_app.characters.compiled import Floats
from templates_app.characters.solids import unit
from templates_app.poses.skeletons import BLAZEPOSE_33

SIDES = ("left", "right")
SIGN = {"left": 1.0, "right": -1.0}
"""The person's left is to the viewer's right: positive x."""


@dataclass(frozen=True)
class Build:
    """How a body differs from the average: factors on lengths and widths; the head keeps its size."""

    legs: float = 1.0
    torso: float = 1.0
    arms: float = 1.0
    width: float = 1.0


BUILDS = {
    "average": Build(),
    "tall": Build(legs=1.1, torso=1.06, arms=1.08),
    "short": Build(legs=0.8, torso=0.9, arms=0.84, width=1.02),
}


@dataclass(frozen=True)
class Stance:
    """An A-pose: angles in degrees from straight down, distances in metres."""

    shoulder_half: float = 0.158
    hip_half: float = 0.088
    ankle_half: float = 0.125
    upper_arm: float = 27.0
    forearm: float = 21.0
    foot_turn: float = 24.0
    palm_turn: float = 48.0


@dataclass(frozen=True)
class Hand:
    """A hand's frame: where it starts, which way the fingers go, where the thumb's side and the palm look."""

    wrist: Floats
    along: Floats
    thumbwards: Floats
    palm: Floats


@dataclass(frozen=True)
class Foot:
    """A foot's frame: the ankle, and the direction of the toes on the floor."""

    ankle: Floats
    toes: Floats


@dataclass(frozen=True)
class Skeleton:
    """Joints of one figure. `joints` holds shoulder, elbow, wrist, hip, knee per side as "elbow.left"."""

    joints: dict[str, Floats]
    hands: dict[str, Hand]
    feet: dict[str, Foot]
    neck: Floats
    head: Floats
    build: Build

    def at(self, joint: str, side: str) -> Floats:
        """A joint's world position."""
        return self.joints[f"{joint}.{side}"]

    def trunk(self, level: float) -> Floats:
        """A point in the body's middle: level 0 between the hips, 1 at the base of the neck."""
        low = (self.at("hip", "left") + self.at("hip", "right")) / 2
        return low + (self.neck - low) * level

    def blazepose(self, face: dict[str, Floats]) -> npt.NDArray[np.float64]:
        """All 33 BlazePose joints ((33, 3)), metres; `face`: those of the head, from its centre."""
        points = np.zeros((33, 3))
        for name, offset in face.items():
            points[BLAZEPOSE_33.index(name)] = self.head + offset
        for side in SIDES:
            hand, foot = self.hands[side], self.feet[side]
            named = {joint: self.at(joint, side) for joint in ("shoulder", "elbow", "wrist", "hip", "knee")}
            named |= {
                "pinky": hand.wrist + hand.along * 0.088 - hand.thumbwards * 0.03,
                "index": hand.wrist + hand.along * 0.096 + hand.thumbwards * 0.026,
                "thumb": hand.wrist + hand.along * 0.062 + hand.thumbwards * 0.046,
                "ankle": foot.ankle + np.array([0, 0.016, 0]),
                "heel": foot.ankle - foot.toes * 0.055 - np.array([0, foot.ankle[1] - 0.025, 0]),
                "foot_index": foot.ankle + foot.toes * 0.15 - np.array([0, foot.ankle[1] - 0.02, 0]),
            }
            for name, point in named.items():
                points[BLAZEPOSE_33.index(f"{side}_{name}")] = point
        return points


def _swing(side: str, degrees: float, forward: float = 0.0) -> Floats:
    turn = np.radians(degrees)
    return unit([SIGN[side] * np.sin(turn), -np.cos(turn), forward])


def _hand(side: str, wrist: Floats, along: Floats, turn: float) -> Hand:
    angle = np.radians(turn)
    wish = np.array([-SIGN[side] * np.sin(angle), 0.0, np.cos(angle)])
    thumbwards = unit(wish - along * float(wish @ along))
    palm = np.cross(along, thumbwards) * SIGN[side]
    inward = np.array([-SIGN[side], 0.0, -0.4])
    return Hand(wrist, along, thumbwards, palm if float(palm @ inward) > 0 else -palm)


def stand(build: Build, stance: Stance) -> Skeleton:
    """The skeleton of a figure standing on the floor at the origin, facing the camera."""
    ankle_y, legs = 0.082, build.legs
    hip_y = ankle_y + 0.80 * legs
    neck = np.array([0.0, hip_y + 0.555 * build.torso, -0.02])
    joints, hands, feet = {}, {}, {}
    for side in SIDES:
        sign = SIGN[side]
        hip = np.array([sign * stance.hip_half * build.width, hip_y, 0.0])
        ankle = np.array([sign * stance.ankle_half, ankle_y, -0.035])
        knee = hip + (ankle - hip) * 0.505 + np.array([sign * 0.004, 0.0, 0.028])
        shoulder = np.array(
            [sign * stance.shoulder_half * build.width, neck[1] - 0.055 * build.torso, -0.018]
        )
        elbow = shoulder + _swing(side, stance.upper_arm, -0.05) * 0.275 * build.arms
        along = _swing(side, stance.forearm, 0.16)
        wrist = elbow + along * 0.24 * build.arms
        fingers = _swing(side, stance.forearm - 9.0, 0.12)
        for name, point in zip(
            ("hip", "knee", "shoulder", "elbow", "wrist"), (hip, knee, shoulder, elbow, wrist), strict=True
        ):
            joints[f"{name}.{side}"] = point
        turn = np.radians(stance.foot_turn)
        hands[side] = _hand(side, wrist, fingers, stance.palm_turn)
        feet[side] = Foot(ankle, np.array([sign * np.sin(turn), 0.0, np.cos(turn)]))
    return Skeleton(joints, hands, feet, neck, neck + np.array([0.0, 0.165, 0.025]), build)
