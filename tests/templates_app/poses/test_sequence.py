"""Pose sequences: what is refused, what survives a round trip, how another rate is made."""

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from templates_app.poses.sequence import FORMAT_NAME, MAX_FRAMES, MAX_PEOPLE, PoseSequence, PoseSequenceError
from templates_app.poses.skeletons import LAYOUTS


def make(frames: int = 4, people: int = 1, **changes: Any) -> PoseSequence:
    joints = len(LAYOUTS["coco_17"].joints)
    points = np.linspace(0, 1, frames * people * joints * 3, dtype=np.float32)
    fields: dict[str, Any] = {
        "layout": "coco_17",
        "fps": 30,
        "points": points.reshape(frames, people, joints, 3),
        "confidence": np.full((frames, people, joints), 0.9, dtype=np.float32),
        "aspect": 0.5625,
        "is_loop": False,
    }
    return PoseSequence(**(fields | changes))


@st.composite
def sequences(draw: st.DrawFn) -> PoseSequence:
    layout = draw(st.sampled_from(sorted(LAYOUTS)))
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 3)), len(LAYOUTS[layout].joints))
    coordinates = st.floats(-3, 3, width=32)
    return PoseSequence(
        layout=layout,
        fps=draw(st.floats(1, 120)),
        points=draw(arrays.arrays(np.float32, (*shape, 3), elements=coordinates)),
        confidence=draw(arrays.arrays(np.float32, shape, elements=st.floats(0, 1, width=32))),
        aspect=draw(st.floats(0.125, 8)),
        is_loop=draw(st.booleans()),
    )


def same(first: PoseSequence, second: PoseSequence) -> bool:
    return (
        (first.layout, first.fps, first.aspect, first.is_loop)
        == (second.layout, second.fps, second.aspect, second.is_loop)
        and np.array_equal(first.points, second.points)
        and np.array_equal(first.confidence, second.confidence)
    )


@settings(max_examples=40, deadline=None)
@given(sequences())
def test_npz_loses_nothing(sequence: PoseSequence) -> None:
    read = PoseSequence.from_npz(sequence.to_npz())
    assert same(read, sequence)
    assert read.points.dtype == read.confidence.dtype == np.float32


@settings(max_examples=40, deadline=None)
@given(sequences())
def test_json_keeps_five_decimals_and_then_loses_nothing_more(sequence: PoseSequence) -> None:
    read = PoseSequence.from_json(sequence.to_json())
    assert (read.layout, read.fps, read.aspect, read.is_loop) == (
        sequence.layout,
        sequence.fps,
        sequence.aspect,
        sequence.is_loop,
    )
    assert np.abs(read.points - sequence.points).max() <= 5.3e-6
    assert np.abs(read.confidence - sequence.confidence).max() <= 5.1e-5
    assert same(PoseSequence.from_json(read.to_json()), read)


def test_the_json_form_is_as_documented() -> None:
    document = json.loads(make(frames=2, people=3).to_json())
    assert document["format"] == FORMAT_NAME
    assert document["version"] == 1
    assert document["joints"][:2] == ["nose", "left_eye"]
    assert np.shape(document["points"]) == (2, 3, 17, 3)
    assert np.shape(document["confidence"]) == (2, 3, 17)


def test_length_and_people_are_counted() -> None:
    sequence = make(frames=45, people=2)
    assert (sequence.frame_count, sequence.people_count, sequence.duration_seconds) == (45, 2, 1.5)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"layout": "openpose_18"}, r"points must be \(frames, people, 18, 3\)"),
        ({"layout": "stickman"}, r"layout must be one of \['blazepose_33'.*got 'stickman'"),
        ({"points": np.zeros((4, 1, 16, 3), np.float32)}, r"points must be \(frames, people, 17, 3\), got"),
        ({"points": np.zeros((4, 17, 3), np.float32)}, r"got \(4, 17, 3\)"),
        ({"confidence": np.zeros((3, 1, 17), np.float32)}, r"confidence must be \(4, 1, 17\), got \(3"),
        ({"points": np.full((4, 1, 17, 3), np.nan, np.float32)}, "must be finite"),
        ({"confidence": np.full((4, 1, 17), np.inf, np.float32)}, "must be finite"),
        ({"confidence": np.full((4, 1, 17), 1.5, np.float32)}, "confidence must be 0 to 1, got 1.5 to 1.5"),
        ({"points": np.full((4, 1, 17, 3), 2e6, np.float32)}, "within 100 frame heights, got 2e"),
        ({"fps": 0}, "fps must be 1 to 120 and aspect 0.1 to 10, got 0"),
        ({"fps": float("nan")}, "got nan"),
        ({"aspect": 11}, "got 30, 11"),
    ],
)
def test_bad_arrays_are_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(PoseSequenceError, match=reason):
        make(**changes)


@pytest.mark.parametrize(("frames", "people"), [(0, 1), (MAX_FRAMES + 1, 1), (1, 0), (1, MAX_PEOPLE + 1)])
def test_empty_and_endless_sequences_are_refused(frames: int, people: int) -> None:
    points = np.zeros((frames, people, 17, 3), np.float32)
    with pytest.raises(PoseSequenceError, match=f"are allowed, got {frames} and {people}"):
        make(points=points, confidence=points[..., 0])


