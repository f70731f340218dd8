"""The language of scores: keys, eases, mirrors, loops, waves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates_app.choreography.body import neutral_channels
from templates_app.choreography.score import (
    EASE,
    FLOW,
    FPS,
    HIT,
    Ease,
    Phrase,
    Score,
    ScoreError,
    Wave,
    arm,
    both,
    foot,
    mirrored,
    phrases,
    torso,
)

# 60 beats a minute: a beat is 30 frames.
BPM = 60
CHANNELS = sorted(neutral_channels())


def track(phrase: Phrase, channel: str = "hips.x", **score: object) -> np.ndarray:
    return Score(BPM, phrase, **score).sampled()[channel]  # type: ignore[arg-type]


def test_a_channel_without_keys_keeps_its_base_value() -> None:
    values = track(Phrase(4).at(0, torso("hips", yaw=5)), base={"hips.x": 0.07})
    assert values == pytest.approx(np.full(4 * FPS, 0.07))


def test_a_key_is_reached_exactly_on_its_beat() -> None:
    values = track(
        Phrase(4).at(0, torso("hips", x=0.0)).at(1, torso("hips", x=0.3)).at(3, torso("hips", x=-0.1))
    )
    assert values[[0, 30, 90]] == pytest.approx([0.0, 0.3, -0.1])


def test_movement_between_keys_never_leaves_their_range_and_has_no_corner() -> None:
    values = track(
        Phrase(4).at(0, torso("hips", x=0.0)).at(1, torso("hips", x=0.3)).at(2.5, torso("hips", x=0.4))
    )
    assert values.min() >= 0
    assert values.max() <= 0.4 + 1e-12
    velocity = np.roll(values, -1) - values
    assert np.abs(np.roll(velocity, -1) - velocity).max() < 0.003


def test_a_flowing_key_is_passed_at_speed_and_an_eased_one_at_rest() -> None:
    start, end = torso("hips", x=0.0), torso("hips", x=0.4)
    middle = torso("hips", x=0.2)
    flowing = track(Phrase(4).at(0, start).at(1, middle, ease=FLOW).at(2, end))
    resting = track(Phrase(4).at(0, start).at(1, middle, ease=EASE).at(2, end))
    assert flowing[31] - flowing[29] > 5 * (resting[31] - resting[29])


def test_a_hit_waits_then_goes_and_settles_after_going_too_far() -> None:
    values = track(Phrase(4).at(0, torso("hips", x=0.0), ease=EASE).at(2, torso("hips", x=0.2), ease=HIT))
    assert np.abs(values[:46]).max() < 1e-9
    assert values[60] == pytest.approx(0.2 * (1 + HIT.overshoot))
    assert values[68] == pytest.approx(0.2, abs=1e-3)


def test_a_foot_never_overshoots() -> None:
    phrase = Phrase(4).at(0, foot("left", pitch=20), ease=HIT).at(2, foot("left", pitch=0), ease=HIT)
    assert track(phrase, "left.foot.pitch").min() >= 0


def test_a_preparation_before_the_first_beat_sounds_at_the_end_of_the_loop() -> None:
    values = track(Phrase(4).at(0, torso("hips", x=0.0), ease=EASE).at(-0.5, torso("hips", x=0.2)))
    assert values[105] == pytest.approx(0.2)


@pytest.mark.parametrize("beat", [4, 7.5, -1.5])
def test_a_key_outside_its_phrase_is_refused(beat: float) -> None:
    with pytest.raises(ScoreError, match=f"beat {beat} lies outside a phrase of 4 beats"):
        Phrase(4).at(beat, torso("hips", x=0.0))


def test_an_unknown_channel_is_refused_by_name() -> None:
    with pytest.raises(ScoreError, match=r"unknown channels at beat 1: hips\.wiggle"):
        Phrase(4).at(1, {"hips.wiggle": 1.0, "hips.x": 0.0})


def test_phrases_of_different_length_cannot_be_danced_at_once() -> None:
    with pytest.raises(ScoreError, match="4 and 2 beats"):
        Phrase(4).over(Phrase(2))


@given(st.dictionaries(st.sampled_from(CHANNELS), st.floats(-90, 90), min_size=1))
def test_the_mirror_image_of_the_mirror_image_is_the_pose(channels: dict[str, float]) -> None:
    assert mirrored(mirrored(channels)) == channels


def test_mirroring_swaps_sides_and_turns_what_has_a_direction() -> None:
    pose = torso("hips", x=0.1, pitch=5) | foot("left", x=0.2, yaw=15) | arm("right", upper=(40, 10))
    assert mirrored(pose) == {
        "hips.x": -0.1,
        "hips.pitch": 5,
        "right.foot.x": -0.2,
        "right.foot.yaw": 15,
        "left.upper.angle": 40,
        "left.upper.depth": 10,
    }


def test_a_mirrored_dance_is_the_mirror_image_in_space() -> None:
    phrase = (
        Phrase(4)
        .at(0, torso("hips", x=0.03, roll=6, yaw=8), arm("left", upper=(80, 20), fore=(120, 30)))
        .at(2, torso("chest", roll=-5), torso("head", yaw=12), foot("right", lift=0.05, x=0.02, z=0.1))
    )
    plain, image = (Score(BPM, each).motion() for each in (phrase, phrase.mirrored()))
    for name in ("elbow", "wrist", "thumb", "knee", "ankle", "foot_index", "ear"):
        expected = plain.joint(f"left_{name}") * np.array([-1, 1, 1])
        assert image.joint(f"right_{name}") == pytest.approx(expected, abs=1e-12)


def test_phrases_follow_one_another_and_repeat() -> None:
    one = Phrase(2).at(0, torso("hips", x=0.1))
    two = Phrase(1).at(0.5, torso("hips", x=0.2))
    joined = phrases([one, two, one])
    assert joined.beats == 5
    assert [key.beat for key in joined.keys] == [0, 2.5, 3]
    assert [key.beat for key in two.repeated(3).keys] == [0.5, 1.5, 2.5]


def test_a_step_moves_the_foot_only_while_it_is_up() -> None:
    phrase = Phrase(4).step("left", 1, x=0.2, z=0.0).step("left", 3, x=0.08, z=0.1)
    channels = Score(BPM, phrase).sampled()
    down = channels["left.foot.lift"] < 0.002
    still = down & np.roll(down, -1)
    for name in ("left.foot.x", "left.foot.z"):
        assert np.abs(np.roll(channels[name], -1) - channels[name])[still].max() < 1e-4
    assert channels["left.foot.x"][30] == pytest.approx(0.2)
    assert channels["left.foot.lift"].max() == pytest.approx(0.045, abs=0.001)


def test_a_flying_foot_leaves_from_wherever_it_stood() -> None:
    phrase = (
        Phrase(4)
        .at(0, foot("right", x=-0.2))
        .fly("right", 1, 2, (1.3, {"x": 0.0, "lift": 0.1}), (1.6, {"x": 0.1, "lift": 0.1}), x=-0.05)
    )
    channels = Score(BPM, phrase).sampled()
    assert channels["right.foot.x"][:31] == pytest.approx(np.full(31, -0.2), abs=1e-9)
    assert channels["right.foot.lift"][39] > 0.09
    assert channels["right.foot.x"][60] == pytest.approx(-0.05, abs=2e-3)
    assert channels["right.foot.lift"][60:].max() == pytest.approx(0)


def test_the_hand_trails_behind_the_forearm() -> None:
    swing = Phrase(2).at(0, arm("left", fore=(0, 10))).at(1, arm("left", fore=(60, 10)))
    channels = Score(BPM, swing).sampled()
    rising = slice(8, 28)
    assert (channels["left.hand.angle"][rising] < channels["left.fore.angle"][rising] - 1).all()


def test_the_wrist_is_never_dragged_further_than_it_bends() -> None:
    whip = (
        Phrase(2).at(0, arm("left", fore=(-120, 10)), ease=HIT).at(1, arm("left", fore=(160, 10)), ease=HIT)
    )
    channels = Score(240, whip).sampled()
    bend = channels["left.hand.angle"] - channels["left.fore.angle"]
    assert np.abs(bend).max() <= 62


@pytest.mark.parametrize("sharpness", [0.0, 0.5])
def test_a_wave_is_highest_at_its_peak_and_comes_back_every_period(sharpness: float) -> None:
    wave = Wave("hips.drop", 0.02, period=2, peak=0.5, sharpness=sharpness)
    values = track(Phrase(8), "hips.drop", waves=(wave,))
    assert values.argmax() % 60 == 15
    assert values.max() == pytest.approx(0.02)
    assert np.roll(values, 60) == pytest.approx(values)


def test_a_wave_can_sound_for_some_beats_only() -> None:
    wave = Wave("hips.drop", 0.02, period=1, start=2, stop=4, fade=0.5)
    values = track(Phrase(8), "hips.drop", waves=(wave,))
    assert np.abs(values[:50]).max() == 0
    assert values[90] == pytest.approx(0.02)
    assert np.abs(values[130:]).max() == 0


def test_both_gives_a_pose_to_either_side() -> None:
    assert both(foot("left", x=0.1, knee=20)) == {
        "left.foot.x": 0.1,
        "left.knee.out": 20,
        "right.foot.x": -0.1,
        "right.knee.out": 20,
    }


@given(
    st.lists(
        st.tuples(
            st.floats(0, 7.5),
            st.floats(-1, 1),
            st.sampled_from([FLOW, EASE, HIT, Ease(travel=0.3), Ease(stops=True, travel=2)]),
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda key: round(key[0] * 2),
    )
)
def test_any_keys_make_a_finite_movement_that_stays_near_them(
    keys: list[tuple[float, float, Ease]],
) -> None:
    phrase = Phrase(8)
    for beat, value, ease in keys:
        phrase = phrase.at(round(beat * 2) / 2, torso("hips", x=value), ease=ease)
    values = track(phrase)
    assert np.isfinite(values).all()
    assert np.abs(values).max() <= 1 + 2 * HIT.overshoot + 1e-9
