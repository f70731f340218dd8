"""The reviewer's desk: take an item, decide it, be told who was faster."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from moderation.models import HashBank, Policy, ReviewItem, ScanRun
from moderation.models.settings import ModerationSettings
from moderation.near_duplicates import near_duplicates_forget
from moderation.review.views import desk_url
from moderation.services.decisions import decision_record
from moderation.services.reviews import review_open, review_withdraw
from moderation.states import ReviewState
from moderation.subject_registry import SubjectPreview, SubjectTypeBase, register
from moderation.taxonomy import Category, Severity, Verdict
from tests.factories.moderation import ReviewItemFactory, ScanRunFactory
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db


class NoteSubject(SubjectTypeBase):
    """Content of a test: remembers what it was told."""

    key, label = "desk_note", "Note"
    told: list[tuple[uuid.UUID, bool]]

    def __init__(self) -> None:
        self.told = []

    def preview(self, subject_id: uuid.UUID) -> SubjectPreview:
        return SubjectPreview(title="A note", media="text", url="", text="words to judge", owner_name="ann")

    def on_decision(self, subject_id: uuid.UUID, *, approved: bool, reason_codes: list[str]) -> None:
        self.told.append((subject_id, approved))


@pytest.fixture
def subject() -> NoteSubject:
    fresh = NoteSubject()
    register(fresh)
    return fresh


@pytest.fixture(autouse=True)
def answers_count_at_once() -> None:
    ModerationSettings.objects.update_or_create(pk=1, defaults={"undo_seconds": 0})


def moderator(name: str, role: str = roles.MODERATOR) -> tuple[User, Client]:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user, client


def waiting_item(owner: User | None = None, severity: Severity = Severity.SERIOUS) -> ReviewItem:
    run = ScanRun.objects.create(
        subject_type=NoteSubject.key,
        subject_id=uuid.uuid4(),
        surface="photo",
        medium="text",
        owner=owner,
        content_sha256="0" * 64,
        policy=Policy.objects.get(state="live"),
        verdict=Verdict.REVIEW,
        reason_codes=["sexual_nudity"],
        scanners=[{"key": "words", "version": "1", "milliseconds": 1.0, "error": ""}],
        milliseconds=1.0,
    )
    return review_open(
        scan_run=run, category=Category.SEXUAL_NUDITY, severity=severity, reason_codes=["sexual_nudity"]
    )


def act(client: Client, item: ReviewItem, verb: str, **fields: Any) -> str:
    response = client.post(reverse("admin:review_act", args=[item.pk, verb]), fields, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_next_claims_the_most_urgent_item(subject: NoteSubject) -> None:
    waiting_item(severity=Severity.MILD)
    urgent = waiting_item(severity=Severity.EXTREME)
    user, client = moderator("mo")
    response = client.post(reverse("admin:review_next"))
    assert response["Location"] == desk_url(urgent.pk)
    urgent.refresh_from_db()
    assert urgent.claimed_by == user


def test_the_desk_shows_content_reasons_and_scanners(subject: NoteSubject) -> None:
    item = waiting_item()
    text = moderator("mo")[1].get(desk_url(item.pk)).content.decode()
    assert "words to judge" in text
    assert "The content seems to be sexual or to show nudity." in text
    assert "words 1" in text


def test_a_decision_reaches_the_owner_of_the_content_and_leads_on(subject: NoteSubject) -> None:
    first, second = waiting_item(severity=Severity.EXTREME), waiting_item()
    _, client = moderator("mo")
    client.post(reverse("admin:review_next"))
    response = client.post(reverse("admin:review_act", args=[first.pk, "approve"]))
    assert response["Location"] == desk_url(second.pk)
    first.refresh_from_db()
    assert first.state == ReviewState.APPROVED
    assert subject.told == [(first.subject_id, True)]


def test_a_refusal_keeps_its_reason(subject: NoteSubject) -> None:
    item = waiting_item()
    _, client = moderator("mo")
    act(client, item, "claim")
    act(client, item, "refuse", reason_code="sexual_nudity", note="seen twice")
    item.refresh_from_db()
    assert item.state == ReviewState.REFUSED
    assert item.decision.reason_codes == ["sexual_nudity"]
    assert item.decision.note == "seen twice"
    assert subject.told == [(item.subject_id, False)]


def test_the_slower_of_two_moderators_is_told_who_decided(subject: NoteSubject) -> None:
    item = waiting_item()
    _, fast = moderator("fast")
    _, slow = moderator("slow")
    act(fast, item, "claim")
    act(fast, item, "approve")
    text = act(slow, item, "refuse", reason_code="sexual_nudity")
    assert "Somebody has already decided this item. fast" in text
    assert subject.told == [(item.subject_id, True)]


def test_nobody_decides_on_their_own_content(subject: NoteSubject) -> None:
    user, client = moderator("mo")
    item = waiting_item(owner=user)
    assert "Nobody may decide on their own content." in act(client, item, "claim")
    item.refresh_from_db()
    assert item.state == ReviewState.OPEN


def test_a_senior_moderator_changes_a_decision(subject: NoteSubject) -> None:
    item = waiting_item()
    _, client = moderator("mo")
    act(client, item, "claim")
    act(client, item, "approve")
    _, senior = moderator("sen", roles.SENIOR_MODERATOR)
    act(senior, item, "override-refuse", reason_code="sexual_nudity")
    assert subject.told == [(item.subject_id, True), (item.subject_id, False)]


def test_what_nobody_decided_cannot_be_changed(subject: NoteSubject) -> None:
    item = waiting_item()
    _, senior = moderator("sen", roles.SENIOR_MODERATOR)
    text = act(senior, item, "override-approve")
    assert "Nobody has decided this item, so there is nothing to change." in text
    assert subject.told == []


def test_a_verb_that_does_not_exist_does_nothing(subject: NoteSubject) -> None:
    item = waiting_item()
    _, client = moderator("mo")
    act(client, item, "claim")
    address = reverse("admin:review_act", args=[item.pk, "aprove"])
    assert client.post(address, {"reason_code": "other"}).status_code == 404
    item.refresh_from_db()
    assert item.state == ReviewState.CLAIMED
    assert subject.told == []


def test_a_withdrawn_item_says_so_and_offers_nothing(subject: NoteSubject) -> None:
    item = waiting_item()
    review_withdraw(item.subject_type, item.subject_id)
    _, senior = moderator("sen", roles.SENIOR_MODERATOR)
    text = senior.get(desk_url(item.pk)).content.decode()
    assert "This item was withdrawn" in text
    for verb in ("claim", "approve", "override-approve"):
        assert reverse("admin:review_act", args=[item.pk, verb]) not in text
    assert "This item was withdrawn" in act(senior, item, "claim")


def test_an_answer_can_be_taken_back_from_its_page(subject: NoteSubject) -> None:
    ModerationSettings.objects.update(undo_seconds=10)
    item = waiting_item()
    _, client = moderator("mo")
    act(client, item, "claim")
    assert f'<a href="{desk_url(item.pk)}">Undo</a>' in act(client, item, "approve")
    assert (
        reverse("admin:review_act", args=[item.pk, "undo"]) in client.get(desk_url(item.pk)).content.decode()
    )
    assert "Taken back; decide again." in act(client, item, "undo")
    item.refresh_from_db()
    assert item.state == ReviewState.CLAIMED
    assert subject.told == []


def test_an_item_that_was_skipped_comes_again_last(subject: NoteSubject) -> None:
    first, second = waiting_item(severity=Severity.EXTREME), waiting_item()
    _, client = moderator("mo")
    client.post(reverse("admin:review_next"))
    for item, following in ((first, second), (second, first)):
        response = client.post(reverse("admin:review_act", args=[item.pk, "release"]))
        assert response["Location"] == desk_url(following.pk)


def test_an_escalated_item_goes_to_a_senior_with_its_note(subject: NoteSubject) -> None:
    item = waiting_item()
    _, client = moderator("mo")
    act(client, item, "claim")
    assert "Say in a note" in act(client, item, "escalate")
    act(client, item, "escalate", note="is she of age?")
    assert client.post(reverse("admin:review_next"))["Location"] == reverse("admin:review_queue")
    _, senior = moderator("sen", roles.SENIOR_MODERATOR)
    page = senior.post(reverse("admin:review_next"), follow=True).content.decode()
    assert "is she of age?" in page
    assert reverse("admin:review_act", args=[item.pk, "escalate"]) not in page


def test_the_uploader_is_told_of_with_standing_and_other_items(subject: NoteSubject) -> None:
    owner = User.objects.create_user("ann")
    item, other = waiting_item(owner), waiting_item(owner)
    text = moderator("mo")[1].get(desk_url(item.pk)).content.decode()
    assert "in good standing" in text
    assert "0 strikes" in text
    assert desk_url(other.pk) in text


def test_others_cannot_reach_the_desk(subject: NoteSubject) -> None:
    item = waiting_item()
    _, curator = moderator("cu", roles.CURATOR)
    assert curator.get(desk_url(item.pk)).status_code == 404
    assert Client().get(desk_url(item.pk)).status_code == 302


class PictureSubject(NoteSubject):
    """Content with pixels, which can be hashed."""

    key = "desk_picture"

    def preview(self, subject_id: uuid.UUID) -> SubjectPreview:
        return SubjectPreview(title="A picture", media="image", url="/x.jpg", text="", owner_name="ann")


def test_near_duplicates_show_what_was_decided_on_them(subject: NoteSubject) -> None:
    register(PictureSubject())
    alike = {"subject_type": PictureSubject.key, "pdq": "f0a5" * 16, "pdq_quality": 90}
    decided = ReviewItemFactory(scan_run=ScanRunFactory(**alike), subject_type=PictureSubject.key)
    decision_record(
        subject_type=PictureSubject.key, subject_id=decided.scan_run.subject_id, verdict=Verdict.BLOCK,
        reason_codes=["violence"], scan_run=decided.scan_run, policy=None,
    )  # fmt: skip
    run = ScanRunFactory(**alike)
    near_duplicates_forget()
    item = ReviewItemFactory(scan_run=run, subject_type=run.subject_type, subject_id=run.subject_id)
    text = moderator("mo")[1].get(desk_url(item.pk)).content.decode()
    assert "Near duplicates" in text
    assert "distance 0" in text
    assert 'desk-verdict--block">block' in text


def test_seniors_add_content_to_a_hash_bank_and_others_are_refused(subject: NoteSubject) -> None:
    item = waiting_item()
    _, client = moderator("mo")
    bank = HashBank.objects.create(
        name="Ours", kind="block", category="violence", severity=4, owner=User.objects.get(username="mo")
    )
    assert "Your account may not do this." in act(client, item, "bank", bank=str(bank.pk))
    _, senior = moderator("sen", roles.SENIOR_MODERATOR)
    assert "There is no such object." in act(senior, item, "bank", bank="nonsense")
