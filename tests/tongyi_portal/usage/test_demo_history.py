import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Count, Sum
from django.utils import timezone

from tongyi_portal.usage.day_table import QuarterCount
from tongyi_portal.usage.history import HistoryPlan, history_days
from tongyi_portal.usage.models import (
    DayPersons,
    HourTemplate,
    HourTime,
    LoadSample,
    QuarterTotal,
    UsageEvent,
    UsageKind,
)
from tongyi_portal.usage.peaks import find_peaks
from tongyi_portal.usage.services.demo_history import DemoHistoryPresent, usage_demo_write
from tongyi_portal.usage.services.demo_removal import usage_demo_remove
from tongyi_portal.usage.services.reconciling import usage_reconcile
from tongyi_portal.usage.services.recording import usage_record
from tongyi_portal.usage.services.rollups import usage_roll_up
from tongyi_portal.usage.slots import day_start

pytestmark = pytest.mark.django_db


def _plan(days: int = 4, events: int = 2500) -> HistoryPlan:
    now = timezone.localtime(timezone=timezone.get_default_timezone())
    return HistoryPlan(until=now, days=days, events=events, templates=5, seed=3)


def test_made_up_events_are_marked_and_their_sums_add_up() -> None:
    count = usage_demo_write(plan=_plan())

    assert count == UsageEvent.objects.count() == UsageEvent.objects.filter(is_demo=True).count() > 1500
    by_kind = dict(UsageEvent.objects.values_list("kind").annotate(Count("id")))
    sums = dict(QuarterTotal.objects.filter(is_demo=True).values_list("kind").annotate(Sum("count")))
    assert sums == by_kind
    assert set(by_kind) >= set(UsageKind.values) - {UsageKind.APPEALED, UsageKind.CANCELLED}
    assert HourTime.objects.filter(measure="wait").aggregate(Sum("count"))["count__sum"] == by_kind["started"]
    assert DayPersons.objects.count() > 4
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    assert (
        usage_reconcile(since=day_start(today - timedelta(days=5)), until=timezone.now(), is_repairing=False)
        == []
    )


def test_values_arrive_as_the_models_read_them() -> None:
    plan = _plan()
    known = [day.events for day in history_days(plan)]

    usage_demo_write(plan=plan)

    first = UsageEvent.objects.order_by("at", "id").first()
    assert first is not None
    moment = datetime.fromtimestamp(int(known[0]["at"][0]) / 1000, UTC)
    assert abs(first.at - moment) < timedelta(milliseconds=1)
    started = UsageEvent.objects.filter(kind=UsageKind.STARTED).latest("at")
    assert (started.job_kind, started.engine, started.code) == ("dance_video", "animation", "")
    assert started.wait_ms is not None
    assert (started.run_ms, started.person) == (None, None)
    assert UsageEvent.objects.filter(at__range=(first.at, plan.until)).count() == sum(map(len, known))
    assert UsageEvent.objects.exclude(app_id=None).values("app_id").distinct().count() == 3
    minutes = LoadSample.objects.filter(is_demo=True)
    assert minutes.count() >= 3 * 1440
    assert minutes.filter(busy__gt=0).exists()


def test_templates_that_exist_come_first_and_lead() -> None:
    leader = uuid.uuid4()

    usage_demo_write(plan=_plan(), template_ids=[leader])

    jobs = UsageEvent.objects.filter(kind=UsageKind.SUBMITTED, job_kind="dance_video")
    by_template = dict(jobs.values_list("template_id").annotate(Count("id")))
    assert len(by_template) <= 5
    assert by_template[leader] / jobs.count() == pytest.approx(0.245, abs=0.08)


def test_a_second_history_is_refused_and_a_removed_one_leaves_what_really_happened() -> None:
    usage_record(kind=UsageKind.UPLOAD, surface="photo")
    usage_roll_up()
    usage_demo_write(plan=_plan())
    with pytest.raises(DemoHistoryPresent):
        usage_demo_write(plan=_plan())

    usage_demo_remove()

    assert UsageEvent.objects.count() == 1
    assert QuarterTotal.objects.get().kind == UsageKind.UPLOAD
    assert not HourTemplate.objects.filter(is_demo=True).exists()
    assert not LoadSample.objects.exists()


@pytest.mark.slow
def test_the_demo_has_the_two_peaks_that_the_usage_page_finds() -> None:
    usage_demo_write(plan=_plan(days=63, events=60_000))

    zone = timezone.get_default_timezone()
    totals = (
        QuarterTotal.objects.filter(kind=UsageKind.SUBMITTED).values("quarter").annotate(count=Sum("count"))
    )
    series = [QuarterCount(one["quarter"].astimezone(zone), one["count"]) for one in totals]
    found = [f"{peak.start:%H:%M}-{peak.end:%H:%M}" for peak in find_peaks(series) if peak.is_daily]

    assert found == ["12:30-13:30", "20:00-21:00"]
