"""Cuts are found; fast dances, pans, flashes and fades are none."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tests.factories.dance_clips import room
from tongyi_portal.vision.cuts import THUMB_SIDE, find_cuts

Image = npt.NDArray[np.uint8]
FPS = 30.0


def small(frames: list[Image]) -> npt.NDArray[np.uint8]:
    size = (THUMB_SIDE, THUMB_SIDE)
    return np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames])


def moving(seed: int, count: int = 40, *, speed: float = 1.0, size: float = 0.5) -> list[Image]:
    """A room in which a striped figure throws itself about."""
    background = room(160, 160, seed)
    random = np.random.default_rng(seed)
    colour = [int(value) for value in random.integers(0, 255, 3)]
    frames = []
    for index in range(count):
        frame = background.copy()
        angle = speed * index * 0.15
        centre = (80 + round(25 * np.sin(angle)), 85 + round(15 * np.cos(1.3 * angle)))
        axes = (round(60 * size * (0.4 + 0.3 * abs(np.sin(angle)))), round(120 * size / 2))
        cv2.ellipse(frame, centre, axes, 60 * np.sin(angle), 0, 360, colour, -1)
        cv2.ellipse(frame, centre, axes, 60 * np.sin(angle), 0, 360, (20, 20, 20), 6)
        frames.append(frame)
    return frames


def test_one_take_has_no_cut() -> None:
    assert find_cuts(small(moving(1, 90)), FPS) == []


@pytest.mark.parametrize("speed", [2.0, 4.0, 20.0])
def test_a_fast_dance_that_fills_the_picture_is_no_cut(speed: float) -> None:
    assert find_cuts(small(moving(2, 90, speed=speed, size=1.1)), FPS) == []


def test_every_cut_is_found_where_it_is() -> None:
    frames = moving(1) + moving(2) + moving(3, 25)
    assert find_cuts(small(frames), FPS) == [40, 80]


def test_a_cut_to_a_closer_view_of_the_same_room_is_found() -> None:
    wide = moving(4, 80)
    close = [np.asarray(cv2.resize(frame[30:130, 30:130], (160, 160)), np.uint8) for frame in wide[40:]]
    assert find_cuts(small(wide[:40] + close), FPS) == [40]


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_flash_is_no_cut(length: int) -> None:
    frames = moving(1, 60)
    for index in range(30, 30 + length):
        frames[index] = np.full_like(frames[index], 250)
    assert find_cuts(small(frames), FPS) == []


def test_light_that_changes_with_the_music_is_no_cut() -> None:
    frames = [
        np.clip(frame * (0.5 if index // 6 % 2 else 1.1), 0, 255).astype(np.uint8)
        for index, frame in enumerate(moving(5, 90))
    ]
    assert find_cuts(small(frames), FPS) == []


def test_a_pan_is_no_cut() -> None:
    wide = room(900, 160, 7)
    frames = [np.ascontiguousarray(wide[:, 8 * index : 8 * index + 160]) for index in range(80)]
    assert find_cuts(small(frames), FPS) == []


def test_a_still_picture_and_too_few_frames_have_no_cut() -> None:
    assert find_cuts(small([room(160, 160)] * 20), FPS) == []
    assert find_cuts(small([room(160, 160, 1), room(160, 160, 2)]), FPS) == []
    assert find_cuts(np.zeros((30, THUMB_SIDE, THUMB_SIDE, 3), np.uint8), FPS) == []
