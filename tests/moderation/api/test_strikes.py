"""Strikes, measures and single decisions over the API: one of them, and which."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from rest_framework.test import APIClient

from moderation.models import ModerationSettings, Strike
from moderation.services.strikes import measure_impose, measure_lift, strike_issue, strike_lift
from tests.factories.accounts import UserFactory, app_client, client_of, user_with
from tests.factories.moderation import RecordingSubject
from tests.factories.rights import refused_by
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
STRIKES, MEASURES = "/api/v1/rights/strikes", "/api/v1/rights/measures"
DECISIONS = "/api/v1/moderation/decisions"


@pytest.fixture
def reader(db: None) -> APIClient:
    return client_of(user_with(roles.MODERATOR, roles.APP, username="reader"))


def ids(answer: Any) -> set[str]:
    return {one["id"] for one in answer.json()["results"]}


def test_strikes_are_found_by_what_became_of_them(
    reader: APIClient, senior: Any, moderator: Any, subject: RecordingSubject
) -> None:
    decision = refused_by(moderator, UserFactory())
    given = Strike.objects.get(decision=decision)
    lifted = strike_issue(owner=UserFactory(), category="hate", reason_code="hate", note="", by=senior)
    strike_lift(strike=lifted, note="wrong account", by=senior)
    for query, expected in (
        (f"decision={decision.pk}", given),
        ("category=gore", given),
        ("is_by_hand=true", lifted),
        ("is_lifted=true", lifted),
        ("is_lifted=false", given),
        ("is_active=true", given),
        ("is_active=false", lifted),
    ):
        assert ids(reader.get(f"{STRIKES}?{query}")) == {str(expected.pk)}, query
    assert reader.get(f"{STRIKES}/{lifted.pk}").json()["lifted_at"] is not None
    assert reader.get(f"{STRIKES}/{uuid.uuid4()}").status_code == 404


def test_a_strike_by_hand_takes_reasons_of_people_and_living_accounts(senior: Any) -> None:
    senior.groups.add(Group.objects.get(name=roles.APP))
    client = client_of(User.objects.get(pk=senior.pk))
    owner, gone = UserFactory(), UserFactory(is_active=False)
    fair = {"owner": str(owner.pk), "category": "hate", "reason_code": "hate", "note": "x"}
    for change, status, code in (
        ({"reason_code": "approved_by_reviewer"}, 400, "invalid_request"),
        ({"category": "scanner_failed"}, 400, "invalid_request"),
        ({"owner": str(gone.pk)}, 409, "account_closed"),
    ):
        answer = client.post(STRIKES, fair | change)
        assert (answer.status_code, answer.json()["code"]) == (status, code), change
    assert client.post(STRIKES, fair).status_code == 201


def test_measures_are_found_by_kind_and_whether_they_are_in_force(reader: APIClient, senior: Any) -> None:
    until = timezone.now() + timedelta(days=2)
    facts = {"until": until, "reason_code": "hate", "note": "x", "by": senior}
    limit = measure_impose(owner=UserFactory(), kind="limit", **facts)
    ended = measure_impose(owner=UserFactory(), kind="suspension", **facts)
    measure_lift(measure=ended, note="x", by=senior)
    for query, expected in (
        ("kind=limit", limit),
        ("is_active=true", limit),
        ("is_active=false", ended),
        ("is_lifted=true", ended),
    ):
        assert ids(reader.get(f"{MEASURES}?{query}")) == {str(expected.pk)}, query
    assert reader.get(f"{MEASURES}/{limit.pk}").json()["imposed_by"] == senior.username
    assert reader.get(f"{MEASURES}/{uuid.uuid4()}").status_code == 404


def test_one_decision_is_read_but_not_by_whoever_may_judge_it_again(
    reader: APIClient, moderator: Any, subject: RecordingSubject
) -> None:
    decision = refused_by(moderator, UserFactory())
    strike = Strike.objects.get(decision=decision)
    assert reader.get(f"{DECISIONS}/{decision.pk}").json()["by"] == moderator.username
    ModerationSettings.objects.update(second_review_percent=100)
    hidden = refused_by(moderator, UserFactory())
    assert reader.get(f"{DECISIONS}/{hidden.pk}").status_code == 404
    assert reader.get(f"{STRIKES}/{Strike.objects.get(decision=hidden).pk}").status_code == 404
    assert reader.get(f"{STRIKES}/{strike.pk}").status_code == 200
    app, _owner = app_client()
    for path in (f"{DECISIONS}/{decision.pk}", f"{STRIKES}/{strike.pk}"):
        assert app.get(path).status_code == 403
        assert APIClient().get(path).status_code == 401
