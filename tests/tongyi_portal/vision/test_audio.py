"""Sound is read, cut, changed in tempo at its pitch, and laid under a video of which no bit changes."""

from pathlib import Path

import av
import numpy as np
import pytest

from moderation.provenance.metadata import AigcMark, read_video, write_video
from moderation.provenance.mp4 import moov_stands_first
from tests.factories.sounds import drums, pitch_of, tone, write_m4a
from tests.factories.videos import read_frames, write_mp4
from tongyi_portal.vision.audio import NoSound, cut_music, extract_music, mux, read_mono
from tongyi_portal.vision.media import MediaUndecodable, probe_video

MARK = AigcMark(label="1", content_producer="001", produce_id="abc")


def clip(path: Path, *, frames: int = 50, fps: int = 25) -> Path:
    random = np.random.default_rng(2)
    return write_mp4(path, [random.integers(0, 255, (64, 48, 3), np.uint8) for _ in range(frames)], fps=fps)


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.dts is not None]


def loudness(samples: np.ndarray) -> float:
    return float(np.sqrt((samples**2).mean()))


def test_sound_is_read_as_it_was_written(tmp_path: Path) -> None:
    samples, rate = read_mono(write_m4a(tmp_path / "tone.m4a", tone(440, 2)))
    assert rate == 22050
    assert len(samples) / rate == pytest.approx(2, abs=0.05)
    assert pitch_of(samples[4000:-4000], rate) == pytest.approx(440, abs=0.5)
    assert loudness(samples[4000:-4000]) == pytest.approx(0.5 / 2**0.5, rel=0.05)


def test_the_music_of_a_video_can_be_taken_out(tmp_path: Path) -> None:
    video = mux(clip(tmp_path / "v.mp4"), write_m4a(tmp_path / "m.m4a", tone(330, 3)), tmp_path / "both.mp4")
    music = extract_music(video, tmp_path / "out.m4a")
    samples, rate = read_mono(music)
    assert len(samples) / rate == pytest.approx(2, abs=0.05)
    assert pitch_of(samples[4000:-4000], rate) == pytest.approx(330, abs=0.5)


@pytest.mark.parametrize("tempo", [0.5, 0.9, 1.25, 2.0])
def test_another_tempo_keeps_the_pitch_and_the_length(tmp_path: Path, tempo: float) -> None:
    source = write_m4a(tmp_path / "m.m4a", tone(440, 6))
    samples, rate = read_mono(cut_music(source, tmp_path / "cut.m4a", 0.5, 2.5, tempo=tempo))
    assert len(samples) / rate == pytest.approx(2.5, abs=0.05)
    assert pitch_of(samples[4000:-4000], rate) == pytest.approx(440, abs=2)


def test_another_tempo_moves_the_beats(tmp_path: Path) -> None:
    from templates_app.poses.music import find_beats

    source = write_m4a(tmp_path / "m.m4a", drums(104, 15))
    beats = find_beats(*read_mono(cut_music(source, tmp_path / "cut.m4a", 0, 10, tempo=1.2)))
    assert beats is not None
    assert beats.bpm == pytest.approx(124.8, rel=0.01)


def test_a_cut_begins_where_it_was_told_and_fades_at_its_ends(tmp_path: Path) -> None:
    sound = np.concatenate([tone(300, 2), tone(900, 2)])
    cut = cut_music(write_m4a(tmp_path / "m.m4a", sound), tmp_path / "cut.m4a", 2.1, 1.0)
    samples, rate = read_mono(cut)
    assert pitch_of(samples[3000:-3000], rate) == pytest.approx(900, abs=2)
    edge = round(0.004 * rate)
    body = loudness(samples[3000:-3000])
    assert loudness(samples[:edge]) < 0.4 * body
    assert loudness(samples[rate - edge : rate]) < 0.4 * body


def test_a_loop_fills_the_time_and_without_it_silence_follows(tmp_path: Path) -> None:
    source = write_m4a(tmp_path / "m.m4a", tone(440, 1))
    looped, rate = read_mono(cut_music(source, tmp_path / "loop.m4a", 0, 4, loop=True))
    once, _ = read_mono(cut_music(source, tmp_path / "once.m4a", 0, 4))
    assert len(looped) / rate == pytest.approx(4, abs=0.05)
    assert len(once) / rate == pytest.approx(4, abs=0.05)
    assert loudness(looped[3 * rate : 4 * rate]) > 0.3
    assert loudness(once[2 * rate :]) < 0.001


def test_music_beyond_the_end_of_the_source_is_no_sound(tmp_path: Path) -> None:
    source = write_m4a(tmp_path / "m.m4a", tone(440, 1))
    with pytest.raises(NoSound):
        cut_music(source, tmp_path / "cut.m4a", 3, 1)
    assert not (tmp_path / "cut.m4a").exists()


@pytest.mark.parametrize("tempo", [0.4, 2.5])
def test_an_extreme_tempo_is_refused(tmp_path: Path, tempo: float) -> None:
    with pytest.raises(ValueError, match="tempo"):
        cut_music(write_m4a(tmp_path / "m.m4a", tone(440, 1)), tmp_path / "cut.m4a", 0, 1, tempo=tempo)


@pytest.mark.parametrize("music_seconds", [0.7, 2.0, 5.0])
def test_pictures_stay_bit_for_bit_and_the_sound_is_as_long_as_they(
    tmp_path: Path, music_seconds: float
) -> None:
    video = clip(tmp_path / "v.mp4")
    music = write_m4a(tmp_path / "m.m4a", tone(440, music_seconds))
    both = mux(video, music, tmp_path / "both.mp4")
    assert packets(both) == packets(video)
    assert probe_video(both).fps == 25
    assert probe_video(both).duration_seconds == pytest.approx(2.0)
    with av.open(str(both)) as container:
        sound = container.streams.audio[0]
        assert float(sound.duration * sound.time_base) == pytest.approx(2.0, abs=0.001)
        assert sound.codec.canonical_name == "aac"
    assert moov_stands_first(both)


def test_the_label_in_the_container_survives(tmp_path: Path) -> None:
    labelled = tmp_path / "labelled.mp4"
    write_video(clip(tmp_path / "v.mp4"), labelled, MARK)
    both = mux(labelled, write_m4a(tmp_path / "m.m4a", tone(440, 2)), tmp_path / "both.mp4")
    assert read_video(both) == [MARK]


def test_sound_can_be_labelled_afterwards(tmp_path: Path) -> None:
    both = mux(clip(tmp_path / "v.mp4"), write_m4a(tmp_path / "m.m4a", tone(440, 2)), tmp_path / "both.mp4")
    labelled = tmp_path / "labelled.mp4"
    write_video(both, labelled, MARK)
    assert read_video(labelled) == [MARK]
    assert probe_video(labelled).has_audio
    assert len(read_frames(labelled)) == 50


def test_a_silent_video_has_no_music_and_nothing_is_left_behind(tmp_path: Path) -> None:
    video = clip(tmp_path / "v.mp4")
    for call in (lambda: read_mono(video), lambda: extract_music(video, tmp_path / "m.m4a")):
        with pytest.raises(NoSound):
            call()
    with pytest.raises(NoSound):
        mux(video, video, tmp_path / "both.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["v.mp4"]


@pytest.mark.parametrize("content", [b"", b"not a sound" * 50, b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n"])
def test_what_is_no_sound_file_is_undecodable(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file.m4a"
    file.write_bytes(content)
    with pytest.raises(MediaUndecodable):
        read_mono(file)
