"""What the motion engine is asked and what it gives back: plain data. Pure Python."""

from dataclasses import dataclass, field
from pathlib import Path

from templates_app.poses.sequence import PoseSequence


@dataclass(frozen=True)
class MotionRequest:
    """A dance video whose movement is wanted. `video` may be any file: the engine probes it first.

    max_people: follow at most so many people, 1 to 8; the tallest and longest seen are kept.
    """

    video: Path
    max_people: int = 4


@dataclass(frozen=True)
class TrackInfo:
    """What is known of one person of the take.

    index: position on the people axis of `take` and `raw`; 0 is the main person.
    first_frame, last_frame: where the person is seen first and last, both included.
    mean_confidence: 0 to 1, over the joints and the frames in which the person is seen.
    seen_share: frames in which the person is seen / frames of the take, 0 to 1.
    mean_height: from the highest to the lowest joint, in frame heights.
    is_main: one of those whom the clip shows: person 0, and whoever is seen in most frames and about as tall.
        Passers-by and small figures behind are not.
    """

    index: int
    first_frame: int
    last_frame: int
    mean_confidence: float
    seen_share: float
    mean_height: float
    is_main: bool


@dataclass(frozen=True)
class MotionResult:
    """A take. All files lie in `EngineContext.scratch`.

    take: smoothed, gaps filled, layout blazepose_33, people axis = tracks, confidence 0 where a track is
        absent. raw: the same frames and tracks as they were estimated.
    proxy: H.264 MP4 for scrubbing, frame k of it is frame k of the take; without audio. strip: JPEG of
        thumbnails side by side. music: the clip's sound as M4A (AAC), None when it has none.
    bpm: tempo of the music, None when there is none or no beat in it. bpm_confidence: 0 to 1. beats: seconds
        since the start of the take.
    tracks: one a person of the take, in the order of the people axis. stage_seconds: for the log.
    """

    take: PoseSequence
    raw: PoseSequence
    proxy: Path
    strip: Path
    music: Path | None
    bpm: float | None
    bpm_confidence: float
    beats: tuple[float, ...]
    tracks: tuple[TrackInfo, ...]
    stage_seconds: dict[str, float] = field(default_factory=dict)
