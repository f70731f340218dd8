"""preview_render: a template's looping clip and cover, danced by a drawn character."""

import tempfile
from pathlib import Path

import cv2
from django.conf import settings

from generation.engines.base import DanceRequest, EngineContext
from generation.kinds.base import OutputFile
from generation.labelling import check_label, label_file, mark_for, visible_label
from generation.models import ArtifactRole
from generation.resident_engines import resident_engine
from templates_app.characters import draw_character
from templates_app.models import BodyStyle, Preview, PreviewKind, TemplateVersion
from templates_app.services.versions import version_attach_preview, version_poses
from tongyi_portal.accounts.models import User

ENGINE_KEY = "animation"
WIDTH, HEIGHT, FPS = 288, 512, 15
PHOTO_HEIGHT = 768
_KINDS = {ArtifactRole.VIDEO: PreviewKind.LOOP, ArtifactRole.COVER: PreviewKind.COVER}


def preview_render(
    *, version: TemplateVersion, character_key: str, by: User, photo: Path | None = None
) -> list[Preview]:
    """Render one whole dance on a drawn character and attach clip and cover, labelled as every output is.

    photo: a picture of that character that was drawn before; else it is drawn, which takes seconds. Raises
    UnknownKey for a character that does not exist, EngineError, LabelMissing, PermissionRefused,
    VersionFrozen.
    """
    poses = version_poses(version)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        request = DanceRequest(
            photos=(photo or _drawn(character_key, folder / "photo.png"),) * poses.people_count,
            poses=poses.resampled(FPS, max(1, round(poses.duration_seconds * FPS))),
            width=WIDTH,
            height=HEIGHT,
            fps=FPS,
            body_style=BodyStyle(version.body_style).value,
        )
        return [
            version_attach_preview(
                version=version,
                kind=_KINDS[file.role],
                character=character_key,
                data=file.path.read_bytes(),
                mime=file.mime,
                width=file.width,
                height=file.height,
                by=by,
            )
            for file in _rendered(request, version, folder)
        ]


def _rendered(request: DanceRequest, version: TemplateVersion, folder: Path) -> list[OutputFile]:
    """Clip and cover, labelled and checked."""
    engine_folder = folder / "engine"
    engine_folder.mkdir()
    context = EngineContext(
        scratch=engine_folder,
        report=lambda _progress: None,
        finish_frame=visible_label(request.width, request.height),
        seed=version.number,
        threads=settings.ENGINE_THREADS,
    )
    result = resident_engine(ENGINE_KEY).run(request, context)
    seconds = result.frame_count / result.fps
    mark, size = mark_for(version.pk), {"width": result.width, "height": result.height}
    made = [
        OutputFile(ArtifactRole.VIDEO, result.video, "video/mp4", duration_seconds=seconds, **size),
        OutputFile(ArtifactRole.COVER, result.cover, "image/jpeg", **size),
    ]
    labelled = [label_file(file, mark, folder / "labelled") for file in made]
    for file in labelled:
        check_label(file, mark)
    return labelled


def _drawn(character_key: str, path: Path) -> Path:
    pixels = draw_character(character_key, PHOTO_HEIGHT, folder=Path(settings.VAR_DIR) / "characters")
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return path
