"""The audit chain: writers cannot fork it, and whoever changes it is found."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from itertools import pairwise
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from moderation.evidence_locks import EVIDENCE_LOCKS
from moderation.models import AuditEntry, AuditHead, Decision, Finding, ScanRun
from moderation.models.append_only import AppendOnlyViolation
from moderation.services.audit import audit_append, audit_verify
from moderation.services.decisions import decision_facts, decisions_verify
from moderation.services.policies import policies_verify
from tests.factories.moderation import FindingFactory, RecordingSubject, ReviewItemFactory

pytestmark = pytest.mark.django_db


@contextmanager
def without_locks() -> Iterator[Any]:
    """A cursor for somebody who may change the schema, and does."""
    with connection.cursor() as cursor:
        for name in set(_all_locks()):
            table = name.rsplit("_no_", 1)[0]
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{on}")
        yield cursor
    EVIDENCE_LOCKS.install(connection)


def _all_locks() -> list[str]:
    with connection.cursor() as cursor:
        query = {
            "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
            "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
        }[connection.vendor]
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall() if row[0].startswith("moderation_")]


def chain(count: int = 5) -> None:
    for number in range(count):
        audit_append(action="test.thing.happened", data={"number": number, "text": "中文"})


def test_each_entry_follows_the_one_before() -> None:
    chain(3)
    entries = list(AuditEntry.objects.order_by("sequence"))
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    assert all(later.previous_digest == earlier.digest for earlier, later in pairwise(entries))
    assert audit_verify().is_intact
    assert audit_verify().entry_count == len(entries)


def test_subject_and_actor_are_kept(moderator: Any) -> None:
    entry = audit_append(action="test.thing.happened", subject=moderator, actor=moderator)
    entry.refresh_from_db()
    assert (entry.subject_type, entry.subject_id) == ("accounts.user", str(moderator.pk))
    assert entry.actor_id == moderator.pk


def test_numbers_without_one_spelling_are_refused() -> None:
    before = AuditEntry.objects.count()
    with pytest.raises(TypeError):
        audit_append(action="test.thing.happened", data={"score": 0.5})
    assert AuditEntry.objects.count() == before


def test_a_rolled_back_entry_leaves_no_hole() -> None:
    chain(2)
    with transaction.atomic():
        chain(1)
        transaction.set_rollback(True)
    chain(1)
    assert audit_verify().is_intact


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE moderation_auditentry SET action = 'other' WHERE sequence = 3", "Entry 3 was changed"),
        ("UPDATE moderation_auditentry SET data = '{}' WHERE sequence = 4", "Entry 4 was changed"),
        ("DELETE FROM moderation_auditentry WHERE sequence = 3", "Entries 3 to 3 are missing"),
        ("DELETE FROM moderation_auditentry WHERE sequence >= 4", "The chain ends at entry 3"),
        ("DELETE FROM moderation_auditentry", "The chain ends at entry 0"),
    ],
)
def test_a_changed_or_missing_row_is_found(statement: str, fault: str) -> None:
    chain(6)
    with without_locks() as cursor:
        cursor.execute(statement)
    assert any(one.startswith(fault) for one in audit_verify().faults)


def test_a_rewritten_digest_is_found_by_the_entry_that_follows() -> None:
    from moderation.services import audit

    chain(6)
    entry = AuditEntry.objects.get(sequence=3)
    entry.action = "other"
    with without_locks() as cursor:
        cursor.execute(
            "UPDATE moderation_auditentry SET action = 'other', digest = %s WHERE sequence = 3",
            [audit._digest(entry)],
        )
    assert audit_verify().faults == ("Entry 4 does not follow the entry before it.",)


@pytest.mark.parametrize("model", [AuditEntry, Decision, Finding, ScanRun])
def test_the_models_refuse_to_change_evidence(model: Any) -> None:
    with pytest.raises(AppendOnlyViolation):
        model.objects.update(created_at=None)
    with pytest.raises(AppendOnlyViolation):
        model.objects.all().delete()
    row = model()
    row._state.adding = False
    with pytest.raises(AppendOnlyViolation):
        row.save()
    with pytest.raises(AppendOnlyViolation):
        row.delete()


@pytest.mark.parametrize("table", ["auditentry", "decision", "finding", "scanrun"])
def test_the_database_refuses_to_change_evidence(
    table: str, moderator: Any, subject: RecordingSubject
) -> None:
    from moderation.services.reviews import review_claim, review_resolve

    item = ReviewItemFactory()
    FindingFactory(scan_run=item.scan_run)
    review_resolve(review_claim(item, moderator), moderator, True, "", "")
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE moderation_{table} SET created_at = created_at")
    if connection.vendor == "postgresql":
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DELETE FROM moderation_{table}")


def test_an_account_can_be_erased_from_its_scans(moderator: Any) -> None:
    item = ReviewItemFactory(owner=moderator)
    moderator.delete()
    assert ScanRun.objects.get(pk=item.scan_run.pk).owner is None


def test_a_missing_lock_is_found_and_put_back() -> None:
    assert EVIDENCE_LOCKS.missing(connection) == []
    with without_locks():
        assert "moderation_auditentry_no_update" in EVIDENCE_LOCKS.missing(connection)
    assert EVIDENCE_LOCKS.missing(connection) == []


def test_a_changed_decision_is_found(moderator: Any, subject: RecordingSubject) -> None:
    from moderation.services.reviews import review_claim, review_resolve

    decision = review_resolve(review_claim(ReviewItemFactory(), moderator), moderator, False, "gore", "")
    assert decisions_verify() == []
    with without_locks() as cursor:
        cursor.execute("UPDATE moderation_decision SET verdict = 'pass'")
    assert decisions_verify() == [f"Decision {decision.pk} differs from its audit entry."]
    with without_locks() as cursor:
        cursor.execute("DELETE FROM moderation_decision")
    assert len(decisions_verify()) == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE moderation_scanrun SET verdict = 'block'",
        "UPDATE moderation_scanrun SET pdq = 'f'",
        "UPDATE moderation_finding SET confidence = 1",
        "UPDATE moderation_finding SET category = 'other'",
        "DELETE FROM moderation_finding",
        "UPDATE moderation_finding SET evidence = '{}'",
        """UPDATE moderation_finding SET evidence = '{"entry": "77", "bank_id": "5", "text": "words"}'""",
        """UPDATE moderation_finding SET evidence = '{"entry_id": "78", "bank_id": "5", "text": "words"}'""",
    ],
)
def test_a_changed_scan_is_found_by_the_decision_that_rests_on_it(
    moderator: Any, subject: RecordingSubject, change: str
) -> None:
    from moderation.services.reviews import review_claim, review_resolve

    item = ReviewItemFactory()
    evidence = {"entry_id": "77", "bank_id": "5", "text": "words"}
    box = [0.1, 0.25, 0.5, 1.0]
    FindingFactory(scan_run=item.scan_run, box=box, confidence=61.25, evidence=evidence)
    decision = review_resolve(review_claim(item, moderator), moderator, False, "gore", "")
    assert decisions_verify() == []
    with without_locks() as cursor:
        cursor.execute(change)
    assert decisions_verify() == [f"The scan of decision {decision.pk} differs from its audit entry."]


def test_decisions_of_before_the_matches_were_kept_still_verify(
    moderator: Any, subject: RecordingSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a database has it that an earlier version has written."""
    from moderation.services import decisions
    from moderation.services.reviews import review_claim, review_resolve

    def as_before(decision: Any, scans: Any = None) -> dict[str, Any]:
        facts = decision_facts(decision, scans)
        del facts["scan_matched_sha256"]
        return facts

    item = ReviewItemFactory()
    FindingFactory(scan_run=item.scan_run, evidence={"entry_id": "77"})
    with monkeypatch.context() as earlier:
        earlier.setattr(decisions, "decision_facts", as_before)
        review_resolve(review_claim(item, moderator), moderator, False, "gore", "")
    assert decisions_verify() == []


