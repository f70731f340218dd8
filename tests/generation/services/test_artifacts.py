"""A person's decision on a result."""

import uuid
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from generation.errors import ResultNotStored
from generation.models import Artifact, Job
from generation.services.artifacts import artifact_decide
from generation.services.jobs import job_cancel
from generation.services.leases import Lease, job_claim
from generation.services.uploads import upload_decide
from generation.states import ArtifactState, JobState
from generation.subjects import ArtifactSubject
from moderation.errors import ReviewWithdrawn
from moderation.models import AccountMeasure, Decision, ReviewItem, Strike
from moderation.services.decisions import decision_override, decision_record
from moderation.services.reviews import review_claim, review_claim_next, review_resolve
from moderation.services.strikes import standing_without
from moderation.states import UNDECIDED
from moderation.taxonomy import Verdict
from tests.factories import engines
from tests.factories.accounts import UserFactory, user_with
from tests.factories.engines import PlainEngine
from tests.factories.generation import JobFactory, job_in, run_job
from tests.factories.moderation import ReviewItemFactory, ScanRunFactory
from tests.factories.scanners import BLOCKED, DOUBTFUL, PASSED
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
COMMON = {"width": 2, "height": 2, "byte_size": 1, "mime": "video/mp4", "key": "a/b", "label": {"Label": "1"}}


def result(job: Job, role: str = "video", state: ArtifactState = ArtifactState.IN_REVIEW) -> Artifact:
    return job.artifacts.create(role=role, state=state, **COMMON)


def decide(artifact: Artifact, approved: bool) -> Decision:
    """A person's decision; it overrides the one before it where that was a refusal."""
    refusals = Decision.objects.filter(subject_id=artifact.pk, verdict=Verdict.BLOCK, overridden_by=None)
    return decision_record(
        subject_type="artifact",
        subject_id=artifact.pk,
        verdict=Verdict.PASS if approved else Verdict.BLOCK,
        reason_codes=[] if approved else ["sexual_nudity"],
        scan_run=None,
        policy=None,
        by=UserFactory(),
        overrides=refusals.first(),
    )


def judged(artifact: Artifact, verdict: Verdict) -> Artifact:
    """The machine's verdict on a file."""
    decision_record(
        subject_type="artifact",
        subject_id=artifact.pk,
        verdict=verdict,
        reason_codes=[],
        scan_run=None,
        policy=None,
    )
    return artifact


def waiting_items(job: Job) -> set[str]:
    """The roles of the job's files that wait for a person."""
    waiting = ReviewItem.objects.filter(state__in=UNDECIDED).values("subject_id")
    return set(job.artifacts.filter(pk__in=waiting).values_list("role", flat=True))


def states(job: Job) -> tuple[str, set[str]]:
    job.refresh_from_db()
    return job.state, set(job.artifacts.values_list("state", flat=True))


def test_approval_releases_everything_of_the_job() -> None:
    job = job_in(JobState.IN_REVIEW, reason_codes=["sexual_nudity"])
    video, _cover = result(job), judged(result(job, "cover", ArtifactState.WITHHELD), Verdict.PASS)
    decide(video, approved=True)
    assert states(job) == (JobState.SUCCEEDED, {ArtifactState.RELEASED})
    assert job.reason_codes == []
    assert job.finished_at is not None


def test_nothing_is_released_while_another_file_waits() -> None:
    job = job_in(JobState.IN_REVIEW)
    video, cover = result(job), result(job, "cover")
    decide(video, approved=True)
    assert states(job) == (JobState.IN_REVIEW, {ArtifactState.WITHHELD, ArtifactState.IN_REVIEW})
    decide(cover, approved=True)
    assert states(job) == (JobState.SUCCEEDED, {ArtifactState.RELEASED})


def test_refusal_refuses_everything_of_the_job() -> None:
    job = job_in(JobState.IN_REVIEW)
    video, _cover = result(job), result(job, "cover", ArtifactState.WITHHELD)
    decide(video, approved=False)
    assert states(job) == (JobState.REJECTED, {ArtifactState.REFUSED})
    assert job.reason_codes == ["sexual_nudity"]


