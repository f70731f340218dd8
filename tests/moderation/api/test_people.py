"""Consents, erasures and copies of data of other people over the API."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from moderation.models import AuditEntry, ConsentRecord, ErasureRequest, ModerationSettings, ReviewItem
from moderation.models.review import ReviewPurpose
from moderation.services.erasure import erasure_run
from moderation.services.reviews import review_claim
from tests.factories.accounts import UserFactory, app_client, client_of, user_with
from tests.factories.generation import UploadFactory
from tests.factories.moderation import RecordingSubject, ScanRunFactory
from tests.factories.rights import refused_by
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
MODERATION = "/api/v1/moderation"
CONSENTS, ERASURES = f"{MODERATION}/consents", f"{MODERATION}/erasures"


@pytest.fixture
def senior(db: None) -> Any:
    return user_with(roles.SENIOR_MODERATOR, roles.APP, username="lin")


@pytest.fixture
def client(senior: Any) -> APIClient:
    return client_of(senior)


@pytest.fixture
def owner(db: None) -> User:
    return user_with(roles.APP, username="owner")


def scanned_upload(owner: User) -> Any:
    upload = UploadFactory(owner=owner)
    ScanRunFactory(subject_type="upload", subject_id=upload.pk, owner=owner)
    return upload


def consent_of(owner: User, client: APIClient, **fields: Any) -> dict[str, Any]:
    asked = {"owner": str(owner.pk), "upload": str(scanned_upload(owner).pk), **fields}
    answer = client.post(CONSENTS, asked)
    assert answer.status_code == 201, answer.json()
    body: dict[str, Any] = answer.json()
    return body


def test_a_consent_told_to_staff_is_recorded_and_the_chain_names_them(
    client: APIClient, senior: Any, owner: User
) -> None:
    made = consent_of(owner, client, relation="permission", name="Hua", language="zh-hans")
    assert (made["owner"], made["state"], made["name"], made["language"]) == (
        "owner",
        "given",
        "Hua",
        "zh-hans",
    )
    entry = AuditEntry.objects.filter(action="moderation.consent.given").get()
    assert (entry.subject_id, entry.actor_id) == (made["id"], senior.pk)
    listed = client.get(f"{CONSENTS}?owner={owner.pk}").json()["results"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert "Hua" not in str(listed)
    assert client.get(f"{CONSENTS}/{made['id']}").json()["name"] == "Hua"


def test_a_consent_is_only_recorded_for_a_picture_of_that_account(client: APIClient, owner: User) -> None:
    upload = scanned_upload(UserFactory())
    asked = {"owner": str(owner.pk), "upload": str(upload.pk)}
    refused = client.post(CONSENTS, asked)
    assert (refused.status_code, refused.json()["details"]) == (404, {"field": "upload"})
    nobody = client.post(CONSENTS, asked | {"owner": str(uuid.uuid4())})
    assert (nobody.status_code, nobody.json()["details"]) == (404, {"field": "owner"})
    own = {"owner": str(owner.pk), "upload": str(scanned_upload(owner).pk)}
    minor = client.post(CONSENTS, own | {"relation": "guardian"})
    assert (minor.status_code, minor.json()["code"]) == (422, "consent_invalid")
    assert client.post(CONSENTS, own | {"colour": "red"}).status_code == 400
    assert not ConsentRecord.objects.exists()


def test_a_withdrawal_for_somebody_takes_the_picture_down(
    client: APIClient, senior: Any, owner: User
) -> None:
    made = consent_of(owner, client)
    done = client.post(f"{CONSENTS}/{made['id']}/withdraw")
    assert (done.status_code, done.json()["consent"]["state"]) == (200, "withdrawn")
    assert done.json()["consent"]["ended_by"] == "lin"
    assert owner.uploads.get(pk=made["subject_id"]).is_erased
    again = client.post(f"{CONSENTS}/{made['id']}/withdraw")
    assert (again.status_code, again.json()["code"]) == (409, "consent_ended")


def test_consents_are_found_by_state_picture_and_expiry(client: APIClient, owner: User) -> None:
    soon = (timezone.now() + timedelta(days=1)).isoformat()
    dated = consent_of(owner, client, expires_at=soon)
    minor = consent_of(owner, client, relation="guardian", guardian="Mother")
    client.post(f"{CONSENTS}/{minor['id']}/withdraw")
    later = (timezone.now() + timedelta(days=2)).isoformat().replace("+", "%2B")
    for query, expected in (
        ("state=given", [dated["id"]]),
        ("is_minor=true", [minor["id"]]),
        ("relation=guardian&state=withdrawn", [minor["id"]]),
        (f"subject_id={dated['subject_id']}", [dated["id"]]),
        (f"expires_before={later}", [dated["id"]]),
    ):
        found = client.get(f"{CONSENTS}?{query}").json()["results"]
        assert [one["id"] for one in found] == expected, query


def test_an_account_is_erased_for_its_owner_once_its_name_is_repeated(
    client: APIClient, senior: Any, owner: User
) -> None:
    unsure = client.post(ERASURES, {"owner": str(owner.pk), "confirm": "lin"})
    assert (unsure.status_code, unsure.json()["code"]) == (422, "confirmation_missing")
    made = client.post(ERASURES, {"owner": str(owner.pk), "confirm": "owner"})
    assert (made.status_code, made.json()["scope"], made.json()["requested_by"]) == (202, "account", "lin")
    erasure_run(erasure_id=uuid.UUID(made.json()["id"]))
    state = client.get(f"{ERASURES}/{made.json()['id']}").json()
    assert (state["state"], state["last_fault"]) == ("done", "")
    assert state["owner"] != "owner"
    entry = AuditEntry.objects.get(action="moderation.erasure.requested")
    assert entry.actor_id == senior.pk


def test_one_picture_of_somebody_is_erased_and_followed(client: APIClient, owner: User) -> None:
    upload = scanned_upload(owner)
    asked = {"owner": str(owner.pk), "subject_type": "upload", "subject_id": str(upload.pk)}
    made = client.post(ERASURES, asked)
    assert (made.status_code, made.json()["scope"]) == (202, "subject")
    for query, count in ((f"owner={owner.pk}", 1), ("scope=account", 0), ("is_stuck=true", 0)):
        assert len(client.get(f"{ERASURES}?{query}").json()["results"]) == count, query
    somebodys = asked | {"owner": str(UserFactory().pk)}
    assert client.post(ERASURES, somebodys).status_code == 404


def test_a_staff_account_is_not_erased(client: APIClient, senior: Any) -> None:
    colleague = user_with(roles.MODERATOR, username="ming", is_staff=True)
    refused = client.post(ERASURES, {"owner": str(colleague.pk), "confirm": "ming"})
    assert (refused.status_code, refused.json()["code"]) == (409, "erasure_refused")
    assert not ErasureRequest.objects.exists()


def test_a_copy_of_somebodys_data_is_handed_out_and_the_chain_keeps_it(
    client: APIClient, senior: Any, owner: User
) -> None:
    upload = scanned_upload(owner)
    answer = client.post(f"{MODERATION}/people/{owner.pk}/export")
    assert (answer.status_code, answer.json()["account"]["user_name"]) == (200, "owner")
    assert [one["id"] for one in answer.json()["uploads"]] == [str(upload.pk)]
    assert "attachment" in answer["Content-Disposition"]
    entry = AuditEntry.objects.get(action="moderation.data.handed_out")
    assert (entry.subject_id, entry.actor_id) == (str(owner.pk), senior.pk)
    assert client.post(f"{MODERATION}/people/{uuid.uuid4()}/export").status_code == 404


def test_no_copy_is_taken_while_the_account_is_judged_blindly(
    client: APIClient, senior: Any, owner: User, moderator: Any, subject: RecordingSubject
) -> None:
    ModerationSettings.objects.update(second_review_percent=100)
    refused_by(moderator, owner)
    review_claim(ReviewItem.objects.get(purpose=ReviewPurpose.SECOND), senior)
    refused = client.post(f"{MODERATION}/people/{owner.pk}/export")
    assert (refused.status_code, refused.json()["code"]) == (409, "review_in_hand")
    assert not AuditEntry.objects.filter(action="moderation.data.handed_out").exists()


def test_only_whoever_may_act_for_people_does(senior: Any, owner: User, client: APIClient) -> None:
    made = consent_of(owner, client)
    acts = (
        (CONSENTS, {"owner": str(owner.pk), "upload": made["subject_id"]}),
        (f"{CONSENTS}/{made['id']}/withdraw", {}),
        (ERASURES, {"owner": str(owner.pk), "confirm": "owner"}),
        (f"{MODERATION}/people/{owner.pk}/export", {}),
    )
    lacking = client_of(senior, [Scope.MODERATION_READ, Scope.MODERATION_REVIEW, Scope.RIGHTS_WRITE])
    moderator = client_of(user_with(roles.MODERATOR, roles.APP))
    stranger, _app = app_client()
    for path, body in acts:
        assert lacking.post(path, body).json()["code"] == "scope_missing"
        for refused in (moderator, stranger, client_of(owner)):
            assert refused.post(path, body).json()["code"] == "permission_refused"
        assert APIClient().post(path, body).status_code == 401
    for path in (CONSENTS, f"{CONSENTS}/{made['id']}", ERASURES):
        assert moderator.get(path).status_code == 403
        assert lacking.get(path).status_code == 403
    assert ConsentRecord.objects.get().state == "given"
    session = APIClient()
    session.force_login(senior)
    assert session.post(f"{CONSENTS}/{made['id']}/withdraw").status_code == 200
