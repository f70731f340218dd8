"""What webhooks are told of moderation."""

import json
import uuid
from typing import Any

import pytest

from moderation.models import Decision
from moderation.models.review import ReviewPurpose
from moderation.services.claims import review_claim
from moderation.services.decisions import decision_override, decision_record
from moderation.services.opening import review_open
from moderation.services.policies import policy_draft_from, policy_live, policy_publish
from moderation.services.reviews import review_resolve
from moderation.services.telling import TOLD
from moderation.taxonomy import Category, Severity, Verdict
from tests.factories.accounts import user_with
from tests.factories.moderation import ReviewItemFactory, ScanRunFactory
from tests.factories.webhooks import EndpointFactory
from tongyi_portal.common import roles
from tongyi_portal.webhooks.event_types import EVENT_TYPES
from tongyi_portal.webhooks.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("subject")]


@pytest.fixture
def listening() -> Any:
    """An endpoint of an app, and one that is told of everything."""
    EndpointFactory(owner=user_with(roles.OPERATOR), is_staff_wide=True)
    return EndpointFactory()


def _record(owner_id: uuid.UUID, verdict: Verdict, **fields: Any) -> Decision:
    run = ScanRunFactory(owner_id=owner_id)
    return decision_record(
        subject_type=run.subject_type,
        subject_id=run.subject_id,
        verdict=verdict,
        reason_codes=["sexual_explicit"] if verdict == Verdict.BLOCK else [],
        scan_run=run,
        policy=run.policy,
        **fields,
    )


def test_the_owners_app_is_told_of_a_decision_with_its_reasons_in_both_languages(listening: Any) -> None:
    decision = _record(listening.owner_id, Verdict.BLOCK)

    event = Event.objects.get(type="moderation.decision.made")
    assert set(event.data) == set(EVENT_TYPES[event.type].example)
    assert event.data["decision"] == str(decision.pk)
    assert (event.data["verdict"], event.data["decided_by"]) == ("block", "policy")
    (reason,) = event.data["reasons"]
    assert reason["zh"] != reason["en"]
    assert event.data["statement"] == str(decision.statements.get().pk)
    assert event.deliveries.count() == 2


def test_nothing_personal_is_told(listening: Any) -> None:
    moderator = user_with(roles.SENIOR_MODERATOR)
    decision = _record(listening.owner_id, Verdict.BLOCK)
    decision_override(
        decision=decision, by=moderator, approve=True, reason_code="", note="private words of a moderator"
    )

    told = json.dumps(list(Event.objects.values_list("data", flat=True)))
    for secret in ("private words", moderator.username, str(moderator.pk), listening.owner.username):
        assert secret not in told


def test_an_overridden_decision_is_told_as_one_that_overrides(listening: Any) -> None:
    decision = _record(listening.owner_id, Verdict.BLOCK)

    decision_override(
        decision=decision, by=user_with(roles.SENIOR_MODERATOR), approve=True, reason_code="", note=""
    )

    first, second = Event.objects.filter(type="moderation.decision.made").order_by("created_at")
    assert first.data["overrides"] is None
    assert (second.data["verdict"], second.data["overrides"]) == ("pass", str(decision.pk))
    assert second.data["decided_by"] == "person"


def test_only_staff_is_told_that_an_item_waits(listening: Any) -> None:
    review_open(
        scan_run=ScanRunFactory(owner_id=listening.owner_id),
        category=Category.SEXUAL_EXPLICIT,
        severity=Severity.SERIOUS,
        reason_codes=["sexual_explicit"],
    )

    event = Event.objects.get(type="moderation.review.opened")
    assert set(event.data) == set(EVENT_TYPES[event.type].example)
    assert [one.endpoint.is_staff_wide for one in event.deliveries.all()] == [True]


def test_nobody_is_told_of_items_that_work_only_while_they_are_not_known(listening: Any) -> None:
    review_open(
        scan_run=ScanRunFactory(),
        category=Category.SEXUAL_EXPLICIT,
        severity=Severity.SERIOUS,
        reason_codes=[],
        purpose=ReviewPurpose.AUDIT,
    )

    assert not Event.objects.exists()
    assert not {ReviewPurpose.GOLD, ReviewPurpose.SECOND, ReviewPurpose.ADJUDICATION} & TOLD


def test_staff_is_told_of_a_new_policy(listening: Any) -> None:
    senior = user_with(roles.SENIOR_MODERATOR)
    live = policy_live()
    assert live is not None

    policy = policy_publish(
        policy=policy_draft_from(source=live, title="Next", by=senior), by=senior, without_simulation=True
    )

    event = Event.objects.get(type="moderation.policy.published")
    assert set(event.data) == set(EVENT_TYPES[event.type].example)
    assert event.data["version"] == policy.version


def test_a_reviewers_decision_is_told_once(listening: Any) -> None:
    moderator = user_with(roles.MODERATOR)
    item = ReviewItemFactory(owner_id=listening.owner_id, scan_run__owner_id=listening.owner_id)

    review_resolve(review_claim(item, moderator), moderator, False, "sexual_explicit", "")

    assert Event.objects.filter(type="moderation.decision.made").count() == 1
