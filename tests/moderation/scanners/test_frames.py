"""Which frames of a video are looked at."""

from pathlib import Path

import numpy as np
import pytest

from moderation.scanners.frames import MAX_FRAMES, VideoUnreadable, sampled_frames
from moderation.taxonomy import Surface
from tests.factories.pictures import moving_webp
from tests.factories.videos import write_mp4


def flat(brightness: int) -> np.ndarray:
    return np.full((64, 64, 3), brightness, np.uint8)


def seconds(path: Path) -> list[float]:
    return [item.seconds for item in sampled_frames(path, Surface.OUTPUT) if item.seconds is not None]


def test_one_frame_a_second_is_taken(tmp_path: Path) -> None:
    assert seconds(write_mp4(tmp_path / "a.mp4", [flat(100)] * 35)) == [0.0, 1.0, 2.0, 3.0]


def test_a_new_scene_is_taken_at_once(tmp_path: Path) -> None:
    frames = [flat(60)] * 13 + [flat(200)] * 3 + [flat(60)] * 4
    assert seconds(write_mp4(tmp_path / "a.mp4", frames)) == [0.0, 1.0, 1.3, 1.6]


def test_frames_come_as_rgb(tmp_path: Path) -> None:
    red = np.zeros((64, 96, 3), np.uint8)
    red[..., 0] = 220
    (item,) = sampled_frames(write_mp4(tmp_path / "a.mp4", [red] * 5), Surface.OUTPUT)
    assert item.pixels is not None
    assert item.pixels.shape == (64, 96, 3)
    assert item.pixels[30, 30, 0] > 180 > 60 > item.pixels[30, 30, 2]


def test_flicker_does_not_make_it_endless_and_what_was_not_looked_at_is_said(tmp_path: Path) -> None:
    frames = [flat(250 * (index % 2)) for index in range(300)]
    taken: list[float | None] = []
    items = sampled_frames(write_mp4(tmp_path / "a.mp4", frames), Surface.OUTPUT)
    with pytest.raises(VideoUnreadable, match="new scenes"):
        taken.extend(item.seconds for item in items)
    assert MAX_FRAMES <= len(taken) <= MAX_FRAMES + 30


@pytest.mark.parametrize("data", [b"", b"not a video at all", b"\x00\x00\x00\x18ftypmp42" + bytes(200)])
def test_what_is_no_video_is_said_to_be_unreadable(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with pytest.raises(VideoUnreadable):
        seconds(path)


def test_a_video_that_breaks_off_is_unreadable(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    noise = [generator.integers(0, 256, (64, 64, 3), dtype=np.uint8) for _ in range(30)]
    path = write_mp4(tmp_path / "a.mp4", noise, index_first=True)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(VideoUnreadable):
        seconds(path)


# Moving pictures


def moving(path: Path, colours: list[tuple[int, int, int]], duration: int = 125) -> Path:
    path.write_bytes(moving_webp(colours, duration=duration))
    return path


def test_of_a_moving_picture_the_first_every_eighth_the_middle_and_the_last_are_taken(tmp_path: Path) -> None:
    greys = [(100 + number % 2,) * 3 for number in range(24)]
    shown = moving(tmp_path / "a.webp", greys)
    assert seconds(shown) == [0.0, 1.0, 1.5, 2.0, 2.875]
    hasty = moving(tmp_path / "b.webp", greys, duration=0)
    assert len(set(seconds(hasty))) == 5


def test_a_picture_of_another_colour_is_taken_wherever_it_is_hidden(tmp_path: Path) -> None:
    grey, as_bright_as_grey = (116, 116, 116), (255, 60, 40)
    colours = [grey, *[(117, 116, 116), grey] * 11]
    colours[5] = as_bright_as_grey
    items = list(sampled_frames(moving(tmp_path / "a.webp", colours), Surface.OUTPUT))
    (red,) = [item for item in items if item.pixels is not None and item.pixels[0, 0, 0] > 200]
    assert (red.seconds, red.is_new) == (0.625, True)


def test_a_long_moving_picture_is_sampled_and_one_that_flickers_is_refused(tmp_path: Path) -> None:
    long = [(100 + number % 2,) * 3 for number in range(900)]
    assert len(seconds(moving(tmp_path / "a.webp", long))) <= MAX_FRAMES / 2 + 2
    flicker = [(250 * (number % 2),) * 3 for number in range(300)]
    with pytest.raises(VideoUnreadable, match="new scenes"):
        seconds(moving(tmp_path / "b.webp", flicker))


def test_a_moving_picture_that_breaks_off_is_unreadable(tmp_path: Path) -> None:
    path = moving(tmp_path / "a.webp", [(level, 0, 0) for level in range(0, 250, 25)])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(VideoUnreadable):
        seconds(path)
