"""The beat of a version: what becomes of a take's beat when it is cut, played faster, corrected, joined."""

import math
from dataclasses import dataclass

SAME_BPM = 0.01
MOST_BEATS = 4000
ONE_TEMPO = 0.01  # tempos that differ by no greater share are danced as one
NEAREST_BEAT = 0.5  # of a beat's length, to the one before
SLOWEST_BPM, FASTEST_BPM = 20.0, 400.0  # what a curator may say, of a movement as it is danced


@dataclass(frozen=True)
class Beat:
    """bpm: beats a minute, None without any. beats: seconds since the start at which one falls."""

    bpm: float | None
    beats: tuple[float, ...]


def beat_of(taken: Beat, *, bpm: float | None, start_seconds: float, seconds: float, tempo: float) -> Beat:
    """The beat of a part of a take, `seconds` long as it is danced, `tempo` times as fast.

    bpm: of the take, as the curator says; where it is not the measured one, the beats are an even grid that
    meets the first measured beat, or the start of the take without one.
    """
    if bpm is None:
        return Beat(None, ())
    beats = taken.beats
    if taken.bpm is None or abs(bpm - taken.bpm) > SAME_BPM:
        beats = _grid(bpm, taken.beats[0] if taken.beats else 0.0, start_seconds + seconds * tempo)
    moved = ((beat - start_seconds) / tempo for beat in beats)
    return Beat(round(bpm * tempo, 3), tuple(round(beat, 4) for beat in moved if 0 <= beat < seconds))


def beat_joined(first: Beat, second: Beat, *, seam_seconds: float, entered_seconds: float) -> Beat:
    """The beat of two movements in one, the second entered at `entered_seconds`; none for two tempos.

    Each keeps its own beats, so the first step after the seam may be shorter or longer than the others.
    """
    if not first.bpm or not second.bpm or abs(first.bpm - second.bpm) > ONE_TEMPO * first.bpm:
        return Beat(None, ())
    before = [beat for beat in first.beats if beat < seam_seconds]
    earliest = before[-1] + NEAREST_BEAT * 60 / first.bpm if before else seam_seconds
    moved = (beat - entered_seconds + seam_seconds for beat in second.beats if beat >= entered_seconds)
    after = [round(beat, 4) for beat in moved if beat >= earliest]
    return Beat(first.bpm, (*before, *after)[:MOST_BEATS])


def _grid(bpm: float, through: float, until: float) -> tuple[float, ...]:
    step = 60 / bpm
    first = through - math.floor(through / step) * step
    count = min(MOST_BEATS, max(0, math.ceil((until - first) / step)))
    return tuple(first + step * number for number in range(count))
