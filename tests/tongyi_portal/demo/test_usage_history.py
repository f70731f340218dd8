from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.utils import timezone

from tests.factories.templates import live_template
from tongyi_portal.demo.usage_history import demo_template_ids, demo_usage_ensure
from tongyi_portal.usage.models import Annotation, UsageEvent, UsageKind

pytestmark = pytest.mark.django_db


def test_the_command_makes_up_usage_once_and_another_one_takes_it_out() -> None:
    template = live_template()
    said = StringIO()

    call_command("usage_demo", days=3, events=1500, stdout=said)

    jobs = UsageEvent.objects.filter(kind=UsageKind.SUBMITTED, job_kind="dance_video")
    most = jobs.values_list("template_id").annotate(jobs=Count("id")).order_by("-jobs")
    assert most[0][0] == template.pk
    assert f"{UsageEvent.objects.count()} events" in said.getvalue()
    with pytest.raises(CommandError, match="usage_demo_remove"):
        call_command("usage_demo", days=3, events=1500)
    call_command("usage_demo_remove", stdout=said)
    assert not UsageEvent.objects.exists()


def test_launches_and_the_outage_stand_beside_the_numbers_until_the_history_leaves() -> None:
    live_template(slug="kemusan", name_zh="科目三", name_en="Subject Three")
    Annotation.objects.create(at=timezone.now(), text="A real one.")
    call_command("usage_demo", days=14, events=1500, stdout=StringIO())
    made = Annotation.objects.filter(is_demo=True)
    assert made.filter(kind="outage").count() == 1
    assert made.filter(kind="note").exists()
    until = timezone.now()
    assert all(until - timedelta(days=15) < note.at <= until for note in made)
    call_command("usage_demo_remove", stdout=StringIO())
    assert [note.text for note in Annotation.objects.all()] == ["A real one."]


def test_what_cannot_be_a_history_is_refused() -> None:
    with pytest.raises(CommandError, match="1 or more"):
        call_command("usage_demo", days=0)


def test_the_demo_makes_usage_of_its_own_dances_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tongyi_portal.demo.usage_history.DEMO_DAYS", 3)
    monkeypatch.setattr("tongyi_portal.demo.usage_history.DEMO_EVENTS", 1500)
    assert demo_usage_ensure() == 0, "an empty library has nothing to dance"
    live_template()

    count = demo_usage_ensure()

    assert count == UsageEvent.objects.filter(is_demo=True).count() > 0
    used = UsageEvent.objects.exclude(template_id=None).values_list("template_id", flat=True)
    assert set(used) == set(demo_template_ids())
    assert demo_usage_ensure() == 0
