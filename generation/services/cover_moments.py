"""cover_from_moment: the picture that a looping clip shows at some time becomes a cover."""

import tempfile
from pathlib import Path

from generation.kinds.base import OutputFile
from generation.labelling import check_label, label_file, mark_for
from generation.models import ArtifactRole
from templates_app.models import PreviewKind, TemplateVersion
from templates_app.motion_errors import CoverUnknown
from templates_app.services.preparing import version_choose_cover
from templates_app.services.versions import PreviewsFixed, version_attach_preview
from templates_app.states import VersionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.vision.media import iter_frames, write_jpeg


def cover_from_moment(
    *, version: TemplateVersion, character: str, at_seconds: float, by: User
) -> TemplateVersion:
    """The picture that a looping clip shows at that time becomes the character's cover, and is chosen.

    It takes the place of the character's earlier cover, and gets every label itself. Raises CoverUnknown
    without such a clip, PermissionRefused, VersionFrozen, PreviewsFixed once it was handed to moderation,
    LabelMissing, FileMissing, StorageUnavailable.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    if version.state == VersionState.PROCESSING:
        raise PreviewsFixed(details={"state": version.state})
    loop = version.previews.filter(kind=PreviewKind.LOOP, character=character).first()
    if loop is None:
        raise CoverUnknown
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = storage.fetch_to(storage.PREVIEWS, loop.key, folder / "loop.mp4")
        _at, frame = next(iter_frames(clip, times=[at_seconds]))
        write_jpeg(folder / "cover.jpg", frame)
        made = OutputFile(ArtifactRole.COVER, folder / "cover.jpg", "image/jpeg", loop.width, loop.height)
        mark = mark_for(version.pk)
        labelled = label_file(made, mark, folder / "labelled")
        check_label(labelled, mark)
        cover = version_attach_preview(
            version=version,
            kind=PreviewKind.COVER,
            character=character,
            data=labelled.path.read_bytes(),
            mime=labelled.mime,
            width=labelled.width,
            height=labelled.height,
            by=by,
        )
    return version_choose_cover(version=version, preview_id=cover.pk, by=by)
