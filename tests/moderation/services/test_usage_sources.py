"""Decisions and appeals are events of usage, one for each row."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from moderation.models import Appeal, Decision
from moderation.services.appeals import appeal_open
from moderation.services.decisions import decision_override
from moderation.services.statements import statement_of
from moderation.services.texts import text_submit
from moderation.taxonomy import Surface, Verdict
from tests.factories.accounts import UserFactory
from tests.factories.moderation import RecordingSubject, member_of
from tests.factories.rights import blocked_by_policy, refused_by
from tongyi_portal.common import roles
from tongyi_portal.usage.models import UsageEvent, UsageKind
from tongyi_portal.usage.services import reconciling
from tongyi_portal.usage.services.reconciling import usage_reconcile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def everything_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare up to now: nothing of a test is committed later."""
    monkeypatch.setattr(reconciling, "UNSETTLED", timedelta(seconds=-1))


def differences(**options: Any) -> list[str]:
    return [str(found) for found in usage_reconcile(since=timezone.now() - timedelta(hours=1), **options)]


def told() -> list[tuple[str, ...]]:
    events = UsageEvent.objects.filter(kind=UsageKind.MODERATED).order_by("id")
    return list(events.values_list("code", "reason", "surface"))


def test_a_refusal_its_appeal_and_its_end_are_told(subject: RecordingSubject) -> None:
    owner = UserFactory()
    decision = refused_by(member_of(roles.MODERATOR, "mia"), owner, surface=Surface.PHOTO)
    appeal = appeal_open(statement=statement_of(decision), text="why?", language="en", by=owner)
    decision_override(
        decision=decision, by=member_of(roles.SENIOR_MODERATOR, "sen"), approve=True, reason_code="", note=""
    )
    assert [row[:2] for row in told()] == [("block", "gore"), ("pass", "")]
    appealed = UsageEvent.objects.get(kind=UsageKind.APPEALED)
    minute = appeal.created_at.replace(second=0, microsecond=0)
    assert (appealed.at, appealed.surface) == (minute, decision.scan_run.surface)
    assert appealed.person is not None
    assert UsageEvent.objects.filter(kind=UsageKind.MODERATED, person=None).count() == 2
    assert differences() == []


def test_a_text_is_told_of_with_the_scanner_that_decided_and_without_its_words() -> None:
    submission, _is_new = text_submit(by=UserFactory(), surface=Surface.PROMPT, text="a dancing panda")
    [event] = UsageEvent.objects.filter(kind=UsageKind.MODERATED)
    assert (event.code, event.surface, event.scanner) == ("pass", "prompt", "")
    assert Decision.objects.get().created_at == event.at
    assert str(submission.pk) not in str(UsageEvent.objects.values().get())


def test_missing_events_are_found_and_written_with_the_time_of_their_rows(
    subject: RecordingSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = UserFactory()
    for place in ("moderation.services.decisions.decision_count", "moderation.services.appeals.appeal_count"):
        monkeypatch.setattr(place, lambda *_given, **_more: None)
    decision = blocked_by_policy(owner)
    appeal_open(statement=statement_of(decision), text="why?", language="en", by=owner)
    assert len(differences()) == 2
    assert len(differences(is_repairing=True)) == 2
    assert differences() == []
    assert UsageEvent.objects.get(kind=UsageKind.MODERATED).at == decision.created_at
    assert UsageEvent.objects.filter(kind=UsageKind.APPEALED).count() == Appeal.objects.count()
    assert decision.verdict == Verdict.BLOCK
