"""Near duplicates: pictures that look like one, in any size and position."""

import uuid
from collections.abc import Iterator

import numpy as np
import pytest

from moderation.near_duplicates import near_duplicates, near_duplicates_forget
from moderation.scanners.base import Media, ScanInput
from moderation.taxonomy import Surface, Verdict
from templates_app.characters import draw_character
from tests.factories.moderation import ScanRunFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    near_duplicates_forget()
    yield
    near_duplicates_forget()


def run_of(pixels: np.ndarray, **changes: object) -> object:
    found = ScanInput(Media.IMAGE, Surface.PHOTO, np.ascontiguousarray(pixels)).pdq
    return ScanRunFactory(pdq=found.hex, pdq_quality=found.quality, **changes)


def test_turned_copies_of_other_subjects_are_found_nearest_first() -> None:
    person, other = draw_character("person", 256), draw_character("comic", 256)
    mirrored = run_of(person[:, ::-1], verdict=Verdict.BLOCK)
    same = run_of(person)
    run_of(other)
    found = near_duplicates(run_of(person))
    assert [one.scan_run.pk for one in found] == [same.pk, mirrored.pk]
    assert found[0].distance == 0
    assert 0 < found[1].distance <= 31
    assert [one.verdict for one in found] == [Verdict.REVIEW, Verdict.BLOCK]


def test_runs_that_came_later_are_found_and_own_ones_are_not() -> None:
    person, subject_id = draw_character("person", 256), uuid.uuid4()
    run = run_of(person, subject_id=subject_id)
    assert near_duplicates(run) == []
    run_of(person, subject_id=subject_id)
    assert near_duplicates(run) == []
    later = run_of(person)
    assert [one.scan_run.pk for one in near_duplicates(run)] == [later.pk]


def test_of_a_subject_that_was_scanned_again_one_run_is_shown() -> None:
    person, twice = draw_character("person", 256), uuid.uuid4()
    run_of(person, subject_id=twice)
    newer = run_of(person, subject_id=twice)
    found = near_duplicates(run_of(person), limit=5)
    assert [one.scan_run.pk for one in found] == [newer.pk]


def test_pictures_without_structure_have_no_duplicates() -> None:
    blank = np.full((100, 100, 3), 90, np.uint8)
    run_of(blank)
    assert near_duplicates(run_of(blank)) == []
