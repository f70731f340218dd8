"""job_tell: whoever listens is told what became of a job, by an event of webhooks."""

from typing import Any

from generation.models import Job
from generation.states import JobState
from tongyi_portal.webhooks.services.events import event_emit

TOLD = {
    JobState.QUEUED: "job.queued",
    JobState.RUNNING: "job.started",
    JobState.IN_REVIEW: "job.in_review",
    JobState.SUCCEEDED: "job.succeeded",
    JobState.REJECTED: "job.rejected",
    JobState.FAILED: "job.failed",
    JobState.CANCELLED: "job.cancelled",
}


def job_tell(job: Job) -> None:
    """Tell of the state that a job has just come into. Call it inside the transaction of that move.

    Nothing is told of HELD and CHECKING: an app has nothing to do then.
    """
    event_type = TOLD.get(JobState(job.state))
    if event_type is not None:
        event_emit(type=event_type, owner_id=job.owner_id, data=lambda: _facts(job))


def _facts(job: Job) -> dict[str, Any]:
    version = job.template_version
    return {
        "job": str(job.pk),
        "kind": job.kind,
        "state": job.state,
        "template": version.template.slug if version else None,
        "attempt": job.coming_attempt,
        "error_code": job.error_code or None,
        "reason_codes": list(job.reason_codes),
        "changed_at": job.updated_at.isoformat(),
        "address": f"/api/v1/jobs/{job.pk}",
    }
