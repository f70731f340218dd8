"""Strikes, statements, appeals, consents and erasures: whoever changes a row behind our back is found."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from moderation.evidence_locks import EVIDENCE_LOCKS
from moderation.models import (
    Appeal,
    AuditEntry,
    BankKind,
    ConsentRecord,
    ErasureRequest,
    MeasureLift,
    ModerationSettings,
    Policy,
    ReviewAnswer,
    ReviewQueue,
    ServiceTarget,
    StatementOfReasons,
    Strike,
    StrikeLift,
)
from moderation.services.appeals import appeal_open
from moderation.services.banks import bank_create
from moderation.services.consents import ConsentGiven, consent_give
from moderation.services.decisions import decision_override
from moderation.services.erasure import erasure_request
from moderation.services.evidence import EVIDENCE, evidence_begin, evidence_verify
from moderation.services.gold import gold_add
from moderation.services.policies import (
    policy_draft_from,
    policy_live,
    policy_publish,
    rule_rows,
    rules_digest,
)
from moderation.services.routing import queue_remove, queue_save
from moderation.services.strikes import measure_impose, measure_lift
from tests.factories.accounts import UserFactory
from tests.factories.moderation import RecordingSubject
from tests.factories.rights import refused_by
from tests.moderation.services.test_audit import without_locks

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(moderator: Any, senior: Any, subject: RecordingSubject) -> Any:
    """An account of which every table of evidence holds a row."""
    account = UserFactory()
    taken_back = refused_by(moderator, account)
    decision_override(decision=taken_back, by=senior, approve=True, reason_code="", note="")
    decision = refused_by(moderator, account)
    told = StatementOfReasons.objects.get(decision=decision)
    appeal_open(statement=told, text="No.", language="en", by=account)
    assert decision.review_item is not None
    gold_add(item=decision.review_item, expected_approve=False, expected_reason="gore", note="x", by=senior)
    bank_create(name="Known", kind=BankKind.BLOCK, by=senior)
    until = timezone.now() + timedelta(days=1)
    imposed = measure_impose(
        owner=account, kind="limit", until=until, reason_code="hate", note="x", by=senior
    )
    measure_lift(measure=imposed, note="", by=senior)
    consent_give(
        subject_type="test_subject",
        subject_id=uuid.uuid4(),
        owner=account,
        given=ConsentGiven(name="Ming"),
        channel="api",
    )
    erasure_request(
        owner=account, by=account, subject_type=decision.subject_type, subject_id=decision.subject_id
    )
    return account


def test_every_table_of_evidence_is_found_intact(owner: Any) -> None:
    assert [model.__name__ for model in EVIDENCE if not model._default_manager.exists()] == []
    assert evidence_verify() == []


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("moderation_strike", "expires_at = created_at"),
        ("moderation_strike", "note = 'nobody saw this'"),
        ("moderation_strikelift", "cause = 'by_hand'"),
        ("moderation_accountmeasure", "until = created_at"),
        ("moderation_measurelift", "cause = 'overridden'"),
        ("moderation_statementofreasons", "text_zh = '一切正常'"),
        ("moderation_statementofreasons", "dsa = '{}'"),
        ("moderation_appeal", "language = 'zh'"),
        ("moderation_consentrecord", "allows_sharing = NOT allows_sharing"),
        ("moderation_consentrecord", "state = 'withdrawn', ended_at = created_at"),
        ("moderation_reviewanswer", "approve = NOT approve"),
        ("moderation_reviewanswer", "seconds = seconds + 1"),
        ("moderation_policy", "title = 'Nothing is forbidden'"),
        ("moderation_policy", "published_by_id = created_by_id, published_at = created_at"),
        ("moderation_policy", "state = 'retired'"),
        ("moderation_moderationsettings", "audit_percent = 0, strikes_to_suspend = 999"),
        ("moderation_reviewqueue", "needs_senior = NOT needs_senior"),
        ("moderation_reviewqueue", "position = 1"),
        ("moderation_servicetarget", "minutes = minutes + 1"),
        ("moderation_golditem", "expected_approve = TRUE, expected_reason = ''"),
        ("moderation_erasurerequest", "state = 'done', finished_at = created_at"),
    ],
)
def test_a_changed_row_is_found(owner: Any, table: str, change: str) -> None:
    with without_locks() as cursor:
        cursor.execute(f"UPDATE {table} SET {change}")
    faults = evidence_verify()
    assert faults
    assert all("differs from its audit entry" in fault for fault in faults)


def test_a_draft_that_somebody_made_a_canary_is_found(senior: Any) -> None:
    draft = policy_draft_from(source=policy_live(), title="Mild", by=senior)
    digest = rules_digest(rule_rows(draft))
    assert evidence_verify() == []
    with without_locks() as cursor:
        cursor.execute(
            "UPDATE moderation_policy SET state = 'canary', canary_percent = 99, frozen_at = created_at, "
            "digest = %s WHERE state = 'draft'",
            [digest],
        )
    assert evidence_verify() == [f"Policy {draft.pk} differs from its audit entry."]


def test_a_policy_that_another_replaced_is_told_of(senior: Any) -> None:
    former = policy_live()
    assert former is not None
    policy_publish(
        policy=policy_draft_from(source=former, title="Next", by=senior), by=senior, without_simulation=True
    )
    assert evidence_verify() == []
    assert AuditEntry.objects.filter(action="moderation.policy.retired", subject_id=str(former.pk)).exists()


def test_members_of_a_queue_are_held_to_the_chain(senior: Any, moderator: Any) -> None:
    queue = queue_save(queue=ReviewQueue(slug="night", name="Night"), members=[senior], by=senior)
    assert evidence_verify() == []
    queue.members.add(moderator)
    assert evidence_verify() == [f"ReviewQueue {queue.pk} differs from its audit entry."]
    queue.members.remove(moderator)
    key = queue.pk
    queue_remove(queue=queue, by=senior)
    assert evidence_verify() == []
    assert not ReviewQueue.objects.filter(pk=key).exists()


def test_rows_from_before_the_chain_knew_their_table_are_put_into_it_once(senior: Any) -> None:
    with without_locks() as cursor:
        cursor.execute("DELETE FROM moderation_auditentry")
        cursor.execute("DELETE FROM moderation_audithead")
    assert [fault for fault in evidence_verify() if fault.startswith("ServiceTarget")]
    evidence_begin()
    kinds = (Policy, ReviewQueue, ServiceTarget, ModerationSettings)
    assert not [
        fault for fault in evidence_verify() if fault.split(" ")[0] in {one.__name__ for one in kinds}
    ]
    count = AuditEntry.objects.count()
    evidence_begin()
    assert AuditEntry.objects.count() == count


@pytest.mark.parametrize(
    "model", [StrikeLift, MeasureLift, Appeal, ConsentRecord, ErasureRequest, ReviewAnswer]
)
def test_a_deleted_row_is_found(owner: Any, model: Any) -> None:
    with without_locks() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")
    assert any(
        fault.startswith(model.__name__) and fault.endswith("its row is missing.")
        for fault in evidence_verify()
    )


def test_a_row_that_somebody_put_in_is_found(owner: Any, senior: Any) -> None:
    Strike.objects.create(
        owner=owner,
        category="hate",
        reason_code="hate",
        expires_at=timezone.now() + timedelta(days=90),
        issued_by=senior,
    )
    assert [fault for fault in evidence_verify() if "has no audit entry" in fault]


def test_the_database_itself_refuses_changes(owner: Any) -> None:
    EVIDENCE_LOCKS.install(connection)
    for table in ("moderation_strike", "moderation_statementofreasons", "moderation_accountmeasure"):
        change = f"UPDATE {table} SET created_at = created_at, owner_id = owner_id"
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)
