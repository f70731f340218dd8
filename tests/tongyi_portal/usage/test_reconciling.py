"""A difference between events and sums is found in every table, and repaired."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.factories.usage import busy_days, event
from tests.tongyi_portal.usage.test_rollups import SUMS, stored
from tongyi_portal.usage.models import DayTotal, LateHour, LoadSample, QuarterTotal, RollupMark
from tongyi_portal.usage.services.reconciling import Discrepancy, usage_reconcile
from tongyi_portal.usage.services.rollups import usage_roll_up

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=3)


@pytest.fixture
def summed() -> None:
    busy_days(SINCE, 2)
    for minute in range(90):
        LoadSample.objects.create(at=SINCE + timedelta(minutes=minute), queued=2, workers=2, busy=1)
    usage_roll_up(now=NOW)


def sums_differ() -> list[Discrepancy]:
    """Without the comparison of events with their tables: these events have none."""
    return [found for found in usage_reconcile(since=SINCE, until=NOW) if found.what == "sums differ"]


@pytest.mark.usefixtures("summed")
def test_sums_of_whole_days_agree_with_their_events() -> None:
    assert sums_differ() == []
    assert all(stored().values())


@pytest.mark.usefixtures("summed")
@pytest.mark.parametrize("model", SUMS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("planted", ["changed", "deleted", "invented"])
def test_a_planted_difference_is_found_where_it_is_and_repaired(model: Any, planted: str) -> None:
    before = stored()
    row = model.objects.order_by("pk").last()
    if planted == "changed":
        model.objects.filter(pk=row.pk).update(count=row.count + 1)
    elif planted == "deleted":
        row.delete()
    else:
        row.pk, row.is_demo = None, True
        row.save(force_insert=True)
    [found] = sums_differ()
    assert (found.table, found.rows, found.repaired) == (model._meta.db_table, 1, False)
    usage_reconcile(since=SINCE, until=NOW, is_repairing=True)
    assert sums_differ() == []
    assert stored() == before


@pytest.mark.usefixtures("summed")
def test_a_day_is_repaired_though_hours_that_were_not_compared_are_wrong() -> None:
    before = stored()["DayTotal"]
    QuarterTotal.objects.filter(quarter__lt=SINCE + timedelta(hours=10)).update(count=99)
    DayTotal.objects.update(count=1)
    usage_reconcile(since=SINCE + timedelta(hours=10), until=NOW, is_repairing=True)
    assert stored()["DayTotal"] == before


@pytest.mark.usefixtures("summed")
def test_what_came_late_and_is_noted_is_no_difference() -> None:
    at = SINCE + timedelta(hours=5)
    event(at)
    LateHour.objects.create(hour=at.replace(minute=0), noted_at=NOW)
    hours = [found for found in sums_differ() if "day" not in found.table]
    assert hours == []


@pytest.mark.usefixtures("summed")
def test_what_is_no_longer_kept_is_not_compared() -> None:
    RollupMark.objects.update(kept_from=NOW)
    for model in SUMS:
        model.objects.update(count=99)
    assert sums_differ() == []


@pytest.mark.usefixtures("summed")
def test_the_command_says_what_differs_and_fails_until_it_is_repaired() -> None:
    days = ["--since", "2026-03-01", "--until", "2026-03-04"]
    for model in SUMS:
        model.objects.all().delete()
    faults = StringIO()
    with pytest.raises(CommandError):
        call_command("usage_reconcile", *days, stderr=faults)
    assert {model._meta.db_table for model in SUMS} <= set(faults.getvalue().replace(":", " ").split())
    with pytest.raises(CommandError):  # these events have no rows in other tables, which no repair mends
        call_command("usage_reconcile", *days, "--repair", stderr=StringIO())
    assert sums_differ() == []


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="2026-03-01"):
        call_command("usage_reconcile", "--since", "yesterday")


@pytest.mark.parametrize("days", [("2026-03-04", "2026-03-01"), ("2999-01-01", "2999-01-02")])
def test_days_between_which_nothing_lies_do_not_add_up(days: tuple[str, str]) -> None:
    said = StringIO()
    with pytest.raises(CommandError, match="nothing to compare"):
        call_command("usage_reconcile", "--since", days[0], "--until", days[1], stdout=said)
    assert said.getvalue() == ""
    with pytest.raises(ValueError, match="after since"):
        usage_reconcile(since=NOW, until=SINCE)
