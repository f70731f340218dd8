"""The BVH text format (Biovision 1999): hierarchy, channels, and where its joints are. Pure Python."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from templates_app.poses.formats.faults import MovementFileInvalid

Array = npt.NDArray[np.float64]

MAX_JOINTS = 512
MAX_DEPTH = 128
MAX_NAME = 100
# Two minutes at 240 frames a second.
MAX_FRAMES = 28_800
MAX_NUMBERS = 8_000_000
# Frames times joints: what the kinematics need is 200 bytes for each.
MAX_PLACES = 3_000_000
FASTEST_FPS = 480.0
_POSITIONS = ("xposition", "yposition", "zposition")
_ROTATIONS = ("xrotation", "yrotation", "zrotation")


@dataclass(frozen=True)
class BvhJoint:
    """One node. parent: its index, -1 for the root. channels: lower-case names, in the file's order.

    An end site has the name of its parent with " end", and no channels.
    """

    name: str
    parent: int
    offset: tuple[float, float, float]
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Bvh:
    """A parsed file. values (float64, (frames, channels)): in the order of the joints' channels."""

    joints: tuple[BvhJoint, ...]
    fps: float
    values: Array

    def places(self) -> Array:
        """Every joint in the file's own space and unit, (frames, joints, 3), by forward kinematics.

        Rotations are applied in the order of the channels, about axes that turn along. Position channels take
        the place of the joint's offset.
        """
        frames = len(self.values)
        places = np.zeros((frames, len(self.joints), 3))
        turns = np.zeros((frames, len(self.joints), 3, 3))
        column = 0
        for index, joint in enumerate(self.joints):
            values = self.values[:, column : column + len(joint.channels)]
            column += len(joint.channels)
            local = np.tile(np.array(joint.offset), (frames, 1))
            turn = np.tile(np.eye(3), (frames, 1, 1))
            for channel, value in zip(joint.channels, values.T, strict=True):
                if channel in _POSITIONS:
                    local[:, _POSITIONS.index(channel)] = value
                else:
                    turn = turn @ _about(_ROTATIONS.index(channel), np.radians(value))
            if joint.parent < 0:
                places[:, index], turns[:, index] = local, turn
            else:
                above = turns[:, joint.parent]
                places[:, index] = places[:, joint.parent] + np.einsum("nij,nj->ni", above, local)
                turns[:, index] = above @ turn
        return places


def _about(axis: int, angle: Array) -> Array:
    """Right-handed rotation matrices (frames, 3, 3) about x, y or z."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    out = np.zeros((len(angle), 3, 3))
    out[:, axis, axis] = 1
    out[:, first, first] = out[:, second, second] = np.cos(angle)
    out[:, second, first] = np.sin(angle)
    out[:, first, second] = -np.sin(angle)
    return out


def parse_bvh(data: bytes, *, file: str) -> Bvh:
    """Read a BVH file. Raises MovementFileInvalid, which names the joint or the line's key word."""
    text = data.decode("latin-1")
    head, found, motion = text.partition("MOTION")
    if not found:
        raise _fault("bvh_motion_missing", "there is no line MOTION", file, "MOTION")
    joints = _Hierarchy(head.split(), file).read()
    channels = sum(len(joint.channels) for joint in joints)
    fps, values = _motion(motion, channels, file)
    if len(values) * len(joints) > MAX_PLACES:
        raise _fault("bvh_too_large", f"at most {MAX_PLACES} frames times joints", file, "Frames")
    return Bvh(joints, fps, values)


def _fault(reason: str, problem: str, file: str, field: str = "") -> MovementFileInvalid:
    return MovementFileInvalid(reason, problem, file=file, field=field)


