"""template_preview: a draft is danced by the standard characters; clips, covers, skeleton, small picture."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from generation.engines.base import DanceEngine, EngineContext, Progress
from generation.errors import TemplateNotFound
from generation.kinds.base import Estimate, JobPlan, LibraryKind, Outcome, OutputFile
from generation.models import Job
from generation.preview_rendering import (
    HEIGHT,
    WIDTH,
    PreviewRequest,
    kind_of,
    preview_request,
    render_dance,
    render_skeleton,
    render_thumb,
    style_of,
)
from templates_app.characters.standard import standard_characters
from templates_app.models import Preview, TemplateVersion
from templates_app.services.preparing import (
    version_begin_processing,
    version_prepared,
    version_unprepared,
)
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.serializers import StrictSerializer

SKELETON_SHARE = 0.06  # of the progress


class TemplatePreviewParams(StrictSerializer):
    """Parameters of the previews."""

    version = serializers.UUIDField(help_text=_("Id of a draft."))


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
        version_begin_processing(version, owner)
        count = len(standard_characters(style_of(version)))
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
        return preview_request(version, standard_characters(style_of(version)))

    def run(self, engine: DanceEngine, request: PreviewRequest, context: EngineContext) -> Outcome:
        files: list[OutputFile] = []
        stage_seconds: dict[str, float] = {}
        share = (1 - SKELETON_SHARE) / len(request.characters)
        for number, character in enumerate(request.characters):
            part = _part_of(context, character, number * share, share)
            loop, cover, seconds = render_dance(engine, request, character, part)
            files += [loop, cover]
            for stage, taken in seconds.items():
                stage_seconds[stage] = stage_seconds.get(stage, 0.0) + taken

        def report(done: float) -> None:
            context.report(Progress("skeleton", 1 - SKELETON_SHARE * (1 - done)))

        files.append(render_skeleton(request, context, report))
        files.append(render_thumb(request, files[0].path, request.characters[0], context.scratch))
        return Outcome(tuple(files), stage_seconds)

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


def _part_of(context: EngineContext, name: str, start: float, share: float) -> EngineContext:
    """A context for one run of several: a folder of its own, and its share of the progress."""
    scratch = context.scratch / name
    scratch.mkdir()

    def report(progress: Progress) -> None:
        context.report(Progress(progress.stage, start + share * progress.fraction))

    return replace(context, scratch=scratch, report=report)


def _preview(job: Job, file: OutputFile, key: str) -> Preview:
    kind, character = kind_of(file)
    data = file.path.read_bytes()
    return Preview(
        version_id=job.params["version"],
        kind=kind,
        character=character,
        key=key,
        mime=file.mime,
        width=file.width,
        height=file.height,
        byte_size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
