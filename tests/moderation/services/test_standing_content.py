"""Content and review items against the decisions they follow: a change behind our back is found."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from moderation.models import ReviewItem, ScanRun
from moderation.services.decisions import decision_override, decisions_verify
from moderation.services.reviews import review_claim, review_escalate, review_resolve
from moderation.services.scanning import scan_picture
from moderation.services.standing_content import items_verify, standing_verify
from moderation.subject_registry import SubjectTypeBase
from moderation.taxonomy import Surface
from tests.factories.accounts import UserFactory
from tests.factories.moderation import RecordingSubject, explicit_stand_in
from tests.factories.rights import refused_by
from tests.moderation.services.test_audit import without_locks

pytestmark = pytest.mark.django_db


@pytest.fixture
def accepted(subject: RecordingSubject, monkeypatch: pytest.MonkeyPatch) -> set[uuid.UUID]:
    """What counts as accepted of the test subject's content."""
    ids: set[uuid.UUID] = set()

    def standing_ids(self: SubjectTypeBase, after: uuid.UUID | None = None) -> Iterator[uuid.UUID]:
        return iter(sorted(one for one in ids if after is None or one > after))

    monkeypatch.setattr(RecordingSubject, "standing_ids", standing_ids)
    return ids


def doubted() -> ScanRun:
    """A picture that the policy puts before a person."""
    return scan_picture(
        subject_type="test_subject",
        subject_id=uuid.uuid4(),
        surface=Surface.PHOTO,
        pixels=explicit_stand_in(doubtful=True),
    )


def test_blocked_content_that_counts_as_accepted_is_found(
    accepted: set[uuid.UUID], moderator: Any, senior: Any
) -> None:
    decision = refused_by(moderator, UserFactory())
    assert standing_verify() == []
    accepted.add(decision.subject_id)
    assert [str(decision.subject_id) in fault for fault in standing_verify()] == [True]
    with pytest.raises(CommandError):
        call_command("audit_verify")
    decision_override(decision=decision, by=senior, approve=True, reason_code="", note="")
    assert standing_verify() == []


def test_content_that_nobody_has_passed_yet_is_found(accepted: set[uuid.UUID], moderator: Any) -> None:
    run = doubted()
    accepted.add(run.subject_id)
    assert len(standing_verify()) == 1
    assert run.review_item is not None
    review_resolve(review_claim(run.review_item, moderator), moderator, True, "", "")
    assert standing_verify() == []


def test_a_review_item_that_vanished_is_found(subject: RecordingSubject) -> None:
    run = doubted()
    assert items_verify() == []
    with without_locks() as cursor:
        cursor.execute("DELETE FROM moderation_reviewitem")
    assert items_verify() == [
        f"The test_subject {run.subject_id} was put before people, but its review item is missing."
    ]


@pytest.mark.parametrize(
    "change", ["answered_by_id = not_by_id", "answer_approve = TRUE", "answer_reason = 'hate'"]
)
def test_an_item_that_tells_of_another_answer_is_found(
    subject: RecordingSubject, moderator: Any, change: str
) -> None:
    decision = refused_by(moderator, UserFactory())
    assert items_verify() == []
    with without_locks() as cursor:
        cursor.execute(f"UPDATE moderation_reviewitem SET {change}")
    assert items_verify() == [
        f"Review item {decision.review_item_id} differs from the answer that was given."
    ]


def test_an_escalation_under_another_name_is_found(
    subject: RecordingSubject, moderator: Any, senior: Any
) -> None:
    item = doubted().review_item
    assert item is not None
    review_escalate(review_claim(item, moderator), moderator, "Look.")
    assert items_verify() == []
    ReviewItem.objects.update(escalated_by=senior)
    assert items_verify() == [f"Review item {item.pk} was not escalated by whom it names."]


@pytest.mark.parametrize("change", ["milliseconds = 1.5", "scanners = '[]'", "created_at = '2020-01-01'"])
def test_how_the_scanners_worked_is_held_to_the_chain(subject: RecordingSubject, change: str) -> None:
    doubted()
    assert decisions_verify() == []
    with without_locks() as cursor:
        cursor.execute(f"UPDATE moderation_scanrun SET {change}")
    assert ["The scan of decision" in fault for fault in decisions_verify()] == [True]