class _Hierarchy:
    """Reads the tree of joints from its words, without recursion."""

    def __init__(self, words: list[str], file: str) -> None:
        self.words: Iterator[str] = iter(words)
        self.file = file
        self.joints: list[BvhJoint] = []
        # The joints that are open: index and name, from the root down.
        self.path: list[int] = []

    def read(self) -> tuple[BvhJoint, ...]:
        self._expect("HIERARCHY", self._word())
        self._expect("ROOT", self._word())
        self._open(self._name())
        while self.path:
            word = self._word()
            if word == "}":
                self.path.pop()
            elif word.upper() == "JOINT":
                self._open(self._name())
            elif word.upper() == "END":
                self._word()
                self._open(f"{self.joints[self.path[-1]].name} end", is_end=True)
            else:
                raise self._fault(f"expected JOINT, End Site or a closing brace, got {word[:40]!r}")
        rest = next(self.words, None)
        if rest is not None:
            raise self._fault(f"one root is allowed, got {rest[:40]!r} after it")
        return tuple(self.joints)

    def _open(self, name: str, is_end: bool = False) -> None:
        if len(self.joints) >= MAX_JOINTS or len(self.path) >= MAX_DEPTH:
            raise _fault(
                "bvh_too_large", f"at most {MAX_JOINTS} joints, {MAX_DEPTH} deep", self.file, "HIERARCHY"
            )
        self._expect("{", self._word())
        self._expect("OFFSET", self._word())
        offset = (self._number(), self._number(), self._number())
        channels: tuple[str, ...] = ()
        if not is_end:
            self._expect("CHANNELS", self._word())
            count = self._word()
            if not (count.isascii() and count.isdigit() and int(count[:3]) <= 6 and len(count) <= 3):
                raise self._fault(f"a joint has 0 to 6 channels, got {count[:40]!r}")
            channels = tuple(self._word().lower() for _ in range(int(count)))
            if not set(channels) <= {*_POSITIONS, *_ROTATIONS} or len(set(channels)) < len(channels):
                raise self._fault(f"channels must be positions and rotations, once each, got {channels}")
        self.joints.append(BvhJoint(name, self.path[-1] if self.path else -1, offset, channels))
        self.path.append(len(self.joints) - 1)

    def _name(self) -> str:
        """The words up to the brace: names with spaces are in use."""
        parts = [self._word()]
        while len(parts) < 8:
            word = self._word()
            if word == "{":
                self.words = _pushed_back("{", self.words)
                return " ".join(parts)[:MAX_NAME]
            parts.append(word)
        raise self._fault(f"expected {{ after the name {' '.join(parts)[:40]!r}")

    def _word(self) -> str:
        word = next(self.words, None)
        if word is None:
            raise self._fault("the hierarchy ends too early")
        return word

    def _number(self) -> float:
        word = self._word()
        try:
            number = float(word)
        except ValueError:
            raise self._fault(f"expected a number, got {word[:40]!r}") from None
        if not abs(number) <= 1e9:
            raise self._fault(f"expected a finite number, got {word[:40]!r}")
        return number

    def _expect(self, wanted: str, got: str) -> None:
        if got.upper() != wanted:
            raise self._fault(f"expected {wanted}, got {got[:40]!r}")

    def _fault(self, problem: str) -> MovementFileInvalid:
        field = self.joints[self.path[-1]].name if self.path else "HIERARCHY"
        return _fault("bvh_hierarchy_invalid", problem, self.file, field)


def _pushed_back(word: str, words: Iterator[str]) -> Iterator[str]:
    yield word
    yield from words


def _motion(text: str, channels: int, file: str) -> tuple[float, Array]:
    parts = text.split(None, 5)
    words = [part.upper() for part in parts[:5]]
    if len(words) < 5 or words[0] != "FRAMES:" or words[2] != "FRAME" or words[3] != "TIME:":
        raise _fault("bvh_motion_invalid", "expected Frames: and Frame Time:", file, "MOTION")
    if not (words[1].isascii() and words[1].isdigit()) or len(words[1]) > 9:
        raise _fault("bvh_motion_invalid", f"must be a whole number, got {words[1][:40]!r}", file, "Frames")
    frames = int(words[1])
    if not 1 <= frames <= MAX_FRAMES or frames * channels > MAX_NUMBERS:
        raise _fault(
            "too_many_frames",
            f"1 to {MAX_FRAMES} frames, {MAX_NUMBERS} numbers, got {frames}",
            file,
            "Frames",
        )
    seconds = _real(words[4])
    if not 1 / FASTEST_FPS <= seconds <= 1:
        raise _fault(
            "bvh_motion_invalid", f"must be a 480th to 1 second, got {words[4][:40]}", file, "Frame Time"
        )
    values = _numbers(parts[5] if len(parts) > 5 else "", file)
    if len(values) != frames * channels:
        raise _fault(
            "bvh_motion_invalid", f"expected {frames} x {channels} numbers, got {len(values)}", file, "MOTION"
        )
    if not np.isfinite(values).all() or np.abs(values).max(initial=0) > 1e9:
        raise _fault("number_out_of_range", "numbers must be finite", file, "MOTION")
    return 1 / seconds, values.reshape(frames, channels)


def _numbers(text: str, file: str) -> Array:
    """All numbers of a text, without a Python object for each."""
    if not text.strip():
        return np.zeros(0)
    try:
        with warnings.catch_warnings():
            # numpy warns, and stops reading, where a word is no number.
            warnings.simplefilter("error")
            return np.fromstring(text, dtype=np.float64, sep=" ")
    except (ValueError, DeprecationWarning) as error:
        raise _fault("not_a_number", "a word between the numbers is none", file, "MOTION") from error


def _real(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")
