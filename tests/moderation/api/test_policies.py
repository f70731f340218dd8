"""Policies, simulations and rescans over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from moderation.models import AuditEntry, Policy, PolicySimulation, Rescan
from moderation.services.policies import policy_live, rule_rows
from moderation.services.rescans import rescan_apply, rescan_run
from moderation.services.simulations import simulation_run
from moderation.states import PolicyState
from tests.factories.accounts import client_of, user_with
from tests.factories.moderation import FindingFactory, ScanRunFactory
from tests.factories.policies import rule_row
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
POLICIES, SIMULATIONS = "/api/v1/moderation/policies", "/api/v1/moderation/simulations"
RESCANS = "/api/v1/moderation/rescans"


@pytest.fixture
def senior(db: None) -> Any:
    return user_with(roles.SENIOR_MODERATOR, roles.APP, username="lin")


@pytest.fixture
def client(senior: Any) -> APIClient:
    return client_of(senior)


def made_draft(client: APIClient) -> str:
    response = client.post(POLICIES, {"title": "Another"})
    assert response.status_code == 201
    return str(response.json()["id"])


def test_a_draft_is_copied_edited_simulated_and_made_live(client: APIClient) -> None:
    FindingFactory(category="gore", severity=4, confidence=70.0)
    draft = made_draft(client)
    rules = client.get(f"{POLICIES}/{draft}").json()["rules"]
    stricter = [*rules, rule_row(min_confidence=60)]
    stored = client.put(f"{POLICIES}/{draft}/rules", {"rules": stricter, "note": "why"}, format="json")
    assert (stored.status_code, len(stored.json()["rules"])) == (200, len(rules) + 1)

    refused = client.post(f"{POLICIES}/{draft}/publish", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "policy_not_simulated")
    asked = client.post(SIMULATIONS, {"policy": draft, "since": timezone.now() - timedelta(days=1)})
    assert asked.status_code == 202
    simulation_run(simulation_id=PolicySimulation.objects.get().pk)
    done = client.get(f"{SIMULATIONS}/{asked.json()['id']}").json()
    assert (done["state"], done["examined"]) == ("ready", 1)
    assert done["against_live"]["from_review"] == {"to_pass": 0, "to_review": 0, "to_block": 1}
    assert done["load"]["items_per_day"] == 0
    (change,) = client.get(f"{SIMULATIONS}/{done['id']}/changes?after=block").json()["results"]
    assert (change["decided_then"], change["after"], change["reason_codes"]) == ("review", "block", ["gore"])
    assert client.get(f"{SIMULATIONS}/{done['id']}/changes?after=pass").json()["results"] == []

    live = client.post(f"{POLICIES}/{draft}/publish", {})
    assert (live.status_code, live.json()["state"]) == (200, "live")
    states = [row["state"] for row in client.get(POLICIES).json()["results"]]
    assert states == ["live", "retired"]


def test_gaps_are_told_and_contradictions_refused(client: APIClient) -> None:
    draft = made_draft(client)
    gapped = client.put(f"{POLICIES}/{draft}/rules", {"rules": [rule_row()]}, format="json")
    assert gapped.status_code == 200
    assert any("scanner" in fault for fault in gapped.json()["faults"])
    wrong = {"rules": [rule_row(), rule_row(verdict="pass")]}
    refused = client.put(f"{POLICIES}/{draft}/rules", wrong, format="json")
    assert (refused.status_code, refused.json()["code"]) == (422, "policy_invalid")
    unknown = client.put(f"{POLICIES}/{draft}/rules", {"rules": [rule_row(surface="wall")]}, format="json")
    assert unknown.status_code == 400


def test_shadow_canary_withdrawal_and_rollback(client: APIClient) -> None:
    first = str(policy_live().pk)  # type: ignore[union-attr]
    draft = made_draft(client)
    assert client.post(f"{POLICIES}/{draft}/shadow").json()["state"] == "shadow"
    canary = client.post(f"{POLICIES}/{draft}/canary", {"percent": 5}).json()
    assert (canary["state"], canary["canary_percent"]) == ("canary", 5)
    other = made_draft(client)
    taken = client.post(f"{POLICIES}/{other}/canary", {"percent": 5})
    assert (taken.status_code, taken.json()["code"]) == (409, "policy_canary_taken")
    assert client.post(f"{POLICIES}/{other}/canary", {"percent": 100}).status_code == 400
    assert client.post(f"{POLICIES}/{draft}/withdraw").json()["state"] == "retired"
    assert client.post(f"{POLICIES}/{draft}/restore").status_code == 409
    client.post(f"{POLICIES}/{other}/publish", {"without_simulation": True})
    restored = client.post(f"{POLICIES}/{first}/restore")
    assert (restored.status_code, restored.json()["copied_from"], restored.json()["state"]) == (
        201,
        first,
        "live",
    )
    frozen = client.put(f"{POLICIES}/{first}/rules", {"rules": []}, format="json")
    assert (frozen.status_code, frozen.json()["code"]) == (409, "policy_frozen")


def test_a_draft_gets_another_title_and_note_and_keeps_its_rules(client: APIClient, senior: Any) -> None:
    draft = made_draft(client)
    address = f"{POLICIES}/{draft}"
    before = client.get(address).json()
    changed = client.patch(address, {"title": "Stricter", "note": "After the talk."})
    assert (changed.status_code, changed.json()["rules"]) == (200, before["rules"])
    shown = client.get(address).json()
    assert (shown["title"], shown["note"]) == ("Stricter", "After the talk.")
    assert client.patch(address, {"note": ""}).json()["title"] == "Stricter"
    assert AuditEntry.objects.filter(action="moderation.policy.edited", subject_id=draft).count() == 2
    for wrong in ({"title": ""}, {"title": "x" * 121}, {"rules": []}):
        assert client.patch(address, wrong).status_code == 400, wrong
    live = f"{POLICIES}/{policy_live().pk}"
    frozen = client.patch(live, {"title": "Mine"})
    assert (frozen.status_code, frozen.json()["code"]) == (409, "policy_frozen")
    moderator = client_of(user_with(roles.MODERATOR, roles.APP))
    assert moderator.patch(address, {"title": "Mine"}).status_code == 403
    reading = client_of(senior, scopes=[Scope.MODERATION_READ])
    assert reading.patch(address, {"title": "Mine"}).json()["code"] == "scope_missing"


@pytest.mark.parametrize(
    ("window", "pointer"),
    [
        ({"since": "1000-01-01T00:00:00Z"}, "/since"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "/since"),
        ({"since": "2999-01-01T00:00:00Z"}, "/since"),
        ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "/until"),
    ],
)
def test_a_window_without_sense_is_not_simulated(
    window: dict[str, str], pointer: str, client: APIClient
) -> None:
    ScanRunFactory()
    refused = client.post(SIMULATIONS, {"policy": made_draft(client), **window})
    assert refused.status_code == 400
    assert [fault["pointer"] for fault in refused.json()["details"]["fields"]] == [pointer]


def test_a_rescan_is_asked_for_reviewed_and_applied(client: APIClient, senior: Any) -> None:
    asked = client.post(RESCANS, {"with_scanners": False, "kinds": ["upload"]})
    assert (asked.status_code, asked.json()["subject_types"]) == (202, ["upload"])
    address = f"{RESCANS}/{asked.json()['id']}"
    assert client.post(RESCANS, {}).status_code == 409
    rescan_run(rescan_id=Rescan.objects.get().pk)
    assert client.get(f"{address}/changes").json()["results"] == []
    assert client.post(f"{address}/exclude", {"changes": [1]}, format="json").json() == {"count": 0}
    assert client.post(f"{address}/apply").json()["state"] == "applying"
    rescan_apply(rescan_id=Rescan.objects.get().pk)
    assert client.get(address).json()["state"] == "applied"
    assert client.delete(address).status_code == 409
    assert client.post(RESCANS, {"kinds": ["weather"]}).status_code == 400


@pytest.mark.parametrize("role", [roles.MODERATOR, roles.ANALYST])
def test_others_read_at_most(role: str, client: APIClient) -> None:
    draft = made_draft(client)
    reader = client_of(user_with(role, roles.APP, username="ming"))
    expected = 200 if role == roles.MODERATOR else 403
    for address in (POLICIES, f"{POLICIES}/{draft}", SIMULATIONS, RESCANS):
        assert reader.get(address).status_code == expected
    for verb in ("shadow", "publish", "withdraw", "restore"):
        assert reader.post(f"{POLICIES}/{draft}/{verb}").status_code == 403
    assert reader.post(POLICIES, {"title": "Mine"}).status_code == 403
    assert reader.put(f"{POLICIES}/{draft}/rules", {"rules": []}, format="json").status_code == 403
    assert reader.post(SIMULATIONS, {"policy": draft, "since": timezone.now()}).status_code == 403
    assert reader.post(RESCANS, {}).status_code == 403
    assert Policy.objects.get(pk=draft).state == PolicyState.DRAFT


def test_a_token_needs_the_scope_as_well(senior: Any, client: APIClient) -> None:
    draft = made_draft(client)
    reader = client_of(senior, scopes=[Scope.MODERATION_READ])
    assert reader.get(POLICIES).status_code == 200
    refused = reader.post(f"{POLICIES}/{draft}/shadow")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert len(rule_rows(Policy.objects.get(pk=draft))) > 10
