"""Whom a take keeps, in which order, and who is put together again."""

import numpy as np
import numpy.typing as npt

from generation.engines.motion.tracks import collect_tracks
from templates_app.poses.skeletons import BLAZEPOSE_33

Floats = npt.NDArray[np.float32]
Person = tuple[int, Floats, Floats]
SIZE, FPS = (640, 480), 25.0


def person(number: int, x: float, height: float = 300.0) -> Person:
    """A stick of joints that stands at x."""
    points = np.zeros((33, 3), np.float32)
    points[:, 0] = x
    points[:, 1] = 60 + np.linspace(0, height, len(BLAZEPOSE_33.joints))
    return number, points, np.full(33, 0.9, np.float32)


def test_nobody_is_no_take() -> None:
    assert collect_tracks([[] for _ in range(50)], SIZE, FPS, 4) is None
    assert collect_tracks([[person(0, 300)] if i < 5 else [] for i in range(50)], SIZE, FPS, 4) is None


def test_the_main_person_is_tall_in_the_middle_and_there_throughout() -> None:
    seen = [
        [person(0, 60, 170), person(1, 320), *([person(2, 330, 340)] if i > 30 else [])] for i in range(50)
    ]
    tracks = collect_tracks(seen, SIZE, FPS, 4)
    assert tracks is not None
    assert [info.is_main for info in tracks.infos] == [True, False, False]
    assert np.allclose(tracks.raw.points[0, :, 0, 0] * 480, [320, 60, 330])
    late = tracks.infos[2]
    assert (late.first_frame, late.last_frame) == (31, 49)
    assert late.seen_share == 0.38
    assert (tracks.raw.confidence[:31, 2] == 0).all()


def test_two_who_are_as_tall_and_there_throughout_are_both_main_people() -> None:
    seen = [[person(0, 200), person(1, 440, 260)] for _ in range(50)]
    tracks = collect_tracks(seen, SIZE, FPS, 4)
    assert tracks is not None
    assert [info.is_main for info in tracks.infos] == [True, True]


def test_passers_by_and_figures_behind_are_not_main_people() -> None:
    passing = [[person(0, 320), *([person(1, 8.0 * i)] if i < 35 else [])] for i in range(50)]
    behind = [[person(0, 320), person(1, 100, 150)] for _ in range(50)]
    for seen in (passing, behind):
        tracks = collect_tracks(seen, SIZE, FPS, 4)
        assert tracks is not None
        assert [info.is_main for info in tracks.infos] == [True, False]


def test_small_figures_and_too_many_people_are_left_out() -> None:
    seen = [[person(0, 320), person(1, 100, 60), person(2, 500), person(3, 200)] for _ in range(50)]
    tracks = collect_tracks(seen, SIZE, FPS, 2)
    assert tracks is not None
    assert tracks.raw.people_count == 2


def test_a_person_found_again_near_by_is_the_same_one() -> None:
    seen = [[person(0, 300)] if i < 20 else [] if i < 40 else [person(1, 330)] for i in range(70)]
    tracks = collect_tracks(seen, SIZE, FPS, 4)
    assert tracks is not None
    (info,) = tracks.infos
    assert (info.first_frame, info.last_frame, info.seen_share) == (0, 69, round(50 / 70, 4))


def test_somebody_far_away_or_of_another_size_is_not() -> None:
    for other in (person(1, 620), person(1, 320, 150)):
        seen = [[person(0, 300)] if i < 20 else [] if i < 40 else [other] for i in range(70)]
        tracks = collect_tracks(seen, SIZE, FPS, 4)
        assert tracks is not None
        assert tracks.raw.people_count == 2
