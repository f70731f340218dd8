"""OpenPose and DWPose keypoints: a zip of one JSON file a frame, or one JSON list of frames. Pure Python."""

import json
import re
import zipfile
from functools import reduce
from io import BytesIO
from math import gcd
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from templates_app.poses.formats.archives import members_of
from templates_app.poses.formats.faults import MovementFileInvalid
from templates_app.poses.formats.json_files import parse_json
from templates_app.poses.formats.keypoints import MAX_PEOPLE_IN_FRAME, Frame, movement_from, pose_from
from templates_app.poses.formats.people import People
from templates_app.poses.limbs import SEEN
from templates_app.poses.sequence import MAX_FRAMES, PoseSequence
from templates_app.poses.skeletons import convert

SUFFIX = "_keypoints.json"
# Parts that are counted, and not used.
_OTHER_PARTS = ("face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d")
# Every member of an exported archive carries the earliest time that zip knows: same input, same bytes.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def read_openpose_zip(data: bytes, frame: Frame, *, file: str) -> tuple[PoseSequence, list[str]]:
    """The movement in a zip of `<name>_<number>_keypoints.json`. Raises MovementFileInvalid.

    Frames stand in the order of their numbers. Where numbers are missing, nobody is in those frames; numbers
    that all lie the same step apart are taken as neighbours.
    """
    found: dict[int, tuple[str, Any]] = {}
    for name, content in members_of(data, suffix=SUFFIX, file=file):
        number = _number_of(name)
        if number in found:
            raise MovementFileInvalid("frame_twice", f"frame {number} is there twice", file=name)
        found[number] = (name, parse_json(content, file=name))
    if not found:
        raise MovementFileInvalid("no_frames", f"no file in the archive ends in {SUFFIX}", file=file)
    numbers = sorted(found)
    step = reduce(gcd, (number - numbers[0] for number in numbers)) or 1
    length = (numbers[-1] - numbers[0]) // step + 1
    if length > MAX_FRAMES:
        raise MovementFileInvalid(
            "too_many_frames", f"at most {MAX_FRAMES} frames are allowed, numbers span {length}", file=file
        )
    frames: list[tuple[str, str, Any]] = [(file, "", {"people": []})] * length
    for number, (name, content) in found.items():
        frames[(number - numbers[0]) // step] = (name, "", content)
    movement, notes = _movement(frames, frame, file)
    if length > len(numbers):
        notes.append(f"{length - len(numbers)} frames are missing in the archive; nobody is in them.")
    return movement, notes


def read_openpose_list(frames: list[Any], frame: Frame, *, file: str) -> tuple[PoseSequence, list[str]]:
    """The movement in a JSON list of frames, each as in a file of its own. Raises MovementFileInvalid."""
    if len(frames) > MAX_FRAMES:
        raise MovementFileInvalid(
            "too_many_frames", f"at most {MAX_FRAMES} frames are allowed, got {len(frames)}", file=file
        )
    return _movement([(file, f"/{number}", content) for number, content in enumerate(frames)], frame, file)


def write_openpose_zip(sequence: PoseSequence, *, width: int, height: int) -> bytes:
    """The first 18 joints of OpenPose's COCO model in pixels, one file a frame. The same input, same bytes.

    A person of whom nothing is seen in a frame is not listed in it. Depth is lost.
    """
    points, confidence = convert(
        sequence.points, sequence.confidence, source=sequence.layout, target="openpose_18"
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(sequence.frame_count):
            people = [
                {"person_id": [-1], "pose_keypoints_2d": _flat(place, seen, height)}
                for place, seen in zip(points[number], confidence[number], strict=True)
                if seen.max() >= SEEN
            ]
            document = {"version": 1.3, "people": people, "canvas_width": width, "canvas_height": height}
            member = zipfile.ZipInfo(f"frame_{number:012d}{SUFFIX}", ZIP_EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, json.dumps(document, separators=(",", ":")))
    return out.getvalue()


def _flat(places: Any, seen: Any, height: int) -> list[float]:
    rows = np.column_stack([places[:, :2].astype(np.float64) * height, seen])
    rows[seen <= 0] = 0
    values: list[float] = np.round(rows, 4).ravel().tolist()
    return values


def _movement(frames: list[tuple[str, str, Any]], frame: Frame, file: str) -> tuple[PoseSequence, list[str]]:
    others = 0
    people: list[People] = []
    for name, field, content in frames:
        everybody = _people_of(content, name, field)
        poses = [
            pose_from(
                person.get("pose_keypoints_2d", person.get("pose_keypoints")),
                file=name,
                field=f"{field}/people/{place}/pose_keypoints_2d",
            )
            for place, person in enumerate(everybody)
        ]
        if len({len(pose) for pose in poses}) > 1:
            raise MovementFileInvalid("keypoints_mixed", "people have different keypoints", file=name)
        others += sum(1 for person in everybody for part in _OTHER_PARTS if person.get(part))
        people.append(np.stack(poses) if poses else np.zeros((0, 0, 3), np.float32))
    movement, notes = movement_from(people, _with_canvas(frames, frame), file=file)
    if others:
        notes.append(f"{others} lists of face and hand keypoints were not used.")
    return movement, notes


def _people_of(content: object, file: str, field: str) -> list[dict[str, Any]]:
    people = content.get("people") if isinstance(content, dict) else None
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        raise MovementFileInvalid(
            "people_missing", "must be a list of people", file=file, field=f"{field}/people"
        )
    if len(people) > MAX_PEOPLE_IN_FRAME:
        raise MovementFileInvalid(
            "too_many_people",
            f"at most {MAX_PEOPLE_IN_FRAME} people in a frame, got {len(people)}",
            file=file,
        )
    return people


def _with_canvas(frames: list[tuple[str, str, Any]], frame: Frame) -> Frame:
    """The picture's size from the first file that has one, where the caller does not know it."""
    if frame.aspect is not None:
        return frame
    for _, _, content in frames:
        size = [content.get(f"canvas_{side}") for side in ("width", "height")]
        if all(isinstance(side, int) and 0 < side <= 65536 for side in size):
            return Frame(frame.fps, *size)
    return frame


def _number_of(name: str) -> int:
    found = re.search(r"(\d{1,15})$", PurePosixPath(name).name[: -len(SUFFIX)])
    if found is None:
        raise MovementFileInvalid("frame_number_missing", f"no frame number before {SUFFIX}", file=name)
    return int(found[1])
