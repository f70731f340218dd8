"""What people do to jobs: job_submit, job_cancel, job_retry; and what the review of their pictures does."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from generation.errors import (
    IdempotencyMismatch,
    JobNotCancellable,
    JobNotRetryable,
    TemplateNotFound,
    UploadUnusable,
)
from generation.kinds import KINDS
from generation.kinds.base import JobKind, JobPlan, library_kind
from generation.models import IdempotencyKey, Job, JobInput, JobTier, Upload, UploadSurface
from generation.selectors import engine_for
from generation.services.artifacts import artifacts_judge, artifacts_withdraw
from generation.services.job_events import job_record, job_record_end
from generation.services.library_results import library_ended
from generation.services.wake_ups import wake_up_write
from generation.states import FINISHED, JOB, WORKING, JobState, UploadState
from moderation.services.consents import consent_check
from moderation.services.strikes import require_good_standing
from templates_app.services.covers import cover_picked
from templates_app.states import VersionState
from tongyi_portal.accounts.models import ApiToken, User
from tongyi_portal.common import roles
from tongyi_portal.common.disk import disk_require
from tongyi_portal.common.errors import AppError, PermissionRefused
from tongyi_portal.usage.models import UsageKind

SEED_LIMIT = 2**32


@dataclass(frozen=True)
class Submission:
    """is_new: False when an Idempotency-Key named a job that was submitted before."""

    job: Job
    is_new: bool


def job_submit(
    *,
    by: User,
    kind_key: str,
    params: Mapping[str, Any],
    token: ApiToken | None = None,
    tier: JobTier = JobTier.INTERACTIVE,
    idempotency_key: str = "",
    body_sha256: str = "",
) -> Submission:
    """Write a job and wake a worker on commit; it is HELD while one of its pictures is under review.

    params: as the kind's serializer gives them. With an `idempotency_key`, the same key and body give the
    same job again. Raises AccountSuspended, IdempotencyMismatch, UploadNotFound, UploadUnusable,
    ConsentMissing, ConsentScope, ConsentExpired, TemplateNotFound, PhotosDoNotMatchPerformers,
    EngineUnavailable, DiskFull.
    """
    if idempotency_key and (earlier := _earlier(by, idempotency_key, body_sha256)):
        return Submission(earlier, is_new=False)
    try:
        with transaction.atomic():
            kind = KINDS.get(kind_key)()
            job = _create(by, kind, kind.plan(params, by), params.get("seed"), token, tier)
            cover_picked(version=job.template_version, account_id=by.pk)
            if idempotency_key:
                IdempotencyKey.objects.create(owner=by, key=idempotency_key, body_sha256=body_sha256, job=job)
    except IntegrityError:
        if idempotency_key and (earlier := _earlier(by, idempotency_key, body_sha256)):
            return Submission(earlier, is_new=False)
        raise
    return Submission(job, is_new=True)


def _earlier(owner: User, key: str, body_sha256: str) -> Job | None:
    found = IdempotencyKey.objects.select_related("job").filter(owner=owner, key=key).first()
    if found is not None and found.body_sha256 != body_sha256:
        raise IdempotencyMismatch
    return found.job if found else None


def _create(
    owner: User, kind: JobKind, plan: JobPlan, seed: int | None, token: ApiToken | None, tier: int
) -> Job:
    disk_require()
    require_good_standing(owner)
    uploads = uploads_usable(plan)
    consents_require(uploads, plan.fields, kind, token)
    is_held = any(upload.state != UploadState.ACCEPTED for upload in uploads.values())
    now = timezone.now()
    job = Job.objects.create(
        owner=owner,
        token=token,
        kind=kind.key,
        params=plan.params,
        seed=secrets.randbelow(SEED_LIMIT) if seed is None else seed,
        template_version=plan.template_version,
        state=JobState.HELD if is_held else JobState.QUEUED,
        queued_at=None if is_held else now,
        tier=tier,
        work_units=plan.work_units,
        engine_key=engine_for(kind).engine_key,
    )
    JobInput.objects.bulk_create(
        JobInput(job=job, role=role, upload=upload) for role, upload in uploads.items()
    )
    job_record(job, UsageKind.SUBMITTED, at=job.created_at)
    if not is_held:
        wake_up_write(job)
    return job


def uploads_usable(plan: JobPlan) -> dict[str, Upload]:
    """The rows locked and as they stand now, so that a decision made meanwhile cannot miss the new job."""
    locked = {
        upload.pk: upload
        for upload in Upload.objects.select_for_update()
        .filter(pk__in=[upload.pk for upload in plan.inputs.values()])
        .order_by("pk")
    }
    uploads = {role: locked[upload.pk] for role, upload in plan.inputs.items()}
    for role, upload in uploads.items():
        if upload.is_erased or upload.state == UploadState.BLOCKED:
            raise UploadUnusable(
                details={
                    "field": plan.fields.get(role, role),
                    "upload": str(upload.pk),
                    "reason_codes": upload.reason_codes,
                }
            )
    return uploads


def consents_require(
    uploads: Mapping[str, Upload], fields: Mapping[str, str], kind: JobKind, token: ApiToken | None
) -> None:
    """Whether every person in a photo agrees to this kind of job. Call it with the uploads locked."""
    asked = settings.CONSENT_REQUIRED
    is_required = asked == "always" or (asked == "studio" and token is None)
    for role, upload in uploads.items():
        if upload.surface != UploadSurface.PHOTO:
            continue
        try:
            consent_check(
                subject_type="upload", subject_id=upload.pk, job_kind=kind.key, is_required=is_required
            )
        except AppError as error:
            error.details["field"] = fields.get(role, role)
            raise


@transaction.atomic
def job_cancel(*, job: Job, by: User) -> Job:
    """Stop a job for good; one that is being worked on stops at its next step. Twice is as good as once.

    Raises PermissionRefused for somebody else's job without JOB_OPERATE, JobNotCancellable when it is over.
    """
    if by.pk != job.owner_id and not by.has_perm(roles.JOB_OPERATE):
        raise PermissionRefused(details={"permission": roles.JOB_OPERATE})
    return job_withdraw(job)


@transaction.atomic
def job_withdraw(job: Job) -> Job:
    """Cancel whatever state the job is in. Raises JobNotCancellable."""
    job = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if job.state == JobState.CANCELLED:
        return job
    if job.state in FINISHED:
        raise JobNotCancellable(details={"state": job.state})
    if job.state in WORKING:
        Job.objects.filter(pk=job.pk).update(cancel_requested=True, updated_at=timezone.now())
        job.refresh_from_db()
        return job
    JOB.move(job, JobState.CANCELLED, cancel_requested=True, finished_at=timezone.now())
    job_record_end(job)
    artifacts_withdraw(job=job)
    library_ended(job=job, code="job_cancelled")
    return job


@transaction.atomic
def job_retry(*, job: Job, by: User) -> Job:
    """The same parameters, pictures, template version and seed as a new job of the same owner.

    Returns the new job; the engine is the one that serves now. Raises PermissionRefused for somebody else's
    job without JOB_OPERATE, JobNotRetryable while it has not ended, UploadUnusable when its picture is erased
    or blocked, AccountSuspended, the faults of consent, TemplateNotFound when its template version was taken
    down, EngineUnavailable.
    """
    if by.pk != job.owner_id and not by.has_perm(roles.JOB_OPERATE):
        raise PermissionRefused(details={"permission": roles.JOB_OPERATE})
    if not job.is_finished:
        raise JobNotRetryable(details={"state": job.state})
    plan = job_plan_again(job)
    return _create(job.owner, KINDS.get(job.kind)(), plan, job.seed, job.token, job.tier)


def job_plan_again(job: Job) -> JobPlan:
    """What the job was submitted with. Raises TemplateNotFound, and what a library kind raises."""
    if (library := library_kind(job.kind)) is not None:
        return library.plan(job.params, job.owner)
    version = job.template_version
    if version is not None and version.state not in {VersionState.PUBLISHED, VersionState.RETIRED}:
        raise TemplateNotFound(details={"field": "template"})
    return JobPlan(
        params=job.params,
        inputs={given.role: given.upload for given in job.inputs.select_related("upload")},
        work_units=job.work_units,
        template_version=version,
    )


@transaction.atomic
def jobs_follow_upload(*, upload: Upload) -> list[Job]:
    """Let jobs go on, or end, after the state of one of their pictures changed; returns those that moved.

    Accepted: held jobs whose pictures are now all accepted are queued; results that were refused because of
    it are judged anew. Blocked: unfinished jobs are rejected, and stored results refused, also released ones.
    Erased: unfinished jobs are cancelled.
    """
    using = JobInput.objects.filter(upload=upload).values("job")
    jobs = Job.objects.select_for_update().filter(pk__in=using)
    jobs = jobs.exclude(state__in=[JobState.FAILED, JobState.CANCELLED])
    return [job for job in jobs.order_by("created_at") if _follow(job, upload)]


def _follow(job: Job, upload: Upload) -> bool:
    if upload.state == UploadState.BLOCKED:
        return _job_reject(job, upload.reason_codes)
    if upload.is_erased and job.state not in FINISHED:
        job_withdraw(job)
        return True
    if job.state == JobState.REJECTED:
        return artifacts_judge(job=job, reason_codes=job.reason_codes)
    waits = job.inputs.exclude(upload__state=UploadState.ACCEPTED).exists()
    if job.state != JobState.HELD or waits:
        return False
    JOB.move(job, JobState.QUEUED, queued_at=timezone.now())
    wake_up_write(job)
    return True


def _job_reject(job: Job, reason_codes: Collection[str]) -> bool:
    """End a job because of its picture; a worker that has it in hand stops at its next step."""
    if job.state in WORKING:
        Job.objects.filter(pk=job.pk).update(
            cancel_requested=True, reason_codes=list(reason_codes), updated_at=timezone.now()
        )
        return True
    return artifacts_judge(job=job, reason_codes=reason_codes)
