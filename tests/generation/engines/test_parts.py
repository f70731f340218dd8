"""A person is split into limbs that belong to it."""

import cv2
import numpy as np

from generation.engines.animation.mannequin import Mannequin, draw_mannequin
from generation.engines.animation.parts import split_parts
from generation.engines.animation.skeleton import (
    ANKLE,
    ELBOW,
    KNEE,
    WAIST,
    WRIST,
    RestSkeleton,
    rest_skeleton,
)


def owner(mask: np.ndarray, point: np.ndarray) -> bool:
    return bool(mask[round(float(point[1])), round(float(point[0]))])


def test_every_visible_pixel_has_exactly_one_owner(mannequin: Mannequin, rest: RestSkeleton) -> None:
    parts = split_parts(mannequin.image, mannequin.alpha, rest)

    total = sum(mask.astype(int) for mask in (*parts.arms, *parts.legs, parts.body))
    assert total.max() == 1
    assert ((total == 1) == (mannequin.alpha > 0.35)).mean() > 0.999


def test_joints_lie_in_their_own_part(mannequin: Mannequin, rest: RestSkeleton) -> None:
    parts = split_parts(mannequin.image, mannequin.alpha, rest)

    assert owner(parts.body, rest.points[WAIST])
    for side in (0, 1):
        for point in (ELBOW, WRIST):
            assert owner(parts.arms[side], rest.points[point[side]])
        for point in (KNEE, ANKLE):
            assert owner(parts.legs[side], rest.points[point[side]])


def test_legs_with_a_gap_between_them_are_no_skirt(mannequin: Mannequin, rest: RestSkeleton) -> None:
    assert split_parts(mannequin.image, mannequin.alpha, rest).skirt_hem is None


def test_a_skirt_is_found_by_its_hem() -> None:
    figure = draw_mannequin(300, 400)
    rest = rest_skeleton(figure.points)
    hem = round(float(rest.points[list(KNEE), 1].mean()) - 10)
    hips = round(float(rest.points[list(KNEE), 1].mean() - 0.19 * 400))
    skirt = np.array([[125, hips], [175, hips], [200, hem], [100, hem]], np.int32)
    image, alpha = figure.image.copy(), figure.alpha.copy()
    cv2.fillPoly(image, [skirt], (190, 40, 120))
    cv2.fillPoly(alpha, [skirt], 1.0)

    found = split_parts(image, alpha, rest).skirt_hem

    assert found is not None
    assert abs(found - hem) < 8
