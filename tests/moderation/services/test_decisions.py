"""Decisions can be overridden by a senior moderator, never changed."""

from typing import Any

import pytest

from moderation.errors import DecisionAlreadyOverridden, OwnContentRefused, UnknownReason
from moderation.models import Decision
from moderation.services.decisions import decision_override, decision_record
from moderation.services.reviews import review_claim, review_resolve
from moderation.taxonomy import Verdict
from tests.factories.moderation import RecordingSubject, ReviewItemFactory, ScanRunFactory
from tongyi_portal.common.errors import PermissionRefused, UnknownKey

pytestmark = pytest.mark.django_db


def refused(moderator: Any) -> Decision:
    return review_resolve(review_claim(ReviewItemFactory(), moderator), moderator, False, "gore", "")


def blocked_by_machine(**changes: Any) -> Decision:
    run = ScanRunFactory(verdict=Verdict.BLOCK, **changes)
    return decision_record(
        subject_type=run.subject_type,
        subject_id=run.subject_id,
        verdict=Verdict.BLOCK,
        reason_codes=["sexual_explicit"],
        scan_run=run,
        policy=run.policy,
    )


def test_an_override_keeps_the_old_decision_and_tells_the_owner(
    moderator: Any, senior: Any, subject: RecordingSubject
) -> None:
    old = refused(moderator)
    new = decision_override(decision=old, by=senior, approve=True, reason_code="", note="")
    old.refresh_from_db()
    assert (old.verdict, new.verdict, new.overrides, old.overridden_by) == (
        Verdict.BLOCK,
        Verdict.PASS,
        old,
        new,
    )
    assert [told[1] for told in subject.told] == [False, True]


def test_the_machine_can_be_overridden(senior: Any, subject: RecordingSubject) -> None:
    decision = blocked_by_machine()
    new = decision_override(decision=decision, by=senior, approve=True, reason_code="", note="a sculpture")
    assert new.by == senior
    assert subject.told == [(decision.subject_id, True, ["approved_by_reviewer"])]


def test_a_decision_is_overridden_once(moderator: Any, senior: Any, subject: RecordingSubject) -> None:
    old = refused(moderator)
    decision_override(decision=old, by=senior, approve=True, reason_code="", note="")
    with pytest.raises(DecisionAlreadyOverridden):
        decision_override(decision=old, by=senior, approve=False, reason_code="gore", note="")
    assert Decision.objects.filter(overrides=old).count() == 1
    assert len(subject.told) == 2


def test_who_may_override_and_why(moderator: Any, senior: Any, subject: RecordingSubject) -> None:
    old = refused(moderator)
    with pytest.raises(PermissionRefused):
        decision_override(decision=old, by=moderator, approve=True, reason_code="", note="")
    with pytest.raises(UnknownReason):
        decision_override(decision=old, by=senior, approve=False, reason_code="because", note="")
    with pytest.raises(OwnContentRefused):
        decision_override(
            decision=blocked_by_machine(owner=senior), by=senior, approve=True, reason_code="", note=""
        )


def test_a_person_cannot_decide_on_content_that_nobody_owns(moderator: Any) -> None:
    item = review_claim(ReviewItemFactory(subject_type="unheard_of"), moderator)
    with pytest.raises(UnknownKey):
        review_resolve(item, moderator, True, "", "")
