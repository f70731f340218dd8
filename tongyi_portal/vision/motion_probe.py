"""probe_motion: what a dance video is, and everything that keeps it from becoming a template. Pure Python.

The file is a stranger's. It is opened as one of a few containers only (a playlist would make the reader open
other files), its pictures are refused by their declared size before one is unpacked, and no more frames are
decoded than the longest allowed clip can have.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Interpolation, VideoReformatter

from tongyi_portal.vision.cut_off import promised_bytes
from tongyi_portal.vision.cuts import THUMB_SIDE, find_cuts
from tongyi_portal.vision.film import (
    OPEN_SECONDS,
    READERS,
    DecodeBudget,
    DecodeBudgetSpent,
    decoded_packets,
    moving_pictures,
)

CONTAINERS = {  # FFmpeg's name of the reader -> what people call the file
    "mov,mp4,m4a,3gp,3g2,mj2": "mp4",
    "avi": "avi",
    "matroska,webm": "webm",
}
CODECS = frozenset({"h264", "hevc", "mpeg4", "vp8", "vp9", "av1"})
RATE_TOLERANCE = 0.005  # 24000/1001 frames a second count as 24
SECONDS_TOLERANCE = 0.1  # the last frame's time on show is a guess
STEADY_SHARE = 0.05  # a rate is variable when more of the frames come early or late by a quarter
MISSING_SHARE = 0.03  # a file is cut short when it lacks more of the frames or seconds that it declares
BROKEN_PACKETS = 50  # after so many packets that do not decode the rest is not tried
HIGHEST_RATE = 240.0  # frames a second beyond which nothing is decoded
HEADER_BYTES = 4 << 20  # read at most, to learn what the streams are
HEADER_MICROSECONDS = 5_000_000


@dataclass(frozen=True)
class MotionLimits:
    """What a dance video must be. The defaults are those of the hosted service; bounds are included."""

    min_seconds: float = 2.0
    max_seconds: float = 60.0
    min_fps: float = 24.0
    max_bytes: int = 200 * 1024 * 1024
    min_side: int = 200
    max_side: int = 2048
    max_ratio: float = 3.0
    containers: frozenset[str] = frozenset(CONTAINERS.values())
    codecs: frozenset[str] = CODECS


@dataclass(frozen=True)
class MotionFault:
    """One thing that is wrong.

    code: stable. message: an English sentence. details: what was measured and what is allowed, JSON values.
    is_blocking: the video cannot become a template; else it is only worth knowing.
    """

    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)
    is_blocking: bool = True


@dataclass(frozen=True)
class MotionProbe:
    """What is known of a video, measured on its frames where they could be decoded; zero or empty if not.

    container: "mp4" (also for mov), "avi", "webm" (also for mkv) or "". codec: FFmpeg's name. width, height:
    as shown, after `rotation` (degrees clockwise: 0, 90, 180, 270). fps: mean rate. faults: in the order of
    checking, all that were found.
    """

    container: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    frames: int = 0
    duration_seconds: float = 0.0
    byte_size: int = 0
    has_audio: bool = False
    rotation: int = 0
    faults: tuple[MotionFault, ...] = ()

    @property
    def is_usable(self) -> bool:
        return not any(fault.is_blocking for fault in self.faults)


@dataclass
class _Measured:
    """What decoding found out."""

    times: list[float] = field(default_factory=list)
    thumbs: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    sizes: set[tuple[int, int]] = field(default_factory=set)
    rotation: int = 0
    broken: int = 0
    is_stopped: bool = False
    reformatter: VideoReformatter = field(default_factory=VideoReformatter)


def probe_motion(
    path: Path, limits: MotionLimits | None = None, budget: DecodeBudget | None = None
) -> MotionProbe:
    """Look at a whole video and report all that is wrong with it. Never raises for what is in the file.

    Decodes every frame up to a little more than the longest allowed clip: about 12 s of CPU time for a minute
    of 1080p. A file that wants more than `budget` is not looked at further: `motion_takes_too_long`. Raises
    OSError when there is no such file.
    """
    limits = limits or MotionLimits()
    byte_size = path.stat().st_size
    known = MotionProbe(byte_size=byte_size)
    if byte_size > limits.max_bytes:
        return _with(known, [_too_many_bytes(byte_size, limits)])
    try:
        with _opened(path, limits) as container:
            return _probe(container, byte_size, limits, budget or DecodeBudget())
    except DecodeBudgetSpent as error:
        return _with(known, [_too_much_work(error)])
    except (av.error.FFmpegError, ValueError, OverflowError, MemoryError) as error:
        promised = promised_bytes(path)
        if promised is not None and promised > byte_size:
            return _with(known, [_breaks_off({"bytes": byte_size}, {"bytes": promised})])
        return _with(known, [_undecodable(error)])


def _probe(container: Any, byte_size: int, limits: MotionLimits, budget: DecodeBudget) -> MotionProbe:
    name = CONTAINERS.get(container.format.name, container.format.name)
    faults: list[MotionFault] = []
    if name not in limits.containers:
        faults.append(
            _fault(
                "motion_container_unsupported",
                "The file is of a kind that is not accepted.",
                name,
                sorted(limits.containers),
            )
        )
    known: dict[str, Any] = {
        "container": name,
        "byte_size": byte_size,
        "has_audio": bool(container.streams.audio),
    }
    stream = moving_pictures(container)
    if stream is None:
        message = "The file has no moving picture: only sound, a still cover or nothing."
        return MotionProbe(**known, faults=(*faults, MotionFault("motion_no_video", message)))
    known["codec"] = codec = stream.codec.canonical_name if stream.codec_context is not None else "unknown"
    if codec not in limits.codecs:
        faults.append(
            _fault(
                "motion_codec_unsupported",
                "The pictures are encoded in a way that is not accepted.",
                codec,
                sorted(limits.codecs),
            )
        )
    if stream.codec_context is None:
        return MotionProbe(**known, faults=tuple(faults))
    declared = (int(stream.codec_context.width), int(stream.codec_context.height))
    faults += _size_faults(*declared, limits)
    if codec not in limits.codecs or max(declared) > 2 * limits.max_side or min(declared) < 16:
        known |= {"width": declared[0], "height": declared[1], "fps": _declared_rate(stream)}
        return MotionProbe(**known, faults=tuple(faults))
    measured = _decode(container, stream, limits, budget)
    return _judged(known, measured, stream, container, faults, limits)


def _judged(
    known: dict[str, Any],
    measured: _Measured,
    stream: Any,
    container: Any,
    faults: list[MotionFault],
    limits: MotionLimits,
) -> MotionProbe:
    """The probe with everything that the decoded frames tell."""
    width, height = int(stream.codec_context.width), int(stream.codec_context.height)
    if measured.rotation % 180:
        width, height = height, width
    frames = len(measured.times)
    if not frames:
        fault = MotionFault("motion_no_frames", "Not one picture of the video could be decoded.")
        return MotionProbe(**known, width=width, height=height, faults=(*faults, fault))
    gaps = np.diff(np.array(measured.times))
    fps = _rate(gaps, stream)
    seconds = float(gaps.sum()) + 1 / fps if fps else 0.0
    damage = [] if measured.is_stopped else _damage_faults(measured, seconds, stream, container)
    faults += [*damage, *_length_faults(seconds, measured, limits)]
    if not damage:  # where frames are missing, the others do not come at the video's own rate
        faults += _rate_faults(fps, gaps, limits)
    if len(measured.sizes) > 1:
        faults.append(
            _fault(
                "motion_size_changes",
                "The size of the picture changes in mid-way.",
                [list(size) for size in sorted(measured.sizes)],
                "one size",
            )
        )
    cuts = find_cuts(np.stack(measured.thumbs), fps)
    if cuts:
        at = [round(measured.times[index] - measured.times[0], 3) for index in cuts]
        codes = ", ".join(time_code(seconds) for seconds in at[:10])
        message = f"The video is not one take; there is a cut at {codes}."
        details = {"measured": len(cuts), "allowed": 0, "seconds": at, "frames": [int(cut) for cut in cuts]}
        faults.append(MotionFault("motion_cuts", message, details))
    return MotionProbe(
        **known, width=width, height=height, fps=round(fps, 4), frames=frames,
        duration_seconds=round(seconds, 4), rotation=measured.rotation, faults=tuple(faults),
    )  # fmt: skip


def time_code(seconds: float) -> str:
    """Minutes, seconds and hundredths: 0:07.25."""
    hundredths = round(seconds * 100)
    return f"{hundredths // 6000}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"


# Decoding


@contextmanager
def _opened(path: Path, limits: MotionLimits) -> Iterator[Any]:
    largest = str((2 * limits.max_side) ** 2)
    options = {
        "format_whitelist": READERS,
        "protocol_whitelist": "file",
        "probesize": str(HEADER_BYTES),
        "analyzeduration": str(HEADER_MICROSECONDS),
        "max_streams": "32",
    }
    with av.open(str(path), options=options, timeout=OPEN_SECONDS) as container:
        for stream in container.streams.video:
            if stream.codec_context is None:  # FFmpeg knows no decoder for it
                continue
            stream.codec_context.options = {"max_pixels": largest, "skip_loop_filter": "noref"}
            stream.thread_type = "AUTO"
        yield container


def _decode(container: Any, stream: Any, limits: MotionLimits, budget: DecodeBudget) -> _Measured:
    """Every frame's time and thumbnail, up to just beyond the limits; packets that are broken are counted.

    A file that breaks off ends them. Raises DecodeBudgetSpent.
    """
    found = _Measured()
    most = math.ceil((limits.max_seconds + 2) * HIGHEST_RATE)
    base = float(stream.time_base or 1)
    try:
        for frames in decoded_packets(container, stream, budget):
            found.broken += frames is None
            for frame in frames or ():
                _note(found, frame, base, stream)
            late = found.times and found.times[-1] - found.times[0] > limits.max_seconds + 2
            if late or len(found.times) >= most or found.broken >= BROKEN_PACKETS:
                found.is_stopped = bool(late) or len(found.times) >= most
                break
    except (av.error.FFmpegError, ValueError):
        found.broken += 1
    return found


def _note(found: _Measured, frame: Any, base: float, stream: Any) -> None:
    if frame.pts is not None:
        time = float(frame.pts) * base
    else:
        time = found.times[-1] + 1 / (_declared_rate(stream) or 25.0) if found.times else 0.0
    if found.times and time <= found.times[-1]:  # two frames at one time: only one of them can be shown
        return
    found.rotation = -round(frame.rotation / 90) % 4 * 90
    found.sizes.add((frame.width, frame.height))
    found.times.append(time)
    small = found.reformatter.reformat(
        frame, THUMB_SIDE, THUMB_SIDE, "rgb24", interpolation=Interpolation.AREA, threads=1
    )
    found.thumbs.append(np.asarray(small.to_ndarray(), np.uint8))


def _declared_rate(stream: Any) -> float:
    return float(stream.average_rate or stream.guessed_rate or 0)


def _rate(gaps: npt.NDArray[np.float64], stream: Any) -> float:
    """Mean frames a second; the declared rate when there is one frame only."""
    return 1 / float(gaps.mean()) if len(gaps) else _declared_rate(stream)


# Faults


def _fault(code: str, message: str, measured: Any, allowed: Any, *, is_blocking: bool = True) -> MotionFault:
    return MotionFault(code, message, {"measured": measured, "allowed": allowed}, is_blocking)


def _with(probe: MotionProbe, faults: list[MotionFault]) -> MotionProbe:
    return MotionProbe(byte_size=probe.byte_size, faults=tuple(faults))


def _too_many_bytes(size: int, limits: MotionLimits) -> MotionFault:
    megabytes = limits.max_bytes // (1024 * 1024)
    message = f"The file is larger than {megabytes} MB."
    return _fault("motion_too_large", message, size, limits.max_bytes)


def _undecodable(error: BaseException) -> MotionFault:
    message = "The file is damaged or no video of a kind that is accepted."
    # Not the error's whole text: it names the file on this machine.
    reason = getattr(error, "strerror", None) or type(error).__name__
    return MotionFault("motion_undecodable", message, {"reason": str(reason)[:200]})


def _breaks_off(measured: dict[str, Any], promised: dict[str, Any]) -> MotionFault:
    return _fault(
        "motion_truncated", "The file breaks off: part of what it says it has is missing.", measured, promised
    )


def _too_much_work(error: DecodeBudgetSpent) -> MotionFault:
    message = "The file takes far more work to decode than a video of the allowed length should."
    return MotionFault("motion_takes_too_long", message, {"reason": str(error)})


def _size_faults(width: int, height: int, limits: MotionLimits) -> list[MotionFault]:
    faults = []
    allowed = [limits.min_side, limits.max_side]
    if min(width, height) < limits.min_side:
        message = f"The picture is smaller than {limits.min_side} pixels on one side."
        faults.append(_fault("motion_side_too_small", message, [width, height], allowed))
    if max(width, height) > limits.max_side:
        message = f"The picture is larger than {limits.max_side} pixels on one side."
        faults.append(_fault("motion_side_too_large", message, [width, height], allowed))
    ratio = max(width, height) / max(min(width, height), 1)
    if ratio > limits.max_ratio:
        message = f"The picture is narrower than 1 to {limits.max_ratio:g}."
        faults.append(_fault("motion_ratio", message, round(ratio, 3), limits.max_ratio))
    return faults


def _length_faults(seconds: float, measured: _Measured, limits: MotionLimits) -> list[MotionFault]:
    faults = []
    length = [limits.min_seconds, limits.max_seconds]
    if seconds < limits.min_seconds - SECONDS_TOLERANCE:
        message = f"The video is shorter than {limits.min_seconds:g} seconds."
        faults.append(_fault("motion_too_short", message, round(seconds, 3), length))
    if seconds > limits.max_seconds + SECONDS_TOLERANCE or measured.is_stopped:
        message = f"The video is longer than {limits.max_seconds:g} seconds."
        faults.append(_fault("motion_too_long", message, round(seconds, 3), length))
    return faults


def _rate_faults(fps: float, gaps: npt.NDArray[np.float64], limits: MotionLimits) -> list[MotionFault]:
    faults = []
    if fps < limits.min_fps * (1 - RATE_TOLERANCE):
        message = f"The video has fewer than {limits.min_fps:g} frames a second."
        faults.append(_fault("motion_rate_too_low", message, round(fps, 3), limits.min_fps))
    if len(gaps) and float((np.abs(gaps / np.median(gaps) - 1) > 0.25).mean()) > STEADY_SHARE:
        message = "The frames do not come at even times; the video is brought to an even rate."
        slowest = round(1 / float(gaps.max()), 3)
        measured_rates = {"mean": round(fps, 3), "slowest": slowest}
        faults.append(_fault("motion_rate_variable", message, measured_rates, "even", is_blocking=False))
    return faults


def _damage_faults(measured: _Measured, seconds: float, stream: Any, container: Any) -> list[MotionFault]:
    """A file that ends too early, or parts of which do not decode."""
    frames = len(measured.times)
    declared_frames = int(stream.frames or 0)
    declared_seconds = float((container.duration or 0) / av.time_base)
    if stream.duration is not None and stream.time_base is not None:
        declared_seconds = float(stream.duration * stream.time_base)
    ends_early = seconds < declared_seconds * (1 - MISSING_SHARE) - 0.25
    lacks_frames = frames < declared_frames * (1 - MISSING_SHARE) - 1
    faults = []
    if ends_early if measured.broken or not declared_frames else lacks_frames:
        counts = {"frames": frames, "seconds": round(seconds, 3)}
        promised = {"frames": declared_frames, "seconds": round(declared_seconds, 3)}
        faults.append(_breaks_off(counts, promised))
    if measured.broken:
        message = "Parts of the video are damaged and cannot be decoded."
        faults.append(_fault("motion_damaged", message, measured.broken, 0))
    return faults
