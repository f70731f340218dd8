"""Jobs with several photos: roles, order, counts, consent, and what the end of any photo does."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from generation.errors import PhotosDoNotMatchPerformers, UploadNotFound, UploadUnusable
from generation.ingredients import ingredients_of
from generation.kinds.dance_video import DanceVideo
from generation.models import Job, Upload
from generation.services.jobs import job_retry, job_submit
from generation.services.uploads import upload_decide, upload_erase
from generation.states import JobState, UploadState
from moderation.errors import ConsentMissing
from templates_app.models import DanceTemplate
from templates_app.poses.sequence import PoseSequence
from tests.factories.accounts import UserFactory
from tests.factories.generation import UploadFactory
from tests.factories.templates import live_template, tiny_poses
from tongyi_portal.accounts.models import User

pytestmark = pytest.mark.django_db


def pair_poses() -> PoseSequence:
    one = tiny_poses()
    return replace(
        one,
        points=np.concatenate([one.points, one.points], axis=1),
        confidence=np.concatenate([one.confidence, one.confidence], axis=1),
    )


def pair_template() -> DanceTemplate:
    return live_template(pair_poses())


def submit(owner: User, template: DanceTemplate, **params: Any) -> Job:
    common = {
        "template": template.slug,
        "duration_seconds": 2,
        "size": "432x768",
        "fps": 24,
        "with_music": True,
    }
    return job_submit(by=owner, kind_key="dance_video", params=common | params).job


def two_photos(owner: User, **second: Any) -> list[Upload]:
    return [UploadFactory(owner=owner), UploadFactory(owner=owner, **second)]


def submit_pair(owner: User, photos: list[Upload]) -> Job:
    return submit(owner, pair_template(), photos=[photo.pk for photo in photos])


@pytest.mark.parametrize(
    ("photos", "performers", "text"),
    [
        (2, 1, "This dance has 1 performer and needs one photo; 2 came."),
        (1, 2, "This dance has 2 performers and needs as many photos; 1 came."),
    ],
)
def test_one_performer_is_told_of_in_the_singular(photos: int, performers: int, text: str) -> None:
    assert str(PhotosDoNotMatchPerformers(photos, performers, field="photos")) == text


def test_each_photo_has_its_role_and_the_order_is_that_of_the_performers() -> None:
    owner = UserFactory()
    first, second = two_photos(owner)
    job = submit_pair(owner, [second, first])
    assert {given.role: given.upload for given in job.inputs.all()} == {"photo": second, "photo-2": first}
    assert job.params["photos"] == [str(second.pk), str(first.pk)]
    assert "photo" not in job.params


def test_the_engine_gets_the_photos_in_that_order(tmp_path: Any) -> None:
    owner = UserFactory()
    job = submit_pair(owner, two_photos(owner))
    paths = {role: tmp_path / role for role in ("photo-2", "photo")}
    work = DanceVideo().prepare(job, paths)
    assert work.request.photos == (tmp_path / "photo", tmp_path / "photo-2")
    assert work.request.poses.people_count == 2
    assert work.request.body_style == "full"


def test_a_pair_is_more_work_than_one() -> None:
    owner = UserFactory()
    one = submit(owner, live_template(), photo=UploadFactory(owner=owner).pk)
    assert submit_pair(owner, two_photos(owner)).work_units == pytest.approx(1.25 * one.work_units)


def test_the_manifest_lists_all_photos() -> None:
    owner = UserFactory()
    photos = two_photos(owner)
    listed = ingredients_of(submit_pair(owner, photos))
    assert [(item.role, item.sha256) for item in listed] == [
        ("photo", photos[0].sha256),
        ("photo-2", photos[1].sha256),
    ]


def test_too_few_photos_are_refused_with_both_numbers() -> None:
    owner = UserFactory()
    with pytest.raises(PhotosDoNotMatchPerformers) as caught:
        submit(owner, pair_template(), photo=UploadFactory(owner=owner).pk)
    assert caught.value.details == {"field": "photo", "photos": 1, "performers": 2}
    assert "2" in str(caught.value)


def test_too_many_photos_are_refused_with_both_numbers() -> None:
    owner = UserFactory()
    with pytest.raises(PhotosDoNotMatchPerformers) as caught:
        submit(owner, live_template(), photos=[photo.pk for photo in two_photos(owner)])
    assert caught.value.details == {"field": "photos", "photos": 2, "performers": 1}
    assert not Job.objects.exists()


def test_one_photo_may_come_as_a_list() -> None:
    owner = UserFactory()
    job = submit(owner, live_template(), photos=[UploadFactory(owner=owner).pk])
    assert job.inputs.get().role == "photo"


def test_somebody_elses_photo_is_pointed_to() -> None:
    owner = UserFactory()
    with pytest.raises(UploadNotFound) as caught:
        submit_pair(owner, [UploadFactory(owner=owner), UploadFactory()])
    assert caught.value.details == {"field": "photos.1"}


def test_a_blocked_second_photo_is_pointed_to() -> None:
    owner = UserFactory()
    photos = two_photos(owner, state=UploadState.BLOCKED, reason_codes=["gore"])
    with pytest.raises(UploadUnusable) as caught:
        submit_pair(owner, photos)
    assert caught.value.details["field"] == "photos.1"
    assert caught.value.details["upload"] == str(photos[1].pk)


def test_consent_is_asked_for_each_person(settings: Any) -> None:
    from generation.services.uploads import upload_consent
    from moderation.services.consents import ConsentGiven

    settings.CONSENT_REQUIRED = "always"
    owner = UserFactory()
    photos = two_photos(owner)
    upload_consent(upload=photos[0], given=ConsentGiven(), by=owner)
    with pytest.raises(ConsentMissing) as caught:
        submit_pair(owner, photos)
    assert caught.value.details["field"] == "photos.1"
    assert caught.value.details["subject"] == str(photos[1].pk)
    upload_consent(upload=photos[1], given=ConsentGiven(), by=owner)
    assert submit_pair(owner, photos).state == JobState.QUEUED


def test_a_job_waits_while_any_photo_is_in_review() -> None:
    owner = UserFactory()
    photos = two_photos(owner, state=UploadState.IN_REVIEW)
    job = submit_pair(owner, photos)
    assert job.state == JobState.HELD
    upload_decide(upload_id=photos[1].pk, approved=True, reason_codes=[])
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


@pytest.mark.parametrize("number", [0, 1])
def test_blocking_any_photo_rejects_the_job(number: int) -> None:
    owner = UserFactory()
    photos = two_photos(owner)
    job = submit_pair(owner, photos)
    upload_decide(upload_id=photos[number].pk, approved=False, reason_codes=["gore"])
    job.refresh_from_db()
    assert (job.state, job.reason_codes) == (JobState.REJECTED, ["gore"])


@pytest.mark.parametrize("number", [0, 1])
def test_erasing_any_photo_cancels_the_job_and_forbids_a_retry(number: int) -> None:
    owner = UserFactory()
    photos = two_photos(owner)
    job = submit_pair(owner, photos)
    upload_erase(upload=photos[number])
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    with pytest.raises(UploadUnusable):
        job_retry(job=job, by=owner)
