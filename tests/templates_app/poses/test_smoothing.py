"""Smoothing takes away tremble, adds no lag, and keeps fast movement: measured on our own dances."""

from dataclasses import replace

import numpy as np
import pytest

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.smoothing import body_height, jitter, lag_frames, runs, smooth

NOISE = 0.01  # body heights, about twice what BlazePose trembles on a still


def noisy(sequence: PoseSequence, deviation: float = NOISE) -> PoseSequence:
    noise = np.random.default_rng(5).normal(0, deviation * body_height(sequence, 0), sequence.points.shape)
    return replace(sequence, points=(sequence.points + noise).astype(np.float32))


def error(truth: PoseSequence, other: PoseSequence) -> float:
    """Mean distance of the joints, in body heights."""
    apart = np.linalg.norm((truth.points - other.points)[..., :2], axis=-1)
    return float(apart.mean()) / body_height(truth, 0)


@pytest.mark.parametrize("slug", sorted(CHOREOGRAPHIES))
def test_a_trembling_dance_gets_calm_and_nearer_to_the_truth_without_lag(slug: str) -> None:
    truth = CHOREOGRAPHIES[slug].build()
    given = noisy(truth)
    calm = smooth(given)
    assert jitter(given) > 2.5 * jitter(calm)
    assert error(truth, calm) < 0.7 * error(truth, given)
    assert abs(lag_frames(truth, calm)) < 0.2


@pytest.mark.parametrize("slug", sorted(CHOREOGRAPHIES))
def test_a_clean_dance_loses_little(slug: str) -> None:
    truth = CHOREOGRAPHIES[slug].build()
    assert error(truth, smooth(truth)) < 0.007
    assert abs(lag_frames(truth, smooth(truth))) < 0.02


@pytest.mark.parametrize("shift", [-3, 0, 2])
def test_lag_is_counted_in_frames(shift: int) -> None:
    dance = CHOREOGRAPHIES["kemusan"].build()
    late = replace(dance, points=np.roll(dance.points, shift, axis=0))
    assert lag_frames(dance, late) == pytest.approx(shift, abs=0.05)


def test_jitter_measures_the_noise_that_was_added() -> None:
    dance = CHOREOGRAPHIES["idle_sway"].build()
    still = replace(dance, points=np.repeat(dance.points[:1], dance.frame_count, axis=0))
    assert jitter(still) == 0
    assert jitter(noisy(still)) == pytest.approx(NOISE * 20**0.5, rel=0.05)


def test_the_size_of_the_person_does_not_matter() -> None:
    given = noisy(CHOREOGRAPHIES["shuffle"].build())
    small = smooth(replace(given, points=given.points / 4))
    assert np.allclose(small.points * 4, smooth(given).points, atol=1e-4)


def test_a_joint_without_confidence_is_led_by_its_neighbours_in_time() -> None:
    dance = CHOREOGRAPHIES["idle_sway"].build()
    points, confidence = dance.points.copy(), dance.confidence.copy()
    points[40, 0, 15, 0] += 0.3
    sure = smooth(replace(dance, points=points)).points[40, 0, 15, 0] - dance.points[40, 0, 15, 0]
    confidence[40, 0, 15] = 0.02
    unsure = smooth(replace(dance, points=points, confidence=confidence)).points[40, 0, 15, 0]
    assert abs(unsure - dance.points[40, 0, 15, 0]) < 0.6 * abs(sure)


def test_frames_in_which_a_person_is_away_stay_as_they_are_and_do_not_mix() -> None:
    dance = noisy(CHOREOGRAPHIES["kpop_point"].build())
    points, confidence = dance.points.copy(), dance.confidence.copy()
    confidence[50:80] = 0
    points[50:80] = 5.0
    done = smooth(replace(dance, points=points, confidence=confidence, is_loop=False))
    assert (done.points[50:80] == 5.0).all()
    assert np.abs(done.points[:50] - dance.points[:50]).max() < 0.2


def test_a_loop_stays_a_loop_at_its_seam() -> None:
    truth = CHOREOGRAPHIES["wave"].build()
    calm = smooth(noisy(truth))
    seam = np.linalg.norm(calm.points[0, 0, :, :2] - calm.points[-1, 0, :, :2], axis=-1).mean()
    steps = np.linalg.norm(np.diff(calm.points[:, 0, :, :2], axis=0), axis=-1).mean(axis=1)
    assert seam < 1.5 * steps.max()


def test_one_or_two_frames_are_left_alone() -> None:
    dance = CHOREOGRAPHIES["wave"].build()
    short = replace(dance, points=dance.points[:2], confidence=dance.confidence[:2], is_loop=False)
    assert (smooth(short).points == short.points).all()


def test_runs_are_first_and_one_past_the_last() -> None:
    assert runs(np.array([True, True, False, True])) == [(0, 2), (3, 4)]
    assert runs(np.zeros(3, np.bool_)) == []
