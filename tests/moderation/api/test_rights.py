"""Rights over the API: statements, appeals, consents, erasure, export; strikes for staff."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from moderation.models import Appeal, ConsentRecord, StatementOfReasons
from moderation.services.strikes import standing_of
from tests.factories.accounts import app_client, client_of, user_with
from tests.factories.generation import UploadFactory, grey_jpeg
from tests.factories.moderation import RecordingSubject, ScanRunFactory
from tests.factories.rights import refused_by
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
RIGHTS = "/api/v1/rights"


@pytest.fixture
def app(subject: RecordingSubject) -> tuple[APIClient, User]:
    return app_client()


@pytest.fixture
def statement(app: tuple[APIClient, User], moderator: Any) -> StatementOfReasons:
    decision = refused_by(moderator, app[1])
    found: StatementOfReasons = decision.statements.get()
    return found


def scanned_upload(owner: User) -> Any:
    upload = UploadFactory(owner=owner)
    ScanRunFactory(subject_type="upload", subject_id=upload.pk, owner=owner)
    return upload


def test_the_owner_reads_a_statement_in_the_language_of_the_request(
    app: tuple[APIClient, User], statement: StatementOfReasons
) -> None:
    client, _owner = app
    english = client.get(f"{RIGHTS}/statements/{statement.pk}").json()
    chinese = client.get(f"{RIGHTS}/statements/{statement.pk}", headers={"accept-language": "zh-hans"}).json()
    assert english["text"] == english["text_en"] == statement.text_en
    assert chinese["text"] == statement.text_zh
    assert (english["kind"], english["can_appeal"], english["appeal"]) == ("content", True, None)
    assert english["subject"]["type"] == "test_subject"


def test_statements_are_listed_and_found_by_their_subject(
    app: tuple[APIClient, User], statement: StatementOfReasons
) -> None:
    client, _owner = app
    assert len(client.get(f"{RIGHTS}/statements").json()["results"]) == 2
    of_kind = client.get(f"{RIGHTS}/statements?kind=strike").json()["results"]
    assert [row["kind"] for row in of_kind] == ["strike"]
    assert statement.decision is not None
    found = client.get(f"{RIGHTS}/statements?subject={statement.decision.subject_id}").json()["results"]
    assert [row["id"] for row in found] == [str(statement.pk)]
    assert client.get(f"{RIGHTS}/statements?subject={uuid.uuid4()}").json()["results"] == []


def test_an_appeal_is_made_once_and_can_be_followed(
    app: tuple[APIClient, User], statement: StatementOfReasons
) -> None:
    client, _owner = app
    made = client.post(f"{RIGHTS}/appeals", {"statement": str(statement.pk), "text": "It is art."})
    assert made.status_code == 201
    assert (made.json()["state"], made.json()["text"]) == ("open", "It is art.")
    again = client.post(f"{RIGHTS}/appeals", {"statement": str(statement.pk), "text": "No."})
    assert (again.status_code, again.json()["code"]) == (409, "appeal_already_made")
    assert client.get(f"{RIGHTS}/appeals/{made.json()['id']}").json()["state"] == "open"
    told = client.get(f"{RIGHTS}/statements/{statement.pk}").json()
    assert (told["can_appeal"], told["appeal"]["state"]) == (False, "open")


def test_an_appeal_without_words_is_no_appeal(
    app: tuple[APIClient, User], statement: StatementOfReasons
) -> None:
    """It would use up the only one."""
    client, _owner = app
    for given in ({}, {"text": ""}, {"text": "  "}):
        refused = client.post(f"{RIGHTS}/appeals", {"statement": str(statement.pk), **given})
        assert [fault["pointer"] for fault in refused.json()["details"]["fields"]] == ["/text"]
    assert not Appeal.objects.exists()


def test_somebody_elses_statements_and_appeals_are_not_there(statement: StatementOfReasons) -> None:
    stranger, _user = app_client()
    assert stranger.get(f"{RIGHTS}/statements/{statement.pk}").status_code == 404
    theirs = {"statement": str(statement.pk), "text": "No."}
    assert stranger.post(f"{RIGHTS}/appeals", theirs).status_code == 404
    assert stranger.get(f"{RIGHTS}/statements").json()["results"] == []


def test_tokens_need_the_scopes_of_rights(statement: StatementOfReasons, app: tuple[APIClient, User]) -> None:
    reader = client_of(app[1], [Scope.RIGHTS_READ])
    refused = reader.post(f"{RIGHTS}/appeals", {"statement": str(statement.pk), "text": "No."})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert client_of(app[1], [Scope.JOBS_READ]).get(f"{RIGHTS}/statements").status_code == 403


def test_a_consent_is_given_and_withdrawn(app: tuple[APIClient, User]) -> None:
    client, owner = app
    upload = scanned_upload(owner)
    given = client.post(f"{RIGHTS}/consents", {"upload": str(upload.pk), "relation": "self"})
    assert (given.status_code, given.json()["state"]) == (201, "given")
    withdrawn = client.post(f"{RIGHTS}/consents/{given.json()['id']}/withdraw")
    assert withdrawn.json()["consent"]["state"] == "withdrawn"
    upload.refresh_from_db()
    assert upload.is_erased
    late = client.post(f"{RIGHTS}/consents/{given.json()['id']}/withdraw")
    assert (late.status_code, late.json()["code"]) == (409, "consent_ended")


def test_a_consent_for_a_minor_needs_a_guardian(app: tuple[APIClient, User]) -> None:
    client, owner = app
    asked = {"upload": str(scanned_upload(owner).pk), "relation": "guardian"}
    refused = client.post(f"{RIGHTS}/consents", asked)
    assert (refused.status_code, refused.json()["details"]["fields"]) == (422, ["guardian"])
    given = client.post(f"{RIGHTS}/consents", asked | {"guardian": "Mother, 138…"})
    assert given.json()["is_minor"] is True
    assert "Mother" not in given.content.decode()


def test_nobody_consents_for_somebody_elses_picture(app: tuple[APIClient, User]) -> None:
    upload = scanned_upload(user_with(roles.APP))
    assert app[0].post(f"{RIGHTS}/consents", {"upload": str(upload.pk)}).status_code == 404


def test_a_consent_may_come_with_the_picture(app: tuple[APIClient, User], settings: Any) -> None:
    client, owner = app
    consent = json.dumps({"relation": "permission", "name": "Hua", "job_kinds": ["dance_video"]})
    picture = SimpleUploadedFile("me.jpg", grey_jpeg(), "image/jpeg")
    sent = client.post("/api/v1/uploads", {"file": picture, "consent": consent}, format="multipart")
    assert sent.status_code in {201, 202}
    kept = ConsentRecord.objects.get(subject_id=sent.json()["id"])
    assert (kept.owner, kept.relation, kept.job_kinds) == (owner, "permission", ["dance_video"])
    picture = SimpleUploadedFile("me.jpg", grey_jpeg(), "image/jpeg")
    wrong = client.post(
        "/api/v1/uploads", {"file": picture, "consent": '{"relation": "aunt"}'}, format="multipart"
    )
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_request")


def test_an_account_is_erased_only_when_its_name_is_repeated(app: tuple[APIClient, User]) -> None:
    client, owner = app
    unsure = client.post(f"{RIGHTS}/erasures", {})
    assert (unsure.status_code, unsure.json()["code"]) == (422, "confirmation_missing")
    sure = client.post(f"{RIGHTS}/erasures", {"confirm": owner.username})
    assert (sure.status_code, sure.json()["scope"]) == (202, "account")
    assert client.get(f"{RIGHTS}/standing").status_code == 401


def test_one_picture_is_erased(app: tuple[APIClient, User]) -> None:
    client, owner = app
    upload = scanned_upload(owner)
    asked = {"subject_type": "upload", "subject_id": str(upload.pk)}
    assert client.post(f"{RIGHTS}/erasures", asked).status_code == 202
    assert client.get(f"{RIGHTS}/erasures").json()["results"][0]["subject_id"] == str(upload.pk)
    somebodys = {"subject_type": "upload", "subject_id": str(scanned_upload(user_with(roles.APP)).pk)}
    assert client.post(f"{RIGHTS}/erasures", somebodys).status_code == 404


def test_the_export_holds_what_is_stored(app: tuple[APIClient, User], statement: StatementOfReasons) -> None:
    client, owner = app
    upload = scanned_upload(owner)
    client.post(f"{RIGHTS}/appeals", {"statement": str(statement.pk), "text": "Mine."})
    answer = client.get(f"{RIGHTS}/export")
    body = answer.json()
    assert "attachment" in answer["Content-Disposition"]
    assert body["account"]["user_name"] == owner.username
    assert [row["id"] for row in body["uploads"]] == [str(upload.pk)]
    assert [row["text"] for row in body["appeals"]] == ["Mine."]
    assert len(body["strikes"]) == 1
    assert "looks bad" not in answer.content.decode()  # the moderator's note


def test_staff_issue_and_lift_strikes_and_measures(app: tuple[APIClient, User]) -> None:
    owner = app[1]
    senior = client_of(user_with(roles.SENIOR_MODERATOR, roles.APP))
    reader = client_of(user_with(roles.MODERATOR, roles.APP))
    asked = {"owner": str(owner.pk), "category": "hate", "reason_code": "hate", "note": "in chat"}
    assert app[0].get(f"{RIGHTS}/strikes").status_code == 403
    assert reader.post(f"{RIGHTS}/strikes", asked).status_code == 403
    issued = senior.post(f"{RIGHTS}/strikes", asked)
    assert (issued.status_code, issued.json()["lifted_at"]) == (201, None)
    assert reader.get(f"{RIGHTS}/strikes?owner={owner.pk}").json()["results"][0]["note"] == "in chat"
    lifted = senior.post(f"{RIGHTS}/strikes/{issued.json()['id']}/lift", {"note": "wrong account"})
    assert lifted.json()["lifted_at"] is not None
    until = (timezone.now() + timedelta(days=2)).isoformat()
    measure = {"owner": str(owner.pk), "kind": "suspension", "reason_code": "hate", "note": "x"}
    endless = senior.post(f"{RIGHTS}/measures", measure | {"until": "2999-01-01T00:00:00Z"})
    assert (endless.status_code, endless.json()["code"]) == (422, "measure_invalid")
    imposed = senior.post(f"{RIGHTS}/measures", measure | {"until": until})
    assert imposed.status_code == 201
    assert app[0].get(f"{RIGHTS}/standing").json()["level"] == "suspended"
    senior.post(f"{RIGHTS}/measures/{imposed.json()['id']}/lift", {"note": "x"})
    assert standing_of(owner).level == "good"


def test_a_suspended_account_is_refused_with_the_way_to_its_statement(
    app: tuple[APIClient, User], moderator: Any
) -> None:
    client, owner = app
    for _ in range(4):
        refused_by(moderator, owner)
    picture = SimpleUploadedFile("me.jpg", grey_jpeg(), "image/jpeg")
    refused = client.post("/api/v1/uploads", {"file": picture}, format="multipart")
    assert (refused.status_code, refused.json()["code"]) == (403, "account_suspended")
    statement = client.get(refused.json()["details"]["statement_url"]).json()
    assert statement["kind"] == "suspension"


def test_a_limited_account_is_slowed_down_but_keeps_its_rights(
    app: tuple[APIClient, User], moderator: Any, settings: Any
) -> None:
    client, owner = app
    statement = refused_by(moderator, owner).statements.get()
    refused_by(moderator, owner)
    cache.clear()
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["limited"] = "1/hour"
    try:
        first = client.post("/api/v1/photo-checks", {"photo": str(uuid.uuid4())})
        second = client.post("/api/v1/photo-checks", {"photo": str(uuid.uuid4())})
        appeal = client.post(f"{RIGHTS}/appeals", {"statement": str(statement.pk), "text": "No."})
    finally:
        settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["limited"] = None
        cache.clear()
    assert first.status_code == 422
    assert (second.status_code, second.json()["code"]) == (429, "account_limited")
    assert second.json()["details"]["until"]
    assert int(second["Retry-After"]) > 0
    assert appeal.status_code == 201
