"""COCO keypoints in JSON: annotations, results, or plain arrays of 17 keypoints. Pure Python."""

import json
from collections import defaultdict
from typing import Any

import numpy as np

from templates_app.poses.formats.faults import MovementFileInvalid
from templates_app.poses.formats.keypoints import MAX_PEOPLE_IN_FRAME, Frame, movement_from, pose_from
from templates_app.poses.formats.people import People
from templates_app.poses.sequence import MAX_FRAMES, PoseSequence
from templates_app.poses.skeletons import COCO_17, convert

# COCO's visibility flags: not labelled, labelled though hidden, seen.
VISIBILITY = {0: 0.0, 1: 0.5, 2: 1.0}
_FLAT = 3 * len(COCO_17.joints)


def read_coco(document: object, frame: Frame, *, file: str) -> tuple[PoseSequence, list[str]]:
    """The movement in a COCO document; docs/motion-edits.md shows the forms. Raises MovementFileInvalid."""
    if isinstance(document, list):
        return _from_annotations(document, {}, frame, file, "")
    if isinstance(document, dict) and "annotations" in document:
        annotations, images = document["annotations"], document.get("images", [])
        if not isinstance(annotations, list) or not isinstance(images, list):
            raise MovementFileInvalid("wrong_shape", "must be lists", file=file, field="/annotations")
        info = document.get("info")
        frame = Frame(
            frame.fps or _rate(info.get("fps") if isinstance(info, dict) else None), frame.width, frame.height
        )
        return _from_annotations(annotations, _images(images, file), frame, file, "/annotations")
    if isinstance(document, dict) and "keypoints" in document:
        return _from_arrays(document, frame, file)
    raise MovementFileInvalid(
        "format_unknown", "no annotations, keypoints or people, and no movement of ours", file=file
    )


def write_coco(sequence: PoseSequence, *, width: int, height: int) -> str:
    """COCO annotations in pixels, confidence as third values; `track_id` is the place among performers."""
    points, confidence = convert(
        sequence.points, sequence.confidence, source=sequence.layout, target="coco_17"
    )
    images = [
        {"id": number, "width": width, "height": height, "file_name": f"{number:06d}.jpg"}
        for number in range(sequence.frame_count)
    ]
    annotations: list[dict[str, Any]] = []
    for number in range(sequence.frame_count):
        for track in range(sequence.people_count):
            seen = confidence[number, track]
            if seen.max() <= 0:
                continue
            rows = np.column_stack([points[number, track, :, :2].astype(np.float64) * height, seen])
            rows[seen <= 0] = 0
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": 1,
                    "track_id": track,
                    "num_keypoints": int((seen > 0).sum()),
                    "keypoints": np.round(rows, 4).ravel().tolist(),
                }
            )
    category = {"id": 1, "name": "person", "keypoints": list(COCO_17.joints)}
    return json.dumps(
        {
            "info": {"fps": sequence.fps},
            "images": images,
            "annotations": annotations,
            "categories": [category],
        },
        separators=(",", ":"),
    )


def _images(images: list[Any], file: str) -> dict[int, tuple[int, int] | None]:
    """Frames that the file lists, with their sizes; they count also where nobody is in them."""
    out: dict[int, tuple[int, int] | None] = {}
    for place, image in enumerate(images):
        if not isinstance(image, dict) or not _is_whole(image.get("id")):
            raise MovementFileInvalid(
                "wrong_shape",
                "an image must have a whole number as id",
                file=file,
                field=f"/images/{place}/id",
            )
        size = image.get("width"), image.get("height")
        known = all(_is_whole(side) and 0 < side <= 65536 for side in size)
        out[image["id"]] = size if known else None  # type: ignore[assignment]
    return out


