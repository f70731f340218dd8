"""A video is read once, frame k at k / fps, scaled as wanted, ahead of its reader, within a budget."""

import threading
from collections.abc import Generator
from fractions import Fraction
from itertools import count as counting
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.video.reformatter import Colorspace

from tests.factories.odd_videos import turned, write_film
from tests.factories.videos import numbered, numbers, write_mp4
from tongyi_portal.vision.film import (
    DecodeBudget,
    DecodeBudgetSpent,
    Scaler,
    ahead,
    matrix_of,
    steady_video,
)
from tongyi_portal.vision.media import MediaUndecodable

Image = npt.NDArray[np.uint8]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_mp4(tmp_path / "clip.mp4", numbered(50), fps=25)


def pictures(path: Path, fps: float, count: int, longest_side: int | None = None) -> list[Image]:
    scaler = Scaler(longest_side)
    return [scaler.rgb(frame) for frame in steady_video(path, fps, count)]


def test_at_the_sources_rate_every_frame_comes_once(clip: Path) -> None:
    assert numbers(pictures(clip, 25, 50)) == list(range(50))


def test_at_half_the_rate_every_second_frame_comes(clip: Path) -> None:
    assert numbers(pictures(clip, 12.5, 25)) == list(range(0, 50, 2))


def test_an_uneven_source_is_shown_as_a_player_shows_it(tmp_path: Path) -> None:
    path = write_film(tmp_path / "uneven.mp4", numbered(6), times=[0, 40, 80, 200, 240, 400])
    assert numbers(pictures(path, 25, 12)) == [0, 1, 2, 2, 2, 3, 4, 4, 4, 4, 5, 5]


def test_the_last_frame_holds_when_more_are_wanted(clip: Path) -> None:
    assert numbers(pictures(clip, 25, 53))[-4:] == [49] * 4


def test_no_video_is_undecodable(tmp_path: Path) -> None:
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"no video" * 40)
    with pytest.raises(MediaUndecodable):
        list(steady_video(file, 25, 5))


def test_pictures_are_reduced_and_never_enlarged(clip: Path) -> None:
    assert pictures(clip, 25, 1, 80)[0].shape == (48, 80, 3)
    assert pictures(clip, 25, 1, 1000)[0].shape == (96, 160, 3)


def test_a_turned_video_comes_upright_in_both_formats(tmp_path: Path) -> None:
    frames = numbered(5, 96, 160)
    clip = turned(tmp_path / "turned.mp4", frames)
    (first, *_) = steady_video(clip, 25, 5)
    assert (first.width, first.height) == (160, 96)
    shown = Scaler().rgb(first)
    assert shown.shape == (160, 96, 3)
    assert numbers([shown], 96) == [0]
    planes = Scaler(even=True).yuv(first, Colorspace.SMPTE170M)
    assert (planes.width, planes.height, planes.format.name) == (96, 160, "yuv420p")
    assert np.abs(planes.to_ndarray(format="rgb24").astype(int) - frames[0]).mean() < 6


def test_full_range_and_another_matrix_come_as_limited_range_of_the_wanted_one() -> None:
    colour = np.full((64, 64, 3), (220, 40, 90), np.uint8)
    given = av.VideoFrame.from_ndarray(colour, format="rgb24").reformat(
        format="yuvj420p", dst_colorspace=Colorspace.ITU709, dst_color_range="JPEG"
    )
    assert matrix_of(given) == Colorspace.ITU709
    made = Scaler(even=True).yuv(given, Colorspace.SMPTE170M)
    assert matrix_of(made) == Colorspace.SMPTE170M
    assert np.abs(made.to_ndarray(format="rgb24").astype(int) - colour).max() < 8


@pytest.mark.parametrize(
    "budget",
    [DecodeBudget(packets=10), DecodeBudget(seconds=9.5, clock=counting().__next__)],
    ids=["packets", "seconds"],
)
def test_more_work_than_the_budget_ends_the_reading(clip: Path, budget: DecodeBudget) -> None:
    with pytest.raises(DecodeBudgetSpent, match="allowed are"):
        list(steady_video(clip, 25, 50, budget))


def test_what_the_reader_of_the_frames_does_meanwhile_is_not_counted(clip: Path) -> None:
    taken: list[object] = []
    budget = DecodeBudget(seconds=1.0, clock=lambda: 100.0 * len(taken))
    for frame in steady_video(clip, 25, 50, budget):
        taken.append(frame)
    assert len(taken) == 50


def letters(said: list[str]) -> Generator[str, None, None]:
    try:
        for letter in "abcdef":
            said.append(f"{letter} {threading.current_thread().name}")
            yield letter
    finally:
        said.append("closed")


def test_items_are_made_in_another_thread_in_their_order() -> None:
    said: list[str] = []
    assert list(ahead(letters(said), 2)) == list("abcdef")
    assert said == [*(f"{letter} film" for letter in "abcdef"), "closed"]


def test_who_leaves_early_leaves_no_thread_behind() -> None:
    said: list[str] = []
    items = ahead(letters(said), 1)
    assert next(items) == "a"
    items.close()
    assert said[-1] == "closed"
    assert "film" not in [thread.name for thread in threading.enumerate()]


def test_an_error_comes_after_the_items_before_it() -> None:
    def broken() -> Generator[Fraction, None, None]:
        yield Fraction(1)
        yield Fraction(1, 0)

    items = ahead(broken(), 2)
    assert next(items) == 1
    with pytest.raises(ZeroDivisionError):
        next(items)
