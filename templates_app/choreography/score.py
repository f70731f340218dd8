"""The language dances are written in: keyframes on beats, phrases that mirror and repeat, waves on top.

A phrase is a stretch of beats with keys; a key sets some channels (see `body.neutral_channels`) at one
beat, and says how the movement arrives there. Phrases are values: they are joined, repeated, mirrored and
laid over one another. A score is a phrase at a tempo, closed to a loop, with periodic waves (bounce, sway,
shakes) added to it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from templates_app.choreography.body import SIDES, Motion, neutral_channels, solve

Array = npt.NDArray[np.float64]
Channels = Mapping[str, float]

FPS = 30
LEAD_IN = 1.0
# Channels that change sign between a pose and its mirror image; all others only swap sides.
_SIGNED = ("hips.x", "hips.yaw", "hips.roll", "chest.yaw", "chest.roll", "head.yaw", "head.roll", "foot.x")


class ScoreError(ValueError):
    """A score names an unknown channel or puts a key outside its phrase; the message says which."""

    code = "score_invalid"


@dataclass(frozen=True)
class Ease:
    """How a movement arrives at a key.

    stops: it comes to rest there; else it flows through, resting only where it turns back.
    travel: it starts this many beats before the key and waits until then; None: it uses the whole gap.
    overshoot: it goes this part of its way too far and settles `settle` beats after the key.
    """

    stops: bool = False
    travel: float | None = None
    overshoot: float = 0.0
    settle: float = 0.25


FLOW = Ease()
EASE = Ease(stops=True)
HIT = Ease(stops=True, travel=0.45, overshoot=0.06)
SNAP = Ease(stops=True, travel=0.3, overshoot=0.12, settle=0.2)


@dataclass(frozen=True)
class Key:
    """Channels that have these values at `beat`, counted from the start of the phrase."""

    beat: float
    channels: Channels
    ease: Ease = FLOW


@dataclass(frozen=True)
class Phrase:
    """`beats` long; keys lie from 0 up to, and not including, `beats`.

    A movement that prepares beat 0 may start up to LEAD_IN beats earlier, at negative beats, in the phrase
    before.
    """

    beats: float
    keys: tuple[Key, ...] = ()

    def __post_init__(self) -> None:
        known = neutral_channels()
        for key in self.keys:
            if not -LEAD_IN <= key.beat < self.beats:
                raise ScoreError(f"a key at beat {key.beat} lies outside a phrase of {self.beats} beats")
            if unknown := sorted(set(key.channels) - set(known)):
                raise ScoreError(f"unknown channels at beat {key.beat}: {', '.join(unknown)}")

    def at(self, beat: float, *channels: Channels, ease: Ease = FLOW) -> "Phrase":
        """This phrase with one more key; later groups of channels win over earlier ones."""
        merged = {name: value for group in channels for name, value in group.items()}
        return replace(self, keys=(*self.keys, Key(beat, merged, ease)))

    def then(self, *others: "Phrase") -> "Phrase":
        """This phrase and the others after it."""
        beats, keys = self.beats, list(self.keys)
        for other in others:
            keys += [replace(key, beat=key.beat + beats) for key in other.keys]
            beats += other.beats
        return Phrase(beats, tuple(keys))

    def repeated(self, times: int) -> "Phrase":
        return self.then(*[self] * (times - 1))

    def over(self, other: "Phrase") -> "Phrase":
        """Both at once, with the keys of both. Raises ScoreError when their lengths differ."""
        if self.beats != other.beats:
            raise ScoreError(f"phrases of {self.beats} and {other.beats} beats cannot be danced at once")
        return Phrase(self.beats, self.keys + other.keys)

    def mirrored(self) -> "Phrase":
        """The same with left and right exchanged."""
        return Phrase(self.beats, tuple(replace(key, channels=mirrored(key.channels)) for key in self.keys))

    def step(
        self, side: str, beat: float, *, lift: float = 0.045, travel: float = 0.5, **place: float
    ) -> "Phrase":
        """This phrase with a step: the foot leaves the floor `travel` beats before `beat` and lands on it.

        place: channels of the foot (x, z, yaw, pitch) and `knee` where it lands. It moves only while it is
        up.
        """
        up, peak = beat - travel, beat - travel * 0.5
        moving = Ease(stops=True, travel=travel * 0.72)
        return (
            self.at(up, foot(side, lift=0.0), ease=EASE)
            .at(peak, foot(side, lift=lift))
            .at(beat, foot(side, lift=0.0), ease=EASE)
            .at(beat - travel * 0.14, foot(side, **place), ease=moving)
        )

    def fly(
        self, side: str, leaves: float, lands: float, *air: tuple[float, Channels], **place: float
    ) -> "Phrase":
        """This phrase with a foot that kicks, crosses or swings through the air and comes down at `place`.

        air: (beat, channels of the foot) in between; the foot leaves its place at `leaves`, whatever that
        place is.
        """
        phrase = self.at(leaves, foot(side, lift=0.0), ease=EASE)
        for number, (beat, channels) in enumerate(air):
            leaving = Ease(travel=(beat - leaves) * 0.9)
            phrase = phrase.at(beat, foot(side, **channels), ease=FLOW if number else leaving)
        down = lands - 0.25 * (lands - air[-1][0])
        return phrase.at(down, foot(side, **place), ease=EASE).at(lands, foot(side, lift=0.0), ease=EASE)

    def tuck(self, beat: float, *sides: str) -> "Phrase":
        """This phrase with arms that fold towards the camera at `beat` and so pass close to the body."""
        folded = {f"{side}.{part}.depth": 54.0 for side in sides for part in ("upper", "fore")}
        return self.at(beat, folded, ease=Ease(travel=0.25))


@dataclass(frozen=True)
class Wave:
    """A periodic movement added to one channel: amplitude * shape, at its highest at beat `peak`.

    period: beats per cycle; must divide the score's length. sharpness: 0 is a sine; up to 1 narrows the
    peak, as in a bounce that lingers at the top. start, stop: beats between which it is heard, faded over
    `fade` beats; None: always.
    """

    channel: str
    amplitude: float
    period: float = 1.0
    peak: float = 0.0
    sharpness: float = 0.0
    start: float | None = None
    stop: float | None = None
    fade: float = 0.5

    def sampled(self, at: Array, beats: float) -> Array:
        """Values at beats `at` of a loop of `beats`."""
        turn = np.cos(2 * np.pi * (at - self.peak) / self.period)
        shape = turn + self.sharpness * 0.25 * (np.cos(4 * np.pi * (at - self.peak) / self.period) - turn)
        if self.start is None or self.stop is None:
            return self.amplitude * shape
        middle, half = (self.start + self.stop) / 2, (self.stop - self.start) / 2
        distance = np.abs((at - middle + beats / 2) % beats - beats / 2)
        part = np.clip((half + self.fade / 2 - distance) / self.fade, 0, 1)
        heard: Array = self.amplitude * shape * part**2 * (3 - 2 * part)
        return heard


@dataclass(frozen=True)
class Score:
    """A phrase danced as a loop at `bpm`.

    base: the pose that holds where the phrase says nothing. lags: channel suffix -> beats by which it
    trails behind the keys, so that hands follow forearms and the head follows the chest (overlapping
    action).
    """

    bpm: float
    phrase: Phrase
    base: Channels = field(default_factory=dict)
    waves: tuple[Wave, ...] = ()
    lags: Channels = field(default_factory=lambda: DEFAULT_LAGS)

    @property
    def frame_count(self) -> int:
        """Whole frames of one loop; the tempo bends by less than half a frame per loop to make them whole."""
        return round(self.phrase.beats * 60 / self.bpm * FPS)

    def sampled(self) -> dict[str, Array]:
        """Every channel at 30 frames per second, (frames,) each, with the directions of the hands."""
        beats = self.phrase.beats
        at = np.arange(self.frame_count) * beats / self.frame_count
        base = neutral_channels() | dict(self.base)
        tracks = {name: _track(name, self.phrase, base[name]) for name in base}
        channels = {name: self._channel(name, tracks[name], at) for name in base}
        for side in SIDES:
            for part in ("angle", "depth"):
                fore = channels[f"{side}.fore.{part}"]
                trail = self._channel(f"{side}.fore.{part}", tracks[f"{side}.fore.{part}"], at - HAND_DRAG)
                bend = trail - fore + channels[f"{side}.wrist.{part}"]
                # A fast forearm would drag the hand further than a wrist goes.
                channels[f"{side}.hand.{part}"] = fore + bend / (1 + (bend / WRIST_LIMIT) ** 6) ** (1 / 6)
        return channels

    def motion(self) -> Motion:
        """One loop of the dance in space."""
        return solve(self.sampled(), FPS)

    def _channel(self, name: str, track: "_Track", at: Array) -> Array:
        late = at - next((lag for suffix, lag in self.lags.items() if name.endswith(suffix)), 0.0)
        values = track.sampled(late, self.phrase.beats)
        for wave in self.waves:
            if wave.channel == name:
                values = values + wave.sampled(late, self.phrase.beats)
        return values


@dataclass(frozen=True)
class Role:
    """What one performer dances, and where: x to the picture's right of its middle, z towards the camera, in
    statures.
    """

    score: Score
    x: float = 0.0
    z: float = 0.0


HAND_DRAG, WRIST_LIMIT = 0.07, 62.0
DEFAULT_LAGS: Channels = {
    "fore.angle": 0.05,
    "fore.depth": 0.05,
    "wrist.angle": 0.08,
    "wrist.depth": 0.08,
    "head.yaw": 0.08,
    "head.roll": 0.08,
}


@dataclass(frozen=True)
class _Track:
    """Knots of one channel: beats, values, and whether the movement rests there."""

    beats: Array
    values: Array
    rests: npt.NDArray[np.bool_]

    def sampled(self, at: Array, period: float) -> Array:
        """Cubic Hermite through the knots, closed to a loop, with monotone tangents."""
        if len(self.beats) == 1:
            return np.full(at.shape, self.values[0])
        knots = np.concatenate([self.beats, [self.beats[0] + period]])
        values = np.concatenate([self.values, self.values[:1]])
        gaps, rises = np.diff(knots), np.diff(values)
        slopes = _tangents(gaps, rises / gaps)
        slopes[self.rests] = 0.0
        slopes = np.concatenate([slopes, slopes[:1]])
        at = (at - knots[0]) % period + knots[0]
        index = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(gaps) - 1)
        part, gap = (at - knots[index]) / gaps[index], gaps[index]
        out: Array = (
            values[index]
            + rises[index] * part**2 * (3 - 2 * part)
            + gap * slopes[index] * part * (1 - part) ** 2
            - gap * slopes[index + 1] * part**2 * (1 - part)
        )
        return out


def _tangents(gaps: Array, slopes: Array) -> Array:
    """Slope at each knot of a loop: weighted harmonic mean of its neighbours, 0 where they differ in sign.

    Fritsch and Butland (1984): the curve keeps within the range of its knots: what stands still stays still.
    """
    before, gap_before = np.roll(slopes, 1), np.roll(gaps, 1)
    first, second = 2 * gaps + gap_before, gaps + 2 * gap_before
    same = before * slopes > 0
    out = np.zeros_like(slopes)
    out[same] = (first + second)[same] / (first[same] / before[same] + second[same] / slopes[same])
    return out


def _track(channel: str, phrase: Phrase, base: float) -> _Track:
    keys = [replace(key, beat=key.beat % phrase.beats) for key in phrase.keys if channel in key.channels]
    keys.sort(key=lambda key: key.beat)
    if not keys:
        return _Track(np.zeros(1), np.array([base]), np.ones(1, dtype=bool))
    knots: dict[float, tuple[float, bool]] = {}
    for number, key in enumerate(keys):
        last, following = keys[number - 1], keys[(number + 1) % len(keys)]
        value, before = key.channels[channel], last.channels[channel]
        gap = (key.beat - last.beat) % phrase.beats or phrase.beats
        room = (following.beat - key.beat) % phrase.beats or phrase.beats
        busy = min(last.ease.settle, gap / 2) if last.ease.overshoot else 0.0
        if key.ease.travel is not None and key.ease.travel < gap - busy:
            knots[(key.beat - key.ease.travel) % phrase.beats] = (before, True)
        # A foot that overshot would slide, or dip below the floor.
        if key.ease.overshoot and ".foot." not in channel:
            knots[key.beat] = (value + key.ease.overshoot * (value - before), True)
            knots[(key.beat + min(key.ease.settle, room / 2)) % phrase.beats] = (value, True)
        else:
            knots[key.beat] = (value, key.ease.stops)
    beats = sorted(knots)
    return _Track(
        np.array(beats),
        np.array([knots[beat][0] for beat in beats]),
        np.array([knots[beat][1] for beat in beats]),
    )


def mirrored(channels: Channels) -> dict[str, float]:
    """Channels of the mirror image."""
    out = {}
    for name, value in channels.items():
        side, _, rest = name.partition(".")
        other = {"left": "right", "right": "left"}.get(side)
        signed = name in _SIGNED or (other is not None and rest in _SIGNED)
        out[f"{other}.{rest}" if other else name] = -value if signed else value
    return out


def torso(part: str, **values: float) -> dict[str, float]:
    """Channels of "hips", "chest" or "head": torso("hips", x=0.03, roll=5)."""
    return {f"{part}.{name}": value for name, value in values.items()}


def arm(
    side: str,
    upper: tuple[float, float] | None = None,
    fore: tuple[float, float] | None = None,
    wrist: tuple[float, float] | None = None,
    palm: float | None = None,
) -> dict[str, float]:
    """Channels of an arm; each pair is (angle, depth). What is not given stays as it is."""
    out = {}
    for name, pair in (("upper", upper), ("fore", fore), ("wrist", wrist)):
        if pair is not None:
            out[f"{side}.{name}.angle"], out[f"{side}.{name}.depth"] = pair
    if palm is not None:
        out[f"{side}.palm"] = palm
    return out


def foot(side: str, **values: float) -> dict[str, float]:
    """Channels of a foot, and `knee` for where its knee points: foot("left", x=0.1, lift=0.05, knee=20)."""
    return {
        f"{side}.knee.out" if name == "knee" else f"{side}.foot.{name}": value
        for name, value in values.items()
    }


def both(channels: Channels) -> dict[str, float]:
    """The channels of one side, for that side and mirrored for the other."""
    return {**mirrored(channels), **channels}


def phrases(parts: Iterable[Phrase]) -> Phrase:
    """The phrases one after the other."""
    first, *rest = parts
    return first.then(*rest)
