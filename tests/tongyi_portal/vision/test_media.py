"""Pictures and video written and read back."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image as Pictures

from tongyi_portal.vision.media import (
    MediaEncodeFailed,
    MediaUndecodable,
    VideoWriter,
    iter_frames,
    iter_pictures,
    probe_video,
    read_image,
    sample_frames,
    write_jpeg,
)

Image = npt.NDArray[np.uint8]
WIDTH, HEIGHT, FPS = 96, 64, 25


def grey_frame(level: int) -> Image:
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Fifty frames that grow lighter by four levels each."""
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, WIDTH, HEIGHT, FPS) as writer:
        for index in range(50):
            writer.write(grey_frame(4 * index))
    return path


def box_order(path: Path) -> list[str]:
    """Names of the top-level boxes of an MP4 file."""
    data, at, names = path.read_bytes(), 0, []
    while at < len(data):
        names.append(data[at + 4 : at + 8].decode("ascii"))
        at += int.from_bytes(data[at : at + 4], "big")
    return names


def test_a_written_clip_has_its_size_rate_and_length(clip: Path) -> None:
    info = probe_video(clip)
    assert (info.width, info.height, info.fps, info.frames) == (WIDTH, HEIGHT, FPS, 50)
    assert info.duration_seconds == pytest.approx(2.0)
    assert info.codec == "h264"
    assert not info.has_audio


def test_the_index_stands_before_the_frames_so_that_playing_starts_at_once(clip: Path) -> None:
    order = box_order(clip)
    assert order.index("moov") < order.index("mdat")


def test_colours_survive_writing_and_reading(tmp_path: Path) -> None:
    colours = [(230, 30, 30), (30, 200, 40), (20, 60, 220), (240, 180, 150), (250, 250, 250), (5, 5, 5)]
    frame = np.concatenate([np.full((64, 32, 3), colour, np.uint8) for colour in colours], axis=1)
    with VideoWriter(tmp_path / "colours.mp4", frame.shape[1], 64, 30, crf=10) as writer:
        for _ in range(5):
            writer.write(frame)
    shown = list(iter_frames(tmp_path / "colours.mp4"))[2][1]
    for index, colour in enumerate(colours):
        assert np.abs(shown[32, 32 * index + 16].astype(int) - colour).max() <= 4


def test_the_stream_is_tagged_with_the_matrix_that_was_used(clip: Path) -> None:
    with av.open(str(clip)) as container:
        context = container.streams.video[0].codec_context
        assert context.pix_fmt == "yuv420p"
        assert context.colorspace == Colorspace.ITU601
        assert context.color_range == ColorRange.MPEG


def test_the_callers_frame_may_be_reused_at_once(tmp_path: Path) -> None:
    frame = grey_frame(0)
    with VideoWriter(tmp_path / "reused.mp4", WIDTH, HEIGHT, FPS) as writer:
        for index in range(20):
            frame[:] = 12 * index
            writer.write(frame)
    levels = [float(shown.mean()) for _, shown in iter_frames(tmp_path / "reused.mp4")]
    np.testing.assert_allclose(levels, [12 * index for index in range(20)], atol=4)


def write_frames(path: Path, frames: Iterable[Image], **options: Any) -> None:
    with VideoWriter(path, WIDTH, HEIGHT, FPS, **options) as writer:
        for frame in frames:
            writer.write(frame)


def test_odd_sizes_and_wrong_frames_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="even"):
        VideoWriter(tmp_path / "odd.mp4", 95, 64, FPS)
    with pytest.raises(ValueError, match="frame must be uint8"):
        write_frames(tmp_path / "a.mp4", [np.zeros((64, 64, 3), np.uint8)])
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_block_leaves_no_file_and_keeps_the_old_one(tmp_path: Path, clip: Path) -> None:
    def failing() -> Iterator[Image]:
        yield grey_frame(1)
        raise RuntimeError("stop")

    before = clip.read_bytes()
    with pytest.raises(RuntimeError, match="stop"):
        write_frames(clip, failing())
    assert clip.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_an_error_of_the_encoder_reaches_the_caller(tmp_path: Path) -> None:
    with pytest.raises(MediaEncodeFailed, match=r"wrong\.mp4"):
        write_frames(tmp_path / "wrong.mp4", [grey_frame(9)] * 40, preset="no-such-preset")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_an_encode_error(tmp_path: Path) -> None:
    with pytest.raises(MediaEncodeFailed):
        write_frames(tmp_path / "none" / "a.mp4", [grey_frame(1)])


