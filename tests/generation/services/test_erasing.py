"""Erasure: pixels, texts, keys and names go; decisions, hashes and the audit chain stay and verify."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.test import Client

from generation.models import Job, Upload
from generation.selectors import jobs_of
from generation.services.uploads import upload_consent
from generation.states import ArtifactState, JobState
from moderation.errors import ContentNotErasable, ErasureRefused
from moderation.models import Appeal, DataKey, Decision, ErasureRequest, Finding, ReviewItem, Strike
from moderation.services.appeals import appeal_open, appeal_text
from moderation.services.consents import ConsentGiven, consent_words
from moderation.services.erasure import erasure_request, erasure_run
from moderation.services.reviews import review_claim, review_escalate, review_resolve
from moderation.services.rights_export import data_of
from moderation.services.statements import statement_of
from moderation.services.texts import text_submit, text_words
from moderation.tasks.light import continue_erasures
from moderation.taxonomy import Surface
from tests.factories.accounts import client_of, user_with
from tests.factories.generation import UploadFactory, job_in
from tests.factories.moderation import FindingFactory, ReviewItemFactory, ScanRunFactory
from tests.generation.services.test_consents import result_of
from tongyi_portal.accounts.models import ApiToken, User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import NotFound, PermissionRefused
from tongyi_portal.webhooks.models import Endpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None) -> User:
    return user_with(roles.APP, username="ming", email="ming@example.com", first_name="Ming")


def refused(upload: Upload) -> Decision:
    """A moderator refused the upload, with a note."""
    moderator = user_with(roles.MODERATOR)
    item = ReviewItemFactory(subject_type="upload", subject_id=upload.pk, owner=upload.owner)
    FindingFactory(scan_run=item.scan_run, evidence={"text": "call Ming", "entry_id": "7"})
    return review_resolve(review_claim(item, moderator), moderator, False, "gore", "Ming again")


def erased(owner: User, by: User | None = None) -> ErasureRequest:
    erasure = erasure_request(owner=owner, by=by or owner)
    erasure_run(erasure_id=erasure.pk)
    erasure.refresh_from_db()
    return erasure


def test_what_reviewers_wrote_about_the_content_is_erased_too(owner: User) -> None:
    upload = UploadFactory(owner=owner)
    refused(upload)
    other = UploadFactory(owner=owner)
    moderator = user_with(roles.MODERATOR)
    item = ReviewItemFactory(subject_type="upload", subject_id=other.pk, owner=owner)
    review_escalate(review_claim(item, moderator), moderator, "Is this Ming?")
    assert ReviewItem.objects.exclude(answer_note="", escalation_note="").count() == 2
    erased(owner)
    assert not ReviewItem.objects.exclude(answer_note="", escalation_note="").exists()
    call_command("audit_verify")


def test_an_erasure_that_fails_holds_up_no_other(
    owner: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first = erasure_request(owner=owner, by=owner)
    other = user_with(roles.APP)
    second = erasure_request(owner=other, by=other)

    def run(*, erasure_id: object) -> object:
        if erasure_id == first.pk:
            raise ValueError("a fault of ours")
        return erasure_run(erasure_id=erasure_id)  # type: ignore[arg-type]

    monkeypatch.setattr("moderation.tasks.light.erasure_run", run)
    assert continue_erasures() == 2
    second.refresh_from_db()
    assert second.state == "done"
    assert "erasure failed" in caplog.text


def test_content_of_the_library_is_not_erased_on_request(owner: User) -> None:
    run = ScanRunFactory(subject_type="template_version", owner=owner)
    with pytest.raises(ContentNotErasable):
        erasure_request(owner=owner, by=owner, subject_type="template_version", subject_id=run.subject_id)
    assert not ErasureRequest.objects.exists()


def test_an_account_is_erased_and_its_evidence_still_verifies(owner: User) -> None:
    upload = UploadFactory(owner=owner)
    consent = upload_consent(upload=upload, given=ConsentGiven(name="Ming"), by=owner)
    artifact = result_of(UploadFactory(owner=owner))
    decision = refused(upload)
    statement = statement_of(decision)
    assert statement is not None
    appeal = appeal_open(statement=statement, text="It is me, Ming.", language="en", by=owner)
    client_of(owner)
    call_command("audit_verify")

    erasure = erased(owner)

    assert erasure.state == "done"
    assert {"uploads": 2, "results": 1, "tokens": 1, "keys": 1}.items() <= erasure.report.items()
    assert not storage.exists(storage.UPLOADS, upload.key)
    assert storage.keys_below(storage.OUTPUTS, storage.output_folder(artifact.job_id)) == []
    for row in (upload, artifact, appeal, consent):
        row.refresh_from_db()
    assert (upload.key, artifact.key, artifact.state) == ("", "", ArtifactState.ERASED)
    assert not DataKey.objects.filter(owner=owner).exists()
    assert (appeal.state, appeal_text(appeal), consent_words(consent)) == ("withdrawn", "", ("", ""))
    assert Decision.objects.get(pk=decision.pk).note == ""
    assert not Finding.objects.filter(evidence__has_key="text").exists()
    assert Finding.objects.filter(evidence={"entry_id": "7"}).exists(), (
        "what was matched is no words of theirs"
    )
    assert Strike.objects.filter(owner=owner).exists()
    account = User.objects.get(pk=owner.pk)
    assert (account.email, account.first_name, account.is_active) == ("", "", False)
    assert account.username.startswith("erased-")
    assert upload.sha256
    call_command("audit_verify")


def test_tokens_and_sessions_end_at_once(owner: User) -> None:
    client, browser = client_of(owner), Client()
    browser.force_login(owner)
    erasure_request(owner=owner, by=owner)
    assert client.get("/api/v1/jobs").status_code == 401
    assert browser.get("/api/v1/jobs").status_code in {401, 403}
    assert not ApiToken.objects.filter(owner=owner, revoked_at__isnull=True).exists()
    sessions = [SessionStore(key).get(SESSION_KEY) for key in [browser.cookies["sessionid"].value]]
    assert sessions == [None]


def test_a_storage_that_fails_delays_the_erasure_and_it_goes_on_later(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = UploadFactory(owner=owner)

    def broken(alias: str, key: str) -> None:
        raise storage.StorageUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(storage, "erase", broken)
        erasure = erased(owner)
        assert (erasure.state, erasure.last_fault) == ("working", "storage_unavailable")
        call_command("audit_verify")
    assert User.objects.get(pk=owner.pk).is_active is False
    assert continue_erasures() == 1
    erasure.refresh_from_db()
    assert (erasure.state, erasure.tries, erasure.last_fault) == ("done", 2, "")
    assert not storage.exists(storage.UPLOADS, upload.key)
    assert continue_erasures() == 0
    call_command("audit_verify")


def test_jobs_in_work_are_stopped_before_their_results_go(owner: User) -> None:
    running = job_in(JobState.RUNNING, owner=owner)
    waiting = job_in(
        JobState.QUEUED, owner=owner, params={"prompt": "Ming dances", "photos": ["a", "b"], "fps": 24}
    )
    erasure = erased(owner)
    assert (erasure.state, erasure.last_fault) == ("working", "job_still_running")
    for job in (running, waiting):
        job.refresh_from_db()
    assert running.cancel_requested
    assert (waiting.state, waiting.params) == (JobState.CANCELLED, {"fps": 24})
    Job.objects.filter(pk=running.pk).update(state=JobState.CANCELLED, lease_token="", lease_until=None)
    erasure_run(erasure_id=erasure.pk)
    erasure.refresh_from_db()
    assert erasure.state == "done"


def test_one_result_is_erased_with_all_its_files(owner: User) -> None:
    kept, gone = result_of(UploadFactory(owner=owner)), result_of(UploadFactory(owner=owner))
    ReviewItemFactory(subject_type="artifact", subject_id=gone.pk, owner=owner)
    erasure = erasure_request(owner=owner, by=owner, subject_type="artifact", subject_id=gone.pk)
    erasure_run(erasure_id=erasure.pk)
    gone.refresh_from_db()
    assert (gone.state, gone.key) == (ArtifactState.ERASED, "")
    assert [job.pk for job in jobs_of(owner)] == [kept.job_id]
    assert User.objects.get(pk=owner.pk).is_active
    call_command("audit_verify")


def test_whose_data_may_be_erased_by_whom(owner: User) -> None:
    stranger, senior = user_with(roles.APP), user_with(roles.SENIOR_MODERATOR, is_staff=True)
    with pytest.raises(PermissionRefused):
        erasure_request(owner=owner, by=stranger)
    with pytest.raises(ErasureRefused):
        erasure_request(owner=senior, by=senior)
    with pytest.raises(NotFound):
        erasure_request(owner=owner, by=owner, subject_type="upload", subject_id=UploadFactory().pk)
    assert erased(owner, by=senior).requested_by == senior


def test_asking_twice_gives_the_same_request(owner: User) -> None:
    first = erasure_request(owner=owner, by=owner)
    assert erasure_request(owner=owner, by=owner) == first
    assert Appeal.objects.count() == 0


def test_texts_and_webhook_addresses_go_with_the_account(owner: User) -> None:
    submission, _is_new = text_submit(by=owner, surface=Surface.PROMPT, text="Ming dances in Hangzhou")
    Endpoint.objects.create(owner=owner, url="https://example.com/ming", sealed_secret="x")
    assert data_of(owner)["texts"][0]["text"] == "Ming dances in Hangzhou"
    erasure = erased(owner)
    assert (erasure.report["texts"], erasure.report["webhook_endpoints"]) == (1, 1)
    submission.refresh_from_db()
    assert (submission.state, text_words(submission)) == ("erased", None)
    assert not Endpoint.objects.exists()
    call_command("audit_verify")
