"""MotionEdits: what an editor changes about a take, as a strict, versioned JSON document. Pure Python.

A take is never altered: a template's movement is `apply_edits(take, edits)`. The document and the order of
operations are described in docs/motion-edits.md.
"""

import json
import math
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

import numpy as np

from templates_app.poses.corrections import DEFAULT_REACH_SECONDS, Correction, CorrectionKind, corrected
from templates_app.poses.joining import close_loop
from templates_app.poses.sequence import FARTHEST, MAX_FRAMES, MAX_PEOPLE, PoseSequence
from templates_app.poses.skeletons import LAYOUTS, mirrored_order
from templates_app.poses.strict_json import DocumentInvalid, StrictReader, quote
from templates_app.poses.tempo import at_tempo
from tongyi_portal.common.errors import gettext_noop

__all__ = ["Correction", "CorrectionKind", "MotionEdits", "MotionEditsInvalid", "Trim", "apply_edits"]

FORMAT_NAME = "tongyi-portal/motion-edits"
FORMAT_VERSION = 1
MAX_CORRECTIONS = 5000
MAX_JSON_CHARS = 2_000_000
SLOWEST, FASTEST = 0.5, 2.0
MAX_LOOP_BLEND_FRAMES = 240
JOINTS = frozenset(joint for layout in LAYOUTS.values() for joint in layout.joints)

_ROOT_KEYS = frozenset(
    {"format", "version", "trim", "people", "mirror", "tempo", "loop", "loop_blend_frames", "corrections"}
)
_TRIM_KEYS = ("first_frame", "last_frame")
_PLACE_FIELDS = ("kind", "track", "joint", "frame", "x", "y", "reach")
_SIGHT_FIELDS = ("kind", "track", "joint", "frame", "last_frame")


class MotionEditsInvalid(DocumentInvalid):
    """The edits break a rule, or do not fit the take; `pointer` (RFC 6901) names the field."""

    code = "motion_edits_invalid"
    default_message = gettext_noop("The edits of the movement are not valid.")


_READ = StrictReader(MotionEditsInvalid)


@dataclass(frozen=True)
class Trim:
    """The part of the take that is kept: frames of the take, both included."""

    first_frame: int
    last_frame: int


