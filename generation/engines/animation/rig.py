"""Builds the moving person: layers, draw order and shadows, and draws one frame of the dance."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from generation.engines.animation.layers import Layer, Layers, build_layers
from generation.engines.animation.parts import split_parts
from generation.engines.animation.raster import darken, draw_mesh
from generation.engines.animation.retarget import Motion
from generation.engines.animation.skeleton import ANKLE, SIDES, TOE, RestSkeleton
from generation.engines.animation.skinning import BoneState, deform

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

MARGIN = 12  # transparent pixels around the person, so that soft edges are never cut
SHADOW_STRENGTH = 0.34


@dataclass(frozen=True)
class Rig:
    """A person ready to be drawn in any pose, at the output's scale; `rest` is where the photo has them."""

    rest: RestSkeleton
    layers: Layers
    shadow: Floats

    def draw(self, frame: Image, motion: Motion, index: int) -> None:
        """Draw the person over `frame` (uint8, (height, width, 3), changed in place) as in one frame of the
        motion.
        """
        state = motion.state(index)
        behind = [side for side in SIDES if motion.is_arm_behind[index, side]]
        before = [side for side in SIDES if not motion.is_arm_behind[index, side]]
        far_leg = 1 if motion.is_left_leg_front[index] else 0
        order = [
            *(self.layers.arms[side] for side in behind),
            self.layers.legs[far_leg],
            self.layers.legs[1 - far_leg],
            self.layers.body,
            *(self.layers.arms[side] for side in before),
        ]
        for layer in order:
            self._draw_layer(frame, layer, state)

    def _draw_layer(self, frame: Image, layer: Layer, state: BoneState) -> None:
        target = deform(layer.vertices, layer.weights, self.rest.points, state)
        draw_mesh(frame, layer.texture, layer.source, target, layer.triangles, layer.solid)

    def draw_shadows(self, frame: Image, motion: Motion, index: int) -> None:
        """A soft contact shadow below each foot, fainter the higher the foot is; before anybody is drawn."""
        height, width = self.shadow.shape
        for side in SIDES:
            lift = float(motion.lift[index, side]) / self.rest.torso
            strength = SHADOW_STRENGTH * max(0.0, 1.0 - 2.5 * lift)
            foot = 0.45 * motion.points[index, ANKLE[side]] + 0.55 * motion.points[index, TOE[side]]
            floor = max(self.rest.points[TOE[side], 1], self.rest.points[ANKLE[side], 1])
            ground = floor + (motion.points[index, ANKLE[side], 1] - self.rest.points[ANKLE[side], 1])
            ground += float(motion.lift[index, side])
            darken(frame, self.shadow, round(foot[0] - width / 2), round(ground - height / 2), strength)


def build_rig(image: Image, alpha: Floats, colours: Image, rest: RestSkeleton) -> Rig:
    """Rig a person. image, colours (uint8, (height, width, 3)), alpha (float32, (height, width)), rest: same
    pixels.
    """
    rows, columns = np.flatnonzero((alpha > 0).any(axis=1)), np.flatnonzero((alpha > 0).any(axis=0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    pad = ((MARGIN, MARGIN), (MARGIN, MARGIN))
    inner_image = np.pad(image[box], (*pad, (0, 0)), mode="edge")
    inner_colours = np.pad(colours[box], (*pad, (0, 0)), mode="edge")
    inner_alpha = np.pad(alpha[box], pad)
    shift = (float(MARGIN - columns[0]), float(MARGIN - rows[0]))
    inner_rest = rest.placed(1.0, shift)
    parts = split_parts(inner_image, inner_alpha, inner_rest)
    layers = build_layers(inner_colours, inner_alpha, parts, inner_rest)
    return Rig(rest, _moved(layers, (-shift[0], -shift[1])), _shadow(rest))


def _moved(layers: Layers, by: tuple[float, float]) -> Layers:
    """The same layers with their vertices moved into the output's pixels."""
    offset = np.asarray(by, np.float32)

    def move(layer: Layer) -> Layer:
        return Layer(
            layer.texture, layer.source, layer.vertices + offset, layer.triangles, layer.solid, layer.weights
        )

    return Layers(
        (move(layers.arms[0]), move(layers.arms[1])),
        (move(layers.legs[0]), move(layers.legs[1])),
        move(layers.body),
    )


def _shadow(rest: RestSkeleton) -> Floats:
    """A soft flat ellipse, sized to the foot."""
    width, height = max(8, round(0.62 * rest.torso)), max(4, round(0.2 * rest.torso))
    canvas = np.zeros((2 * height, 2 * width), np.float32)
    cv2.ellipse(canvas, (width, height), (width // 2, max(1, height // 4)), 0, 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), sigmaX=width / 6, sigmaY=height / 5))
