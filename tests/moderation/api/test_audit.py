"""The audit chain over the API: entries, its end, and the check of any part of it."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from moderation.evidence_locks import EVIDENCE_LOCKS
from moderation.models import AuditEntry, AuditHead, GoldItem, ModerationSettings, ReviewItem, ReviewPurpose
from moderation.services.audit import audit_append, audit_verify
from moderation.services.gold import gold_add
from moderation.services.reviews import review_claim, review_release, review_resolve
from tests.factories.accounts import UserFactory, client_of, user_with
from tests.factories.moderation import RecordingSubject, ReviewItemFactory
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
AUDIT = "/api/v1/moderation/audit"


@pytest.fixture
def senior(db: None) -> Any:
    return user_with(roles.SENIOR_MODERATOR, roles.APP, username="lin")


@pytest.fixture
def client(senior: Any) -> APIClient:
    return client_of(senior)


def chain(count: int, actor: Any = None) -> list[AuditEntry]:
    return [
        audit_append(action="moderation.term.added", actor=actor, data={"n": number})
        for number in range(count)
    ]


def changed_behind_our_back(sequence: int) -> None:
    """As somebody would who may change the schema."""
    with connection.cursor() as cursor:
        on = " ON moderation_auditentry" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER moderation_auditentry_no_update{on}")
        cursor.execute("UPDATE moderation_auditentry SET action = 'forged' WHERE sequence = %s", [sequence])
    EVIDENCE_LOCKS.install(connection)


def test_an_entry_is_read_with_the_name_of_whoever_acted(client: APIClient, senior: Any) -> None:
    (entry,) = chain(1, senior)
    body = client.get(f"{AUDIT}/{entry.sequence}").json()
    assert (body["action"], body["text"], body["data"]) == ("moderation.term.added", "term added", {"n": 0})
    assert (body["actor"], body["actor_name"]) == (str(senior.pk), "lin")
    assert (body["digest"], body["previous_digest"]) == (entry.digest, entry.previous_digest)
    assert client.get(f"{AUDIT}/{entry.sequence + 1}").status_code == 404


def test_entries_are_found_by_what_they_tell(client: APIClient, senior: Any) -> None:
    chain(2)
    issued = AuditEntry.objects.get(action="account.token.issued").sequence  # the client's own
    term = uuid.uuid4()
    row = audit_append(action="moderation.settings.changed", subject=ModerationSettings(pk=2), actor=senior)
    for query, expected in (
        ("action=moderation.settings.changed", [row.sequence]),
        (f"actor={senior.pk}", [row.sequence, issued]),
        ("subject_type=moderation.moderationsettings&subject_id=2", [row.sequence]),
        (f"subject_id={term}", []),
        (f"since={row.created_at.isoformat().replace('+', '%2B')}", [row.sequence]),
        (f"is_by_system=false&until={row.created_at.isoformat().replace('+', '%2B')}", [issued]),
    ):
        found = client.get(f"{AUDIT}?{query}").json()["results"]
        assert [one["sequence"] for one in found] == expected, query
    assert client.get(f"{AUDIT}?action=no.such.thing").status_code == 400


def test_a_follower_gets_the_oldest_first_and_misses_none(client: APIClient) -> None:
    first, *later = chain(5)
    newest = client.get(AUDIT).json()["results"][0]
    assert newest["sequence"] == later[-1].sequence
    page = client.get(f"{AUDIT}?after={first.sequence}&page_size=3").json()
    seen = [one["sequence"] for one in page["results"]]
    seen += [one["sequence"] for one in client.get(page["next"]).json()["results"]]
    assert seen == [one.sequence for one in later]


def test_the_chain_is_checked_in_parts_up_to_its_end(client: APIClient) -> None:
    chain(7)
    report, start, parts, count = audit_verify(), "", 0, 0
    while True:
        query = {"count": "3"} | ({"start": start} if start else {})
        told = client.get(f"{AUDIT}/verify", query).json()
        assert (told["is_intact"], told["faults"]) == (True, [])
        parts, count, start = parts + 1, count + told["entry_count"], told["end"]
        if told["is_last"]:
            break
    assert (count, start) == (report.entry_count, report.end)
    assert parts == -(-report.entry_count // 3)
    assert client.get(f"{AUDIT}/end").json() == {"end": report.end}


def test_a_changed_entry_is_found_in_its_part_and_nowhere_else(client: APIClient) -> None:
    entries = chain(6)
    changed_behind_our_back(entries[4].sequence)
    before, victim = entries[2], entries[4]
    good = client.get(f"{AUDIT}/verify", {"count": entries[3].sequence}).json()
    assert (good["is_intact"], good["is_last"]) == (True, False)
    bad = client.get(f"{AUDIT}/verify", {"start": f"{before.sequence}:{before.digest}"}).json()
    assert bad["faults"] == [f"Entry {victim.sequence} was changed after it was written."]
    assert (bad["is_intact"], bad["fault_count"], bad["is_last"]) == (False, 1, True)


def test_a_chain_that_was_written_anew_no_longer_holds_a_kept_end(client: APIClient) -> None:
    last = chain(3)[-1]
    kept = f"{last.sequence}:{'0' * 64}"
    told = client.get(f"{AUDIT}/verify", {"start": kept}).json()
    assert told["is_intact"] is False
    assert told["faults"][0].startswith(f"The chain no longer holds the end {kept}")
    AuditHead.objects.update(sequence=last.sequence + 4)
    cut = client.get(f"{AUDIT}/verify", {"start": f"{last.sequence}:{last.digest}"}).json()
    assert cut["faults"] == [
        f"The chain ends at entry {last.sequence}, but its head says {last.sequence + 4}."
    ]
    AuditHead.objects.update(sequence=last.sequence - 1)
    behind = client.get(f"{AUDIT}/verify").json()
    assert "There are entries behind the end that the chain's head names." in behind["faults"]


def test_what_is_asked_of_a_check_is_itself_checked(client: APIClient) -> None:
    for query in ({"start": "1"}, {"start": "1:xyz"}, {"count": 0}, {"count": 5001}, {"colour": "red"}):
        refused = client.get(f"{AUDIT}/verify", query)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request"), query


def test_whoever_judges_blindly_finds_nothing_of_the_first_judgement(
    client: APIClient, senior: Any, moderator: Any, subject: RecordingSubject
) -> None:
    ModerationSettings.objects.update(second_review_percent=100)
    item = ReviewItemFactory(owner=UserFactory())
    review_resolve(review_claim(item, moderator), moderator, False, "gore", "")
    of_moderator = f"{AUDIT}?actor={moderator.pk}"
    kinds = {one["subject_type"] for one in client.get(of_moderator).json()["results"]}
    assert {"moderation.decision", "moderation.reviewanswer"} <= kinds
    statements = f"{AUDIT}?subject_type=moderation.statementofreasons"
    assert client.get(statements).json()["results"]

    held = review_claim(ReviewItem.objects.get(purpose=ReviewPurpose.SECOND), senior)
    assert client.get(of_moderator).json()["results"] == []
    assert client.get(statements).json()["results"] == []
    everything = client.get(f"{AUDIT}?page_size=100").content.decode()
    assert str(moderator.pk) not in everything
    assert "ming" not in everything
    hidden = AuditEntry.objects.filter(subject_type="moderation.decision").latest("sequence")
    assert client.get(f"{AUDIT}/{hidden.sequence}").status_code == 404

    review_release(held, senior)
    assert client.get(of_moderator).json()["results"]


def test_an_adjudicator_does_not_learn_the_two_names(
    client: APIClient, senior: Any, moderator: Any, other_moderator: Any, subject: RecordingSubject
) -> None:
    ModerationSettings.objects.update(second_review_percent=100)
    item = ReviewItemFactory(owner=UserFactory())
    review_resolve(review_claim(item, moderator), moderator, False, "gore", "")
    second = ReviewItem.objects.get(purpose=ReviewPurpose.SECOND)
    review_resolve(review_claim(second, other_moderator), other_moderator, True, "", "")
    waiting = ReviewItem.objects.get(purpose=ReviewPurpose.ADJUDICATION)
    for person in (moderator, other_moderator):
        assert client.get(f"{AUDIT}?actor={person.pk}").json()["results"] == []
    review_resolve(review_claim(waiting, senior), senior, False, "gore", "")
    for person in (moderator, other_moderator):
        assert client.get(f"{AUDIT}?actor={person.pk}").json()["results"]


def test_any_number_of_adjudications_may_wait(client: APIClient, moderator: Any) -> None:
    model = ReviewItemFactory(state="refused", decided_at=timezone.now())
    fields = {"scan_run": model.scan_run, "subject_type": "test_subject", "surface": model.surface}
    fields |= {"category": model.category, "queue": model.queue, "severity": 4, "due_at": model.due_at}
    decided = {"state": "refused", "decided_at": timezone.now()}
    firsts = ReviewItem.objects.bulk_create(
        ReviewItem(subject_id=uuid.uuid4(), **fields, **decided) for _ in range(1200)
    )
    ReviewItem.objects.bulk_create(
        ReviewItem(
            subject_id=one.subject_id, first_item=one, purpose="adjudication", for_senior=True, **fields
        )
        for one in firsts
    )
    hidden = audit_append(action="moderation.review.escalated", subject=firsts[700], actor=moderator)
    shown = audit_append(action="moderation.review.escalated", subject=model, actor=moderator)
    found = client.get(f"{AUDIT}?actor={moderator.pk}").json()["results"]
    assert [one["sequence"] for one in found] == [shown.sequence]
    assert client.get(f"{AUDIT}/{hidden.sequence}").status_code == 404


def test_the_right_answer_to_a_gold_item_in_hand_is_not_read_in_the_chain(
    client: APIClient, senior: Any, other_senior: Any, moderator: Any, subject: RecordingSubject
) -> None:
    item = ReviewItemFactory(owner=UserFactory())
    review_resolve(review_claim(item, moderator), moderator, False, "gore", "")
    item.refresh_from_db()
    gold = gold_add(item=item, expected_approve=False, expected_reason="gore", note="Blood.", by=other_senior)
    of_gold = f"{AUDIT}?subject_id={gold.pk}"
    assert len(client.get(of_gold).json()["results"]) == 1
    ReviewItemFactory(
        subject_id=item.subject_id,
        purpose=ReviewPurpose.GOLD,
        gold=GoldItem.objects.get(),
        state="claimed",
        claimed_by=senior,
        claimed_at=item.created_at,
        claim_expires_at=item.due_at,
    )
    assert client.get(of_gold).json()["results"] == []


def test_who_may_read_the_chain(client: APIClient, senior: Any, moderator: Any) -> None:
    reader = client_of(senior, [Scope.MODERATION_AUDIT])
    session = APIClient()
    session.force_login(senior)
    for path in (AUDIT, f"{AUDIT}/end", f"{AUDIT}/verify"):
        assert reader.get(path).status_code == session.get(path).status_code == 200
        lacking = client_of(senior, [Scope.MODERATION_READ]).get(path)
        assert (lacking.status_code, lacking.json()["code"]) == (403, "scope_missing")
        assert client_of(user_with(roles.MODERATOR, roles.APP)).get(path).status_code == 403
        assert APIClient().get(path).status_code == 401
