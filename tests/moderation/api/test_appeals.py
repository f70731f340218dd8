"""Appeals over the API, for staff and for reviewers' own tools."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from moderation.models import Appeal, Decision, ModerationSettings, StatementOfReasons
from moderation.services.appeals import appeal_open
from moderation.services.strikes import standing_of, strike_issue
from tests.factories.accounts import UserFactory, client_of
from tests.factories.moderation import RecordingSubject
from tests.factories.rights import refused_by
from tests.moderation.services.test_appeals import appealed, listed_picture, sent
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
APPEALS = "/api/v1/moderation/appeals"


@pytest.fixture
def owner(db: None, subject: RecordingSubject) -> Any:
    return UserFactory()


@pytest.fixture
def about_a_strike(owner: Any, senior: Any) -> Appeal:
    """Against a strike that `senior` gave by hand."""
    strike_issue(owner=owner, category="ads_spam", reason_code="ads_spam", note="", by=senior)
    told = StatementOfReasons.objects.get(owner=owner, kind="strike")
    return appeal_open(statement=told, text="It was a poem.", language="en", by=owner)


def client_for(person: Any) -> APIClient:
    """With a token of theirs."""
    person.groups.add(Group.objects.get(name=roles.APP))
    return client_of(User.objects.get(pk=person.pk))


def test_a_reviewers_tool_is_told_what_the_owner_says(
    owner: Any, moderator: Any, other_moderator: Any
) -> None:
    decision = refused_by(moderator, owner)
    appeal = appeal_open(statement=decision.statements.get(), text="It is a statue.", language="en", by=owner)
    assert appeal.review_item is not None
    path = f"/api/v1/moderation/reviews/{appeal.review_item.pk}"
    body = client_for(other_moderator).post(f"{path}/claim").json()
    assert [(one["id"], one["text"]) for one in body["appeals"]] == [(str(appeal.pk), "It is a statue.")]
    assert body["appeals"][0]["decision"] == str(decision.pk)
    assert body["appeals"][0]["effect"] == ""


def test_a_reviewers_tool_is_told_what_approving_does_besides(
    owner: Any, moderator: Any, senior: Any
) -> None:
    _bank, pixels = listed_picture(senior)
    appeal = appealed(Decision.objects.get(scan_run=sent(pixels, owner)), owner)
    assert appeal.review_item is not None
    body = client_for(moderator).post(f"/api/v1/moderation/reviews/{appeal.review_item.pk}/claim").json()
    assert body["appeals"][0]["effect"].endswith("taken off these banks: Refused.")


def test_a_senior_moderator_decides_what_no_queue_item_stands_for(
    owner: Any, about_a_strike: Appeal, other_senior: Any
) -> None:
    client = client_for(other_senior)
    listed = client.get(f"{APPEALS}?state=open&is_in_queue=false").json()["results"]
    assert [(one["id"], one["text"], one["review_item"]) for one in listed] == [
        (str(about_a_strike.pk), "It was a poem.", None)
    ]
    done = client.post(f"{APPEALS}/{about_a_strike.pk}/decide", {"overturn": True, "note": "It was."})
    assert (done.status_code, done.json()["state"]) == (200, "overturned")
    assert standing_of(owner).active_strikes == 0
    again = client.post(f"{APPEALS}/{about_a_strike.pk}/decide", {"overturn": False})
    assert (again.status_code, again.json()["code"]) == (409, "appeal_decided")


def test_whoever_may_get_the_second_review_finds_neither_strike_nor_appeal(
    owner: Any, moderator: Any, other_moderator: Any
) -> None:
    ModerationSettings.objects.update(second_review_percent=100)
    decision = refused_by(moderator, owner)
    appeal_open(statement=decision.statements.get(), text="No.", language="en", by=owner)
    for path in (APPEALS, "/api/v1/rights/strikes"):
        assert client_for(other_moderator).get(path).json()["results"] == []
        assert len(client_for(moderator).get(path).json()["results"]) == 1


def test_nobody_decides_about_themselves_or_without_the_permission(
    owner: Any, about_a_strike: Appeal, senior: Any, moderator: Any
) -> None:
    path = f"{APPEALS}/{about_a_strike.pk}/decide"
    for person, code in ((senior, "appeal_own_decision"), (moderator, "permission_refused")):
        refused = client_for(person).post(path, {"overturn": True})
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    assert client_for(owner).get(APPEALS).status_code == 403
    assert client_for(owner).get(f"{APPEALS}/{about_a_strike.pk}").status_code == 403
