"""Pages of uploads, results and jobs tell a moderator nothing of a verdict that is theirs to give."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from generation.models import Artifact, Job, Upload
from generation.states import ArtifactState, JobState, UploadState
from moderation.models import ModerationSettings, ReviewItem, ReviewPurpose
from moderation.services.reviews import review_claim, review_resolve
from tests.factories.accounts import user_with
from tests.factories.generation import UploadFactory, job_in
from tests.factories.moderation import ReviewItemFactory
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def first_moderator(db: None) -> Any:
    return user_with(roles.MODERATOR, username="ming", is_staff=True)


def held_job() -> Job:
    """A job that waits for its photo, which waits for a person."""
    job = job_in(JobState.HELD)
    Upload.objects.filter(job_inputs__job=job).update(state=UploadState.IN_REVIEW)
    return job


def review_of(kind: str, subject_id: uuid.UUID, owner: Any) -> ReviewItem:
    return ReviewItemFactory(subject_type=kind, subject_id=subject_id, owner=owner)


def judged(item: ReviewItem, by: Any, *, approve: bool = False) -> ReviewItem:
    """Its second review."""
    ModerationSettings.objects.update(second_review_percent=100)
    review_resolve(review_claim(item, by), by, approve, "" if approve else "gore", "")
    return ReviewItem.objects.get(first_item=item, purpose=ReviewPurpose.SECOND)


def opened_by(reader: Any, *rows: Any) -> set[str]:
    """Kinds of rows whose pages `reader` can open, or finds in the lists."""
    client = Client()
    client.force_login(reader, backend="django.contrib.auth.backends.ModelBackend")
    found = set()
    for row in rows:
        name = f"admin:generation_{row._meta.model_name}"
        page = reverse(f"{name}_change", args=[row.pk])
        if client.get(page).status_code == 200:
            found.add(row._meta.model_name)
        if page in client.get(reverse(f"{name}_changelist")).content.decode():
            found.add(f"list of {row._meta.model_name}s")
    return found


def photo_and_job(first_moderator: Any, is_second: bool, approve: bool) -> tuple[Upload, Job, ReviewItem]:
    job = held_job()
    upload = Upload.objects.get(job_inputs__job=job)
    item = review_of("upload", upload.pk, upload.owner)
    return upload, job, judged(item, first_moderator, approve=approve) if is_second else item


@pytest.mark.parametrize(("is_second", "approve"), [(False, False), (True, False), (True, True)])
def test_a_photo_that_waits_and_its_job_are_not_shown_to_whoever_may_judge_it(
    is_second: bool, approve: bool, first_moderator: Any
) -> None:
    upload, job, item = photo_and_job(first_moderator, is_second, approve)
    hua = user_with(roles.MODERATOR, username="hua", is_staff=True)
    assert opened_by(hua, upload, job) == set()
    review_resolve(review_claim(item, hua), hua, approve, "" if approve else "gore", "")
    if not is_second:
        ReviewItem.objects.filter(first_item=item).delete()
    assert opened_by(hua, upload, job) == {"upload", "list of uploads", "job", "list of jobs"}


@pytest.mark.parametrize("is_second", [False, True])
def test_a_senior_does_not_find_them_with_the_item_in_hand(is_second: bool, first_moderator: Any) -> None:
    upload, job, item = photo_and_job(first_moderator, is_second, False)
    lin = user_with(roles.SENIOR_MODERATOR, username="lin", is_staff=True)
    assert {"upload", "job"} <= opened_by(lin, upload, job)
    review_claim(item, lin)
    assert opened_by(lin, upload, job) == set()


@pytest.mark.parametrize("is_second", [False, True])
def test_a_result_that_waits_and_its_job_are_not_shown_either(is_second: bool, first_moderator: Any) -> None:
    job = job_in(JobState.IN_REVIEW)
    made = {
        "key": "outputs/x.mp4",
        "mime": "video/mp4",
        "sha256": "a" * 64,
        "byte_size": 1,
        "label": {"Label": "1"},
    }
    video: Artifact = job.artifacts.create(
        role="video", state=ArtifactState.IN_REVIEW, width=64, height=96, **made
    )
    item = review_of("artifact", video.pk, job.owner)
    if is_second:
        judged(item, first_moderator)
    hua = user_with(roles.MODERATOR, username="hua", is_staff=True)
    assert opened_by(hua, video, job) == set()


def test_other_jobs_and_other_people_are_not_concerned(first_moderator: Any) -> None:
    upload, job, _item = photo_and_job(first_moderator, True, False)
    operator = user_with(roles.OPERATOR, username="op", is_staff=True)
    assert {"upload", "job"} <= opened_by(operator, upload, job)
    other = job_in(JobState.QUEUED, photo=UploadFactory())
    hua = user_with(roles.MODERATOR, username="hua", is_staff=True)
    assert {"job", "list of jobs"} <= opened_by(hua, other)
