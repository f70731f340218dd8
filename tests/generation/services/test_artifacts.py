"""A person's decision on a result."""

import uuid

import pytest

from generation.errors import ResultNotStored
from generation.models import Artifact, Job
from generation.services.artifacts import artifact_decide
from generation.states import ArtifactState, JobState
from generation.subjects import ArtifactSubject
from moderation.models import ReviewItem
from moderation.services.reviews import review_claim, review_resolve
from tests.factories.accounts import user_with
from tests.factories.engines import PlainEngine
from tests.factories.generation import JobFactory, job_in
from tests.factories.scanners import DOUBTFUL
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
COMMON = {"width": 2, "height": 2, "byte_size": 1, "mime": "video/mp4", "key": "a/b", "label": {"Label": "1"}}


def result(job: Job, role: str = "video", state: ArtifactState = ArtifactState.IN_REVIEW) -> Artifact:
    return job.artifacts.create(role=role, state=state, **COMMON)


def decide(artifact: Artifact, approved: bool) -> None:
    artifact_decide(
        artifact_id=artifact.pk, approved=approved, reason_codes=[] if approved else ["sexual_nudity"]
    )


def states(job: Job) -> tuple[str, set[str]]:
    job.refresh_from_db()
    return job.state, set(job.artifacts.values_list("state", flat=True))


def test_approval_releases_everything_of_the_job() -> None:
    job = job_in(JobState.IN_REVIEW, reason_codes=["sexual_nudity"])
    video, _cover = result(job), result(job, "cover", ArtifactState.WITHHELD)
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
    artifact_decide(artifact_id=uuid.uuid4(), approved=True, reason_codes=[])
    assert ArtifactSubject().preview(uuid.uuid4()) is None


@pytest.mark.parametrize(("approve", "end"), [(True, JobState.SUCCEEDED), (False, JobState.REJECTED)])
def test_a_moderators_decision_reaches_the_job(
    engine: PlainEngine, colour_scanner: None, approve: bool, end: JobState
) -> None:
    from generation.runner import run_job

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
