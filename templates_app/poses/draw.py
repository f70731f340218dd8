"""Renders one frame of poses to an image: for people's eyes, and for engines steered by skeletons."""

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from templates_app.poses.skeletons import LAYOUTS, convert

Image = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float32]
Style = Literal["openpose", "viewer"]
Colour = tuple[int, int, int]

# Below this confidence DWPose, whose pictures the animation models were trained on, leaves a joint out.
SEEN = 0.3
# The rainbow of OpenPose (Cao et al. 2019), one colour for each joint; limbs take the first 17 in bone order.
OPENPOSE_COLOURS: tuple[Colour, ...] = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0),
    (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255),
    (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85),
)  # fmt: skip
# Limbs are drawn this bright, joints at full brightness; both 4 pixels thick at 512 pixels.
LIMB_BRIGHTNESS, STICK, STICK_AT = 0.6, 4, 512

BACKGROUND: Colour = (17, 20, 29)
FLOOR: Colour = (30, 35, 48)
LEFT: Colour = (78, 168, 255)
RIGHT: Colour = (255, 122, 104)
TRUNK: Colour = (226, 230, 238)
HEAD: Colour = (244, 214, 178)
FEATURES: Colour = (62, 56, 66)
# Widths of limbs for people's eyes, as parts of the trunk's length, by the joints at their ends.
LIMB_WIDTHS = {
    ("shoulder", "elbow"): 0.21,
    ("elbow", "wrist"): 0.17,
    ("wrist", "index"): 0.13,
    ("wrist", "pinky"): 0.12,
    ("wrist", "thumb"): 0.09,
    ("hip", "knee"): 0.29,
    ("knee", "ankle"): 0.22,
    ("ankle", "heel"): 0.15,
    ("heel", "foot_index"): 0.14,
    ("ankle", "foot_index"): 0.15,
}
TRUNK_CORNERS = ("left_shoulder", "right_shoulder", "right_hip", "left_hip")
FACE_DOTS = (("left_eye", 0.028), ("right_eye", 0.028), ("nose", 0.03))
ARM_BEFORE_TRUNK = 0.03
# Edges are smoothed by drawing this many times larger.
OVERSAMPLING = 2


def draw_skeleton(
    points: Points,
    confidence: npt.NDArray[np.float32],
    *,
    layout: str,
    width: int,
    height: int,
    style: Style,
) -> Image:
    """Every performer of one frame, (height, width, 3), RGB.

    points (float32, (people, joints, 2 or 3)), confidence (float32, (people, joints)): one frame of a
        PoseSequence in `layout`; one unit is `height` pixels, so a frame of another aspect is cut or padded
        at its right edge.
    style: "openpose" is the picture that skeleton-steered models were trained on: 18 joints (the layout is
        converted) in rainbow colours on black. "viewer" is for people: a figure with limbs of human width,
        own left blue and own right red, what is nearer in front.
    Joints of confidence below 0.3 are left out. Raises ValueError for arrays that do not fit the layout.
    """
    joints = len(LAYOUTS[layout].joints)
    if points.ndim != 3 or points.shape[1] != joints or points.shape[2] not in (2, 3):
        raise ValueError(f"points must be (people, {joints}, 2 or 3) for {layout}, got {points.shape}")
    if confidence.shape != points.shape[:2]:
        raise ValueError(f"confidence must be {points.shape[:2]}, got {confidence.shape}")
    if style == "openpose":
        points, confidence = convert(points, confidence, source=layout, target="openpose_18")
        return _openpose(points[..., :2] * height, confidence, width, height)
    return _viewer(points, confidence, layout, width, height)


def _openpose(pixels: Points, confidence: npt.NDArray[np.float32], width: int, height: int) -> Image:
    canvas = np.zeros((height, width, 3), dtype=np.uint8)
    stick = max(1, round(STICK * min(width, height) / STICK_AT))
    for place, seen in zip(pixels, confidence >= SEEN, strict=True):
        for (start, end), colour in zip(LAYOUTS["openpose_18"].bones, OPENPOSE_COLOURS, strict=False):
            if seen[start] and seen[end]:
                along = place[end] - place[start]
                middle = (place[end] + place[start]) / 2
                outline = cv2.ellipse2Poly(
                    (int(middle[0]), int(middle[1])),
                    (int(np.hypot(*along) / 2), stick),
                    int(np.degrees(np.arctan2(along[1], along[0]))),
                    0,
                    360,
                    1,
                )
                cv2.fillConvexPoly(canvas, np.asarray(outline), colour)
    canvas = (canvas * LIMB_BRIGHTNESS).astype(np.uint8)
    for place, seen in zip(pixels, confidence >= SEEN, strict=True):
        for joint, colour in enumerate(OPENPOSE_COLOURS):
            if seen[joint]:
                cv2.circle(canvas, (int(place[joint, 0]), int(place[joint, 1])), stick, colour, thickness=-1)
    return canvas


