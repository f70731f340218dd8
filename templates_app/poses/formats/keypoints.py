"""Lists of keypoints as movements: units, confidence, and the way to BlazePose's layout. Pure Python."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from templates_app.poses.formats.faults import MovementFileInvalid
from templates_app.poses.formats.people import People, follow
from templates_app.poses.sequence import FARTHEST, MAX_FRAMES, PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33, COCO_17, OPENPOSE_18

MAX_PEOPLE_IN_FRAME = 32
# Coordinates up to here are parts of the picture's sides, above they are pixels.
NORMALISED_UP_TO = 2.0

# BODY_25 of OpenPose 1.4 (Cao et al. 2019): the first big toe is the tip of the foot.
BODY_25 = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow",
    "left_wrist", "mid_hip", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
    "right_eye", "left_eye", "right_ear", "left_ear", "left_foot_index", "left_small_toe", "left_heel",
    "right_foot_index", "right_small_toe", "right_heel",
)  # fmt: skip
JOINTS = {17: COCO_17.joints, 18: OPENPOSE_18.joints, 25: BODY_25}


@dataclass(frozen=True)
class Frame:
    """What the importer was told of the picture and the time; None where it was not."""

    fps: float | None
    width: int | None
    height: int | None

    @property
    def aspect(self) -> float | None:
        return self.width / self.height if self.width and self.height else None


def pose_from(values: object, *, file: str, field: str) -> npt.NDArray[np.float32]:
    """A flat list of x, y, confidence as (joints, 3). Raises MovementFileInvalid."""
    if not isinstance(values, list) or len(values) not in {3 * count for count in JOINTS}:
        expected = ", ".join(str(3 * count) for count in JOINTS)
        got = len(values) if isinstance(values, list) else type(values).__name__
        raise MovementFileInvalid(
            "keypoints_wrong_length",
            f"must be a list of {expected} numbers, got {got}",
            file=file,
            field=field,
        )
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        raise MovementFileInvalid("not_a_number", "must hold numbers only", file=file, field=field)
    try:
        pose = np.array(values, dtype=np.float64).reshape(-1, 3)
    except OverflowError:
        pose = np.full((1, 3), np.inf)
    if not np.isfinite(pose).all() or np.abs(pose).max() > 1e6:
        raise MovementFileInvalid(
            "number_out_of_range", "must hold finite numbers up to a million", file=file, field=field
        )
    return pose.astype(np.float32)


def movement_from(frames: list[People], frame: Frame, *, file: str) -> tuple[PoseSequence, list[str]]:
    """A blazepose_33 sequence of each frame's people, and notes on what was done.

    frames: (people, joints, 3) of x, y, confidence each, all with 17 (COCO), 18 or 25 (OpenPose) joints, in
    pixels or in parts of the picture's sides. Joints that BlazePose has and the source has not, inner and
    outer eyes, mouth, hands, and in all but BODY_25 heels and toes, are left at confidence 0: nothing in the
    source says where they are. Raises MovementFileInvalid.
    """
    if frame.fps is None:
        raise MovementFileInvalid("fps_missing", "the file has no frame rate, give one", file=file)
    if frame.aspect is None or frame.height is None:
        raise MovementFileInvalid("size_missing", "the file has no picture size, give one", file=file)
    if not 1 <= len(frames) <= MAX_FRAMES:
        raise MovementFileInvalid(
            "too_many_frames", f"1 to {MAX_FRAMES} frames are allowed, got {len(frames)}", file=file
        )
    counts = {people.shape[1] for people in frames if len(people)}
    if len(counts) != 1:
        problem = "nobody is in any frame" if not counts else f"people have {sorted(counts)} keypoints"
        raise MovementFileInvalid("nobody_seen" if not counts else "keypoints_mixed", problem, file=file)
    names = JOINTS[counts.pop()]
    frames = [people if len(people) else np.zeros((0, len(names), 3), np.float32) for people in frames]
    scaled, notes = _scaled(frames, frame, file)
    tracks, dropped = follow(scaled, frame.fps)
    if dropped:
        notes.append(f"{dropped} further tracks of people were left out.")
    missing = [joint for joint in BLAZEPOSE_33.joints if joint not in names]
    notes.append(f"The source does not know {len(missing)} joints: {', '.join(missing)}.")
    points = np.zeros((*tracks.shape[:2], len(BLAZEPOSE_33.joints), 3), dtype=np.float32)
    confidence = np.zeros(points.shape[:3], dtype=np.float32)
    for place, joint in enumerate(BLAZEPOSE_33.joints):
        if joint in names:
            points[:, :, place, :2] = tracks[:, :, names.index(joint), :2]
            confidence[:, :, place] = tracks[:, :, names.index(joint), 2]
    return sequence_of(points, confidence, frame.fps, frame.aspect, file=file), notes


def _scaled(frames: list[People], frame: Frame, file: str) -> tuple[list[People], list[str]]:
    """People in units of the frame's height, with confidence 0 to 1."""
    everybody = np.concatenate(frames)
    seen = everybody[..., 2] > 0
    if not seen.any():
        raise MovementFileInvalid("nobody_seen", "no keypoint of any frame is seen", file=file)
    if everybody[..., 2].min() < 0:
        raise MovementFileInvalid("number_out_of_range", "a confidence is negative", file=file)
    width, height = float(frame.width or 0), float(frame.height or 0)
    is_normalised = float(np.abs(everybody[seen][:, :2]).max()) <= NORMALISED_UP_TO
    notes = ["Coordinates were read as parts of the picture's sides." if is_normalised
             else "Coordinates were read as pixels."]  # fmt: skip
    scale = (width / height, 1.0) if is_normalised else (1 / height, 1 / height)
    highest = float(everybody[..., 2].max())
    if highest > 1:
        notes.append(f"Confidence above 1 (up to {highest:g}) counts as 1.")
    out = []
    for people in frames:
        pose = people * np.array([*scale, 1.0], dtype=np.float32)
        pose[..., 2] = np.minimum(pose[..., 2], 1.0)
        pose[pose[..., 2] == 0] = 0
        out.append(pose)
    return out, notes


def sequence_of(
    points: npt.NDArray[np.float32],
    confidence: npt.NDArray[np.float32],
    fps: float,
    aspect: float,
    *,
    file: str,
) -> PoseSequence:
    """A blazepose_33 sequence. Raises MovementFileInvalid where its rules are broken."""
    if np.abs(points).max() > FARTHEST:
        raise MovementFileInvalid(
            "number_out_of_range", f"a joint lies more than {FARTHEST} frame heights away", file=file
        )
    if not 1 <= fps <= 120 or not 0.1 <= aspect <= 10:
        raise MovementFileInvalid(
            "number_out_of_range",
            f"fps must be 1 to 120 and width / height 0.1 to 10, got {fps:g} and {aspect:g}",
            file=file,
        )
    return PoseSequence("blazepose_33", float(fps), points, confidence, float(aspect))
