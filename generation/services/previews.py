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
from templates_app.characters import CHARACTERS, draw_character
from templates_app.models import BodyStyle, Preview, PreviewKind, TemplateVersion
from templates_app.poses.draw import SEEN
from templates_app.poses.sequence import PoseSequence
from templates_app.poses.skeletons import LAYOUTS
from templates_app.services.versions import version_attach_preview, version_poses
from tongyi_portal.accounts.models import User

ENGINE_KEY = "animation"
WIDTH, HEIGHT, FPS = 288, 512, 15
PHOTO_HEIGHT = 768
HALF_PART = 0.64  # of a drawn picture's height: down to the thighs, with both hands
_KINDS: dict[str, PreviewKind] = {ArtifactRole.VIDEO: PreviewKind.LOOP, ArtifactRole.COVER: PreviewKind.COVER}


def preview_render(
    *, version: TemplateVersion, character_key: str, by: User, photo: Path | None = None
) -> list[Preview]:
    """Render one whole dance on drawn characters and attach clip and cover, labelled as every output is.

    character_key: who dances first; further performers are the next characters of the table. photo: a picture
    of that character that was drawn before; else it is drawn, which takes seconds, and where the movement
    ends at the hips, so does the drawing. Raises UnknownKey for a character that does not exist, EngineError,
    LabelMissing, PermissionRefused, VersionFrozen.
    """
    poses = version_poses(version)
    part = HALF_PART if _ends_at_hips(poses) else 1.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        request = DanceRequest(
            photos=tuple(
                photo if number == 0 and photo else _drawn(key, folder / f"{number}.png", part)
                for number, key in enumerate(cast_of(character_key, poses.people_count))
            ),
            poses=poses.resampled(FPS, max(1, round(poses.duration_seconds * FPS))),
            width=WIDTH,
            height=HEIGHT,
            fps=FPS,
            body_style="half" if version.body_style == BodyStyle.HALF else "full",
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


def cast_of(character_key: str, people: int) -> list[str]:
    """Characters for so many performers: this one, and those that follow it in the table, round and round."""
    keys = list(CHARACTERS)
    first = keys.index(character_key) if character_key in keys else 0
    return [character_key, *(keys[(first + step) % len(keys)] for step in range(1, people))]


def _ends_at_hips(poses: PoseSequence) -> bool:
    """Whether no knee is seen most of the time."""
    joints = LAYOUTS[poses.layout].joints
    knees = [joints.index("left_knee"), joints.index("right_knee")]
    return float(poses.confidence[:, :, knees].mean()) < SEEN


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


def _drawn(character_key: str, path: Path, part: float) -> Path:
    """The upper `part` of the character's picture."""
    pixels = draw_character(character_key, PHOTO_HEIGHT, folder=Path(settings.VAR_DIR) / "characters")
    pixels = pixels[: round(part * len(pixels))]
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return path
