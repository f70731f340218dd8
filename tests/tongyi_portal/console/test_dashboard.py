"""The landing page of the console shows what is so, and only what the reader may see."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation.models import Job
from generation.states import JobState
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.console.dashboard import quantile, seconds_text, today_context, today_start

pytestmark = pytest.mark.django_db


def staff(role: str) -> User:
    user = User.objects.create_user(f"{role}-person", password="secret-word-9", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def job(
    owner: User, state: str, *, waited: float = 2, ran: float = 5, reviewed: float = 0, ago_days: int = 0
) -> Job:
    moment = timezone.now() - timedelta(days=ago_days)
    is_done = state in {JobState.SUCCEEDED, JobState.FAILED}
    row = Job.objects.create(
        owner=owner,
        kind="dance_video",
        seed=1,
        state=state,
        queued_at=moment,
        started_at=moment + timedelta(seconds=waited) if is_done else None,
        finished_at=moment + timedelta(seconds=waited + ran + reviewed) if is_done else None,
        work_seconds=ran if state == JobState.SUCCEEDED else None,
    )
    Job.objects.filter(pk=row.pk).update(created_at=moment)
    return row


def test_todays_numbers_count_todays_jobs_only() -> None:
    owner = User.objects.create_user("dancer")
    for waited in (1, 2, 9):
        job(owner, JobState.SUCCEEDED, waited=waited)
    job(owner, JobState.FAILED)
    job(owner, JobState.SUCCEEDED, ago_days=1)
    figures = {str(figure.title): figure for figure in today_context()["today_figures"]}
    assert figures["Jobs submitted"].value == "4"
    assert figures["Videos finished"].value == "3"
    assert figures["Videos finished"].note == "1 failed"
    assert figures["Wait, median"].value == "2.0 s"


def test_the_run_time_is_the_workers_without_any_review() -> None:
    owner = User.objects.create_user("dancer")
    for ran in (4, 5, 6):
        job(owner, JobState.SUCCEEDED, ran=ran, reviewed=5 * 3600)
    figures = {str(figure.title): figure for figure in today_context()["today_figures"]}
    assert figures["Run time, median"].value == "5.0 s"
    assert figures["Run time, median"].note == "95 % run less than 6.0 s"


def test_times_are_those_of_the_newest_jobs_when_there_are_very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tongyi_portal.console.dashboard.TIMED_JOBS", 2)
    owner = User.objects.create_user("dancer")
    for number in (90, 3, 3):
        job(owner, JobState.SUCCEEDED, waited=number, ran=number)
    figures = {str(figure.title): figure for figure in today_context()["today_figures"]}
    assert figures["Wait, median"].value == figures["Run time, median"].value == "3.0 s"


def test_the_hours_of_the_chart_add_up_to_the_days_jobs() -> None:
    owner = User.objects.create_user("dancer")
    for _ in range(3):
        job(owner, JobState.SUCCEEDED)
    hours = today_context()["hours"]
    assert hours[0]["hour"] == today_start()
    assert sum(hour["submitted"] for hour in hours) == 3
    assert sum(hour["finished"] for hour in hours) == 3


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


@pytest.mark.parametrize(("part", "expected"), [(0.5, 3), (0.95, 5), (0.0, 1), (1.0, 5)])
def test_quantiles_are_nearest_ranks(part: float, expected: float) -> None:
    assert quantile([1, 2, 3, 4, 5], part) == expected


def test_an_empty_day_has_no_quantiles() -> None:
    assert quantile([], 0.5) is None
    assert seconds_text(None) == "–"
    assert seconds_text(185) == "3 min 05 s"
