"""The page of scheduled reports: what its form takes, and what it says of what it does not take."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.accounts import user_with
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.usage.models import ReportSchedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def analyst() -> User:
    return user_with(roles.ANALYST, username="lin", email="lin@example.com", is_staff=True)


@pytest.fixture
def client(analyst: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sent(client: Client, analyst: User, **changes: Any) -> str:
    """The page after the form was sent with these changes."""
    given = {
        "report": "usage_templates",
        "query": "engine=animation",
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
