"""RESULTS and UPLOADS: how an account's videos and pictures are erased and handed out."""

import uuid
from typing import Any

from generation.models import Job, Upload
from generation.services.erasing import jobs_erase_of, uploads_erase_of
from moderation.personal_data import PersonalData


def _uploads(owner_id: uuid.UUID) -> list[dict[str, Any]]:
    fields = ("id", "surface", "state", "mime", "width", "height", "byte_size", "sha256", "created_at")
    rows = Upload.objects.filter(owner_id=owner_id, deleted_at__isnull=True).order_by("created_at")
    return list(rows.values(*fields))


def _results(owner_id: uuid.UUID) -> list[dict[str, Any]]:
    fields = ("id", "kind", "state", "params", "reason_codes", "created_at", "finished_at")
    rows = Job.objects.filter(owner_id=owner_id, erased_at__isnull=True).order_by("created_at")
    files = ("id", "role", "state", "mime", "byte_size", "sha256")
    return [
        {name: getattr(job, name) for name in fields} | {"files": list(job.artifacts.values(*files))}
        for job in rows.prefetch_related("artifacts")
    ]


RESULTS = PersonalData("results", jobs_erase_of, _results)
UPLOADS = PersonalData("uploads", uploads_erase_of, _uploads)
