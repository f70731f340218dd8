"""The table of events is append-only in the database itself."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.factories.usage import NOON, event
from tongyi_portal.common.row_locks import every_lock_missing
from tongyi_portal.usage.event_locks import EVENT_LOCKS
from tongyi_portal.usage.models import EventCorrection, RollupMark, UsageEvent, UsageKind
from tongyi_portal.usage.services import partitions
from tongyi_portal.usage.services.correcting import event_correct
from tongyi_portal.usage.services.partitions import partitions_drop, partitions_ensure

pytestmark = pytest.mark.django_db


@pytest.fixture
def deletes_refused(settings: Any) -> None:
    """As in production: tests of SQLite leave that trigger out, which is taken back with the transaction."""
    settings.EVIDENCE_DELETES_REFUSED = True
    EVENT_LOCKS.install(connection)


def count_after(change: str, values: list[Any]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change, values)
    return UsageEvent.objects.count()


def test_an_event_never_changes() -> None:
    event(NOON, is_demo=True)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        UsageEvent.objects.update(kind=UsageKind.FAILED)
    assert UsageEvent.objects.get().kind == UsageKind.SUBMITTED


@pytest.mark.usefixtures("deletes_refused")
def test_an_event_is_not_deleted_while_it_is_kept() -> None:
    event(NOON)
    with pytest.raises(IntegrityError, match="append-only"):
        count_after("DELETE FROM usage_usageevent", [])
    RollupMark.objects.create(pk=1, until=NOON, rolled_at=NOON, kept_from=NOON)
    with pytest.raises(IntegrityError, match="append-only"):
        count_after("DELETE FROM usage_usageevent", [])
    assert UsageEvent.objects.count() == 1


@pytest.mark.usefixtures("deletes_refused")
def test_a_corrected_event_goes_and_a_right_one_with_the_same_person_stands_for_it() -> None:
    wrong, other = event(NOON, engine="steam", person=7), event(NOON)
    event_correct(event=wrong, columns={"engine": "animation"})
    left = UsageEvent.objects.exclude(pk=other.pk).get()
    assert (left.at, left.engine, left.person) == (NOON, "animation", 7)
    assert EventCorrection.objects.get().columns == ["engine"]
    with pytest.raises(IntegrityError, match="append-only"):
        count_after("DELETE FROM usage_usageevent", [])


@pytest.mark.usefixtures("deletes_refused")
def test_events_of_before_the_mark_and_demo_data_may_go() -> None:
    event(NOON)
    event(NOON, is_demo=True)
    assert count_after("DELETE FROM usage_usageevent WHERE is_demo", []) == 1
    RollupMark.objects.create(
        pk=1, until=NOON, rolled_at=NOON, kept_from=NOON + timezone.timedelta(microseconds=1)
    )
    assert count_after("DELETE FROM usage_usageevent", []) == 0


@pytest.mark.usefixtures("deletes_refused")
def test_a_dropped_trigger_is_told_with_those_of_the_evidence() -> None:
    dropped = {
        "sqlite": "DROP TRIGGER usage_usageevent_no_delete",
        "postgresql": "DROP TRIGGER usage_usageevent_no_delete ON usage_usageevent",
    }
    assert "usage_usageevent_no_delete" not in every_lock_missing(connection)
    with connection.cursor() as cursor:
        cursor.execute(dropped[connection.vendor])
    assert "usage_usageevent_no_delete" in every_lock_missing(connection)


def test_no_column_could_hold_a_name_an_address_or_a_file() -> None:
    columns = {field.name for field in UsageEvent._meta.concrete_fields}
    assert columns == {
        *("id", "at", "kind", "code", "reason", "scanner", "surface", "job_kind", "engine", "app_id"),
        *("template_id", "subject_kind", "wait_ms", "run_ms", "person", "is_demo"),
    }
    assert not [field for field in UsageEvent._meta.concrete_fields if field.is_relation]


def test_other_databases_have_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions.connection, "vendor", "sqlite")
    assert partitions_ensure() == []
    assert partitions_drop(before=NOON) == []
