"""While a second review waits, whoever might get it finds nothing of what the first one said."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from moderation.models import (
    AuditEntry,
    BankEntry,
    BankKind,
    Decision,
    ModerationSettings,
    ReviewItem,
    ReviewPurpose,
    StatementOfReasons,
    Strike,
)
from moderation.services.banks import bank_create, bank_entry_add
from moderation.services.reviews import review_claim, review_release, review_resolve
from tests.factories.accounts import UserFactory, client_of, user_with
from tests.factories.moderation import RecordingSubject, ReviewItemFactory
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(moderator: Any, subject: RecordingSubject) -> ReviewItem:
    """A refusal that is to be decided again; it was the owner's second strike and limits the account."""
    ModerationSettings.objects.update(second_review_percent=100, strikes_to_limit=1)
    item = ReviewItemFactory(owner=UserFactory())
    review_resolve(review_claim(item, moderator), moderator, False, "gore", "")
    return item


@pytest.fixture
def second(first: ReviewItem) -> ReviewItem:
    return ReviewItem.objects.get(first_item=first, purpose=ReviewPurpose.SECOND)


def page_of(reader: Any) -> Client:
    client = Client()
    client.force_login(reader, backend="django.contrib.auth.backends.ModelBackend")
    return client


def found_by(reader: Any, first: ReviewItem) -> set[str]:
    """Where `reader` finds what was decided on the first item's content."""
    client, decision = page_of(reader), Decision.objects.get(review_item=first)
    pages = {
        "decision": reverse("admin:moderation_decision_change", args=[decision.pk]),
        "first item": reverse("admin:review_desk", args=[first.pk]),
        "strike": reverse("admin:moderation_strike_change", args=[Strike.objects.get().pk]),
    }
    for told in StatementOfReasons.objects.all():
        if told.measure_id is None:
            kind = f"statement of a {told.kind}"
            pages[kind] = reverse("admin:moderation_statementofreasons_change", args=[told.pk])
    found = {name for name, url in pages.items() if client.get(url).status_code == 200}
    listed = client.get(reverse("admin:moderation_decision_changelist"), {"q": str(first.subject_id)})
    if reverse("admin:moderation_decision_change", args=[decision.pk]) in listed.content.decode():
        found.add("list")
    return found


EVERYTHING = {"decision", "first item", "strike", "list"}


def test_whoever_might_get_the_second_review_cannot_look_up_the_first_verdict(
    moderator: Any, other_moderator: Any, first: ReviewItem
) -> None:
    assert found_by(other_moderator, first) == set()
    assert found_by(moderator, first) >= EVERYTHING


def test_once_both_have_decided_all_may_read_it_again(
    other_moderator: Any, first: ReviewItem, second: ReviewItem
) -> None:
    review_resolve(review_claim(second, other_moderator), other_moderator, False, "gore", "")
    assert found_by(other_moderator, first) >= EVERYTHING


def test_a_senior_moderator_finds_it_but_not_with_the_second_review_in_hand(
    senior: Any, first: ReviewItem, second: ReviewItem
) -> None:
    assert found_by(senior, first) >= EVERYTHING
    review_claim(second, senior)
    assert found_by(senior, first) == set()
    review_release(ReviewItem.objects.get(pk=second.pk), senior)
    assert found_by(senior, first) >= EVERYTHING


def test_the_desk_of_a_second_review_does_not_show_what_the_first_one_led_to(
    moderator: Any, other_moderator: Any, first: ReviewItem, second: ReviewItem
) -> None:
    def standing(reader: Any, item: ReviewItem) -> tuple[str, int]:
        page = page_of(reader).get(reverse("admin:review_desk", args=[item.pk]))
        known = page.context["uploader"].standing
        return known.level, known.active_strikes

    assert standing(moderator, first) == ("limited", 1)
    assert standing(other_moderator, second) == ("good", 0)


def test_an_adjudicator_is_not_told_who_said_what(
    senior: Any, other_moderator: Any, first: ReviewItem, second: ReviewItem
) -> None:
    review_resolve(review_claim(second, other_moderator), other_moderator, True, "", "")
    item = ReviewItem.objects.get(purpose=ReviewPurpose.ADJUDICATION)
    page = page_of(senior).get(reverse("admin:review_desk", args=[item.pk]))
    told = [*page.context["history"], *page.context["audit"]]
    assert len(page.context["verdicts"]) == 2
    assert len(page.context["audit"]) >= 1
    assert [line for line in told if "ming" in f"{line.text} {line.note}" or "hua" in line.note] == []


def test_the_api_keeps_the_first_verdict_back_as_well(first: ReviewItem) -> None:
    hua = client_of(user_with(roles.MODERATOR, roles.APP, username="hua"))
    asked = {"subject_id": str(first.subject_id)}
    assert hua.get("/api/v1/moderation/decisions", asked).json()["results"] == []
    assert hua.get(f"/api/v1/moderation/reviews/{first.pk}").status_code == 404


def test_the_audit_page_keeps_back_what_a_blind_review_must_not_know(
    senior: Any, first: ReviewItem, second: ReviewItem
) -> None:
    entry = AuditEntry.objects.get(
        subject_id=str(Decision.objects.get(review_item=first).pk), action="moderation.decision.recorded"
    )
    page = reverse("admin:moderation_auditentry_change", args=[entry.pk])
    assert page_of(senior).get(page).status_code == 200
    review_claim(second, senior)
    assert page_of(senior).get(page).status_code == 302
    listed = page_of(senior).get(reverse("admin:moderation_auditentry_changelist"))
    assert listed.status_code == 200
    assert page not in listed.content.decode()


@pytest.mark.parametrize("kind", BankKind.values)
def test_whoever_judges_blindly_does_not_learn_that_the_content_stands_on_a_bank(
    kind: str, first: ReviewItem, second: ReviewItem, senior: Any
) -> None:
    """Of the senior, who may override decisions, only what they have in hand is kept."""
    bank = bank_create(name="Known", kind=kind, by=senior)
    plain = bank_entry_add(bank=bank, algorithm="pdq", value="1" * 64, by=senior)
    made = BankEntry.objects.create(
        bank=bank,
        algorithm="pdq",
        value="2" * 64,
        added_by=senior,
        source_subject_type=first.subject_type,
        source_subject_id=first.subject_id,
    )

    def seen_by(reader: Any) -> tuple[set[str], set[str]]:
        reader.groups.add(Group.objects.get(name=roles.APP))
        api = client_of(type(reader).objects.get(pk=reader.pk))
        rows = api.get(f"/api/v1/moderation/hash-banks/{bank.pk}/entries").json()["results"]
        listed = page_of(reader).get(reverse("admin:moderation_bankentry_changelist")).content.decode()
        return {row["value"] for row in rows}, {
            one.value for one in (plain, made) if f"{one.value[:16]}…" in listed
        }

    blind, judge = user_with(roles.MODERATOR, is_staff=True), user_with(roles.SENIOR_MODERATOR, is_staff=True)
    assert seen_by(blind) == ({plain.value}, {plain.value})
    assert seen_by(judge) == ({plain.value, made.value}, {plain.value, made.value})
    held = review_claim(second, judge)
    assert seen_by(judge) == ({plain.value}, {plain.value})
    hidden = reverse("admin:moderation_bankentry_change", args=[made.pk])
    assert page_of(judge).get(hidden).status_code == 302
    review_resolve(held, judge, False, "gore", "")
    assert seen_by(judge)[0] == {plain.value, made.value}
