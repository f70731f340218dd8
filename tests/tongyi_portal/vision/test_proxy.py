"""Frame k of the proxy is frame k of the take, for even, uneven and turned sources."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from moderation.provenance.mp4 import moov_stands_first
from tests.factories.videos import read_frames, write_mp4
from tongyi_portal.vision.media import MediaUndecodable, probe_video, read_image
from tongyi_portal.vision.proxy import steady_frames, write_proxy, write_strip

Image = npt.NDArray[np.uint8]


def numbered(count: int, width: int = 160, height: int = 96) -> list[Image]:
    """Frames with a white bar that moves three pixels to the right each time."""
    frames = np.full((count, height, width, 3), 30, np.uint8)
    for index in range(count):
        frames[index, :, 3 * index : 3 * index + 3] = 230
    return list(frames)


def numbers(frames: list[Image], width: int = 160) -> list[int]:
    """Which frame each is, by the centre of its bar; they may be scaled."""
    found = []
    for frame in frames:
        columns = np.clip(frame.mean(axis=(0, 2)) - 80, 0, None)
        centre = float((columns * (np.arange(len(columns)) + 0.5)).sum() / columns.sum())
        found.append(round(centre / len(columns) * width / 3 - 0.5))
    return found


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_mp4(tmp_path / "clip.mp4", numbered(50), fps=25)


def test_at_the_sources_rate_every_frame_comes_once(clip: Path) -> None:
    assert numbers(list(steady_frames(clip, 25, 50))) == list(range(50))


def test_at_half_the_rate_every_second_frame_comes(clip: Path) -> None:
    assert numbers(list(steady_frames(clip, 12.5, 25))) == list(range(0, 50, 2))


def test_an_uneven_source_is_shown_as_a_player_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "uneven.mp4"
    times = [0, 40, 80, 200, 240, 400]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for time, pixels in zip(times, numbered(6), strict=True):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert numbers(list(steady_frames(path, 25, 12))) == [0, 1, 2, 2, 2, 3, 4, 4, 4, 4, 5, 5]


def test_a_proxy_has_the_same_frames_with_a_key_each_half_second(clip: Path, tmp_path: Path) -> None:
    told: list[int] = []
    proxy = write_proxy(clip, tmp_path / "proxy.mp4", fps=25, count=50, longest_side=120, notice=told.append)
    assert numbers(read_frames(proxy)) == list(range(50))
    info = probe_video(proxy)
    assert (info.width, info.height, info.fps, info.frames, info.has_audio) == (120, 72, 25.0, 50, False)
    with av.open(str(proxy)) as container:
        keys = [packet.pts for packet in container.demux(video=0) if packet.is_keyframe]
        step = float(container.streams.video[0].time_base)
    assert np.diff(np.array(keys) * step).max() <= 0.5
    assert moov_stands_first(proxy)
    assert told == [0, 10, 20, 30, 40]


def test_a_proxy_is_never_larger_than_its_source_and_has_even_sides(tmp_path: Path) -> None:
    clip = write_mp4(tmp_path / "clip.mp4", numbered(5, 162, 98), fps=25)
    info = probe_video(write_proxy(clip, tmp_path / "proxy.mp4", fps=25, count=5, longest_side=131))
    assert info.width <= 131
    assert info.width % 2 == info.height % 2 == 0


def test_what_notice_raises_stops_the_work_and_leaves_nothing(clip: Path, tmp_path: Path) -> None:
    def stop(done: int) -> None:
        if done:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        write_proxy(clip, tmp_path / "proxy.mp4", fps=25, count=50, notice=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_a_strip_shows_the_middle_of_each_share(clip: Path, tmp_path: Path) -> None:
    strip = read_image(write_strip(clip, tmp_path / "strip.jpg", fps=25, count=50, thumbs=5))
    assert strip.shape == (120, 5 * 200, 3)
    middles = [strip[:, 200 * index : 200 * index + 200] for index in range(5)]
    assert numbers(middles) == [5, 15, 25, 35, 45]


def test_the_last_frame_holds_when_more_are_wanted(clip: Path) -> None:
    assert numbers(list(steady_frames(clip, 25, 53)))[-4:] == [49] * 4


def test_no_video_is_undecodable(tmp_path: Path) -> None:
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"no video" * 40)
    with pytest.raises(MediaUndecodable):
        list(steady_frames(file, 25, 5))
