"""The drawn sample people as they are, and one of them made of stone, grey and as a bad JPEG."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from templates_app.characters import draw_character, true_joints
from templates_app.poses.skeletons import BLAZEPOSE_33
from tongyi_portal.vision.subject_kind import SubjectKind, classify

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
HEIGHT = 512
LIMBS = (
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("hip", "knee"),
    ("knee", "ankle"),
    ("shoulder", "hip"),
)


def _mask(key: str) -> Mask:
    """The body along its joints."""
    points = true_joints(key, HEIGHT).astype(int)

    def joint(name: str) -> list[int]:
        return [int(value) for value in points[BLAZEPOSE_33.index(name)]]

    mask = np.zeros((HEIGHT, HEIGHT * 3 // 4), np.uint8)
    for side in ("left", "right"):
        for start, end in LIMBS:
            cv2.line(mask, joint(f"{side}_{start}"), joint(f"{side}_{end}"), 1, 16)
    trunk = [joint(name) for name in ("left_shoulder", "right_shoulder", "right_hip", "left_hip")]
    cv2.fillConvexPoly(mask, np.array(trunk), 1)
    cv2.circle(mask, joint("nose"), 18, 1, -1)
    return mask > 0


@pytest.fixture(scope="module")
def comic() -> Picture:
    return draw_character("comic", HEIGHT)


@pytest.fixture(scope="module")
def warrior() -> Picture:
    return draw_character("terracotta", HEIGHT)


def _of_stone(picture: Picture, mask: Mask, a: float, b: float) -> Picture:
    """The person's colours replaced by those of one material in the same light; the room stays as it is."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab[mask, 1:] = lab[mask, :1] / 50 * np.array([a, b], np.float32)
    return (cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255).astype(np.uint8)


def _as_jpeg(picture: Picture, quality: int) -> Picture:
    _done, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].astype(np.uint8)


@pytest.mark.slow
def test_a_comic_hero_is_a_comic_and_a_terracotta_warrior_is_a_statue(
    comic: Picture, warrior: Picture
) -> None:
    assert classify(comic, _mask("comic")) == SubjectKind.COMIC
    assert classify(warrior, _mask("terracotta")) == SubjectKind.STATUE
    assert classify(_as_jpeg(warrior, 60), _mask("terracotta")) == SubjectKind.STATUE


@pytest.mark.slow
def test_a_person_with_shading_skin_and_clothes_is_a_photo(person: Picture) -> None:
    assert classify(person, _mask("person")) == SubjectKind.PHOTO
    assert classify(_as_jpeg(person, 60), _mask("person")) == SubjectKind.PHOTO


@pytest.mark.slow
@pytest.mark.parametrize(("a", "b"), [(0, 3), (6, 24), (16, 22)], ids=["marble", "bronze", "clay"])
def test_the_same_person_of_one_material_is_a_statue(person: Picture, a: float, b: float) -> None:
    mask = _mask("person")

    assert classify(_of_stone(person, mask, a, b), mask) == SubjectKind.STATUE


@pytest.mark.slow
def test_nobody_can_tell_a_statue_in_a_black_and_white_or_a_toned_picture(person: Picture) -> None:
    grey = np.repeat(cv2.cvtColor(person, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    toned = (grey * np.array([0.98, 0.88, 0.72])).astype(np.uint8)

    assert classify(grey, _mask("person")) == SubjectKind.UNKNOWN
    assert classify(toned, _mask("person")) == SubjectKind.UNKNOWN


@pytest.mark.slow
def test_without_a_person_nothing_is_a_statue_and_a_box_takes_the_middle_of_it(warrior: Picture) -> None:
    joints = true_joints("terracotta", HEIGHT)
    (x0, y0), (x1, y1) = joints.min(axis=0), joints.max(axis=0)

    assert classify(warrior) != SubjectKind.STATUE
    assert classify(warrior, (float(x0), float(y0), float(x1), float(y1))) == SubjectKind.STATUE


def test_a_tiny_person_is_unknown_and_a_mask_of_another_size_is_refused() -> None:
    picture = np.full((200, 200, 3), 128, np.uint8)
    dot = np.zeros((200, 200), np.bool_)
    dot[50:55, 50:55] = True

    assert classify(picture, dot) == SubjectKind.UNKNOWN
    with pytest.raises(ValueError, match="mask"):
        classify(picture, dot[:100])
    with pytest.raises(ValueError, match="uint8"):
        classify(picture[..., 0])
