"""Policy versions: one live at a time, immutable once live, the default in force from the start."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from moderation.errors import PolicyInvalid, PolicyUnusable
from moderation.models import AuditEntry, Policy, PolicyRule
from moderation.policy.defaults import DEFAULT_RULES
from moderation.services.policies import (
    policy_draft_from,
    policy_faults,
    policy_install_default,
    policy_live,
    policy_load,
    policy_publish,
)
from moderation.states import PolicyState
from moderation.taxonomy import Verdict
from tests.moderation.services.test_audit import without_locks
from tongyi_portal.common.errors import PermissionRefused, TransitionRefused

pytestmark = pytest.mark.django_db


def draft(senior: Any) -> Policy:
    return policy_draft_from(source=policy_live(), title="Stricter", by=senior)


def test_the_default_policy_is_live_after_the_first_migration() -> None:
    policy, rules = policy_load()
    assert (policy.version, policy.state) == (1, PolicyState.LIVE)
    assert set(rules.rules) == set(DEFAULT_RULES)
    assert policy_install_default() is None


def test_a_draft_begins_as_a_copy(senior: Any) -> None:
    copy = draft(senior)
    assert (copy.version, copy.state, copy.created_by) == (2, PolicyState.DRAFT, senior)
    assert copy.rules.count() == len(DEFAULT_RULES)
    assert policy_draft_from(source=None, title="Empty", by=senior).rules.count() == 0


def test_publishing_retires_the_version_before_and_counts_at_once(senior: Any) -> None:
    former, copy = policy_live(), draft(senior)
    copy.rules.filter(category="sexual_nudity").update(verdict=Verdict.BLOCK)
    policy_publish(policy=copy, by=senior, without_simulation=True)
    former.refresh_from_db()
    assert (former.state, copy.state, copy.published_by) == (PolicyState.RETIRED, PolicyState.LIVE, senior)
    loaded, rules = policy_load()
    assert loaded == copy
    assert {rule.verdict for rule in rules.rules if rule.category == "sexual_nudity"} == {Verdict.BLOCK}
    entry = AuditEntry.objects.get(action="moderation.policy.published", actor_id=senior.pk)
    told = {key: value for key, value in entry.data.items() if key != "row"}
    assert told == {"version": 2, "digest": copy.digest, "former": 1, "simulation": None}
    assert (entry.data["row"]["state"], entry.data["row"]["published_by"]) == ("live", str(senior.pk))


def test_a_version_goes_live_once(senior: Any) -> None:
    copy = policy_publish(policy=draft(senior), by=senior, without_simulation=True)
    with pytest.raises(TransitionRefused):
        policy_publish(policy=copy, by=senior, without_simulation=True)
    assert policy_live() == copy


def test_the_database_allows_one_live_version(senior: Any) -> None:
    copy = draft(senior)
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.filter(pk=copy.pk).update(state="live", digest="x", published_at=copy.created_at)


def test_rules_of_a_live_version_cannot_be_changed_or_added() -> None:
    live = policy_live()
    assert live is not None
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        live.rules.update(min_confidence=1)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        PolicyRule.objects.create(
            policy=live, category="gore", surface="photo", min_severity=0, verdict="pass", reason_code="gore"
        )
    if connection.vendor == "postgresql":
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            live.rules.all().delete()


def test_rules_of_a_draft_can_be_changed_and_deleted(senior: Any) -> None:
    copy = draft(senior)
    assert copy.rules.filter(category="gore").update(min_confidence=10) == 2
    assert copy.rules.filter(category="hate").delete()[0] == 2


def test_rules_changed_behind_our_back_are_not_used(senior: Any) -> None:
    policy = policy_publish(policy=draft(senior), by=senior, without_simulation=True)
    with without_locks() as cursor:
        cursor.execute("UPDATE moderation_policyrule SET verdict = 'pass'")
    with pytest.raises(PolicyUnusable):
        policy_load()
    assert policy.is_draft is False


def test_no_live_version_is_said_so() -> None:
    Policy.objects.update(state="retired")
    with pytest.raises(PolicyUnusable):
        policy_load()


def test_a_draft_with_faults_does_not_go_live(senior: Any) -> None:
    copy = draft(senior)
    copy.rules.filter(category="gore").update(reason_code="because")
    with pytest.raises(PolicyInvalid) as caught:
        policy_publish(policy=copy, by=senior, without_simulation=True)
    assert "because" in str(caught.value.details["faults"])
    copy.rules.filter(category="gore").update(reason_code="gore")
    assert policy_faults(copy) == []
    copy.rules.filter(category="scanner_failed").update(verdict=Verdict.PASS)
    assert len(policy_faults(copy)) == 1
    with pytest.raises(PolicyInvalid):
        policy_publish(policy=copy, by=senior, without_simulation=True)
    assert policy_live() != copy


@pytest.mark.parametrize("narrowed", [{"surface": "photo"}, {"job_kind": "dance_video"}])
def test_a_draft_that_forgets_a_category_somewhere_does_not_go_live(senior: Any, narrowed: Any) -> None:
    copy = draft(senior)
    copy.rules.filter(category="gore").update(**narrowed)
    with pytest.raises(PolicyInvalid) as caught:
        policy_publish(policy=copy, by=senior, without_simulation=True)
    (fault,) = caught.value.details["faults"]
    assert "gore" in fault
    assert "output" in fault
    assert ("photo" in fault) is ("job_kind" in narrowed)


def test_only_senior_moderators_make_policy(moderator: Any, senior: Any) -> None:
    with pytest.raises(PermissionRefused):
        draft(moderator)
    with pytest.raises(PermissionRefused):
        policy_publish(policy=draft(senior), by=moderator, without_simulation=True)
