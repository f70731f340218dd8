"""What a desk with a script is told: the next item, whether it is held, and faults with names."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from moderation.models import ExposureEvent, ReviewItem
from moderation.models.settings import ModerationSettings
from moderation.services.gold import gold_add
from moderation.services.reviews import review_claim, review_resolve, reviews_settle_due
from moderation.states import ReviewState
from tests.factories.moderation import RecordingSubject, ReviewItemFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _known_content(subject: RecordingSubject) -> None:
    """Items of the factory are texts."""


def browser_of(person: Any) -> Client:
    client = Client(headers={"accept": "application/json"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def act(client: Client, item: ReviewItem, verb: str, **fields: Any) -> Any:
    return client.post(reverse("admin:review_act", args=[item.pk, verb]), fields)


def two_items(holder: Any) -> tuple[ReviewItem, ReviewItem]:
    first, second = ReviewItemFactory(severity=6), ReviewItemFactory()
    review_claim(first, holder)
    return first, second


def test_an_answer_claims_the_item_that_was_loaded_ahead(moderator: Any) -> None:
    first, second = two_items(moderator)
    told = act(browser_of(moderator), first, "approve", next=str(second.pk)).json()
    second.refresh_from_db()
    assert told["next"] == {"id": str(second.pk)}
    assert second.claimed_by == moderator
    assert 9 < told["undo_seconds"] <= 10
    assert "decided today" in told["shift"]


def test_another_item_comes_when_somebody_took_that_one(moderator: Any, other_moderator: Any) -> None:
    first, second = two_items(moderator)
    third = ReviewItemFactory(severity=2)
    review_claim(second, other_moderator)
    told = act(browser_of(moderator), first, "refuse", reason_code="violence", next=str(second.pk)).json()
    assert told["next"]["id"] == str(third.pk)
    assert f'data-desk-item="{third.pk}"' in told["next"]["html"]


def test_a_conflict_names_who_decided_and_goes_on(moderator: Any, other_moderator: Any) -> None:
    first, second = two_items(moderator)
    ReviewItem.objects.filter(pk=first.pk).update(claimed_by=other_moderator)
    first.refresh_from_db()
    review_resolve(first, other_moderator, True, "", "")
    answer = act(browser_of(moderator), first, "approve", next=str(second.pk))
    assert answer.status_code == 409
    told = answer.json()
    assert told["code"] == "review_already_decided"
    assert told["message"].endswith("hua")
    assert told["next"] == {"id": str(second.pk)}


def test_after_the_last_item_the_desk_is_sent_to_the_queue(moderator: Any) -> None:
    item = ReviewItemFactory()
    review_claim(item, moderator)
    told = act(browser_of(moderator), item, "approve").json()
    assert told["next"] == {"url": reverse("admin:review_queue")}


def test_the_next_item_is_shown_ahead_without_being_claimed(moderator: Any) -> None:
    first, second = two_items(moderator)
    told = browser_of(moderator).post(reverse("admin:review_peek"), {"has": str(first.pk)}).json()
    second.refresh_from_db()
    assert told["id"] == str(second.pk)
    assert 'data-desk-verb="approve"' in told["html"]
    assert second.state == ReviewState.OPEN


def test_the_desk_stays_within_the_chosen_queue(moderator: Any) -> None:
    first, _second = two_items(moderator)
    told = browser_of(moderator).post(reverse("admin:review_peek"), {"has": str(first.pk), "queue": "none"})
    assert told.json()["id"]  # a queue that does not exist is no choice


def test_taking_back_gives_the_item_again(moderator: Any) -> None:
    first, second = two_items(moderator)
    client = browser_of(moderator)
    act(client, first, "approve", next=str(second.pk))
    told = act(client, first, "undo").json()
    assert f'data-desk-item="{first.pk}"' in told["html"]
    first.refresh_from_db()
    assert first.state == ReviewState.CLAIMED


def test_a_heartbeat_renews_the_claim_and_tells_when_it_is_lost(moderator: Any, other_moderator: Any) -> None:
    first, _second = two_items(moderator)
    before = first.claim_expires_at
    assert act(browser_of(moderator), first, "heartbeat").json()["ok"]
    first.refresh_from_db()
    assert first.claim_expires_at > before
    answer = act(browser_of(other_moderator), first, "heartbeat")
    assert answer.status_code == 409
    assert answer.json()["message"] == "Somebody else is working on this item. ming"


def test_looks_are_counted_and_lead_to_a_break(moderator: Any) -> None:
    ModerationSettings.objects.update_or_create(pk=1, defaults={"exposure_budget": 1})
    first, second = two_items(moderator)
    client = browser_of(moderator)
    act(client, first, "exposure", seconds="2.5")
    act(client, first, "exposure", seconds="nonsense")
    assert list(ExposureEvent.objects.order_by("created_at").values_list("seconds", "is_grave")) == [
        (2.5, True),
        (0.0, True),
    ]
    told = act(client, first, "approve", next=str(second.pk)).json()
    assert told["next"] == {"url": reverse("admin:review_break")}
    second.refresh_from_db()
    assert second.state == ReviewState.OPEN


def test_a_gold_item_looks_like_any_other_and_is_told_of_afterwards(
    moderator: Any, other_moderator: Any, senior: Any
) -> None:
    source = ReviewItemFactory()
    review_claim(source, other_moderator)
    review_resolve(source, other_moderator, False, "violence", "")
    gold_add(item=source, expected_approve=False, expected_reason="violence", note="A knife.", by=senior)
    ModerationSettings.objects.update_or_create(pk=1, defaults={"gold_percent": 100, "undo_seconds": 0})
    client = browser_of(moderator)
    told = client.post(reverse("admin:review_peek")).json()
    assert told["held"]
    assert "gold" not in told["html"]
    assert "hua" not in told["html"]
    item = ReviewItem.objects.get(pk=told["id"])
    ModerationSettings.objects.update(gold_percent=0)
    ordinary = ReviewItemFactory()
    review_claim(ordinary, moderator)
    act(client, ordinary, "approve", next=str(item.pk))
    ReviewItemFactory()
    told = act(client, item, "approve").json()
    reviews_settle_due()
    assert told["feedback"] == [
        f"{str(item.pk)[:8]} was a check item; the expected answer was another one. A knife."
    ]


def test_whoever_may_not_decide_is_refused(moderator: Any, db: None) -> None:
    moderator.groups.clear()
    answer = browser_of(type(moderator).objects.get(pk=moderator.pk)).post(reverse("admin:review_next"))
    assert answer.status_code == 403


def test_an_answer_without_the_permission_is_refused(moderator: Any) -> None:
    item = ReviewItemFactory()
    review_claim(item, moderator)
    moderator.groups.clear()
    moderator.user_permissions.add(Permission.objects.get(codename="view_reviewitem"))
    answer = act(browser_of(type(moderator).objects.get(pk=moderator.pk)), item, "approve")
    assert answer.status_code == 403
    assert "next" not in answer.json()
