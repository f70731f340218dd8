"""result_use: somebody watched, downloaded or shared a result; only the first time of each counts."""

from datetime import datetime

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generation.errors import ResultNotReady
from generation.models import Artifact, ArtifactRole, Job
from generation.services.job_events import job_record
from generation.states import ArtifactState
from tongyi_portal.usage.models import UsageKind


class ResultUse(models.TextChoices):
    """What a person did with a video."""

    WATCHED = "watched", _("watched")
    DOWNLOADED = "downloaded", _("downloaded")
    SHARED = "shared", _("shared")


def result_use(*, job: Job, use: ResultUse) -> bool:
    """Note the first use of each kind of a job's video; False when it was noted before.

    Raises ResultNotReady while the job has no released video.
    """
    video = Artifact.objects.filter(job=job, role=ArtifactRole.VIDEO, state=ArtifactState.RELEASED).first()
    if video is None:
        raise ResultNotReady(details={"state": job.state})
    return _note(video, use, timezone.now())


@transaction.atomic
def _note(video: Artifact, use: ResultUse, now: datetime) -> bool:
    """Of two requests at once, one changes the row and records the event."""
    column = f"{use}_at"
    is_first = Artifact.objects.filter(pk=video.pk, **{f"{column}__isnull": True}).update(**{column: now})
    if is_first:
        job_record(video.job, UsageKind(use.value), at=now)
    return bool(is_first)
