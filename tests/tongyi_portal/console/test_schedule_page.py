"""The page of scheduled reports: what its form takes, and what it says of what it does not take."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import token_for, user_with
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.usage.models import DayPersons, ReportSchedule

pytestmark = pytest.mark.django_db
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def analyst() -> User:
    return user_with(roles.ANALYST, username="lin", email="lin@example.com", is_staff=True)


@pytest.fixture
def client(analyst: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(analyst, backend=MODEL_BACKEND)
    return client


def sent(client: Client, analyst: User, **changes: Any) -> str:
    """The page after the form was sent with these changes."""
    given = {
        "report": "usage_templates",
        "filter-engine": "animation",
        "preset": "7",
        "compare": "weekdays",
        "channel": "mail",
        "rhythm": "weekly",
        "weekday": "3",
        "month_day": "1",
        "hour": "8",
        "language": "en",
        "people": [str(analyst.pk)],
    }
    return client.post(reverse("admin:report_schedule_add"), given | changes, follow=True).content.decode()


def test_the_form_makes_a_schedule_with_the_questions_filters(client: Client, analyst: User) -> None:
    assert "The report will be sent from now on." in sent(client, analyst)
    schedule = ReportSchedule.objects.get()
    assert schedule.query == {"engine": "animation", "preset": "7", "compare": "weekdays"}
    assert (schedule.rhythm, schedule.weekday, schedule.hour) == ("weekly", 3, 8)
    assert [(one.user, one.language) for one in schedule.recipients.all()] == [(analyst, "en")]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"hour": "24"}, "less than or equal to 23"),
        ({"hour": "soon"}, "hour: Enter a whole number."),
        ({"weekday": "7"}, "Weekday: Select a valid choice."),
        ({"month_day": ""}, "day of the month: This field is required."),
        ({"language": "de"}, "Language of the mail: Select a valid choice."),
        ({"people": ["nobody"]}, "Recipients of the mail: "),
        ({"people": []}, "needs a recipient"),
        ({"report": "usage_gossip"}, "no such report"),
    ],
)
def test_what_cannot_be_scheduled_is_told_and_nothing_is_made(
    client: Client, analyst: User, changes: dict[str, Any], told: str
) -> None:
    assert told in sent(client, analyst, **changes)
    assert not ReportSchedule.objects.exists()


def test_filters_are_told_by_their_names_and_not_by_ids(client: Client, analyst: User) -> None:
    token, _secret = token_for(user_with(roles.APP))
    DayPersons.objects.create(day=timezone.localdate(), app=token.pk, count=1)
    page = sent(client, analyst, **{"filter-app": str(token.pk), "filter-demo": "without"})
    assert "engine: animation, app: test, demo data: left out" in page
    assert f"app: {token.pk}" not in page


def test_a_mail_is_in_the_recipients_own_language_or_the_sites(client: Client, analyst: User) -> None:
    assert "lin &lt;lin@example.com&gt; (English)" in sent(client, analyst, language="")
    other = Client(headers={"Accept-Language": "zh-hans"})
    analyst.set_password("secret-of-lin")
    analyst.save()
    other.post(reverse("admin:login"), {"username": "lin", "password": "secret-of-lin"})
    analyst.refresh_from_db()
    assert analyst.language == "zh-hans"
    client.force_login(user_with(roles.ANALYST, is_staff=True), backend=MODEL_BACKEND)
    assert (
        "lin &lt;lin@example.com&gt; (简体中文)"
        in client.get(reverse("admin:report_schedules")).content.decode()
    )


def test_the_form_offers_the_reports_filters_as_they_stand_in_the_address(client: Client) -> None:
    address = reverse("admin:report_schedules")
    page = client.get(address, {"report": "usage_volume", "engine": "animation", "demo": "only"})
    chosen = {
        one["key"]: next(option["value"] for option in one["options"] if option["is_chosen"])
        for one in page.context["filters"]
    }
    assert (chosen["filter-engine"], chosen["filter-demo"], chosen["filter-grain"]) == (
        *("animation", "only", "auto"),
    )
    assert 'name="filter-demo"' in page.content.decode()
