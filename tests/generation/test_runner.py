"""The life of a job on a worker, with a quick engine and the real storage, scan, label and gate."""

import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection
from django.test import TestCase

from generation import runner
from generation.engines.base import EngineError
from generation.models import Artifact, Job
from generation.services.jobs import job_cancel
from generation.services.leases import job_claim
from generation.services.uploads import upload_decide
from generation.states import ArtifactState, JobState
from moderation.models import ReviewItem
from moderation.provenance.metadata import read_image, read_video
from moderation.scanners.base import Finding
from moderation.scanners.running import Helper
from tests.factories.engines import PlainEngine
from tests.factories.generation import JobFactory, run_job
from tests.factories.scanners import BLOCKED, BREAKING, DOUBTFUL
from tongyi_portal.common import storage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colour_scanner")]


def run(job: Job) -> Job:
    run_job(job.pk)
    return Job.objects.get(pk=job.pk)


def stored_files(job: Job) -> set[str]:
    return set(storage.keys_below(storage.OUTPUTS, storage.output_folder(job.pk)))


def no_storage(*_given: Any) -> Any:
    raise storage.StorageUnavailable


def states(job: Job) -> set[str]:
    return set(job.artifacts.values_list("state", flat=True))


def test_a_time_limit_during_the_scan_ends_the_job(
    engine: PlainEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(helper: Helper, ask: Callable[[], list[Finding]]) -> list[Finding]:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(Helper, "wait_for", interrupted)
    job = run(JobFactory())
    assert (job.state, job.error_code) == (JobState.FAILED, "time_limit")
    assert not ReviewItem.objects.exists()


def test_a_job_ends_with_a_released_and_labelled_video_and_cover(engine: PlainEngine, tmp_path: Path) -> None:
    job = run(JobFactory())
    assert (job.state, job.progress, job.attempt, job.error_code) == (JobState.SUCCEEDED, 1.0, 1, "")
    assert job.finished_at is not None
    assert job.work_seconds
    video, cover = job.artifacts.get(role="video"), job.artifacts.get(role="cover")
    assert {video.state, cover.state} == {ArtifactState.RELEASED}
    assert (video.width, video.height, video.duration_seconds) == (432, 768, 2.0)
    path = storage.fetch_to(storage.OUTPUTS, video.key, tmp_path / "video.mp4")
    [mark] = read_video(path)
    assert mark.as_dict() == video.label
    assert mark.produce_id == job.pk.hex
    assert read_image(storage.read_bytes(storage.OUTPUTS, cover.key)) == [mark]
    assert video.sha256 == storage.file_sha256(path)
    assert stored_files(job) == {video.key, cover.key}


def test_nothing_stays_in_the_scratch_folder(engine: PlainEngine, scratch_root: Path) -> None:
    run(JobFactory())
    assert engine.scratch_folders[0].is_relative_to(scratch_root)
    assert list(scratch_root.iterdir()) == []


def test_a_second_delivery_of_the_same_message_does_nothing(engine: PlainEngine) -> None:
    job = run(JobFactory())
    before = Artifact.objects.order_by("pk").values()
    again = run(job)
    assert (again.attempt, again.state) == (1, JobState.SUCCEEDED)
    assert list(Artifact.objects.order_by("pk").values()) == list(before)
    assert len(engine.scratch_folders) == 1


def test_a_message_for_a_job_that_is_gone_does_nothing(engine: PlainEngine) -> None:
    run_job(uuid.uuid4())
    assert engine.scratch_folders == []


def test_a_doubtful_result_is_withheld_until_a_person_decides(engine: PlainEngine) -> None:
    engine.colour = DOUBTFUL
    job = run(JobFactory())
    assert job.state == JobState.IN_REVIEW
    assert job.finished_at is None
    assert job.lease_token == ""
    assert states(job) == {ArtifactState.IN_REVIEW}
    waiting = ReviewItem.objects.filter(subject_type="artifact")
    assert set(waiting.values_list("subject_id", flat=True)) == set(
        job.artifacts.values_list("pk", flat=True)
    )


def test_a_blocked_result_is_never_released(engine: PlainEngine) -> None:
    engine.colour = BLOCKED
    job = run(JobFactory())
    assert job.state == JobState.REJECTED
    assert job.reason_codes == ["sexual_explicit"]
    assert states(job) == {ArtifactState.REFUSED}


def test_a_scanner_that_breaks_sends_the_result_to_a_person(engine: PlainEngine) -> None:
    engine.colour = BREAKING
    job = run(JobFactory())
    assert job.state == JobState.IN_REVIEW
    assert job.reason_codes == ["scanner_failed"]


def test_a_video_without_the_visible_label_is_not_stored(engine: PlainEngine) -> None:
    engine.is_labelling = False
    job = run(JobFactory())
    assert (job.state, job.error_code) == (JobState.FAILED, "label_missing")
    assert not job.artifacts.exists()
    assert stored_files(job) == set()


def test_the_engines_own_fault_becomes_the_jobs(engine: PlainEngine) -> None:
    def fail(_number: int) -> None:
        raise EngineError("photo_no_person", "Nobody is there.", is_users_fault=True)

    engine.before_frame = fail
    job = run(JobFactory())
    assert (job.state, job.error_code, job.error_message) == (
        JobState.FAILED,
        "photo_no_person",
        "Nobody is there.",
    )
    assert job.error_details == {}


def test_the_fault_of_one_of_several_photos_names_it(engine: PlainEngine) -> None:
    def fail(_number: int) -> None:
        raise EngineError("photo_no_person", "photo 2: nobody.", is_users_fault=True, photo=1)

    engine.before_frame = fail
    job = run(JobFactory())
    assert (job.error_code, job.error_details) == ("photo_no_person", {"field": "photos.1"})


@pytest.mark.parametrize(
    ("fault", "code"),
    [(MemoryError(), "engine_out_of_memory"), (ZeroDivisionError("oh"), "internal_error")],
)
def test_unforeseen_faults_end_the_job_with_a_code(engine: PlainEngine, fault: Exception, code: str) -> None:
    def fail(_number: int) -> None:
        raise fault

    engine.before_frame = fail
    job = run(JobFactory())
    assert (job.state, job.error_code) == (JobState.FAILED, code)


def test_a_full_disk_gives_the_job_back_until_its_attempts_are_used_up(
    engine: PlainEngine, settings: Any
) -> None:
    def fail(_number: int) -> None:
        raise OSError(28, "No space left on device")

    settings.JOB_MAX_ATTEMPTS = 2
    engine.before_frame = fail
    job = run(JobFactory())
    assert (job.state, job.attempt, job.lease_token) == (JobState.QUEUED, 1, "")
    job = run(job)
    assert (job.state, job.attempt, job.error_code) == (JobState.FAILED, 2, "attempts_exhausted")
    assert "No space left" in job.error_message


def test_a_storage_that_fails_gives_the_job_back(
    engine: PlainEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = JobFactory()
    with monkeypatch.context() as broken:
        broken.setattr(storage, "store_file", no_storage)
        job = run(job)
    assert (job.state, job.attempt, job.error_code) == (JobState.QUEUED, 1, "")
    assert run(job).state == JobState.SUCCEEDED


def test_a_listing_that_fails_does_not_undo_a_finished_job(
    engine: PlainEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "keys_below", no_storage)
    with TestCase.captureOnCommitCallbacks(execute=True):
        job = run(JobFactory())
    assert (job.state, job.error_code) == (JobState.SUCCEEDED, "")
    assert states(job) == {ArtifactState.RELEASED}


@pytest.mark.django_db(transaction=True)
def test_the_storage_is_listed_and_cleared_outside_of_every_transaction(
    engine: PlainEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = JobFactory()
    orphan = storage.output_key(job.pk, "lost", "video", "video/mp4")
    storage.store_bytes(storage.OUTPUTS, orphan, b"half a video")
    seen: dict[str, bool] = {}
    for name in ("keys_below", "store_file", "erase"):
        real = getattr(storage, name)
        monkeypatch.setattr(
            storage,
            name,
            lambda *given, name=name, real=real: (
                seen.update({name: connection.in_atomic_block}),
                real(*given),
            )[1],
        )
    assert run(job).state == JobState.SUCCEEDED
    assert seen == {"keys_below": False, "store_file": False, "erase": False}


def test_a_worker_that_is_told_to_stop_gives_its_job_back(engine: PlainEngine, scratch_root: Path) -> None:
    def stop(_number: int) -> None:
        raise SystemExit

    engine.before_frame = stop
    job = JobFactory()
    with pytest.raises(SystemExit):
        run_job(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    assert list(scratch_root.iterdir()) == []


def test_a_running_job_stops_soon_after_it_was_cancelled(
    engine: PlainEngine, monkeypatch: pytest.MonkeyPatch, scratch_root: Path
) -> None:
    monkeypatch.setattr("generation.services.leases.PROGRESS_EVERY_SECONDS", 0.0)
    job = JobFactory()
    seen: list[int] = []

    def cancel_in_the_middle(number: int) -> None:
        seen.append(number)
        if number == 5:
            job_cancel(job=job, by=job.owner)

    engine.before_frame = cancel_in_the_middle
    job = run(job)
    assert job.state == JobState.CANCELLED
    assert seen == [0, 1, 2, 3, 4, 5]
    assert not job.artifacts.exists()
    assert stored_files(job) == set()
    assert list(scratch_root.iterdir()) == []


def test_a_photo_that_is_blocked_meanwhile_rejects_the_running_job(engine: PlainEngine) -> None:
    job = JobFactory()
    photo = job.inputs.get().upload

    def block(number: int) -> None:
        if number == 5:
            upload_decide(upload_id=photo.pk, approved=False, reason_codes=["sexual_nudity"])

    engine.before_frame = block
    job = run(job)
    assert (job.state, job.reason_codes) == (JobState.REJECTED, ["sexual_nudity"])
    assert stored_files(job) == set()


def test_a_worker_that_lost_its_lease_changes_nothing(engine: PlainEngine) -> None:
    job = JobFactory()

    def lose(number: int) -> None:
        if number == 40:
            Job.objects.filter(pk=job.pk).update(lease_token="of another worker", progress=0.5)

    engine.before_frame = lose
    job = run(job)
    assert (job.state, job.lease_token, job.progress) == (JobState.RUNNING, "of another worker", 0.5)
    assert stored_files(job) == set()


def test_files_of_a_lost_attempt_are_swept_by_the_one_that_finishes(engine: PlainEngine) -> None:
    job = JobFactory()
    orphan = storage.store_bytes(
        storage.OUTPUTS, storage.output_key(job.pk, "lost", "video", "video/mp4"), b"half a video"
    )
    assert stored_files(job) == {orphan}
    with TestCase.captureOnCommitCallbacks(execute=True):
        job = run(job)
    assert stored_files(job) == set(job.artifacts.values_list("key", flat=True))


def test_an_attempt_after_a_lost_one_keeps_the_ids_of_the_results(engine: PlainEngine) -> None:
    engine.colour = DOUBTFUL
    job = run(JobFactory())
    first = set(job.artifacts.values_list("pk", flat=True))
    Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
    job = run(job)
    assert set(job.artifacts.values_list("pk", flat=True)) == first
    assert ReviewItem.objects.filter(subject_type="artifact").count() == 2


def test_folders_of_attempts_that_are_over_are_purged(engine: PlainEngine, scratch_root: Path) -> None:
    held = job_claim(job_id=JobFactory().pk)
    assert held is not None
    kept, stale = scratch_root / f"{held.pk}.{held.lease_token}", scratch_root / f"{uuid.uuid4()}.gone"
    for folder in (kept, stale):
        (folder / "engine").mkdir(parents=True)
    assert runner.purge_scratch() == 1
    assert kept.is_dir()
    assert not stale.exists()


def test_the_folder_of_a_job_that_is_claimed_during_the_purge_stays(
    engine: PlainEngine, scratch_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch_root.mkdir()
    job = JobFactory()
    made: list[Path] = []
    real = Path.iterdir

    def claim_then_list(folder: Path) -> Any:
        if folder == scratch_root and not made:
            held = job_claim(job_id=job.pk)
            assert held is not None
            made.append(scratch_root / f"{held.pk}.{held.lease_token}")
            made[0].mkdir()
        return real(folder)

    monkeypatch.setattr(Path, "iterdir", claim_then_list)
    assert runner.purge_scratch() == 0
    assert made[0].is_dir()


@pytest.mark.django_db(transaction=True)
def test_the_same_job_delivered_to_four_workers_runs_once(engine: PlainEngine) -> None:
    job = JobFactory()
    taken: list[Job] = []

    def work() -> None:
        try:
            claimed = retried(lambda: job_claim(job_id=job.pk))
            if claimed is not None:
                taken.append(claimed)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(taken) == 1


def retried(claim: Any) -> Any:
    """In-memory SQLite refuses a second writer instead of letting it wait."""
    while True:
        try:
            return claim()
        except OperationalError:
            continue
