"""job_requeue: a job that was given up gets its attempts anew, once an operator has mended the cause."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from generation.errors import JobNotRetryable, UploadUnusable
from generation.kinds import KINDS
from generation.kinds.base import library_kind
from generation.models import Job
from generation.selectors import engine_for
from generation.services.job_telling import job_tell
from generation.services.jobs import consents_require, job_plan_again, uploads_usable
from generation.services.wake_ups import wake_up_write
from generation.states import JOB, JobState
from moderation.services.audit import audit_append
from moderation.services.strikes import require_good_standing
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.disk import disk_require

DEAD_LETTERS = Q(state=JobState.FAILED, dead_at__isnull=False, erased_at__isnull=True)


@transaction.atomic
def job_requeue(*, job: Job, by: User) -> Job:
    """The same job waits again, at the end of the queue, with all its attempts; whoever polls it sees that.

    Raises PermissionRefused, JobNotRetryable for one that was not given up or is the library's (its row was
    told; start that anew), DiskFull, and like a retry AccountSuspended, UploadUnusable, the faults of
    consent, TemplateNotFound, EngineUnavailable.
    """
    roles.require(by, roles.JOB_OPERATE)
    disk_require()
    if library_kind(job.kind) is not None:
        raise JobNotRetryable(details={"state": job.state})
    require_good_standing(job.owner)
    kind, plan = KINDS.get(job.kind)(), job_plan_again(job)
    uploads = uploads_usable(plan)  # locked before the job, as whoever judges a picture locks them
    consents_require(uploads, plan.fields, kind, job.token)
    for role, upload in uploads.items():
        if not upload.is_accepted:
            raise UploadUnusable(details={"field": role, "upload": str(upload.pk)})
    locked = Job.objects.select_for_update(of=("self",)).filter(DEAD_LETTERS, pk=job.pk).first()
    if locked is None:
        raise JobNotRetryable(details={"state": job.state})
    failed = {"code": locked.error_code, "attempts": locked.attempt}
    JOB.move(
        locked,
        JobState.QUEUED,
        queued_at=timezone.now(),
        not_before=None,
        attempt_base=locked.attempt,
        engine_key=engine_for(kind).engine_key,
        dead_at=None,
        finished_at=None,
        cancel_requested=False,
        stage="",
        progress=0.0,
        error_code="",
        error_message="",
        error_details={},
    )
    job_tell(locked)
    wake_up_write(locked)
    audit_append(action="generation.job.requeued", subject=locked, actor=by, data=failed)
    return locked
