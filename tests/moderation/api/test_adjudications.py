"""An adjudicator gets both answers and finds nowhere whose they are; afterwards everybody may know."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from moderation.models import ModerationSettings, ReviewItem, ReviewPurpose
from moderation.services.reviews import review_claim, review_resolve
from tests.factories.accounts import client_of, user_with
from tests.factories.moderation import RecordingSubject, ReviewItemFactory
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
NAMES = re.compile(r"\b(ming|hua)\b")


@pytest.fixture
def judge(db: None) -> Any:
    return user_with(roles.SENIOR_MODERATOR, roles.APP, username="lin", is_staff=True)


@pytest.fixture
def adjudication(moderator: Any, other_moderator: Any, subject: RecordingSubject) -> ReviewItem:
    """ming refused, hua approved."""
    ModerationSettings.objects.update(second_review_percent=100)
    first = ReviewItemFactory()
    review_resolve(review_claim(first, moderator), moderator, False, "gore", "blood on the left")
    second = ReviewItem.objects.get(first_item=first, purpose=ReviewPurpose.SECOND)
    review_resolve(review_claim(second, other_moderator), other_moderator, True, "", "paint")
    return ReviewItem.objects.get(purpose=ReviewPurpose.ADJUDICATION)


def told_to(judge: Any, item: ReviewItem) -> dict[str, str]:
    """Everything that speaks of the content, as text."""
    api, console = client_of(judge), Client()
    console.force_login(judge, backend="django.contrib.auth.backends.ModelBackend")
    about = {"subject_id": str(item.subject_id)}
    named = {"by": "ming", **about}
    return {
        "item": api.get(f"/api/v1/moderation/reviews/{item.pk}").content.decode(),
        "items": api.get("/api/v1/moderation/reviews", about).content.decode(),
        "decisions": api.get("/api/v1/moderation/decisions", about).content.decode(),
        "decisions of one": api.get("/api/v1/moderation/decisions", named).content.decode(),
        "desk": console.get(reverse("admin:review_desk", args=[item.pk])).content.decode(),
        "decision page": table(console, "moderation_decision", str(item.subject_id)),
        "item page": table(console, "moderation_reviewitem", str(item.subject_id)),
    }


def table(console: Client, page: str, query: str) -> str:
    """The rows alone: filters beside them list all people."""
    found = console.get(reverse(f"admin:{page}_changelist"), {"q": query})
    return " ".join(f"{row} {getattr(row, 'by', '')}" for row in found.context["cl"].result_list)


def test_the_item_carries_both_answers_without_names(judge: Any, adjudication: ReviewItem) -> None:
    body = client_of(judge).get(f"/api/v1/moderation/reviews/{adjudication.pk}").json()
    told = [
        (one["approve"], [reason["code"] for reason in one["reasons"]], one["note"])
        for one in body["answers"]
    ]
    assert told == [(False, ["gore"], "blood on the left"), (True, ["approved_by_reviewer"], "paint")]
    assert [row["by"] for row in body["history"]] == [None]


def test_nothing_names_the_two_while_the_adjudication_is_open(judge: Any, adjudication: ReviewItem) -> None:
    found = {place for place, text in told_to(judge, adjudication).items() if NAMES.search(text)}
    assert found == set()


def test_a_decision_is_not_found_by_the_name_of_its_author(judge: Any, adjudication: ReviewItem) -> None:
    named = {"by": "ming", "subject_id": str(adjudication.subject_id)}
    assert client_of(judge).get("/api/v1/moderation/decisions", named).json()["results"] == []


def test_once_it_is_decided_the_names_are_there_again(judge: Any, adjudication: ReviewItem) -> None:
    review_resolve(review_claim(adjudication, judge), judge, False, "gore", "")
    told = told_to(judge, adjudication)
    assert "ming" in told["decisions"]
    assert "ming" in told["items"]
    assert "ming" in told["decision page"]


def test_other_items_carry_no_answers(judge: Any, subject: RecordingSubject) -> None:
    item = ReviewItemFactory()
    assert client_of(judge).get(f"/api/v1/moderation/reviews/{item.pk}").json()["answers"] == []
