"""The landing page of the console shows what is so, and only what the reader may see."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation.models import Job
from generation.states import JobState
from tests.factories.templates import live_template
from tests.factories.usage import event
from tests.factories.usage_history import events_sum_up
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.report_texts import seconds_text
from tongyi_portal.console.dashboard import Figure, today_context, today_start
from tongyi_portal.usage.models import UsageKind

pytestmark = pytest.mark.django_db
TEMPLATE = uuid.UUID(int=8)


def staff(role: str) -> User:
    user = User.objects.create_user(f"{role}-person", password="secret-word-9", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def danced(*, waited: float = 2, ran: float = 5, ago_days: int = 0, is_failed: bool = False) -> None:
    """A video that was asked for, started and made or failed, as its events tell."""
    at = max(timezone.now() - timedelta(days=ago_days, seconds=1), today_start() - timedelta(days=ago_days))
    job = {"job_kind": "dance_video", "engine": "animation", "template_id": TEMPLATE}
    event(at, UsageKind.SUBMITTED, **job)
    event(at, UsageKind.STARTED, wait_ms=round(waited * 1000), **job)
    event(at, UsageKind.FAILED if is_failed else UsageKind.FINISHED, run_ms=round(ran * 1000), **job)


def figures_of_today() -> dict[str, Figure]:
    events_sum_up()
    return {str(figure.title): figure for figure in today_context()["today_figures"]}


def test_todays_numbers_count_todays_videos_only() -> None:
    for waited in (1, 2, 9):
        danced(waited=waited)
    danced(is_failed=True)
    danced(ago_days=1)
    figures = figures_of_today()
    assert figures["Jobs submitted"].value == "4"
    assert figures["Videos finished"].value == "3"
    assert figures["Videos finished"].note == "1 failed"
    assert figures["Wait, median"].value == "2.0 s"


def test_work_of_staff_for_the_library_is_no_video_of_today() -> None:
    danced()
    event(timezone.now(), UsageKind.SUBMITTED, job_kind="pose_extract", engine="motion")
    assert figures_of_today()["Jobs submitted"].value == "1"


def test_times_are_told_within_five_per_cent() -> None:
    for ran in (4, 5, 6):
        danced(ran=ran)
    figures = figures_of_today()
    assert figures["Run time, median"].value == "5.1 s"
    assert figures["Run time, median"].note == "95 % run less than 6.1 s"


def test_the_hours_of_the_chart_add_up_to_the_days_videos() -> None:
    for _ in range(3):
        danced()
    events_sum_up()
    hours = today_context()["hours"]
    assert hours[0]["hour"] == today_start().replace(tzinfo=None)
    assert sum(hour["submitted"] for hour in hours) == 3
    assert sum(hour["finished"] for hour in hours) == 3


def test_the_templates_in_front_are_named_with_their_share() -> None:
    template = live_template(slug="kemusan", name_zh="科目三", name_en="Subject Three")
    for _ in range(3):
        event(timezone.now(), UsageKind.SUBMITTED, job_kind="dance_video", template_id=template.pk)
    danced()
    events_sum_up()
    (leader,) = today_context()["leaders"]
    assert (leader["slug"], leader["count"], leader["share"]) == ("kemusan", 3, 75.0)


def test_an_analyst_sees_usage_but_not_the_review_backlog() -> None:
    page = signed_in(staff(roles.ANALYST)).get(reverse("admin:index"))
    assert page.status_code == 200
    assert "Jobs by hour" in page.content.decode()
    assert "Waiting for review" not in page.content.decode()


def test_a_moderator_sees_the_backlog_but_not_usage() -> None:
    text = signed_in(staff(roles.MODERATOR)).get(reverse("admin:index")).content.decode()
    assert "Waiting for review" in text
    assert "Jobs by hour" not in text


def test_the_live_part_names_running_jobs() -> None:
    owner = User.objects.create_user("dancer")
    running = Job.objects.create(
        owner=owner,
        kind="dance_video",
        seed=1,
        state=JobState.RUNNING,
        stage="render",
        lease_token="t",
        lease_until=timezone.now(),
        queued_at=timezone.now(),
        started_at=timezone.now(),
    )
    text = signed_in(staff(roles.MODERATOR)).get(reverse("admin:portal_live")).content.decode()
    assert str(running.pk)[:8] in text
    assert "render" in text


def test_visitors_and_apps_do_not_get_in() -> None:
    assert Client().get(reverse("admin:index")).status_code == 302
    app = User.objects.create_user("app")
    app.groups.add(Group.objects.get(name=roles.APP))
    assert signed_in(app).get(reverse("admin:index")).status_code == 302


def test_signing_in_on_the_bare_login_page_leads_to_the_dashboard() -> None:
    staff(roles.ANALYST)
    client = Client()
    page = client.get(reverse("admin:login"), follow=True)
    where = page.redirect_chain[-1][0]
    fields = {"username": "analyst-person", "password": "secret-word-9"}
    answer = client.post(where, fields, follow=True)
    assert answer.redirect_chain == [(reverse("admin:index"), 302)]
    assert answer.status_code == 200


def test_durations_are_written_for_people() -> None:
    assert seconds_text(None) == "–"
    assert seconds_text(185) == "3 min 05 s"