def test_a_released_result_can_be_taken_down_and_brought_back() -> None:
    job = job_in(JobState.SUCCEEDED)
    video = result(job, state=ArtifactState.RELEASED)
    decide(video, approved=False)
    assert states(job) == (JobState.REJECTED, {ArtifactState.REFUSED})
    decide(video, approved=True)
    assert states(job) == (JobState.SUCCEEDED, {ArtifactState.RELEASED})


@pytest.mark.parametrize("approved", [True, False])
def test_deciding_twice_changes_nothing(approved: bool) -> None:
    job = job_in(JobState.IN_REVIEW)
    video = result(job)
    decide(video, approved)
    before = states(job)
    decide(video, approved)
    assert states(job) == before


def refused_with_strike(artifact: Artifact, by: Any) -> Decision:
    """Somebody refuses a file of the job as what its owner sent."""
    run = ScanRunFactory(subject_type="artifact", subject_id=artifact.pk, owner=artifact.job.owner)
    return decision_record(
        subject_type="artifact",
        subject_id=artifact.pk,
        verdict=Verdict.BLOCK,
        reason_codes=["gore"],
        scan_run=run,
        policy=None,
        by=by,
    )


def test_a_job_is_one_act_and_gives_one_strike_for_all_of_its_files() -> None:
    job, by = job_in(JobState.IN_REVIEW), UserFactory()
    first, second = result(job), result(job, "cover")
    for artifact in (first, second, first):
        refused_with_strike(artifact, by)
    strike = Strike.objects.get(owner=job.owner)
    assert strike.decision is not None
    assert strike.decision.subject_id == first.pk
    assert not AccountMeasure.objects.filter(owner=job.owner).exists()
    call_command("audit_verify")


def test_another_job_of_the_same_owner_is_another_act() -> None:
    job, by = job_in(JobState.IN_REVIEW), UserFactory()
    refused_with_strike(result(job), by)
    other = job_in(JobState.IN_REVIEW, owner=job.owner)
    refused_with_strike(result(other), by)
    assert Strike.objects.filter(owner=job.owner).count() == 2


def test_whoever_judges_one_file_blindly_is_not_told_of_the_strike_for_the_other() -> None:
    job = job_in(JobState.IN_REVIEW)
    refused_with_strike(result(job), UserFactory())
    cover = result(job, "cover")
    assert standing_without(job.owner, [("artifact", cover.pk)]).active_strikes == 0
    assert standing_without(job.owner, [("artifact", uuid.uuid4())]).active_strikes == 1


def test_a_reviewer_who_is_faster_than_the_worker_is_told_to_wait() -> None:
    job = job_in(JobState.CHECKING)
    with pytest.raises(ResultNotStored):
        decide(result(job, state=ArtifactState.WITHHELD), approved=True)


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
def test_the_result_of_a_job_that_ended_otherwise_stays_withheld(state: JobState) -> None:
    job = job_in(state)
    decide(result(job, state=ArtifactState.WITHHELD), approved=True)
    assert states(job) == (state, {ArtifactState.WITHHELD})


def test_a_decision_on_an_artifact_that_is_gone_is_no_fault() -> None:
    artifact_decide(artifact_id=uuid.uuid4(), reason_codes=[])
    assert ArtifactSubject().preview(uuid.uuid4()) is None


@pytest.mark.parametrize(("approve", "end"), [(True, JobState.SUCCEEDED), (False, JobState.REJECTED)])
def test_a_moderators_decision_reaches_the_job(
    engine: PlainEngine, colour_scanner: None, approve: bool, end: JobState
) -> None:
    engine.colour = DOUBTFUL
    job = JobFactory()
    run_job(job.pk)
    moderator = user_with(roles.MODERATOR)
    for item in ReviewItem.objects.filter(subject_type="artifact"):
        preview = ArtifactSubject().preview(item.subject_id)
        assert preview is not None
        assert preview.url.startswith("/media/artifacts/")
        if not approve and Job.objects.get(pk=job.pk).state == JobState.REJECTED:
            break
        review_resolve(
            review_claim(item, moderator), moderator, approve, "" if approve else "sexual_nudity", ""
        )
    job.refresh_from_db()
    assert job.state == end


