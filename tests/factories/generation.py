"""Uploads and jobs in any state, and the sample photo."""

import uuid
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import factory
import numpy as np
from django.conf import settings
from django.utils import timezone

from generation import runner
from generation.models import Job, Upload
from generation.preview_rendering import PHOTO_HEIGHT
from generation.services.leases import job_claim
from generation.states import JobState, UploadState
from templates_app.characters import draw_character
from tests.factories.accounts import UserFactory
from tests.factories.templates import live_template
from tongyi_portal.common import storage


@cache
def sample_photo() -> bytes:
    """A drawn person from head to feet, as JPEG; drawn once in this checkout."""
    pixels = draw_character("person", PHOTO_HEIGHT, folder=Path(settings.VAR_DIR) / "characters")
    return bytes(cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes())


def grey_jpeg(width: int = 256, height: int = 320) -> bytes:
    """A picture with nobody in it."""
    ramp = np.tile(np.linspace(60, 190, height, dtype=np.uint8)[:, None, None], (1, width, 3))
    return bytes(cv2.imencode(".jpg", ramp)[1].tobytes())


class UploadFactory(factory.django.DjangoModelFactory):
    """A stored, accepted photo. data: the file."""

    class Meta:
        model = Upload

    class Params:
        data = factory.LazyFunction(grey_jpeg)

    owner = factory.SubFactory(UserFactory)
    surface = "photo"
    state = UploadState.ACCEPTED
    mime = "image/jpeg"
    width, height = 256, 320
    byte_size = factory.LazyAttribute(lambda upload: len(upload.data))
    sha256 = "0" * 64
    key = factory.LazyAttributeSequence(
        lambda upload, n: storage.store_bytes(storage.UPLOADS, f"pictures/test-{n}.jpg", upload.data)
    )


class JobFactory(factory.django.DjangoModelFactory):
    """A queued dance video of a stored photo."""

    class Meta:
        model = Job
        skip_postgeneration_save = True

    owner = factory.SubFactory(UserFactory)
    kind = "dance_video"
    params = factory.LazyFunction(
        lambda: {"duration_seconds": 2, "size": "432x768", "fps": 24, "template": "x", "photo": ""}
    )
    seed = 1
    engine_key = "animation"
    work_units = 2.0
    state = JobState.QUEUED
    queued_at = factory.LazyFunction(timezone.now)
    template_version = factory.LazyFunction(lambda: live_template().live_version)

    @factory.post_generation
    def photo(job: Any, _create: bool, given: Any, **_kwargs: Any) -> None:  # noqa: N805
        """The input; photo=False leaves it out."""
        if given is not False:
            upload = given or UploadFactory(owner=job.owner)
            job.inputs.create(role="photo", upload=upload)


def job_in(state: JobState, **fields: Any) -> Job:
    """A job in `state`, with a lease where the state needs one."""
    if state in {JobState.RUNNING, JobState.CHECKING}:
        fields.setdefault("lease_token", "token-of-a-worker")
        fields.setdefault("lease_until", timezone.now() + timezone.timedelta(seconds=60))
        fields.setdefault("started_at", timezone.now())
        fields.setdefault("attempt", 1)
    job: Job = JobFactory(state=state, **fields)
    return job


def run_job(job_id: uuid.UUID) -> None:
    """Do this very job, if it waits, whoever is before it."""
    job = job_claim(job_id=job_id)
    if job is not None:
        runner.run_claimed(job)
