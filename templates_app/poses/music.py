"""find_beats: tempo, beat grid and how sure it is, from the sound of a clip. Pure Python.

Onset strength is the half-wave rectified flux of a log mel spectrum; the tempo is the best weighted peak of
its autocorrelation; beats are the best path of dynamic programming through the onsets (Ellis, "Beat Tracking
by Dynamic Programming", 2007).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import stft

Floats = npt.NDArray[np.float64]

RATE = 22050  # Hz the analysis works at
WINDOW, HOP = 1024, 256  # samples: 46 ms, 11.6 ms
MEL_BANDS = 40
LOWEST_HZ, HIGHEST_HZ = 30.0, 8000.0
SLOWEST_BPM, FASTEST_BPM = 50.0, 220.0
USUAL_BPM, USUAL_OCTAVES = (
    120.0,
    0.9,
)  # dance music; the log-normal prior that chooses between half and double
TIGHTNESS = 100.0  # of the beats, as in the paper
SURE_FROM = 0.25  # below it there is no beat worth dancing to
SHORTEST_SECONDS = 2.0
EARLY_SECONDS = 0.009  # a window feels an onset before its middle has reached it; measured on drums


@dataclass(frozen=True)
class Beats:
    """bpm: tempo. seconds: of the beats since the start of the sound, rising. confidence: 0 (none) to 1 (a
    drum machine): how much of the onsets' regularity the beat explains.
    """

    bpm: float
    seconds: tuple[float, ...]
    confidence: float


def find_beats(samples: npt.NDArray[np.float32], rate: int) -> Beats | None:
    """The beat of a piece of music; None when there is none: silence, speech, noise, less than two seconds.

    samples (float32, (n,)): mono, -1 to 1, `rate` a second.
    """
    if len(samples) < SHORTEST_SECONDS * rate:
        return None
    onsets = _onset_strength(_at_rate(samples, rate))
    if onsets is None:
        return None
    period, confidence = _period(onsets)
    if confidence < SURE_FROM:
        return None
    beats = _beat_frames(onsets, period)
    if len(beats) < 3:
        return None
    times = _refined(onsets, beats) * HOP / RATE + EARLY_SECONDS
    numbers = np.arange(len(times))
    step = float(np.polyfit(numbers, times, 1)[0])
    return Beats(
        bpm=round(60 / step, 2),
        seconds=tuple(round(float(time), 4) for time in times),
        confidence=round(confidence, 3),
    )


def _at_rate(samples: npt.NDArray[np.float32], rate: int) -> Floats:
    """The sound at the analysis rate, without what would fold down."""
    if rate == RATE:
        return samples.astype(np.float64)
    from math import gcd

    from scipy.signal import resample_poly

    common = gcd(rate, RATE)
    return np.asarray(resample_poly(samples.astype(np.float64), RATE // common, rate // common), np.float64)


def _onset_strength(samples: Floats) -> Floats | None:
    """How much begins in each hop, of mean 0 and deviation 1; None for silence and steady sound."""
    _, _, spectrum = stft(samples, RATE, nperseg=WINDOW, noverlap=WINDOW - HOP, boundary="zeros")
    power = np.abs(spectrum) ** 2
    bands = _mel_bands() @ power
    loudest = float(bands.max())
    if loudest < 1e-10:
        return None
    level = 10 * np.log10(np.maximum(bands, loudest * 1e-8))
    rise = np.maximum(np.diff(level, axis=1, prepend=level[:, :1]), 0).mean(axis=0)
    slow = np.convolve(rise, np.ones(87) / 87, mode="same")  # one second
    onsets = np.maximum(rise - slow, 0)
    spread = float(onsets.std())
    return None if spread < 1e-6 else np.asarray((onsets - onsets.mean()) / spread, np.float64)


def _mel_bands() -> Floats:
    """Triangles on the mel scale over the bins of the spectrum, (bands, bins)."""
    mels = np.linspace(_mel(LOWEST_HZ), _mel(HIGHEST_HZ), MEL_BANDS + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    bins = np.arange(WINDOW // 2 + 1) * RATE / WINDOW
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.maximum(np.minimum(rising, falling), 0), np.float64)


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def _period(onsets: Floats) -> tuple[float, float]:
    """Hops a beat, and how strong the regularity is: the autocorrelation there, of 1 for exact repetition."""
    size = 1 << (2 * len(onsets) - 1).bit_length()
    transformed = np.fft.rfft(onsets, size)
    raw = np.fft.irfft(np.abs(transformed) ** 2)[: len(onsets)]
    overlap = np.arange(len(onsets), 0, -1)
    likeness = raw / overlap / max(float(raw[0]) / len(onsets), 1e-12)
    per_minute = 60 * RATE / HOP
    low, high = int(per_minute / FASTEST_BPM), min(int(per_minute / SLOWEST_BPM), len(onsets) // 2)
    lags = np.arange(low, high + 1)
    # A beat also repeats after two and four of its periods, which a single off-beat hit does not.
    combined = likeness[lags].copy()
    for times, weight in ((2, 0.5), (4, 0.25)):
        far = np.minimum(times * lags, len(likeness) - 1)
        around = np.stack([likeness[np.clip(far + shift, 0, len(likeness) - 1)] for shift in (-1, 0, 1)])
        combined += weight * np.where(times * lags < 0.75 * len(likeness), around.max(axis=0), 0)
    prior = np.exp(-0.5 * (np.log2(per_minute / lags / USUAL_BPM) / USUAL_OCTAVES) ** 2)
    best = int(np.argmax(combined * prior))
    lag = float(lags[best])
    if 0 < best < len(lags) - 1:
        before, at, after = likeness[lags[best] - 1 : lags[best] + 2]
        bend = before - 2 * at + after
        lag += float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else 0.0
    near = likeness[max(0, lags[best] - 1) : lags[best] + 2]
    return lag, float(np.clip(near.max(), 0, 1))


def _beat_frames(onsets: Floats, period: float) -> list[int]:
    """The best-scoring sequence of hops that are about a period apart."""
    width = np.arange(-round(period), round(period) + 1)
    local = np.convolve(onsets, np.exp(-0.5 * (width * 32 / period) ** 2), mode="same")
    local /= max(float(local.std()), 1e-9)
    steps = np.arange(-round(2 * period), -round(period / 2) + 1)
    penalty = -TIGHTNESS * np.log(-steps / period) ** 2
    score, link = local.copy(), np.full(len(local), -1)
    for index in range(len(local)):
        before = index + steps
        known = before >= 0
        if known.any():
            ways = penalty[known] + score[before[known]]
            best = int(np.argmax(ways))
            if ways[best] > 0:
                score[index] += ways[best]
                link[index] = before[known][best]
    tail = max(0, len(score) - round(1.5 * period))
    at = tail + int(np.argmax(score[tail:]))
    beats = []
    while at >= 0:
        beats.append(at)
        at = int(link[at])
    beats.reverse()
    return _without_weak_ends(beats, local)


def _without_weak_ends(beats: list[int], local: Floats) -> list[int]:
    """Beats that were only led on into silence at either end are none."""
    strength = local[beats]
    limit = 0.25 * float(np.sqrt((strength**2).mean()))
    strong = np.flatnonzero(strength > limit)
    return beats[int(strong[0]) : int(strong[-1]) + 1] if len(strong) else []


def _refined(onsets: Floats, beats: list[int]) -> Floats:
    """Beats to parts of a hop: the centre of the onset around each."""
    times = []
    for beat in beats:
        low, high = max(0, beat - 2), min(len(onsets), beat + 3)
        weight = np.maximum(onsets[low:high], 0)
        at = np.arange(low, high)
        times.append(float((weight * at).sum() / weight.sum()) if weight.sum() > 0 else float(beat))
    return np.array(times)
