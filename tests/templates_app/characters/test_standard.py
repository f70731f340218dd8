"""The standard characters: who fits which movement, and that they are drawn once."""

from pathlib import Path

import numpy as np
import pytest

from templates_app import characters
from templates_app.characters import standard
from templates_app.characters.standard import (
    STANDARD_CHARACTERS,
    cast_of,
    draw_dancer,
    draw_standard,
    standard_for,
)
from tongyi_portal.common.errors import UnknownKey

SMALL = 160


def test_tall_and_short_fit_every_movement_and_half_only_half_body_ones() -> None:
    assert [character.key for character in standard_for("full")] == ["tall", "short", "average"]
    assert [character.key for character in standard_for("half")] == ["tall", "short", "average", "half"]


def test_those_of_whole_dances_are_different_people_of_different_builds() -> None:
    shown = standard_for("full")
    assert len({character.drawn for character in shown}) == len(shown)
    assert len({character.build for character in shown}) == len(shown)
    tall, short, average = (_height_of_body(character) for character in shown)
    assert tall > 1.05 * average > 1.15 * short


@pytest.mark.parametrize("first", [*STANDARD_CHARACTERS, *characters.CHARACTERS])
def test_whoever_leads_dances_with_other_people(first: str) -> None:
    cast = cast_of(first, 4)
    people = [STANDARD_CHARACTERS[key].drawn if key in STANDARD_CHARACTERS else key for key in cast]
    assert cast[0] == first
    assert sorted(people) == sorted(characters.CHARACTERS)
    assert cast_of(first, 2) == cast[:2]
    assert cast_of(first, 5) == (*cast, first)


def test_a_dancer_is_drawn_in_the_build_that_the_key_says() -> None:
    tall, plain = draw_dancer("tall", SMALL), draw_dancer("comic", SMALL)
    assert np.array_equal(tall, draw_standard("tall", SMALL))
    assert tall.shape == plain.shape
    assert not np.array_equal(tall, plain)


def _height_of_body(character: standard.StandardCharacter) -> float:
    joints = characters.true_joints(character.drawn, 1000, build=character.build)
    return float(np.ptp(joints[:, 1]))


def test_an_unknown_one_is_refused() -> None:
    with pytest.raises(UnknownKey):
        draw_standard("giant")


@pytest.mark.parametrize("key", sorted(STANDARD_CHARACTERS))
def test_each_is_drawn_upright_once_and_read_back_after_that(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = draw_standard(key, SMALL, folder=tmp_path)
    height, width = first.shape[:2]
    assert height / width == pytest.approx(4 / 3, abs=0.03)
    assert first.dtype == np.uint8
    assert len(list(tmp_path.iterdir())) == 1

    def drawn_again(*_given: object) -> None:
        raise AssertionError("drawn a second time")

    monkeypatch.setattr(characters, "_posed", drawn_again)
    monkeypatch.setattr(standard, "_upper_half", lambda *_given: (0, height))
    assert np.array_equal(draw_standard(key, SMALL, folder=tmp_path), first)


def test_the_half_one_ends_between_hips_and_knees() -> None:
    top, bottom = standard._upper_half(1000, STANDARD_CHARACTERS["half"])
    joints = characters.true_joints("person", 1000)
    hips, knees = joints[[23, 24], 1].mean(), joints[[25, 26], 1].mean()
    assert top == 0
    assert hips < bottom < knees
