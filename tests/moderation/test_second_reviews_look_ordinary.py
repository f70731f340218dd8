"""A second review shows what the first one showed: nobody can tell the two from each other."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from moderation.errors import ReviewInHand
from moderation.models import Decision, ModerationSettings, ReviewItem, ReviewPurpose
from moderation.near_duplicates import near_duplicates_forget
from moderation.services.decisions import decision_record
from moderation.services.people_acts import data_hand_out
from moderation.services.reviews import review_claim, review_resolve
from moderation.taxonomy import Verdict
from tests.factories.accounts import UserFactory, client_of, user_with
from tests.factories.moderation import ReviewItemFactory, ScanRunFactory
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
PICTURE = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def _no_pictures_known() -> Iterator[None]:
    near_duplicates_forget()
    yield
    near_duplicates_forget()


@pytest.fixture
def reader(db: None) -> Any:
    """A moderator with a tool, who decided nothing yet."""
    return user_with(roles.MODERATOR, roles.APP, username="hua", is_staff=True)


@pytest.fixture
def owner(db: None) -> Any:
    return UserFactory(username="ann")


def sent_to_review(owner: Any, pdq: str = "") -> ReviewItem:
    """Content that the policy sent to review, as an upload comes in."""
    subject_id = uuid.uuid4()
    run = ScanRunFactory(subject_id=subject_id, owner=owner, pdq=pdq, pdq_quality=100 if pdq else 0)
    decision_record(
        subject_type=run.subject_type,
        subject_id=subject_id,
        verdict=Verdict.REVIEW,
        reason_codes=["sexual_nudity"],
        scan_run=run,
        policy=run.policy,
    )
    return ReviewItemFactory(subject_id=subject_id, scan_run=run, owner=owner)


def judged_once(owner: Any, by: Any, *, approve: bool = False, pdq: str = "") -> ReviewItem:
    """The second review of content that `by` has decided on."""
    ModerationSettings.objects.update(second_review_percent=100)
    first = sent_to_review(owner, pdq)
    review_resolve(review_claim(first, by), by, approve, "" if approve else "gore", "")
    return ReviewItem.objects.get(first_item=first, purpose=ReviewPurpose.SECOND)


def desk_of(reader: Any, item: ReviewItem) -> Any:
    client = Client()
    client.force_login(reader, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("admin:review_desk", args=[item.pk])).context


def lines(context: Any) -> list[str]:
    return sorted(line.text for line in context["history"])


def api_of(reader: Any) -> APIClient:
    return client_of(reader)


def test_both_desks_tell_the_same_history(moderator: Any, reader: Any, owner: Any, subject: Any) -> None:
    second, ordinary = judged_once(owner, moderator), sent_to_review(owner)
    told = lines(desk_of(reader, ordinary))
    assert len(told) == 2, "the scan, and what the policy said"
    assert lines(desk_of(reader, second)) == told


def test_both_desks_tell_a_senior_with_the_item_in_hand_the_same(
    moderator: Any, senior: Any, owner: Any, subject: Any
) -> None:
    second, ordinary = judged_once(owner, moderator), sent_to_review(owner)
    review_claim(second, senior)
    review_claim(ordinary, senior)
    seen = [
        (lines(desk), [one.text for one in desk["audit"]])
        for desk in (desk_of(senior, ordinary), desk_of(senior, second))
    ]
    assert seen[0][1], "the policy's decision is in the chain"
    assert seen[0] == seen[1]


def test_the_api_tells_the_same_of_both(moderator: Any, reader: Any, owner: Any, subject: Any) -> None:
    second, ordinary = judged_once(owner, moderator), sent_to_review(owner)
    api = api_of(reader)

    def seen(item: ReviewItem) -> tuple[Any, ...]:
        detail = api.get(f"/api/v1/moderation/reviews/{item.pk}").json()
        about = {"subject_id": str(item.subject_id)}
        found = [
            [row["verdict"] for row in api.get(f"/api/v1/moderation/{path}", about).json()["results"]]
            for path in ("decisions", "scans")
        ]
        listed = api.get("/api/v1/moderation/reviews", about).json()["results"]
        history = [(row["verdict"], row["by"]) for row in detail["history"]]
        run = api.get(f"/api/v1/moderation/scans/{item.scan_run_id}").json()
        return history, *found, [row["state"] for row in listed], detail["created_at"] > run["created_at"]

    assert seen(ordinary) == ([("review", None)], ["review"], ["review"], ["open"], True)
    assert seen(second) == seen(ordinary)


def test_an_item_that_is_created_long_after_its_scan_does_not_show_it(
    moderator: Any, reader: Any, owner: Any, subject: Any
) -> None:
    second = judged_once(owner, moderator)
    told = api_of(reader).get(f"/api/v1/moderation/reviews/{second.pk}").json()["created_at"]
    assert second.first_item is not None
    assert parse_datetime(told) == second.first_item.created_at
    assert second.due_at == second.first_item.due_at, "the same time after the same creation"


def test_the_uploader_is_as_before_the_first_judgement(
    moderator: Any, reader: Any, owner: Any, subject: Any
) -> None:
    """Also beside other items of theirs, which would tell of the first verdict."""
    second, other = judged_once(owner, moderator), sent_to_review(owner)
    later = sent_to_review(owner)
    review_resolve(review_claim(later, moderator), moderator, True, "", "")
    ReviewItem.objects.filter(first_item=later).delete()
    boxes = {name: desk_of(reader, item)["uploader"] for name, item in (("second", second), ("other", other))}
    assert (boxes["second"].approved, boxes["second"].refused) == (0, 0)
    assert (boxes["other"].approved, boxes["other"].refused) == (1, 0)
    assert [box.standing.active_strikes for box in boxes.values()] == [0, 0]
    known = desk_of(moderator, other)["uploader"]
    assert (known.approved, known.refused, known.standing.active_strikes) == (1, 1, 1)


@pytest.mark.parametrize("is_second", [False, True])
def test_copies_of_the_picture_stand_beside_both(
    is_second: bool, moderator: Any, reader: Any, owner: Any, subject: Any
) -> None:
    old = ScanRunFactory(subject_id=uuid.uuid4(), pdq=PICTURE, pdq_quality=100, verdict=Verdict.BLOCK)
    item = judged_once(owner, moderator, pdq=PICTURE) if is_second else sent_to_review(owner, PICTURE)
    alike = desk_of(reader, item)["duplicates"]
    assert [(one.distance, one.verdict) for one in alike] == [(0, Verdict.BLOCK)]
    listed = api_of(reader).get(f"/api/v1/moderation/reviews/{item.pk}/near-duplicates").json()
    assert [row["scan_run"] for row in listed] == [str(old.pk)]


@pytest.mark.parametrize("is_second", [False, True])
def test_a_copy_does_not_tell_what_was_said_of_content_that_waits(
    is_second: bool, moderator: Any, reader: Any, owner: Any, subject: Any
) -> None:
    """The copy may be shown: it looks as if nobody had decided on it."""
    waiting = judged_once(owner, moderator, pdq=PICTURE) if is_second else sent_to_review(owner, PICTURE)
    copy = sent_to_review(owner, PICTURE)
    alike = desk_of(reader, copy)["duplicates"]
    assert [one.verdict for one in alike] == [Verdict.REVIEW]
    assert alike[0].url == reverse("admin:review_desk", args=[waiting.pk])


def test_whoever_decided_first_finds_their_decision(moderator: Any, owner: Any, subject: Any) -> None:
    second = judged_once(owner, moderator)
    desk = desk_of(moderator, ReviewItem.objects.get(pk=second.first_item_id))
    assert len(lines(desk)) == 3
    assert Decision.objects.filter(subject_id=second.subject_id).count() == 2


@pytest.mark.parametrize("is_second", [False, True])
def test_the_copy_of_an_accounts_data_waits_for_either_item(
    is_second: bool, moderator: Any, senior: Any, owner: Any, subject: Any
) -> None:
    item = judged_once(owner, moderator) if is_second else sent_to_review(owner)
    review_claim(item, senior)
    with pytest.raises(ReviewInHand):
        data_hand_out(owner=owner, by=senior)
