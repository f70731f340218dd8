"""preview_render, previews_render_missing: previews of a version, rendered here and now and attached."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from generation.engines.base import EngineContext
from generation.kinds.base import OutputFile
from generation.labelling import check_label, label_file, mark_for, visible_label
from generation.preview_rendering import (
    HEIGHT,
    PHOTO_HEIGHT,
    WIDTH,
    kind_of,
    preview_request,
    render_dance,
    render_skeleton,
    render_thumb,
)
from generation.resident_engines import resident_engine
from templates_app.characters.standard import HALF, draw_standard, standard_characters
from templates_app.models import Preview, PreviewKind, TemplateVersion
from templates_app.services.gates import LOOPS_NEEDED
from templates_app.services.versions import version_attach_preview
from tongyi_portal.accounts.models import User
from tongyi_portal.common import storage

ENGINE_KEY = "animation"


def preview_render(*, version: TemplateVersion, character_key: str, by: User) -> list[Preview]:
    """Render one whole dance on drawn characters and attach clip and cover, labelled as every output is.

    character_key: who dances first, a standard character or any other; drawing one takes seconds when it was
    not drawn before. Raises UnknownKey for a character that does not exist, EngineError, LabelMissing,
    PermissionRefused, VersionFrozen, PreviewsFixed.
    """
    request = preview_request(version, [character_key])
    with _context(version) as context:
        loop, cover, _seconds = render_dance(resident_engine(ENGINE_KEY), request, character_key, context)
        return [_attach(version, file, by) for file in (loop, cover)]


def previews_render_missing(*, version: TemplateVersion, by: User, cover: str = "") -> None:
    """Attach every preview that is not there yet; after an interruption it goes on where it stopped.

    cover: the standard character whose clip is rendered first. Raises EngineError, LabelMissing,
    PermissionRefused, VersionFrozen, PreviewsFixed.
    """
    standard = standard_characters(version.body_style)
    # The one whose picture ends at the hips is shown wherever it fits.
    keys = sorted(standard, key=lambda key: (key != cover, key != HALF))[:LOOPS_NEEDED]
    for key in keys:
        if not version.previews.filter(kind=PreviewKind.LOOP, character=key).exists():
            preview_render(version=version, character_key=key, by=by)
    request = preview_request(version, keys)
    if not version.previews.filter(kind=PreviewKind.SKELETON).exists():
        with _context(version) as context:
            _attach(version, render_skeleton(request, context, lambda _share: None), by)
    if not version.previews.filter(kind=PreviewKind.THUMB).exists():
        loop = version.previews.get(kind=PreviewKind.LOOP, character=keys[0])
        with tempfile.TemporaryDirectory() as name:
            clip = storage.fetch_to(storage.PREVIEWS, loop.key, Path(name) / "loop.mp4")
            _attach(version, render_thumb(request, clip, keys[0], Path(name)), by)


def standard_photos_ensure() -> None:
    """Draw the standard characters of whole dances that are not drawn yet."""
    for key in standard_characters("full")[:LOOPS_NEEDED]:
        draw_standard(key, PHOTO_HEIGHT, folder=Path(settings.VAR_DIR) / "characters")


@contextmanager
def _context(version: TemplateVersion) -> Iterator[EngineContext]:
    with tempfile.TemporaryDirectory() as name:
        yield EngineContext(
            scratch=Path(name),
            report=lambda _progress: None,
            finish_frame=visible_label(WIDTH, HEIGHT),
            seed=version.number,
            threads=settings.ENGINE_THREADS,
        )


def _attach(version: TemplateVersion, file: OutputFile, by: User) -> Preview:
    """Label the file as every output is, and store it."""
    mark = mark_for(version.pk)
    labelled = label_file(file, mark, file.path.parent / "labelled")
    check_label(labelled, mark)
    kind, character = kind_of(labelled)
    return version_attach_preview(
        version=version,
        kind=kind,
        character=character,
        data=labelled.path.read_bytes(),
        mime=labelled.mime,
        width=labelled.width,
        height=labelled.height,
        by=by,
    )
