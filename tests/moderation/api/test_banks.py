"""Hash banks over HTTP."""

import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from moderation.models import AuditEntry, BankEntry, BankKind, HashBank
from moderation.services.banks import bank_create
from moderation.taxonomy import Category, Severity
from tests.factories.accounts import client_of, user_with
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
BANKS, HASH = "/api/v1/moderation/hash-banks", "0123456789abcdef" * 4


@pytest.fixture
def senior(db: None) -> Any:
    return user_with(roles.SENIOR_MODERATOR, roles.APP, username="lin")


@pytest.fixture
def client(senior: Any) -> APIClient:
    return client_of(senior)


@pytest.fixture
def bank(senior: Any) -> HashBank:
    return bank_create(
        name="Refused", kind=BankKind.BLOCK, category=Category.GORE, severity=Severity.EXTREME, by=senior
    )


def entries(bank: HashBank) -> str:
    return f"{BANKS}/{bank.pk}/entries"


def test_a_hash_is_added_found_and_removed(client: APIClient, bank: HashBank) -> None:
    made = client.post(entries(bank), {"value": HASH.upper(), "note": "from a report"})
    assert (made.status_code, made.json()["value"], made.json()["algorithm"]) == (201, HASH, "pdq")
    (row,) = client.get(BANKS).json()["results"]
    assert (row["name"], row["kind"], row["severity"], row["entry_count"]) == ("Refused", "block", 6, 1)
    (found,) = client.get(f"{entries(bank)}?value={HASH}&is_active=true").json()["results"]
    assert found["id"] == made.json()["id"]

    where = f"{entries(bank)}/{found['id']}/remove"
    removed = client.post(where, {"reason": "It shows a statue."})
    assert (removed.status_code, removed.json()["removed_reason"]) == (200, "It shows a statue.")
    twice = client.post(where, {"reason": "Again."})
    assert (twice.status_code, twice.json()["code"]) == (409, "bank_entry_removed")
    assert client.get(f"{entries(bank)}?is_active=true").json()["results"] == []
    assert len(client.get(entries(bank)).json()["results"]) == 1
    assert AuditEntry.objects.filter(action__startswith="moderation.bank_entry.").count() == 2


def test_faults_of_a_hash_are_named(client: APIClient, bank: HashBank) -> None:
    client.post(entries(bank), {"value": HASH})
    for value, fault in (("xyz", "not_hex"), (HASH, "known")):
        refused = client.post(entries(bank), {"value": value})
        assert (refused.status_code, refused.json()["code"]) == (422, "bank_entry_refused")
        assert refused.json()["details"]["fault"] == fault
    assert client.post(entries(bank), {"value": HASH, "algorithm": "md5"}).status_code == 400
    assert client.post(entries(bank), {"value": HASH, "colour": "red"}).status_code == 400
    entry = BankEntry.objects.get()
    assert client.post(f"{entries(bank)}/{entry.pk}/remove", {"reason": ""}).status_code == 400


def test_an_entry_is_only_reached_through_its_own_bank(
    client: APIClient, bank: HashBank, senior: Any
) -> None:
    entry = client.post(entries(bank), {"value": HASH}).json()["id"]
    other = bank_create(name="Other", kind=BankKind.ALLOW, by=senior)
    assert client.post(f"{entries(other)}/{entry}/remove", {"reason": "No."}).status_code == 404
    assert client.get(f"{BANKS}/{uuid.uuid4()}/entries").status_code == 404
    assert BankEntry.objects.get().is_active


def test_moderators_read_and_change_nothing(bank: HashBank, client: APIClient) -> None:
    entry = client.post(entries(bank), {"value": HASH}).json()["id"]
    ming = client_of(user_with(roles.MODERATOR, roles.APP, username="ming"))
    assert len(ming.get(entries(bank)).json()["results"]) == 1
    assert ming.post(entries(bank), {"value": "f" * 64}).status_code == 403
    assert ming.post(f"{entries(bank)}/{entry}/remove", {"reason": "No."}).status_code == 403
    assert BankEntry.objects.filter(removed_at__isnull=True).count() == 1


def test_apps_and_strangers_see_no_bank(bank: HashBank) -> None:
    app = client_of(user_with(roles.APP, username="app"))
    for client, expected in ((app, 403), (APIClient(), 401)):
        assert client.get(BANKS).status_code == expected
        assert client.get(entries(bank)).status_code == expected
        assert client.post(entries(bank), {"value": HASH}).status_code == expected


def test_a_token_needs_the_scope_as_well(senior: Any, bank: HashBank) -> None:
    reader = client_of(senior, [Scope.MODERATION_READ])
    assert reader.get(entries(bank)).status_code == 200
    assert reader.post(entries(bank), {"value": HASH}).status_code == 403
    assert client_of(senior, [Scope.MODERATION_CHECK]).get(BANKS).status_code == 403
