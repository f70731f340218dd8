"""Says whether a photo can dance, and why not: the same checks for the API and the engine. Pure Python."""

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33, convert
from tongyi_portal.vision.pose import BodyPose, PoseEstimator

Image = npt.NDArray[np.uint8]
BodyStyle = Literal["full", "half"]

SEEN_BODY_STYLES = ("full", "half", "none")  # what a report says is seen
SEEN = 0.5  # confidence or presence from which a joint counts as seen
SMALL_BODY_PIXELS = 160  # head to ankle
SMALL_BODY_PART = 0.18  # of the photo's height
DARK_LEVEL = 38  # mean luma of the person, 0 to 255
BLUR_LEVEL = 0.11  # steepest gradient inside a person 512 pixels tall, in parts of their contrast a pixel
TURNED_SHOULDERS = 0.34  # shoulder width over trunk length below which the body is seen from the side
SITTING_THIGH = 0.52  # thigh over shank length below which the thigh points at the camera
SITTING_RISE = 0.28  # of the leg: hips that high over the knees or lower are a seat's
STATURES_OF_UPPER_BODY = 2.05  # eyes to ankles over eyes to hips, of a standing person
SHOULDER_SLACK = 0.1  # of the shoulders' width: so far beyond the picture's side a shoulder joint may lie
HAND_MARGIN = 0.12  # trunks between a hand's joints and the photo's edge, for the fingers
HAND_REACH = 1.7  # finger tips over knuckles, from the wrist
HAND_SEEN = 0.3  # presence of a wrist from which an arm may dance
ARM_DANCES = 0.4  # trunks that a wrist goes from where it mostly is, beyond which a still arm is missed
TURNED_PART = 0.04  # of a dance, for which a dancer may stand sideways unmentioned
OTHER_PERSON_PART = 0.45  # of the first person's height: smaller people are passers-by


@dataclass(frozen=True)
class Fault:
    """code: stable. message: one whole English sentence. is_blocking: no video can be made; else only a
    warning.
    """

    code: str
    message: str
    is_blocking: bool = True


@dataclass(frozen=True)
class PhotoReport:
    """passed: nothing blocks. body_style: "full", "half" (knees or feet missing) or "none". people: how many
    are seen.

    body: the dancer, with mask, or None. can_step: the person stands on legs that are wholly in the picture.
    """

    passed: bool
    body_style: str
    people: int
    faults: tuple[Fault, ...]
    body: BodyPose | None = None
    can_step: bool = False


WARNINGS = frozenset({"too_blurred", "arms_hidden", "hands_cut", "arm_missing_for_dance", "dance_turns_away"})
MESSAGES = {
    "no_person": "No person was found in the photo.",
    "several_people": "The photo shows several people; please use one with a single person.",
    "not_full_body": (
        "The photo must show the whole body from head to feet; half-body dances also take photos from the "
        "waist up."
    ),
    "not_half_body": "The photo must show the person from the head to the waist at least.",
    "person_too_small": "The person is too small in the photo; please move closer or use a larger photo.",
    "too_dark": "The person is too dark to be made out.",
    "too_blurred": "The person is blurred; please use a sharper photo.",
    "turned_away": "The person should face the camera.",
    "sitting": "The person is sitting, kneeling or lying; please use a photo of a standing person.",
    "not_upright": "The person should sit or stand upright.",
    "hands_cut": "A hand is not wholly in the photo; that arm will keep still.",
    "arm_missing_for_dance": (
        "This dance lives on the arms, and a hand is not wholly in the photo: that arm will keep still. "
        "A photo with both hands in it does this dance justice."
    ),
    "dance_turns_away": "The dancers of this template turn away at times; the video faces the camera.",
    "arms_hidden": "The arms are partly hidden; the dance looks better with arms away from the body.",
}


def check_photo(image: Image, estimator: PoseEstimator, body_style: BodyStyle = "full") -> PhotoReport:
    """Check a photo for the dance engine. image (uint8, (height, width, 3)): RGB, upright.

    body_style: what the dance needs; for "half" legs may be missing, and nothing is asked of them.
    Blocking codes: no_person, several_people, not_full_body, not_half_body, person_too_small, too_dark,
    turned_away, sitting, not_upright. Warnings: too_blurred, arms_hidden, hands_cut.
    """
    people = estimator.detect(image, with_mask=True)
    if not people:
        return PhotoReport(False, "none", 0, (_fault("no_person"),))
    height_of = _height if body_style == "full" else _height_by_trunk
    people = sorted(people, key=height_of, reverse=True)
    body = people[0]
    prominent = [other for other in people if height_of(other) > OTHER_PERSON_PART * height_of(body)]
    style = _body_style(body, image.shape)
    codes: list[str] = []
    if len(prominent) > 1:
        codes.append("several_people")
    if body_style == "full" and style == "half":
        codes.append("not_full_body")
    if body_style == "half" and not _shows_upper_body(body, image.shape):
        codes.append("not_half_body")
    codes += _view_faults(image, body, height_of(body))
    if body_style == "half":
        codes += _upper_faults(body) if _is_upright(body) else ["not_upright"]
        codes += ["hands_cut"] if style == "half" and any(cut_arms(body, image.shape)) else []
    elif style == "full":
        codes += (["sitting"] if _is_sitting(body) else []) + _upper_faults(body)
    faults = tuple(_fault(code) for code in codes)
    can_step = style == "full" and not _is_sitting(body)
    passed = not any(fault.is_blocking for fault in faults)
    return PhotoReport(passed, style, len(prominent), faults, body, can_step)


