"""Statements of reasons over the API, for staff, and their export for the DSA's database."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from moderation.dsa import COLUMNS
from moderation.models import Decision, ModerationSettings, ReviewItem, ReviewPurpose, StatementOfReasons
from moderation.services.reviews import review_claim
from moderation.services.strikes import strike_issue
from tests.factories.accounts import UserFactory, app_client, client_of, user_with
from tests.factories.moderation import RecordingSubject
from tests.factories.rights import refused_by
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
STATEMENTS = "/api/v1/moderation/statements"


@pytest.fixture
def client(db: None) -> APIClient:
    return client_of(user_with(roles.MODERATOR, roles.APP, username="reader"))


@pytest.fixture
def decision(subject: RecordingSubject, moderator: Any) -> Decision:
    """A refusal of a photo of "owner"; it is also a strike, so that there are two statements."""
    return refused_by(moderator, UserFactory(username="owner"))


def ids(answer: Any) -> set[str]:
    return {one["id"] for one in answer.json()["results"]}


def test_staff_read_what_an_account_was_told(client: APIClient, decision: Decision) -> None:
    told = decision.statements.get()
    body = client.get(f"{STATEMENTS}/{told.pk}").json()
    assert (body["owner"], body["owner_id"], body["kind"]) == ("owner", str(told.owner_id), "content")
    assert (body["text"], body["can_appeal"]) == (told.text_en, True)
    assert body["dsa"]["category"] == "STATEMENT_CATEGORY_VIOLENCE"
    assert body["subject"] == {"type": "test_subject", "id": str(decision.subject_id)}


def test_statements_are_found_by_what_they_tell(client: APIClient, decision: Decision) -> None:
    told = decision.statements.get()
    other = refused_by(decision.by, UserFactory(), reason="hate").statements.get()
    of_owner = {str(one.pk) for one in StatementOfReasons.objects.filter(owner=told.owner)}
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat().replace("+", "%2B")
    for query, expected in (
        (f"owner={told.owner_id}", of_owner),
        ("kind=content", {str(told.pk), str(other.pk)}),
        ("kind=content&dsa_category=STATEMENT_CATEGORY_VIOLENCE", {str(told.pk)}),
        (f"decision={decision.pk}", {str(told.pk)}),
        (f"subject={decision.subject_id}", {str(told.pk)}),
        (f"since={tomorrow}", set()),
        (f"until={tomorrow}&kind=content&owner={other.owner_id}", {str(other.pk)}),
    ):
        assert ids(client.get(f"{STATEMENTS}?{query}")) == expected, query
    assert client.get(f"{STATEMENTS}?kind=poem").status_code == 400


def test_the_export_holds_what_restricted_something_in_both_formats(
    client: APIClient, decision: Decision, senior: Any
) -> None:
    strike_issue(owner=UserFactory(), category="hate", reason_code="hate", note="", by=senior)
    with_fields = [one.dsa for one in StatementOfReasons.objects.order_by("created_at") if one.dsa]
    assert 0 < len(with_fields) < StatementOfReasons.objects.count()
    answer = client.get(f"{STATEMENTS}/export")
    assert answer["Content-Type"].startswith("application/x-ndjson")
    assert 'filename="statements-of-reasons.jsonl"' in answer["Content-Disposition"]
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert [json.loads(line) for line in lines] == with_fields
    table = b"".join(client.get(f"{STATEMENTS}/export?format=csv").streaming_content)  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(table.decode())))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["puid"] for row in rows] == [one["puid"] for one in with_fields]


def test_the_export_takes_the_filters_of_the_list(client: APIClient, decision: Decision) -> None:
    refused_by(decision.by, UserFactory(), reason="hate")
    found = client.get(f"{STATEMENTS}/export?dsa_category=STATEMENT_CATEGORY_VIOLENCE&kind=content")
    (line,) = b"".join(found.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert json.loads(line) == decision.statements.get().dsa
    refused = client.get(f"{STATEMENTS}/export?format=xml")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
    assert client.get(f"{STATEMENTS}/export?kind=poem").status_code == 400


@pytest.mark.parametrize("path", [STATEMENTS, f"{STATEMENTS}/export"])
def test_a_misspelt_filter_is_refused_instead_of_answered_with_everything(
    client: APIClient, decision: Decision, path: str
) -> None:
    refused = client.get(f"{path}?knid=content")
    assert refused.status_code == 400
    (fault,) = refused.json()["details"]["fields"]
    assert (fault["pointer"], fault["code"]) == ("/knid", "unknown_parameter")


def test_whoever_might_get_the_second_review_finds_no_statement(
    subject: RecordingSubject, moderator: Any, client: APIClient
) -> None:
    ModerationSettings.objects.update(second_review_percent=100, strikes_to_limit=1)
    decision = refused_by(moderator, UserFactory())
    assert {one.kind for one in StatementOfReasons.objects.all()} == {"content", "strike", "limit"}
    assert ids(client.get(STATEMENTS)) == set()
    assert client.get(f"{STATEMENTS}/{decision.statements.get().pk}").status_code == 404
    assert b"".join(client.get(f"{STATEMENTS}/export").streaming_content) == b""  # type: ignore[attr-defined]
    senior = user_with(roles.SENIOR_MODERATOR, roles.APP)
    assert len(ids(client_of(senior).get(STATEMENTS))) == 3
    review_claim(ReviewItem.objects.get(purpose=ReviewPurpose.SECOND), senior)
    assert ids(client_of(senior).get(STATEMENTS)) == set()


def test_apps_and_tokens_without_the_scope_read_no_statement(decision: Decision) -> None:
    app, _owner = app_client()
    staff = user_with(roles.MODERATOR, roles.APP)
    wrong = client_of(staff, [Scope.RIGHTS_READ])
    session = APIClient()
    session.force_login(staff)
    for path in (STATEMENTS, f"{STATEMENTS}/export", f"{STATEMENTS}/{decision.statements.get().pk}"):
        assert app.get(path).status_code == 403
        assert wrong.get(path).json()["code"] == "scope_missing"
        assert session.get(path).status_code == 200