def test_every_third_frame_and_frames_at_given_times(clip: Path) -> None:
    seconds = [at for at, _ in iter_frames(clip, stride=3)]
    np.testing.assert_allclose(seconds, np.arange(0, 50, 3) / FPS, atol=1e-6)
    chosen = list(iter_frames(clip, times=[0.0, 0.5, 0.53, 1.0, 9.0]))
    np.testing.assert_allclose([at for at, _ in chosen], [0.0, 0.48, 0.52, 1.0, 1.96], atol=1e-6)
    np.testing.assert_allclose([frame.mean() for _, frame in chosen], [0, 48, 52, 100, 196], atol=4)
    with pytest.raises(ValueError, match="not both"):
        list(iter_frames(clip, stride=2, times=[0.0]))


def test_samples_are_spread_over_the_whole_clip(clip: Path) -> None:
    samples = sample_frames(clip, 4)
    np.testing.assert_allclose([at for at, _ in samples], [0.24, 0.72, 1.24, 1.72], atol=0.05)
    assert [frame.shape for _, frame in samples] == [(HEIGHT, WIDTH, 3)] * 4


def test_long_gaps_are_sought_and_still_give_the_right_frames(tmp_path: Path) -> None:
    path = tmp_path / "long.mp4"
    with VideoWriter(path, 32, 32, 5) as writer:
        for index in range(250):
            writer.write(np.full((32, 32, 3), index, np.uint8))
    chosen = list(iter_frames(path, times=[1.0, 20.0, 45.0]))
    np.testing.assert_allclose([at for at, _ in chosen], [1.0, 20.0, 45.0], atol=1e-6)
    np.testing.assert_allclose([frame.mean() for _, frame in chosen], [5, 100, 225], atol=4)


def test_a_phones_sideways_video_is_shown_upright(tmp_path: Path) -> None:
    path = tmp_path / "phone.mp4"
    frame = grey_frame(20)
    frame[:, : WIDTH // 2] = 230
    with VideoWriter(path, WIDTH, HEIGHT, FPS) as writer:
        for _ in range(3):
            writer.write(frame)
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # version 0: the matrix follows 40 bytes of header fields
    quarter_turn = [0, 1 << 16, 0, -(1 << 16), 0, 0, HEIGHT << 16, 0, 1 << 30]  # clockwise
    data[at : at + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in quarter_turn)
    path.write_bytes(data)
    info = probe_video(path)
    assert (info.width, info.height) == (HEIGHT, WIDTH)
    _, shown = next(iter_frames(path))
    assert shown.shape == (WIDTH, HEIGHT, 3)
    assert shown[10].mean() > 200
    assert shown[-10].mean() < 60


@pytest.mark.parametrize("content", [b"", b"not a video at all", b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 200])
def test_files_that_are_no_video_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaUndecodable, match=r"broken\.mp4"):
        probe_video(path)
    with pytest.raises(MediaUndecodable):
        list(iter_frames(path))


def test_pictures_are_read_upright_and_over_white(tmp_path: Path) -> None:
    picture = Pictures.new("RGB", (40, 20), (200, 10, 10))
    exif = Pictures.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    picture.save(tmp_path / "turned.jpg", exif=exif)
    assert read_image(tmp_path / "turned.jpg").shape == (40, 20, 3)
    Pictures.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert read_image(tmp_path / "clear.png").min() == 255


def test_all_pictures_of_a_moving_one_are_read_and_only_the_first_as_a_still_one(tmp_path: Path) -> None:
    first, *others = [Pictures.new("RGB", (8, 8), (level, level, level)) for level in range(0, 250, 50)]
    moving, still = tmp_path / "moving.webp", tmp_path / "still.webp"
    first.save(moving, save_all=True, append_images=others, duration=100, lossless=True)
    first.save(still, lossless=True)
    assert [int(picture.max()) for _seconds, picture in iter_pictures(moving)] == [0, 50, 100, 150, 200]
    assert [int(picture.max()) for _seconds, picture in iter_pictures(still)] == [0]
    assert read_image(moving).max() == 0
    moving.write_bytes(moving.read_bytes()[:-30])
    with pytest.raises(MediaUndecodable, match=r"moving\.webp"):
        list(iter_pictures(moving))


def test_a_jpeg_comes_back_nearly_the_same(tmp_path: Path) -> None:
    ramp = np.stack(np.broadcast_arrays(*np.ogrid[0:64, 0:96], 100), axis=2).astype(np.uint8)
    write_jpeg(tmp_path / "ramp.jpg", ramp, quality=95)
    assert np.abs(read_image(tmp_path / "ramp.jpg").astype(int) - ramp).mean() < 2
    assert [path.name for path in tmp_path.iterdir()] == ["ramp.jpg"]


@pytest.mark.parametrize("content", [b"", b"plain text", b"\xff\xd8\xff\xe0 cut off"])
def test_files_that_are_no_picture_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.jpg").write_bytes(content)
    with pytest.raises(MediaUndecodable, match=r"broken\.jpg"):
        read_image(tmp_path / "broken.jpg")
