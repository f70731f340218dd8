"""dance_video: a photo and a published template become a video."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from generation.engines.base import DanceEngine, DanceRequest, EngineContext
from generation.errors import TemplateNotFound, UploadNotFound
from generation.kinds.base import Estimate, JobPlan, Outcome, OutputFile
from generation.models import ArtifactRole, Job, Upload, UploadSurface
from templates_app.selectors import templates_live
from templates_app.services.versions import version_poses
from tongyi_portal.accounts.models import User
from tongyi_portal.common.serializers import StrictSerializer

SIZES = {"432x768": (432, 768), "576x1024": (576, 1024), "720x1280": (720, 1280)}
FRAME_RATES = (24, 30)
SEED_LIMIT = 2**32
STANDARD_PIXELS = 576 * 1024


class DanceVideoParams(StrictSerializer):
    """Parameters of a dance video."""

    photo = serializers.UUIDField(help_text=_("Id of an upload with surface “photo”."))
    template = serializers.SlugField(help_text=_("Slug of a template."))
    duration_seconds = serializers.IntegerField(
        default=10, min_value=2, max_value=30, help_text=_("Length of the video in seconds.")
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


class DanceVideo:
    """work_units: seconds of video, at 576x1024 and 30 frames per second."""

    key: ClassVar[str] = "dance_video"
    label: ClassVar[Any] = _("dance video")
    unit: ClassVar[str] = "seconds of video"
    engines: ClassVar[tuple[str, ...]] = ("animation",)
    params_serializer: ClassVar[type[StrictSerializer]] = DanceVideoParams

    def plan(self, params: Mapping[str, Any], owner: User) -> JobPlan:
        """Raises UploadNotFound for a photo that the owner does not have, TemplateNotFound."""
        photo = Upload.objects.filter(
            pk=params["photo"], owner=owner, surface=UploadSurface.PHOTO, deleted_at__isnull=True
        ).first()
        if photo is None:
            raise UploadNotFound(details={"field": "photo"})
        template = templates_live(owner).filter(slug=params["template"]).first()
        if template is None or template.live_version is None:
            raise TemplateNotFound(details={"field": "template"})
        width, height = SIZES[params["size"]]
        effort = (width * height / STANDARD_PIXELS) * (params["fps"] / 30)
        return JobPlan(
            params={
                "photo": str(photo.pk),
                "template": template.slug,
                "duration_seconds": params["duration_seconds"],
                "size": params["size"],
                "fps": params["fps"],
            },
            inputs={"photo": photo},
            work_units=params["duration_seconds"] * effort,
            template_version=template.live_version,
        )

    def estimate(self, work_units: float) -> Estimate:
        """Two CPU cores: about a second of start and scan, and as long as the clip lasts."""
        seconds = 6.0 + 1.2 * work_units
        return Estimate(seconds, 0.5 * seconds)

    def frame_size(self, job: Job) -> tuple[int, int]:
        return SIZES[job.params["size"]]

    def prepare(self, job: Job, inputs: Mapping[str, Path]) -> DanceRequest:
        """Raises FileMissing, PoseFileInvalid."""
        assert job.template_version is not None, "plan() always names one"  # noqa: S101
        fps, (width, height) = job.params["fps"], self.frame_size(job)
        poses = version_poses(job.template_version)
        return DanceRequest(
            photo=inputs["photo"],
            poses=poses.resampled(fps, round(job.params["duration_seconds"] * fps)),
            width=width,
            height=height,
            fps=fps,
        )

    def run(self, engine: DanceEngine, request: DanceRequest, context: EngineContext) -> Outcome:
        result = engine.run(request, context)
        size = {"width": result.width, "height": result.height}
        return Outcome(
            files=(
                OutputFile(
                    ArtifactRole.VIDEO,
                    result.video,
                    "video/mp4",
                    duration_seconds=result.frame_count / result.fps,
                    **size,
                ),
                OutputFile(ArtifactRole.COVER, result.cover, "image/jpeg", **size),
            ),
            stage_seconds=result.stage_seconds,
        )