def _fault(code: str) -> Fault:
    return Fault(code, MESSAGES[code], is_blocking=code not in WARNINGS)


def cut_arms(body: BodyPose, shape: tuple[int, ...]) -> tuple[bool, bool]:
    """Whether the left, the right arm leaves the picture before its hand ends, or is not seen."""
    height, width = shape[:2]
    margin = HAND_MARGIN * _trunk(body)
    out = []
    for name in ("left", "right"):
        wrist = _point(body, f"{name}_wrist")
        knuckles = (_point(body, f"{name}_index") + _point(body, f"{name}_pinky")) / 2
        ends = np.stack([wrist, wrist + HAND_REACH * (knuckles - wrist)])
        is_inside = bool(((ends > margin) & (ends < np.array([width, height]) - margin)).all())
        is_seen = float(body.presence[BLAZEPOSE_33.index(f"{name}_wrist")]) > HAND_SEEN
        out.append(not (is_inside and is_seen))
    return out[0], out[1]


def check_arms(
    report: PhotoReport, shape: tuple[int, ...], poses: PoseSequence, performer: int
) -> PhotoReport:
    """The report on a photo of this shape, for a performer of a dance: an arm that the photo cuts and the
    dance moves much takes the place of the note about cut hands.
    """
    cut = any(fault.code == "hands_cut" for fault in report.faults)
    if report.body is None or not cut or performer >= poses.people_count:
        return report
    missed = np.array(cut_arms(report.body, shape)) & (arms_travel(poses, performer) > ARM_DANCES)
    if not missed.any():
        return report
    kept = tuple(fault for fault in report.faults if fault.code != "hands_cut")
    return replace(report, faults=(_fault("arm_missing_for_dance"), *kept))


def arms_travel(poses: PoseSequence, performer: int) -> npt.NDArray[np.float64]:
    """How far the left and the right wrist go from where they mostly are against the shoulder, in trunks."""
    points, _ = convert(poses.points, poses.confidence, source=poses.layout, target="blazepose_33")
    body = points[:, performer, :, :2].astype(np.float64)
    pairs = {
        joint: np.stack([body[:, BLAZEPOSE_33.index(f"{side}_{joint}")] for side in ("left", "right")], 1)
        for joint in ("shoulder", "hip", "wrist")
    }
    trunks = np.linalg.norm(pairs["shoulder"].mean(axis=1) - pairs["hip"].mean(axis=1), axis=-1)
    reach = pairs["wrist"] - pairs["shoulder"]
    away = np.linalg.norm(reach - np.median(reach, axis=0), axis=-1)
    return np.asarray(np.percentile(away, 90, axis=0) / max(float(np.percentile(trunks, 90)), 1e-6))


def check_movement(poses: PoseSequence) -> tuple[Fault, ...]:
    """What about a movement the CPU engine, which shows everybody from the front, does not do well."""
    points, _ = convert(poses.points, poses.confidence, source=poses.layout, target="blazepose_33")

    def middle(joint: str) -> npt.NDArray[np.float32]:
        sides = [BLAZEPOSE_33.index(f"{side}_{joint}") for side in ("left", "right")]
        return np.asarray(points[:, :, sides, :2].mean(axis=2))

    left, right = (points[:, :, BLAZEPOSE_33.index(f"{side}_shoulder"), 0] for side in ("left", "right"))
    trunk = np.linalg.norm(middle("shoulder") - middle("hip"), axis=-1)
    is_away = left - right < TURNED_SHOULDERS * np.percentile(trunk, 90, axis=0)
    return (_fault("dance_turns_away"),) if float(is_away.mean(axis=0).max()) > TURNED_PART else ()


def _point(body: BodyPose, name: str) -> npt.NDArray[np.float64]:
    return np.asarray(body.points[BLAZEPOSE_33.index(name), :2], np.float64)


def _pair(body: BodyPose, joint: str) -> npt.NDArray[np.float64]:
    """Left and right joint, (2, 2)."""
    return np.stack([_point(body, f"left_{joint}"), _point(body, f"right_{joint}")])


def _height(body: BodyPose) -> float:
    """From the eyes to the ankles, pixels, however the person lies."""
    length = np.linalg.norm(_pair(body, "ankle").mean(axis=0) - _pair(body, "eye").mean(axis=0))
    return max(float(length), 1.0)


