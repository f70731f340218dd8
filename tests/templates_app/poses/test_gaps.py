"""Exchanged limbs, flying joints and gaps in our own dances are mended; what is right stays as it is."""

from dataclasses import replace

import numpy as np
import pytest

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.gaps import ARMS, LEGS, TRUNK, drop_outliers, fill_gaps, mend, mend_swaps
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import BLAZEPOSE_33
from templates_app.poses.smoothing import body_height

Pairs = tuple[tuple[str, str], ...]
WRIST = BLAZEPOSE_33.index("left_wrist")
INDEX_FINGER = BLAZEPOSE_33.index("left_index")


def dance(slug: str = "kemusan") -> PoseSequence:
    built = CHOREOGRAPHIES[slug].build()
    noise = np.random.default_rng(1).normal(0, 0.003 * body_height(built, 0), built.points.shape)
    return replace(built, points=(built.points + noise).astype(np.float32), is_loop=False)


def exchanged(sequence: PoseSequence, pairs: Pairs, frames: range) -> PoseSequence:
    points = sequence.points.copy()
    left = [BLAZEPOSE_33.index(name) for name, _ in pairs]
    right = [BLAZEPOSE_33.index(name) for _, name in pairs]
    at = np.array(frames)
    points[np.ix_(at, [0], left)] = sequence.points[np.ix_(at, [0], right)]
    points[np.ix_(at, [0], right)] = sequence.points[np.ix_(at, [0], left)]
    return replace(sequence, points=points)


def wrong_joints(one: PoseSequence, other: PoseSequence) -> int:
    return int((np.linalg.norm((one.points - other.points)[..., :2], axis=-1) > 1e-6).sum())


@pytest.mark.parametrize("slug", sorted(CHOREOGRAPHIES))
def test_a_dance_without_exchanged_limbs_is_left_as_it_is(slug: str) -> None:
    given = dance(slug)
    mended, moved = mend_swaps(given)
    assert moved == 0
    assert (mended.points == given.points).all()


@pytest.mark.parametrize("slug", ["disco_point", "yangge", "wave", "idle_sway", "kpop_point"])
@pytest.mark.parametrize("pairs", [ARMS, LEGS, (*TRUNK, *ARMS, *LEGS)], ids=["arms", "legs", "body"])
def test_limbs_that_were_exchanged_for_a_while_come_back(slug: str, pairs: Pairs) -> None:
    truth = dance(slug)
    given = exchanged(truth, pairs, range(60, 70))
    mended, moved = mend_swaps(given)
    assert moved > 0
    assert wrong_joints(truth, mended) <= 0.2 * wrong_joints(truth, given)


def test_legs_that_really_cross_stay_crossed() -> None:
    given = dance("kemusan")
    points = given.points.copy()
    left, right = BLAZEPOSE_33.index("left_ankle"), BLAZEPOSE_33.index("right_ankle")
    middle = (points[:, 0, left, 0] + points[:, 0, right, 0]) / 2
    half = 0.1 * np.cos(np.linspace(0, 4 * np.pi, len(points)))
    for ankle, side in ((left, 1), (right, -1)):
        points[:, 0, ankle, 0] = middle + side * half
    crossing = replace(given, points=points)
    assert mend_swaps(crossing)[1] == 0


def test_a_wrist_that_flies_off_is_dropped_with_its_hand_and_filled_again() -> None:
    truth = dance("idle_sway")
    points = truth.points.copy()
    points[50:52, 0, WRIST, :2] += 0.4
    given = replace(truth, points=points)
    dropped, count = drop_outliers(given)
    assert count >= 2
    assert (dropped.confidence[50:52, 0, [WRIST, INDEX_FINGER]] == 0).all()
    done = mend(given)
    off = np.linalg.norm(
        done.sequence.points[50:52, 0, WRIST, :2] - truth.points[50:52, 0, WRIST, :2], axis=1
    )
    assert off.max() < 0.02
    assert (done.sequence.confidence[50:52, 0, WRIST] > 0.5).all()


@pytest.mark.parametrize("slug", sorted(CHOREOGRAPHIES))
def test_hardly_anything_of_a_good_dance_is_an_outlier(slug: str) -> None:
    given = dance(slug)
    assert drop_outliers(given)[1] < 0.002 * given.confidence.size


def test_a_short_gap_is_filled_along_the_path_and_less_certain() -> None:
    truth = dance("wave")
    given = hidden(truth, slice(30, 38))
    filled, count = fill_gaps(given, 0.4)
    assert count == 8 * 33
    off = np.linalg.norm((filled.points - truth.points)[30:38, 0, :, :2], axis=-1)
    assert off.mean() < 0.02
    assert np.allclose(filled.confidence[30:38], 0.8 * truth.confidence[29:30].min(), atol=0.3)
    assert (filled.points[:30] == given.points[:30]).all()


def test_a_long_gap_stays_open_and_its_points_rest() -> None:
    truth = dance("wave")
    given = hidden(truth, slice(30, 70))
    filled, count = fill_gaps(given, 0.4)
    assert count == 0
    assert (filled.confidence[30:70] == 0).all()
    assert np.allclose(filled.points[30:70], truth.points[29:30])


def test_a_gap_at_the_beginning_stays_open() -> None:
    given = hidden(dance("wave"), slice(0, 5))
    filled, count = fill_gaps(given, 0.4)
    assert count == 0
    assert np.allclose(filled.points[:5], given.points[5:6])


def hidden(sequence: PoseSequence, frames: slice) -> PoseSequence:
    points, confidence = sequence.points.copy(), sequence.confidence.copy()
    points[frames] = np.random.default_rng(0).uniform(0, 1, points[frames].shape)
    confidence[frames] = 0
    return replace(sequence, points=points, confidence=confidence)
