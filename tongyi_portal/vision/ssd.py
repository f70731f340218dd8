"""Running a TFLite model; reading single-shot detectors: anchors, boxes, weighted suppression. Pure Python.

Sources: Liu et al., "SSD: Single Shot MultiBox Detector" (2016); Bazarevsky et al., "BlazeFace" (2019) for
averaging overlapping detections instead of dropping them.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def invoke(model: Any, picture: Floats) -> list[Floats]:
    """Run one model on one picture (height, width, 3); its outputs in the model's order."""
    model.set_tensor(model.get_input_details()[0]["index"], picture[None])
    model.invoke()
    return [model.get_tensor(output["index"]) for output in model.get_output_details()]


def sigmoid(logits: Floats) -> Floats:
    """Probabilities from logits, without overflow."""
    return (1.0 / (1.0 + np.exp(-np.clip(logits, -80.0, 80.0)))).astype(np.float32)


def anchor_centres(side: int, layers: tuple[tuple[int, int], ...]) -> Floats:
    """Centres (n, 2) of a detector's anchors in the unit square.

    side: of the model's input, pixels. layers: stride and anchors per cell of each feature map, in order.
    """
    centres = []
    for stride, per_cell in layers:
        cells = side // stride
        line = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
        centres.append(np.repeat(grid, per_cell, axis=0))
    return np.concatenate(centres).astype(np.float32)


def detections(
    raw: Floats, logits: Floats, anchors: Floats, *, side: int, threshold: float
) -> tuple[Floats, Floats]:
    """Decode a detector's output: shapes (n, points, 2) in the unit square and their scores (n,).

    A shape is the box's top left and bottom right corner, then the model's key points. raw: centre, size and
    key points of every anchor, in pixels relative to the anchor. Scores below `threshold` are dropped.
    """
    logits = logits.reshape(-1)
    near = np.flatnonzero(logits >= math.log(threshold / (1 - threshold)) - 0.01)  # the rest is surely below
    if not near.size:
        return np.zeros((0, raw.size // len(anchors) // 2, 2), np.float32), np.zeros(0, np.float32)
    scores = sigmoid(logits[near])
    is_kept = scores >= threshold
    keep, scores = near[is_kept], scores[is_kept]
    values = raw.reshape(len(anchors), -1, 2)[keep] / side
    centre, half = values[:, :1], values[:, 1:2] / 2
    shapes = np.concatenate([centre - half, centre + half, values[:, 2:]], axis=1) + anchors[keep][:, None]
    return shapes.astype(np.float32), scores


def weighted_nms(shapes: Floats, scores: Floats, overlap: float) -> list[tuple[float, Floats]]:
    """Merge overlapping detections into score-weighted means, best first.

    shapes (float32, (n, points, 2)): as `detections` gives them. overlap: boxes that share more (intersection
    over union) are one and the same thing.
    """
    merged: list[tuple[float, Floats]] = []
    order = np.argsort(-scores)
    while order.size:
        best = shapes[order[0]]
        boxes = shapes[order]
        low, high = np.maximum(boxes[:, 0], best[0]), np.minimum(boxes[:, 1], best[1])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        areas = np.prod(boxes[:, 1] - boxes[:, 0], axis=1)
        same = shared / (areas + areas[0] - shared) > overlap
        same[0] = True
        weights = scores[order[same]]
        mean = np.average(boxes[same], axis=0, weights=weights).astype(np.float32)
        merged.append((float(scores[order[0]]), mean))
        order = order[~same]
    return merged
