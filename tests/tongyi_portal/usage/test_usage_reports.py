"""Reports on usage against cases counted by hand: lead and rank, capacity, leaks, open slots."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from generation.engines import ENGINES
from tests.factories.templates import live_template
from tests.factories.usage import event
from tests.factories.usage_history import events_sum_up
from tongyi_portal.common.report_tables import csv_cells, csv_header
from tongyi_portal.common.reports import ReportResult, all_reports, asked_of, report_run
from tongyi_portal.usage.models import Annotation, RollupMark, UsageEvent, UsageKind

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 18, 12, 20, tzinfo=SHANGHAI)  # a Wednesday


def ran(key: str, **given: str) -> ReportResult:
    report = next(one for one in all_reports() if one.key == key)
    return report_run(report, asked_of(report, given, NOW))


def danced(count: int, at: datetime, template: Any = None, **facts: Any) -> None:
    for _number in range(count):
        event(at, UsageKind.SUBMITTED, template_id=template, job_kind="dance_video", **facts)


def test_the_leaders_lead_and_moves_in_rank_are_told_in_numbers() -> None:
    first = live_template(slug="kemusan", name_zh="科目三", name_en="Subject Three").pk
    second = live_template(slug="paradise", name_zh="极乐净土", name_en="Paradise").pk
    this_week, last_week = NOW - timedelta(days=1), NOW - timedelta(days=8)
    for template, now, before in ((first, 7, 1), (second, 3, 4)):
        danced(now, this_week, template)
        danced(before, last_week, template)
    events_sum_up(NOW)
    result = ran("usage_templates", preset="7", compare="weekdays")
    rows = [row.cells for row in result.rows]
    assert [(row["template"], row["rank"], row["moved"], row["ahead"]) for row in rows] == [
        ("Subject Three", 1, "up 1", 4),
        ("Paradise", 2, "down 1", None),
    ]
    assert [(row["moved_code"], row["moved_steps"]) for row in rows] == [("up", 1), ("down", -1)]
    with override("zh-hans"):
        again = [row.cells for row in ran("usage_templates", preset="7", compare="weekdays").rows]
    assert again[0]["moved"] != rows[0]["moved"]
    assert [row["moved_code"] for row in again] == ["up", "down"]
    assert [row["share"] for row in rows] == [70.0, 30.0]
    assert result.rows[0].previous is not None
    assert result.rows[0].previous["submitted"] == 1
    assert result.notes[0] == "Subject Three leads by 4 videos, 40.0 points of share before Paradise."


def test_the_open_slot_is_marked() -> None:
    danced(2, NOW - timedelta(minutes=5))
    events_sum_up(NOW)
    result = ran("usage_volume", preset="today")
    last = result.rows[-1]
    assert (last.cells["slot"], last.cells["submitted"], last.cells["is_open"]) == (
        "2026-03-18 12:15",
        2,
        True,
    )
    assert [row.cells["is_open"] for row in result.rows[:-1]] == [False] * (len(result.rows) - 1)
    assert result.chart is not None
    assert result.chart.open_from == len(result.rows) - 1


@pytest.mark.parametrize("key", ["usage_volume", "usage_templates", "usage_times", "usage_funnel"])
@pytest.mark.parametrize(("preset", "compare"), [("today", "weekdays"), ("7", "previous")])
def test_while_a_period_runs_both_end_at_its_last_full_hour(key: str, preset: str, compare: str) -> None:
    """The same thing at the same times in both periods, up to now: nothing has changed."""
    template = live_template(slug="kemusan").pk
    for day in range(15):
        for hours in range(24):
            at = (NOW - timedelta(days=day)).replace(hour=0, minute=40) + timedelta(hours=hours)
            job = {"job_kind": "dance_video", "engine": "animation", "template_id": template}
            for moment in (at, at - timedelta(minutes=10), at - timedelta(minutes=35)):
                if moment < NOW:
                    event(moment, UsageKind.UPLOAD, surface="photo")
                    event(moment, UsageKind.MODERATED, code="pass", surface="photo")
                    event(moment, UsageKind.SUBMITTED, **job)
                    event(moment, UsageKind.STARTED, wait_ms=1000, **job)
    events_sum_up(NOW)
    result = ran(key, preset=preset, compare=compare)
    assert result.rows
    for row in [*result.rows, *([result.totals] if result.totals else [])]:
        assert row.previous is not None
        for column in result.columns:
            if column.is_compared:
                assert row.cells.get(column.key) == row.previous.get(column.key), column.key
    assert result.asked.period.cut == NOW.replace(minute=0)
    assert result.compared is not None
    shift = timedelta(days=7)
    assert result.compared.cut == NOW.replace(minute=0) - shift
    assert "To be compared, both periods end at 12:00, the last full hour of this one." in result.notes
    if key == "usage_funnel":
        counts = [row.cells["count"] for row in result.rows]
        assert counts[0] == counts[1] == counts[2] > 0


def test_before_the_first_hour_is_over_nothing_is_compared() -> None:
    danced(2, NOW.replace(hour=0, minute=5))
    danced(9, NOW.replace(hour=0, minute=50) - timedelta(days=7))
    events_sum_up(NOW)
    report = next(one for one in all_reports() if one.key == "usage_volume")
    now = NOW.replace(hour=0, minute=20)
    RollupMark.objects.update(until=now, rolled_at=now)
    result = report_run(report, asked_of(report, {"preset": "today", "compare": "weekdays"}, now))
    assert result.totals is not None
    assert (result.totals.cells["submitted"], result.totals.previous, result.compared) == (2, None, None)
    assert "Not compared yet: no hour of the period is over." in result.notes


def test_a_file_tells_where_both_periods_end() -> None:
    danced(2, NOW - timedelta(hours=3))
    events_sum_up(NOW)
    result = ran("usage_volume", preset="today", compare="weekdays", grain="day")
    told = dict(zip(csv_header(result), csv_cells(result, result.rows[0]), strict=True))
    assert told["counted to (Asia/Shanghai)"] == "2026-03-18 12:00:00"
    assert told["compared to (Asia/Shanghai)"] == "2026-03-11 12:00:00"


def test_sums_that_lag_behind_are_told() -> None:
    danced(1, NOW - timedelta(hours=5))
    events_sum_up(NOW)
    RollupMark.objects.update(until=NOW - timedelta(hours=3), rolled_at=NOW)
    result = ran("usage_volume", preset="today")
    assert "The sums are behind: what happened lately is not counted yet." in [str(n) for n in result.notes]
    assert result.data_to == NOW - timedelta(hours=3)


def test_the_way_to_sharing_names_why_others_are_lost() -> None:
    at = NOW - timedelta(days=1)
    for _number in range(10):
        event(at, UsageKind.UPLOAD, surface="photo")
    for _number in range(2):
        event(at, UsageKind.MODERATED, code="block", reason="gore", scanner="x", surface="photo")
    for _number in range(7):
        event(at, UsageKind.MODERATED, code="pass", surface="photo")
    event(at, UsageKind.MODERATED, code="review", reason="gore", scanner="x", surface="photo")
    event(at, UsageKind.MODERATED, code="block", reason="gore", scanner="x", surface="prompt")
    for _number in range(2):
        event(at, UsageKind.CANCELLED, job_kind="dance_video", engine="animation")
    event(at, UsageKind.CANCELLED, code="gore", job_kind="dance_video", engine="animation")
    event(at, UsageKind.CHECK_FAILED, code="too_dark", surface="photo")
    danced(7, at)
    for _number in range(6):
        event(at, UsageKind.FINISHED, job_kind="dance_video", engine="animation", run_ms=9000)
    event(at, UsageKind.FAILED, code="time_limit", job_kind="dance_video", engine="animation", run_ms=9)
    event(at, UsageKind.SHARED, job_kind="dance_video")
    events_sum_up(NOW)
    rows = {row.cells["step"]: row.cells for row in ran("usage_funnel", preset="7").rows}
    assert [row["count"] for row in rows.values()] == [10, 7, 7, 6, 0, 1]  # one waits in review
    assert [row["code"] for row in rows.values()] == [
        *("uploaded", "passed", "submitted", "finished", "watched", "used")
    ]
    assert rows["passed moderation"]["why"] == "The content shows injuries or blood (2)"
    assert rows["video asked for"]["why"] == "The person is too dark to be made out (1)"
    assert rows["video made"]["lost"] == 1
    assert rows["video made"]["why"].startswith("a person ended it (2), ")
    assert rows["watched"]["why"] == ""
    (failure,) = [row.cells for row in ran("usage_failures", preset="7").rows]
    assert (failure["code"], failure["count"]) == ("time_limit", 1)
    assert failure["share"] == pytest.approx(100 / 7)
    refused = [row.cells for row in ran("usage_rejections", preset="7").rows]
    assert [(row["code"], row["by"], row["by_code"], row["surface_code"]) for row in refused] == [
        ("gore", "x", "x", "photo"),
        ("gore", "x", "x", "prompt"),
        ("too_dark", "the check of the photo", "photo_check", "photo"),
    ]


def test_a_day_that_runs_is_not_compared_with_a_whole_one() -> None:
    app = uuid.UUID(int=4)
    for moment in (NOW - timedelta(hours=1), NOW - timedelta(days=1), NOW - timedelta(days=7)):
        event(moment, UsageKind.SUBMITTED, app_id=app, person=1, subject_kind="photo")
        event(moment - timedelta(days=7), UsageKind.SUBMITTED, app_id=app, person=1, subject_kind="photo")
    events_sum_up(NOW)
    subjects = ran("usage_subjects", preset="7", compare="weekdays")
    assert [row.cells["submitted"] for row in subjects.rows] == [2]
    assert [row.previous for row in subjects.rows] == [None]
    assert subjects.totals is not None
    assert subjects.totals.previous is None
    assert any("not compared while" in str(note) for note in subjects.notes)
    over = ran("usage_subjects", preset="yesterday", compare="weekdays")
    assert [row.previous and row.previous["submitted"] for row in over.rows] == [1]
    assert not any("not compared while" in str(note) for note in over.notes)
    persons = ran("usage_persons", preset="7", compare="weekdays")
    assert [(row.cells["is_open"], row.previous and row.previous["persons"]) for row in persons.rows] == [
        (False, 1),
        (True, None),
    ]
    assert any("not compared" in str(note) for note in persons.notes)


def test_more_videos_to_come_need_more_workers() -> None:
    app = uuid.UUID(int=4)
    for day in range(1, 30):
        midnight = (NOW - timedelta(days=day)).replace(hour=0, minute=0)
        for quarter in range(0, 96, 2):
            count = 40 if quarter in (50, 52) else 1
            danced(1, midnight + timedelta(minutes=15 * quarter), app_id=app)
            if count > 1:
                danced(count, midnight + timedelta(minutes=15 * quarter), app_id=app)
        for _run in range(3):
            event(midnight, UsageKind.FINISHED, job_kind="dance_video", run_ms=60_000, engine="animation")
    events_sum_up(NOW)
    rows = [row.cells for row in ran("usage_capacity", preset="30", limit="5").rows]
    assert rows
    enough = [row["workers"] for row in rows if row["is_enough"]]
    strict = [row.cells for row in ran("usage_capacity", preset="30", limit="1").rows]
    assert min(enough) <= min(row["workers"] for row in strict if row["is_enough"])
    waits = [row["model"] for row in rows]
    assert waits == sorted(waits, reverse=True)
    assert all(row["low"] <= row["simulated"] <= row["high"] for row in rows)
    fitting = [row for row in rows if row["is_enough"]]
    assert all(abs(row["model"] - row["simulated"]) <= max(60, 0.5 * row["simulated"]) for row in fitting)


@pytest.mark.parametrize(
    ("workers", "is_enough", "said"),
    [
        (1, True, "1 worker keeps the wait of 95 of 100 videos under 5 min."),
        (2, True, "2 workers keep the wait of 95 of 100 videos under 5 min."),
        (1, False, "More than 1 worker would be needed."),
    ],
)
def test_one_worker_is_not_told_in_the_plural(workers: int, is_enough: bool, said: str) -> None:
    report = next(one for one in all_reports() if one.key == "usage_capacity")
    rows = [{"workers": workers, "model": 9.0, "simulated": None, "is_enough": is_enough}]
    chart = report.chart(asked_of(report, {}, NOW), rows)
    assert chart is not None
    assert chart.summary == said


def test_what_somebody_wrote_is_marked_before_launches_and_what_is_left_out_is_told() -> None:
    danced(1, NOW - timedelta(days=2))
    events_sum_up(NOW)
    Annotation.objects.create(at=NOW - timedelta(days=6), kind="outage", text="All stood still.")
    for number in range(13):
        template = live_template(slug=f"dance-{number}")
        template.versions.update(published_at=NOW - timedelta(days=3, minutes=number))
    result = ran("usage_volume", preset="7")
    assert result.chart is not None
    titles = [str(mark.title) for mark in result.chart.marks]
    assert len(titles) == 12
    assert "All stood still." in titles[0]
    assert "2 older moments are not marked in the picture; notes by hand come first." in [
        str(note) for note in result.notes
    ]


def test_with_an_engine_the_steps_begin_where_a_video_is_asked_for_and_only_its_own_count() -> None:
    at = NOW - timedelta(days=1)
    job = {"job_kind": "dance_video"}
    event(at, UsageKind.UPLOAD, surface="photo")
    for engine, made in (("animation", 2), ("diffusion", 1)):
        danced(3, at, engine=engine)
        for _number in range(made):
            event(at, UsageKind.FINISHED, engine=engine, run_ms=9000, **job)
        event(at, UsageKind.MODERATED, code="block", reason="gore", surface="output", engine=engine, **job)
    event(at, UsageKind.CHECK_FAILED, code="too_dark", surface="photo")
    events_sum_up(NOW)
    result = ran("usage_funnel", preset="7", engine="animation")
    assert [(row.cells["code"], row.cells["count"]) for row in result.rows] == [
        *(("submitted", 3), ("finished", 2), ("watched", 0), ("used", 0))
    ]
    assert "of_first" not in {column.key for column in result.columns}
    assert any("Photos have no engine yet" in str(note) for note in result.notes)
    refused = ran("usage_rejections", preset="7", engine="animation")
    assert [(row.cells["code"], row.cells["count"]) for row in refused.rows] == [("gore", 1)]
    assert any("only results count" in str(note) for note in refused.notes)


def test_one_template_keeps_its_rank_and_share_among_all() -> None:
    first, second = live_template(slug="kemusan").pk, live_template(slug="paradise").pk
    danced(3, NOW - timedelta(days=1), first)
    danced(1, NOW - timedelta(days=1), second)
    events_sum_up(NOW)
    (row,) = [row.cells for row in ran("usage_templates", preset="7", template="paradise").rows]
    assert (row["slug"], row["rank"], row["share"]) == ("paradise", 2, 25.0)


@pytest.mark.parametrize("key", ["usage_peaks", "usage_forecast", "usage_capacity"])
def test_peaks_forecast_and_plan_are_narrowed_by_engine_and_demo_data(key: str) -> None:
    for day in range(1, 36):
        midnight = (NOW - timedelta(days=day)).replace(hour=0, minute=0)
        rows = [
            UsageEvent(
                at=midnight + timedelta(minutes=15 * quarter),
                kind=kind,
                job_kind="dance_video",
                engine="animation",
                run_ms=60_000,
                is_demo=True,
            )
            for quarter in range(0, 96)
            for kind in (UsageKind.SUBMITTED, UsageKind.FINISHED)
            for _video in range(30 if 50 <= quarter < 54 else 2)
        ]
        UsageEvent.objects.bulk_create(rows)
    events_sum_up(NOW)
    assert ran(key, engine="animation").rows
    assert ran(key, demo="only").rows
    assert ran(key, demo="without").rows == []
    assert ran(key, engine=next(one for one in ENGINES if one != "animation")).rows == []
