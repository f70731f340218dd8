"""Events leave by months and their sums stay; made-up history leaves at once and nothing else does."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from tests.factories.usage import busy_days, event
from tests.tongyi_portal.usage.test_rollups import stored
from tongyi_portal.usage.event_locks import EVENT_LOCKS
from tongyi_portal.usage.models import LateHour, LoadSample, RollupMark, UsageEvent
from tongyi_portal.usage.services.demo_removal import demo_tables
from tongyi_portal.usage.services.partitions import partitions_ensure
from tongyi_portal.usage.services.retention import usage_purge
from tongyi_portal.usage.services.rollups import usage_roll_up, usage_sum

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 20, tzinfo=UTC)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def locked_as_in_production(settings: Any) -> None:
    settings.USAGE_RETENTION_DAYS = 90
    settings.EVIDENCE_DELETES_REFUSED = True
    EVENT_LOCKS.install(connection)


def test_months_that_ended_before_the_days_kept_leave_and_their_sums_stay() -> None:
    partitions_ensure(since=START, until=START)  # January has a partition, February lies in the default one
    busy_days(START, 60, count=300)
    usage_roll_up(now=NOW)
    before = stored()
    assert usage_purge(now=NOW) == MARCH
    assert usage_purge(now=NOW) == MARCH
    assert UsageEvent.objects.exists()
    assert not UsageEvent.objects.filter(at__lt=MARCH).exists()
    assert stored() == before


def test_no_run_writes_sums_of_events_that_are_gone() -> None:
    busy_days(START, 60, count=300)
    usage_roll_up(now=NOW)
    usage_purge(now=NOW)
    before = stored()
    usage_sum(since=START, until=NOW)
    LateHour.objects.create(hour=START + timedelta(hours=3), noted_at=NOW)
    usage_roll_up(now=NOW)
    assert stored() == before
    assert not LateHour.objects.exists()


def test_what_is_not_summed_yet_is_kept() -> None:
    event(START)
    RollupMark.objects.create(pk=1, until=START, rolled_at=START)
    usage_purge(now=NOW)
    assert UsageEvent.objects.count() == 1


def test_old_samples_of_the_load_leave_with_the_events() -> None:
    for at in (START, NOW):
        LoadSample.objects.create(at=at, queued=1, workers=1, busy=1)
    usage_roll_up(now=NOW)
    usage_purge(now=NOW)
    assert LoadSample.objects.get().at == NOW


def test_one_command_removes_made_up_history_from_every_table_and_nothing_else() -> None:
    busy_days(NOW - timedelta(days=3), 3)
    usage_roll_up(now=NOW)
    real = stored()
    busy_days(NOW - timedelta(days=3), 3, seed=2, is_demo=True)
    usage_sum(since=NOW - timedelta(days=3), until=NOW)
    LoadSample.objects.create(at=NOW, queued=1, workers=1, busy=1, is_demo=True)
    LoadSample.objects.create(at=NOW, queued=1, workers=1, busy=1)
    assert stored() != real
    told = StringIO()
    call_command("usage_demo_remove", stdout=told)
    assert stored() == real
    assert UsageEvent.objects.count() == 400
    assert LoadSample.objects.get().is_demo is False
    assert "usage_usageevent: 400" in told.getvalue()
    assert len(demo_tables()) == 14
