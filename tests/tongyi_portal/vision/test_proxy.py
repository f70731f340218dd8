"""Frame k of the proxy is frame k of the film; it is small, scrubs well, and appears whole or not at all."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from moderation.provenance.mp4 import moov_stands_first
from tests.factories.odd_videos import turned
from tests.factories.videos import numbered, numbers, read_frames, write_mp4
from tongyi_portal.vision.film import steady_video
from tongyi_portal.vision.media import probe_video, read_image
from tongyi_portal.vision.proxy import ProxyWriter


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_mp4(tmp_path / "clip.mp4", numbered(50), fps=25)


def write_proxy(clip: Path, target: Path, count: int, *, longest_side: int = 720) -> ProxyWriter:
    with ProxyWriter(target, fps=25, count=count, longest_side=longest_side) as writer:
        for frame in steady_video(clip, 25, count):
            writer.write(frame)
    return writer


def test_a_proxy_has_the_same_frames_with_a_key_each_half_second(clip: Path, tmp_path: Path) -> None:
    proxy = write_proxy(clip, tmp_path / "proxy.mp4", 50, longest_side=120).target
    assert numbers(read_frames(proxy)) == list(range(50))
    info = probe_video(proxy)
    assert (info.width, info.height, info.fps, info.frames, info.has_audio) == (120, 72, 25.0, 50, False)
    with av.open(str(proxy)) as container:
        keys = [packet.pts for packet in container.demux(video=0) if packet.is_keyframe]
        step = float(container.streams.video[0].time_base)
    assert np.diff(np.array(keys) * step).max() <= 0.5
    assert moov_stands_first(proxy)


def test_a_proxy_is_never_larger_than_its_source_and_has_even_sides(tmp_path: Path) -> None:
    clip = write_mp4(tmp_path / "clip.mp4", numbered(5, 162, 98), fps=25)
    info = probe_video(write_proxy(clip, tmp_path / "proxy.mp4", 5, longest_side=131).target)
    assert info.width <= 131
    assert info.width % 2 == info.height % 2 == 0
    assert probe_video(write_proxy(clip, tmp_path / "whole.mp4", 5).target).width == 162


def test_a_proxy_stands_upright_without_a_display_matrix(tmp_path: Path) -> None:
    frames = numbered(30, 96, 160)
    proxy = write_proxy(turned(tmp_path / "turned.mp4", frames), tmp_path / "proxy.mp4", 30).target
    shown = read_frames(proxy)
    assert shown[0].shape == (160, 96, 3)
    assert numbers(shown, 96) == list(range(30))


def test_the_frames_that_hold_at_the_end_are_in_the_proxy_too(clip: Path, tmp_path: Path) -> None:
    proxy = write_proxy(clip, tmp_path / "proxy.mp4", 53).target
    assert numbers(read_frames(proxy))[-4:] == [49] * 4


def test_an_error_in_mid_way_leaves_nothing(clip: Path, tmp_path: Path) -> None:
    def stopped() -> Iterator[object]:
        yield from islice(steady_video(clip, 25, 50), 20)
        raise InterruptedError

    def write() -> None:
        with ProxyWriter(tmp_path / "proxy.mp4", fps=25, count=50) as writer:
            for frame in stopped():
                writer.write(frame)

    with pytest.raises(InterruptedError):
        write()
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_a_strip_shows_the_middle_of_each_share(clip: Path, tmp_path: Path) -> None:
    writer = write_proxy(clip, tmp_path / "proxy.mp4", 48)
    strip = read_image(writer.write_strip(tmp_path / "strip.jpg"))
    assert strip.shape == (120, 12 * 200, 3)
    middles = [strip[:, 200 * index : 200 * index + 200] for index in range(12)]
    assert numbers(middles) == list(range(2, 48, 4))