def test_pose_errors_have_a_stable_code() -> None:
    assert PoseSequenceError.code == "pose_sequence_invalid"


def npz(**members: Any) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **members)
    return out.getvalue()


def bomb() -> bytes:
    """A small archive that unpacks to a gigabyte of zeros."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("points.npy", "w") as member,
    ):
        for _ in range(64):
            member.write(bytes(2**20))
    return out.getvalue()


def plain_npy() -> bytes:
    out = io.BytesIO()
    np.save(out, np.zeros(3))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a pose sequence file"),
        (b"hello", "not a pose sequence file"),
        (plain_npy(), "not a pose sequence file"),
        (make().to_npz()[:-40], "not a pose sequence file"),
        (npz(points=np.zeros(3)), "not a pose sequence file"),
        (
            npz(format=np.array("other"), version=np.array(1)),
            "expected tongyi-portal/pose-sequence version 1",
        ),
        (npz(format=np.array([{}], dtype=object), version=np.array(1)), "not a pose sequence file"),
        (bomb(), "points.npy unpacks to 67108864 bytes"),
    ],
    ids=["empty", "text", "npy", "truncated", "members missing", "other format", "pickled", "bomb"],
)
def test_a_file_that_is_no_sequence_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(PoseSequenceError, match=reason):
        PoseSequence.from_npz(data)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_but_never_fails_otherwise(data: st.DataObject) -> None:
    file = bytearray(make(frames=2).to_npz())
    for _ in range(data.draw(st.integers(1, 4))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    try:
        outcome = PoseSequence.from_npz(bytes(file)).frame_count
    except PoseSequenceError:
        outcome = 0
    assert outcome in {0, 1, 2}


def document(**changes: Any) -> str:
    return json.dumps(json.loads(make(frames=1).to_json()) | changes)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a pose sequence document"),
        ("[]", "not a pose sequence document"),
        ("null", "not a pose sequence document"),
        ("{}", "not a pose sequence document"),
        ("[" * 100_000, "not a pose sequence document"),
        (document(format="other"), "expected tongyi-portal/pose-sequence version 1, got 'other'"),
        (document(version=2), "got 'tongyi-portal/pose-sequence' version 2"),
        (document(points=[[1, 2], [3]]), "not a pose sequence document"),
        (document(points="many"), "nested lists of numbers"),
        (document(points=[[[["0", "0", "0"]] * 17]]), "nested lists of numbers"),
        (document(confidence=[[[None] * 17]]), "nested lists of numbers"),
        (document(points=[[[[10**400, 0, 0]] * 17]]), "not a pose sequence document|nested lists of numbers"),
        (document(points=[[[[1e300, 0, 0]] * 17]]), "must be finite"),
        (document(fps="fast"), "not a pose sequence document"),
        (document(layout=["coco_17"]), "not a pose sequence document"),
    ],
)
def test_a_document_that_is_no_sequence_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(PoseSequenceError, match=reason):
        PoseSequence.from_json(text)


def moving(frames: int, *, is_loop: bool) -> PoseSequence:
    """Frame n has every coordinate n / 10."""
    points = np.arange(frames, dtype=np.float32).reshape(frames, 1, 1, 1) / 10
    return make(frames, points=np.broadcast_to(points, (frames, 1, 17, 3)).copy(), is_loop=is_loop)


def first_coordinate(sequence: PoseSequence) -> list[float]:
    return [round(float(value), 4) for value in sequence.points[:, 0, 0, 0]]


def test_a_sequence_at_half_the_rate_has_every_second_frame() -> None:
    half = moving(6, is_loop=False).resampled(15, 3)
    assert half.fps == 15
    assert first_coordinate(half) == [0, 0.2, 0.4]


def test_new_frames_lie_between_their_neighbours() -> None:
    assert first_coordinate(moving(3, is_loop=False).resampled(60, 5)) == [0, 0.05, 0.1, 0.15, 0.2]


def test_a_loop_repeats_and_interpolates_over_its_seam() -> None:
    loop = moving(3, is_loop=True)
    assert first_coordinate(loop.resampled(30, 7)) == [0, 0.1, 0.2, 0, 0.1, 0.2, 0]
    assert first_coordinate(loop.resampled(60, 6))[-1] == pytest.approx(0.1)


def test_what_is_no_loop_holds_its_last_pose() -> None:
    assert first_coordinate(moving(3, is_loop=False).resampled(30, 5)) == [0, 0.1, 0.2, 0.2, 0.2]


@pytest.mark.parametrize(("frames", "is_loop"), [(6, True), (12, True), (9, False), (3, False)])
def test_only_whole_rounds_of_a_loop_are_a_loop(frames: int, is_loop: bool) -> None:
    assert moving(6, is_loop=True).resampled(30, frames).is_loop is is_loop


def test_an_unseen_joint_makes_what_is_interpolated_from_it_unseen() -> None:
    sequence = moving(3, is_loop=False)
    confidence = sequence.confidence.copy()
    confidence[1] = 0
    between = replace(sequence, confidence=confidence).resampled(60, 4)
    assert between.confidence[:, 0, 0].tolist() == pytest.approx([0, 0, 0, 0])
