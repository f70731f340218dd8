"""pose_extract: an accepted dance video becomes a take, and a first draft made of it."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from generation.engines.base import EngineContext
from generation.engines.motion.take import MotionRequest, MotionResult
from generation.kinds.base import Estimate, JobPlan, LibraryKind, Outcome, OutputFile
from generation.models import Job
from generation.services.partial_results import StoredPartials
from generation.states import FINISHED
from templates_app.beats import Beat
from templates_app.models import MotionVideo, Take, TemplateVersion
from templates_app.motion_errors import MotionBusy, MotionGone
from templates_app.services.contents import KEYS, Content, content_of
from templates_app.services.editing import default_edits, version_insert
from templates_app.services.motion_checks import motion_require_usable
from templates_app.services.takes import TakeFacts, take_store
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.serializers import StrictSerializer

MAX_PEOPLE = 4


class PoseExtractParams(StrictSerializer):
    """Parameters of an extraction."""

    motion = serializers.UUIDField(help_text=_("Id of an accepted dance video."))


@dataclass(frozen=True)
class Extracted:
    """A result with what follows from it, made before anything is stored."""

    result: MotionResult
    draft: Content


class PoseExtract(LibraryKind):
    """work_units: seconds of clip."""

    key: ClassVar[str] = "pose_extract"
    label: ClassVar[Any] = _("extraction of a movement")
    unit: ClassVar[str] = "seconds of clip"
    engines: ClassVar[tuple[str, ...]] = ("motion",)
    params_serializer: ClassVar[type[StrictSerializer]] = PoseExtractParams
    alias: ClassVar[str] = storage.UPLOADS
    is_labelled: ClassVar[bool] = False

    def plan(self, params: Mapping[str, Any], owner: User) -> JobPlan:
        """Raises PermissionRefused, MotionGone, MotionNotUsable, MotionBusy."""
        roles.require(owner, roles.TEMPLATE_EDIT)
        motion = MotionVideo.objects.select_for_update(of=("self",)).filter(pk=str(params["motion"])).first()
        if motion is None:
            raise MotionGone
        motion_require_usable(motion)
        same = Job.objects.filter(owner=owner, kind=self.key, params__motion=str(motion.pk))
        if same.exclude(state__in=FINISHED).exists():
            raise MotionBusy
        return JobPlan(
            params={"motion": str(motion.pk)}, inputs={}, work_units=float(motion.duration_seconds or 1.0)
        )

    def estimate(self, work_units: float) -> Estimate:
        """Two CPU cores: a little slower than the clip runs."""
        seconds = 5.0 + 1.3 * work_units
        return Estimate(seconds, 0.5 * seconds)

    def frame_size(self, job: Job) -> tuple[int, int]:
        motion = self._motion(job)
        return motion.width or 0, motion.height or 0

    def sources(self, job: Job) -> Mapping[str, tuple[str, str]]:
        """Raises MotionGone, MotionNotUsable."""
        motion = self._motion(job)
        motion_require_usable(motion)
        return {"video": (storage.UPLOADS, motion.key)}

    def prepare(self, job: Job, inputs: Mapping[str, Path]) -> MotionRequest:
        return MotionRequest(video=inputs["video"], max_people=MAX_PEOPLE)

    def run(self, engine: Any, request: MotionRequest, context: EngineContext) -> Outcome:
        result: MotionResult = engine.run(request, context)
        tracks = [asdict(track) for track in result.tracks]
        draft = content_of(
            result.take,
            default_edits(tracks),
            taken=Beat(result.bpm, result.beats),
            bpm=result.bpm,
            sound=result.music,
        )
        folder = context.scratch
        poses, drafted = folder / "take.npz", folder / "draft.npz"
        poses.write_bytes(result.take.to_npz())
        drafted.write_bytes(draft.poses.to_npz())
        files = [
            _file("poses", poses, "application/octet-stream"),
            _file("draft", drafted, "application/octet-stream"),
            _file("proxy", result.proxy, "video/mp4"),
            _file("strip", result.strip, "image/jpeg"),
        ]
        if result.music is not None:
            music = folder / "draft.m4a"
            music.write_bytes(draft.music)
            files += [_file("music", result.music, "audio/mp4"), _file("draft_music", music, "audio/mp4")]
        return Outcome(tuple(files), result.stage_seconds, Extracted(result, draft))

    def partials(self, job: Job) -> StoredPartials:
        """Beside the clip, so that they go with it; a take that is stored needs them no more."""
        folder = storage.motion_folder(uuid.UUID(job.params["motion"]))
        return StoredPartials(storage.UPLOADS, folder, "tracking", job.lease_token)

    def goes_on(self, job: Job) -> bool:
        return self.partials(job).has_earlier()

    def folder(self, job: Job) -> str:
        return storage.take_folder(job.pk)

    def named_keys(self, job: Job) -> set[str]:
        """Of the take, and of the versions that still are as they were drafted."""
        prefix = self.folder(job)
        keys: set[str] = set()
        for rows, names in (
            (Take.objects.filter(source=job.params["motion"]), (*KEYS, "proxy_key", "strip_key")),
            (TemplateVersion.objects.filter(take__source=job.params["motion"]), KEYS),
        ):
            keys.update(key for row in rows.values_list(*names) for key in row if key.startswith(prefix))
        return keys

    def store(self, job: Job, outcome: Outcome, keys: Mapping[str, str]) -> None:
        """Raises MotionGone, MotionNotUsable."""
        motion = self._motion(job)
        result: MotionResult = outcome.facts.result
        digests = {file.role: storage.file_sha256(file.path) for file in outcome.files}
        take = take_store(
            motion=motion,
            poses=result.take,
            pose_key=keys["poses"],
            pose_sha256=digests["poses"],
            facts=TakeFacts(
                tracks=[asdict(track) for track in result.tracks],
                beat=Beat(result.bpm, result.beats),
                proxy_key=keys["proxy"],
                strip_key=keys["strip"],
                music_key=keys.get("music", ""),
                engine_key=job.engine_key,
                engine_version=job.engine_version,
            ),
            by=job.owner,
        )
        version_insert(
            version=TemplateVersion(template=motion.template, take=take, created_by=job.owner),
            fields=outcome.facts.draft.fields()
            | {
                "pose_key": keys["draft"],
                "pose_sha256": digests["draft"],
                "music_key": keys.get("draft_music", ""),
            },
            by=job.owner,
            facts={"take": str(take.pk)},
        )
        transaction.on_commit(lambda: self._forget_partials(job), robust=True)

    def _forget_partials(self, job: Job) -> None:
        for key in self.partials(job).stored_keys():
            storage.erase(storage.UPLOADS, key)

    @staticmethod
    def _motion(job: Job) -> MotionVideo:
        motion = MotionVideo.objects.select_related("template").filter(pk=job.params["motion"]).first()
        if motion is None:
            raise MotionGone
        return motion


def _file(role: str, path: Path, mime: str) -> OutputFile:
    return OutputFile(role, path, mime, width=0, height=0)
