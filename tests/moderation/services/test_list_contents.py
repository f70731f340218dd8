"""Hash banks and term lists: whoever changes what is blocked behind our back is found, and often refused."""

import uuid
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from moderation.apps import _after_migrations
from moderation.evidence_locks import EVIDENCE_LOCKS
from moderation.models import AuditEntry, BankEntry, BankKind, HashAlgorithm, HashBank, Policy, Term, TermList
from moderation.services.bank_imports import bank_entries_import
from moderation.services.banks import bank_change, bank_create, bank_entry_add, bank_entry_remove
from moderation.services.decisions import decision_override
from moderation.services.evidence import evidence_verify, plain_value
from moderation.services.list_contents import BEGUN, contents_begin, contents_verify, rows_weighed
from moderation.services.policies import policies_verify
from moderation.services.term_imports import terms_import
from moderation.services.terms import (
    list_change,
    list_create,
    list_enable,
    term_add,
    term_change,
    term_remove,
    term_restore,
)
from moderation.set_sums import SetSum
from moderation.taxonomy import Category, Severity
from moderation.terms.entries import ListKind, View
from tests.factories.accounts import UserFactory
from tests.factories.moderation import RecordingSubject
from tests.factories.rights import refused_by
from tests.moderation.services.test_audit import without_locks

pytestmark = pytest.mark.django_db


def a_hash(number: int) -> str:
    return f"{number:064x}"


@pytest.fixture
def bank(senior: Any) -> HashBank:
    """A bank that was written by every service there is: added, imported, removed, changed."""
    made = bank_create(name="Known", kind=BankKind.BLOCK, by=senior)
    first = bank_entry_add(bank=made, algorithm=HashAlgorithm.PDQ, value=a_hash(1), by=senior, note="one")
    bank_entry_add(bank=made, algorithm=HashAlgorithm.SHA256, value=a_hash(1), by=senior)
    bank_entries_import(bank=made, data="\n".join(a_hash(n) for n in range(2, 6)).encode(), by=senior)
    bank_entry_remove(entry=first, by=senior, reason="a mistake")
    bank_change(bank=made, severity=Severity.SERIOUS, by=senior)
    return made


@pytest.fixture
def words(senior: Any) -> TermList:
    """The same for a list of terms."""
    made = list_create(
        name="Spam", kind=ListKind.BLOCK, category=Category.ADS_SPAM, severity=Severity.SERIOUS,
        language="any", by=senior,
    )  # fmt: skip
    first = term_add(term_list=made, text="刷单兼职", by=senior, views=[View.RAW], expires_at=timezone.now())
    second = term_add(term_list=made, text="cheap watches", by=senior)
    term_change(term=first, text="刷单", is_whole_word=True, by=senior)
    for term in (first, second):
        term_remove(term=term, by=senior)
    term_restore(term=first, by=senior)
    term_add(term_list=made, text="cheap watches", by=senior, note="again")
    term_remove(term=second, by=senior)
    terms_import(term_list=made, data=b"cheap watches\nlucky draw\n", is_csv=False, by=senior)
    list_change(term_list=made, severity=Severity.EXTREME, by=senior)
    list_enable(term_list=made, is_enabled=False, by=senior)
    list_enable(term_list=made, is_enabled=True, by=senior)
    return made


def faults() -> list[str]:
    return [*contents_verify(), *evidence_verify()]


def test_what_services_write_is_found_intact(bank: HashBank, words: TermList) -> None:
    assert (bank.entries.count(), words.terms.count()) == (6, 3)
    assert faults() == []


def test_an_entry_that_is_tied_to_none_weighs_what_it_did_before_there_were_ties(bank: HashBank) -> None:
    entry = bank.entries.first()
    assert entry is not None
    names = "id bank_id algorithm value note source_subject_type source_subject_id added_at removed_at"
    row = [plain_value(getattr(entry, name)) for name in [*names.split(), "removed_reason"]]
    assert rows_weighed([entry]) == SetSum.of([row])


def test_a_fresh_installation_is_intact_and_recorded_once() -> None:
    assert AuditEntry.objects.filter(action=BEGUN).count() == 1
    before = AuditEntry.objects.count()
    _after_migrations(using="default")
    assert AuditEntry.objects.count() == before
    assert faults() == []


def test_hashes_that_leave_with_a_revised_decision_are_in_the_chain(
    senior: Any, moderator: Any, subject: RecordingSubject
) -> None:
    decision = refused_by(moderator, UserFactory())
    banks = [bank_create(name=name, kind=BankKind.BLOCK, by=senior) for name in ("One", "Two")]
    for number, one in enumerate(banks):
        entry = bank_entry_add(bank=one, algorithm=HashAlgorithm.PDQ, value=a_hash(number), by=senior)
        of_subject = {"source_subject_type": decision.subject_type, "source_subject_id": decision.subject_id}
        with without_locks():
            BankEntry.objects.filter(pk=entry.pk).update(**of_subject)
    assert len(contents_verify()) == 2
    with without_locks():
        BankEntry.objects.update(source_subject_type="", source_subject_id=None)
    assert contents_verify() == []
    with without_locks():
        BankEntry.objects.update(**of_subject)
    known = contents_verify()
    decision_override(decision=decision, by=senior, approve=True, reason_code="", note="")
    assert not BankEntry.objects.filter(removed_at__isnull=True).exists()
    assert len(contents_verify()) == len(known), "a change behind our back stays one, whatever comes after"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE moderation_bankentry SET removed_at = NULL, removed_reason = '' WHERE note = 'one'",
        "UPDATE moderation_bankentry SET note = 'nobody saw this'",
        "UPDATE moderation_bankentry SET algorithm = 'sha256' WHERE note = 'one'",
        "UPDATE moderation_bankentry SET same_as_id = id WHERE note = 'one'",
        "DELETE FROM moderation_bankentry WHERE note = 'one'",
        "DELETE FROM moderation_bankentry",
    ],
)
def test_changed_and_deleted_entries_are_refused_and_found(
    bank: HashBank, change: str, settings: Any
) -> None:
    settings.EVIDENCE_DELETES_REFUSED = True
    EVIDENCE_LOCKS.install(connection)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    with without_locks() as cursor:
        cursor.execute(change)
    assert [fault for fault in contents_verify() if str(bank.pk) in fault]
    settings.EVIDENCE_DELETES_REFUSED = False
    with connection.cursor() as cursor:
        _drop_delete_locks(cursor)


