"""OpenPose and COCO files, our own files: what is read, what comes back from an export, what is refused."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.formats.coco import write_coco
from templates_app.poses.formats.faults import MovementFileInvalid
from templates_app.poses.formats.keypoints import BODY_25
from templates_app.poses.formats.openpose import write_openpose_zip
from templates_app.poses.formats.people import follow
from templates_app.poses.formats.reading import Imported, read_movement
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33, COCO_17, OPENPOSE_18, convert

WIDTH, HEIGHT = 540, 960
SHARED = [BLAZEPOSE_33.index(joint) for joint in COCO_17.joints]


@pytest.fixture(scope="module")
def dance() -> PoseSequence:
    whole = CHOREOGRAPHIES["kemusan"].build()
    return replace(whole, points=whole.points[:40], confidence=whole.confidence[:40], is_loop=False)


def read(data: bytes | str, name: str, **changes: Any) -> Imported:
    told = {"fps": 30.0, "width": WIDTH, "height": HEIGHT} | changes
    return read_movement(data.encode() if isinstance(data, str) else data, name, **told)


def refused(data: bytes | str, name: str, **changes: Any) -> MovementFileInvalid:
    with pytest.raises(MovementFileInvalid) as caught:
        read(data, name, **changes)
    assert caught.value.code == "movement_file_invalid"
    assert caught.value.details["reason"] == caught.value.reason
    return caught.value


def zipped(files: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, str | bytes) else json.dumps(content))
    return out.getvalue()


def person(joints: int, x: float = 300, y: float = 100, size: float = 400) -> dict[str, Any]:
    """Somebody whose joints lie on a slanted line."""
    steps = np.linspace(0, 1, joints)
    rows = np.column_stack([x + 0.2 * size * steps, y + size * steps, np.full(joints, 0.9)])
    return {"pose_keypoints_2d": rows.ravel().tolist()}


def test_openpose_brings_back_what_was_exported(dance: PoseSequence) -> None:
    data = write_openpose_zip(dance, width=WIDTH, height=HEIGHT)
    assert write_openpose_zip(dance, width=WIDTH, height=HEIGHT) == data
    result = read(data, "dance.zip", width=None, height=None)
    sequence = result.sequence
    assert (sequence.layout, sequence.fps, sequence.people_count) == ("blazepose_33", 30, 1)
    assert sequence.aspect == pytest.approx(WIDTH / HEIGHT)
    assert sequence.points[:, :, SHARED, :2] == pytest.approx(dance.points[:, :, SHARED, :2], abs=1e-5)
    assert sequence.confidence[:, :, SHARED] == pytest.approx(dance.confidence[:, :, SHARED], abs=1e-4)
    others = [joint for joint in range(33) if joint not in SHARED]
    assert not sequence.confidence[:, :, others].any()
    assert any("left_heel" in note for note in result.notes)


def test_coco_brings_back_what_was_exported(dance: PoseSequence) -> None:
    text = write_coco(dance, width=WIDTH, height=HEIGHT)
    sequence = read(text, "dance.json", fps=None, width=None, height=None).sequence
    assert sequence.fps == 30
    assert sequence.points[:, :, SHARED, :2] == pytest.approx(dance.points[:, :, SHARED, :2], abs=1e-5)
    assert sequence.confidence[:, :, SHARED] == pytest.approx(dance.confidence[:, :, SHARED], abs=1e-4)
    document = json.loads(text)
    assert document["categories"][0]["keypoints"] == list(COCO_17.joints)
    results = json.dumps([
        {"image_id": entry["image_id"], "category_id": 1, "keypoints": entry["keypoints"], "score": 0.9}
        for entry in document["annotations"]
    ])  # fmt: skip
    again = read(results, "results.json").sequence
    assert np.array_equal(again.points, sequence.points)


def test_two_dancers_who_are_listed_in_any_order_keep_their_tracks(dance: PoseSequence) -> None:
    points, confidence = convert(dance.points, dance.confidence, source="blazepose_33", target="openpose_18")
    files = {}
    for number in range(dance.frame_count):
        everybody = []
        for shift in (0.0, 400.0):
            rows = np.column_stack([points[number, 0, :, :2] * HEIGHT, confidence[number, 0]])
            rows[:, 0] += shift
            everybody.append({"pose_keypoints_2d": rows.ravel().tolist()})
        if number % 3 == 1:
            everybody.reverse()
        if 20 <= number < 24:
            everybody = everybody[:1] if number % 3 != 1 else everybody[1:]
        files[f"clip_{number:012d}_keypoints.json"] = {"people": everybody}
    sequence = read(zipped(files), "pair.zip", width=1280).sequence
    assert sequence.people_count == 2
    hips = sequence.points[:, :, 23, 0] * HEIGHT
    assert (hips[:, 0] < 500).all()
    there = sequence.confidence[:, 1].any(axis=1)
    assert there.tolist() == [not 20 <= number < 24 for number in range(40)]
    assert (hips[there, 1] > 500).all()


def test_body_25_gives_heels_and_toes() -> None:
    sequence = read(zipped({"a_0_keypoints.json": {"people": [person(25)]}}), "a.zip").sequence
    for joint in ("left_heel", "right_foot_index", "nose", "right_hip"):
        row = BODY_25.index(joint) / 24
        place = [(300 + 80 * row) / HEIGHT, (100 + 400 * row) / HEIGHT, 0]
        assert sequence.points[0, 0, BLAZEPOSE_33.index(joint)] == pytest.approx(place, abs=1e-6)
        assert sequence.confidence[0, 0, BLAZEPOSE_33.index(joint)] == pytest.approx(0.9)
    assert not sequence.confidence[0, 0, BLAZEPOSE_33.index("left_thumb")]


def test_coordinates_between_0_and_1_are_parts_of_the_sides() -> None:
    rows = np.column_stack([np.linspace(0.2, 0.8, 18), np.linspace(0.1, 0.9, 18), np.ones(18)])
    frame = {
        "people": [{"pose_keypoints_2d": rows.ravel().tolist()}],
        "canvas_width": 540,
        "canvas_height": 960,
    }
    result = read(json.dumps([frame, frame]), "dwpose.json", width=None, height=None)
    nose, wrist = OPENPOSE_18.index("nose"), OPENPOSE_18.index("left_wrist")
    for source, joint in ((nose, "nose"), (wrist, "left_wrist")):
        place = [rows[source, 0] * 540 / 960, rows[source, 1], 0]
        assert result.sequence.points[1, 0, BLAZEPOSE_33.index(joint)] == pytest.approx(place, abs=1e-6)
    assert any("parts of the picture's sides" in note for note in result.notes)


def test_frames_stand_in_the_order_of_their_numbers_and_gaps_hold_nobody() -> None:
    files = {
        f"clip_{number}_keypoints.json": {"people": [person(18, x=10 * number)]} for number in (10, 9, 12, 8)
    }
    result = read(zipped(files), "clip.zip")
    seen = result.sequence.confidence[:, 0].any(axis=1)
    assert seen.tolist() == [True, True, True, False, True]
    assert (np.diff(result.sequence.points[seen, 0, 0, 0]) > 0).all()
    assert any("1 frames are missing" in note for note in result.notes)
    even = {f"clip_{number:03d}_keypoints.json": {"people": [person(18)]} for number in (0, 5, 10)}
    assert read(zipped(even), "clip.zip").sequence.frame_count == 3


def test_faces_and_hands_are_counted_and_other_files_ignored() -> None:
    somebody = person(18) | {"face_keypoints_2d": [1.0] * 210, "hand_left_keypoints_2d": []}
    files = {"a_0_keypoints.json": {"people": [somebody]}, "readme.txt": "hello", "__MACOSX/x.json": "{"}
    result = read(zipped(files), "a.zip")
    assert any(note.startswith("1 lists of face and hand") for note in result.notes)


def test_the_visibility_flags_of_coco_are_told_from_confidence() -> None:
    rows = np.column_stack([np.arange(17) * 20.0, np.arange(17) * 30.0, np.full(17, 2)])
    rows[3, 2], rows[4] = 1, 0
    document = {
        "images": [{"id": 7, "width": WIDTH, "height": HEIGHT}, {"id": 9, "width": WIDTH, "height": HEIGHT}],
        "annotations": [{"image_id": 9, "keypoints": rows.ravel().tolist()}],
    }
    result = read(json.dumps(document), "coco.json", width=None, height=None)
    assert result.sequence.frame_count == 2
    assert not result.sequence.confidence[0].any(), "an image without an annotation is a frame without people"
    confidence = [result.sequence.confidence[1, 0, BLAZEPOSE_33.index(joint)] for joint in COCO_17.joints]
    assert confidence == [1, 1, 1, 0.5, 0] + [1] * 12


def test_a_file_that_is_nested_too_deeply_is_refused_for_that() -> None:
    with pytest.raises(MovementFileInvalid, match="nested too deeply"):
        read_movement(b"[" * 200_000, "a.json", fps=None, width=None, height=None)


@pytest.mark.parametrize("nested", [False, True])
def test_plain_arrays_of_coco_keypoints_are_read(nested: bool) -> None:
    rows = np.column_stack([np.arange(17) * 20.0, np.arange(17) * 30.0, np.full(17, 0.8)]).tolist()
    document = {"keypoints": [[rows] if nested else rows] * 3, "fps": 25, "width": WIDTH, "height": HEIGHT}
    sequence = read(json.dumps(document), "x.json", fps=None, width=None, height=None).sequence
    assert (sequence.fps, sequence.frame_count, sequence.people_count) == (25, 3, 1)
    ankle = sequence.points[2, 0, BLAZEPOSE_33.index("right_ankle")]
    assert ankle == pytest.approx([320 / HEIGHT, 480 / HEIGHT, 0], abs=1e-6)


def test_our_own_files_come_back_exactly_and_other_layouts_are_converted(dance: PoseSequence) -> None:
    for data, name in ((dance.to_npz(), "a.npz"), (dance.to_npz(), "a.zip"), (dance.to_json(), "a.json")):
        result = read(data, name)
        assert result.sequence.points == pytest.approx(dance.points, abs=6e-6)
        assert (result.sequence.aspect, result.notes) == (dance.aspect, ())
    points, confidence = convert(dance.points, dance.confidence, source=dance.layout, target="coco_17")
    flat = replace(dance, layout="coco_17", points=points, confidence=confidence)
    result = read(flat.to_npz(), "coco.npz")
    assert result.sequence.layout == "blazepose_33"
    assert np.array_equal(result.sequence.points[:, :, SHARED], dance.points[:, :, SHARED])
    assert "coco_17" in result.notes[0]


def test_what_the_file_does_not_say_must_be_given() -> None:
    data = zipped({"a_0_keypoints.json": {"people": [person(18)]}})
    assert refused(data, "a.zip", fps=None).reason == "fps_missing"
    assert refused(data, "a.zip", width=None).reason == "size_missing"


def one(values: Any) -> bytes:
    return zipped({"a_0_keypoints.json": {"people": [{"pose_keypoints_2d": values}]}})


GOOD = person(18)["pose_keypoints_2d"]
NUMBERS = ("a_0_keypoints.json", "/people/0/pose_keypoints_2d")


@pytest.mark.parametrize(
    ("data", "name", "reason", "file", "field"),
    [
        (b"", "a.zip", "file_empty", "a.zip", ""),
        (b"hello", "a.zip", "archive_damaged", "a.zip", ""),
        (b"hello", "a.npz", "pose_sequence_invalid", "a.npz", ""),
        (b"hello", "a.fbx", "format_unknown", "a.fbx", ""),
        (b"\xff\xfe", "a.json", "not_utf8", "a.json", ""),
        (b"{", "a.json", "not_json", "a.json", ""),
        (b"[" * 200_000, "a.json", "not_json", "a.json", ""),
        (b'{"people": [NaN]}', "a.json", "not_json", "a.json", ""),
        (b"7", "a.json", "format_unknown", "a.json", ""),
        (b"[7]", "a.json", "wrong_shape", "a.json", "/0/image_id"),
        (b"[]", "a.json", "too_many_frames", "a.json", ""),
        (b'{"people": 3}', "a.json", "people_missing", "a.json", "/0/people"),
        (b'{"people": []}', "a.json", "nobody_seen", "a.json", ""),
        (b'{"annotations": 3}', "a.json", "wrong_shape", "a.json", "/annotations"),
        (b'{"annotations": [{"image_id": 1}]}', "a.json", "keypoints_wrong_length", "a.json",
         "/annotations/0/keypoints"),
        (b'{"annotations": [], "images": [{"id": "x"}]}', "a.json", "wrong_shape", "a.json", "/images/0/id"),
        (b'{"keypoints": [[1, 2]]}', "a.json", "wrong_shape", "a.json", "/keypoints/0"),
        (b'{"keypoints": 5}', "a.json", "wrong_shape", "a.json", "/keypoints"),
        (zipped({"x.json": {}}), "a.zip", "no_frames", "a.zip", ""),
        (zipped({"a_keypoints.json": {}}), "a.zip", "frame_number_missing", "a_keypoints.json", ""),
        (zipped({"a_0_keypoints.json": {}}), "a.zip", "people_missing", "a_0_keypoints.json", "/people"),
        (zipped({"a_0_keypoints.json": {"people": []}, "b_0_keypoints.json": {"people": []}}), "a.zip",
         "frame_twice", "b_0_keypoints.json", ""),
        (zipped({f"a_{number}_keypoints.json": {"people": []} for number in (0, 7, 999_999_999)}), "a.zip",
         "too_many_frames", "a.zip", ""),
        (one(GOOD[:-1]), "a.zip", "keypoints_wrong_length", *NUMBERS),
        (one({"0": 1}), "a.zip", "keypoints_wrong_length", *NUMBERS),
        (one(["1"] * 54), "a.zip", "not_a_number", *NUMBERS),
        (one([10**400] * 54), "a.zip", "number_out_of_range", *NUMBERS),
        (one([1e7] * 54), "a.zip", "number_out_of_range", *NUMBERS),
        (one([5.0, 5.0, -1.0] * 18), "a.zip", "number_out_of_range", "a.zip", ""),
        (one([0] * 54), "a.zip", "nobody_seen", "a.zip", ""),
        (zipped({"a_0_keypoints.json": {"people": [person(18), person(25)]}}), "a.zip", "keypoints_mixed",
         "a_0_keypoints.json", ""),
        (zipped({"a_0_keypoints.json": {"people": [person(18)] * 33}}), "a.zip", "too_many_people",
         "a_0_keypoints.json", "/people"),
    ],
)  # fmt: skip
def test_a_fault_names_its_file_and_its_field(
    data: bytes, name: str, reason: str, file: str, field: str
) -> None:
    fault = refused(data, name)
    assert (fault.reason, fault.file, fault.field) == (reason, file, field)
    assert len(str(fault)) < 600


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    bomb = zipped({"a_0_keypoints.json": b" " * (50 * 1024**2)})
    assert len(bomb) < 100_000
    assert refused(bomb, "a.zip").reason == "archive_too_large"
    crowd = zipped({f"{number}.txt": "" for number in range(20_001)})
    assert refused(crowd, "a.zip").reason == "archive_too_large"
    npz = zipped({"points.npy": b"0" * (60 * 1024**2)})
    assert refused(npz, "a.npz").reason == "pose_sequence_invalid"


@pytest.mark.parametrize("bad", [{"fps": 0.5}, {"fps": float("nan")}, {"width": 0}, {"height": 10**6}])
def test_arguments_outside_their_limits_are_refused(bad: dict[str, Any]) -> None:
    assert refused(one(GOOD), "a.zip", **bad).reason == "number_out_of_range"


def test_a_crowd_that_changes_places_in_every_frame_takes_bounded_time() -> None:
    random = np.random.default_rng(0)
    frames = []
    for _ in range(600):
        people = np.ones((32, 17, 3), dtype=np.float32)
        people[..., :2] = random.uniform(0, 50, (32, 1, 2)) + random.uniform(0, 0.1, (32, 17, 2))
        frames.append(people)
    started = time.process_time()
    tracks, dropped = follow(frames, 30)
    assert time.process_time() - started < 10
    assert tracks.shape == (600, 8, 17, 3)
    assert dropped > 1000


@pytest.mark.parametrize("write", [write_coco, write_openpose_zip])
def test_who_is_not_seen_is_not_exported(dance: PoseSequence, write: Callable[..., bytes | str]) -> None:
    confidence = dance.confidence.copy()
    confidence[5] = 0
    data = write(replace(dance, confidence=confidence), width=WIDTH, height=HEIGHT)
    name = "a.json" if isinstance(data, str) else "a.zip"
    sequence = read(data, name).sequence
    assert sequence.frame_count == dance.frame_count
    assert np.flatnonzero(~sequence.confidence.any(axis=(1, 2))).tolist() == [5]
