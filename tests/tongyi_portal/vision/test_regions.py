"""Turned squares of a picture."""

import cv2
import numpy as np
import pytest

from tongyi_portal.vision.regions import Region


def test_an_unturned_region_is_a_plain_crop() -> None:
    image = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    crop = Region(20.0, 15.0, 16.0, 0.0).crop(image, 16, cv2.BORDER_CONSTANT)
    np.testing.assert_array_equal(crop, image[7:23, 12:28])


def test_a_circle_whose_top_points_right_gives_a_region_turned_by_a_quarter() -> None:
    region = Region.around_circle(np.array([50, 50], np.float32), np.array([60, 50], np.float32), 1.5)
    assert region.side == pytest.approx(30)
    assert region.angle == pytest.approx(np.pi / 2)
    top_middle = region.to_picture(np.array([[0.5, 0.0]], np.float32))
    np.testing.assert_allclose(top_middle, [[65, 50]], atol=1e-4)


def test_crop_and_paste_agree_on_where_things_are() -> None:
    image = np.zeros((120, 100, 3), np.uint8)
    cv2.circle(image, (60, 45), 8, (255, 255, 255), -1)
    region = Region(55.0, 50.0, 60.0, 0.6)
    crop = region.crop(image, 128, cv2.BORDER_CONSTANT)
    back = region.paste_mask(crop[:, :, 0].astype(np.float32) / 255, 120, 100)
    assert np.abs(back - image[:, :, 0] / 255.0).mean() < 0.01


def test_a_much_larger_region_is_averaged_not_sampled() -> None:
    image = np.zeros((512, 512, 3), np.uint8)
    image[::2] = 255
    crop = Region(256.0, 256.0, 512.0, 0.0).crop(image, 64, cv2.BORDER_REPLICATE)
    assert np.abs(crop.astype(int) - 128).max() <= 2
