"""dance_video: photos, one for each performer, and a published template become a video."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from generation.engines.base import DanceEngine, DanceRequest, EngineContext
from generation.errors import PhotosDoNotMatchPerformers, TemplateNotFound, UploadNotFound
from generation.kinds.base import Estimate, JobPlan, Outcome, OutputFile
from generation.models import ArtifactRole, Job, Upload, UploadSurface
from generation.soundtrack import lay_music
from templates_app.models import BodyStyle
from templates_app.music import MusicUse, version_music
from templates_app.poses.joining import endless
from templates_app.poses.sequence import MAX_PEOPLE
from templates_app.selectors import templates_live
from templates_app.services.versions import version_poses
from tongyi_portal.accounts.models import User
from tongyi_portal.common.serializers import StrictSerializer

SIZES = {"432x768": (432, 768), "576x1024": (576, 1024), "720x1280": (720, 1280)}
FRAME_RATES = (24, 30)
SEED_LIMIT = 2**32
STANDARD_PIXELS = 576 * 1024
PERFORMER_EFFORT = 0.25  # of the first performer's work: what each further, smaller one costs


class DanceVideoParams(StrictSerializer):
    """Parameters of a dance video."""

    photo = serializers.UUIDField(
        required=False, help_text=_("Id of an upload with surface “photo”, for a dance of one performer.")
    )
    photos = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        min_length=1,
        max_length=MAX_PEOPLE,
        help_text=_(
            "Ids of uploads with surface “photo”, one for each performer in their order, instead of “photo”. "
            "The first one's background is kept."
        ),
    )
    template = serializers.SlugField(help_text=_("Slug of a template."))
    duration_seconds = serializers.IntegerField(
        default=10,
        min_value=2,
        max_value=30,
        help_text=_(
            "Length of the video in seconds. A template that is shorter is danced again, and its music "
            "begins again with it; where it is no loop, one round passes smoothly into the next."
        ),
    )
    size = serializers.ChoiceField(
        choices=list(SIZES), default="576x1024", help_text=_("Width and height of the video in pixels.")
    )
    fps = serializers.ChoiceField(choices=list(FRAME_RATES), default=30, help_text=_("Frames per second."))
    seed = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=SEED_LIMIT - 1,
        help_text=_("The same seed and parameters give the same video; chosen at random when left out."),
    )
    with_music = serializers.BooleanField(
        default=True, help_text=_("Whether the template's music is added, where it has any.")
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "photo" not in attrs and "photos" not in attrs:
            raise serializers.ValidationError(
                {"photo": [_("Name either “photo” or “photos”.")]}, code="required"
            )
        if "photo" in attrs and "photos" in attrs:
            raise serializers.ValidationError(
                {"photos": [_("Name either “photo” or “photos”, not both.")]}, code="ambiguous"
            )
        return attrs


@dataclass(frozen=True)
class DanceWork:
    """What run() needs: the engine's request, and the music to lay under what comes back."""

    request: DanceRequest
    music: MusicUse | None


class DanceVideo:
    """work_units: seconds of video of one performer, at 576x1024 and 30 frames per second."""

    key: ClassVar[str] = "dance_video"
    label: ClassVar[Any] = _("dance video")
    unit: ClassVar[str] = "seconds of video"
    engines: ClassVar[tuple[str, ...]] = ("animation",)
    params_serializer: ClassVar[type[StrictSerializer]] = DanceVideoParams

    def plan(self, params: Mapping[str, Any], owner: User) -> JobPlan:
        """Raises UploadNotFound for a photo that the owner does not have, TemplateNotFound,
        PhotosDoNotMatchPerformers.
        """
        template = templates_live(owner).filter(slug=params["template"]).first()
        inputs, fields = _photos_of(params, owner)
        if template is None or template.live_version is None:
            raise TemplateNotFound(details={"field": "template"})
        version = template.live_version
        if len(inputs) != version.people_count:
            raise PhotosDoNotMatchPerformers(
                len(inputs), version.people_count, field="photos" if "photos" in params else "photo"
            )
        width, height = SIZES[params["size"]]
        effort = (width * height / STANDARD_PIXELS) * (params["fps"] / 30)
        effort *= 1 + PERFORMER_EFFORT * (version.people_count - 1)
        named = [str(upload.pk) for upload in inputs.values()]
        return JobPlan(
            params={
                **({"photos": named} if "photos" in params else {"photo": named[0]}),
                "template": template.slug,
                "duration_seconds": params["duration_seconds"],
                "size": params["size"],
                "fps": params["fps"],
                "with_music": params["with_music"],
            },
            inputs=inputs,
            fields=fields,
            work_units=params["duration_seconds"] * effort,
            template_version=version,
        )

    def estimate(self, work_units: float) -> Estimate:
        """Two CPU cores: about a second of start and scan, and as long as the clip lasts."""
        seconds = 6.0 + 1.2 * work_units
        return Estimate(seconds, 0.5 * seconds)

    def frame_size(self, job: Job) -> tuple[int, int]:
        return SIZES[job.params["size"]]

    def prepare(self, job: Job, inputs: Mapping[str, Path]) -> DanceWork:
        """Raises FileMissing, PoseFileInvalid."""
        version = job.template_version
        assert version is not None, "plan() always names one"  # noqa: S101
        fps, (width, height) = job.params["fps"], self.frame_size(job)
        seconds = job.params["duration_seconds"]
        poses = endless(version_poses(version), seconds)
        request = DanceRequest(
            photos=tuple(inputs[role_of(number)] for number in range(len(inputs))),
            poses=poses.resampled(fps, round(seconds * fps)),
            width=width,
            height=height,
            fps=fps,
            body_style="half" if version.body_style == BodyStyle.HALF else "full",
        )
        return DanceWork(request, version_music(version) if job.params.get("with_music") else None)

    def run(self, engine: DanceEngine, request: DanceWork, context: EngineContext) -> Outcome:
        """Also raises FileMissing, and EngineError with the code music_unreadable."""
        result = engine.run(request.request, context)
        video, seconds = result.video, result.frame_count / result.fps
        if request.music is not None:
            video = lay_music(video, request.music, seconds, context.scratch)
        size = {"width": result.width, "height": result.height}
        return Outcome(
            files=(
                OutputFile(ArtifactRole.VIDEO, video, "video/mp4", duration_seconds=seconds, **size),
                OutputFile(ArtifactRole.COVER, result.cover, "image/jpeg", **size),
            ),
            stage_seconds=result.stage_seconds,
        )


def role_of(number: int) -> str:
    """Role of the photo of the performer `number`, from 0: photo, photo-2, photo-3."""
    return "photo" if number == 0 else f"photo-{number + 1}"


def _photos_of(params: Mapping[str, Any], owner: User) -> tuple[dict[str, Upload], dict[str, str]]:
    """Uploads by role, and the field that named each. Raises UploadNotFound."""
    is_list = "photos" in params
    named: list[UUID] = params["photos"] if is_list else [params["photo"]]
    own = Upload.objects.filter(owner=owner, surface=UploadSurface.PHOTO, deleted_at__isnull=True)
    found = own.in_bulk(named)
    inputs, fields = {}, {}
    for number, pk in enumerate(named):
        field = f"photos.{number}" if is_list else "photo"
        if pk not in found:
            raise UploadNotFound(details={"field": field})
        inputs[role_of(number)], fields[role_of(number)] = found[pk], field
    return inputs, fields
