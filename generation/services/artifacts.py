"""What can happen to artifacts: expect, put, settle, decide, judge, withdraw, sweep."""

import logging
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from generation.errors import ResultNotStored
from generation.kinds.base import OutputFile
from generation.models import Artifact, Job
from generation.services.job_events import job_record_end
from generation.services.job_telling import job_tell
from generation.states import ARTIFACT, JOB, WORKING, ArtifactState, JobState, UploadState
from moderation.models.scan import ScanRun
from moderation.selectors import verdicts_standing
from moderation.services.reviews import review_reopen, review_withdraw
from moderation.taxonomy import Verdict
from tongyi_portal.common import storage

logger = logging.getLogger(__name__)
SUBJECT_KEY = "artifact"


@transaction.atomic
def artifacts_expect(*, job: Job, files: Collection[OutputFile]) -> dict[str, Artifact]:
    """The rows of a job's outputs, withheld and without a file yet, so that a scan has something to speak of.

    An attempt after a lost one finds the same rows, and so the same ids, again.
    """
    found: dict[str, Artifact] = {}
    for file in files:
        found[file.role], _created = Artifact.objects.get_or_create(
            job=job,
            role=file.role,
            defaults={
                "mime": file.mime,
                "width": file.width,
                "height": file.height,
                "byte_size": 0,
                "duration_seconds": file.duration_seconds,
            },
        )
    return found


def artifact_put(*, job: Job, file: OutputFile, attempt_token: str) -> dict[str, Any]:
    """Store an attempt's file; returns the fields of its row. Until they are saved nothing points at it."""
    wanted = storage.output_key(job.pk, attempt_token, file.role, file.mime)
    return {
        "sha256": storage.file_sha256(file.path),
        "byte_size": file.path.stat().st_size,
        "key": storage.store_file(storage.OUTPUTS, wanted, file.path),
        "mime": file.mime,
        "width": file.width,
        "height": file.height,
        "duration_seconds": file.duration_seconds,
    }


def artifacts_settle(
    *,
    artifacts: Mapping[str, Artifact],
    stored: Mapping[str, Mapping[str, Any]],
    label: Mapping[str, Any],
    runs: Mapping[str, ScanRun],
) -> Verdict:
    """Save what was stored, and release, withhold or refuse by the scans; returns the strictest verdict.

    Call it inside the transaction that ends the job. Nothing of a job is released before all of it may be.
    """
    order = [Verdict.PASS, Verdict.REVIEW, Verdict.BLOCK]
    worst = max((Verdict(run.verdict) for run in runs.values()), key=order.index)
    for role, artifact in artifacts.items():
        changes = {**stored[role], "label": dict(label), "reason_codes": list(runs[role].reason_codes)}
        for name, value in changes.items():
            setattr(artifact, name, value)
        artifact.save()
        if worst == Verdict.BLOCK or runs[role].verdict != Verdict.REVIEW:
            review_withdraw(SUBJECT_KEY, artifact.pk)  # also what the scan of a lost attempt asked for
        if worst == Verdict.PASS:
            ARTIFACT.move(artifact, ArtifactState.RELEASED)
        elif worst == Verdict.BLOCK:
            ARTIFACT.move(artifact, ArtifactState.REFUSED)
        elif runs[role].verdict == Verdict.REVIEW:
            ARTIFACT.move(artifact, ArtifactState.IN_REVIEW)
    return worst


@transaction.atomic
def artifact_decide(*, artifact_id: uuid.UUID, reason_codes: Collection[str]) -> None:
    """Act on a person's decision on a result, which was just recorded. Safe to call twice.

    Raises ResultNotStored while the worker has not finished storing.
    """
    artifact = Artifact.objects.filter(pk=artifact_id).first()
    if artifact is None:
        logger.info("decision on an artifact that is gone", extra={"artifact_id": str(artifact_id)})
        return
    job = Job.objects.select_for_update(of=("self",)).get(pk=artifact.job_id)
    if job.state in WORKING or job.state == JobState.QUEUED:
        raise ResultNotStored
    if job.state in {JobState.FAILED, JobState.CANCELLED}:
        return
    artifacts_judge(job=job, reason_codes=reason_codes)


