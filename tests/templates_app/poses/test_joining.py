"""Joined movements and closed loops: no jump, no stretched limb, no lost floor."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.joining import (
    PACE_BACK,
    JoinRefused,
    best_transition,
    close_loop,
    endless,
    join,
)
from templates_app.poses.limbs import floor_of, joints_of, limbs_of, nodes_of, tree
from templates_app.poses.seams import Seams
from templates_app.poses.sequence import MAX_FRAMES, PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33, LAYOUTS, convert
from tests.factories.dances import SOLO

BLEND = 0.8
MAIN = [0, *range(11, 17), *range(23, 33)]
# Elbow to wrist and so on: the bones of arms, legs and feet.
BONES = [(start, end) for start, end in BLAZEPOSE_33.bones if start >= 11 and (start, end) != (11, 12)]
RIGID = [(11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (24, 26), (26, 28), (27, 31), (28, 32)]

Array = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def dances() -> dict[str, PoseSequence]:
    return {slug: choreography.build() for slug, choreography in CHOREOGRAPHIES.items()}


def speeds(points: npt.NDArray[np.float32], order: int) -> Array:
    """The largest speed (1) or acceleration (2) of any main joint, frame by frame."""
    return np.linalg.norm(np.diff(points[:, 0, MAIN].astype(np.float64), n=order, axis=0), axis=-1).max(
        axis=1
    )


def lengths(sequence: PoseSequence) -> Array:
    start, end = (list(ends) for ends in zip(*RIGID, strict=True))
    return np.linalg.norm(sequence.points[:, 0, end] - sequence.points[:, 0, start], axis=-1)


def pairs() -> list[tuple[str, str]]:
    return [*pairwise([*SOLO, SOLO[0]]), *pairwise([*SOLO[::-1], SOLO[-1]]), ("kemusan", "wave")]


@pytest.mark.parametrize(("before", "after"), pairs())
def test_the_seam_of_two_dances_is_as_calm_as_they_are(
    dances: dict[str, PoseSequence], before: str, after: str
) -> None:
    first, second = dances[before], dances[after]
    at = best_transition(first, second)
    joined = join(first, second, BLEND).sequence
    seam = at.last_frame + 1
    scale = float(np.median(lengths(joined)[-1] / lengths(second)[-1]))
    for order, around in ((1, slice(seam - 1, seam)), (2, slice(seam - 2, seam))):
        own = [
            np.percentile(speeds(first.points, order), 99),
            np.percentile(speeds(second.points, order), 99) * scale,
        ]
        assert speeds(joined.points, order)[around].max() <= max(own)
        blend = slice(seam - 13, seam + 13)
        assert speeds(joined.points, order)[blend].max() <= 1.35 * max(own)


@pytest.mark.parametrize(("before", "after"), pairs())
def test_limbs_keep_their_lengths(dances: dict[str, PoseSequence], before: str, after: str) -> None:
    joined = join(dances[before], dances[after], BLEND).sequence
    usual = np.median(lengths(joined), axis=0)
    assert lengths(joined) / usual == pytest.approx(np.ones_like(lengths(joined)), abs=0.02)


def test_the_second_dance_stands_on_the_floor_of_the_first_at_its_size(
    dances: dict[str, PoseSequence],
) -> None:
    first = dances["kemusan"]
    small = replace(dances["yangge"], points=(dances["yangge"].points * 0.5 + 0.1).astype(np.float32))
    joined = join(first, small, BLEND).sequence
    tail = replace(joined, points=joined.points[-100:], confidence=joined.confidence[-100:])
    assert floor_of(tail) == pytest.approx(floor_of(first), abs=0.004)
    assert np.median(lengths(tail)) == pytest.approx(np.median(lengths(joined)[:100]), rel=0.02)
    assert joined.aspect == first.aspect
    assert (joined.points[..., 0] >= 0).all()
    assert (joined.points[..., 0] <= joined.aspect).all()


def test_hips_do_not_slide_at_the_seam(dances: dict[str, PoseSequence]) -> None:
    first, second = (replace(dances[slug], aspect=16 / 9) for slug in ("idle_sway", "disco_point"))
    aside = replace(second, points=(second.points + np.float32([0.2, 0, 0])).astype(np.float32))
    here, there = join(first, second, BLEND).sequence, join(first, aside, BLEND).sequence
    assert there.points == pytest.approx(here.points, abs=1e-5), "where it was filmed does not matter"


def test_frames_far_from_the_seam_stay_as_they_are(dances: dict[str, PoseSequence]) -> None:
    first, second = dances["wave"], dances["shuffle"]
    whole, at = join(first, second, BLEND), best_transition(first, second)
    joined = whole.sequence
    assert whole.left_out_seconds == (
        (first.frame_count - 1 - at.last_frame) / first.fps,
        at.first_frame / first.fps,
    )
    kept = at.last_frame + 1 - 12
    moved = joined.points[:kept] - first.points[:kept]
    assert np.ptp(moved[..., 0]) < 1e-6, "moved sideways as a whole at most"
    assert moved[..., 1:] == pytest.approx(0, abs=1e-6)
    assert joined.frame_count == at.last_frame + 1 + second.frame_count - at.first_frame
    assert not joined.is_loop


def test_each_of_two_performers_goes_on_from_the_own_place(dances: dict[str, PoseSequence]) -> None:
    def pair(sequence: PoseSequence, apart: float) -> PoseSequence:
        shift = np.float32([apart, 0, 0])
        points = np.concatenate([sequence.points, sequence.points + shift], axis=1)
        confidence = np.concatenate([sequence.confidence] * 2, axis=1)
        return replace(sequence, points=points, confidence=confidence, aspect=16 / 9)

    joined = join(pair(dances["kemusan"], 0.5), pair(dances["yangge"], 0.9), BLEND).sequence
    hips = joined.points[:, :, [23, 24], 0].mean(axis=2)
    assert hips[-1, 1] - hips[-1, 0] == pytest.approx(0.5, abs=1e-4)


def test_another_rate_is_brought_to_the_first(dances: dict[str, PoseSequence]) -> None:
    first, second = dances["wave"], dances["yangge"]
    slower = second.resampled(15, second.frame_count // 2)
    joined = join(first, slower, BLEND).sequence
    assert joined.fps == first.fps
    assert joined.frame_count > first.frame_count + second.frame_count - 4 * 15 - 10


def test_unseen_joints_do_not_disturb_the_seen_ones(dances: dict[str, PoseSequence]) -> None:
    first, second = dances["kemusan"], dances["kpop_point"]
    wrist = BLAZEPOSE_33.index("left_wrist")
    points, confidence = second.points.copy(), second.confidence.copy()
    points[:, :, wrist], confidence[:, :, wrist] = 50, 0
    clean = best_transition(first, replace(second, confidence=confidence))
    assert best_transition(first, replace(second, points=points, confidence=confidence)) == clean
    joined = join(first, replace(second, points=points, confidence=confidence), BLEND).sequence
    others = [joint for joint in MAIN if joint != wrist]
    assert np.abs(joined.points[:, 0, others, :2]).max() < 1.2


def test_upper_bodies_are_joined_by_their_shoulders(dances: dict[str, PoseSequence]) -> None:
    halves = []
    for slug, size in (("kemusan", 1.0), ("yangge", 0.5)):
        points, confidence = (dances[slug].points * np.float32(size)).copy(), dances[slug].confidence.copy()
        points[:, :, 23:], confidence[:, :, 23:] = 40, 0.1
        halves.append(replace(dances[slug], points=points, confidence=confidence))
    at, joined = best_transition(*halves), join(*halves, BLEND).sequence
    arms = lengths(joined)[:, :4]
    assert arms[-1] == pytest.approx(arms[0], rel=0.1)
    seam = joined.points[at.last_frame - 1 : at.last_frame + 3, 0, 11:17, :2]
    assert np.abs(np.diff(seam, axis=0)).max() < 0.03
    assert np.abs(joined.points[:, 0, :17, :2]).max() < 1.2


@pytest.mark.parametrize("layout", ["coco_17", "openpose_18"])
def test_layouts_without_depth_are_joined_too(dances: dict[str, PoseSequence], layout: str) -> None:
    flat = []
    for slug in ("kemusan", "yangge"):
        dance = dances[slug]
        points, confidence = convert(dance.points, dance.confidence, source=dance.layout, target=layout)
        points[..., 2] = 0
        flat.append(replace(dance, layout=layout, points=points, confidence=confidence))
    joined = join(flat[0], flat[1], BLEND).sequence
    assert joined.points[..., 2] == pytest.approx(0, abs=1e-7)
    step = np.linalg.norm(np.diff(joined.points, axis=0), axis=-1).max()
    own = [np.linalg.norm(np.diff(dance.points, axis=0), axis=-1).max() for dance in flat]
    assert step <= 1.2 * max(own)


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
def test_the_shortest_movements_can_be_joined(dances: dict[str, PoseSequence], frames: int) -> None:
    dance = dances["wave"]
    short = replace(dance, points=dance.points[:frames], confidence=dance.confidence[:frames])
    assert join(short, short, BLEND).sequence.frame_count >= 2
    assert close_loop(short, frames).is_loop


def test_what_cannot_be_joined_is_refused(dances: dict[str, PoseSequence]) -> None:
    one = dances["wave"]
    two = replace(one, points=one.points.repeat(2, axis=1), confidence=one.confidence.repeat(2, axis=1))
    with pytest.raises(JoinRefused, match="got 1 and 2") as caught:
        join(one, two, BLEND)
    assert caught.value.code == "movements_do_not_join"
    points, confidence = convert(one.points, one.confidence, source=one.layout, target="coco_17")
    with pytest.raises(JoinRefused, match="one layout"):
        join(one, replace(one, layout="coco_17", points=points, confidence=confidence), BLEND)
    for seconds in (-0.1, 4.1, float("nan")):
        with pytest.raises(JoinRefused, match="blend"):
            join(one, one, seconds)
    long = one.resampled(one.fps, MAX_FRAMES)
    with pytest.raises(JoinRefused, match=f"at most {MAX_FRAMES}"):
        join(long, long, BLEND)


@pytest.mark.parametrize("slug", SOLO)
def test_a_cut_out_part_becomes_a_loop_without_a_seam(dances: dict[str, PoseSequence], slug: str) -> None:
    dance = dances[slug]
    part = replace(dance, points=dance.points[7:97], confidence=dance.confidence[7:97], is_loop=False)
    before = Seams(part).score(89, 0)
    loop = close_loop(part, 40)
    assert loop.is_loop
    assert loop.frame_count == 90
    round_trip = np.concatenate([loop.points[-30:], loop.points[:30]])
    for order in (1, 2):
        own = np.percentile(speeds(dance.points, order), 99)
        assert speeds(round_trip, order)[29 - order + 1 : 30].max() <= own
    assert lengths(loop) / np.median(lengths(part), axis=0) == pytest.approx(np.ones((90, 10)), abs=0.02)
    assert Seams(loop).score(89, 0) < min(1.0, before)


def test_a_blend_of_nothing_only_says_that_it_is_a_loop(dances: dict[str, PoseSequence]) -> None:
    loop = close_loop(replace(dances["wave"], is_loop=False), 0)
    assert loop.is_loop
    assert loop.points is dances["wave"].points
    with pytest.raises(ValueError, match="blend_frames"):
        close_loop(dances["wave"], dances["wave"].frame_count + 1)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("root", ["hips", "chest"])
def test_limbs_make_up_the_pose_they_were_taken_from(layout: str, root: str) -> None:
    joints = len(LAYOUTS[layout].joints)
    points = np.random.default_rng(1).normal(size=(3, 2, joints, 3)).astype(np.float32)
    sequence = PoseSequence(layout, 30, points, np.ones((3, 2, joints), np.float32), 1.0)
    limbs = tree(layout, root)  # type: ignore[arg-type]
    nodes, _ = nodes_of(sequence)
    assert joints_of(limbs_of(nodes, limbs), limbs) == pytest.approx(points, abs=1e-6)


@pytest.mark.parametrize("slug", ["kemusan", "wave"])
def test_a_movement_that_is_no_loop_goes_on_in_rounds_without_a_freeze_or_a_jump(
    dances: dict[str, PoseSequence], slug: str
) -> None:
    whole = dances[slug]
    count = round(3.2 * whole.fps)
    short = replace(whole, points=whole.points[:count], confidence=whole.confidence[:count], is_loop=False)
    long = endless(short, 10.0)
    assert (long.duration_seconds, long.is_loop) == (pytest.approx(10.0), False)
    second = round(whole.fps)
    calmest = np.convolve(speeds(long.points, 1), np.ones(second) / second, "valid").min()
    assert calmest > 0.3 * speeds(short.points, 1).mean()
    assert speeds(long.points, 1).max() < 1.5 * speeds(short.points, 1).max()
    half = short.frame_count // 2
    np.testing.assert_array_equal(long.points[:half], short.points[:half])
    middle = slice(count + half - 5, count + half + 5)  # of the second round: as long as the first
    np.testing.assert_allclose(long.points[middle], short.points[half - 5 : half + 5], atol=0.02)


def test_a_performer_who_walked_away_walks_back_at_an_easy_pace(dances: dict[str, PoseSequence]) -> None:
    still = dances["idle_sway"]
    away = still.points.copy()
    away[..., 0] += np.linspace(0, 0.5, still.frame_count, dtype=np.float32)[:, None, None]
    walked = replace(still, points=away, is_loop=False)
    points = endless(walked, 2 * walked.duration_seconds).points
    hips = points[:, 0, 23:25, 0].mean(axis=1)
    own = np.abs(np.diff(walked.points[:, 0, 23:25, 0].mean(axis=1))).max()
    assert np.abs(np.diff(hips)).max() * still.fps < 2.5 * PACE_BACK + own * still.fps


def test_loops_and_what_is_long_enough_are_left_as_they_are(dances: dict[str, PoseSequence]) -> None:
    loop = replace(dances["kemusan"], is_loop=True)
    assert endless(loop, 29.0) is loop
    once = replace(loop, is_loop=False)
    assert endless(once, once.duration_seconds) is once
    assert endless(once, once.duration_seconds + 0.2) is once
