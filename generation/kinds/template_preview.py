"""template_preview: a draft is danced by the standard characters; clips, covers, skeleton, small picture."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import cv2
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from generation.engines.base import DanceEngine, DanceRequest, EngineContext, Progress
from generation.errors import TemplateNotFound
from generation.kinds.base import Estimate, JobPlan, LibraryKind, Outcome, OutputFile
from generation.models import Job
from generation.preview_clips import THUMB_HEIGHT, THUMB_WIDTH, skeleton_clip, thumbnail
from templates_app.characters.standard import StandardCharacter, draw_standard, standard_for
from templates_app.models import BodyStyle, Preview, PreviewKind, TemplateVersion
from templates_app.poses.sequence import PoseSequence
from templates_app.services.preparing import (
    version_begin_processing,
    version_prepared,
    version_unprepared,
)
from templates_app.services.versions import version_poses
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.serializers import StrictSerializer

WIDTH, HEIGHT, FPS = 288, 512, 15
PHOTO_HEIGHT = 768
SKELETON_SHARE = 0.06  # of the progress


class TemplatePreviewParams(StrictSerializer):
    """Parameters of the previews."""

    version = serializers.UUIDField(help_text=_("Id of a draft."))


@dataclass(frozen=True)
class PreviewRequest:
    """poses: at FPS. characters: those that fit, in order."""

    poses: PoseSequence
    body_style: BodyStyle
    characters: tuple[StandardCharacter, ...]


class TemplatePreview(LibraryKind):
    """work_units: seconds of clip, over all characters."""

    key: ClassVar[str] = "template_preview"
    label: ClassVar[Any] = _("previews of a template")
    unit: ClassVar[str] = "seconds of clip"
    engines: ClassVar[tuple[str, ...]] = ("animation",)
    params_serializer: ClassVar[type[StrictSerializer]] = TemplatePreviewParams
    alias: ClassVar[str] = storage.PREVIEWS
    is_labelled: ClassVar[bool] = True

    def plan(self, params: Mapping[str, Any], owner: User) -> JobPlan:
        """Also moves a draft on for a job that is run again. Raises PermissionRefused, TemplateNotFound,
        VersionNotPreparable.
        """
        roles.require(owner, roles.TEMPLATE_EDIT)
        version = (
            TemplateVersion.objects.select_for_update(of=("self",)).filter(pk=str(params["version"])).first()
        )
        if version is None:
            raise TemplateNotFound
        version_begin_processing(version)
        count = len(standard_for(BodyStyle(version.body_style).value))
        return JobPlan(
            params={"version": str(version.pk)}, inputs={}, work_units=version.duration_seconds * count
        )

    def estimate(self, work_units: float) -> Estimate:
        """Two CPU cores, at a quarter of a video's pixels and half its frames."""
        seconds = 15.0 + 0.5 * work_units
        return Estimate(seconds, 0.5 * seconds)

    def frame_size(self, job: Job) -> tuple[int, int]:
        return WIDTH, HEIGHT

    def sources(self, job: Job) -> Mapping[str, tuple[str, str]]:
        return {}

    def prepare(self, job: Job, inputs: Mapping[str, Path]) -> PreviewRequest:
        """Raises TemplateNotFound, FileMissing, PoseFileInvalid."""
        version = self._version(job)
        poses = version_poses(version)
        style = BodyStyle(version.body_style)
        return PreviewRequest(
            poses=poses.resampled(FPS, max(1, round(poses.duration_seconds * FPS))),
            body_style=style,
            characters=tuple(standard_for(style.value)),
        )

    def run(self, engine: DanceEngine, request: PreviewRequest, context: EngineContext) -> Outcome:
        photos = {one.key: drawn_photo(one.key, context.scratch) for one in request.characters}
        files: list[OutputFile] = []
        stage_seconds: dict[str, float] = {}
        share = (1 - SKELETON_SHARE) / len(request.characters)
        for number, character in enumerate(request.characters):
            cast = _cast(photos, character.key, request.poses.people_count)
            part = _part_of(context, character.key, number * share, share)
            asked = DanceRequest(
                photos=cast,
                poses=request.poses,
                width=WIDTH,
                height=HEIGHT,
                fps=FPS,
                body_style=request.body_style.value,
            )
            made = engine.run(asked, part)
            seconds = made.frame_count / made.fps
            loop = OutputFile(f"loop-{character.key}", made.video, "video/mp4", WIDTH, HEIGHT, seconds)
            files += [loop, OutputFile(f"cover-{character.key}", made.cover, "image/jpeg", WIDTH, HEIGHT)]
            for stage, taken in made.stage_seconds.items():
                stage_seconds[stage] = stage_seconds.get(stage, 0.0) + taken
        return Outcome((*files, *_without_engine(request, context, files[0])), stage_seconds)

    def folder(self, job: Job) -> str:
        return storage.preview_folder(self._version(job).pk, job.pk)

    def named_keys(self, job: Job) -> set[str]:
        return set(Preview.objects.filter(version=job.params["version"]).values_list("key", flat=True))

    def store(self, job: Job, outcome: Outcome, keys: Mapping[str, str]) -> None:
        """Raises TransitionRefused when nobody waits for the previews any more."""
        previews = [_preview(job, file, keys[file.role]) for file in outcome.files]
        version_prepared(version_id=self._version(job).pk, previews=previews)

    def ended_without_result(self, job: Job, code: str) -> None:
        version_unprepared(version_id=self._version(job).pk, code=code)

    @staticmethod
    def _version(job: Job) -> TemplateVersion:
        version = TemplateVersion.objects.filter(pk=job.params["version"]).first()
        if version is None:
            raise TemplateNotFound
        return version


