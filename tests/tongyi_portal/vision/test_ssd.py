"""Anchors and suppression of single-shot detectors."""

import numpy as np

from tongyi_portal.vision.ssd import anchor_centres, detections, sigmoid, weighted_nms


def box(x0: float, y0: float, x1: float, y1: float) -> list[list[float]]:
    return [[x0, y0], [x1, y1], [(x0 + x1) / 2, y0]]


def test_the_pose_detector_has_2254_anchors_starting_with_its_finest_grid() -> None:
    anchors = anchor_centres(224, ((8, 2), (16, 2), (32, 6)))
    assert anchors.shape == (2254, 2)
    np.testing.assert_allclose(anchors[0], [0.5 / 28, 0.5 / 28])
    np.testing.assert_allclose(anchors[2], [1.5 / 28, 0.5 / 28])
    np.testing.assert_allclose(anchors[-1], [6.5 / 7, 6.5 / 7])


def test_overlapping_boxes_become_their_weighted_mean_and_distant_ones_stay() -> None:
    shapes = np.array([box(0, 0, 1, 1), box(0.1, 0, 1.1, 1), box(5, 5, 6, 6)], np.float32)
    merged = weighted_nms(shapes, np.array([0.9, 0.3, 0.5], np.float32), 0.3)
    assert [round(score, 2) for score, _ in merged] == [0.9, 0.5]
    np.testing.assert_allclose(merged[0][1][0], [0.025, 0.0], atol=1e-6)


def test_no_boxes_give_no_detections() -> None:
    assert weighted_nms(np.zeros((0, 3, 2), np.float32), np.zeros(0, np.float32), 0.3) == []


def test_raw_values_are_pixels_around_their_anchor() -> None:
    anchors = np.array([[0.5, 0.5], [0.25, 0.75]], np.float32)
    raw = np.array([[10, 0, 20, 40, 0, -10], [0, 0, 0, 0, 0, 0]], np.float32)
    shapes, scores = detections(raw, np.array([4.0, -4.0], np.float32), anchors, side=100, threshold=0.5)
    assert shapes.shape == (1, 3, 2)
    np.testing.assert_allclose(shapes[0], [[0.5, 0.3], [0.7, 0.7], [0.5, 0.4]], atol=1e-6)
    assert scores[0] > 0.9


def test_no_detection_is_lost_by_looking_at_logits_first() -> None:
    chance = np.random.default_rng(1)
    anchors = chance.random((5000, 2), np.float32)
    raw = chance.normal(0, 20, (5000, 8)).astype(np.float32)
    logits = chance.normal(0, 3, 5000).astype(np.float32)
    for threshold in (0.5, 0.75, 0.999):
        _shapes, scores = detections(raw, logits, anchors, side=100, threshold=threshold)
        every = sigmoid(logits)
        assert np.array_equal(scores, every[every >= threshold])
    shapes, scores = detections(raw, logits - 90, anchors, side=100, threshold=0.5)
    assert (shapes.shape, scores.shape) == ((0, 4, 2), (0,))
