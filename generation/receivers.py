"""What generation does when others say that something happened."""

import uuid
from typing import Any

from generation.errors import JobNotCancellable
from generation.kinds import KINDS
from generation.models import EngineProfile
from generation.selectors import library_job, wait_board
from generation.services.jobs import job_submit, job_withdraw
from generation.texts import error_text, interruption_text, progress_text
from templates_app.models import MotionVideo, TemplateVersion
from templates_app.work import Row, Work
from tongyi_portal.accounts.models import User


def sync_engine_profiles(**_kwargs: Any) -> None:
    """After every migration: a profile for each engine of each kind; what an operator changed stays."""
    for kind_key in KINDS:
        kind = KINDS.get(kind_key)
        for engine_key in kind.engines:
            EngineProfile.objects.get_or_create(kind=kind_key, engine_key=engine_key)
        profiles = EngineProfile.objects.filter(kind=kind_key)
        if not profiles.filter(is_default=True).exists():
            profiles.filter(engine_key=kind.engines[0], is_enabled=True).update(is_default=True)


def submit_extraction(*, motion: MotionVideo, **_kwargs: Any) -> None:
    """An accepted video waits for its movement. Raises what job_submit raises."""
    job_submit(by=motion.owner, kind_key="pose_extract", params={"motion": motion.pk})


def withdraw_extraction(*, motion: MotionVideo, **_kwargs: Any) -> None:
    """A video was blocked or erased; a worker that has its job in hand stops at the next step."""
    job = library_job("motion", motion.pk)
    if job is not None and not job.is_finished:
        try:
            job_withdraw(job)
        except JobNotCancellable:  # it ended just now
            return


def submit_previews(*, version: TemplateVersion, by: User, **_kwargs: Any) -> None:
    """A draft waits for its previews. Raises what job_submit raises."""
    job_submit(by=by, kind_key="template_preview", params={"version": version.pk})


def work_of(row: Row, row_id: uuid.UUID) -> Work | None:
    """For templates_app.work: the newest job for a video or a version."""
    job = library_job(row, row_id)
    if job is None:
        return None
    wait = None if job.is_finished else wait_board().wait(job)
    notice = interruption_text(job)
    return Work(
        job_id=job.pk,
        state=job.state,
        stage=job.stage,
        stage_text=progress_text(notice, job.stage),
        progress=job.progress,
        is_finished=job.is_finished,
        error_code=job.error_code,
        error_text=error_text(job.error_code) if job.error_code else "",
        attempt=job.coming_attempt,
        notice=notice,
        low_seconds=wait.low_seconds if wait else None,
        high_seconds=wait.high_seconds if wait else None,
    )
