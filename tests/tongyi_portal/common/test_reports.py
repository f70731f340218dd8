"""Periods, comparisons and tables of reports, by a report of made-up rows."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from tongyi_portal.common import reports
from tongyi_portal.common.report_periods import Compare, Period, Preset, preset_period
from tongyi_portal.common.report_tables import csv_lines, file_name, json_value
from tongyi_portal.common.reports import (
    Asked,
    Column,
    ColumnKind,
    Report,
    ReportQueryInvalid,
    Row,
    asked_of,
    report_register,
    report_run,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 4, 15, 30, tzinfo=SHANGHAI)  # a Wednesday


class Fruit(Report):
    key = "fruit"
    title = "Fruit"
    description = "What was sold."
    permissions = ("x.view_fruit",)
    scope = "jobs:read"
    identity = ("name",)
    columns = (
        Column("name", "name", ColumnKind.TEXT),
        Column("sold", "sold", is_compared=True),
        Column("share", "share", ColumnKind.PERCENT),
        Column("last", "last", ColumnKind.MOMENT),
    )

    def rows(self, asked: Asked) -> list[Row]:
        day = asked.period.first.day
        names = ("=1+1", "pear") if day == 4 else ("pear",)
        return [{"name": name, "sold": day, "share": 100 / 3, "last": NOW} for name in names]

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        return {"name": "all", "sold": sum(row["sold"] for row in rows)}


def test_presets_are_whole_days_of_the_sites_zone() -> None:
    assert preset_period(Preset.TODAY, NOW).since == datetime(2026, 3, 4, tzinfo=SHANGHAI)
    assert preset_period(Preset.YESTERDAY, NOW).until == datetime(2026, 3, 4, tzinfo=SHANGHAI)
    week = preset_period(Preset.WEEK, NOW)
    assert (week.first, week.last, week.days) == (date(2026, 2, 26), date(2026, 3, 4), 7)
    just_past_midnight = datetime(2026, 3, 3, 16, 5, tzinfo=ZoneInfo("UTC"))
    assert preset_period(Preset.TODAY, just_past_midnight).first == date(2026, 3, 4)


def test_a_period_that_runs_is_compared_up_to_the_same_time() -> None:
    before = preset_period(Preset.TODAY, NOW).compared(Compare.PREVIOUS, NOW)
    assert before is not None
    assert before.since == datetime(2026, 3, 3, tzinfo=SHANGHAI)
    assert before.until == datetime(2026, 3, 3, 15, 30, tzinfo=SHANGHAI)


def test_a_period_is_compared_with_the_same_weekdays() -> None:
    three = Period(date(2026, 2, 27), date(2026, 3, 1))  # Friday to Sunday
    before = three.compared(Compare.WEEKDAYS, NOW)
    assert before is not None
    assert (before.first, before.last) == (date(2026, 2, 20), date(2026, 2, 22))
    ten = Period(date(2026, 2, 10), date(2026, 2, 19)).compared(Compare.WEEKDAYS, NOW)
    assert ten is not None
    assert ten.first == date(2026, 1, 27)
    assert three.compared(Compare.NONE, NOW) is None


def test_rows_meet_those_of_the_period_before_by_their_name() -> None:
    asked = asked_of(Fruit(), {"preset": "today", "compare": "previous"}, NOW)
    result = report_run(Fruit(), asked)
    assert [(row.cells["name"], row.previous and row.previous["sold"]) for row in result.rows] == [
        ("=1+1", None),
        ("pear", 3),
    ]
    assert result.totals is not None
    assert result.totals.previous is not None
    assert (result.totals.cells["sold"], result.totals.previous["sold"]) == (8, 3)


@pytest.mark.parametrize("given", [{"since": "2026-03-01"}, {"until": "2026-03-04"}, {"until": "9999-12-31"}])
def test_one_day_of_a_period_alone_is_a_fault_instead_of_another_period(given: dict[str, str]) -> None:
    with pytest.raises(ReportQueryInvalid) as caught:
        asked_of(Fruit(), given, NOW)
    assert caught.value.details["filter"] in {"since", "until"}.difference(given)


def test_csv_names_its_zone_and_holds_no_formula() -> None:
    result = report_run(Fruit(), asked_of(Fruit(), {"preset": "today", "compare": "previous"}, NOW))
    lines = "".join(csv_lines(result)).splitlines()
    assert lines[0] == (
        "\ufefffirst day (Asia/Shanghai),last day (Asia/Shanghai),"
        "compared from (Asia/Shanghai),compared to (Asia/Shanghai),name,sold,"
        '"sold, before",share (%),last (Asia/Shanghai)'
    )
    days = "2026-03-04,2026-03-04,2026-03-03,2026-03-03 15:30:00"
    assert lines[1] == f"{days},'=1+1,4,,33.3333,2026-03-04 15:30:00"
    assert lines[2].startswith(f"{days},pear,4,3,")
    assert file_name(result) == "fruit_2026-03-04_2026-03-04.csv"


def test_numbers_and_moments_stay_as_they_are() -> None:
    assert json_value(Column("n", "n"), -4) == -4
    assert json_value(Column("t", "t", ColumnKind.MOMENT), NOW) == "2026-03-04T15:30:00+08:00"
    assert json_value(Column("p", "p", ColumnKind.PERCENT), None) is None


def test_two_reports_cannot_have_one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    class Vegetables(Fruit):
        pass

    monkeypatch.setattr(reports, "_REPORTS", {})
    report_register(Fruit)
    with pytest.raises(ValueError, match="registered twice"):
        report_register(Vegetables)
