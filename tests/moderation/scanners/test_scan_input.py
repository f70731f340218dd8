"""Shared copies of one decode."""

import hashlib

import cv2
import numpy as np
import pytest

from moderation.scanners.base import Media, ScanInput
from moderation.taxonomy import Surface
from tests.factories.moderation import plain_picture


def item(pixels: np.ndarray | None) -> ScanInput:
    return ScanInput(Media.IMAGE, Surface.PHOTO, pixels)


def test_a_copy_is_made_once_and_the_same_whoever_asks_first() -> None:
    pixels = plain_picture(641, 961)
    one, other = item(pixels), item(pixels)
    small, large = one.scaled(200), one.scaled(500)
    assert one.scaled(200) is small
    assert small.shape == (200, 133, 3)
    assert np.array_equal(other.scaled(500), large)
    assert np.array_equal(other.scaled(200), small)


def test_a_picture_is_never_enlarged_by_scaling() -> None:
    pixels = plain_picture(64, 64)
    assert item(pixels).scaled(500) is pixels
    assert item(pixels).at_least(100, 100) is pixels


def test_the_smallest_half_that_is_large_enough_is_given() -> None:
    shapes = [item(plain_picture(800, 1200)).at_least(side, side).shape[:2] for side in (801, 400, 399, 200)]
    assert shapes == [(1200, 800), (600, 400), (600, 400), (300, 200)]


@pytest.mark.parametrize("side", [131, 160, 187, 213, 239, 267, 299])
def test_a_copy_is_as_good_as_averaged(side: int) -> None:
    """Bilinear or not, it differs by a few grey levels at most, also where there is fine detail."""
    pixels = cv2.GaussianBlur(np.random.default_rng(3).integers(0, 256, (640, 640, 3), np.uint8), (0, 0), 2)
    scan = item(np.asarray(pixels, np.uint8))
    source = scan.at_least(side * 4 // 3, side * 4 // 3)
    averaged = cv2.resize(source, (side, side), interpolation=cv2.INTER_AREA)
    away = np.abs(scan.resized(side, side).astype(int) - averaged)
    assert away.max() <= (12 if source.shape[0] <= side * 2 else 0)
    assert away.mean() < 1.5


def test_the_digest_that_was_begun_is_that_of_the_pixels() -> None:
    pixels = plain_picture(64, 48)[:, ::-1]
    scan = item(pixels)
    scan.begin_sha256()
    assert scan.sha256 == hashlib.sha256(pixels.tobytes()).hexdigest() == item(pixels).sha256


def test_a_thread_thin_picture_has_copies_too() -> None:
    assert item(np.zeros((1, 3000, 3), np.uint8)).scaled(100).shape == (1, 100, 3)


def test_without_pixels_nothing_is_guessed() -> None:
    with pytest.raises(ValueError, match="pixels"):
        item(None).scaled(100)
    with pytest.raises(ValueError, match="pixels"):
        _ = item(None).sha256
