"""An event is committed with the change that it tells of, and says nothing about whom."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from tongyi_portal.usage.models import DaySalt, LateHour, UsageEvent, UsageKind
from tongyi_portal.usage.services import salts
from tongyi_portal.usage.services.recording import usage_record
from tongyi_portal.usage.services.salts import person_of_day, salt_prepare, salts_purge
from tongyi_portal.usage.slots import day_end, day_start, hour_of

ACCOUNT = uuid.UUID("11111111-2222-3333-4444-555555555555")


@pytest.fixture(autouse=True)
def no_salt_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salts, "_kept", None)


@pytest.mark.django_db
def test_every_field_comes_back_as_it_was_given() -> None:
    app, template = uuid.uuid4(), uuid.uuid4()
    at = timezone.now()
    facts: dict[str, Any] = {
        "at": at,
        "kind": UsageKind.FINISHED,
        "code": "c",
        "reason": "r",
        "scanner": "s",
        "surface": "photo",
        "job_kind": "dance_video",
        "engine": "animation",
        "app_id": app,
        "template_id": template,
        "subject_kind": "statue",
        "wait_ms": 1,
        "run_ms": 2,
    }
    usage_record(**facts)
    stored = UsageEvent.objects.get()
    assert {name: getattr(stored, name) for name in facts} == facts
    assert (stored.person, stored.is_demo) == (None, False)


@pytest.mark.django_db
def test_an_event_costs_one_statement_once_the_salt_is_known(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    kept = salts._Salt(now - timedelta(hours=1), now + timedelta(hours=1), b"salt")
    monkeypatch.setattr(salts, "_kept", kept)
    with django_assert_num_queries(1):
        usage_record(kind=UsageKind.UPLOAD, account_id=ACCOUNT, app_id=uuid.uuid4())
    assert UsageEvent.objects.get().person is not None


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_no_event() -> None:
    with transaction.atomic():
        usage_record(kind=UsageKind.UPLOAD, account_id=ACCOUNT)
        transaction.set_rollback(True)
    assert not UsageEvent.objects.exists()
    assert salts._kept is None  # its salt was rolled back as well


@pytest.mark.django_db(transaction=True)
def test_an_event_without_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError):
        usage_record(kind=UsageKind.UPLOAD)
    assert not UsageEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_all_processes_share_the_salt_of_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    with transaction.atomic():
        first = person_of_day(ACCOUNT, now)
    assert salts._kept is not None
    monkeypatch.setattr(salts, "_kept", None)  # another process
    with transaction.atomic():
        assert person_of_day(ACCOUNT, now) == first
        assert person_of_day(uuid.uuid4(), now) != first
    assert DaySalt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_kept_salt_is_that_of_its_day_alone() -> None:
    now = timezone.now()
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    with transaction.atomic():
        person = person_of_day(ACCOUNT, now)
    assert salts._kept is not None
    assert (salts._kept.since, salts._kept.until) == (day_start(today), day_end(today))
    salt_prepare(today - timedelta(days=1))
    with transaction.atomic():
        assert person_of_day(ACCOUNT, day_end(today) - timedelta(microseconds=1)) == person
        assert person_of_day(ACCOUNT, day_start(today) - timedelta(microseconds=1)) not in (None, person)
        assert person_of_day(ACCOUNT, day_end(today)) is None


@pytest.mark.django_db
def test_a_person_cannot_be_followed_from_day_to_day() -> None:
    now = timezone.now()
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    salt_prepare(today)
    salt_prepare(today - timedelta(days=1))
    assert person_of_day(ACCOUNT, now) != person_of_day(ACCOUNT, now - timedelta(days=1))


@pytest.mark.django_db
def test_of_a_day_whose_salt_is_gone_nobody_is_counted() -> None:
    yesterday = timezone.now() - timedelta(days=1)
    usage_record(kind=UsageKind.WATCHED, at=yesterday, account_id=ACCOUNT)
    assert UsageEvent.objects.get().person is None
    assert not DaySalt.objects.exists()


@pytest.mark.django_db
def test_the_hash_is_no_plain_digest_of_the_account() -> None:
    salt_prepare(timezone.localdate(timezone=timezone.get_default_timezone()))
    now = timezone.now()
    before = person_of_day(ACCOUNT, now)
    salts_purge(before=timezone.localdate() + timedelta(days=3))
    assert person_of_day(ACCOUNT, now) != before


@pytest.mark.django_db
def test_an_event_of_a_settled_hour_is_noted_as_late_once() -> None:
    at = timezone.now() - timedelta(hours=5)
    usage_record(kind=UsageKind.SHARED, at=at)
    usage_record(kind=UsageKind.SHARED, at=at)
    usage_record(kind=UsageKind.SHARED)
    assert list(LateHour.objects.values_list("hour", flat=True)) == [hour_of(at)]


@pytest.mark.django_db
def test_what_is_stored_of_a_person_is_a_number_alone() -> None:
    usage_record(kind=UsageKind.UPLOAD, account_id=ACCOUNT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM usage_usageevent")
        row = " ".join(str(value) for value in cursor.fetchone())
    assert ACCOUNT.hex not in row.replace("-", "")
