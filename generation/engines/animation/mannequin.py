"""A painted wooden figure in front of a patterned wall: warms up compiled code, and stands in for a photo in
tests.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from templates_app.poses.skeletons import BLAZEPOSE_33

# Joints in units of the picture's height, for the middle line at x = 0; the own left side lies at positive x.
_MIDDLE = {"nose": (0.0, 0.13)}
_SIDES = {
    "eye_inner": (0.008, 0.118), "eye": (0.014, 0.118), "eye_outer": (0.02, 0.118), "ear": (0.034, 0.125),
    "shoulder": (0.075, 0.235), "elbow": (0.12, 0.37), "wrist": (0.15, 0.49), "pinky": (0.16, 0.535),
    "index": (0.152, 0.54), "thumb": (0.142, 0.52), "hip": (0.045, 0.53), "knee": (0.055, 0.72),
    "ankle": (0.06, 0.9),
    "heel": (0.058, 0.92), "foot_index": (0.075, 0.94),
}  # fmt: skip
_LIMBS = (
    (("shoulder", "elbow"), 0.05, (60, 90, 190)), (("elbow", "wrist"), 0.038, (60, 90, 190)),
    (("wrist", "index"), 0.04, (215, 165, 135)), (("hip", "knee"), 0.075, (70, 70, 80)),
    (("knee", "ankle"), 0.055, (70, 70, 80)), (("ankle", "foot_index"), 0.045, (200, 60, 40)),
)  # fmt: skip


@dataclass(frozen=True)
class Mannequin:
    """image (uint8, (h, w, 3)) RGB; alpha (float32, (h, w)); points (float32, (33, 3)): BlazePose order,
    pixels.
    """

    image: npt.NDArray[np.uint8]
    alpha: npt.NDArray[np.float32]
    points: npt.NDArray[np.float32]


def draw_mannequin(width: int, height: int) -> Mannequin:
    """The figure, centred, about 0.9 of the picture tall."""
    points = _points(width, height)
    yy, xx = np.mgrid[:height, :width]
    checks = ((xx // max(height // 20, 2) + yy // max(height // 20, 2)) % 2).astype(np.float32)
    image = np.stack([150 + 40 * checks, 160 + 30 * checks, 140 + 20 * checks], axis=-1).astype(np.uint8)
    alpha = np.zeros((height, width), np.uint8)
    for layer, is_cover in ((image, False), (alpha, True)):
        _paint(layer, points, height, is_cover=is_cover)
    soft = cv2.GaussianBlur(alpha.astype(np.float32) / 255, (0, 0), 0.6)
    return Mannequin(image, np.asarray(soft, np.float32), points)


def _points(width: int, height: int) -> npt.NDArray[np.float32]:
    points = np.zeros((len(BLAZEPOSE_33.joints), 3), np.float32)
    for index, joint in enumerate(BLAZEPOSE_33.joints):
        name = (
            joint.replace("left_", "")
            .replace("right_", "")
            .replace("mouth_left", "mouth")
            .replace("mouth_right", "mouth")
        )
        x, y = _MIDDLE.get(name) or _SIDES.get(name, (0.012, 0.148))
        sign = -1.0 if "right" in joint else 1.0
        points[index, :2] = width / 2 + sign * x * height, y * height
    return points


def _paint(
    canvas: npt.NDArray[np.uint8], points: npt.NDArray[np.float32], height: int, *, is_cover: bool
) -> None:
    """Head, trunk and limbs as thick lines; white where `is_cover`."""

    def at(joint: str) -> tuple[int, int]:
        x, y = points[BLAZEPOSE_33.index(joint), :2]
        return round(float(x)), round(float(y))

    def colour(rgb: tuple[int, int, int]) -> int | tuple[int, int, int]:
        return 255 if is_cover else rgb

    trunk = [at("left_shoulder"), at("right_shoulder"), at("right_hip"), at("left_hip")]
    cv2.fillPoly(canvas, [np.array(trunk, np.int32)], colour((60, 90, 190)))
    cv2.polylines(
        canvas, [np.array(trunk, np.int32)], True, colour((60, 90, 190)), max(1, round(0.05 * height))
    )
    for side in ("left", "right"):
        for (start, end), breadth, rgb in _LIMBS:
            thick = max(1, round(breadth * height))
            cv2.line(canvas, at(f"{side}_{start}"), at(f"{side}_{end}"), colour(rgb), thick, cv2.LINE_AA)
    nose = at("nose")
    cv2.line(
        canvas, nose, (nose[0], round(0.22 * height)), colour((215, 165, 135)), max(1, round(0.03 * height))
    )
    cv2.ellipse(
        canvas, nose, (round(0.04 * height), round(0.055 * height)), 0, 0, 360, colour((215, 165, 135)), -1
    )
