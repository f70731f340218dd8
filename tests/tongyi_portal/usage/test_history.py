from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tongyi_portal.usage import history
from tongyi_portal.usage.day_table import QuarterCount
from tongyi_portal.usage.history import HistoryPlan, history_days, history_launches
from tongyi_portal.usage.history_shape import Shape
from tongyi_portal.usage.peaks import find_peaks

ZONE = ZoneInfo("Asia/Shanghai")
PLAN = HistoryPlan(datetime(2026, 3, 20, 15, 30, tzinfo=ZONE), days=60, events=150_000, templates=12, seed=1)


@pytest.fixture(scope="module")
def days() -> list[history.HistoryDay]:
    return list(history_days(PLAN))


@pytest.fixture(scope="module")
def events(days: list[history.HistoryDay]) -> Any:
    return np.concatenate([day.events for day in days])


def _of(events: Any, kind: str, **columns: str) -> Any:
    which = events["kind"] == history.KINDS.index(kind)
    for name, word in columns.items():
        which &= events[name] == history.WORDS[name].index(word)
    return events[which]


def test_the_same_plan_gives_the_same_history_and_another_seed_another_one() -> None:
    small = replace(PLAN, days=8, events=2000)
    once, again, other = (
        [day.events.tobytes() for day in history_days(plan)]
        for plan in (small, small, replace(small, seed=2))
    )

    assert once == again
    assert once != other


def test_it_has_about_so_many_events_on_so_many_days_and_ends_when_it_is_told_to(
    days: list[history.HistoryDay], events: Any
) -> None:
    assert len(days) == 60
    assert days[-1].day == PLAN.until.date()
    assert len(events) == pytest.approx(PLAN.events, rel=0.1)
    assert events["at"].max() < PLAN.until.timestamp() * 1000
    assert all((np.diff(day.events["at"]) >= 0).all() for day in days)


def test_its_two_peaks_are_found(events: Any) -> None:
    quarters, counts = np.unique(_of(events, "submitted")["at"] // 900_000, return_counts=True)
    series = [
        QuarterCount(datetime.fromtimestamp(int(quarter) * 900, ZONE), int(count))
        for quarter, count in zip(quarters, counts, strict=True)
    ]

    found = [(peak.is_daily, f"{peak.start:%H:%M}-{peak.end:%H:%M}") for peak in find_peaks(series)]

    assert found == [(True, "12:30-13:30"), (True, "20:00-21:00")]


def test_weekends_have_more_and_one_template_has_a_quarter_of_all(
    days: list[history.HistoryDay], events: Any
) -> None:
    uploads = {day.day: len(_of(day.events, "upload")) for day in days[:-1]}
    weekend = np.mean([count for day, count in uploads.items() if day.weekday() >= 5])
    workday = np.mean([count for day, count in uploads.items() if day.weekday() < 5])
    jobs = _of(events, "submitted", job_kind="dance_video")
    shares = np.bincount(jobs["template"]) / len(jobs)

    assert 1.15 < weekend / workday < 1.6
    assert 0.22 <= shares[0] <= 0.27
    assert shares[0] > 1.5 * shares[1:].max()


def test_a_launched_template_is_not_danced_before_and_most_of_all_soon_afterwards(
    days: list[history.HistoryDay],
) -> None:
    launches = history_launches(PLAN)
    assert launches
    for template, launch in launches.items():
        by_day = {
            day.day: (day.events["template"] == template).sum() / max(len(day.events), 1) for day in days
        }
        assert sum(share for day, share in by_day.items() if day < launch) == 0
        after = [share for day, share in sorted(by_day.items()) if day >= launch]
        if len(after) > 30:
            assert np.mean(after[1:8]) > 1.5 * np.mean(after[-10:])


def test_on_the_day_of_the_outage_jobs_fail_the_queue_grows_and_people_wait(
    days: list[history.HistoryDay],
) -> None:
    outage = Shape.draw([day.day for day in days], PLAN.templates, np.random.default_rng(PLAN.seed)).outage
    assert outage is not None
    number, start, end = outage
    rest = [day for day in days[:-1] if day is not days[number]]

    def failed(day: history.HistoryDay) -> float:
        return len(_of(day.events, "failed")) / len(_of(day.events, "started"))

    def queued(day: history.HistoryDay) -> int:
        return int(day.load["queued"][start:end].max())

    def waited(day: history.HistoryDay) -> float:
        started = _of(day.events, "started")
        is_then = (started["at"] >= day.load["at"][start]) & (started["at"] < day.load["at"][end])
        return float(np.mean(started["wait_ms"][is_then]))

    assert failed(days[number]) > 3 * np.mean([failed(day) for day in rest])
    assert queued(days[number]) > 3 * np.median([queued(day) for day in rest])
    assert waited(days[number]) > 10 * np.median([waited(day) for day in rest])


def test_every_step_follows_from_the_one_before(events: Any) -> None:
    """Within a history that goes on, up to what is under way at its end."""
    count = {kind: len(_of(events, kind)) for kind in history.KINDS}
    jobs = count["submitted"]

    assert (
        count["upload"] > jobs > count["finished"] > count["watched"] > count["downloaded"] > count["shared"]
    )
    assert 0 <= jobs - count["cancelled"] - count["started"] <= 20
    assert 0 <= count["started"] - count["finished"] - count["failed"] <= 20
    assert (_of(events, "started")["wait_ms"] >= 0).all()
    assert (_of(events, "finished")["run_ms"] > 0).all()
    assert (events["wait_ms"][events["kind"] != history.KINDS.index("started")] == history.NOTHING).all()
    assert min(count.values()) > 0


def test_only_what_people_do_is_somebodys_and_people_come_again_within_a_day_under_one_number(
    days: list[history.HistoryDay], events: Any
) -> None:
    by_nobody = ("moderated", "started", "finished", "failed")
    for kind in history.KINDS:
        has_person = _of(events, kind)["person"] != 0
        assert not has_person.any() if kind in by_nobody else has_person.mean() > 0.9
    uploads = [_of(day.events, "upload")["person"] for day in days[-20:]]
    assert all(len(set(one.tolist())) < len(one) for one in uploads)
    assert not set(uploads[0].tolist()) & set(uploads[1].tolist())


def test_what_is_refused_has_a_reason_and_what_finds_it(events: Any) -> None:
    blocked = _of(events, "moderated", code="block")

    assert (blocked["reason"] > 0).all()
    assert (blocked["scanner"] > 0).mean() > 0.5
    assert (_of(events, "moderated", code="pass")["reason"] == 0).all()
    assert set(np.unique(events["subject_kind"])) >= {1, 2, 3, 4}


def test_the_load_of_each_minute_fits_the_events(days: list[history.HistoryDay]) -> None:
    day = days[-3]

    assert len(day.load) == 1440
    assert (day.load["busy"] <= day.load["workers"]).all()
    assert ((day.load["oldest_wait_ms"] > 0) <= (day.load["queued"] > 0)).all()
    assert day.load["queued"].max() > 0
    assert len(days[-1].load) == 15 * 60 + 30


def test_a_plan_without_a_zone_or_without_anything_in_it_is_refused() -> None:
    for nonsense in ({"until": datetime(2026, 1, 1)}, {"days": 0}, {"events": 0}, {"templates": 0}):  # noqa: DTZ001
        with pytest.raises(ValueError, match="aware time"):
            replace(PLAN, **nonsense)


def test_one_day_with_one_template_is_a_history_too() -> None:
    (day,) = history_days(replace(PLAN, days=1, events=500, templates=1))

    assert len(day.events) > 200
    assert set(np.unique(day.events["template"])) == {-1, 0}