def drawn_photo(key: str, folder: Path) -> Path:
    """The standard character as a picture file; drawn once, read from the disk after that."""
    path = folder / f"{key}.png"
    pixels = draw_standard(key, PHOTO_HEIGHT, folder=Path(settings.VAR_DIR) / "characters")
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return path


def _cast(photos: Mapping[str, Path], first: str, people: int) -> tuple[Path, ...]:
    """Who dances: `first`, and for further performers the others in turn."""
    keys = list(photos)
    start = keys.index(first)
    return tuple(photos[keys[(start + number) % len(keys)]] for number in range(people))


def _part_of(context: EngineContext, name: str, start: float, share: float) -> EngineContext:
    """A context for one run of several: a folder of its own, and its share of the progress."""
    scratch = context.scratch / name
    scratch.mkdir()

    def report(progress: Progress) -> None:
        context.report(Progress(progress.stage, start + share * progress.fraction))

    return replace(context, scratch=scratch, report=report)


def _without_engine(
    request: PreviewRequest, context: EngineContext, loop: OutputFile
) -> tuple[OutputFile, OutputFile]:
    """The skeleton clip, and the small picture made of the first character's clip."""
    seconds = request.poses.duration_seconds
    clip = skeleton_clip(
        request.poses,
        context.scratch / "skeleton.mp4",
        width=WIDTH,
        height=HEIGHT,
        finish_frame=context.finish_frame,
        each=lambda part: context.report(Progress("skeleton", 1 - SKELETON_SHARE * (1 - part))),
    )
    small = thumbnail(loop.path, context.scratch / "thumb.webp", seconds=seconds)
    return (
        OutputFile("skeleton", clip, "video/mp4", WIDTH, HEIGHT, seconds),
        OutputFile(f"thumb-{loop.role.partition('-')[2]}", small, "image/webp", THUMB_WIDTH, THUMB_HEIGHT),
    )


def _preview(job: Job, file: OutputFile, key: str) -> Preview:
    kind, _dash, character = file.role.partition("-")
    data = file.path.read_bytes()
    return Preview(
        version_id=job.params["version"],
        kind=PreviewKind(kind),
        character=character,
        key=key,
        mime=file.mime,
        width=file.width,
        height=file.height,
        byte_size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
