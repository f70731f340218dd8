"""pose_extract: an accepted video becomes a take and a draft, under the job's lease, or leaves nothing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import TestCase
from django.utils import timezone
from django.utils.translation import override

from generation import resident_engines, runner
from generation.engines.base import EngineContext, EngineError
from generation.engines.motion.take import MotionRequest, MotionResult
from generation.kinds.base import library_kind, offered_kinds
from generation.kinds.pose_extract import PoseExtract
from generation.models import Artifact, Job
from generation.services.jobs import job_cancel, job_retry, job_submit
from generation.services.leases import job_claim, jobs_requeue_lost
from generation.states import JobState
from generation.texts import kind_text, stage_text
from templates_app.models import MotionVideo, Take, TemplateVersion
from templates_app.motion_errors import MotionBusy, MotionNotUsable
from templates_app.services import takes
from templates_app.services.motion_checks import motion_check, motion_decide, motion_extract
from templates_app.services.motions import motion_erase, motions_erased_lately
from templates_app.states import MotionState, VersionState
from templates_app.tasks.light import wipe_motions
from templates_app.work import work_on
from tests.factories.accounts import UserFactory, client_of, user_with
from tests.factories.generation import run_job
from tests.factories.motions import PlainMotionEngine, accepted_motion, announced, moving_clip, send
from tests.factories.motions import files_of as clip_files
from tests.factories.templates import superuser
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import PermissionRefused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colour_scanner")]


@pytest.fixture(autouse=True)
def plain_motion(monkeypatch: pytest.MonkeyPatch) -> PlainMotionEngine:
    plain = PlainMotionEngine()
    monkeypatch.setitem(resident_engines._engines, "motion", plain)
    return plain


def extraction(motion: MotionVideo | None = None) -> Job:
    motion = motion or accepted_motion()
    return job_submit(by=motion.owner, kind_key="pose_extract", params={"motion": motion.pk}).job


def run(job: Job) -> Job:
    with TestCase.captureOnCommitCallbacks(execute=True):
        run_job(job.pk)
    job.refresh_from_db()
    return job


def files_of(job: Job) -> set[str]:
    return set(storage.keys_below(storage.UPLOADS, storage.take_folder(job.pk)))


def test_a_take_and_a_draft_are_made_and_every_file_is_named_by_a_row() -> None:
    job = run(extraction())
    assert (job.state, job.progress, job.error_code, job.engine_version) == (
        JobState.SUCCEEDED,
        1.0,
        "",
        "plain",
    )
    take = Take.objects.get()
    motion = MotionVideo.objects.get()
    assert (take.source, take.template, take.origin) == (motion, motion.template, "video")
    assert (take.frame_count, take.track_count, take.bpm, take.beats) == (12, 1, 120.0, [0.0, 0.5])
    assert takes.take_poses(take).frame_count == 12
    [version] = TemplateVersion.objects.all()
    assert (version.take, version.state, version.bpm) == (take, VersionState.DRAFT, 120.0)
    assert version.created_by == motion.owner
    named = {
        take.pose_key,
        take.proxy_key,
        take.strip_key,
        take.music_key,
        version.pose_key,
        version.music_key,
    }
    assert files_of(job) == named
    assert storage.read_bytes(storage.UPLOADS, take.proxy_key) == moving_clip()
    assert not Artifact.objects.exists()


def test_an_upload_that_is_accepted_is_extracted_without_further_ado() -> None:
    data = moving_clip()
    with TestCase.captureOnCommitCallbacks(execute=True):  # the tasks run at once
        motion = send(announced(len(data)), data)
    motion.refresh_from_db()
    assert motion.state == MotionState.ACCEPTED
    assert motion.take.versions.count() == 1


def test_a_worker_that_lost_its_lease_leaves_neither_row_nor_file(plain_motion: PlainMotionEngine) -> None:
    job = extraction()
    kind = library_kind("pose_extract")
    assert kind is not None

    def lose(*_given: Any) -> None:
        Job.objects.filter(pk=job.pk).update(lease_token="of another worker")

    with pytest.MonkeyPatch.context() as patched:
        put = runner.library_files_put
        patched.setattr(runner, "library_files_put", lambda **given: (put(**given), lose()))
        run(job)
    assert (job.state, job.lease_token) == (JobState.CHECKING, "of another worker")
    assert not Take.objects.exists()
    assert not TemplateVersion.objects.exists()
    assert files_of(job) == set()


def test_files_of_a_killed_attempt_are_swept_when_the_next_one_ends() -> None:
    job = extraction()
    orphan = f"{storage.take_folder(job.pk)}/deadbeef-proxy.mp4"
    storage.store_bytes(storage.UPLOADS, orphan, b"of a killed attempt")
    run(job)
    assert job.state == JobState.SUCCEEDED
    assert orphan not in files_of(job)
    assert len(files_of(job)) == 6


def test_when_the_rows_fail_the_files_are_erased_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_given: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("generation.kinds.pose_extract.version_insert", broken)
    job = run(extraction())
    assert (job.state, job.error_code) == (JobState.FAILED, "internal_error")
    assert not Take.objects.exists()
    assert files_of(job) == set()


def test_a_fault_of_the_video_is_the_jobs_and_it_can_be_tried_again(plain_motion: PlainMotionEngine) -> None:
    def nobody() -> None:
        raise EngineError("motion_no_people", "Nobody.", is_users_fault=True)

    plain_motion.before = nobody
    job = run(extraction())
    assert (job.state, job.error_code) == (JobState.FAILED, "motion_no_people")
    motion = MotionVideo.objects.get()
    work = work_on("motion", motion.pk)
    assert work is not None
    assert (work.is_finished, work.error_text) == (True, "No person was found in the video.")
    plain_motion.before = lambda: None
    again = run(job_retry(job=job, by=superuser()))
    assert again.state == JobState.SUCCEEDED
    with pytest.raises(MotionNotUsable):  # there is a take now
        job_retry(job=job, by=superuser())


def test_a_running_extraction_is_cancelled(
    plain_motion: PlainMotionEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.services.leases.PROGRESS_EVERY_SECONDS", 0.0)
    job = extraction()
    plain_motion.before = lambda: job_cancel(job=job, by=job.owner) and None
    run(job)
    assert job.state == JobState.CANCELLED
    assert not Take.objects.exists()
    motion_extract(motion=MotionVideo.objects.get(), by=superuser())
    assert Job.objects.filter(kind="pose_extract", state=JobState.QUEUED).count() == 1


@pytest.mark.parametrize("end", ["block", "erase"])
def test_a_video_that_is_blocked_or_erased_meanwhile_gives_no_take(
    end: str, plain_motion: PlainMotionEngine
) -> None:
    motion = accepted_motion()
    job = extraction(motion)

    def meanwhile() -> None:
        if end == "block":
            motion_decide(motion_id=motion.pk, approved=False, reason_codes=["privacy"])
        else:
            motion_erase(motion=motion, by=None)

    plain_motion.before = meanwhile
    run(job)
    assert job.state == JobState.CANCELLED
    assert not Take.objects.exists()
    assert files_of(job) == set()


def test_erasing_the_video_takes_the_pictures_and_the_sound_of_its_take_but_not_the_movement() -> None:
    run(extraction())
    take = Take.objects.get()
    shown = [take.proxy_key, take.strip_key, take.music_key]
    with TestCase.captureOnCommitCallbacks(execute=True):
        motion_erase(motion=take.source, by=superuser())  # type: ignore[arg-type]
    take.refresh_from_db()
    assert (take.proxy_key, take.strip_key, take.music_key) == ("", "", "")
    assert [key for key in shown if storage.exists(storage.UPLOADS, key)] == []
    assert takes.take_poses(take).frame_count == 12


def test_a_video_is_extracted_once_at_a_time_and_only_for_curators() -> None:
    motion = accepted_motion()
    extraction(motion)
    with pytest.raises(MotionBusy):
        extraction(motion)
    with pytest.raises(PermissionRefused):
        job_submit(by=UserFactory(), kind_key="pose_extract", params={"motion": motion.pk})


def test_a_lost_extraction_goes_back_to_the_queue_and_gives_up_in_the_end(settings: Any) -> None:
    settings.JOB_MAX_ATTEMPTS = 1
    settings.JOB_LEASE_SECONDS = -1
    job = extraction()
    assert job_claim(job_id=job.pk) is not None
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert jobs_requeue_lost() == 1
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "attempts_exhausted")


def test_that_the_work_begins_anew_is_told_after_its_worker_was_lost(
    settings: Any, plain_motion: PlainMotionEngine
) -> None:
    motion, told = accepted_motion(), []
    job = extraction(motion)
    first = work_on("motion", motion.pk)
    assert first is not None
    assert (first.attempt, first.notice) == (1, "")
    settings.JOB_LEASE_SECONDS = -1
    assert job_claim(job_id=job.pk) is not None
    with TestCase.captureOnCommitCallbacks():
        assert jobs_requeue_lost() == 1
    settings.JOB_LEASE_SECONDS = 60
    anew = "The work was interrupted and begins anew (attempt 2)."
    waiting = work_on("motion", motion.pk)
    assert waiting is not None
    assert (waiting.state, waiting.attempt, waiting.notice) == ("queued", 2, anew)
    shown = client_of(motion.owner).get(f"/api/v1/jobs/{job.pk}").json()
    assert (shown["attempt"], shown["notice"]) == (2, anew)
    plain_motion.before = lambda: told.append(work_on("motion", motion.pk))
    run(job)
    assert (told[0].notice, told[0].stage_text) == (anew, f"{anew} {stage_text('fetch')}")
    ended = work_on("motion", motion.pk)
    assert ended is not None
    assert (ended.is_finished, ended.attempt, ended.notice) == (True, 2, "")


def interrupted(job: Job, *, keeps: bool) -> None:
    """A worker is lost; keeps: after it had followed the people for a while."""
    with pytest.MonkeyPatch.context() as patched, TestCase.captureOnCommitCallbacks():
        patched.setattr(settings, "JOB_LEASE_SECONDS", -1)
        claimed = job_claim(job_id=job.pk)
        assert claimed is not None
        if keeps:
            PoseExtract().partials(claimed).keep(b"followed")
        assert jobs_requeue_lost() == 1


def test_that_the_work_goes_on_is_told_where_an_earlier_attempt_kept_something(
    plain_motion: PlainMotionEngine,
) -> None:
    motion, told = accepted_motion(), []
    job = extraction(motion)
    interrupted(job, keeps=True)
    goes_on = "The work was interrupted and goes on from what was done before (attempt 2)."
    waiting = work_on("motion", motion.pk)
    assert waiting is not None
    assert waiting.notice == goes_on
    plain_motion.before = lambda: told.append(work_on("motion", motion.pk))
    run(job)
    assert told[0].notice == goes_on
    assert job.state == JobState.SUCCEEDED


def test_what_the_attempt_keeps_itself_does_not_make_it_one_that_goes_on(
    plain_motion: PlainMotionEngine,
) -> None:
    motion, told = accepted_motion(), []
    job = extraction(motion)
    interrupted(job, keeps=False)

    def keep_and_look() -> None:
        PoseExtract().partials(Job.objects.get(pk=job.pk)).keep(b"followed")
        told.append(work_on("motion", motion.pk))

    plain_motion.before = keep_and_look
    run(job)
    assert told[0].notice == "The work was interrupted and begins anew (attempt 2)."


def test_a_storage_that_does_not_answer_says_nothing_of_an_interruption(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    motion = accepted_motion()
    interrupted(extraction(motion), keeps=True)

    def broken(*_given: Any) -> list[str]:
        raise storage.StorageUnavailable

    monkeypatch.setattr(storage, "keys_below", broken)
    work = work_on("motion", motion.pk)
    assert work is not None
    assert (work.state, work.notice) == ("queued", "")


@pytest.mark.parametrize(("language", "gap"), [("en", " "), ("zh-hans", "")])
def test_the_stage_follows_the_notice_as_the_language_writes_it(
    language: str, gap: str, plain_motion: PlainMotionEngine
) -> None:
    motion, told = accepted_motion(), []
    job = extraction(motion)
    interrupted(job, keeps=False)
    plain_motion.before = lambda: told.append((work_on("motion", motion.pk), stage_text("fetch")))
    with override(language):
        run(job)
    ((work, stage),) = told
    assert work.stage_text == f"{work.notice}{gap}{stage}"


def test_what_is_kept_in_the_moment_of_erasing_is_swept_away_soon(
    plain_motion: PlainMotionEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = accepted_motion()
    job = extraction(motion)
    extract = plain_motion.run

    def erased_then_kept(request: MotionRequest, context: EngineContext) -> MotionResult:
        with TestCase.captureOnCommitCallbacks(execute=True):
            motion_erase(motion=motion, by=None)
        assert context.partials is not None
        context.partials.keep(b"followed")
        return extract(request, context)

    monkeypatch.setattr(plain_motion, "run", erased_then_kept)
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert len(clip_files(motion)) == 1
    wipe_motions()
    assert clip_files(motion) == []
    MotionVideo.objects.update(erased_at=timezone.now() - timedelta(hours=2))
    assert motions_erased_lately() == []


def test_the_time_left_goes_by_the_jobs_own_pace() -> None:
    job = extraction()
    assert job_claim(job_id=job.pk) is not None
    begun = timezone.now() - timedelta(seconds=300)
    Job.objects.filter(pk=job.pk).update(started_at=begun, progress=0.25)
    work = work_on("motion", UUID(job.params["motion"]))
    assert work is not None
    assert work.low_seconds is not None
    assert work.high_seconds is not None
    assert work.low_seconds < 900 < work.high_seconds


def test_progress_is_told_by_stage_while_it_runs(plain_motion: PlainMotionEngine) -> None:
    motion, told = accepted_motion(), []
    plain_motion.before = lambda: told.append(work_on("motion", motion.pk))
    job = extraction(motion)
    waiting = work_on("motion", motion.pk)
    assert waiting is not None
    assert (waiting.state, waiting.is_finished) == ("queued", False)
    run(job)
    assert (told[0].state, told[0].stage_text) == ("running", stage_text("fetch"))


def test_nobody_can_submit_it_through_the_api_and_the_kinds_do_not_offer_it() -> None:
    curator = user_with(roles.APP, roles.CURATOR)
    motion = accepted_motion(curator)
    client = client_of(curator)
    body = {"kind": "pose_extract", "params": {"motion": str(motion.pk)}}
    answer = client.post("/api/v1/jobs", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert [kind["key"] for kind in client.get("/api/v1/kinds").json()] == ["dance_video"] == offered_kinds()
    extraction(motion)
    assert client.get("/api/v1/jobs").json()["results"][0]["kind"] == "pose_extract"
    assert kind_text("pose_extract") == "extraction of a movement"


def test_the_check_of_an_extracted_video_changes_nothing_any_more() -> None:
    run(extraction())
    motion = MotionVideo.objects.get()
    assert motion_check(motion=motion).state == MotionState.ACCEPTED
