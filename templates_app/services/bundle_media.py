"""Media of a bundle: media_of puts them in, music_take_over takes the sounds out again."""

import tempfile
from pathlib import Path

from django.utils.translation import gettext

from templates_app.models import TemplateVersion
from templates_app.poses.bundle import MEDIA, Bundle, Source
from tongyi_portal.common import storage
from tongyi_portal.vision.audio import holds_pictures, read_mono
from tongyi_portal.vision.media import MediaError

MUSIC, TAKE_MUSIC = f"{MEDIA}music.m4a", f"{MEDIA}take-music.m4a"


def media_of(version: TemplateVersion, folder: Path) -> dict[str, Source]:
    """All previews of a version, its music and that of its take, fetched to `folder`, by name in the bundle.

    Raises FileMissing, StorageUnavailable.
    """
    files: dict[str, Source] = {}
    for preview in version.previews.all():
        name = "-".join(part for part in (preview.kind, preview.character) if part)
        name = f"{name}.{storage.EXTENSIONS[preview.mime]}"
        files[MEDIA + name] = storage.fetch_to(storage.PREVIEWS, preview.key, folder / name)
    sounds = {MUSIC: version.music_key, TAKE_MUSIC: version.take.music_key if version.take else ""}
    for name, key in sounds.items():
        if key:
            files[name] = storage.fetch_to(storage.UPLOADS, key, folder / Path(name).name)
    return files


def music_take_over(bundle: Bundle, name: str, notes: list[str]) -> bytes:
    """The sound of that name in the bundle; empty when there is none that is sound alone."""
    if all(file.name != name for file in bundle.media):
        return b""
    with tempfile.TemporaryDirectory() as folder:
        path = _copied(bundle, name, Path(folder))
        try:
            read_mono(path)
            is_sound = not holds_pictures(path)
        except MediaError:
            is_sound = False
        if not is_sound:
            notes.append(_left_out(name))
            return b""
        return path.read_bytes()


def previews_are_in(bundle: Bundle) -> bool:
    """Whether the bundle holds media besides its sounds; they may show another movement, so none is read."""
    return any(file.name not in {MUSIC, TAKE_MUSIC} for file in bundle.media)


def _copied(bundle: Bundle, name: str, folder: Path) -> Path:
    path = folder / Path(name).name
    with path.open("wb") as target:
        bundle.copy(name, target)
    return path


def _left_out(name: str) -> str:
    return gettext("%(file)s in the file cannot be used and was left out.") % {"file": name}