def test_a_decision_cannot_be_dated_back_unseen(moderator: Any, subject: RecordingSubject) -> None:
    from moderation.services.reviews import review_claim, review_resolve

    decision = review_resolve(review_claim(ReviewItemFactory(), moderator), moderator, False, "gore", "")
    with without_locks() as cursor:
        cursor.execute("UPDATE moderation_decision SET created_at = '2020-01-01 00:00:00'")
    assert decisions_verify() == [f"Decision {decision.pk} differs from its audit entry."]


def test_a_rule_that_is_gone_from_a_live_policy_is_found() -> None:
    assert policies_verify() == []
    with without_locks() as cursor:
        cursor.execute(
            "DELETE FROM moderation_policyrule WHERE id = (SELECT max(id) FROM moderation_policyrule)"
        )
    assert policies_verify() == ["The rules of policy version 1 differ from their digest."]


def test_a_chain_that_was_written_anew_lacks_the_end_that_was_kept() -> None:
    chain(4)
    kept = audit_verify().end
    chain(1)
    assert audit_verify(kept=[kept]).is_intact
    with without_locks() as cursor:
        cursor.execute("DELETE FROM moderation_auditentry")
    AuditHead.objects.update(sequence=0, digest="0" * 64)
    chain(6)
    assert audit_verify().is_intact
    assert audit_verify(kept=[kept]).faults == (
        f"The chain no longer holds the end {kept}: it was cut off or written anew.",
    )


