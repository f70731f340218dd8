"""The queue page: what is due, filters, bulk answers and the way back."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from moderation.models import ReviewItem, ReviewQueue
from moderation.models.settings import ModerationSettings
from moderation.review.views import desk_url
from moderation.services.reviews import review_claim
from moderation.states import ReviewState
from tests.factories.moderation import RecordingSubject, ReviewItemFactory
from tongyi_portal.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _known_content(subject: RecordingSubject) -> None:
    """Items of the factory are texts."""


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(person: Any, query: str = "") -> str:
    answer = client_of(person).get(reverse("admin:review_queue") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def bulk(client: Client, items: list[ReviewItem], verb: str, **fields: Any) -> str:
    chosen = {"item": [str(item.pk) for item in items], "verb": verb, **fields}
    answer = client.post(reverse("admin:review_bulk"), chosen, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def states(items: list[ReviewItem]) -> list[str]:
    for item in items:
        item.refresh_from_db()
    return [str(item.state) for item in items]


def test_what_is_due_is_shown_the_most_urgent_first_and_what_is_late_is_marked(moderator: Any) -> None:
    late = ReviewItemFactory(due_at=timezone.now() - timedelta(hours=3))
    grave = ReviewItemFactory(severity=6)
    far = ReviewItemFactory(due_at=timezone.now() + timedelta(days=9))
    text = page(moderator)
    assert text.index(desk_url(grave.pk)) < text.index(desk_url(late.pk))
    assert "3\xa0hours overdue" in text
    assert desk_url(far.pk) not in text
    assert desk_url(far.pk) in page(moderator, "?due=all")


def test_an_empty_page_says_how_much_is_due_later_and_leads_there(moderator: Any) -> None:
    for _ in range(3):
        ReviewItemFactory(due_at=timezone.now() + timedelta(days=9), category="gore")
    ReviewItemFactory(due_at=timezone.now() + timedelta(days=9), state="refused", decided_at=timezone.now())
    text = page(moderator)
    assert "Nothing waits here with these filters." in text
    assert '<a class="portal-link" href="?due=all">Show 3 items that are due later.</a>' in text
    assert page(moderator, "?due=all").count("data-queue-row") == 3
    assert 'href="?category=gore&amp;due=all">Show 3 items' in page(moderator, "?category=gore")
    assert "due later" not in page(moderator, "?category=hate")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?category=gore", 1),
        ("?severity=6", 1),
        ("?surface=garment", 1),
        ("?language=zh", 1),
        ("?purpose=audit", 1),
        ("?due=overdue", 0),
        ("?category=gore&severity=6", 0),
        ("?category=nonsense", 6),
        ("?queue=gore", 1),
    ],
)
def test_filters_narrow_the_list(moderator: Any, query: str, count: int) -> None:
    gore = ReviewQueue.objects.create(slug="gore", name="Gore", categories=["gore"])
    ReviewItemFactory(category="gore", queue=gore)
    for fields in ({"severity": 6}, {"surface": "garment"}, {"language": "zh"}, {"purpose": "audit"}, {}):
        ReviewItemFactory(**fields)
    assert page(moderator, query).count("data-queue-row") == count


def test_tabs_count_each_queue(moderator: Any) -> None:
    ReviewItemFactory()
    text = page(moderator)
    assert "General <b>1</b>" in text


def test_a_second_review_cannot_be_told_from_an_ordinary_one(moderator: Any) -> None:
    first = ReviewItemFactory(state="approved", decided_at=timezone.now())
    ReviewItemFactory(purpose="second", first_item=first)
    text = page(moderator)
    assert "ordinary review" in text
    assert "blind" not in text


def test_many_are_refused_at_once_and_taken_back(moderator: Any) -> None:
    items, client = [ReviewItemFactory() for _ in range(3)], client_of(moderator)
    text = bulk(client, items, "refuse", reason_code="violence", note="all alike")
    assert "Refused: 3" in text
    assert "Undo all" in text
    assert states(items) == [ReviewState.ANSWERED] * 3
    assert {item.answer_note for item in items} == {"all alike"}
    batch = str(items[0].answer_batch)
    answer = client.post(reverse("admin:review_bulk_undo"), {"batch": batch}, follow=True)
    assert "Taken back: 3" in answer.content.decode()
    assert states(items) == [ReviewState.OPEN] * 3


def test_what_could_not_be_done_is_listed_with_its_reason(moderator: Any, other_moderator: Any) -> None:
    items, client = [ReviewItemFactory() for _ in range(2)], client_of(moderator)
    review_claim(items[0], other_moderator)
    text = bulk(client, items, "approve")
    assert "Approved: 1" in text
    assert "1 item could not be done" in text
    assert "Somebody else is working on this item." in text
    assert states(items) == [ReviewState.CLAIMED, ReviewState.ANSWERED]


def test_many_are_escalated_with_one_note(moderator: Any) -> None:
    items = [ReviewItemFactory() for _ in range(2)]
    assert "Escalated: 2" in bulk(client_of(moderator), items, "escalate", note="what is this?")
    states(items)
    assert all(item.for_senior for item in items)


def test_seniors_move_items_to_another_queue(moderator: Any, senior: Any) -> None:
    other = ReviewQueue.objects.create(slug="other", name="Other")
    item = ReviewItemFactory()
    assert "Moved to Other: 1" in bulk(client_of(senior), [item], "route", to_queue="other")
    item.refresh_from_db()
    assert item.queue == other
    assert "could not be done" in bulk(client_of(moderator), [item], "route", to_queue="general")


def test_nothing_chosen_does_nothing(moderator: Any) -> None:
    item = ReviewItemFactory()
    assert "Choose items first" in bulk(client_of(moderator), [], "approve")
    assert "Choose items first" in bulk(client_of(moderator), [item], "explode")
    assert states([item]) == [ReviewState.OPEN]


def test_the_way_back_leads_to_no_other_site(moderator: Any) -> None:
    client = client_of(moderator)
    for here in ("https://evil.example/", "//evil.example/", "/console/"):
        answer = client.post(reverse("admin:review_bulk"), {"here": here})
        assert answer["Location"] == reverse("admin:review_queue")
    here = reverse("admin:review_queue") + "?due=all"
    assert client.post(reverse("admin:review_bulk"), {"here": here})["Location"] == here


def test_an_old_report_is_told_once(moderator: Any) -> None:
    ModerationSettings.objects.update_or_create(pk=1, defaults={"bulk_undo_seconds": 0})
    client = client_of(moderator)
    assert "Approved: 1" in bulk(client, [ReviewItemFactory()], "approve")
    assert "Approved: 1" not in client.get(reverse("admin:review_queue")).content.decode()


def test_the_list_of_all_items_opens_on_the_queue(moderator: Any) -> None:
    address = reverse("admin:moderation_reviewitem_changelist")
    client = client_of(moderator)
    assert client.get(address)["Location"] == reverse("admin:review_queue")
    assert client.get(address + "?state__in=approved,refused").status_code == 200


def test_others_do_not_see_the_queue(db: None) -> None:
    person = User.objects.create_user("curator", is_staff=True)
    assert client_of(person).get(reverse("admin:review_queue")).status_code == 403


def test_long_lists_have_pages(moderator: Any, other_moderator: Any) -> None:
    first = ReviewItemFactory(severity=6)
    review_claim(first, other_moderator)
    for _ in range(50):
        ReviewItemFactory()
    one, two = page(moderator), page(moderator, "?page=2")
    assert one.count("data-queue-row") == 50
    assert desk_url(first.pk) in one
    assert "?page=2" in one.replace("&amp;", "?")
    assert two.count("data-queue-row") == 1