@dataclass(frozen=True)
class MotionEdits:
    """All edits of one take. The defaults change nothing.

    trim: the part that is kept; None keeps all.
    people: tracks of the take in the order of performers, each once; None keeps all in the take's order.
    mirror: left and right are swapped, and the picture's sides with them.
    tempo: 0.5 to 2; 2 is twice as fast, in half as many frames. The frame rate stays.
    loop: the result is closed to an endless loop. False leaves a whole take that is a loop as it is.
    loop_blend_frames: frames of the result, around the seam, over which its two sides are led together.
    corrections: see Correction.
    Raises MotionEditsInvalid for values outside their limits.
    """

    trim: Trim | None = None
    people: tuple[int, ...] | None = None
    mirror: bool = False
    tempo: float = 1.0
    loop: bool = False
    loop_blend_frames: int = 0
    corrections: tuple[Correction, ...] = ()

    def __post_init__(self) -> None:
        _check_trim(self.trim)
        _check_people(self.people)
        if not (math.isfinite(self.tempo) and SLOWEST <= self.tempo <= FASTEST):
            raise MotionEditsInvalid("/tempo", f"must be {SLOWEST} to {FASTEST}, got {self.tempo:g}")
        _READ.within("/loop_blend_frames", self.loop_blend_frames, MAX_LOOP_BLEND_FRAMES)
        if self.loop_blend_frames and not self.loop:
            raise MotionEditsInvalid("/loop_blend_frames", "must be 0 where loop is false")
        _check_corrections(self.corrections)

    def to_document(self) -> dict[str, Any]:
        """The edits as JSON values; every field is there, so equal edits give equal documents."""
        trim = self.trim
        return {
            "format": FORMAT_NAME,
            "version": FORMAT_VERSION,
            "trim": trim and {name: getattr(trim, name) for name in _TRIM_KEYS},
            "people": None if self.people is None else list(self.people),
            "mirror": self.mirror,
            "tempo": self.tempo,
            "loop": self.loop,
            "loop_blend_frames": self.loop_blend_frames,
            "corrections": [
                {
                    name: getattr(correction, name)
                    for name in (_PLACE_FIELDS if correction.kind == "place" else _SIGHT_FIELDS)
                }
                for correction in self.corrections
            ],
        }

    def to_json(self) -> str:
        """`to_document` as text; `from_json` gives equal edits back."""
        return json.dumps(self.to_document(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_document(cls, document: object) -> "MotionEdits":
        """Read `to_document` output. Only format and version must be there; unknown fields are refused.

        Raises MotionEditsInvalid, which points to the field.
        """
        root = _READ.mapping("", document, _ROOT_KEYS)
        if root.get("format") != FORMAT_NAME:
            raise MotionEditsInvalid("/format", f"must be {FORMAT_NAME!r}, got {quote(root.get('format'))}")
        if _READ.whole("/version", root.get("version")) != FORMAT_VERSION:
            raise MotionEditsInvalid("/version", f"must be {FORMAT_VERSION}, got {quote(root['version'])}")
        return cls(
            trim=_read_trim(root.get("trim")),
            people=_read_people(root.get("people")),
            mirror=_READ.truth("/mirror", root.get("mirror", False)),
            tempo=_READ.number("/tempo", root.get("tempo", 1.0)),
            loop=_READ.truth("/loop", root.get("loop", False)),
            loop_blend_frames=_READ.whole("/loop_blend_frames", root.get("loop_blend_frames", 0)),
            corrections=tuple(
                _read_correction(f"/corrections/{place}", value)
                for place, value in enumerate(
                    _READ.items("/corrections", root.get("corrections", []), MAX_CORRECTIONS)
                )
            ),
        )

    @classmethod
    def from_json(cls, text: str) -> "MotionEdits":
        """Read `to_json` output, strictly. Raises MotionEditsInvalid, which points to the field."""
        return cls.from_document(_READ.parse(text, MAX_JSON_CHARS))


def apply_edits(take: PoseSequence, edits: MotionEdits) -> PoseSequence:
    """The movement that the edits make of the take, at the take's frame rate.

    In this order: corrections (in the take's tracks, frames and coordinates, so that a trim that is changed
    later does not move them), people, trim, mirror, tempo, loop. Raises MotionEditsInvalid where the edits
    do not fit the take.
    """
    _check_fit(take, edits)
    points, confidence = take.points, take.confidence
    if edits.corrections:
        points, confidence = corrected(
            points,
            confidence,
            edits.corrections,
            joints=LAYOUTS[take.layout].joints,
            default_reach=max(1, round(DEFAULT_REACH_SECONDS * take.fps)),
        )
    if edits.people is not None:
        points, confidence = points[:, edits.people], confidence[:, edits.people]
    is_loop = take.is_loop
    if edits.trim is not None:
        kept = slice(edits.trim.first_frame, edits.trim.last_frame + 1)
        is_loop = is_loop and len(points[kept]) == len(points)
        points, confidence = points[kept], confidence[kept]
    sequence = replace(take, points=points, confidence=confidence, is_loop=is_loop)
    if edits.mirror:
        sequence = _mirrored(sequence)
    if edits.tempo != 1:
        sequence = at_tempo(sequence, edits.tempo)
    return _closed(sequence, edits) if edits.loop else sequence


def _mirrored(sequence: PoseSequence) -> PoseSequence:
    order = mirrored_order(sequence.layout)
    points = sequence.points[:, :, order].copy()
    points[..., 0] = np.float32(sequence.aspect) - points[..., 0]
    return replace(sequence, points=points, confidence=sequence.confidence[:, :, order])


def _closed(sequence: PoseSequence, edits: MotionEdits) -> PoseSequence:
    if edits.loop_blend_frames > sequence.frame_count:
        raise MotionEditsInvalid(
            "/loop_blend_frames", f"must be at most the result's {sequence.frame_count} frames"
        )
    return close_loop(sequence, edits.loop_blend_frames)


def _check_fit(take: PoseSequence, edits: MotionEdits) -> None:
    """Refuses edits that name what the take does not have."""
    last_frame, last_track = take.frame_count - 1, take.people_count - 1
    if edits.trim is not None:
        _READ.within("/trim/last_frame", edits.trim.last_frame, last_frame)
    for place, track in enumerate(edits.people or ()):
        _READ.within(f"/people/{place}", track, last_track)
    joints = LAYOUTS[take.layout].joints
    for place, correction in enumerate(edits.corrections):
        pointer = f"/corrections/{place}"
        _READ.within(f"{pointer}/track", correction.track, last_track)
        _READ.within(f"{pointer}/frame", correction.frame, last_frame)
        if correction.last_frame is not None:
            _READ.within(f"{pointer}/last_frame", correction.last_frame, last_frame)
        if correction.joint not in joints:
            raise MotionEditsInvalid(f"{pointer}/joint", f"{take.layout} has no joint {correction.joint!r}")
    kept = take.frame_count if edits.trim is None else edits.trim.last_frame - edits.trim.first_frame + 1
    if round(kept / edits.tempo) > MAX_FRAMES:
        raise MotionEditsInvalid(
            "/tempo", f"makes {round(kept / edits.tempo)} frames, at most {MAX_FRAMES} are allowed"
        )


def _check_trim(trim: Trim | None) -> None:
    if trim is not None:
        _READ.within("/trim/first_frame", trim.first_frame, MAX_FRAMES - 1)
        _READ.within("/trim/last_frame", trim.last_frame, MAX_FRAMES - 1)
        if trim.last_frame < trim.first_frame:
            raise MotionEditsInvalid(
                "/trim/last_frame", f"must be {trim.first_frame} or later, got {trim.last_frame}"
            )


def _check_people(people: tuple[int, ...] | None) -> None:
    if people is None:
        return
    if not 1 <= len(people) <= MAX_PEOPLE:
        raise MotionEditsInvalid("/people", f"must name 1 to {MAX_PEOPLE} tracks, got {len(people)}")
    for place, track in enumerate(people):
        _READ.within(f"/people/{place}", track, MAX_PEOPLE - 1)
        if track in people[:place]:
            raise MotionEditsInvalid(f"/people/{place}", f"track {track} is named twice")


def _check_corrections(corrections: tuple[Correction, ...]) -> None:
    if len(corrections) > MAX_CORRECTIONS:
        raise MotionEditsInvalid("/corrections", f"at most {MAX_CORRECTIONS}, got {len(corrections)}")
    keyframes: set[tuple[int, str, int]] = set()
    for place, correction in enumerate(corrections):
        pointer = f"/corrections/{place}"
        _check_correction(pointer, correction)
        if correction.kind == "place":
            keyframe = (correction.track, correction.joint, correction.frame)
            if keyframe in keyframes:
                raise MotionEditsInvalid(pointer, "the joint is placed twice in this frame")
            keyframes.add(keyframe)


def _check_correction(pointer: str, correction: Correction) -> None:
    if correction.joint not in JOINTS:
        raise MotionEditsInvalid(f"{pointer}/joint", f"no layout has a joint {quote(correction.joint)}")
    _READ.within(f"{pointer}/track", correction.track, MAX_PEOPLE - 1)
    _READ.within(f"{pointer}/frame", correction.frame, MAX_FRAMES - 1)
    fields = _PLACE_FIELDS if correction.kind == "place" else _SIGHT_FIELDS
    for name in ("x", "y", "reach", "last_frame"):
        if name not in fields and getattr(correction, name) is not None:
            raise MotionEditsInvalid(f"{pointer}/{name}", f"does not go with kind {correction.kind!r}")
    if correction.kind == "place":
        for name, value in (("x", correction.x), ("y", correction.y)):
            if value is None or not abs(value) <= FARTHEST:
                raise MotionEditsInvalid(f"{pointer}/{name}", f"must be a number up to {FARTHEST}")
    if correction.reach is not None:
        _READ.within(f"{pointer}/reach", correction.reach, MAX_FRAMES - 1)
    if correction.last_frame is not None:
        _READ.within(f"{pointer}/last_frame", correction.last_frame, MAX_FRAMES - 1)
        if correction.last_frame < correction.frame:
            raise MotionEditsInvalid(
                f"{pointer}/last_frame", f"must be {correction.frame} or later, got {correction.last_frame}"
            )


def _read_trim(value: object) -> Trim | None:
    if value is None:
        return None
    trim = _READ.mapping("/trim", value, frozenset(_TRIM_KEYS))
    return Trim(*(_READ.whole(f"/trim/{name}", trim.get(name)) for name in _TRIM_KEYS))


def _read_people(value: object) -> tuple[int, ...] | None:
    if value is None:
        return None
    tracks = _READ.items("/people", value, MAX_PEOPLE)
    return tuple(_READ.whole(f"/people/{place}", track) for place, track in enumerate(tracks))


def _read_correction(pointer: str, value: object) -> Correction:
    fields = _READ.mapping(pointer, value, frozenset(_PLACE_FIELDS + _SIGHT_FIELDS))
    kind = fields.get("kind")
    if kind not in get_args(CorrectionKind):
        raise MotionEditsInvalid(f"{pointer}/kind", f"must be place, hidden or seen, got {quote(kind)}")
    numbers: dict[str, Any] = {}
    for name, read in (
        ("x", _READ.number),
        ("y", _READ.number),
        ("reach", _READ.whole),
        ("last_frame", _READ.whole),
    ):
        if fields.get(name) is not None:
            numbers[name] = read(f"{pointer}/{name}", fields[name])
    return Correction(
        track=_READ.whole(f"{pointer}/track", fields.get("track")),
        joint=_READ.text(f"{pointer}/joint", fields.get("joint"), 40),
        frame=_READ.whole(f"{pointer}/frame", fields.get("frame")),
        kind=cast(CorrectionKind, kind),
        **numbers,
    )
