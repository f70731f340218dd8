"""Hash banks as files: cells of any length and with line breaks, and files that no reader takes."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from moderation.bank_errors import BankFileRefused
from moderation.models import BankEntry, BankKind, HashBank
from moderation.services import bank_imports
from moderation.services.bank_imports import bank_entries_export, bank_entries_import
from moderation.services.banks import bank_create
from tests.factories.accounts import client_of, user_with
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
HASHES = [digit * 64 for digit in "0123456789abcdef"]


@pytest.fixture
def bank(senior: Any) -> HashBank:
    return bank_create(name="Files", kind=BankKind.BLOCK, by=senior)


def notes_of(bank: HashBank) -> dict[str, str]:
    return dict(BankEntry.objects.filter(bank=bank).values_list("value", "note"))


def test_a_quoted_line_break_stays_in_the_note_also_through_an_export(bank: HashBank, senior: Any) -> None:
    data = f'hash,note\r\n{HASHES[0]},"one\ntwo, ""three"""\r\n{HASHES[1]},plain\r\n'.encode()
    assert bank_entries_import(bank=bank, data=data, by=senior).added == 2
    expected = {HASHES[0]: 'one\ntwo, "three"', HASHES[1]: "plain"}
    assert notes_of(bank) == expected
    other = bank_create(name="Other", kind=BankKind.BLOCK, by=senior)
    bank_entries_import(bank=other, data="".join(bank_entries_export(bank)).encode(), by=senior)
    assert notes_of(other) == expected


def test_faults_name_the_line_at_which_a_row_ends(bank: HashBank, senior: Any) -> None:
    data = f'hash,note\n{HASHES[0]},"a\nb"\n\nxyz,\n{HASHES[1]},a\0b\n'.encode()
    report = bank_entries_import(bank=bank, data=data, by=senior)
    assert (report.added, report.faults) == (1, ((5, "not_hex"), (6, "note")))


def test_hashes_alone_need_no_heading(bank: HashBank, senior: Any) -> None:
    data = "\r".join(HASHES[:3]).encode()
    assert bank_entries_import(bank=bank, data=data, by=senior).added == 3


def test_short_and_long_rows_are_taken_as_far_as_they_have_a_hash(bank: HashBank, senior: Any) -> None:
    data = f"note,hash\nalone\nkept,{HASHES[0]},more\n".encode()
    report = bank_entries_import(bank=bank, data=data, by=senior)
    assert (report.faults, notes_of(bank)) == (((2, "not_hex"),), {HASHES[0]: "kept"})


def test_a_cell_that_no_reader_takes_refuses_the_file(bank: HashBank, senior: Any) -> None:
    data = f"hash,note\n{HASHES[0]},".encode() + b"a" * 200_000
    with pytest.raises(BankFileRefused) as refused:
        bank_entries_import(bank=bank, data=data, by=senior)
    assert refused.value.details == {"fault": "columns"}
    assert not notes_of(bank)


def test_a_file_of_too_many_rows_changes_nothing(
    bank: HashBank, senior: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank_imports, "MAX_ROWS", 2)
    assert bank_entries_import(bank=bank, data="\n".join(HASHES[:2]).encode(), by=senior).added == 2
    with pytest.raises(BankFileRefused) as refused:
        bank_entries_import(bank=bank, data="\n".join(HASHES[2:5]).encode(), by=senior)
    assert refused.value.details == {"fault": "too_many_rows", "limit": 2}
    assert len(notes_of(bank)) == 2


def test_the_api_answers_with_the_code_of_the_file(bank: HashBank) -> None:
    client: APIClient = client_of(user_with(roles.SENIOR_MODERATOR, roles.APP))
    data = f"hash,note\n{HASHES[0]},".encode() + b"a" * 200_000
    answer = client.post(
        f"/api/v1/moderation/hash-banks/{bank.pk}/import",
        {"file": SimpleUploadedFile("hashes.csv", data)},
        format="multipart",
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "bank_file_refused")