def test_every_database_refuses_to_delete_evidence(settings: Any) -> None:
    chain(2)
    settings.EVIDENCE_DELETES_REFUSED = True  # off in tests, as Django empties SQLite's tables with DELETE
    if connection.vendor == "sqlite":
        assert "moderation_auditentry_no_delete" in EVIDENCE_LOCKS.missing(connection)
    EVIDENCE_LOCKS.install(connection)
    assert EVIDENCE_LOCKS.missing(connection) == []
    for statement in (
        "DELETE FROM moderation_auditentry",
        "DELETE FROM moderation_policyrule WHERE policy_id IN"
        " (SELECT id FROM moderation_policy WHERE state = 'live')",
    ):
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_evidence_is_not_written_over_by_an_insert(settings: Any) -> None:
    chain(1)
    settings.EVIDENCE_DELETES_REFUSED = True
    EVIDENCE_LOCKS.install(connection)
    key = AuditEntry._meta.pk.column
    written_over = {
        "sqlite": "INSERT OR REPLACE INTO moderation_auditentry SELECT * FROM moderation_auditentry",
        "postgresql": "INSERT INTO moderation_auditentry SELECT * FROM moderation_auditentry WHERE TRUE "
        f"ON CONFLICT ({key}) DO UPDATE SET action = 'other'",
    }
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(written_over[connection.vendor])


def test_the_command_is_content_with_an_intact_chain() -> None:
    chain()
    out = StringIO()
    call_command("audit_verify", stdout=out)
    assert "all intact" in out.getvalue()


def test_the_command_fails_and_names_what_is_wrong() -> None:
    chain()
    with without_locks() as cursor:
        cursor.execute("DELETE FROM moderation_auditentry WHERE sequence = 2")
    faults = StringIO()
    with pytest.raises(CommandError, match="does not hold"):
        call_command("audit_verify", stderr=faults)
    assert "Entries 2 to 2 are missing." in faults.getvalue()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_chain() -> None:
    start, faults = Barrier(5), []
    before = AuditEntry.objects.count()

    def work() -> None:
        try:
            start.wait()
            for _ in range(10):
                audit_append(action="test.thing.happened")
        except Exception as error:  # noqa: BLE001  # a thread's fault must reach the test
            faults.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert AuditEntry.objects.count() == before + 50
    assert audit_verify().is_intact
    assert AuditHead.objects.get().sequence == before + 50
