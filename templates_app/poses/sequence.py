"""PoseSequence: the movement of performers as arrays, with its npz and JSON forms. Pure Python."""

import json
import struct
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from templates_app.poses.skeletons import LAYOUTS

FORMAT_NAME = "tongyi-portal/pose-sequence"
FORMAT_VERSION = 1
MAX_FRAMES = 3600
MAX_PEOPLE = 8
# Joints outside the frame are guessed at, but never this many frame heights away.
FARTHEST = 100
# float64 points of the largest sequence in the largest layout, and room for a header.
MAX_MEMBER_BYTES = MAX_FRAMES * MAX_PEOPLE * 33 * 3 * 8 + 4096


class PoseSequenceError(ValueError):
    """The arrays or the file are no valid pose sequence; the message says what was expected and got."""

    code = "pose_sequence_invalid"


@dataclass(frozen=True)
class PoseSequence:
    """Poses over time, for every performer.

    layout: name of the keypoint layout, a key of `skeletons.LAYOUTS` (canonical: "blazepose_33").
    fps: frames per second, 1 to 120.
    points (float32, (frames, people, joints, 3)): x right, y down, z away from the camera; all three in units
        of the source frame's HEIGHT, origin at its top left, so x runs from 0 to `aspect`. z is relative to
        the hip centre, negative towards the camera.
    confidence (float32, (frames, people, joints)): 0 (not seen) to 1 (certain).
    aspect: width / height of the frame the points were measured in.
    is_loop: the movement continues seamlessly from its last frame to its first.
    """

    layout: str
    fps: float
    points: npt.NDArray[np.float32]
    confidence: npt.NDArray[np.float32]
    aspect: float
    is_loop: bool = False

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise PoseSequenceError(f"layout must be one of {sorted(LAYOUTS)}, got {self.layout!r}")
        joints = len(LAYOUTS[self.layout].joints)
        if self.points.ndim != 4 or self.points.shape[2:] != (joints, 3):
            raise PoseSequenceError(f"points must be (frames, people, {joints}, 3), got {self.points.shape}")
        if self.confidence.shape != self.points.shape[:3]:
            raise PoseSequenceError(
                f"confidence must be {self.points.shape[:3]}, got {self.confidence.shape}"
            )
        frames, people = self.points.shape[:2]
        if not 1 <= frames <= MAX_FRAMES or not 1 <= people <= MAX_PEOPLE:
            raise PoseSequenceError(
                f"1 to {MAX_FRAMES} frames and 1 to {MAX_PEOPLE} people are allowed, "
                f"got {frames} and {people}"
            )
        if not (np.isfinite(self.points).all() and np.isfinite(self.confidence).all()):
            raise PoseSequenceError("points and confidence must be finite")
        # A thousandth of tolerance, for what filters leave behind.
        if self.confidence.min() < -0.001 or self.confidence.max() > 1.001:
            raise PoseSequenceError(
                f"confidence must be 0 to 1, got {self.confidence.min():g} to {self.confidence.max():g}"
            )
        if np.abs(self.points).max() > FARTHEST:
            raise PoseSequenceError(
                f"points must lie within {FARTHEST} frame heights, got {np.abs(self.points).max():g}"
            )
        if not 1 <= self.fps <= 120 or not 0.1 <= self.aspect <= 10:
            raise PoseSequenceError(
                f"fps must be 1 to 120 and aspect 0.1 to 10, got {self.fps}, {self.aspect}"
            )

    @property
    def frame_count(self) -> int:
        return int(self.points.shape[0])

    @property
    def people_count(self) -> int:
        return int(self.points.shape[1])

    @property
    def duration_seconds(self) -> float:
        return self.frame_count / self.fps

    def resampled(self, fps: float, frame_count: int) -> "PoseSequence":
        """The same movement at another rate, `frame_count` frames long.

        A loop repeats, and the result is a loop where it holds whole rounds; else the last pose holds
        (`joining.endless` repeats what is no loop). Points are interpolated linearly between neighbouring
        frames.
        """
        at = np.arange(frame_count) * (self.fps / fps)
        rounds = frame_count * self.fps / fps / self.frame_count
        if self.is_loop:
            at = np.mod(at, self.frame_count)
            low = np.floor(at).astype(int) % self.frame_count
            high = (low + 1) % self.frame_count
        else:
            at = np.minimum(at, self.frame_count - 1)
            low = np.floor(at).astype(int)
            high = np.minimum(low + 1, self.frame_count - 1)
        part = (at - np.floor(at)).astype(np.float32)
        points = self.points[low] + part[:, None, None, None] * (self.points[high] - self.points[low])
        confidence = np.minimum(self.confidence[low], self.confidence[high])
        is_loop = self.is_loop and round(rounds) >= 1 and abs(rounds - round(rounds)) < 1e-6
        return PoseSequence(self.layout, fps, points, confidence, self.aspect, is_loop)

    def to_npz(self) -> bytes:
        """The sequence as a compressed npz file (no pickled objects)."""
        out = BytesIO()
        np.savez_compressed(
            out,
            format=np.array(FORMAT_NAME),
            version=np.array(FORMAT_VERSION),
            layout=np.array(self.layout),
            fps=np.array(float(self.fps)),  # 30 and 30.0 are the same movement, with the same bytes
            aspect=np.array(float(self.aspect)),
            is_loop=np.array(self.is_loop),
            points=self.points,
            confidence=self.confidence,
        )
        return out.getvalue()

    @classmethod
    def from_npz(cls, data: bytes) -> "PoseSequence":
        """Read `to_npz` output. Raises PoseSequenceError for anything else."""
        try:
            _check_sizes(data)
            with np.load(BytesIO(data), allow_pickle=False) as file:
                _check_format(str(file["format"]), int(file["version"]))
                return cls(
                    layout=str(file["layout"]),
                    fps=float(file["fps"]),
                    points=file["points"].astype(np.float32),
                    confidence=file["confidence"].astype(np.float32),
                    aspect=float(file["aspect"]),
                    is_loop=bool(file["is_loop"]),
                )
        except PoseSequenceError:
            raise
        except _UNREADABLE as error:
            raise PoseSequenceError(f"not a pose sequence file: {error}") from error

    def to_json(self) -> str:
        """The sequence as JSON, documented in docs/pose-format.md; numbers rounded to 5 decimals."""
        return json.dumps(
            {
                "format": FORMAT_NAME,
                "version": FORMAT_VERSION,
                "layout": self.layout,
                "joints": list(LAYOUTS[self.layout].joints),
                "fps": self.fps,
                "aspect": self.aspect,
                "is_loop": self.is_loop,
                "points": np.round(self.points.astype(np.float64), 5).tolist(),
                "confidence": np.round(self.confidence.astype(np.float64), 4).tolist(),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "PoseSequence":
        """Read `to_json` output. Raises PoseSequenceError for anything else."""
        try:
            data: dict[str, Any] = json.loads(text)
            _check_format(data["format"], data["version"])
            return cls(
                layout=data["layout"],
                fps=float(data["fps"]),
                points=_numbers(data["points"]),
                confidence=_numbers(data["confidence"]),
                aspect=float(data["aspect"]),
                is_loop=bool(data["is_loop"]),
            )
        except PoseSequenceError:
            raise
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise PoseSequenceError(f"not a pose sequence document: {error}") from error


# What zipfile, zlib and numpy raise for files that are damaged or made to harm.
_UNREADABLE = (
    KeyError,
    TypeError,
    ValueError,
    OSError,
    EOFError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def _check_sizes(data: bytes) -> None:
    """Refuses an archive whose members would unpack to more than the largest sequence, before unpacking."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for member in archive.infolist():
            if member.file_size > MAX_MEMBER_BYTES:
                raise PoseSequenceError(
                    f"{member.filename} unpacks to {member.file_size} bytes, allowed are {MAX_MEMBER_BYTES}"
                )


def _numbers(nested: object) -> npt.NDArray[np.float32]:
    """A nested list as an array. Text that looks like a number is not one."""
    array = np.asarray(nested)
    if array.dtype.kind not in "iuf":
        raise PoseSequenceError(f"points and confidence must be nested lists of numbers, got {array.dtype}")
    with np.errstate(over="ignore"):
        return array.astype(np.float32)


def _check_format(name: str, version: int) -> None:
    if name != FORMAT_NAME or version != FORMAT_VERSION:
        raise PoseSequenceError(
            f"expected {FORMAT_NAME} version {FORMAT_VERSION}, got {name!r} version {version!r}"
        )