def run(engine: PlainEngine, video: tuple[int, int, int], cover: tuple[int, int, int]) -> Job:
    """A job that was run, with a video and a cover of these colours."""
    engine.colour = video
    job = JobFactory()
    write_jpeg = engines.write_jpeg

    def write_cover(path: Path, frame: Any) -> None:
        painted = frame.copy()
        painted[painted.shape[0] // 3 :] = cover
        write_jpeg(path, painted)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "write_jpeg", write_cover)
        run_job(job.pk)
    job.refresh_from_db()
    return job


def resolve(job: Job, role: str, approve: bool) -> None:
    moderator = user_with(roles.MODERATOR)
    item = ReviewItem.objects.get(subject_id=job.artifacts.get(role=role).pk, state="open")
    review_resolve(review_claim(item, moderator), moderator, approve, "" if approve else "sexual_nudity", "")


def override(job: Job, role: str) -> None:
    """A senior moderator lifts the block that stands on a file."""
    block = Decision.objects.get(
        subject_id=job.artifacts.get(role=role).pk, verdict=Verdict.BLOCK, overridden_by__isnull=True
    )
    senior = user_with(roles.SENIOR_MODERATOR)
    decision_override(decision=block, by=senior, approve=True, reason_code="", note="")


@pytest.mark.usefixtures("colour_scanner")
class TestFilesThatAreJudgedDifferently:
    def test_nothing_waits_any_more_once_one_file_is_refused(self, engine: PlainEngine) -> None:
        job = run(engine, DOUBTFUL, DOUBTFUL)
        assert waiting_items(job) == {"video", "cover"}
        resolve(job, "video", approve=False)
        assert states(job) == (JobState.REJECTED, {ArtifactState.REFUSED})
        assert waiting_items(job) == set()
        assert review_claim_next(user_with(roles.MODERATOR)) is None

    def test_a_blocked_video_leaves_no_cover_to_approve(self, engine: PlainEngine) -> None:
        job = run(engine, BLOCKED, DOUBTFUL)
        assert states(job) == (JobState.REJECTED, {ArtifactState.REFUSED})
        assert waiting_items(job) == set()

    @pytest.mark.parametrize("video", [BLOCKED, DOUBTFUL])
    def test_approving_the_cover_does_not_release_a_blocked_video(
        self, engine: PlainEngine, video: tuple[int, int, int]
    ) -> None:
        job = run(engine, video, DOUBTFUL)
        if video == DOUBTFUL:
            resolve(job, "video", approve=False)
        decide(job.artifacts.get(role="cover"), approved=True)  # in the same moment
        assert states(job) == (JobState.REJECTED, {ArtifactState.REFUSED})

    def test_a_lifted_block_sends_the_files_nobody_decided_on_back_to_the_queue(
        self, engine: PlainEngine
    ) -> None:
        job = run(engine, BLOCKED, DOUBTFUL)
        override(job, "video")
        assert states(job) == (JobState.IN_REVIEW, {ArtifactState.WITHHELD, ArtifactState.IN_REVIEW})
        assert (job.finished_at, job.reason_codes) == (None, ["sexual_nudity"])
        assert waiting_items(job) == {"cover"}
        resolve(job, "cover", approve=True)
        assert states(job) == (JobState.SUCCEEDED, {ArtifactState.RELEASED})

    def test_of_two_blocks_both_must_be_lifted(self, engine: PlainEngine) -> None:
        job = run(engine, BLOCKED, BLOCKED)
        override(job, "video")
        assert states(job) == (JobState.REJECTED, {ArtifactState.REFUSED})
        override(job, "cover")
        assert states(job) == (JobState.SUCCEEDED, {ArtifactState.RELEASED})


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("approve_cover", [True, False])
def test_two_moderators_who_decide_in_the_same_moment_do_not_hinder_each_other(
    engine: PlainEngine, colour_scanner: None, approve_cover: bool
) -> None:
    job = run(engine, DOUBTFUL, DOUBTFUL)
    start, faults = Barrier(2), list[BaseException]()

    def decide_on(item: ReviewItem, by: Any, approve: bool) -> None:
        try:
            start.wait()
            review_resolve(item, by, approve, "" if approve else "sexual_nudity", "")
        except ReviewWithdrawn:
            assert not approve_cover
        except BaseException as error:  # noqa: BLE001
            faults.append(error)
        finally:
            connection.close()

    threads = []
    for role, approve in (("video", True), ("cover", approve_cover)):
        by = user_with(roles.MODERATOR)
        item = ReviewItem.objects.get(subject_id=job.artifacts.get(role=role).pk)
        threads.append(Thread(target=decide_on, args=(review_claim(item, by), by, approve)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    if approve_cover:
        assert states(job) == (JobState.SUCCEEDED, {ArtifactState.RELEASED})
    else:
        assert states(job) == (JobState.REJECTED, {ArtifactState.REFUSED})
    assert waiting_items(job) == set()


@pytest.mark.usefixtures("colour_scanner")
class TestAPictureThatIsBlockedLater:
    @pytest.mark.parametrize("colour", [PASSED, DOUBTFUL])
    def test_takes_the_result_with_it_and_brings_it_back(
        self, engine: PlainEngine, colour: tuple[int, int, int]
    ) -> None:
        job = run(engine, colour, colour)
        before = states(job)
        photo = job.inputs.get().upload
        upload_decide(upload_id=photo.pk, approved=False, reason_codes=["minor_safety"])
        assert states(job) == (JobState.REJECTED, {ArtifactState.REFUSED})
        assert job.reason_codes == ["minor_safety"]
        assert set(job.artifacts.values_list("reason_codes", flat=True)[0]) == {"minor_safety"}
        assert waiting_items(job) == set()
        upload_decide(upload_id=photo.pk, approved=True, reason_codes=[])
        assert states(job) == before

    def test_keeps_the_result_refused_whatever_is_decided_on_it(self, engine: PlainEngine) -> None:
        job = run(engine, PASSED, PASSED)
        upload_decide(upload_id=job.inputs.get().upload_id, approved=False, reason_codes=["minor_safety"])
        decide(job.artifacts.get(role="video"), approved=True)
        assert states(job) == (JobState.REJECTED, {ArtifactState.REFUSED})

    def test_does_not_bring_back_a_result_that_was_refused_itself(self, engine: PlainEngine) -> None:
        job = run(engine, BLOCKED, PASSED)
        photo = job.inputs.get().upload
        for approved in (False, True):
            upload_decide(upload_id=photo.pk, approved=approved, reason_codes=["minor_safety"])
        assert states(job) == (JobState.REJECTED, {ArtifactState.REFUSED})
        assert job.reason_codes == ["sexual_explicit"]


@pytest.mark.usefixtures("colour_scanner")
class TestNobodyWaitsFor:
    def test_the_result_of_a_cancelled_job(self, engine: PlainEngine) -> None:
        job = run(engine, DOUBTFUL, DOUBTFUL)
        job_cancel(job=job, by=job.owner)
        assert states(job) == (JobState.CANCELLED, {ArtifactState.WITHHELD})
        assert waiting_items(job) == set()

    def test_the_result_of_a_failed_attempt(self) -> None:
        claimed = job_claim(job_id=JobFactory().pk)
        assert claimed is not None
        item = ReviewItemFactory(subject_type="artifact", subject_id=result_row(claimed).pk)
        with Lease(claimed) as lease:
            lease.fail("engine_failed", "It broke.")
        item.refresh_from_db()
        assert not item.is_waiting

    def test_what_a_lost_attempt_saw_when_the_next_one_passes(self, engine: PlainEngine) -> None:
        job = JobFactory()
        item = ReviewItemFactory(subject_type="artifact", subject_id=result_row(job).pk)
        run_job(job.pk)
        item.refresh_from_db()
        assert states(job)[0] == JobState.SUCCEEDED
        assert not item.is_waiting


def result_row(job: Job) -> Artifact:
    """The row of a video that is not stored yet."""
    return job.artifacts.create(role="video", width=2, height=2, byte_size=0, mime="video/mp4")
