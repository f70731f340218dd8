"""Usage over the API: the live numbers and the notes, for whom the console shows them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories.accounts import client_of, user_with
from tests.factories.generation import JobFactory
from tests.factories.templates import live_template
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.usage.models import Annotation, UsageEvent, UsageKind

pytestmark = pytest.mark.django_db
LIVE, NOTES = "/api/v1/usage/live", "/api/v1/usage/annotations"


@pytest.fixture
def analyst() -> User:
    return user_with(roles.ANALYST, roles.APP, is_staff=True)


def test_the_live_numbers_are_told(analyst: User) -> None:
    now = timezone.now()
    JobFactory(queued_at=now - timedelta(seconds=30))
    UsageEvent.objects.create(kind=UsageKind.STARTED, at=now - timedelta(minutes=2), wait_ms=4000)
    told = client_of(analyst).get(LIVE).json()
    assert (told["queued"], told["running"], told["started"], told["workers"]) == (1, 0, 1, 0)
    assert told["wait_p50"] == told["wait_p95"] == 4.0
    assert told["oldest_seconds"] == pytest.approx(30, abs=20)


def test_scope_and_permission_are_both_needed(analyst: User) -> None:
    outsider = user_with(roles.APP)
    for address in (LIVE, NOTES):
        assert client_of(outsider).get(address).json()["code"] == "permission_refused"
        assert client_of(analyst, ["jobs:read"]).get(address).json()["code"] == "scope_missing"
    note = {"at": timezone.now().isoformat(), "text": "x"}
    assert client_of(analyst, ["usage:read"]).post(NOTES, note, "json").status_code == 403
    assert client_of(outsider).post(NOTES, note, "json").status_code == 403
    assert not Annotation.objects.exists()


def test_a_note_is_written_listed_beside_launches_and_deleted(analyst: User) -> None:
    live_template(slug="kemusan", name_zh="科目三", name_en="Subject Three")
    client = client_of(analyst)
    at = timezone.now() - timedelta(days=1)
    made = client.post(NOTES, {"at": at.isoformat(), "kind": "outage", "text": "Power cut."}, "json")
    assert made.status_code == 201
    listed = client.get(NOTES).json()
    assert {"launch", "outage"} <= {one["kind"] for one in listed}
    assert "Subject Three went live." in [one["text"] for one in listed]
    assert [one["id"] for one in listed if one["kind"] == "launch"] == [None]
    gone = client.delete(f"{NOTES}/{made.json()['id']}")
    assert gone.status_code == 204
    assert "outage" not in {one["kind"] for one in client.get(NOTES).json()}
    assert client.delete(f"{NOTES}/{made.json()['id']}").status_code == 404


def test_a_note_that_is_none_is_refused(analyst: User) -> None:
    client = client_of(analyst)
    for body in ({}, {"at": "yesterday", "text": "x"}, {"at": "2026-03-01T00:00:00Z", "text": ""}):
        assert client.post(NOTES, body, "json").json()["code"] == "invalid_request"
    late = {"at": "2026-03-01T00:00:00Z", "text": "x", "kind": "party"}
    assert client.post(NOTES, late, "json").status_code == 400


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "1899-12-31T00:00:00Z", "9999-12-31T00:00:00Z"])
def test_a_moment_at_the_edge_of_the_calendar_is_a_fault_of_its_field(analyst: User, moment: str) -> None:
    client = client_of(analyst)
    for name in ("since", "until"):
        assert client.get(NOTES, {name: moment}).status_code == 400
    assert client.post(NOTES, {"at": moment, "text": "x"}, "json").status_code == 400
    assert not Annotation.objects.exists()