def artifacts_judge(*, job: Job, reason_codes: Collection[str]) -> bool:
    """Bring a stored result in line with the verdicts that stand on its files and pictures; did the job move?

    Refused, all of it, while one file or picture is blocked; else waiting while nobody has passed one of the
    files; else released. reason_codes: told to the owner when it is refused now. Call it with the job locked.
    """
    rows = list(job.artifacts.exclude(key="").exclude(state=ArtifactState.ERASED))
    verdicts = verdicts_standing(SUBJECT_KEY, [row.pk for row in rows])
    has_blocked_picture = job.inputs.filter(upload__state=UploadState.BLOCKED).exists()
    if has_blocked_picture or Verdict.BLOCK in verdicts.values():
        return _refuse(job, rows, reason_codes)
    waiting = [row for row in rows if verdicts.get(row.pk) != Verdict.PASS]
    if waiting:
        return _hold(job, rows, waiting)
    return _release(job, rows) if rows else False


def _refuse(job: Job, rows: Collection[Artifact], reason_codes: Collection[str]) -> bool:
    for artifact_id in job.artifacts.values_list("pk", flat=True):
        review_withdraw(SUBJECT_KEY, artifact_id)  # also of files that a lost attempt did not store
    for row in rows:
        if row.state != ArtifactState.REFUSED:
            ARTIFACT.move(row, ArtifactState.REFUSED, reason_codes=list(reason_codes))
    if job.state == JobState.REJECTED:
        return False
    JOB.move(job, JobState.REJECTED, reason_codes=list(reason_codes), finished_at=timezone.now())
    job_record_end(job)
    return True


def _hold(job: Job, rows: Collection[Artifact], waiting: Collection[Artifact]) -> bool:
    """Let `waiting` wait for a person, again if need be, and withhold the others so long."""
    reasons = set[str]()
    for row in rows:
        if row not in waiting:
            if row.state != ArtifactState.WITHHELD:
                ARTIFACT.move(row, ArtifactState.WITHHELD, reason_codes=[])
            continue
        item = review_reopen(SUBJECT_KEY, row.pk)
        codes = item.reason_codes if item is not None else row.reason_codes
        reasons |= set(codes)
        if row.state != ArtifactState.IN_REVIEW:
            ARTIFACT.move(row, ArtifactState.IN_REVIEW, reason_codes=codes)
    if job.state == JobState.IN_REVIEW:
        return False
    JOB.move(job, JobState.IN_REVIEW, reason_codes=sorted(reasons), finished_at=None)
    job_tell(job)
    return True


def _release(job: Job, rows: Collection[Artifact]) -> bool:
    for row in rows:
        review_withdraw(SUBJECT_KEY, row.pk)
        if row.state != ArtifactState.RELEASED:
            ARTIFACT.move(row, ArtifactState.RELEASED, reason_codes=[])
    if job.state == JobState.SUCCEEDED:
        return False
    JOB.move(job, JobState.SUCCEEDED, reason_codes=[], finished_at=timezone.now())
    job_tell(job)
    return True


def artifacts_withdraw(*, job: Job) -> None:
    """Nobody needs to look at the outputs of a job that ended otherwise; call it with the job locked."""
    for row in job.artifacts.all():
        review_withdraw(SUBJECT_KEY, row.pk)
        if row.state == ArtifactState.IN_REVIEW:
            ARTIFACT.move(row, ArtifactState.WITHHELD)


def outputs_sweep(*, job: Job) -> None:
    """Once the transaction is committed, erase stored files of the job that no artifact points at.

    They were left by attempts that were lost between storing and finishing. A fault is logged: it cannot undo
    what became of the job.
    """

    def sweep() -> None:
        kept = set(Artifact.objects.filter(job=job).values_list("key", flat=True))
        for key in storage.keys_below(storage.OUTPUTS, storage.output_folder(job.pk)):
            if key not in kept:
                storage.erase(storage.OUTPUTS, key)

    transaction.on_commit(sweep, robust=True)
