"""Several performers in one video, each from their own photo, and photos that end at the hips."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from generation.engines.animation.engine import AnimationEngine
from generation.engines.animation.mannequin import Mannequin, draw_mannequin
from generation.engines.animation.retarget import driver_place, retarget_held, shows_legs
from generation.engines.animation.skeleton import (
    ANKLE,
    BONE_CHEST,
    ELBOW,
    HEAD_TOP,
    HIP,
    SHOULDER,
    TOE,
    WRIST,
    RestSkeleton,
    rest_skeleton,
    without_legs,
)
from generation.engines.animation.staging import (
    CONTINUED_PART,
    Dancer,
    Part,
    Staging,
    depth_orders,
    performer,
    stage,
)
from generation.engines.base import DanceRequest, EngineContext, EngineError
from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.sequence import PoseSequence
from tests.generation.engines.conftest import movement, raise_left_arm
from tests.generation.engines.test_animation_engine import Witness

SIZE = (180, 320)
PHOTO = (240, 320)


def pair(frames: int = 8) -> PoseSequence:
    return CHOREOGRAPHIES["pair_mirror"].build().resampled(15, frames)


def seated(frames: int = 8) -> PoseSequence:
    return CHOREOGRAPHIES["hand_dance"].build().resampled(15, frames)


def shrunk(rest: RestSkeleton, factor: float) -> RestSkeleton:
    return rest.placed(factor, (7.0, 11.0))


def height_of(part: Part) -> float:
    """Head to ankles as it is drawn, pixels of the output."""
    return float(part.rest.points[list(ANKLE), 1].mean() - part.rest.points[HEAD_TOP, 1])


@pytest.fixture
def dancer(rest: RestSkeleton) -> Dancer:
    return Dancer(rest, PHOTO)


@pytest.fixture
def staged(dancer: Dancer, rest: RestSkeleton) -> Staging:
    """A pair whose second photo is three times as large as the first."""
    large = Dancer(shrunk(rest, 3.0), (720, 960))
    return stage(pair(40), (dancer, large), SIZE)


def test_performers_of_equal_height_are_drawn_equally_tall_whatever_their_photos(staged: Staging) -> None:
    first, second = staged.parts
    assert height_of(first) == pytest.approx(height_of(second), rel=0.02)
    assert first.sheet.scale == pytest.approx(3 * second.sheet.scale, rel=0.02)


def test_a_performer_who_is_smaller_in_the_template_is_smaller_in_the_video(dancer: Dancer) -> None:
    poses = pair(20)
    points = poses.points.copy()
    floor = points[:, 1, :, 1].max()
    points[:, 1, :, :2] = (points[:, 1, :, :2] - (0.3, floor)) * 0.7 + (0.3, floor)
    first, second = stage(replace(poses, points=points), (dancer, dancer), SIZE).parts
    assert height_of(second) == pytest.approx(0.7 * height_of(first), rel=0.03)


def test_every_performer_stays_in_the_frame_and_on_their_own_side(staged: Staging) -> None:
    for part in staged.parts:
        assert part.motion.points[..., 0].min() > 0
        assert part.motion.points[..., 0].max() < SIZE[0]
        assert part.motion.points[..., 1].min() > 0
        assert part.motion.points[..., 1].max() < SIZE[1]
    left, right = (part.motion.points[:, list(HIP), 0].mean() for part in staged.parts)
    assert left < 0.45 * SIZE[0] < 0.55 * SIZE[0] < right


def test_partners_stand_on_one_floor(staged: Staging) -> None:
    lows = [part.motion.points[:, list(TOE), 1].max() for part in staged.parts]
    assert lows[0] == pytest.approx(lows[1], abs=4)


def test_the_scene_is_the_first_photo_and_reaches_below_the_feet(staged: Staging) -> None:
    bottom = staged.ground.top + staged.ground.scale * PHOTO[1]
    assert bottom > staged.parts[0].motion.points[:, list(ANKLE), 1].max()
    assert staged.ground.scale >= staged.parts[0].sheet.scale


def crossing(staged: Staging, depths: np.ndarray) -> list[tuple[int, ...]]:
    """Draw orders when the second performer stands `depths` pixels lower than the first."""
    first, second = staged.parts
    base = np.repeat(first.motion.points[:1], len(depths), axis=0)
    lower = base.copy()
    lower[:, :, 1] += depths[:, None]
    parts = [
        replace(part, motion=replace(part.motion, points=points))
        for part, points in ((first, base), (second, lower))
    ]
    return depth_orders(parts, 15)


def test_who_stands_lower_is_drawn_later(staged: Staging) -> None:
    orders = crossing(staged, np.linspace(-30, 30, 60))
    assert orders[0] == (1, 0)
    assert orders[-1] == (0, 1)
    assert sum(now != before for before, now in pairwise(orders)) == 1


def test_the_order_does_not_flicker_while_both_stand_about_level(staged: Staging) -> None:
    wobble = 0.6 * 0.12 * staged.parts[0].rest.torso * np.sin(np.arange(60))
    assert len(set(crossing(staged, wobble))) == 1


def test_another_number_of_photos_than_performers_is_the_users_fault(
    engine: AnimationEngine, photo: Path, tmp_path: Path
) -> None:
    with pytest.raises(EngineError) as caught:
        engine.run(
            DanceRequest((photo,), pair(), *SIZE, 15),
            EngineContext(tmp_path, lambda _progress: None, lambda _frame, _seconds: None),
        )
    assert caught.value.code == "photos_do_not_match_performers"
    assert caught.value.is_users_fault
    assert "1 photos for 2 performers" in str(caught.value)


def rendered(
    engine: AnimationEngine, photos: tuple[Path, ...], poses: PoseSequence, folder: Path, body_style: str
) -> Witness:
    witness = Witness()
    request = DanceRequest(photos, poses, *SIZE, 15, body_style)  # type: ignore[arg-type]
    engine.run(request, EngineContext(folder, witness.report, witness.finish, threads=1))
    return witness


def test_two_people_dance_in_the_first_ones_room(
    engine: AnimationEngine, photo: Path, tmp_path: Path
) -> None:
    picture = cv2.imread(str(photo))
    blue = tmp_path / "blue.png"
    cv2.imwrite(str(blue), picture[..., ::-1])  # the same person with red and blue exchanged
    folder = tmp_path / "scratch"
    folder.mkdir()
    witness = rendered(engine, (photo, blue), pair(), folder, "full")

    frame = witness.frames[0].astype(int)
    jumper = (frame[..., 0] - frame[..., 2] > 90).nonzero()[1]  # yellow
    swapped = (frame[..., 2] - frame[..., 0] > 90).nonzero()[1]
    assert len(jumper) > 150
    assert len(swapped) > 150
    assert np.median(jumper) < 0.47 * SIZE[0] < 0.53 * SIZE[0] < np.median(swapped)
    people = engine.estimator.detect(cv2.resize(witness.frames[0], None, fx=3, fy=3))
    assert len(people) == 2


def test_the_second_photos_fault_names_the_photo(
    engine: AnimationEngine, photo: Path, tmp_path: Path
) -> None:
    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), np.full((300, 200, 3), 180, np.uint8))
    with pytest.raises(EngineError, match=r"photo 2: ") as caught:
        rendered(engine, (photo, wall), pair(), tmp_path, "full")
    assert (caught.value.code, caught.value.photo) == ("photo_no_person", 1)


def half_dancer(rest: RestSkeleton, *still: bool) -> Dancer:
    """The mannequin cut just below the hips."""
    cut = round(float(rest.points[list(HIP), 1].mean() + 0.15 * rest.torso))
    return Dancer(
        without_legs(rest),
        (PHOTO[0], cut),
        can_step=False,
        is_half=True,
        still_arms=(still[0], still[1]) if still else (False, False),
    )


def test_a_seated_dance_shows_no_legs_and_a_standing_one_does() -> None:
    assert not shows_legs(seated())
    assert shows_legs(performer(pair(), 1))
    assert driver_place(seated()).torso > driver_place(performer(pair(), 0)).torso


def test_the_lower_edge_of_a_half_photo_stays_on_the_frames_lower_edge(rest: RestSkeleton) -> None:
    dancer = half_dancer(rest)
    staged = stage(seated(30), (dancer,), SIZE)
    [part] = staged.parts
    place = staged.ground
    assert place.top + place.scale * dancer.photo_size[1] == pytest.approx(SIZE[1], abs=1e-6)
    rest_hips = place.scale * rest.points[list(HIP)] + np.array(place.offset)
    moved = np.abs(part.motion.points[:, list(HIP)] - rest_hips)
    assert moved[..., 0].max() < 0.16 * part.rest.torso
    # What the hips may rise is less than what the person is continued beyond the edge.
    assert moved[..., 1].max() < 0.5 * CONTINUED_PART * part.rest.torso


def test_two_half_bodies_are_cut_by_the_frame_where_their_photos_are(rest: RestSkeleton) -> None:
    one = seated(20)
    both = np.concatenate([one.points, one.points], axis=1)
    both[:, 0, :, 0] -= 0.25
    both[:, 1, :, 0] += 0.25
    poses = replace(one, points=both, confidence=np.concatenate([one.confidence] * 2, axis=1))
    dancer = half_dancer(rest)
    staged = stage(poses, (dancer, dancer), SIZE)
    for part in staged.parts:
        shift = part.motion.points[0, ANKLE[0], 1] - part.rest.points[ANKLE[0], 1]
        assert shift + part.sheet.scale * dancer.photo_size[1] >= SIZE[1] - 1e-6
        assert part.motion.points[..., HEAD_TOP, 1].min() > 0
    left, right = (part.motion.points[:, list(HIP), 0].mean() for part in staged.parts)
    assert left < 0.45 * SIZE[0] < 0.55 * SIZE[0] < right


def test_feet_stand_still_in_a_half_body_dance(rest: RestSkeleton) -> None:
    motion = retarget_held(seated(20), rest)
    np.testing.assert_array_equal(
        motion.points[:, list(ANKLE)], np.tile(rest.points[list(ANKLE)], (20, 1, 1))
    )
    assert motion.planted.all()
    assert np.ptp(motion.points[:, list(WRIST)], axis=0).max() > 0.2 * rest.torso


def test_an_arm_that_the_photo_cuts_keeps_to_the_chest(rest: RestSkeleton) -> None:
    motion = retarget_held(movement(12, raise_left_arm), rest, still_arms=(True, False))
    upper = motion.points[:, ELBOW[0]] - motion.points[:, SHOULDER[0]]
    angle = np.arctan2(upper[:, 1], upper[:, 0]) - np.arctan2(upper[0, 1], upper[0, 0])
    chest = motion.turn[:, BONE_CHEST]
    np.testing.assert_allclose(angle, chest - chest[0], atol=1e-9)


def test_a_half_photo_dances_and_covers_the_frames_lower_edge(
    engine: AnimationEngine, photo: Path, tmp_path: Path
) -> None:
    picture = cv2.imread(str(photo))
    half = tmp_path / "half.png"
    cv2.imwrite(str(half), picture[: round(0.62 * len(picture))])
    folder = tmp_path / "scratch"
    folder.mkdir()
    witness = rendered(engine, (half,), seated(12), folder, "half")

    frames = np.stack(witness.frames).astype(int)
    assert (np.ptp(frames, axis=0).max(axis=2) > 30).mean() > 0.02
    jeans = frames[..., 2] - frames[..., 0] > 15  # blue
    for frame in jeans:
        assert frame[-3:].mean(axis=0).max() == 1.0  # down to the last row
        assert 10 < frame[-1].sum() < 0.6 * SIZE[0]


def test_a_whole_photo_dances_a_half_body_dance_on_standing_legs(
    engine: AnimationEngine, photo: Path, tmp_path: Path
) -> None:
    witness = rendered(engine, (photo,), seated(12), tmp_path, "half")
    change = np.ptp(np.stack(witness.frames).astype(int), axis=0).max(axis=2)
    moving = (change > 40).nonzero()[0]
    assert len(moving) > 200
    assert moving.max() < 0.87 * SIZE[1]  # the feet stand


def test_a_half_photo_cannot_dance_a_whole_body_dance(
    engine: AnimationEngine, photo: Path, tmp_path: Path
) -> None:
    picture = cv2.imread(str(photo))
    half = tmp_path / "half.png"
    cv2.imwrite(str(half), picture[: round(0.62 * len(picture))])
    with pytest.raises(EngineError) as caught:
        rendered(engine, (half,), CHOREOGRAPHIES["kemusan"].build().resampled(15, 4), tmp_path, "full")
    assert caught.value.code == "photo_not_full_body"
    assert "half-body" in str(caught.value)


def test_legs_are_invented_straight_below_the_hips(mannequin: Mannequin) -> None:
    rest = rest_skeleton(draw_mannequin(240, 320).points)
    made = without_legs(rest)
    np.testing.assert_array_equal(made.points[list(HIP)], rest.points[list(HIP)])
    np.testing.assert_array_equal(made.points[list(ANKLE), 0], rest.points[list(HIP), 0])
    assert (made.points[list(TOE), 1] > made.points[list(ANKLE), 1]).all()
    assert mannequin.image.shape == (320, 240, 3)
