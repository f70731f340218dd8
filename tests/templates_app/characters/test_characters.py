"""The table of characters: each draws, knows its joints, and is found where it says it stands."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from templates_app.characters import BUILD_NAMES, CHARACTERS, draw_character, true_joints
from templates_app.characters.body import BUILDS
from templates_app.poses.skeletons import BLAZEPOSE_33
from tests.templates_app.characters.conftest import HEIGHT
from tongyi_portal.common.errors import UnknownKey
from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.pose import PoseEstimator

Pictures = dict[str, npt.NDArray[np.uint8]]
NOSE, LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP = 0, 11, 12, 23, 24


def torso(joints: npt.NDArray[np.float32]) -> float:
    middle = joints[[LEFT_SHOULDER, RIGHT_SHOULDER]].mean(axis=0) - joints[[LEFT_HIP, RIGHT_HIP]].mean(axis=0)
    return float(np.linalg.norm(middle))


def test_every_character_has_names_in_both_languages_and_a_known_body_style() -> None:
    for key, character in CHARACTERS.items():
        assert character.key == key
        assert character.name.isascii()
        assert not character.name_zh.isascii()
        assert character.body_style in {"trousers", "dress", "robe", "armour", "shorts"}


@pytest.mark.parametrize("key", CHARACTERS)
def test_a_character_fills_a_portrait_picture_with_light_and_dark(key: str, pictures: Pictures) -> None:
    picture = pictures[key]
    assert picture.shape == (HEIGHT, HEIGHT * 3 // 4, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 25
    assert (picture.max(axis=-1) < 3).mean() < 0.02


def test_drawing_twice_gives_the_same_picture(pictures: Pictures) -> None:
    assert np.array_equal(draw_character("person", HEIGHT), pictures["person"])


@pytest.mark.parametrize("key", CHARACTERS)
@pytest.mark.parametrize("build", BUILD_NAMES)
def test_all_joints_lie_well_inside_the_picture(key: str, build: str) -> None:
    joints = true_joints(key, 1000, build=build)
    assert joints.shape == (33, 2)
    assert joints.dtype == np.float32
    assert (joints > 40).all()
    assert (joints < (710, 960)).all()


@pytest.mark.parametrize("key", CHARACTERS)
def test_the_left_of_the_person_is_on_the_right_of_the_picture(key: str) -> None:
    joints = true_joints(key)
    for name in ("shoulder", "elbow", "wrist", "index", "hip", "knee", "ankle", "foot_index", "eye", "ear"):
        left, right = (joints[BLAZEPOSE_33.index(f"{side}_{name}")] for side in ("left", "right"))
        assert left[0] > right[0], name


@pytest.mark.parametrize("key", CHARACTERS)
def test_the_pose_model_finds_the_character_where_it_was_drawn(
    key: str, pictures: Pictures, model_files: ModelFiles
) -> None:
    found = PoseEstimator(model_files).detect(pictures[key])
    joints = true_joints(key, HEIGHT)
    assert len(found) == 1
    assert found[0].score >= 0.8
    off = np.linalg.norm(found[0].points[:, :2] - joints, axis=1) / torso(joints)
    assert np.median(off) < 0.08
    assert off.max() < 0.25


def test_joints_scale_with_the_picture() -> None:
    assert np.allclose(true_joints("comic", 2048), true_joints("comic", 1024) * 2, atol=1e-2)


@pytest.mark.parametrize("key", CHARACTERS)
def test_a_tall_build_stands_higher_and_a_short_one_lower_on_the_same_feet(key: str) -> None:
    tall, average, short = (true_joints(key, build=build) for build in ("tall", "average", "short"))
    assert tall[NOSE, 1] < average[NOSE, 1] - 40
    assert short[NOSE, 1] > average[NOSE, 1] + 60
    feet = [BLAZEPOSE_33.index(f"{side}_foot_index") for side in ("left", "right")]
    assert np.abs(tall[feet] - short[feet]).max() < 8


def test_a_short_person_is_drawn_as_short_as_the_joints_say(model_files: ModelFiles) -> None:
    picture, joints = (
        draw_character("person", HEIGHT, build="short"),
        true_joints("person", HEIGHT, build="short"),
    )
    found = PoseEstimator(model_files).detect(picture)[0]
    assert np.median(np.linalg.norm(found.points[:, :2] - joints, axis=1)) / torso(joints) < 0.08


def test_build_names_are_the_builds() -> None:
    assert set(BUILD_NAMES) == set(BUILDS)


def test_a_kept_picture_is_read_back_instead_of_drawn(tmp_path: Path) -> None:
    drawn = draw_character("qipao", 96, folder=tmp_path)
    (kept,) = tmp_path.iterdir()
    assert kept.suffix == ".png"
    assert np.array_equal(np.asarray(Image.open(kept)), drawn)
    Image.new("RGB", (72, 96), (9, 8, 7)).save(kept)
    assert np.array_equal(draw_character("qipao", 96, folder=tmp_path)[0, 0], (9, 8, 7))
    assert draw_character("qipao", 96, build="tall", folder=tmp_path).std() > 20


@pytest.mark.parametrize(("key", "build"), [("nobody", "average"), ("person", "giant")])
def test_an_unknown_character_or_build_is_refused(key: str, build: str) -> None:
    with pytest.raises(UnknownKey):
        draw_character(key, 64, build=build)
    with pytest.raises(UnknownKey):
        true_joints(key, 64, build=build)
