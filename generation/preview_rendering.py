"""What a preview of a version shows: clips and covers of characters, the skeleton, a small moving picture.

The job kind `template_preview` makes them in the queue; services.previews makes them here and now, for an
installation that fills its library.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
from django.conf import settings

from generation.engines.base import BodyStyle as Style
from generation.engines.base import DanceEngine, DanceRequest, EngineContext
from generation.kinds.base import OutputFile
from generation.preview_clips import THUMB_HEIGHT, THUMB_WIDTH, skeleton_clip, thumbnail
from templates_app.characters.standard import cast_of, draw_dancer
from templates_app.models import BodyStyle, PreviewKind, TemplateVersion
from templates_app.poses.sequence import PoseSequence
from templates_app.services.versions import version_poses

WIDTH, HEIGHT, FPS = 288, 512, 15
PHOTO_HEIGHT = 768


@dataclass(frozen=True)
class PreviewRequest:
    """poses: at FPS. characters: keys of those who lead a clip of their own, in order."""

    poses: PoseSequence
    body_style: Style
    characters: tuple[str, ...]


def preview_request(version: TemplateVersion, characters: Iterable[str]) -> PreviewRequest:
    """Raises FileMissing, PoseFileInvalid."""
    poses = version_poses(version)
    return PreviewRequest(
        poses=poses.resampled(FPS, max(1, round(poses.duration_seconds * FPS))),
        body_style=style_of(version),
        characters=tuple(characters),
    )


def style_of(version: TemplateVersion) -> Style:
    return "half" if version.body_style == BodyStyle.HALF else "full"


def render_dance(
    engine: DanceEngine, request: PreviewRequest, character: str, context: EngineContext
) -> tuple[OutputFile, OutputFile, dict[str, float]]:
    """Clip and cover of one whole dance that the character leads, and the engine's seconds by stage.

    Raises EngineError, JobCancelled.
    """
    asked = DanceRequest(
        photos=tuple(_photo(key, context.scratch) for key in cast_of(character, request.poses.people_count)),
        poses=request.poses,
        width=WIDTH,
        height=HEIGHT,
        fps=FPS,
        body_style=request.body_style,
    )
    scratch = context.scratch / "engine"
    scratch.mkdir()
    made = engine.run(asked, replace(context, scratch=scratch))
    seconds = made.frame_count / made.fps
    return (
        _file(PreviewKind.LOOP, made.video, "video/mp4", character=character, seconds=seconds),
        _file(PreviewKind.COVER, made.cover, "image/jpeg", character=character),
        made.stage_seconds,
    )


def render_skeleton(
    request: PreviewRequest, context: EngineContext, each: Callable[[float], None]
) -> OutputFile:
    """each: hears the share that is done."""
    clip = skeleton_clip(
        request.poses,
        context.scratch / "skeleton.mp4",
        width=WIDTH,
        height=HEIGHT,
        finish_frame=context.finish_frame,
        each=each,
    )
    return _file(PreviewKind.SKELETON, clip, "video/mp4", seconds=request.poses.duration_seconds)


def render_thumb(request: PreviewRequest, loop: Path, character: str, folder: Path) -> OutputFile:
    """The small moving picture, made of the character's clip."""
    small = thumbnail(loop, folder / "thumb.webp", seconds=request.poses.duration_seconds)
    role = role_of(PreviewKind.THUMB, character)
    return OutputFile(role, small, "image/webp", THUMB_WIDTH, THUMB_HEIGHT)


def role_of(kind: PreviewKind, character: str = "") -> str:
    """The role of a preview's file."""
    return "-".join(part for part in (kind, character) if part)


def kind_of(file: OutputFile) -> tuple[PreviewKind, str]:
    """Which preview a file is, and of which character."""
    kind, _dash, character = file.role.partition("-")
    return PreviewKind(kind), character


def _file(
    kind: PreviewKind, path: Path, mime: str, *, character: str = "", seconds: float | None = None
) -> OutputFile:
    return OutputFile(role_of(kind, character), path, mime, WIDTH, HEIGHT, seconds)


def _photo(key: str, folder: Path) -> Path:
    """The character as a picture file; drawn once, read from the disk after that."""
    path = folder / f"{key}.png"
    pixels = draw_dancer(key, PHOTO_HEIGHT, folder=Path(settings.VAR_DIR) / "characters")
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return path