def _drop_delete_locks(cursor: Any) -> None:
    """As the test settings have it: SQLite's tables are emptied with DELETE."""
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_delete'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")


def test_an_entry_may_still_be_removed_by_the_service(bank: HashBank, senior: Any) -> None:
    EVIDENCE_LOCKS.install(connection)
    entry = bank.entries.filter(removed_at__isnull=True).first()
    assert entry is not None
    bank_entry_remove(entry=entry, by=senior, reason="a mistake as well")
    assert faults() == []
    assert not EVIDENCE_LOCKS.missing(connection)


def test_an_entry_that_somebody_put_in_is_found(bank: HashBank) -> None:
    BankEntry.objects.create(bank=bank, algorithm="pdq", value=a_hash(99))
    assert len(contents_verify()) == 1
    assert contents_verify()[0].endswith("it tells of 6, and there are 7.")


def test_a_later_honest_step_hides_nothing(bank: HashBank, senior: Any) -> None:
    BankEntry.objects.create(bank=bank, algorithm="pdq", value=a_hash(99))
    bank_entry_add(bank=bank, algorithm=HashAlgorithm.PDQ, value=a_hash(100), by=senior)
    bank_entry_remove(entry=BankEntry.objects.get(value=a_hash(99)), by=senior, reason="what is this?")
    assert len(contents_verify()) == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE moderation_term SET is_enabled = NOT is_enabled",
        "UPDATE moderation_term SET text = 'harmless' WHERE text = 'lucky draw'",
        "UPDATE moderation_term SET is_whole_word = NOT is_whole_word",
        "UPDATE moderation_term SET views = '[\"pinyin\"]'",
        "UPDATE moderation_term SET expires_at = created_at",
        "DELETE FROM moderation_term WHERE text = 'lucky draw'",
    ],
)
def test_changed_and_deleted_words_are_found(words: TermList, change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(change)
    assert [fault for fault in contents_verify() if str(words.pk) in fault]


def test_a_word_that_somebody_put_in_is_found(words: TermList) -> None:
    Term.objects.create(term_list=words, text="harmless")
    assert [fault for fault in contents_verify() if str(words.pk) in fault]


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (HashBank, "is_enabled = NOT is_enabled"),
        (HashBank, "severity = 2"),
        (HashBank, "kind = 'allow'"),
        (TermList, "is_enabled = NOT is_enabled"),
        (TermList, "kind = 'allow'"),
        (TermList, "severity = 2"),
        (TermList, "note = 'nobody saw this'"),
    ],
)
def test_a_changed_list_is_found(bank: HashBank, words: TermList, model: Any, change: str) -> None:
    one = bank if model is HashBank else words
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET {change} WHERE name = %s", [one.name])
    assert evidence_verify() == [f"{model.__name__} {one.pk} differs from its audit entry."]


def test_lists_that_somebody_put_in_or_took_out_are_found(bank: HashBank, words: TermList) -> None:
    strange = HashBank.objects.create(name="Strange", kind="allow")
    words.terms.all().delete()
    words_id = words.pk
    words.delete()
    contents_begin()
    assert set(evidence_verify()) == {
        f"HashBank {strange.pk} has no audit entry.",
        f"TermList {words_id} is in the audit chain, but its row is missing.",
    }


def test_a_list_keeps_its_entry_when_the_account_of_its_owner_goes(words: TermList, senior: Any) -> None:
    TermList.objects.filter(pk=words.pk).update(owner=None)
    Term.objects.filter(term_list=words).update(added_by=None)
    assert faults() == []


def test_the_command_tells(bank: HashBank) -> None:
    call_command("audit_verify", stdout=StringIO())
    BankEntry.objects.create(bank=bank, algorithm="pdq", value=a_hash(99))
    told = StringIO()
    with pytest.raises(CommandError):
        call_command("audit_verify", stderr=told)
    assert str(bank.pk) in told.getvalue()


def test_a_policy_that_nobody_published_is_found() -> None:
    assert policies_verify() == []
    live = Policy.objects.get(state="live")
    Policy.objects.filter(pk=live.pk).update(state="retired", retired_at=timezone.now())
    assert policies_verify() == ["The live policy is not the one that was published last."]


def test_nothing_of_a_word_is_written_into_the_chain(words: TermList) -> None:
    told = str(list(AuditEntry.objects.values_list("data", flat=True)))
    assert not any(word in told for word in ("刷单", "watches", "lucky"))
    assert str(uuid.UUID(str(words.pk))) in told
