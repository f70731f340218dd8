"""Consent to a portrait: asked for, kept to, and when it ends everything made of the portrait is gone."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import TestCase
from django.utils import timezone

from generation.models import Artifact, Job, Upload
from generation.services.jobs import job_submit
from generation.services.uploads import upload_consent
from generation.states import ArtifactState, JobState
from moderation.errors import (
    AccountSuspended,
    ConsentEnded,
    ConsentExpired,
    ConsentInvalid,
    ConsentMissing,
    ConsentScope,
)
from moderation.models import ConsentRecord
from moderation.services.consents import ConsentGiven, consent_withdraw, consent_words
from moderation.services.strikes import measure_impose
from moderation.tasks.light import expire_consents
from tests.factories.accounts import UserFactory, user_with
from tests.factories.generation import UploadFactory, job_in
from tests.factories.templates import live_template
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


def submit(upload: Upload) -> Job:
    params = {
        "photo": upload.pk,
        "template": live_template().slug,
        "duration_seconds": 2,
        "size": "432x768",
        "fps": 24,
        "with_music": True,
    }
    return job_submit(by=upload.owner, kind_key="dance_video", params=params).job


def agreed(upload: Upload, **fields: Any) -> ConsentRecord:
    return upload_consent(upload=upload, given=ConsentGiven(**fields), by=upload.owner)


def result_of(upload: Upload, state: JobState = JobState.SUCCEEDED) -> Artifact:
    job = job_in(state, owner=upload.owner, photo=upload)
    key = storage.store_bytes(storage.OUTPUTS, f"{storage.output_folder(job.pk)}/t-video.mp4", b"video")
    artifact: Artifact = job.artifacts.create(
        role="video",
        state=ArtifactState.RELEASED,
        key=key,
        mime="video/mp4",
        sha256="0" * 64,
        byte_size=5,
        width=64,
        height=96,
        label={"AIGC": 1},
    )
    return artifact


def test_where_consent_is_required_a_photo_without_it_cannot_be_used(settings: Any) -> None:
    settings.CONSENT_REQUIRED = "studio"
    upload = UploadFactory()
    with pytest.raises(ConsentMissing):
        submit(upload)
    agreed(upload)
    assert submit(upload).state == JobState.QUEUED


def test_apps_need_consent_only_where_everybody_does(settings: Any) -> None:
    from tests.factories.accounts import token_for

    upload = UploadFactory(owner=user_with(roles.APP))
    token, _secret = token_for(upload.owner)
    params = {"photo": upload.pk, "template": live_template().slug, "duration_seconds": 2}
    asked: dict[str, Any] = {
        "by": upload.owner,
        "token": token,
        "kind_key": "dance_video",
        "params": params | {"size": "432x768", "fps": 24, "with_music": True},
    }
    settings.CONSENT_REQUIRED = "studio"
    assert job_submit(**asked).job.state == JobState.QUEUED
    settings.CONSENT_REQUIRED = "always"
    with pytest.raises(ConsentMissing):
        job_submit(**asked)


def test_a_garment_needs_nobodys_consent(settings: Any) -> None:
    from generation.services.jobs import consents_require

    settings.CONSENT_REQUIRED = "always"
    garment, photo = UploadFactory(surface="garment"), UploadFactory()
    from generation.kinds.dance_video import DanceVideo

    consents_require({"garment": garment}, {}, DanceVideo(), None)
    with pytest.raises(ConsentMissing):
        consents_require({"garment": garment, "photo": photo}, {}, DanceVideo(), None)


def test_a_consent_to_other_kinds_of_jobs_does_not_cover_this_one() -> None:
    upload = UploadFactory()
    agreed(upload, job_kinds=["tryon"])
    with pytest.raises(ConsentScope) as caught:
        submit(upload)
    assert caught.value.details["job_kind"] == "dance_video"


def test_a_consent_that_is_over_does_not_hold() -> None:
    upload = UploadFactory()
    consent = agreed(upload, expires_at=timezone.now() + timedelta(days=1))
    ConsentRecord.objects.filter(pk=consent.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(ConsentExpired):
        submit(upload)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"is_minor": True}, "relation"),
        ({"relation": "guardian"}, "guardian"),
        ({"relation": "friend"}, "relation"),
        ({"wording": "1999-01"}, "wording"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expires_at"),
    ],
)
def test_a_consent_that_says_too_little_is_refused(fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(ConsentInvalid) as caught:
        agreed(UploadFactory(), **fields)
    assert caught.value.details["fields"] == [fault]


def test_a_minors_guardian_is_named_and_sealed() -> None:
    consent = agreed(UploadFactory(), relation="guardian", name="Xiao Ming", guardian="Ming, 138…")
    assert consent.is_minor
    assert consent_words(consent) == ("Xiao Ming", "Ming, 138…")


def test_withdrawal_takes_down_everything_made_of_the_portrait() -> None:
    upload = UploadFactory()
    consent, artifact = agreed(upload), result_of(upload)
    waiting, running = job_in(JobState.QUEUED, photo=upload), job_in(JobState.RUNNING, photo=upload)
    other = result_of(UploadFactory(owner=upload.owner))
    picture = upload.key
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert consent_withdraw(consent=consent, by=upload.owner) == 3
    for row in (upload, artifact, artifact.job, waiting, running, other):
        row.refresh_from_db()
    assert (artifact.state, artifact.key) == (ArtifactState.ERASED, "")
    assert storage.keys_below(storage.OUTPUTS, storage.output_folder(artifact.job_id)) == []
    assert (artifact.job.state, artifact.job.reason_codes) == (JobState.REJECTED, ["likeness_consent"])
    assert (waiting.state, waiting.reason_codes) == (JobState.CANCELLED, ["likeness_consent"])
    assert running.cancel_requested
    assert upload.is_erased
    assert not storage.exists(storage.UPLOADS, picture)
    assert other.state == ArtifactState.RELEASED
    with pytest.raises(ConsentEnded):
        consent_withdraw(consent=consent, by=upload.owner)
    call_command("audit_verify")


def test_only_the_owner_or_staff_for_people_may_withdraw() -> None:
    consent = agreed(UploadFactory())
    with pytest.raises(PermissionRefused):
        consent_withdraw(consent=consent, by=user_with(roles.MODERATOR))
    consent_withdraw(consent=consent, by=user_with(roles.SENIOR_MODERATOR))
    consent.refresh_from_db()
    assert consent.state == "withdrawn"


def test_an_expired_consent_takes_its_results_down_by_itself() -> None:
    upload = UploadFactory()
    consent, artifact = agreed(upload, expires_at=timezone.now() + timedelta(days=1)), result_of(upload)
    assert expire_consents() == 0
    ConsentRecord.objects.filter(pk=consent.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert expire_consents() == 1
    artifact.refresh_from_db()
    consent.refresh_from_db()
    assert (consent.state, artifact.state) == ("expired", ArtifactState.ERASED)
    assert expire_consents() == 0


def test_a_newer_consent_replaces_the_earlier_one() -> None:
    upload = UploadFactory()
    first, second = agreed(upload), agreed(upload, allows_sharing=True)
    first.refresh_from_db()
    assert (first.state, second.state) == ("replaced", "given")
    call_command("audit_verify")


def test_a_suspended_account_can_neither_upload_nor_submit(senior: Any) -> None:
    from generation.services.uploads import upload_accept
    from tests.factories.generation import grey_jpeg

    upload = UploadFactory()
    until = timezone.now() + timedelta(days=3)
    measure_impose(owner=upload.owner, kind="suspension", until=until, reason_code="hate", note="", by=senior)
    with pytest.raises(AccountSuspended):
        submit(upload)
    with pytest.raises(AccountSuspended):
        upload_accept(by=upload.owner, data=grey_jpeg(), surface="photo")
    assert Upload.objects.filter(owner=upload.owner).count() == 1


@pytest.fixture
def senior(db: None) -> Any:
    return user_with(roles.SENIOR_MODERATOR)


def test_accounts_without_strikes_are_not_hindered() -> None:
    assert submit(UploadFactory(owner=UserFactory(is_guest=True))).state == JobState.QUEUED
