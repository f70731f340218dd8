"""The review queue and decisions over HTTP."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from moderation.models import DEFAULT_QUEUE, Decision, ModerationSettings, ReviewItem, ReviewQueue
from moderation.services.gold import gold_add
from moderation.services.reviews import reviews_settle_due
from moderation.taxonomy import Severity
from tests.factories.accounts import client_of, user_with
from tests.factories.moderation import FindingFactory, RecordingSubject, ReviewItemFactory
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
REVIEWS = "/api/v1/moderation/reviews"


def reviewer(username: str, *more_roles: str) -> APIClient:
    return client_of(user_with(roles.MODERATOR, roles.APP, *more_roles, username=username))


@pytest.fixture
def ming(db: None, subject: RecordingSubject) -> APIClient:
    return reviewer("ming")


@pytest.fixture
def hua(db: None) -> APIClient:
    return reviewer("hua")


def settle() -> None:
    ReviewItem.objects.filter(state="answered").update(settle_at=timezone.now())
    reviews_settle_due()


def test_the_next_item_comes_with_everything_needed_to_decide_it(ming: APIClient) -> None:
    ReviewItemFactory(severity=Severity.MILD)
    item = ReviewItemFactory(owner=user_with(username="uploader"))
    FindingFactory(scan_run=item.scan_run)
    response = ming.post(f"{REVIEWS}/next", {}, headers={"Accept-Language": "en"})
    assert response.status_code == 200
    body = response.json()
    assert (body["id"], body["state"], body["claimed_by"]) == (str(item.pk), "claimed", "ming")
    assert body["preview"]["text"] == str(item.subject_id)
    finding = body["findings"][0]
    assert (finding["label_text"], finding["box"]) == ("exposed female breast", [0.3, 0.2, 0.5, 0.4])
    assert body["policy"]["verdict"] == "review"
    assert body["policy"]["reasons"][0]["code"] == "sexual_nudity"
    assert body["uploader"]["name"] == "uploader"
    assert body["history"] == []
    assert (body["queue"], body["purpose"]) == (DEFAULT_QUEUE, "ordinary")


def test_an_empty_queue_gives_nothing(ming: APIClient) -> None:
    assert ming.post(f"{REVIEWS}/next", {}).status_code == 204


def test_the_next_item_can_come_from_one_queue_and_pass_over_others(ming: APIClient) -> None:
    queue = ReviewQueue.objects.create(slug="faces", name="Faces")
    first, second = (ReviewItemFactory(queue=queue, severity=severity) for severity in (4, 2))
    ReviewItemFactory(severity=Severity.EXTREME)
    body = {"queue": "faces", "passing_over": [str(first.pk)]}
    assert ming.post(f"{REVIEWS}/next", body).json()["id"] == str(second.pk)
    missing = ming.post(f"{REVIEWS}/next", {"queue": "nowhere"})
    assert (missing.status_code, missing.json()["code"]) == (400, "queue_unknown")


def test_what_comes_next_is_loaded_ahead_without_being_claimed(ming: APIClient) -> None:
    first, second, third = (ReviewItemFactory(severity=severity) for severity in (6, 4, 2))
    upcoming = f"{REVIEWS}/upcoming"
    assert [row["id"] for row in ming.get(upcoming).json()] == [str(one.pk) for one in (first, second, third)]
    rows = ming.get(upcoming, {"after": str(first.pk)}).json()
    assert [row["id"] for row in rows] == [str(second.pk), str(third.pk)]
    assert (rows[0]["state"], rows[0]["preview"]["media"]) == ("open", "text")
    assert ming.get(upcoming, {"after": "first"}).json()["code"] == "invalid_request"


def test_of_two_reviewers_the_second_learns_who_holds_and_who_decided(
    ming: APIClient, hua: APIClient
) -> None:
    item = ReviewItemFactory()
    assert ming.post(f"{REVIEWS}/{item.pk}/claim").status_code == 200
    held = hua.post(f"{REVIEWS}/{item.pk}/claim")
    assert held.status_code == 409
    assert held.json()["details"]["claimed_by"] == "ming"
    assert ming.post(f"{REVIEWS}/{item.pk}/answer", {"approve": True}).json()["state"] == "answered"
    for verb, body in (("claim", None), ("answer", {"approve": True}), ("undo", None), ("release", None)):
        late = hua.post(f"{REVIEWS}/{item.pk}/{verb}", body)
        assert late.status_code == 409
        error = late.json()
        assert (error["code"], error["details"]["decided_by"]) == ("review_already_decided", "ming")


def test_an_answer_is_taken_back_and_given_again(ming: APIClient, subject: RecordingSubject) -> None:
    item = ReviewItemFactory()
    ming.post(f"{REVIEWS}/next", {})
    refusal = {"approve": False, "reason_code": "gore", "note": "blood"}
    answered = ming.post(f"{REVIEWS}/{item.pk}/answer", refusal).json()
    assert (answered["answer_approve"], answered["answered_by"]) == (False, "ming")
    assert answered["settle_at"] > answered["answered_at"]
    undone = ming.post(f"{REVIEWS}/{item.pk}/undo").json()
    assert (undone["state"], undone["answer_approve"]) == ("claimed", None)
    ming.post(f"{REVIEWS}/{item.pk}/answer", refusal)
    settle()
    late = ming.post(f"{REVIEWS}/{item.pk}/undo")
    assert (late.status_code, late.json()["code"]) == (409, "review_settled")
    assert subject.told == [(item.subject_id, False, ["gore"])]
    seen = ming.get(f"{REVIEWS}/{item.pk}").json()
    assert (seen["state"], seen["history"][0]["by"]) == ("refused", "ming")


def test_a_claim_is_kept_given_back_and_escalated(ming: APIClient, hua: APIClient) -> None:
    item = ReviewItemFactory()
    ming.post(f"{REVIEWS}/{item.pk}/claim")
    assert ming.post(f"{REVIEWS}/{item.pk}/heartbeat").json()["claimed_by"] == "ming"
    assert ming.post(f"{REVIEWS}/{item.pk}/release").json()["state"] == "open"
    hua.post(f"{REVIEWS}/{item.pk}/claim")
    escalated = hua.post(f"{REVIEWS}/{item.pk}/escalate", {"note": "A politician?"}).json()
    assert (escalated["state"], escalated["for_senior"]) == ("open", True)
    refused = ming.post(f"{REVIEWS}/{item.pk}/claim")
    assert (refused.status_code, refused.json()["code"]) == (403, "review_needs_senior")
    senior = reviewer("lin", roles.SENIOR_MODERATOR)
    assert senior.post(f"{REVIEWS}/next", {}).json()["escalation_note"] == "A politician?"


def test_many_answers_at_once_tell_of_each_item_and_are_undone_together(
    ming: APIClient, hua: APIClient
) -> None:
    items = [ReviewItemFactory() for _ in range(3)]
    hua.post(f"{REVIEWS}/{items[2].pk}/claim")
    unknown = uuid.uuid4()
    ids = [str(item.pk) for item in items]
    body = {"items": [*ids, str(unknown)], "approve": True}
    outcome = ming.post(f"{REVIEWS}/bulk", body).json()
    assert outcome["done"] == ids[:2]
    assert outcome["failed"] == [
        {"item": ids[2], "code": "review_claimed_by_other"},
        {"item": str(unknown), "code": "not_found"},
    ]
    assert outcome["settle_at"] > timezone.now().isoformat()
    undone = ming.post(f"{REVIEWS}/bulk/{outcome['batch']}/undo").json()
    assert (sorted(undone["done"]), undone["failed"]) == (sorted(ids[:2]), [])
    assert ReviewItem.objects.filter(state="open").count() == 2


def test_the_list_is_filtered_and_sorted_by_due_time(ming: APIClient) -> None:
    moment = timezone.now()
    late = ReviewItemFactory(due_at=moment, severity=Severity.MILD, category="gore")
    later = ReviewItemFactory(due_at=moment + timedelta(hours=1))
    decided = ReviewItemFactory()
    ming.post(f"{REVIEWS}/{decided.pk}/claim")
    page = ming.get(REVIEWS, {"state": "open"}).json()
    assert [row["id"] for row in page["results"]] == [str(late.pk), str(later.pk)]
    assert page["results"][0]["is_overdue"]
    for query, wanted in (
        ({"category": "gore"}, late),
        ({"min_severity": 4, "state": "open"}, later),
        ({"is_mine": "true"}, decided),
        ({"subject_id": str(later.subject_id)}, later),
        ({"due_before": (moment + timedelta(minutes=1)).isoformat()}, late),
    ):
        rows = ming.get(REVIEWS, query).json()["results"]
        assert [row["id"] for row in rows] == [str(wanted.pk)], query
    assert ming.get(REVIEWS, {"queue": "nowhere"}).json()["results"] == []


def test_a_second_review_looks_like_an_ordinary_one_until_it_is_decided(
    ming: APIClient, hua: APIClient
) -> None:
    ModerationSettings.objects.update(second_review_percent=100)
    first = ReviewItemFactory()
    ming.post(f"{REVIEWS}/next", {})
    ming.post(f"{REVIEWS}/{first.pk}/answer", {"approve": False, "reason_code": "gore"})
    settle()
    body = hua.post(f"{REVIEWS}/next", {}).json()
    assert (body["purpose"], body["history"]) == ("ordinary", [])
    assert "ming" not in str(body)
    hua.post(f"{REVIEWS}/{body['id']}/answer", {"approve": False, "reason_code": "gore"})
    settle()
    assert hua.get(f"{REVIEWS}/{body['id']}").json()["purpose"] == "second"


def test_a_gold_item_is_told_once_it_is_answered(ming: APIClient, hua: APIClient, senior: Any) -> None:
    item = ReviewItemFactory()
    hua.post(f"{REVIEWS}/{item.pk}/claim")
    hua.post(f"{REVIEWS}/{item.pk}/answer", {"approve": False, "reason_code": "gore"})
    settle()
    item.refresh_from_db()
    gold_add(item=item, expected_approve=False, expected_reason="gore", note="Blood.", by=senior)
    ModerationSettings.objects.update(gold_percent=100)
    body = ming.post(f"{REVIEWS}/next", {}).json()
    assert (body["purpose"], body["gold"], body["history"]) == ("ordinary", None, [])
    ming.post(f"{REVIEWS}/{body['id']}/answer", {"approve": True})
    assert ming.get(f"{REVIEWS}/{body['id']}").json()["gold"] is None
    settle()
    seen = ming.get(f"{REVIEWS}/{body['id']}").json()
    assert seen["purpose"] == "gold"
    told = {"is_right": False, "expected_approve": False, "expected_reason": "gore", "note": "Blood."}
    assert seen["gold"] == told


def test_the_queues_tell_how_much_waits(ming: APIClient) -> None:
    private = ReviewQueue.objects.create(slug="private", name="Private", position=1)
    private.members.add(user_with(username="member"))
    ReviewItemFactory(due_at=timezone.now())
    ReviewItemFactory()
    rows = ming.get("/api/v1/moderation/queues").json()
    assert [(row["slug"], row["open"], row["is_open_to_you"]) for row in rows] == [
        ("private", 0, False),
        (DEFAULT_QUEUE, 2, True),
    ]
    assert (rows[1]["overdue"], rows[1]["due_soon"]) == (1, 1)


def test_decisions_are_read_and_changed_by_a_senior_moderator(ming: APIClient) -> None:
    item = ReviewItemFactory()
    ming.post(f"{REVIEWS}/{item.pk}/claim")
    ming.post(f"{REVIEWS}/{item.pk}/answer", {"approve": False, "reason_code": "gore"})
    settle()
    rows = ming.get("/api/v1/moderation/decisions", {"by": "ming", "verdict": "block"}).json()["results"]
    assert [(row["review_item"], row["is_overridden"]) for row in rows] == [(str(item.pk), False)]
    override = f"/api/v1/moderation/decisions/{rows[0]['id']}/override"
    assert ming.post(override, {"approve": True}).status_code == 403
    senior = reviewer("lin", roles.SENIOR_MODERATOR)
    made = senior.post(override, {"approve": True, "note": "art"})
    assert made.status_code == 201
    assert (made.json()["overrides"], made.json()["by"]) == (rows[0]["id"], "lin")
    again = senior.post(override, {"approve": True})
    assert (again.status_code, again.json()["code"]) == (409, "decision_already_overridden")
    assert Decision.objects.count() == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", REVIEWS),
        ("get", "/api/v1/moderation/queues"),
        ("get", "/api/v1/moderation/decisions"),
        ("post", f"{REVIEWS}/next"),
        ("post", f"{REVIEWS}/bulk"),
    ],
)
def test_the_token_needs_the_scope_and_the_account_the_right(method: str, path: str, ming: APIClient) -> None:
    narrow = client_of(user_with(roles.MODERATOR, roles.APP), [Scope.JOBS_READ])
    answer = getattr(narrow, method)(path, {})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    outsider = client_of(user_with(roles.APP))
    answer = getattr(outsider, method)(path, {})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_refused")


def test_a_refusal_without_a_reason_is_refused(ming: APIClient) -> None:
    item = ReviewItemFactory()
    ming.post(f"{REVIEWS}/{item.pk}/claim")
    answer = ming.post(f"{REVIEWS}/{item.pk}/answer", {"approve": False})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_reason")
    odd = ming.post(f"{REVIEWS}/{item.pk}/answer", {"approve": True, "mood": "good"})
    assert (odd.status_code, odd.json()["code"]) == (400, "invalid_request")