def _from_annotations(
    annotations: list[Any],
    images: dict[int, tuple[int, int] | None],
    frame: Frame,
    file: str,
    root: str,
) -> tuple[PoseSequence, list[str]]:
    found: dict[int, list[People]] = defaultdict(list)
    for place, annotation in enumerate(annotations):
        field = f"{root}/{place}"
        if not isinstance(annotation, dict) or not _is_whole(annotation.get("image_id")):
            raise MovementFileInvalid(
                "wrong_shape", "must have a whole number as image_id", file=file, field=f"{field}/image_id"
            )
        found[annotation["image_id"]].append(
            _coco_pose(annotation.get("keypoints"), file, f"{field}/keypoints")
        )
    numbers = sorted(set(found) | set(images))
    if len(numbers) > MAX_FRAMES:
        raise MovementFileInvalid(
            "too_many_frames", f"at most {MAX_FRAMES} images are allowed, got {len(numbers)}", file=file
        )
    sizes = {size for size in images.values() if size is not None}
    if frame.aspect is None and len(sizes) == 1:
        frame = Frame(frame.fps, *sizes.pop())
    return _movement([found[number] for number in numbers], frame, file)


def _from_arrays(document: dict[str, Any], frame: Frame, file: str) -> tuple[PoseSequence, list[str]]:
    frames = document["keypoints"]
    if not isinstance(frames, list) or not 1 <= len(frames) <= MAX_FRAMES:
        raise MovementFileInvalid(
            "wrong_shape", f"must be a list of 1 to {MAX_FRAMES} frames", file=file, field="/keypoints"
        )
    people: list[list[People]] = []
    for number, content in enumerate(frames):
        field = f"/keypoints/{number}"
        everybody = [content] if _is_pose(content) else content
        if not isinstance(everybody, list) or not all(_is_pose(pose) for pose in everybody):
            raise MovementFileInvalid(
                "wrong_shape",
                "must be 17 keypoints of x, y, confidence, or a list of such",
                file=file,
                field=field,
            )
        people.append(
            [_coco_pose([value for row in pose for value in row], file, field) for pose in everybody]
        )
    told = {name: document.get(name) for name in ("fps", "width", "height")}
    size = [told[name] if _is_whole(told[name]) else None for name in ("width", "height")]
    known = Frame(frame.fps or _rate(told["fps"]), frame.width or size[0], frame.height or size[1])
    return _movement(people, known, file)


def _movement(people: list[list[People]], frame: Frame, file: str) -> tuple[PoseSequence, list[str]]:
    most = max((len(everybody) for everybody in people), default=0)
    if most > MAX_PEOPLE_IN_FRAME:
        raise MovementFileInvalid(
            "too_many_people", f"at most {MAX_PEOPLE_IN_FRAME} people in a frame, got {most}", file=file
        )
    frames = [np.stack(poses) if poses else np.zeros((0, 17, 3), np.float32) for poses in people]
    flags = np.concatenate(frames)[..., 2] if frames else np.zeros(0)
    notes = []
    if flags.size and flags.max() > 1 and set(np.unique(flags).tolist()) <= set(VISIBILITY):
        for pose in frames:
            flag = pose[..., 2].copy()
            for value, confidence in VISIBILITY.items():
                pose[..., 2][flag == value] = confidence
        notes.append("Third values were read as COCO's visibility flags: hidden counts as 0.5.")
    movement, more = movement_from(frames, frame, file=file)
    return movement, notes + more


def _coco_pose(values: object, file: str, field: str) -> People:
    if not isinstance(values, list) or len(values) != _FLAT:
        raise MovementFileInvalid(
            "keypoints_wrong_length", f"must be a list of {_FLAT} numbers", file=file, field=field
        )
    return pose_from(values, file=file, field=field)


def _is_pose(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == len(COCO_17.joints)
        and all(isinstance(row, list) and len(row) == 3 for row in value)
        and not any(isinstance(number, list) for row in value for number in row)
    )


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _rate(value: object) -> float | None:
    """A frame rate, where it is one."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 1 <= value <= 120 else None  # type: ignore[arg-type, operator]
