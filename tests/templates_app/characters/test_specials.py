"""The special pictures do what they are for: no person, two persons, an alarm from the classifiers."""

import numpy as np
import pytest

from moderation.scanners.base import Media, ScanInput
from moderation.scanners.nsfw_classifier import NsfwClassifier
from moderation.taxonomy import Surface
from templates_app.characters.specials import draw_landscape, draw_nsfw_standin, draw_two_people
from tongyi_portal.vision.model_files import ModelFiles
from tongyi_portal.vision.pose import PoseEstimator


def explicit_percent(picture: np.ndarray) -> float:  # type: ignore[type-arg]
    item = ScanInput(Media.IMAGE, next(iter(Surface)), pixels=picture)
    return NsfwClassifier().scan(item)[0].confidence


def test_nobody_is_found_in_the_landscape(model_files: ModelFiles) -> None:
    picture = draw_landscape(512)
    assert picture.shape == (512, 384, 3)
    assert PoseEstimator(model_files).detect(picture) == []
    assert explicit_percent(picture) < 5


def test_two_people_are_found_side_by_side(model_files: ModelFiles) -> None:
    picture = draw_two_people(384)
    found = PoseEstimator(model_files).detect(picture)
    assert len(found) == 2
    noses = sorted(float(body.points[0, 0]) / picture.shape[1] for body in found)
    assert noses[0] == pytest.approx(0.26, abs=0.06)
    assert noses[1] == pytest.approx(0.74, abs=0.06)


@pytest.mark.parametrize("height", [320, 512, 1024])
def test_the_classifier_takes_the_pebbles_for_bare_skin(height: int) -> None:
    assert explicit_percent(draw_nsfw_standin(height)) > 85
