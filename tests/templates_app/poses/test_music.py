"""The beat of music with a known tempo; no beat where there is none."""

import numpy as np
import pytest

from templates_app.poses.music import find_beats
from tests.factories.sounds import drums, tone

FIRST = 0.2


@pytest.mark.parametrize("bpm", [90, 100, 104, 116, 120, 126, 128, 140])
def test_tempo_and_beats_of_drums_are_found(bpm: float) -> None:
    beats = find_beats(drums(bpm, 12, first=FIRST), 44100)
    assert beats is not None
    assert beats.bpm == pytest.approx(bpm, rel=0.002)
    number = (np.array(beats.seconds) - FIRST) * bpm / 60
    assert np.abs(number - np.round(number)).max() * 60 / bpm < 0.02
    assert len(beats.seconds) >= 12 * bpm / 60 - 2
    assert beats.confidence > 0.5


@pytest.mark.parametrize("bpm", [72, 160, 174])
def test_very_slow_and_fast_music_is_counted_in_double_or_half_time_at_most(bpm: float) -> None:
    beats = find_beats(drums(bpm, 12), 44100)
    assert beats is not None
    assert min(abs(beats.bpm / bpm - times) for times in (0.5, 1, 2)) < 0.005


def test_a_drum_machine_is_surer_than_loose_drums() -> None:
    tight, loose = drums(120, 10), drums(120, 10)
    noise = np.random.default_rng(0).normal(0, 0.12, len(loose)).astype(np.float32)
    one, other = find_beats(tight, 44100), find_beats(loose + noise, 44100)
    assert one is not None
    assert other is None or other.confidence < one.confidence


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(441_000, np.float32),
        tone(440, 10),
        np.random.default_rng(0).normal(0, 0.1, 441_000).astype(np.float32),
        drums(120, 1.5),
        np.zeros(0, np.float32),
    ],
    ids=["silence", "a steady tone", "noise", "too short", "nothing"],
)
def test_there_is_no_beat_in(sound: np.ndarray) -> None:
    assert find_beats(sound, 44100) is None


def test_the_rate_of_the_sound_does_not_matter() -> None:
    sound = drums(116, 10, rate=22050)
    beats = find_beats(sound, 22050)
    assert beats is not None
    assert beats.bpm == pytest.approx(116, rel=0.002)
