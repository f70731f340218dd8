"""Queues, due times, gold items and settings over HTTP."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from moderation.models import (
    DEFAULT_QUEUE,
    AuditEntry,
    GoldItem,
    ModerationSettings,
    ReviewItem,
    ReviewQueue,
    ServiceTarget,
)
from moderation.models.review import ReviewPurpose
from moderation.models.settings import LIMITS
from moderation.services.reviews import review_answer, review_claim, review_resolve, reviews_settle_due
from moderation.services.routing import due_at_for, queue_for
from moderation.taxonomy import Category
from tests.factories.accounts import UserFactory, client_of, user_with
from tests.factories.moderation import RecordingSubject, ReviewItemFactory
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
API = "/api/v1/moderation"
QUEUES, GOLD = f"{API}/queues", f"{API}/gold-items"


@pytest.fixture
def senior(db: None) -> Any:
    return user_with(roles.SENIOR_MODERATOR, roles.APP, username="lin", is_staff=True)


@pytest.fixture
def client(senior: Any) -> APIClient:
    return client_of(senior)


@pytest.fixture
def reader(db: None) -> APIClient:
    return client_of(user_with(roles.MODERATOR, roles.APP, username="reader"))


def test_a_queue_is_made_and_takes_what_fits(client: APIClient, moderator: Any) -> None:
    asked = {
        "slug": "words",
        "name": "Words",
        "categories": ["hate"],
        "languages": ["zh"],
        "members": ["ming"],
    }
    made = client.post(QUEUES, asked)
    assert made.status_code == 201, made.json()
    assert (made.json()["members"], made.json()["position"], made.json()["is_default"]) == (
        ["ming"],
        100,
        False,
    )
    assert queue_for(category="hate", language="zh", surface="prompt").slug == "words"
    assert queue_for(category="hate", language="en", surface="prompt").slug == DEFAULT_QUEUE
    assert "words" in [one["slug"] for one in client.get(QUEUES).json()]
    taken = client.post(QUEUES, asked)
    assert (taken.status_code, taken.json()["code"]) == (409, "queue_taken")
    twice = client.post(QUEUES, asked | {"slug": "twice", "categories": ["gore"] * 40})
    [fault] = twice.json()["details"]["fields"]
    assert (twice.status_code, fault["pointer"], fault["code"]) == (400, "/categories", "repeated")
    wrong = {"slug": "a b", "categories": ["poems"], "languages": ["fr"], "members": ["nobody"]}
    fields = client.post(QUEUES, asked | wrong).json()["details"]["fields"]
    assert {one["pointer"].split("/")[1] for one in fields} == set(wrong)
    user_with(roles.APP, username="app")
    assert client.post(QUEUES, asked | {"slug": "b", "members": ["app"]}).status_code == 400


def test_a_queue_is_changed_and_its_items_are_routed_again(client: APIClient, moderator: Any) -> None:
    client.post(QUEUES, {"slug": "words", "name": "Words", "categories": ["hate"], "members": ["ming"]})
    queue = ReviewQueue.objects.get(slug="words")
    item = ReviewItemFactory(queue=queue, category="hate")
    changed = client.patch(f"{QUEUES}/words", {"categories": ["gore"], "needs_senior": True}).json()
    assert (changed["categories"], changed["needs_senior"], changed["members"]) == (["gore"], True, ["ming"])
    item.refresh_from_db()
    assert (item.queue_id, item.for_senior) == (queue.pk, True)
    assert client.post(f"{QUEUES}/words/route-again").json() == {"moved": 1}
    item.refresh_from_db()
    assert item.queue.slug == DEFAULT_QUEUE
    assert client.patch(f"{QUEUES}/words", {"members": []}).json()["members"] == []
    assert client.get(f"{QUEUES}/words").json()["name"] == "Words"
    assert client.patch(f"{QUEUES}/words", {"slug": "other"}).status_code == 400
    assert client.get(f"{QUEUES}/nothing").status_code == 404
    assert AuditEntry.objects.filter(action="moderation.queue.saved").count() == 3


def test_the_general_queue_takes_all_and_is_not_removed(client: APIClient) -> None:
    refused = client.patch(f"{QUEUES}/{DEFAULT_QUEUE}", {"categories": ["gore"]})
    assert (refused.status_code, refused.json()["code"]) == (400, "queue_takes_all")
    assert client.patch(f"{QUEUES}/{DEFAULT_QUEUE}", {"position": 900}).json()["position"] == 900
    assert client.delete(f"{QUEUES}/{DEFAULT_QUEUE}").json()["code"] == "queue_in_use"
    client.post(QUEUES, {"slug": "words", "name": "Words"})
    item = ReviewItemFactory(queue=ReviewQueue.objects.get(slug="words"))
    held = client.delete(f"{QUEUES}/words")
    assert (held.status_code, held.json()["details"]) == (409, {"items": 1})
    item.delete()
    assert client.delete(f"{QUEUES}/words").status_code == 204
    assert not ReviewQueue.objects.filter(slug="words").exists()


def test_an_item_is_put_into_another_queue_by_hand(client: APIClient, reader: APIClient) -> None:
    client.post(QUEUES, {"slug": "words", "name": "Words"})
    item = ReviewItemFactory()
    path = f"{API}/reviews/{item.pk}/route"
    assert reader.post(path, {"queue": "words"}).status_code == 403
    assert client.post(path, {"queue": "words"}).json()["queue"] == "words"
    assert client.post(path, {"queue": "poems"}).json()["code"] == "queue_unknown"
    ReviewItem.objects.update(state="withdrawn")
    late = client.post(path, {"queue": DEFAULT_QUEUE})
    assert (late.status_code, late.json()["code"]) == (409, "state_conflict")


def test_due_times_are_read_and_changed_for_what_comes_in_later(client: APIClient) -> None:
    rows = client.get(f"{API}/service-targets").json()
    assert {one["category"] for one in rows} == set(Category)
    waiting = ReviewItemFactory(category="gore")
    changed = client.patch(f"{API}/service-targets/gore", {"minutes": 7})
    assert changed.json() == {"category": "gore", "minutes": 7}
    assert due_at_for(Category.GORE) - timezone.now() <= timedelta(minutes=7)
    assert ReviewItem.objects.get().due_at == waiting.due_at
    for minutes in (0, -1, 10**9, "soon"):
        assert client.patch(f"{API}/service-targets/gore", {"minutes": minutes}).status_code == 400
    assert client.patch(f"{API}/service-targets/poems", {"minutes": 7}).status_code == 404
    entry = AuditEntry.objects.get(action="moderation.service_target.set")
    assert (entry.data["category"], entry.data["minutes"]) == ("gore", 7)


@pytest.fixture
def decided(subject: RecordingSubject, moderator: Any) -> ReviewItem:
    ModerationSettings.objects.update(second_review_percent=0, gold_percent=0, undo_seconds=0)
    item = ReviewItemFactory(owner=UserFactory())
    review_resolve(review_claim(item, moderator), moderator, False, "gore", "")
    item.refresh_from_db()
    return item


def gold_of(client: APIClient, item: ReviewItem, **fields: Any) -> Any:
    asked = {"item": str(item.pk), "expected_approve": False, "expected_reason": "gore", "note": "Blood."}
    return client.post(GOLD, asked | fields)


def shown_to(person: Any, source: ReviewItem, state: str = "claimed") -> ReviewItem:
    item: ReviewItem = ReviewItemFactory(
        subject_id=source.subject_id,
        purpose=ReviewPurpose.GOLD,
        gold=GoldItem.objects.get(),
        state=state,
        claimed_by=person,
        claimed_at=timezone.now(),
        claim_expires_at=timezone.now() + timedelta(minutes=5),
    )
    return item


def test_a_gold_item_is_made_answered_counted_and_retired(
    client: APIClient, decided: ReviewItem, other_moderator: Any
) -> None:
    made = gold_of(client, decided)
    assert made.status_code == 201, made.json()
    assert (made.json()["item"], made.json()["added_by"]) == (str(decided.pk), "lin")
    review_answer(shown_to(other_moderator, decided), other_moderator, False, "gore", "")
    one = f"{GOLD}/{made.json()['id']}"
    assert [client.get(one).json()[name] for name in ("answer_count", "right_count")] == [1, 1]
    (answer,) = client.get(f"{one}/answers").json()["results"]
    assert (answer["by"], answer["is_right"], answer["reason_code"]) == ("hua", True, "gore")
    again = gold_of(client, decided)
    assert (again.status_code, again.json()["code"]) == (409, "gold_already")
    assert client.post(f"{one}/retire").json()["retired_by"] == "lin"
    assert client.post(f"{one}/retire").json()["code"] == "gold_retired"
    assert client.get(f"{GOLD}?is_active=true").json()["results"] == []
    assert len(client.get(f"{GOLD}?is_active=false&item={decided.pk}").json()["results"]) == 1


def test_a_gold_item_needs_a_decided_item_a_reason_and_a_note(client: APIClient, decided: ReviewItem) -> None:
    open_item = ReviewItemFactory()
    for answer, code in (
        (gold_of(client, open_item), "gold_not_decided"),
        (gold_of(client, decided, expected_reason="poem"), "unknown_reason"),
        (gold_of(client, decided, note="  "), "invalid_request"),
        (client.post(GOLD, {"item": str(uuid.uuid4()), "expected_approve": True, "note": "x"}), "not_found"),
    ):
        assert answer.json()["code"] == code
    assert not GoldItem.objects.exists()


def test_whoever_holds_a_gold_item_does_not_find_its_answer(
    client: APIClient, decided: ReviewItem, senior: Any, other_senior: Any
) -> None:
    made = gold_of(client, decided).json()["id"]
    GoldItem.objects.update(added_by=other_senior)
    held = shown_to(senior, decided)
    assert client.get(GOLD).json()["results"] == []
    for path in (f"{GOLD}/{made}", f"{GOLD}/{made}/answers"):
        assert client.get(path).status_code == 404
    review_answer(held, senior, False, "gore", "")
    assert client.get(f"{GOLD}/{made}").json()["answer_count"] == 1


def test_settings_are_read_and_changed_and_checked(client: APIClient) -> None:
    path = f"{API}/settings"
    before = client.get(path).json()
    assert before["strike_days"] == ModerationSettings.current().strike_days
    assert "id" not in before
    changed = client.patch(path, {"strike_days": 40, "gold_percent": 3}).json()
    assert changed == before | {"strike_days": 40, "gold_percent": 3}
    assert ModerationSettings.current().strike_days == 40
    entry = AuditEntry.objects.get(action="moderation.settings.changed")
    assert entry.data["after"] == {"strike_days": 40, "gold_percent": 3}
    for wrong in ({"gold_percent": 101}, {"strike_days": 0}, {"undo_seconds": -1}, {"id": 2}, {"colour": 1}):
        refused = client.patch(path, wrong)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request"), wrong
    assert client.patch(path, {}).json() == changed
    assert AuditEntry.objects.filter(action="moderation.settings.changed").count() == 1


def test_every_number_has_a_limit_and_works_at_it(client: APIClient, subject: RecordingSubject) -> None:
    path = f"{API}/settings"
    names = set(client.get(path).json())
    assert names == set(LIMITS)
    for name, limit in LIMITS.items():
        for beyond in (limit + 1, 10**12):
            refused = client.patch(path, {name: beyond})
            assert refused.status_code == 400, name
            [fault] = refused.json()["details"]["fields"]
            assert fault["pointer"] == f"/{name}"
    samples = {name: 0 for name in names if name.endswith("_percent")}
    assert client.patch(path, LIMITS | samples).status_code == 200
    ReviewItemFactory(owner=UserFactory())
    held = client.post(f"{API}/reviews/next", {}).json()
    answer = {"approve": False, "reason_code": "gore", "note": ""}
    answered = client.post(f"{API}/reviews/{held['id']}/answer", answer)
    assert answered.status_code == 200
    assert parse_datetime(answered.json()["settle_at"]) > timezone.now() + timedelta(minutes=59)  # type: ignore[operator]
    ReviewItem.objects.update(settle_at=timezone.now())
    reviews_settle_due()
    assert ReviewItem.objects.get(pk=held["id"]).state == "refused"
    assert client.get(f"{API}/exposure").status_code == 200


def test_the_database_takes_no_number_beyond_its_limit() -> None:
    for name, limit in LIMITS.items():
        with pytest.raises(IntegrityError), transaction.atomic():
            ModerationSettings.objects.update(**{name: limit + 1})


def test_moderators_change_nothing_and_see_no_gold(
    reader: APIClient, client: APIClient, senior: Any, decided: ReviewItem
) -> None:
    gold = gold_of(client, decided).json()["id"]
    client.post(QUEUES, {"slug": "words", "name": "Words"})
    assert reader.get(f"{QUEUES}/words").status_code == 200
    for path in (GOLD, f"{GOLD}/{gold}", f"{API}/settings", f"{API}/service-targets"):
        assert reader.get(path).json()["code"] == "permission_refused", path
        assert APIClient().get(path).status_code == 401
    daily = client_of(senior, [Scope.MODERATION_READ, Scope.MODERATION_REVIEW])
    for one, code in ((reader, "permission_refused"), (daily, "scope_missing")):
        for answer in (
            one.post(QUEUES, {"slug": "mine", "name": "Mine"}),
            one.patch(f"{QUEUES}/words", {"position": 1}),
            one.delete(f"{QUEUES}/words"),
            one.post(f"{QUEUES}/words/route-again"),
            one.patch(f"{API}/service-targets/gore", {"minutes": 1}),
            gold_of(one, decided),
            one.post(f"{GOLD}/{gold}/retire"),
            one.patch(f"{API}/settings", {"strike_days": 1}),
        ):
            assert answer.json()["code"] == code
    assert ServiceTarget.objects.get(category="gore").minutes != 1
    session = APIClient()
    session.force_login(senior)
    assert session.patch(f"{QUEUES}/words", {"position": 1}).json()["position"] == 1
