"""The project's own clothed people pass every scanner: whoever tries the demo is not sent to a moderator."""

import uuid

import pytest

from moderation.services.scanning import scan_picture
from moderation.taxonomy import Surface, Verdict
from templates_app.characters import CHARACTERS, draw_character


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("key", sorted(CHARACTERS))
def test_a_sample_person_passes_as_photo_and_as_output(key: str) -> None:
    pixels = draw_character(key, 288)
    for surface in (Surface.PHOTO, Surface.OUTPUT):
        run = scan_picture(subject_type="test", subject_id=uuid.uuid4(), surface=surface, pixels=pixels)
        assert run.verdict == Verdict.PASS, list(run.findings.values_list("label", "confidence"))
