"""Media of a bundle: media_of puts them in, media_take_over and music_take_over take them out again."""

import tempfile
from pathlib import Path

from django.utils.translation import gettext
from PIL import Image as Pictures

from moderation.picture_files.structure import StructureFault
from moderation.provenance import metadata
from moderation.provenance.mp4 import Mp4Fault
from moderation.provenance.visible import FOUND_FROM, VisibleLabel
from templates_app.characters import CHARACTERS
from templates_app.models import Preview, PreviewKind, TemplateVersion
from templates_app.poses.bundle import MEDIA, Bundle, Source
from templates_app.services.gates import previews_missing
from templates_app.services.versions import version_attach_preview
from templates_app.states import VERSION, VersionState
from templates_app.texts import CHARACTER_TEXTS
from tongyi_portal.accounts.models import User
from tongyi_portal.common import storage
from tongyi_portal.vision.audio import read_mono
from tongyi_portal.vision.media import MediaError, MediaUndecodable, iter_frames, probe_video, read_moments
from tongyi_portal.vision.regions import Image

MUSIC, TAKE_MUSIC = f"{MEDIA}music.m4a", f"{MEDIA}take-music.m4a"
MOST_PIXELS = 4096 * 4096
_FILM = "video/mp4"
_MIMES = {storage.EXTENSIONS[mime]: mime for mime in ("image/jpeg", "image/png", "image/webp", _FILM)}
_FILMS = frozenset({PreviewKind.LOOP, PreviewKind.SKELETON})


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
    """The sound of that name in the bundle; empty when there is none, or none that can be heard."""
    if all(file.name != name for file in bundle.media):
        return b""
    with tempfile.TemporaryDirectory() as folder:
        path = _copied(bundle, name, Path(folder))
        try:
            read_mono(path)
        except MediaError:
            notes.append(_left_out(name))
            return b""
        return path.read_bytes()


def media_take_over(bundle: Bundle, version: TemplateVersion, by: User, notes: list[str]) -> list[str]:
    """Attach the bundle's pictures and clips to a draft as its previews; their keys in "previews".

    They are scanned when the version is handed in, as rendered ones are. With all that must be seen the draft
    is READY. What cannot be read, is no preview or lacks an AI label is told in `notes`. Raises
    StorageUnavailable.
    """
    kept: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for file in bundle.media:
            if file.name in {MUSIC, TAKE_MUSIC}:
                continue
            preview = _attached(bundle, file.name, version, by, Path(folder), notes)
            if preview is not None:
                kept.append(preview.key)
    chosen = bundle.manifest.facts.get("cover")
    covers = version.previews.filter(kind=PreviewKind.COVER)
    cover = covers.filter(character=chosen).first() if isinstance(chosen, str) else None
    if cover is not None:
        TemplateVersion.objects.filter(pk=version.pk).update(cover=cover)
    if not previews_missing(version):
        VERSION.move(version, VersionState.READY, guard={"state": VersionState.DRAFT})
    version.refresh_from_db()
    return kept


def _attached(
    bundle: Bundle, name: str, version: TemplateVersion, by: User, folder: Path, notes: list[str]
) -> Preview | None:
    stem, _dot, extension = name.removeprefix(MEDIA).partition(".")
    kind, _dash, character = stem.partition("-")
    mime = _MIMES.get(extension, "")
    is_known = not character or character in CHARACTERS or character in CHARACTER_TEXTS
    if kind not in PreviewKind.values or not is_known or (kind in _FILMS) != (mime == _FILM):
        notes.append(_left_out(name))
        return None
    path = _copied(bundle, name, folder)
    try:
        shown = _film_shown(path) if mime == _FILM else _picture_shown(path, mime)
    except MediaError:
        notes.append(_left_out(name))
        return None
    if not _is_labelled(path, mime, shown):
        lacking = gettext("%(file)s in the file does not carry the AI label and was left out.")
        notes.append(lacking % {"file": name})
        return None
    height, width = shown[0].shape[:2]
    return version_attach_preview(
        version=version,
        kind=PreviewKind(kind),
        character=character,
        data=path.read_bytes(),
        mime=mime,
        width=width,
        height=height,
        by=by,
    )


def _film_shown(path: Path) -> list[Image]:
    """The first, middle and last frame."""
    with path.open("rb") as file:
        if file.read(12)[4:8] != b"ftyp":
            raise MediaUndecodable(f"{path.name} is no MP4")
    seconds = probe_video(path).duration_seconds
    return [frame for _at, frame in iter_frames(path, times=[0, seconds / 2, seconds])]


def _picture_shown(path: Path, mime: str) -> list[Image]:
    try:
        with Pictures.open(path) as opened:
            is_right = opened.get_format_mimetype() == mime and opened.width * opened.height <= MOST_PIXELS
    except (OSError, ValueError, SyntaxError, Pictures.DecompressionBombError) as error:
        raise MediaUndecodable(f"{path.name} is no picture") from error
    if not is_right:
        raise MediaUndecodable(f"{path.name} is not what its name says, or too large")
    return read_moments(path)


def _is_labelled(path: Path, mime: str, shown: list[Image]) -> bool:
    """Whether the visible label stands in all that is shown, and the implicit one in the file, once."""
    try:
        marks = metadata.read_video(path) if mime == _FILM else metadata.read_image(path.read_bytes())
        label = VisibleLabel(width=shown[0].shape[1], height=shown[0].shape[0])
        score = min(label.find(frame) for frame in shown)
    except (ValueError, Mp4Fault, StructureFault):  # also when no label fits into frames of this size
        return False
    return len(marks) == 1 and score >= FOUND_FROM


def _copied(bundle: Bundle, name: str, folder: Path) -> Path:
    path = folder / Path(name).name
    with path.open("wb") as target:
        bundle.copy(name, target)
    return path


def _left_out(name: str) -> str:
    return gettext("%(file)s in the file cannot be used and was left out.") % {"file": name}
