"""run_next(): the whole life of a job on a worker, in numbered steps."""

import logging
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import DatabaseError, transaction

from generation.attempt_guard import AttemptGuard
from generation.engines.base import EngineContext, EngineError, JobCancelled
from generation.errors import LeaseLost
from generation.ingredients import ingredients_of
from generation.kinds import KINDS
from generation.kinds.base import JobKind, LibraryKind, Outcome, OutputFile, library_kind
from generation.labelling import check_label, label_file, mark_for, source_type_of, visible_label
from generation.models import Artifact, Job
from generation.resident_engines import resident_engine, resident_keys
from generation.selectors import engine_threads
from generation.services.artifacts import (
    SUBJECT_KEY,
    artifact_put,
    artifacts_expect,
    artifacts_settle,
    outputs_sweep,
)
from generation.services.claims import job_claim_next
from generation.services.leases import Lease
from generation.services.library_results import library_files_put, library_sweep
from generation.states import JobState
from generation.worker_offer import worker_offer
from moderation.models.scan import ScanRun
from moderation.provenance.metadata import AigcMark
from moderation.services.scanning import scan_picture, scan_video
from moderation.taxonomy import Surface, Verdict
from tongyi_portal.common import storage
from tongyi_portal.common.errors import AppError
from tongyi_portal.common.task_log import job_logged
from tongyi_portal.vision.media import read_image

logger = logging.getLogger(__name__)
_END_OF_VERDICT = {
    Verdict.PASS: JobState.SUCCEEDED,
    Verdict.REVIEW: JobState.IN_REVIEW,
    Verdict.BLOCK: JobState.REJECTED,
}


def run_next(*, may_kill: bool = False) -> Job | None:
    """Do the next job that this worker can do, and give it back as it was claimed; None when there is none.

    may_kill: this process is a worker's own, and may be ended together with an attempt beyond its limits.
    """
    purge_scratch()
    job = job_claim_next(offer=worker_offer(), loaded=resident_keys())
    if job is not None:
        run_claimed(job, may_kill=may_kill)
    return job


def run_claimed(job: Job, *, may_kill: bool = False) -> None:
    """Do a job that was just claimed, to its end.

    Every fault ends the job with a code, except the loss of the lease: then another worker has it.
    """
    with (
        job_logged(job.pk),
        Lease(job) as lease,
        scratch_folder(job) as scratch,
        AttemptGuard(lease, scratch, may_kill=may_kill),
    ):
        try:
            _work(lease, scratch)
        except LeaseLost:
            logger.warning("lease lost", extra={"job_id": str(job.pk)})
        except BaseException as error:
            _end_badly(lease, error)
            if not isinstance(error, Exception):  # the process is being stopped
                raise


def _work(lease: Lease, scratch: Path) -> None:
    """Steps 2 to 9. Raises whatever goes wrong; _end_badly says what it means for the job."""
    started = time.monotonic()

    # 1. was the claim. 2. Resolve kind and engine, 3. fetch the inputs, 4. run the engine.
    outcome = _make(lease, scratch)
    kind = library_kind(lease.job.kind)
    if kind is None:
        _release(lease, outcome.files, scratch, started)
    else:
        _to_library(lease, kind, outcome, scratch, started)


def _release(lease: Lease, files: tuple[OutputFile, ...], scratch: Path, started: float) -> None:
    """Steps 5 to 9 for a kind that makes artifacts."""
    job = lease.job

    # 5. Scan the outputs.
    lease.step("scan", 0.91)
    artifacts = artifacts_expect(job=job, files=files)
    runs = {file.role: _scan(job, artifacts[file.role], file) for file in files}

    # 6. Write the label into the files, 7. read it back: a file without it goes no further.
    lease.step("label", 0.96)
    mark = mark_for(job.pk)
    labelled = _labelled(job, mark, files, scratch)

    # 8. Store.
    lease.step("store", 0.98)
    stored: dict[str, dict[str, Any]] = {}
    try:
        for role, file in labelled.items():
            stored[role] = artifact_put(job=job, file=file, attempt_token=job.lease_token)

        # 9. Finish: released, waiting for a person, or refused, all in one transaction.
        with transaction.atomic():
            lease.step("finish", 0.99)
            worst = artifacts_settle(artifacts=artifacts, stored=stored, label=mark.as_dict(), runs=runs)
            reasons = sorted(set().union(*(run.reason_codes for run in runs.values())))
            _finish(lease, worst, reasons, time.monotonic() - started)
            outputs_sweep(job=job)
    except (LeaseLost, JobCancelled):
        _erase(storage.OUTPUTS, [fields["key"] for fields in stored.values()])
        raise


def _to_library(lease: Lease, kind: LibraryKind, outcome: Outcome, scratch: Path, started: float) -> None:
    """Steps 6 to 9 for a kind whose results are rows of the library; they are moderated there."""
    job, files = lease.job, outcome.files
    if kind.is_labelled:
        lease.step("label", 0.96)
        files = tuple(_labelled(job, mark_for(job.pk), files, scratch).values())
    lease.step("store", 0.98)
    keys: dict[str, str] = {}
    try:
        library_files_put(job=job, kind=kind, files=files, keys=keys)
        with transaction.atomic():
            lease.step("finish", 0.99)
            kind.store(job, replace(outcome, files=files), keys)
            _finish(lease, Verdict.PASS, [], time.monotonic() - started)
            library_sweep(job=job, kind=kind)
    except BaseException:
        _erase(kind.alias, keys.values())
        raise


