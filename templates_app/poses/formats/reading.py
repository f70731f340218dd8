"""One door for movements from elsewhere: whatever the file is, a blazepose_33 sequence. Pure Python."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO

from templates_app.poses.formats.coco import read_coco
from templates_app.poses.formats.faults import MovementFileInvalid
from templates_app.poses.formats.json_files import parse_json
from templates_app.poses.formats.keypoints import Frame
from templates_app.poses.formats.openpose import read_openpose_list, read_openpose_zip
from templates_app.poses.formats.skeleton_motion import read_bvh
from templates_app.poses.sequence import FORMAT_NAME, PoseSequence, PoseSequenceError
from templates_app.poses.skeletons import convert

MAX_FILE_BYTES = 64 * 1024**2
NPZ, ZIP, BVH, JSON = ".npz", ".zip", ".bvh", ".json"


@dataclass(frozen=True)
class Imported:
    """A movement from a file.

    sequence: in blazepose_33. notes: English sentences on what was assumed, derived or left out.
    """

    sequence: PoseSequence
    notes: tuple[str, ...]


def read_movement(
    data: bytes, filename: str, *, fps: float | None, width: int | None, height: int | None
) -> Imported:
    """Reads our own npz and JSON, OpenPose and DWPose, COCO and BVH files; docs/motion-edits.md lists them.

    fps: frame rate of the keypoints, needed where the file does not say it; for BVH the rate to read it at.
        Our own files and those that say it themselves keep theirs, unless it is given.
    width, height: size of the picture that keypoints were measured in, needed where the file does not say
        it; for BVH only their ratio counts, 9:16 unless given. Ignored for our own files, as is fps.
    Raises MovementFileInvalid.
    """
    _check_arguments(data, filename, fps, width, height)
    frame = Frame(fps, width, height)
    ending = filename.lower()[-4:] if not filename.lower().endswith(JSON) else JSON
    if ending == BVH:
        return _imported(read_bvh(data, frame, file=filename))
    if ending == NPZ or (ending == ZIP and _is_npz(data)):
        return _ours(lambda: PoseSequence.from_npz(data), filename)
    if ending == ZIP:
        return _imported(read_openpose_zip(data, frame, file=filename))
    if ending == JSON:
        return _from_json(data, filename, frame)
    raise MovementFileInvalid(
        "format_unknown", "the name must end in .npz, .json, .zip or .bvh", file=filename
    )


def _check_arguments(
    data: bytes, filename: str, fps: float | None, width: int | None, height: int | None
) -> None:
    if not data or len(data) > MAX_FILE_BYTES:
        raise MovementFileInvalid(
            "file_too_large" if data else "file_empty",
            f"1 to {MAX_FILE_BYTES} bytes are allowed, got {len(data)}",
            file=filename,
        )
    if fps is not None and not 1 <= fps <= 120:
        raise MovementFileInvalid("number_out_of_range", f"fps must be 1 to 120, got {fps}", file=filename)
    for name, side in (("width", width), ("height", height)):
        if side is not None and not 1 <= side <= 65536:
            raise MovementFileInvalid(
                "number_out_of_range", f"{name} must be 1 to 65536, got {side}", file=filename
            )


def _from_json(data: bytes, filename: str, frame: Frame) -> Imported:
    document = parse_json(data, file=filename)
    if isinstance(document, dict) and document.get("format") == FORMAT_NAME:
        return _ours(lambda: PoseSequence.from_json(data.decode("utf-8-sig")), filename)
    if isinstance(document, dict) and "people" in document:
        return _imported(read_openpose_list([document], frame, file=filename))
    if isinstance(document, list) and document and isinstance(document[0], dict) and "people" in document[0]:
        return _imported(read_openpose_list(document, frame, file=filename))
    return _imported(read_coco(document, frame, file=filename))


def _imported(result: tuple[PoseSequence, list[str]]) -> Imported:
    sequence, notes = result
    return Imported(sequence, tuple(notes))


def _ours(read: Callable[[], PoseSequence], filename: str) -> Imported:
    try:
        sequence = read()
    except PoseSequenceError as error:
        raise MovementFileInvalid("pose_sequence_invalid", str(error), file=filename) from error
    if sequence.layout == "blazepose_33":
        return Imported(sequence, ())
    points, confidence = convert(
        sequence.points, sequence.confidence, source=sequence.layout, target="blazepose_33"
    )
    note = f"Converted from {sequence.layout}; joints that it does not have are not seen."
    return Imported(replace(sequence, layout="blazepose_33", points=points, confidence=confidence), (note,))


def _is_npz(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return "points.npy" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
