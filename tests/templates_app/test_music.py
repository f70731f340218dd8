"""A version's music may be used only as long and as far as its rights record says so."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from templates_app.models import MusicBasis, TemplateVersion
from templates_app.music import MusicUse, version_music
from tests.factories.templates import give_rights, version_of

pytestmark = pytest.mark.django_db
LICENSED = {
    "music_basis": MusicBasis.LICENSED,
    "music_title": "Song",
    "music_owner": "Label",
    "music_reference": "Contract 7",
}


@pytest.fixture
def version() -> TemplateVersion:
    made = version_of()
    TemplateVersion.objects.filter(pk=made.pk).update(music_key="music/song.m4a")
    made.refresh_from_db()
    return made


def test_licensed_music_is_used_as_it_was_cut_for_the_movement(version: TemplateVersion) -> None:
    give_rights(version, **LICENSED)
    assert version_music(version) == MusicUse("music/song.m4a", 0.0, version.duration_seconds)


@pytest.mark.parametrize(
    "changes",
    [
        {"music_basis": MusicBasis.UNUSED},
        {**LICENSED, "music_reference": ""},
        {**LICENSED, "is_perpetual": False, "valid_until": timezone.localdate() - timedelta(days=1)},
    ],
)
def test_without_a_right_the_video_is_silent(version: TemplateVersion, changes: dict[str, Any]) -> None:
    assert version_music(version) is None  # no record at all
    give_rights(version, **changes)
    assert version_music(version) is None


def test_a_right_for_other_countries_is_none_here(version: TemplateVersion, settings: Any) -> None:
    give_rights(version, **LICENSED, territory=["JP"])
    settings.SITE_TERRITORY = "CN"
    assert version_music(version) is None
    settings.SITE_TERRITORY = "JP"
    assert version_music(version) is not None


def test_a_version_without_sound_has_no_music() -> None:
    version = version_of()
    give_rights(version, **LICENSED)
    assert version_music(version) is None
