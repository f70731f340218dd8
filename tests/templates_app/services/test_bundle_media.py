"""Of the media in a template file sounds are taken over; previews are not, whatever they show."""

from pathlib import Path

import pytest

from templates_app.poses.bundle import POSES, Source, read_bundle, write_bundle
from templates_app.poses.bundle_manifest import BundleManifest
from templates_app.services.bundles import Imported, template_export, template_import
from templates_app.services.gates import PreviewMissing
from templates_app.services.handing_in import version_submit
from templates_app.states import VersionState
from tests.factories.sounds import tone, write_m4a
from tests.factories.templates import (
    CategoryFactory,
    give_rights,
    plain_clip,
    plain_jpeg,
    ready_version,
    superuser,
    tiny_poses,
)
from tongyi_portal.vision.audio import mux

pytestmark = pytest.mark.django_db
LEFT_OUT = "The previews in the file were not taken over; have new ones made."


def imported(folder: Path, media: dict[str, Source]) -> Imported:
    """A file as another portal may have written it, with these media."""
    manifest = BundleManifest("sway", "摇摆", "Sway", "", "", category=CategoryFactory().slug)
    path = folder / "sway.dance.zip"
    with path.open("wb") as target:
        write_bundle(target, manifest, {POSES: tiny_poses().to_npz()} | media)
    return template_import(path=path, by=superuser())


def test_previews_of_another_movement_do_not_stand_for_the_one_in_the_file(tmp_path: Path) -> None:
    version = ready_version(loop=plain_clip((90, 120, 160)), still=plain_jpeg())
    path = tmp_path / "exported.dance.zip"
    with template_export(version=version, by=superuser()) as file:
        path.write_bytes(file.read())
    bundle = read_bundle(path)
    media: dict[str, Source] = {}
    for listed in bundle.media:
        copy = tmp_path / Path(listed.name).name
        with copy.open("wb") as target:
            bundle.copy(listed.name, target)
        media[listed.name] = copy
    assert len(media) == 6
    found = imported(tmp_path, media)
    assert found.notes == (LEFT_OUT,)
    assert (found.version.state, found.version.previews.count()) == (VersionState.DRAFT, 0)


def test_an_imported_version_is_not_handed_in_before_its_previews_were_rendered(tmp_path: Path) -> None:
    version = imported(tmp_path, {"media/cover-tall.jpg": plain_jpeg()}).version
    give_rights(version)
    with pytest.raises(PreviewMissing):
        version_submit(version=version, by=superuser())


def test_a_video_is_not_stored_as_music(tmp_path: Path) -> None:
    film, sound, both = tmp_path / "film.mp4", tmp_path / "sound.m4a", tmp_path / "both.mp4"
    film.write_bytes(plain_clip((90, 120, 160)))
    mux(film, write_m4a(sound, tone(440, 1.0)), both)
    found = imported(tmp_path, {"media/music.m4a": both, "media/take-music.m4a": sound})
    assert found.notes == ("media/music.m4a in the file cannot be used and was left out.",)
    assert found.version.take is not None
    assert (found.version.music_key == "", found.version.take.music_key == "") == (True, False)


@pytest.mark.parametrize("name", ["music", "take-music"])
def test_a_sound_that_cannot_be_heard_is_told_of(tmp_path: Path, name: str) -> None:
    found = imported(tmp_path, {f"media/{name}.m4a": b"no sound"})
    assert found.notes == (f"media/{name}.m4a in the file cannot be used and was left out.",)
    assert found.version.take is not None
    assert (found.version.music_key, found.version.take.music_key) == ("", "")