def _labelled(
    job: Job, mark: AigcMark, files: tuple[OutputFile, ...], scratch: Path
) -> dict[str, OutputFile]:
    """Copies with every label, each one read back. Raises LabelMissing."""
    source_type, ingredients = source_type_of(job.kind), ingredients_of(job)
    labelled = {
        file.role: label_file(
            file, mark, scratch / "labelled", source_type=source_type, ingredients=ingredients
        )
        for file in files
    }
    for file in labelled.values():
        check_label(file, mark, source_type=source_type)
    return labelled


def _make(lease: Lease, scratch: Path) -> Outcome:
    """Steps 2 to 4: from the job's row to the engine's files; every frame gets the visible label."""
    job = lease.job
    kind = KINDS.get(job.kind)()
    lease.step("load", 0.0)
    engine = resident_engine(job.engine_key)

    lease.step("fetch", 0.0)
    inputs = {
        role: storage.fetch_to(alias, key, scratch / f"input-{role}")
        for role, (alias, key) in _sources(job, kind).items()
    }
    request = kind.prepare(job, inputs)

    engine_folder = scratch / "engine"
    engine_folder.mkdir()
    context = EngineContext(
        scratch=engine_folder,
        report=lease.report,
        finish_frame=visible_label(*kind.frame_size(job)),
        seed=job.seed,
        threads=engine_threads(job.kind, job.engine_key),
        partials=kind.partials(job) if isinstance(kind, LibraryKind) else None,
    )
    outcome = kind.run(engine, request, context)
    lease.move(JobState.CHECKING, engine_version=engine.version, stage_seconds=outcome.stage_seconds)
    return outcome


def _sources(job: Job, kind: JobKind) -> Mapping[str, tuple[str, str]]:
    """Stored files that the job needs: its uploads, or what a library kind names."""
    if isinstance(kind, LibraryKind):
        return kind.sources(job)
    given = job.inputs.select_related("upload")
    return {each.role: (storage.UPLOADS, each.upload.key) for each in given}


def _erase(alias: str, keys: Iterable[str]) -> None:
    """Erase what this attempt stored; a fault is logged, as it says nothing about the job."""
    try:
        for key in keys:
            storage.erase(alias, key)
    except storage.StorageUnavailable:
        logger.exception("outputs of an attempt that is over not erased")


def _finish(lease: Lease, worst: Verdict, reason_codes: list[str], work_seconds: float) -> None:
    lease.finish(
        _END_OF_VERDICT[worst],
        work_seconds,
        error_message="",
        reason_codes=[] if worst == Verdict.PASS else reason_codes,
    )


def _scan(job: Job, artifact: Artifact, file: OutputFile) -> ScanRun:
    """Scan one output; whatever a scanner does wrong comes back as a run that asks for review."""
    common: dict[str, Any] = {
        "subject_type": SUBJECT_KEY,
        "subject_id": artifact.pk,
        "surface": Surface.OUTPUT,
        "job_kind": job.kind,
        "owner_id": job.owner_id,
    }
    if file.mime.startswith("video/"):
        return scan_video(path=file.path, **common)
    return scan_picture(pixels=read_image(file.path), **common)


def _end_badly(lease: Lease, error: BaseException) -> None:
    """End the job, or queue it again, by what went wrong; a lease that is lost by now changes nothing."""
    try:
        match error:
            case JobCancelled():
                lease.cancelled()
            case storage.StorageUnavailable() | OSError() | DatabaseError():
                logger.error("the surroundings failed", exc_info=error, extra={"job_id": str(lease.job.pk)})
                lease.give_back("surroundings_failed", f"{type(error).__name__}: {error.__cause__ or error}")
            case EngineError(photo=int(place)):
                lease.fail(error.code, str(error), {"field": f"photos.{place}"})
            case EngineError() | AppError():
                lease.fail(error.code, str(error))
            case SoftTimeLimitExceeded():
                lease.fail("time_limit", "The job took longer than a job may take.")
            case MemoryError():
                lease.fail("engine_out_of_memory", "The engine ran out of memory.")
            case Exception():
                logger.error("job failed", exc_info=error, extra={"job_id": str(lease.job.pk)})
                lease.fail("internal_error", f"{type(error).__name__}: {error}")
            case _:  # SystemExit, KeyboardInterrupt: the worker is being stopped
                lease.give_back("worker_stopped", "The worker was stopped.")
    except LeaseLost:
        logger.warning("lease lost", extra={"job_id": str(lease.job.pk)})


@contextmanager
def scratch_folder(job: Job) -> Iterator[Path]:
    """An empty folder of this attempt alone; always removed. Temporary files of any code lie in it, too."""
    folder = Path(settings.ENGINE_SCRATCH_ROOT) / f"{job.pk}.{job.lease_token}"
    temporary = folder / "temporary"
    temporary.mkdir(parents=True)
    usual, tempfile.tempdir = tempfile.tempdir, str(temporary)
    try:
        yield folder
    finally:
        tempfile.tempdir = usual
        shutil.rmtree(folder, ignore_errors=True)


def purge_scratch() -> int:
    """Remove the folders of attempts that no longer hold their job; returns how many."""
    root = Path(settings.ENGINE_SCRATCH_ROOT)
    found = [path for path in root.iterdir() if path.is_dir()] if root.is_dir() else []
    if not found:
        return 0
    # Asked after listing: a job is claimed before its folder is made, so a live folder is always held by now.
    held = {
        f"{pk}.{token}" for pk, token in Job.objects.exclude(lease_token="").values_list("pk", "lease_token")
    }
    stale = [path for path in found if path.name not in held]
    for path in stale:
        shutil.rmtree(path, ignore_errors=True)
    return len(stale)