def _height_by_trunk(body: BodyPose) -> float:
    """The same, from what a photo without legs shows."""
    upper = np.linalg.norm(_pair(body, "hip").mean(axis=0) - _pair(body, "eye").mean(axis=0))
    return max(STATURES_OF_UPPER_BODY * float(upper), 1.0)


def _body_style(body: BodyPose, shape: tuple[int, ...]) -> str:
    """ "full" when head, knees and both feet are inside the picture."""
    height, width = shape[:2]
    joints = [
        BLAZEPOSE_33.index(f"{side}_{joint}")
        for side in ("left", "right")
        for joint in ("knee", "ankle", "foot_index")
    ]
    points, presence = body.points[joints], body.presence[joints]
    slack = 0.03 * height
    inside = (
        (points[:, 0] > -slack)
        & (points[:, 0] < width + slack)
        & (points[:, 1] < height + slack * 0.3)
        & (presence > SEEN)
    )
    head_inside = _pair(body, "ear")[:, 1].min() > 0.0
    return "full" if bool(inside.all()) and head_inside else "half"


def _shows_upper_body(body: BodyPose, shape: tuple[int, ...]) -> bool:
    """Whether head, shoulders and waist are inside the picture."""
    height, width = shape[:2]
    shoulders, hips = _pair(body, "shoulder"), _pair(body, "hip")
    waist = 0.45 * shoulders.mean(axis=0) + 0.55 * hips.mean(axis=0)
    slack = SHOULDER_SLACK * abs(float(shoulders[0, 0] - shoulders[1, 0]))
    shoulders_inside = shoulders[:, 0].min() > -slack and shoulders[:, 0].max() < width + slack
    return bool(_pair(body, "ear")[:, 1].min() > 0.0 and waist[1] < height and shoulders_inside)


def _view_faults(image: Image, body: BodyPose, height: float) -> list[str]:
    """What is wrong with the picture of the person, `height` pixels tall: size, light, sharpness."""
    codes = []
    if height < SMALL_BODY_PIXELS or height < SMALL_BODY_PART * image.shape[0]:
        codes.append("person_too_small")
    if body.mask is None:
        raise ValueError("the pose was found without its mask")
    x0, y0, x1, y1 = (round(value) for value in body.box)
    crop, mask = image[y0:y1, x0:x1], body.mask[y0:y1, x0:x1] > SEEN
    if mask.sum() < 50:
        return codes
    grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)
    if float(grey[mask].mean()) < DARK_LEVEL:
        codes.append("too_dark")
    if _steepness(grey, mask, min(1.0, 512 / height)) < BLUR_LEVEL:
        codes.append("too_blurred")
    return codes


def _steepness(grey: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_], scale: float) -> float:
    """99th percentile of the gradient inside the person, divided by the contrast there."""
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    inside = cv2.resize(mask.astype(np.uint8), small.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    inner = cv2.erode(inside, np.ones((9, 9), np.uint8)) > 0
    if inner.sum() < 50:
        return 1.0
    low, high = np.percentile(cv2.GaussianBlur(small, (0, 0), 3)[inner], (2, 98))
    return float(np.percentile(np.hypot(*np.gradient(small))[inner], 99) / max(high - low, 4.0))


def _trunk(body: BodyPose) -> float:
    """From the middle of the shoulders to the middle of the hips, pixels."""
    shoulders, hips = _pair(body, "shoulder"), _pair(body, "hip")
    return float(np.linalg.norm(shoulders.mean(axis=0) - hips.mean(axis=0)))


def _is_upright(body: BodyPose) -> bool:
    shoulders, hips = _pair(body, "shoulder"), _pair(body, "hip")
    return bool(hips[:, 1].mean() > shoulders[:, 1].mean() + 0.6 * _trunk(body))


def _is_sitting(body: BodyPose) -> bool:
    """Sitting, kneeling or lying, as far as the legs tell."""
    hips, knees, ankles = _pair(body, "hip"), _pair(body, "knee"), _pair(body, "ankle")
    thighs = np.linalg.norm(knees - hips, axis=1)
    shanks = np.linalg.norm(ankles - knees, axis=1)
    leg = float(np.mean(thighs + shanks))
    rise = float(knees[:, 1].mean() - hips[:, 1].mean())
    return (
        not _is_upright(body)
        or rise < SITTING_RISE * leg
        or float(np.mean(thighs / np.maximum(shanks, 1.0))) < SITTING_THIGH
    )


def _upper_faults(body: BodyPose) -> list[str]:
    """What is wrong with how trunk and arms are held."""
    codes = []
    shoulders = _pair(body, "shoulder")
    if float(shoulders[0, 0] - shoulders[1, 0]) < TURNED_SHOULDERS * _trunk(body):
        codes.append("turned_away")
    arms = [
        BLAZEPOSE_33.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("elbow", "wrist")
    ]
    if float(body.confidence[arms].min()) < 0.35:
        codes.append("arms_hidden")
    return codes
