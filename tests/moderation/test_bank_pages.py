"""Hash banks in the console: found, made, filled, emptied, imported and exported by whoever may."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from moderation.models import BankEntry, BankKind, HashAlgorithm, HashBank
from moderation.services.banks import bank_create, bank_entry_add
from moderation.taxonomy import Category, Severity

pytestmark = pytest.mark.django_db
HASH, OTHER = "0123456789abcdef" * 4, "f" * 64


def signed_in(person: Any) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def lin(senior: Any) -> Client:
    return signed_in(senior)


@pytest.fixture
def ming(moderator: Any) -> Client:
    return signed_in(moderator)


@pytest.fixture
def bank(senior: Any) -> HashBank:
    return bank_create(
        name="Refused", kind=BankKind.BLOCK, category=Category.GORE, severity=Severity.EXTREME, by=senior
    )


@pytest.fixture
def entry(bank: HashBank, senior: Any) -> BankEntry:
    return bank_entry_add(bank=bank, algorithm=HashAlgorithm.PDQ, value=HASH, by=senior, note="from a report")


def address(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(address(name, *args), query)
    assert response.status_code == 200
    return response.content.decode()


def sent(client: Client, where: str, **fields: Any) -> str:
    """What stands on the page that answers, after redirects."""
    response = client.post(where, fields, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_banks_and_hashes_are_found_and_filtered(ming: Client, entry: BankEntry) -> None:
    listed = page(ming, "moderation_hashbank_changelist")
    assert "Refused" in listed
    assert "not wanted" in listed
    assert HASH[:16] in page(ming, "moderation_bankentry_changelist", q=HASH)
    assert HASH[:16] in page(ming, "moderation_bankentry_changelist", bank__id__exact=str(entry.bank.pk))
    assert HASH[:16] not in page(ming, "moderation_bankentry_changelist", removed="yes")
    assert HASH[:16] not in page(ming, "moderation_bankentry_changelist", algorithm__exact="sha256")


def test_a_senior_makes_a_bank_and_changes_it(lin: Client, senior: Any) -> None:
    fields = {"kind": "block", "category": "gore", "severity": "6", "note": "", "owner": senior.pk}
    sent(lin, address("moderation_hashbank_add"), name="Reported", **fields)
    made = HashBank.objects.get()
    assert (made.name, made.kind, made.is_enabled) == ("Reported", "block", True)
    where = address("moderation_hashbank_change", made.pk)
    sent(lin, where, name="Reported twice", **{**fields, "kind": "allow"})  # and is_enabled was not ticked
    made.refresh_from_db()
    assert (made.name, made.kind, made.is_enabled) == ("Reported twice", "block", False)
    again = sent(lin, address("moderation_hashbank_add"), name="Reported twice", **fields)
    assert "already exists" in again


def test_banks_are_switched_off_and_on_together(lin: Client, bank: HashBank) -> None:
    listed = address("moderation_hashbank_changelist")
    for action, expected in (("switch_off", False), ("switch_on", True)):
        told = sent(lin, listed, action=action, _selected_action=[str(bank.pk)])
        bank.refresh_from_db()
        assert bank.is_enabled is expected
        assert "1 bank was switched." in told


def test_a_hash_is_added_in_any_case_of_letters(lin: Client, bank: HashBank) -> None:
    where = address("moderation_bankentry_add")
    sent(lin, where, bank=bank.pk, algorithm="pdq", value=f" {HASH.upper()} ", note="from a report")
    assert BankEntry.objects.get().value == HASH


def test_what_is_no_hash_or_stands_there_already_is_told_and_not_added(lin: Client, entry: BankEntry) -> None:
    where, fields = address("moderation_bankentry_add"), {"bank": entry.bank.pk, "algorithm": "pdq"}
    assert "64 hexadecimal digits" in sent(lin, where, value="xyz", note="", **fields)
    known = sent(lin, where, value=HASH.upper(), note="", **fields)
    assert "This hash is on the bank already." in known
    assert "successfully" not in known
    assert BankEntry.objects.count() == 1


def test_a_hash_is_removed_with_a_reason_and_stays_to_be_read(lin: Client, entry: BankEntry) -> None:
    where = address("moderation_bankentry_change", entry.pk)
    assert "Say why this hash is removed." in sent(lin, where, removed_reason="  ")
    sent(lin, where, removed_reason="It shows a statue.")
    entry.refresh_from_db()
    assert (entry.is_active, entry.removed_reason) == (False, "It shows a statue.")
    read = page(lin, "moderation_bankentry_change", entry.pk)
    assert "It shows a statue." in read
    assert 'name="removed_reason"' not in read
    assert HASH[:16] in page(lin, "moderation_bankentry_changelist", removed="yes")


def test_a_file_is_imported_and_exported_again(lin: Client, entry: BankEntry) -> None:
    rows = f"hash,algorithm,note\n{HASH},pdq,\n{OTHER},sha256,second\nxyz,pdq,\n"
    file = SimpleUploadedFile("hashes.csv", rows.encode())
    told = sent(lin, address("banks_import", entry.bank.pk), file=file)
    for words in ("1 hash was added.", "1 hash was on the bank already.", "it holds no hash: 4."):
        assert words in told
    exported = lin.get(address("banks_export", entry.bank.pk))
    assert exported["Content-Type"].startswith("text/csv")
    lines = b"".join(exported.streaming_content).decode().split()  # type: ignore[attr-defined]
    assert lines[0] == "algorithm,hash,note"
    assert f"sha256,{OTHER},second" in lines


def test_a_file_that_is_no_list_is_told(lin: Client, bank: HashBank) -> None:
    for data, fault in ((b"a,b\n1,2", "no column"), (b"\xff\xfe\x00", "not UTF-8")):
        told = sent(lin, address("banks_import", bank.pk), file=SimpleUploadedFile("x.csv", data))
        assert fault in told
    assert not BankEntry.objects.exists()


def test_a_moderator_reads_and_changes_nothing(ming: Client, entry: BankEntry) -> None:
    assert "from a report" in page(ming, "moderation_bankentry_change", entry.pk)
    assert ming.get(address("banks_export", entry.bank.pk)).status_code == 200
    assert 'type="file"' not in page(ming, "moderation_hashbank_change", entry.bank.pk)
    file = SimpleUploadedFile("hashes.csv", OTHER.encode())
    refused = [
        ming.post(address("moderation_hashbank_add"), {"name": "Mine", "kind": "block"}),
        ming.post(address("moderation_hashbank_change", entry.bank.pk), {"name": "Mine"}),
        ming.post(address("moderation_bankentry_add"), {"bank": entry.bank.pk, "value": OTHER}),
        ming.post(address("moderation_bankentry_change", entry.pk), {"removed_reason": "No."}),
    ]
    assert [response.status_code for response in refused] == [403] * 4
    assert "Your account may not do this." in sent(ming, address("banks_import", entry.bank.pk), file=file)
    assert BankEntry.objects.filter(removed_at__isnull=True).count() == 1


def test_nobody_deletes_a_hash_or_a_bank(lin: Client, entry: BankEntry) -> None:
    for name, row in (("hashbank", entry.bank), ("bankentry", entry)):
        gone = lin.post(address(f"moderation_{name}_delete", row.pk), {"post": "yes"})
        assert gone.status_code == 403
    assert BankEntry.objects.exists()


def test_strangers_see_no_bank(bank: HashBank, client: Client) -> None:
    for name in ("moderation_hashbank_change", "banks_export", "banks_import"):
        assert client.get(address(name, bank.pk)).status_code == 302
