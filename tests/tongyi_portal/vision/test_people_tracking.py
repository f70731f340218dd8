"""Everybody in a clip keeps a number: alone, crossing, and after leaving the picture."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from tests.factories.dance_clips import IN_BLAZEPOSE, Part, crossing, dance_frames, dancer, room, true_limbs
from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.people_tracking import track_people
from tongyi_portal.vision.pose import BodyPose, PoseEstimator

pytestmark = pytest.mark.slow

Image = npt.NDArray[np.uint8]
FPS = 15.0


@pytest.fixture(scope="module")
def estimator(model_files: ModelFiles) -> PoseEstimator:
    return PoseEstimator(model_files)


def owners(parts: list[Part], found: list[list[tuple[int, BodyPose]]]) -> dict[int, set[int]]:
    """For every number the dancers that it was on."""
    truth = true_limbs(parts)
    seen: dict[int, set[int]] = {}
    for index, people in enumerate(found):
        for number, body in people:
            off = np.linalg.norm(body.points[IN_BLAZEPOSE, :2] - truth[index], axis=-1).mean(axis=-1)
            seen.setdefault(number, set()).add(int(off.argmin()))
    return seen


def test_two_who_cross_keep_their_numbers(estimator: PoseEstimator, model_files: ModelFiles) -> None:
    parts = crossing(model_files.root, frames=60, fps=FPS)
    found = list(track_people(estimator, dance_frames(parts, room(640, 384)), 2, fps=FPS))
    seen = owners(parts, found)
    assert sorted(map(sorted, seen.values())) == [[0], [1]]
    assert np.mean([len(people) == 2 for people in found]) > 0.75


def test_no_more_people_are_followed_than_asked_for(
    estimator: PoseEstimator, model_files: ModelFiles
) -> None:
    parts = crossing(model_files.root, frames=8, fps=FPS)
    found = list(track_people(estimator, dance_frames(parts, room(640, 384)), 1, fps=FPS))
    assert {len(people) for people in found} == {1}


def test_somebody_who_comes_in_later_gets_the_next_number_and_keeps_it(
    estimator: PoseEstimator, model_files: ModelFiles
) -> None:
    frames = 45
    one = dancer("person", 384, model_files.root)
    steady, late = np.full(frames, 20.0), np.where(np.arange(frames) < 20, 2000.0, 330.0)
    parts = [Part(one, one.dance("idle_sway", FPS, frames), left) for left in (steady, late)]
    found = list(track_people(estimator, dance_frames(parts, room(640, 384)), 4, fps=FPS))
    assert all([number for number, _ in people] == [0] for people in found[:20])
    assert sorted(number for number, _ in found[-1]) == [0, 1]
    assert [len(people) for people in found].index(2) <= 26
    assert owners(parts, found) == {0: {0}, 1: {1}}


def test_somebody_who_is_away_for_a_moment_comes_back_under_the_same_number(
    estimator: PoseEstimator, model_files: ModelFiles
) -> None:
    frames = 50
    one = dancer("person", 384, model_files.root)
    place = np.where((np.arange(frames) >= 15) & (np.arange(frames) < 30), 2000.0, 100.0)
    parts = [Part(one, one.dance("idle_sway", FPS, frames), place)]
    found = list(track_people(estimator, dance_frames(parts, room(480, 384)), 4, fps=FPS))
    assert found[20] == []
    assert {number for people in found for number, _ in people} == {0}
    assert len(found[-1]) == 1


def test_an_empty_room_holds_nobody(estimator: PoseEstimator) -> None:
    assert list(track_people(estimator, [room(320, 240)] * 3, 4)) == [[], [], []]


@pytest.mark.parametrize("people", [0, 9])
def test_the_number_of_people_has_bounds(estimator: PoseEstimator, people: int) -> None:
    with pytest.raises(ValueError, match="max_people"):
        list(track_people(estimator, [], people))


def test_frames_are_taken_one_by_one(estimator: PoseEstimator) -> None:
    taken: list[int] = []

    def frames() -> Iterator[Image]:
        for index in range(3):
            taken.append(index)
            yield room(320, 240)

    next(track_people(estimator, frames(), 2))
    assert taken == [0]
