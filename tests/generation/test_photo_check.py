"""The photo check names what is wrong with a photo."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from generation.photo_check import ARM_DANCES, MESSAGES, arms_travel, check_arms, check_movement, check_photo
from templates_app.characters import draw_character
from templates_app.choreography import CHOREOGRAPHIES
from templates_app.poses.skeletons import LAYOUTS
from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.pose import PoseEstimator

Image = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def estimator(model_files: ModelFiles) -> PoseEstimator:
    return PoseEstimator(model_files)


@pytest.fixture(scope="module")
def person() -> Image:
    return draw_character("person", 512)


def codes(image: Image, estimator: PoseEstimator) -> set[str]:
    return {fault.code for fault in check_photo(np.ascontiguousarray(image), estimator).faults}


def test_a_standing_person_passes(person: Image, estimator: PoseEstimator) -> None:
    report = check_photo(person, estimator)

    assert report.passed
    assert report.body_style == "full"
    assert report.people == 1
    assert report.faults == ()


def test_an_empty_wall_has_no_person(estimator: PoseEstimator) -> None:
    report = check_photo(np.full((300, 200, 3), 170, np.uint8), estimator)

    assert not report.passed
    assert (report.body_style, report.people) == ("none", 0)
    assert [fault.code for fault in report.faults] == ["no_person"]


@pytest.mark.parametrize("part", [0.5, 0.75])
def test_a_cropped_body_is_half(part: float, person: Image, estimator: PoseEstimator) -> None:
    report = check_photo(np.ascontiguousarray(person[: round(part * len(person))]), estimator)

    assert report.body_style == "half"
    assert "not_full_body" in {fault.code for fault in report.faults}
    assert not report.passed


def test_two_people_are_too_many(person: Image, estimator: PoseEstimator) -> None:
    report = check_photo(np.hstack([person, person]), estimator)

    assert report.people == 2
    assert "several_people" in {fault.code for fault in report.faults}


def test_a_person_in_the_dark_is_refused(person: Image, estimator: PoseEstimator) -> None:
    assert "too_dark" in codes((person * 0.14).astype(np.uint8), estimator)


def test_a_blurred_person_is_a_warning_only(person: Image, estimator: PoseEstimator) -> None:
    report = check_photo(cv2.GaussianBlur(person, (0, 0), 5), estimator)

    assert {fault.code for fault in report.faults} == {"too_blurred"}
    assert report.passed


def test_a_tiny_person_is_refused(person: Image, estimator: PoseEstimator) -> None:
    small = cv2.resize(person, None, fx=0.28, fy=0.28, interpolation=cv2.INTER_AREA)

    assert "person_too_small" in codes(small, estimator)


def test_a_lying_person_is_refused(person: Image, estimator: PoseEstimator) -> None:
    assert "sitting" in codes(np.rot90(person), estimator)


def test_every_message_is_a_whole_sentence() -> None:
    assert all(message[0].isupper() and message.endswith(".") for message in MESSAGES.values())


def half_codes(image: Image, estimator: PoseEstimator) -> set[str]:
    report = check_photo(np.ascontiguousarray(image), estimator, "half")
    return {fault.code for fault in report.faults}


def upper(person: Image, part: float) -> Image:
    return np.ascontiguousarray(person[: round(part * len(person))])


def test_a_photo_to_the_thighs_will_do_for_a_half_body_dance(person: Image, estimator: PoseEstimator) -> None:
    report = check_photo(upper(person, 0.64), estimator, "half")
    assert (report.passed, report.body_style, report.can_step) == (True, "half", False)
    assert report.faults == ()


def test_a_whole_person_will_do_for_a_half_body_dance(person: Image, estimator: PoseEstimator) -> None:
    report = check_photo(person, estimator, "half")
    assert (report.passed, report.body_style, report.can_step) == (True, "full", True)


def test_hands_that_the_photo_cuts_are_a_warning(person: Image, estimator: PoseEstimator) -> None:
    report = check_photo(upper(person, 0.5), estimator, "half")
    assert report.passed
    assert "hands_cut" in {fault.code for fault in report.faults}


def test_a_cut_arm_that_the_dance_lives_on_is_told_strongly_and_another_is_not(
    person: Image, estimator: PoseEstimator
) -> None:
    photo = upper(person, 0.5)
    report = check_photo(photo, estimator, "half")
    waving, still = (CHOREOGRAPHIES[slug].build() for slug in ("hand_dance", "idle_sway"))
    assert check_arms(report, photo.shape, still, 0) is report
    strong = check_arms(report, photo.shape, waving, 0)
    codes = [fault.code for fault in strong.faults]
    assert (strong.passed, codes[0], "hands_cut" in codes) == (True, "arm_missing_for_dance", False)
    whole = check_photo(person, estimator, "half")
    assert check_arms(whole, person.shape, waving, 0) is whole


def test_only_the_arm_that_is_cut_counts() -> None:
    dance = CHOREOGRAPHIES["hand_dance"].build()
    points = dance.points.copy()
    for joint in ("left_elbow", "left_wrist", "left_index", "left_pinky", "left_thumb"):
        index = LAYOUTS[dance.layout].joints.index(joint)
        shoulder = LAYOUTS[dance.layout].joints.index("left_shoulder")
        points[:, :, index] = points[:, :, shoulder] + (points[0, :, index] - points[0, :, shoulder])
    left, right = arms_travel(replace(dance, points=points), 0)
    assert left < 0.05
    assert right > ARM_DANCES


def test_a_face_alone_is_too_little(person: Image, estimator: PoseEstimator) -> None:
    report = check_photo(upper(person, 0.3), estimator, "half")
    assert not report.passed
    assert {fault.code for fault in report.faults} & {"not_half_body", "no_person"}


def test_other_faults_stay_for_half_bodies(person: Image, estimator: PoseEstimator) -> None:
    half = upper(person, 0.64)
    assert "too_dark" in half_codes((half * 0.14).astype(np.uint8), estimator)
    assert "several_people" in half_codes(np.hstack([half, half]), estimator)
    assert half_codes(np.rot90(person), estimator) & {"not_upright", "not_half_body"}


def test_the_refusal_of_a_half_photo_names_the_way_out(person: Image, estimator: PoseEstimator) -> None:
    [fault] = [
        fault for fault in check_photo(upper(person, 0.64), estimator).faults if fault.code == "not_full_body"
    ]
    assert "half-body dances" in fault.message


def test_our_own_dances_face_the_camera() -> None:
    for dance in CHOREOGRAPHIES.values():
        assert check_movement(dance.build()) == ()


def test_a_dance_that_turns_away_is_a_warning() -> None:
    poses = CHOREOGRAPHIES["kemusan"].build()
    points = poses.points.copy()
    turned = slice(0, len(points) // 4)
    middle = points[turned, :, :, 0].mean(axis=2, keepdims=True)
    points[turned, :, :, 0] = 2 * middle - points[turned, :, :, 0]
    [fault] = check_movement(replace(poses, points=points))
    assert (fault.code, fault.is_blocking) == ("dance_turns_away", False)
