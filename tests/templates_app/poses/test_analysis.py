"""What the analysis says of movements whose nature is known."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.analysis import analyse
from templates_app.poses.seams import MAIN_JOINTS, Seams, best_loops
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33
from templates_app.poses.turning import turns_of, yaw_of
from tests.factories.dances import SOLO

LEGS = [BLAZEPOSE_33.index(f"{side}_{part}") for side in ("left", "right") for part in ("knee", "ankle")]


@pytest.fixture(scope="module")
def dance() -> PoseSequence:
    return CHOREOGRAPHIES["kemusan"].build()


def two_of(sequence: PoseSequence, shift: float) -> PoseSequence:
    points = np.concatenate([sequence.points, sequence.points + np.float32([shift, 0, 0])], axis=1)
    return replace(sequence, points=points, confidence=sequence.confidence.repeat(2, axis=1), aspect=16 / 9)


def turned(sequence: PoseSequence, degrees: np.ndarray) -> PoseSequence:
    """The performer turned about the upright line through the hips, by so many degrees in each frame."""
    hips = sequence.points[:, :, [23, 24]].mean(axis=2, keepdims=True)
    x, y, z = np.moveaxis(sequence.points - hips, -1, 0)
    angle = np.radians(degrees)[:, None, None]
    out = np.stack([x * np.cos(angle) + z * np.sin(angle), y, z * np.cos(angle) - x * np.sin(angle)], axis=-1)
    return replace(sequence, points=(out + hips).astype(np.float32), is_loop=False)


@pytest.mark.parametrize("slug", SOLO)
def test_our_own_dances_are_frontal_seamless_and_whole(slug: str) -> None:
    found = analyse(CHOREOGRAPHIES[slug].build())
    assert found.body_style == "full"
    assert found.people_count == 1
    assert found.loop_score is not None
    assert found.loop_score < 1
    assert (found.turns, found.hard_reasons, found.is_hard_for_cutout) == ((), (), False)
    assert found.floor == pytest.approx(0.94, abs=0.005)
    assert found.feet_on_floor_share is not None
    assert found.feet_on_floor_share > 0.9
    assert found.out_of_frame_share == 0


def test_a_pair_is_two_whole_people_and_a_seated_dancer_half_a_body() -> None:
    pair, seated = (analyse(CHOREOGRAPHIES[slug].build()) for slug in ("pair_mirror", "hand_dance"))
    assert (pair.people_count, pair.body_style) == (2, "full")
    assert (seated.people_count, seated.body_style) == (1, "half")
    for found in (pair, seated):
        assert found.loop_score is not None
        assert found.loop_score < 1
        assert found.turns == ()


def test_the_strip_and_the_worst_moments_show_where_a_joint_is_lost(dance: PoseSequence) -> None:
    confidence = np.full_like(dance.confidence, 0.9)
    wrist = BLAZEPOSE_33.index("right_wrist")
    confidence[100:110, 0, wrist] = 0.1
    confidence[200:203, 0, wrist] = 0.2
    found = analyse(replace(dance, confidence=confidence), buckets=10)
    sight = next(sight for sight in found.joints if sight.joint == "right_wrist")
    assert len(found.joints) == 33
    assert sight.unseen_share == pytest.approx(13 / dance.frame_count, abs=1e-4)
    assert len(sight.strip) == 10
    assert min(sight.strip) == sight.strip[4]
    assert sight.strip[0] == pytest.approx(0.9)
    assert [(moment.first_frame, moment.last_frame) for moment in sight.worst] == [(100, 109), (199, 204)]
    assert sight.worst[0].confidence == pytest.approx(0.1)
    other = next(sight for sight in found.joints if sight.joint == "left_wrist")
    assert (other.unseen_share, other.worst) == (0, ())


@pytest.mark.parametrize("hidden", ["unseen", "below the frame"])
def test_without_legs_a_body_is_half(dance: PoseSequence, hidden: str) -> None:
    points, confidence = dance.points.copy(), dance.confidence.copy()
    if hidden == "unseen":
        confidence[:, :, LEGS] = 0.1
    else:
        points[:, :, LEGS, 1] += 0.5
    assert analyse(replace(dance, points=points, confidence=confidence)).body_style == "half"


def test_without_hips_the_shoulders_are_the_measure(dance: PoseSequence) -> None:
    points, confidence = dance.points.copy(), dance.confidence.copy()
    points[:, :, 23:], confidence[:, :, 23:] = 40, 0.1
    upper = replace(dance, points=points, confidence=confidence)
    found = analyse(upper)
    assert (found.body_style, found.floor, found.hard_reasons) == ("half", None, ())
    assert found.loop_score is not None
    assert found.loop_score < 1
    # The arms of this dance move about as much as its legs, and the unit is the same.
    assert np.mean(found.energy) == pytest.approx(np.mean(analyse(dance).energy), rel=0.15)
    assert best_loops(upper, 1, min_seconds=4)[0].score < 2


def test_energy_does_not_depend_on_size_and_doubles_with_tempo(dance: PoseSequence) -> None:
    found = analyse(dance)
    assert len(found.energy) == int(np.ceil((dance.frame_count - 1) / dance.fps))
    small = replace(dance, points=(dance.points * 0.4).astype(np.float32))
    assert analyse(small).energy == pytest.approx(found.energy, rel=1e-3)
    assert np.mean(analyse(replace(dance, fps=60)).energy) == pytest.approx(
        2 * np.mean(found.energy), rel=0.05
    )
    still = replace(dance, points=dance.points[:1].repeat(60, axis=0), confidence=dance.confidence[:60])
    assert set(analyse(still).energy) == {0.0}
    lively, calm = (
        np.mean(analyse(CHOREOGRAPHIES[slug].build()).energy) for slug in ("shuffle", "idle_sway")
    )
    assert lively > 3 * calm


def test_the_largest_movement_is_found(dance: PoseSequence) -> None:
    points = CHOREOGRAPHIES["idle_sway"].build().points.copy()
    points[80:, 0, BLAZEPOSE_33.index("left_elbow"), 0] += 0.3
    calm = replace(CHOREOGRAPHIES["idle_sway"].build(), points=points)
    largest = analyse(calm).largest_movement
    assert largest is not None
    assert (largest.joint, largest.frame, largest.track) == ("left_elbow", 79, 0)


def test_a_turn_is_found_where_it_is(dance: PoseSequence) -> None:
    degrees = np.zeros(dance.frame_count)
    degrees[60:100] = 180
    degrees[150:170] = 85
    found = turns_of(turned(dance, degrees))
    assert [turn.facing for turn in found] == ["back", "side"]
    assert [(turn.first_frame, turn.last_frame) for turn in found] == [
        (pytest.approx(60, abs=2), pytest.approx(99, abs=2)),
        (pytest.approx(150, abs=2), pytest.approx(169, abs=2)),
    ]
    analysis = analyse(turned(dance, degrees))
    assert analysis.turns_away_share == pytest.approx(60 / dance.frame_count, abs=0.02)
    assert {"turns_away", "shows_back"} <= set(analysis.hard_reasons)
    assert analysis.is_hard_for_cutout


def test_the_yaw_of_a_known_turn_is_measured() -> None:
    sway = CHOREOGRAPHIES["idle_sway"].build()
    for degrees in (0, 45, 90, 135, 180):
        yaw = yaw_of(turned(sway, np.full(sway.frame_count, float(degrees))), 0)
        assert np.median(yaw) == pytest.approx(degrees, abs=8)


def test_without_depth_a_turn_is_told_by_its_width_and_the_hidden_face(dance: PoseSequence) -> None:
    degrees = np.zeros(dance.frame_count)
    degrees[60:100] = 180
    flat = turned(dance, degrees)
    points, confidence = flat.points.copy(), flat.confidence.copy()
    points[..., 2] = 0
    crossed = replace(flat, points=points)
    assert turns_of(crossed) == (), "a visible face and crossed shoulders are a mistake of the estimator"
    confidence[60:100, :, :11] = 0.05
    found = turns_of(replace(flat, points=points, confidence=confidence))
    assert [(turn.facing, turn.first_frame) for turn in found] == [("back", pytest.approx(60, abs=2))]


def test_people_who_overlap_or_fall_or_leave_are_hard(dance: PoseSequence) -> None:
    assert "people_overlap" in analyse(two_of(dance, 0.02)).hard_reasons
    assert analyse(two_of(dance, 0.6)).hard_reasons == ()
    upside_down = replace(dance, points=(dance.points * np.float32([1, -1, 1]) + np.float32([0, 1, 0])))
    assert "not_upright" in analyse(upside_down).hard_reasons
    outside = replace(dance, points=dance.points + np.float32([0.4, 0, 0]))
    found = analyse(outside)
    assert "out_of_frame" in found.hard_reasons
    assert found.out_of_frame_share > 0.5
    unsure = replace(dance, confidence=np.full_like(dance.confidence, 0.1))
    assert "unsure" in analyse(unsure).hard_reasons


def test_a_sequence_in_which_nobody_is_seen_is_analysed_without_guesses(dance: PoseSequence) -> None:
    found = analyse(replace(dance, confidence=np.zeros_like(dance.confidence)))
    assert (found.people_count, found.loop_score, found.floor, found.largest_movement) == (
        0,
        None,
        None,
        None,
    )
    assert found.body_style == "half"
    json.dumps(found.as_json(), allow_nan=False)


def test_the_analysis_is_json(dance: PoseSequence) -> None:
    document = json.loads(json.dumps(analyse(dance).as_json(), allow_nan=False))
    assert document["body_style"] == "full"
    assert document["is_hard_for_cutout"] is False
    assert document["joints"][0]["joint"] == "nose"


def test_neighbouring_frames_score_below_one_and_distant_ones_above(dance: PoseSequence) -> None:
    seams = Seams(dance)
    natural = [seams.score(frame, frame + 1) for frame in range(2, dance.frame_count - 2)]
    assert np.percentile(natural, 98) <= 1
    assert max(natural) < 1.5
    assert seams.score(dance.frame_count - 1, 0) < 1
    # A third of a second later the other leg is in the air.
    assert seams.score(dance.frame_count - 1, 10) > 2


def test_the_same_pose_on_its_way_back_is_no_seam() -> None:
    wave = CHOREOGRAPHIES["wave"].build()
    there_and_back = replace(
        wave,
        points=np.concatenate([wave.points, wave.points[::-1]]),
        confidence=wave.confidence.repeat(2, axis=0),
    )
    fastest = int(np.argmax(np.abs(np.diff(wave.points[:, 0, 15, 1]))))
    same_pose = 2 * wave.frame_count - 1 - fastest
    assert Seams(there_and_back).score(fastest, same_pose) > 1


def test_the_score_does_not_depend_on_size(dance: PoseSequence) -> None:
    small = replace(dance, points=(dance.points * 0.3 + 0.2).astype(np.float32))
    assert Seams(small).score(100, 40) == pytest.approx(Seams(dance).score(100, 40), rel=1e-3)


@pytest.mark.parametrize("slug", sorted(CHOREOGRAPHIES))
def test_the_best_loop_of_repeated_rounds_is_whole_rounds_of_the_beat(slug: str) -> None:
    choreography = CHOREOGRAPHIES[slug]
    sequence = choreography.build()
    take = replace(sequence.resampled(30, int(2.4 * sequence.frame_count)), is_loop=False)
    beats = tuple(np.arange(0, take.duration_seconds, 60 / choreography.bpm))
    loops = best_loops(take, 4, min_seconds=4, beats=beats)
    assert len(loops) == 4
    for loop in loops:
        assert loop.score < 1
        assert loop.beats is not None
        seconds = (loop.last_frame - loop.first_frame + 1) / 30
        assert seconds == pytest.approx(loop.beats * 60 / choreography.bpm, abs=0.025)
        assert 4 <= seconds <= 20
    assert loops[0].score == min(loop.score for loop in loops)
    ends = {(loop.first_frame // 8, loop.last_frame // 8) for loop in loops}
    assert len(ends) == 4, "four times the same loop is no choice"


def test_a_beat_grid_is_preferred_to_a_slightly_better_seam(dance: PoseSequence) -> None:
    take = replace(dance.resampled(30, 500), is_loop=False)
    off_grid = tuple(np.arange(0, 17, 0.7))
    for loop in best_loops(take, 3, beats=off_grid):
        length = (loop.last_frame - loop.first_frame + 1) / 30 / 0.7
        assert abs(length - round(length)) * 0.7 * 30 <= 1.5


def test_too_short_and_unseen_movements_have_no_loops(dance: PoseSequence) -> None:
    assert best_loops(dance, 3, min_seconds=60, max_seconds=90) == ()
    assert best_loops(replace(dance, confidence=np.zeros_like(dance.confidence)), 3) == ()


def test_the_named_joints_are_in_every_layout_that_is_analysed() -> None:
    assert set(MAIN_JOINTS) <= set(BLAZEPOSE_33.joints)


def test_a_minute_of_two_people_is_analysed_in_half_a_second(dance: PoseSequence) -> None:
    minute = two_of(replace(dance.resampled(30, 1800), is_loop=False), 0.5)
    seconds = []
    for _ in range(3):
        started = time.process_time()
        analyse(minute)
        best_loops(minute, 5)
        seconds.append(time.process_time() - started)
    assert min(seconds) < 0.5
