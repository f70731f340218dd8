"""A dance video is judged on its frames; every fault is told; nothing in a file can break the probe."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from tests.factories.dance_clips import room
from tests.factories.odd_videos import garbled, song_with_cover, sound_only, truncated, turn, without_index
from tongyi_portal.vision.film import DecodeBudget
from tongyi_portal.vision.motion_probe import MotionLimits, MotionProbe, probe_motion, time_code

Image = npt.NDArray[np.uint8]
QUICK = MotionLimits(min_seconds=1.0, max_seconds=4.0)


def scene(count: int, *, width: int = 256, height: int = 320, seed: int = 1) -> list[Image]:
    """A room with a box that goes back and forth."""
    frames = []
    background = room(width, height, seed)
    for index in range(count):
        frame = background.copy()
        at = round((0.3 + 0.2 * np.sin(index / 6)) * width)
        frame[height // 3 : 2 * height // 3, at : at + width // 5] = (200, 60, 60)
        frames.append(frame)
    return frames


def write(
    path: Path,
    frames: Sequence[Image],
    *,
    fps: int = 25,
    codec: str = "libx264",
    pts: Sequence[int] | None = None,
    sound: bool = False,
) -> Path:
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        if codec == "libx264":
            stream.options = {"preset": "ultrafast"}
        if pts is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        audio = container.add_stream("aac", rate=44100, layout="mono") if sound else None
        for index, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            if pts is not None:
                frame.pts, frame.time_base = pts[index], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if audio is not None:
            silent = av.AudioFrame.from_ndarray(
                np.zeros((1, 44100), np.float32), format="fltp", layout="mono"
            )
            silent.sample_rate = 44100
            container.mux(audio.encode(silent))
            container.mux(audio.encode())
    return path


def codes(probe: MotionProbe) -> list[str]:
    return [fault.code for fault in probe.faults]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("good") / "good.mp4", scene(50), sound=True)


def test_a_good_video_has_no_fault_and_is_measured(good: Path) -> None:
    probe = probe_motion(good, QUICK)
    assert probe.faults == ()
    assert probe.is_usable
    assert (probe.container, probe.codec, probe.width, probe.height) == ("mp4", "h264", 256, 320)
    assert (probe.frames, probe.fps, probe.duration_seconds) == (50, 25.0, 2.0)
    assert probe.has_audio
    assert probe.byte_size == good.stat().st_size


@pytest.mark.parametrize(
    ("name", "codec", "container", "told"),
    [
        ("clip.mov", "libx264", "mp4", "h264"),
        ("clip.avi", "mpeg4", "avi", "mpeg4"),
        ("clip.mkv", "libx265", "webm", "hevc"),
        ("clip.webm", "libvpx-vp9", "webm", "vp9"),
    ],
)
def test_these_kinds_of_files_are_accepted(
    tmp_path: Path, name: str, codec: str, container: str, told: str
) -> None:
    probe = probe_motion(write(tmp_path / name, scene(30), codec=codec), QUICK)
    assert (probe.container, probe.codec, probe.faults) == (container, told, ())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"count": 12}, ["motion_too_short"]),
        ({"count": 120}, ["motion_too_long"]),
        ({"count": 40, "fps": 15}, ["motion_rate_too_low"]),
        ({"count": 50, "width": 160}, ["motion_side_too_small"]),
        ({"count": 30, "width": 2304, "height": 1200}, ["motion_side_too_large"]),
        ({"count": 30, "width": 1024, "height": 256}, ["motion_ratio"]),
        ({"count": 5, "fps": 10, "width": 704, "height": 160},
         ["motion_side_too_small", "motion_ratio", "motion_too_short", "motion_rate_too_low"]),
    ],
)  # fmt: skip
def test_every_fault_is_told(tmp_path: Path, change: dict[str, int], expected: list[str]) -> None:
    fps = change.pop("fps", 25)
    probe = probe_motion(write(tmp_path / "clip.mp4", scene(change.pop("count"), **change), fps=fps), QUICK)
    assert codes(probe) == expected
    assert not probe.is_usable
    for fault in probe.faults:
        assert fault.message.endswith(".")
        assert {"measured", "allowed"} <= fault.details.keys()


def test_a_film_rate_just_below_24_is_enough(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "film.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(24000, 1001), options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 256, 320, "yuv420p"
        for pixels in scene(48):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    probe = probe_motion(tmp_path / "film.mp4", QUICK)
    assert probe.faults == ()
    assert probe.fps == pytest.approx(23.976, abs=0.001)


def test_cuts_are_told_with_their_time_codes(tmp_path: Path) -> None:
    frames = scene(30) + scene(25, seed=9) + scene(25, seed=5)
    probe = probe_motion(write(tmp_path / "cut.mp4", frames), QUICK)
    (fault,) = probe.faults
    assert fault.code == "motion_cuts"
    assert fault.details["frames"] == [30, 55]
    assert fault.details["seconds"] == [1.2, 2.2]
    assert "0:01.20, 0:02.20" in fault.message


def test_a_variable_rate_is_told_and_not_in_the_way(tmp_path: Path) -> None:
    gaps = [33, 33, 66, 20, 33, 50] * 10
    times = [0, *np.cumsum(gaps).tolist()]
    probe = probe_motion(write(tmp_path / "vfr.mp4", scene(61), pts=times), QUICK)
    assert codes(probe) == ["motion_rate_variable"]
    assert probe.is_usable
    assert probe.fps == pytest.approx(60 / (times[-1] / 1000), rel=0.01)


def test_a_file_that_breaks_off_is_truncated(tmp_path: Path) -> None:
    probe = probe_motion(truncated(tmp_path / "clip.mp4", scene(75)), QUICK)
    assert codes(probe) == ["motion_truncated"]
    assert 10 < probe.frames < 70
    assert probe.faults[0].details["measured"]["frames"] == probe.frames
    assert probe.faults[0].details["allowed"] == {"frames": 75, "seconds": 3.0}


def test_a_file_cut_off_before_its_index_breaks_off(good: Path, tmp_path: Path) -> None:
    data = good.read_bytes()
    half = tmp_path / "half.mp4"
    half.write_bytes(data[: len(data) // 2])
    [fault] = probe_motion(half, QUICK).faults
    assert fault.code == "motion_truncated"
    assert fault.details["measured"] == {"bytes": len(data) // 2}
    assert len(data) // 2 < fault.details["allowed"]["bytes"] <= len(data)


def test_an_avi_cut_off_in_its_header_breaks_off(tmp_path: Path) -> None:
    video = write(tmp_path / "clip.avi", scene(10), codec="mpeg4")
    video.write_bytes(video.read_bytes()[:60])
    assert codes(probe_motion(video, QUICK)) == ["motion_truncated"]


@pytest.mark.parametrize(
    "content", [b"no video at all" * 20, b"\x00\x00\x00\x08ftyp\x00\x00\x00\x00mdat" * 5]
)
def test_why_a_file_is_undecodable_is_told_without_its_path(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret-folder-name.mp4"
    file.write_bytes(content)
    [fault] = probe_motion(file, QUICK).faults
    assert fault.code == "motion_undecodable"
    assert fault.details["reason"]
    assert "/" not in fault.details["reason"]
    assert "secret" not in fault.details["reason"]


def test_a_file_without_its_index_is_undecodable(tmp_path: Path) -> None:
    probe = probe_motion(without_index(tmp_path / "clip.mp4", scene(50)), QUICK)
    assert codes(probe) == ["motion_undecodable"]


def test_damage_in_mid_way_is_told_and_not_taken_for_a_low_rate(tmp_path: Path) -> None:
    probe = probe_motion(garbled(tmp_path / "clip.mp4", scene(60)), QUICK)
    assert codes(probe) == ["motion_damaged"]
    assert not probe.is_usable
    assert 30 < probe.frames < 60


def test_a_phone_video_is_measured_as_it_is_shown(good: Path, tmp_path: Path) -> None:
    probe = probe_motion(turn(good, tmp_path / "turned.mp4"), QUICK)
    assert (probe.width, probe.height, probe.rotation) == (320, 256, 90)
    assert probe.faults == ()


def test_more_bytes_than_allowed_are_not_even_opened(good: Path) -> None:
    probe = probe_motion(good, MotionLimits(max_bytes=1000))
    assert codes(probe) == ["motion_too_large"]
    assert probe.faults[0].details == {"measured": good.stat().st_size, "allowed": 1000}


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    probe = probe_motion(sound_only(tmp_path / "song.mp4", []), QUICK)
    assert codes(probe) == ["motion_no_video"]
    assert probe.has_audio


def test_a_cover_picture_is_no_video(tmp_path: Path) -> None:
    probe = probe_motion(song_with_cover(tmp_path / "song.mp4", [room(256, 320)]), QUICK)
    assert codes(probe) == ["motion_no_video"]
    assert probe.has_audio


def test_another_codec_is_told_and_not_decoded(tmp_path: Path) -> None:
    probe = probe_motion(write(tmp_path / "clip.avi", scene(30), codec="ffv1"), QUICK)
    assert codes(probe) == ["motion_codec_unsupported"]
    assert probe.codec == "ffv1"


def test_pictures_far_too_large_are_refused_by_their_header_and_not_unpacked(good: Path) -> None:
    probe = probe_motion(good, MotionLimits(min_side=50, max_side=150))
    assert codes(probe) == ["motion_side_too_large"]
    assert (probe.width, probe.height, probe.frames) == (256, 320, 0)


def test_an_endless_stream_is_read_no_further_than_the_limit(tmp_path: Path) -> None:
    video = write(tmp_path / "long.mp4", [scene(1)[0]] * 400)
    probe = probe_motion(video, MotionLimits(min_seconds=1, max_seconds=3))
    assert codes(probe) == ["motion_too_long"]
    assert probe.frames < 200


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "motion_undecodable"),
        (b"\x00" * 5000, "motion_undecodable"),
        (
            b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
            "motion_undecodable",
        ),
        (b"ffconcat version 1.0\nfile '/etc/hostname'\n", "motion_undecodable"),
        (b"GIF89a" + bytes(200), "motion_undecodable"),
        (
            b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"\xff\xff\xff\xffmoov" + bytes(3000),
            "motion_no_video",
        ),
        (b"RIFF\xff\xff\xff\xffAVI LIST\xff\xff\xff\xffhdrl" + bytes(2000), "motion_undecodable"),
        (bytes.fromhex("1a45dfa3") + b"\x01\xff\xff\xff\xff\xff\xff\xff" + bytes(2000), "motion_undecodable"),
    ],
    ids=["empty", "zeros", "playlist", "concat", "gif", "lying moov", "lying avi", "lying mkv"],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "clip.mp4"
    file.write_bytes(content)
    assert codes(probe_motion(file, QUICK)) == [code]


@pytest.mark.parametrize(
    "budget",
    [DecodeBudget(packets=20), DecodeBudget(seconds=9.5, clock=iter(range(10_000)).__next__)],
    ids=["packets", "seconds"],
)
def test_a_file_that_takes_too_much_work_is_let_go(good: Path, budget: DecodeBudget) -> None:
    probe = probe_motion(good, QUICK, budget)
    assert codes(probe) == ["motion_takes_too_long"]
    assert not probe.is_usable
    assert "allowed are" in probe.faults[0].details["reason"]


def test_packets_of_other_streams_count_too(good: Path) -> None:
    assert codes(probe_motion(good, QUICK, DecodeBudget(packets=51))) == ["motion_takes_too_long"]


def _flipped(data: bytearray, random: np.random.Generator) -> None:
    for at in random.integers(0, len(data), 60).tolist():
        data[at] = int(random.integers(0, 256))


def _flipped_index(data: bytearray, random: np.random.Generator) -> None:
    start = data.index(b"moov")
    for at in random.integers(start, len(data), 25).tolist():
        data[at] = int(random.integers(0, 256))


@pytest.mark.parametrize("spoil", [_flipped, _flipped_index])
@pytest.mark.parametrize("seed", range(12))
def test_a_spoiled_file_never_breaks_the_probe(
    good: Path, tmp_path: Path, seed: int, spoil: Callable[[bytearray, Any], None]
) -> None:
    data = bytearray(good.read_bytes())
    spoil(data, np.random.default_rng(seed))
    file = tmp_path / "spoiled.mp4"
    file.write_bytes(bytes(data))
    probe = probe_motion(file, QUICK)
    assert probe.byte_size == len(data)
    assert all(fault.code.startswith("motion_") for fault in probe.faults)


def test_time_codes_read_like_a_clock() -> None:
    assert [time_code(at) for at in (0, 7.254, 59.999, 61.5)] == ["0:00.00", "0:07.25", "1:00.00", "1:01.50"]
