"""job_record, job_record_end: the life of a job as events of usage, written with each change of its row.

Both tell webhooks of it, too.
"""

from typing import Any

from generation.kinds.base import library_kind
from generation.models import Job, Upload, UploadSurface
from generation.services.job_telling import job_tell
from generation.states import JobState
from tongyi_portal.usage.models import UsageKind
from tongyi_portal.usage.services.recording import BY_PERSONS, UsageFacts, usage_record

ENDS = {
    JobState.FAILED: UsageKind.FAILED,
    JobState.CANCELLED: UsageKind.CANCELLED,
    JobState.REJECTED: UsageKind.CANCELLED,  # of a job without a result
}
_MOVES = frozenset({UsageKind.SUBMITTED, UsageKind.STARTED, UsageKind.FINISHED})  # the job came into a state


def job_record(job: Job, kind: UsageKind, **times: Any) -> None:
    """Record that something happened to a job. times: `at`, wait_ms, run_ms.

    Call it inside the transaction of the change. The library's own work counts, but not as a person's.
    """
    usage_record(kind=kind, **times, **job_facts(job, kind))
    if kind in _MOVES:
        job_tell(job)


def job_record_end(job: Job) -> None:
    """Record that a job just ended without a result; of one whose result was refused only webhooks are told.

    Call it after every move to FAILED, CANCELLED or REJECTED, inside the transaction of that move.
    """
    job_tell(job)
    if job.state == JobState.REJECTED and job.made_at is not None:
        return
    job_record(job, ENDS[JobState(job.state)], at=job.finished_at, run_ms=failed_ms(job))


def job_facts(job: Job, kind: UsageKind) -> UsageFacts:
    """What an event of this kind says of the job."""
    facts: UsageFacts = {
        "job_kind": job.kind,
        "engine": job.engine_key,
        "app_id": job.token_id,
        "subject_kind": subject_kind_of(job),
    }
    if job.template_version_id is not None:
        facts["template_id"] = job.template_version.template_id if job.template_version else None
    if kind in BY_PERSONS and library_kind(job.kind) is None:
        facts["account_id"] = job.owner_id
    if kind == UsageKind.FAILED:
        facts["code"] = job.error_code
    if kind == UsageKind.CANCELLED and job.reason_codes:
        facts["code"] = str(job.reason_codes[0])
    return facts


def upload_facts(upload: Upload) -> UsageFacts:
    """What an event says of a picture."""
    return {"surface": upload.surface, "app_id": upload.token_id, "subject_kind": upload.subject_kind}


def subject_kind_of(job: Job) -> str:
    """What the first photo shows of which that is known."""
    photos = Upload.objects.filter(job_inputs__job=job, surface=UploadSurface.PHOTO).exclude(subject_kind="")
    return photos.order_by("job_inputs__role").values_list("subject_kind", flat=True).first() or ""


def wait_ms(job: Job) -> int | None:
    """From queued to started, of the first attempt: a later one waited for a worker that was lost."""
    if job.attempt != 1 or job.queued_at is None or job.started_at is None:
        return None
    return max(0, round((job.started_at - job.queued_at).total_seconds() * 1000))


def made_ms(job: Job) -> int | None:
    """How long the attempt took that made the result."""
    return None if job.work_seconds is None else round(job.work_seconds * 1000)


def failed_ms(job: Job) -> int | None:
    """How long the last attempt of a failed job took; until its lease was over, where its worker was lost."""
    if job.state != JobState.FAILED or job.started_at is None or job.finished_at is None:
        return None
    return max(0, round((job.finished_at - job.started_at).total_seconds() * 1000))