class _Figure:
    """One performer for people's eyes: collects shapes with their depth, paints them from back to front."""

    def __init__(
        self, points: Points, confidence: npt.NDArray[np.float32], layout: str, canvas: Image
    ) -> None:
        names = LAYOUTS[layout].joints
        self.canvas = canvas
        self.at = {
            name: points[joint, :2] * canvas.shape[0]
            for joint, name in enumerate(names)
            if confidence[joint] >= SEEN
        }
        depths = points[:, 2] if points.shape[1] == 3 else np.zeros(len(names))
        self.depth = {name: float(depths[joint]) for joint, name in enumerate(names)}
        self.shapes: list[tuple[float, Callable[[], None]]] = []
        shoulders, hips = self._middle("shoulder"), self._middle("hip")
        self.trunk = 0.0 if shoulders is None or hips is None else float(np.linalg.norm(shoulders - hips))

    def paint(self) -> None:
        """Paints nothing of a person whose shoulders or hips are not seen: there is no measure to go by."""
        if self.trunk < 1:
            return
        self._paint_shadow()
        for side, colour in (("left", LEFT), ("right", RIGHT)):
            for (start, end), part in LIMB_WIDTHS.items():
                self._add_limb(f"{side}_{start}", f"{side}_{end}", part * self.trunk, colour)
        self._add_trunk()
        self._add_head()
        for _, paint in sorted(self.shapes, key=lambda shape: -shape[0]):
            paint()

    def _middle(self, part: str) -> Points | None:
        if f"left_{part}" not in self.at or f"right_{part}" not in self.at:
            return None
        middle: Points = (self.at[f"left_{part}"] + self.at[f"right_{part}"]) / 2
        return middle

    def _depth_of(self, *names: str) -> float:
        return sum(self.depth[name] for name in names) / len(names)

    def _line(self, start: Points, end: Points, width: float, colour: Colour) -> None:
        cv2.line(self.canvas, _pixel(start), _pixel(end), colour, max(1, round(width)), cv2.LINE_AA)

    def _paint_shadow(self) -> None:
        feet = [self.at[name] for name in self.at if name.endswith(("ankle", "heel", "foot_index"))]
        if not feet:
            return
        centre = (float(np.mean([foot[0] for foot in feet])), float(max(foot[1] for foot in feet)))
        axes = (round(0.85 * self.trunk), round(0.1 * self.trunk))
        cv2.ellipse(self.canvas, _pixel(np.array(centre)), axes, 0, 0, 360, FLOOR, -1, cv2.LINE_AA)

    def _add_limb(self, start: str, end: str, width: float, colour: Colour) -> None:
        if start not in self.at or end not in self.at:
            return
        first, last = self.at[start], self.at[end]

        def paint() -> None:
            # A dark rim parts a limb from what lies behind it.
            self._line(first, last, width + 0.07 * self.trunk, BACKGROUND)
            self._line(first, last, width, colour)

        self.shapes.append((self._depth_of(start, end), paint))

    def _add_trunk(self) -> None:
        corners = [self.at[name] for name in TRUNK_CORNERS]
        width = 0.2 * self.trunk

        def paint() -> None:
            outline = np.round(corners).astype(np.int32)
            for rim, colour in ((width + 0.07 * self.trunk, BACKGROUND), (width, TRUNK)):
                cv2.fillConvexPoly(self.canvas, cv2.convexHull(outline), colour, cv2.LINE_AA)
                for corner in range(4):
                    self._line(corners[corner], corners[corner - 1], rim, colour)

        # An arm that hangs at the side is drawn before the trunk, wherever the chest turns a little.
        self.shapes.append((self._depth_of(*TRUNK_CORNERS) + ARM_BEFORE_TRUNK, paint))

    def _add_head(self) -> None:
        centre = self._middle("ear")
        shoulders = self._middle("shoulder")
        if centre is None or shoulders is None:
            return
        across = self.at["left_ear"] - self.at["right_ear"]
        tilt = float(np.degrees(np.arctan2(across[1], across[0])))

        def paint() -> None:
            self._line(shoulders, centre, 0.2 * self.trunk, HEAD)
            for rim, colour in ((0.035, BACKGROUND), (0.0, HEAD)):
                axes = (round((0.19 + rim) * self.trunk), round((0.25 + rim) * self.trunk))
                cv2.ellipse(self.canvas, _pixel(centre), axes, tilt, 0, 360, colour, -1, cv2.LINE_AA)
            for name, radius in FACE_DOTS:
                if name in self.at:
                    place = _pixel(self.at[name])
                    cv2.circle(
                        self.canvas, place, max(1, round(radius * self.trunk)), FEATURES, -1, cv2.LINE_AA
                    )

        self.shapes.append((self._depth_of("nose"), paint))


def _pixel(place: Points) -> tuple[int, int]:
    return round(float(place[0])), round(float(place[1]))


def _viewer(
    points: Points, confidence: npt.NDArray[np.float32], layout: str, width: int, height: int
) -> Image:
    canvas = np.full((height * OVERSAMPLING, width * OVERSAMPLING, 3), BACKGROUND, dtype=np.uint8)
    for person, seen in zip(points, confidence, strict=True):
        _Figure(person, seen, layout, canvas).paint()
    return cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
