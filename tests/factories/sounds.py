"""Sounds with a known beat, made from sines and noise."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]


def drums(bpm: float, seconds: float, *, rate: int = 44100, first: float = 0.0, seed: int = 1) -> Samples:
    """A four-to-the-floor kick, a snare on two and four, hats between, and a bass line under it."""
    random = np.random.default_rng(seed)
    sound = random.normal(0, 0.004, round(seconds * rate))
    beat = 60 / bpm
    number, time = 0, first
    while time < seconds:
        _add(sound, rate, time, 0.8 * _decaying(rate, 0.25, 18) * _sweep(rate, 0.25, 140, 45))
        if number % 2:
            _add(
                sound, rate, time, 0.35 * _decaying(rate, 0.18, 22) * random.normal(0, 1, round(0.18 * rate))
            )
        _add(
            sound,
            rate,
            time + beat / 2,
            0.12 * _decaying(rate, 0.05, 80) * random.normal(0, 1, round(0.05 * rate)),
        )
        note = 55 * 2 ** (int(random.integers(0, 8)) / 12)
        length = round(beat * rate)
        _add(sound, rate, time, 0.15 * np.sin(2 * np.pi * note * np.arange(length) / rate))
        time, number = time + beat, number + 1
    return np.clip(sound, -1, 1).astype(np.float32)


def tone(hertz: float, seconds: float, rate: int = 44100) -> Samples:
    """A steady sine at half volume."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def write_m4a(path: Path, samples: Samples, rate: int = 44100) -> Path:
    """Mono samples as AAC in MP4."""
    import av

    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def pitch_of(samples: Samples, rate: int) -> float:
    """Hertz of the strongest sine, read to parts of a bin."""
    windowed = samples * np.hanning(len(samples))
    strength = np.abs(np.fft.rfft(windowed))
    best = int(np.clip(np.argmax(strength), 1, len(strength) - 2))
    before, at, after = np.log(strength[best - 1 : best + 2] + 1e-12)
    return float((best + 0.5 * (before - after) / (before - 2 * at + after)) * rate / len(samples))


def _add(sound: npt.NDArray[np.float64], rate: int, time: float, hit: npt.NDArray[np.float64]) -> None:
    start = round(time * rate)
    if start < len(sound):
        hit = hit[: len(sound) - start]
        sound[start : start + len(hit)] += hit


def _decaying(rate: int, seconds: float, speed: float) -> npt.NDArray[np.float64]:
    return np.exp(-speed * np.arange(round(seconds * rate)) / rate)


def _sweep(rate: int, seconds: float, start: float, end: float) -> npt.NDArray[np.float64]:
    hertz = np.geomspace(start, end, round(seconds * rate))
    return np.sin(2 * np.pi * np.cumsum(hertz) / rate)
