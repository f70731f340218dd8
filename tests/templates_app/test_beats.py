"""The beat follows cuts, tempo and corrections."""

import pytest

from templates_app.beats import Beat, beat_joined, beat_of

TAKEN = Beat(120.0, (0.25, 0.75, 1.25, 1.75, 2.25))


def test_an_uncut_take_keeps_its_beat() -> None:
    whole = beat_of(TAKEN, bpm=120.0, start_seconds=0, seconds=3, tempo=1)
    assert whole == TAKEN


def test_a_cut_moves_the_beats_to_the_new_start_and_drops_those_outside() -> None:
    cut = beat_of(TAKEN, bpm=120.0, start_seconds=0.5, seconds=1.0, tempo=1)
    assert cut == Beat(120.0, (0.25, 0.75))


def test_twice_as_fast_is_twice_the_tempo_in_half_the_time() -> None:
    fast = beat_of(TAKEN, bpm=120.0, start_seconds=0.5, seconds=0.75, tempo=2)
    assert (fast.bpm, fast.beats) == (240.0, pytest.approx((0.125, 0.375, 0.625)))


def test_a_corrected_tempo_is_an_even_grid_that_meets_the_first_measured_beat() -> None:
    corrected = beat_of(TAKEN, bpm=60.0, start_seconds=0, seconds=3, tempo=1)
    assert (corrected.bpm, corrected.beats) == (60.0, pytest.approx((0.25, 1.25, 2.25)))
    unmeasured = beat_of(Beat(None, ()), bpm=90.0, start_seconds=0, seconds=2, tempo=1)
    assert unmeasured.beats == pytest.approx((0, 0.6667, 1.3333))


def test_without_a_beat_there_are_none() -> None:
    assert beat_of(TAKEN, bpm=None, start_seconds=0, seconds=3, tempo=1) == Beat(None, ())


def test_the_beats_of_a_second_movement_are_moved_behind_the_seam() -> None:
    first, second = Beat(120.0, (0.0, 0.5, 1.0, 1.5)), Beat(120.6, (0.1, 0.6, 1.1))
    whole = beat_joined(first, second, seam_seconds=1.3, entered_seconds=0.4)
    assert whole == Beat(120.0, (0.0, 0.5, 1.0, 1.5, 2.0))


def test_no_two_beats_stand_close_at_the_seam_and_two_tempos_have_no_beat() -> None:
    first = Beat(120.0, (0.0, 0.5, 1.0))
    close = beat_joined(first, Beat(120.0, (0.0, 0.5)), seam_seconds=1.1, entered_seconds=0.0)
    assert close.beats == (0.0, 0.5, 1.0, 1.6)
    for other in (Beat(122.0, (0.0,)), Beat(None, ())):
        assert beat_joined(first, other, seam_seconds=1.1, entered_seconds=0.0) == Beat(None, ())
