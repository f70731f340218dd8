"""job_etag: what a job's answer depends on, so that asking again costs a 304 while nothing changed."""

import time

from django.conf import settings
from django.utils.translation import get_language

from generation.models import Job
from generation.selectors import JobWait
from tongyi_portal.common.etags import weak_etag

ETA_STEP_SECONDS = 10  # an estimate that moves by less is the same answer


def job_etag(job: Job, wait: JobWait | None) -> str:
    """Quoted. wait: of the job, as the answer would tell it.

    Links in the answer expire, so with files it changes twice in their life.
    """
    told: list[object] = [job.pk, job.updated_at.timestamp(), get_language()]
    if wait is not None:
        told += [wait.position, round(wait.expected_at.timestamp() / ETA_STEP_SECONDS)]
    files = [(row.pk, row.updated_at.timestamp()) for row in job.artifacts.all()]
    if files:
        told += [files, int(time.time() / (settings.SIGNED_URL_SECONDS / 2))]
    return weak_etag(*told)
