"""A moderator finds the next work and the day's decisions on the landing page; others do not."""

import pytest
from django.test import Client
from django.urls import reverse

from moderation.review.views import desk_url
from moderation.services.reviews import review_claim, review_resolve
from moderation.taxonomy import Severity
from tests.factories.accounts import user_with
from tests.factories.generation import UploadFactory
from tests.factories.moderation import ReviewItemFactory
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.console.duties import duties_context

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def page_for(user: User, name: str = "admin:index") -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse(name), headers=ENGLISH, follow=True).content.decode()


def moderator() -> User:
    return user_with(roles.MODERATOR, is_staff=True)


def test_the_most_urgent_items_come_first_and_lead_to_the_desk() -> None:
    user = moderator()
    mild, extreme = (ReviewItemFactory(severity=severity) for severity in (Severity.MILD, Severity.EXTREME))
    assert duties_context(user)["next_items"] == [extreme, mild]
    page = page_for(user)
    assert page.index(desk_url(extreme.pk)) < page.index(desk_url(mild.pk))


def test_only_the_readers_own_decisions_count() -> None:
    user, other = moderator(), moderator()
    for decider in (user, other):
        upload = UploadFactory(state="in_review")
        item = ReviewItemFactory(subject_type="upload", subject_id=upload.pk)
        review_claim(item, decider)
        review_resolve(item, decider, True, "", "")
    context = duties_context(user)
    assert context["decided_count"] == 1
    assert [decision.by for decision in context["decided"]] == [user]


def test_who_may_not_decide_is_shown_no_queue() -> None:
    ReviewItemFactory()
    curator = user_with(roles.CURATOR, is_staff=True)
    assert duties_context(curator) == {}
    assert "Next in the review queue" not in page_for(curator)


def test_an_empty_queue_offers_nothing_to_review_or_to_create() -> None:
    page = page_for(moderator(), "admin:moderation_reviewitem_changelist")
    assert "Nothing waits for a review." in page
    assert "Review the next item" not in page
    assert "Create a new item" not in page


def test_whoever_is_locked_out_reads_for_how_long_on_a_page() -> None:
    user_with(username="boss", is_staff=True)
    client, wrong = Client(), {"username": "boss", "password": "wrong"}
    for _ in range(5):
        answer = client.post(reverse("admin:login"), wrong, headers=ENGLISH)
    assert answer.status_code == 429
    assert "Try again in 15 minutes" in answer.content.decode()
    assert "<html" in answer.content.decode()
