"""previews_render_missing: all that a version must show before it is handed in, rendered here and now.

The job kind `template_preview` does the same in the queue, for a portal whose workers run; this is for an
installation that fills its library.
"""

import tempfile
from pathlib import Path

from generation.kinds.base import OutputFile
from generation.kinds.template_preview import FPS, HEIGHT, WIDTH, drawn_photo
from generation.labelling import check_label, label_file, mark_for, visible_label
from generation.preview_clips import THUMB_HEIGHT, THUMB_WIDTH, skeleton_clip, thumbnail
from generation.services.previews import preview_render
from templates_app.characters.standard import HALF, standard_characters
from templates_app.models import PreviewKind, TemplateVersion
from templates_app.services.gates import LOOPS_NEEDED
from templates_app.services.versions import version_attach_preview, version_poses
from tongyi_portal.accounts.models import User
from tongyi_portal.common import storage


def previews_render_missing(*, version: TemplateVersion, by: User, cover: str = "") -> None:
    """Attach every preview that is not there yet; after an interruption it goes on where it stopped.

    cover: the standard character whose clip is rendered first. Raises EngineError, LabelMissing,
    PermissionRefused, VersionFrozen, PreviewsFixed.
    """
    standard = standard_characters(version.body_style)
    # The one whose picture ends at the hips is shown wherever it fits.
    keys = sorted(standard, key=lambda key: (key != cover, key != HALF))[:LOOPS_NEEDED]
    with tempfile.TemporaryDirectory() as name:
        for key in keys:
            if not version.previews.filter(kind=PreviewKind.LOOP, character=key).exists():
                photo = drawn_photo(key, Path(name))
                preview_render(version=version, character_key=key, by=by, photo=photo)
        if not version.previews.filter(kind=PreviewKind.SKELETON).exists():
            _attach(version, PreviewKind.SKELETON, _skeleton(version, Path(name)), by)
        if not version.previews.filter(kind=PreviewKind.THUMB).exists():
            loop = version.previews.get(kind=PreviewKind.LOOP, character=keys[0])
            clip = storage.fetch_to(storage.PREVIEWS, loop.key, Path(name) / "loop.mp4")
            small = thumbnail(clip, Path(name) / "thumb.webp", seconds=version.duration_seconds)
            file = OutputFile("thumb", small, "image/webp", THUMB_WIDTH, THUMB_HEIGHT)
            _attach(version, PreviewKind.THUMB, file, by)


def _skeleton(version: TemplateVersion, folder: Path) -> OutputFile:
    poses = version_poses(version)
    poses = poses.resampled(FPS, max(1, round(poses.duration_seconds * FPS)))
    clip = skeleton_clip(
        poses,
        folder / "skeleton.mp4",
        width=WIDTH,
        height=HEIGHT,
        finish_frame=visible_label(WIDTH, HEIGHT),
        each=lambda _share: None,
    )
    return OutputFile("skeleton", clip, "video/mp4", WIDTH, HEIGHT, poses.duration_seconds)


def _attach(version: TemplateVersion, kind: PreviewKind, file: OutputFile, by: User) -> None:
    """Label the file as every output is, and store it."""
    mark = mark_for(version.pk)
    labelled = label_file(file, mark, file.path.parent / "labelled")
    check_label(labelled, mark)
    version_attach_preview(
        version=version,
        kind=kind,
        data=labelled.path.read_bytes(),
        mime=labelled.mime,
        width=labelled.width,
        height=labelled.height,
        by=by,
    )


def standard_photos_ensure() -> None:
    """Draw the standard characters of whole dances that are not drawn yet."""
    with tempfile.TemporaryDirectory() as name:
        for key in standard_characters("full")[:LOOPS_NEEDED]:
            drawn_photo(key, Path(name))
