"""Edits of a take: what they do to the movement, how the document is read, what is refused."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.edits import (
    MAX_CORRECTIONS,
    Correction,
    MotionEdits,
    MotionEditsInvalid,
    Trim,
    apply_edits,
)
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33, LAYOUTS, mirrored_order

WRIST = BLAZEPOSE_33.index("left_wrist")


def take(frames: int = 40, people: int = 2, seed: int = 3, **changes: Any) -> PoseSequence:
    random = np.random.default_rng(seed)
    points = random.normal(0.5, 0.2, (frames, people, 33, 3)).astype(np.float32)
    confidence = random.uniform(0.4, 1, (frames, people, 33)).astype(np.float32)
    fields = {
        "layout": "blazepose_33",
        "fps": 24,
        "aspect": 0.5625,
        "points": points,
        "confidence": confidence,
    }
    return PoseSequence(**(fields | changes))  # type: ignore[arg-type]


def still(x: float = 0.5, frames: int = 60) -> PoseSequence:
    """Nobody moves, everything is seen, at 24 frames a second: a quarter of a second is 6 frames."""
    points = np.full((frames, 1, 33, 3), x, dtype=np.float32)
    return take(frames, 1, points=points, confidence=np.full((frames, 1, 33), 0.8, dtype=np.float32))


def place(frame: int, x: float, y: float = 0.5, **changes: Any) -> Correction:
    return Correction(track=0, joint="left_wrist", frame=frame, kind="place", x=x, y=y, **changes)


def same(first: PoseSequence, second: PoseSequence) -> bool:
    return (
        (first.layout, first.fps, first.aspect, first.is_loop)
        == (second.layout, second.fps, second.aspect, second.is_loop)
        and np.array_equal(first.points, second.points)
        and np.array_equal(first.confidence, second.confidence)
    )


@st.composite
def corrections(draw: st.DrawFn) -> Correction:
    joint, kind = (
        draw(st.sampled_from(BLAZEPOSE_33.joints)),
        draw(st.sampled_from(["place", "hidden", "seen"])),
    )
    frame, track = draw(st.integers(0, 39)), draw(st.integers(0, 1))
    if kind != "place":
        last = draw(st.none() | st.integers(frame, 39))
        return Correction(track, joint, frame, kind, last_frame=last)  # type: ignore[arg-type]
    x, y = draw(st.floats(-2, 2)), draw(st.floats(-2, 2))
    return Correction(track, joint, frame, "place", x=x, y=y, reach=draw(st.none() | st.integers(0, 50)))


@st.composite
def edits(draw: st.DrawFn) -> MotionEdits:
    first = draw(st.integers(0, 39))
    trims = st.builds(Trim, st.just(first), st.integers(first, 39))
    listed = st.lists(
        corrections(), max_size=6, unique_by=lambda one: (one.track, one.joint, one.frame, one.kind)
    )
    return MotionEdits(
        trim=draw(st.none() | trims),
        people=draw(st.none() | st.sampled_from([(0,), (1,), (0, 1), (1, 0)])),
        mirror=draw(st.booleans()),
        tempo=draw(st.floats(0.5, 2)),
        loop=draw(st.booleans()),
        corrections=tuple(draw(listed)),
    )


@settings(max_examples=60, deadline=None)
@given(edits())
def test_the_document_gives_equal_edits_back(given_edits: MotionEdits) -> None:
    text = given_edits.to_json()
    read = MotionEdits.from_json(text)
    assert read == given_edits
    assert read.to_json() == text
    assert MotionEdits.from_document(given_edits.to_document()) == given_edits


@settings(max_examples=60, deadline=None)
@given(edits(), st.booleans())
def test_edits_make_a_valid_movement_at_the_rate_of_the_take(given_edits: MotionEdits, is_loop: bool) -> None:
    before = take(is_loop=is_loop)
    kept_points = before.points.copy()
    movement = apply_edits(before, given_edits)
    kept = given_edits.trim.last_frame - given_edits.trim.first_frame + 1 if given_edits.trim else 40
    assert movement.frame_count == max(1, round(kept / given_edits.tempo))
    assert movement.people_count == len(given_edits.people or (0, 1))
    assert (movement.fps, movement.aspect) == (before.fps, before.aspect)
    assert movement.is_loop == (given_edits.loop or (is_loop and kept == 40))
    assert np.array_equal(before.points, kept_points), "the take itself was altered"


@pytest.mark.parametrize("is_loop", [False, True])
def test_edits_that_say_nothing_return_the_take_exactly(is_loop: bool) -> None:
    before = take(is_loop=is_loop)
    assert same(apply_edits(before, MotionEdits()), before)
    everything = MotionEdits(trim=Trim(0, 39), people=(0, 1), tempo=1.0)
    assert same(apply_edits(before, everything), before)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_a_mirror_swaps_the_sides_and_twice_is_the_take(layout: str) -> None:
    joints = len(LAYOUTS[layout].joints)
    before = replace(
        take(),
        layout=layout,
        points=take().points[:, :, :joints],
        confidence=take().confidence[:, :, :joints],
    )
    once = apply_edits(before, MotionEdits(mirror=True))
    left, right = LAYOUTS[layout].index("left_wrist"), LAYOUTS[layout].index("right_wrist")
    assert once.points[:, :, left, 0] == pytest.approx(0.5625 - before.points[:, :, right, 0], abs=1e-6)
    assert np.array_equal(once.points[:, :, left, 1:], before.points[:, :, right, 1:])
    assert np.array_equal(once.confidence[:, :, left], before.confidence[:, :, right])
    twice = apply_edits(once, MotionEdits(mirror=True))
    assert twice.points == pytest.approx(before.points, abs=1e-6)
    assert np.array_equal(twice.confidence, before.confidence)


def test_every_left_joint_has_a_right_fellow() -> None:
    for layout in LAYOUTS.values():
        for joint in layout.joints:
            fellow = layout.joints[mirrored_order_of(layout.joints, joint)]
            assert ("left" in joint) == ("right" in fellow)
            assert ("right" in joint) == ("left" in fellow)


def mirrored_order_of(joints: tuple[str, ...], joint: str) -> int:
    name = next(name for name, layout in LAYOUTS.items() if layout.joints == joints)
    return int(mirrored_order(name)[joints.index(joint)])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 39), st.integers(0, 39), st.integers(0, 39), st.integers(0, 39))
def test_trims_compose(one: int, two: int, three: int, four: int) -> None:
    first, last = sorted((one, two))
    inner_first, inner_last = sorted((three % (last - first + 1), four % (last - first + 1)))
    outer = apply_edits(take(), MotionEdits(trim=Trim(first, last)))
    twice = apply_edits(outer, MotionEdits(trim=Trim(inner_first, inner_last)))
    at_once = apply_edits(take(), MotionEdits(trim=Trim(first + inner_first, first + inner_last)))
    assert same(twice, at_once)


def test_people_are_picked_in_the_order_of_the_edits() -> None:
    movement = apply_edits(take(people=3), MotionEdits(people=(2, 0)))
    assert np.array_equal(movement.points, take(people=3).points[:, [2, 0]])


def test_a_placed_joint_is_where_it_was_placed_and_the_rest_stays() -> None:
    before = take()
    movement = apply_edits(before, MotionEdits(corrections=(place(20, 0.25, 0.75, reach=4),)))
    assert movement.points[20, 0, WRIST, :2] == pytest.approx([0.25, 0.75], abs=1e-6)
    assert movement.confidence[20, 0, WRIST] == 1
    changed = np.argwhere((movement.points != before.points).any(axis=-1))
    assert {tuple(where) for where in changed} == {(frame, 0, WRIST) for frame in range(16, 25)}
    assert np.array_equal(movement.points[..., 2], before.points[..., 2])


def test_an_offset_fades_smoothly_over_its_reach() -> None:
    movement = apply_edits(still(), MotionEdits(corrections=(place(30, 0.7),)))
    offset = movement.points[:, 0, WRIST, 0] - 0.5
    assert np.flatnonzero(np.abs(offset) > 1e-6).tolist() == list(range(24, 37)), "6 frames on either side"
    assert offset[30] == pytest.approx(0.2, abs=1e-6)
    assert (np.diff(offset[23:31]) > 0).all()
    assert offset[24:37] == pytest.approx(offset[24:37][::-1], abs=1e-6)
    assert offset[24] < 0.015, "it begins gently"


def test_offsets_between_keyframes_never_leave_what_was_placed() -> None:
    keyframes = (place(10, 0.6), place(20, 0.7), place(40, 0.7), place(50, 0.55))
    movement = apply_edits(still(), MotionEdits(corrections=keyframes[::-1]))
    way = movement.points[:, 0, WRIST, 0]
    assert way[[10, 20, 40, 50]] == pytest.approx([0.6, 0.7, 0.7, 0.55], abs=1e-6)
    assert way[20:41] == pytest.approx(np.full(21, 0.7), abs=1e-6)
    assert (np.diff(way[10:21]) > 0).all()
    assert (np.diff(way[40:51]) < 0).all()
    # No kink: from frame to frame the speed changes by a part of the greatest speed.
    speed = np.diff(way[3:58])
    assert np.abs(np.diff(speed)).max() < 0.5 * np.abs(speed).max()


def test_a_reach_of_nothing_changes_one_frame() -> None:
    movement = apply_edits(
        still(), MotionEdits(corrections=(place(0, 0.9, reach=0), place(59, 0.1, reach=0)))
    )
    assert movement.points[[0, 59], 0, WRIST, 0] == pytest.approx([0.9, 0.1])
    alone = apply_edits(still(), MotionEdits(corrections=(place(7, 0.9, reach=0),)))
    assert np.flatnonzero(alone.points[:, 0, WRIST, 0] != np.float32(0.5)).tolist() == [7]


def test_between_two_placed_frames_an_unseen_joint_is_led_from_one_to_the_other() -> None:
    before = still()
    before.points[10:31, 0, WRIST, 0] = 77
    before.confidence[10:31, 0, WRIST] = 0.1
    movement = apply_edits(before, MotionEdits(corrections=(place(12, 0.5), place(28, 0.6))))
    way = movement.points[12:29, 0, WRIST, 0]
    assert way[[0, -1]] == pytest.approx([0.5, 0.6], abs=1e-6)
    assert (np.diff(way) >= 0).all()
    assert (movement.confidence[12:29, 0, WRIST] == 1).all()
    assert movement.confidence[[11, 29], 0, WRIST] == pytest.approx([0.1, 0.1]), "nobody placed it there"


def test_a_joint_is_hidden_and_seen_over_a_range() -> None:
    listed = (
        Correction(1, "left_wrist", 5, "hidden", last_frame=9),
        Correction(1, "left_wrist", 7, "seen"),
    )
    confidence = apply_edits(take(), MotionEdits(corrections=listed)).confidence
    assert confidence[5:10, 1, WRIST].tolist() == [0, 0, 1, 0, 0]
    untouched = np.ones(confidence.shape, dtype=bool)
    untouched[5:10, 1, WRIST] = False
    assert np.array_equal(confidence[untouched], take().confidence[untouched])


def test_a_dependant_does_not_move_along() -> None:
    elbow = Correction(0, "left_elbow", 20, "place", x=0.1, y=0.1)
    movement = apply_edits(take(), MotionEdits(corrections=(elbow,)))
    assert np.array_equal(movement.points[:, :, WRIST], take().points[:, :, WRIST])


def test_a_later_trim_does_not_move_corrections() -> None:
    keyframe = place(20, 0.25, 0.75)
    whole = apply_edits(take(), MotionEdits(corrections=(keyframe,)))
    part = apply_edits(take(), MotionEdits(corrections=(keyframe,), trim=Trim(15, 30), people=(1, 0)))
    assert np.array_equal(part.points, whole.points[15:31, [1, 0]])
    outside = apply_edits(take(), MotionEdits(corrections=(keyframe,), trim=Trim(30, 39)))
    assert np.array_equal(outside.points, take().points[30:40]), (
        "the keyframe is cut away, and its reach with it"
    )


def test_half_the_tempo_passes_through_the_same_poses() -> None:
    dance = replace(CHOREOGRAPHIES["kemusan"].build(), is_loop=False)
    slow = apply_edits(dance, MotionEdits(tempo=0.5))
    assert slow.frame_count == 2 * dance.frame_count
    assert slow.fps == dance.fps
    assert slow.points[::2] == pytest.approx(dance.points, abs=1e-6)
    # Slow movement does not jerk: between two frames the path bends instead of breaking.
    jerk = np.abs(np.diff(slow.points[:-2, ..., :2], n=2, axis=0)).max()
    straight = dance.points[:-1] + np.diff(dance.points, axis=0) / 2
    broken = np.stack([dance.points[:-1], straight], axis=1).reshape(-1, 1, 33, 3)
    assert jerk < 0.8 * np.abs(np.diff(broken[..., :2], n=2, axis=0)).max()


def test_a_loop_at_another_tempo_is_a_loop_of_whole_frames() -> None:
    dance = CHOREOGRAPHIES["shuffle"].build()
    faster = apply_edits(dance, MotionEdits(tempo=1.3))
    assert faster.is_loop
    assert faster.frame_count == round(dance.frame_count / 1.3)
    seam = np.linalg.norm(faster.points[0] - faster.points[-1], axis=-1).max()
    steps = np.linalg.norm(np.diff(faster.points, axis=0), axis=-1).max()
    assert seam <= steps


def test_a_loop_is_closed_over_the_frames_that_the_edits_say() -> None:
    dance = replace(CHOREOGRAPHIES["kemusan"].build(), is_loop=False)
    movement = apply_edits(dance, MotionEdits(trim=Trim(0, 99), loop=True, loop_blend_frames=20))
    assert movement.is_loop
    assert movement.frame_count == 100
    assert np.array_equal(movement.points[10:90], dance.points[10:90])
    seam = [np.abs(part.points[0] - part.points[99]).max() for part in (dance, movement)]
    assert seam[1] < seam[0] / 3


def document(**changes: Any) -> dict[str, Any]:
    return MotionEdits().to_document() | changes


GOOD = {"kind": "place", "track": 0, "joint": "nose", "frame": 3, "x": 0.1, "y": 0.2}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"format": "other"}, "/format"),
        ({"version": 2}, "/version"),
        ({"version": True}, "/version"),
        ({"colour": 1}, "/colour"),
        ({"trim": [1, 2]}, "/trim"),
        ({"trim": {"first_frame": 1}}, "/trim/last_frame"),
        ({"trim": {"first_frame": 1.5, "last_frame": 3}}, "/trim/first_frame"),
        ({"trim": {"first_frame": 5, "last_frame": 4}}, "/trim/last_frame"),
        ({"trim": {"first_frame": -1, "last_frame": 4}}, "/trim/first_frame"),
        ({"trim": {"first_frame": 0, "last_frame": 10**30}}, "/trim/last_frame"),
        ({"people": []}, "/people"),
        ({"people": [0, 0]}, "/people/1"),
        ({"people": [8]}, "/people/0"),
        ({"people": ["0"]}, "/people/0"),
        ({"mirror": 1}, "/mirror"),
        ({"tempo": 0.49}, "/tempo"),
        ({"tempo": "1"}, "/tempo"),
        ({"tempo": True}, "/tempo"),
        ({"tempo": 10**400}, "/tempo"),
        ({"loop": "yes"}, "/loop"),
        ({"loop_blend_frames": 4}, "/loop_blend_frames"),
        ({"loop": True, "loop_blend_frames": 241}, "/loop_blend_frames"),
        ({"corrections": {}}, "/corrections"),
        ({"corrections": [GOOD] * (MAX_CORRECTIONS + 1)}, "/corrections"),
        ({"corrections": [GOOD, 7]}, "/corrections/1"),
        ({"corrections": [GOOD, GOOD]}, "/corrections/1"),
        ({"corrections": [GOOD | {"kind": "move"}]}, "/corrections/0/kind"),
        ({"corrections": [GOOD | {"kind": ["place"]}]}, "/corrections/0/kind"),
        ({"corrections": [GOOD | {"joint": "tail"}]}, "/corrections/0/joint"),
        ({"corrections": [GOOD | {"joint": None}]}, "/corrections/0/joint"),
        ({"corrections": [GOOD | {"x": None}]}, "/corrections/0/x"),
        ({"corrections": [GOOD | {"y": 101}]}, "/corrections/0/y"),
        ({"corrections": [GOOD | {"frame": 3600}]}, "/corrections/0/frame"),
        ({"corrections": [GOOD | {"track": -1}]}, "/corrections/0/track"),
        ({"corrections": [GOOD | {"reach": -1}]}, "/corrections/0/reach"),
        ({"corrections": [GOOD | {"last_frame": 5}]}, "/corrections/0/last_frame"),
        ({"corrections": [GOOD | {"kind": "hidden"}]}, "/corrections/0/x"),
        (
            {"corrections": [{"kind": "seen", "track": 0, "joint": "nose", "frame": 3, "last_frame": 2}]},
            "/corrections/0/last_frame",
        ),
        ({"corrections": [GOOD | {"z": 1}]}, "/corrections/0/z"),
    ],
)
def test_a_fault_in_the_document_points_to_its_field(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(MotionEditsInvalid) as caught:
        MotionEdits.from_json(json.dumps(document(**changes)))
    assert caught.value.pointer == pointer
    assert caught.value.code == "motion_edits_invalid"
    assert caught.value.details["pointer"] == pointer
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"tempo": NaN}', '{"mirror": true, "mirror": false}', "[" * 100_000, "7" * 5000],
)
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(MotionEditsInvalid):
        MotionEdits.from_json(text)


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        (MotionEdits(trim=Trim(0, 40)), "/trim/last_frame"),
        (MotionEdits(people=(0, 2)), "/people/1"),
        (MotionEdits(corrections=(place(40, 0.1),)), "/corrections/0/frame"),
        (MotionEdits(corrections=(replace(place(4, 0.1), track=2),)), "/corrections/0/track"),
        (MotionEdits(corrections=(replace(place(4, 0.1), joint="neck"),)), "/corrections/0/joint"),
        (
            MotionEdits(corrections=(Correction(0, "nose", 3, "hidden", last_frame=40),)),
            "/corrections/0/last_frame",
        ),
        (MotionEdits(loop=True, loop_blend_frames=41), "/loop_blend_frames"),
    ],
)
def test_edits_that_do_not_fit_the_take_are_refused(asked: MotionEdits, pointer: str) -> None:
    with pytest.raises(MotionEditsInvalid) as caught:
        apply_edits(take(), asked)
    assert caught.value.pointer == pointer


def test_a_tempo_that_makes_too_many_frames_is_refused() -> None:
    with pytest.raises(MotionEditsInvalid) as caught:
        apply_edits(take(frames=2000, people=1), MotionEdits(tempo=0.5))
    assert caught.value.pointer == "/tempo"


def test_as_many_corrections_as_are_allowed_are_applied_quickly() -> None:
    listed = tuple(
        Correction(0, BLAZEPOSE_33.joints[number % 33], number // 33, "place", x=0.5, y=0.5)
        for number in range(MAX_CORRECTIONS)
    )
    given_edits = MotionEdits(corrections=listed)
    assert MotionEdits.from_json(given_edits.to_json()) == given_edits
    movement = apply_edits(take(frames=160), given_edits)
    assert movement.points[100, 0, :, :2] == pytest.approx(np.full((33, 2), 0.5), abs=1e-6)
