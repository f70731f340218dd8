"""Which frames of a video are looked at."""

from pathlib import Path

import numpy as np
import pytest

from moderation.scanners.frames import MAX_FRAMES, VideoUnreadable, sampled_frames
from moderation.taxonomy import Surface
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
