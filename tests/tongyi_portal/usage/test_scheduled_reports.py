"""Scheduled reports come once for each time, to whom may read them; what failed is told and tried again."""

import csv
import io
import re
import uuid
from datetime import UTC, datetime, timedelta
from smtplib import SMTPServerDisconnected
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from tests.factories.accounts import client_of, user_with
from tests.factories.templates import live_template
from tests.factories.usage_history import dances_make, events_sum_up
from tests.factories.webhooks import EndpointFactory
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.errors import PermissionRefused, TransitionRefused
from tongyi_portal.common.reports import ReportQueryInvalid
from tongyi_portal.usage.errors import RecipientRefused, ScheduleWithoutRecipients
from tongyi_portal.usage.models import ReportSchedule, ReportSending
from tongyi_portal.usage.schedule_times import time_after
from tongyi_portal.usage.services.scheduling import (
    schedule_create,
    schedule_delete,
    schedule_pause,
    schedule_resume,
    schedule_send_now,
    schedules_advance,
    sending_retry,
)
from tongyi_portal.usage.services.sending import sending_send
from tongyi_portal.usage.states import SENDING, SendingState
from tongyi_portal.webhooks.models import Event

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def analyst() -> User:
    return user_with(roles.ANALYST, username="lin", email="lin@example.com", is_staff=True)


@pytest.fixture
def other() -> User:
    return user_with(roles.OPERATOR, username="wang", email="wang@example.com", is_staff=True)


def made(by: User, *people: User, language: str = "en", **changes: Any) -> ReportSchedule:
    facts: dict[str, Any] = {
        "report_key": "usage_templates",
        "query": {"preset": "7"},
        "recipients": dict.fromkeys(people or (by,), language),
        "channel": "mail",
        "rhythm": "daily",
        "hour": 9,
    }
    return schedule_create(by=by, **{**facts, **changes})


def due(schedule: ReportSchedule) -> datetime:
    """The moment just after its next time."""
    return schedule.due_at + timedelta(seconds=5)


@pytest.mark.parametrize(
    ("rhythm", "after", "expected"),
    [
        ("daily", "2026-03-04 08:59", "2026-03-04 09:00"),
        ("daily", "2026-03-04 09:00", "2026-03-05 09:00"),
        ("weekly", "2026-03-04 08:00", "2026-03-09 09:00"),  # a Wednesday; Mondays are meant
        ("monthly", "2026-03-04 08:00", "2026-04-03 09:00"),
        ("monthly", "2026-03-03 08:00", "2026-03-03 09:00"),
    ],
)
def test_the_next_time_is_on_the_sites_clock(rhythm: str, after: str, expected: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=SHANGHAI)
    found = time_after(moment, rhythm=rhythm, hour=9, weekday=0, month_day=3, zone=SHANGHAI)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=SHANGHAI)
    assert found.tzinfo == UTC


def test_a_due_report_is_mailed_once_though_the_clock_calls_twice(
    analyst: User, django_capture_on_commit_callbacks: Any
) -> None:
    template = live_template(slug="kemusan", name_zh="科目三", name_en="Subject Three")
    dances_make(days=9, per_day=40, templates=[template.pk, uuid.UUID(int=5)])
    events_sum_up()
    schedule = made(analyst)
    moment = due(schedule)
    with django_capture_on_commit_callbacks(execute=True):
        assert schedules_advance(now=moment) == 1
        assert schedules_advance(now=moment) == 0
    (sent,) = mail.outbox
    assert sent.to == ["lin@example.com"]
    assert sent.subject.startswith("Templates by use")
    assert "Subject Three: rank 1" in sent.body
    assert "Asia/Shanghai" in sent.body
    name, content, kind = sent.attachments[0]
    assert (name.startswith("usage_templates_"), kind) == (True, "text/csv")
    assert "Subject Three" in str(content)
    sending = ReportSending.objects.get()
    assert (sending.state, sending.done) == (SendingState.SENT, [str(analyst.pk)])
    schedule.refresh_from_db()
    assert schedule.due_at > moment
    sending_send(sending_id=sending.pk)
    assert len(mail.outbox) == 1


def test_a_mail_and_its_file_name_the_question_and_tell_numbers_as_the_page(analyst: User) -> None:
    template = live_template(slug="kemusan", name_zh="科目三", name_en="Subject Three")
    dances_make(days=16, per_day=40, templates=[template.pk, uuid.UUID(int=5)], is_demo=True)
    events_sum_up()
    query = {"preset": "7", "compare": "weekdays", "engine": "animation", "demo": "only"}
    sending = schedule_send_now(schedule=made(analyst, query=query), by=analyst)
    sending_send(sending_id=sending.pk)
    (sent,) = mail.outbox
    before = timezone.localtime(sending.due_at).replace(minute=0, second=0) - timedelta(days=7)
    assert sent.subject.endswith(" · engine: animation · demo data: nothing else")
    assert "Only demo data is counted: nobody danced it." in sent.body
    assert "\nengine: animation\n" in sent.body
    first = before.date() - timedelta(days=6)
    assert f"Compared with {first} to {before:%Y-%m-%d %H:%M}." in sent.body
    assert re.search(r"submitted \d+ \(before: \d+\), share \d+\.\d % \(before: \d+\.\d %\)", sent.body)
    lines = list(csv.reader(io.StringIO(str(sent.attachments[0][1]).lstrip("\ufeff"))))
    cells = dict(zip(lines[0], lines[1], strict=True))
    assert (cells["filter: engine"], cells["demo data"]) == ("animation", "1")
    assert cells["compared from (Asia/Shanghai)"] == str(first)
    assert cells["compared to (Asia/Shanghai)"].startswith(f"{before:%Y-%m-%d %H:%M}")


def test_two_clocks_at_once_open_one_sending(analyst: User) -> None:
    schedule = made(analyst)
    moment, stale = due(schedule), ReportSchedule.objects.get()
    schedules_advance(now=moment)
    from tongyi_portal.usage.services import scheduling

    assert scheduling._advance(stale, moment) is False
    assert ReportSending.objects.count() == 1


def test_of_missed_times_only_the_last_is_made_up_for(analyst: User) -> None:
    schedule = made(analyst)
    assert schedules_advance(now=schedule.due_at + timedelta(days=4, hours=2)) == 1
    sending = ReportSending.objects.get()
    assert sending.due_at == schedule.due_at + timedelta(days=4)


def test_each_recipient_reads_it_in_their_own_language(analyst: User, other: User) -> None:
    third = user_with(roles.OPERATOR, username="zhao", email="zhao@example.com", is_staff=True)
    User.objects.filter(pk=third.pk).update(language="zh-hans")
    recipients = {analyst: "", other: "zh-hans", third: ""}
    schedule = made(analyst, recipients=recipients, report_key="usage_funnel")
    sending = schedule_send_now(schedule=schedule, by=analyst)
    sending_send(sending_id=sending.pk)
    english, chinese, own = sorted(mail.outbox, key=lambda sent: sent.to)
    assert "data to" in english.body  # nothing is known of lin: the site's
    assert english.to == ["lin@example.com"]
    assert chinese.to == ["wang@example.com"]
    assert "data to" not in own.body
    assert own.body == chinese.body


def test_what_failed_is_told_and_tried_again_for_those_alone_whom_it_did_not_reach(
    analyst: User, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = made(analyst, analyst, other)
    sending = schedule_send_now(schedule=schedule, by=analyst)
    send = EmailMessage.send

    def refusing(message: EmailMessage, *args: Any, **kwargs: Any) -> int:
        if message.to == ["wang@example.com"]:
            raise SMTPServerDisconnected("gone")
        return send(message, *args, **kwargs)

    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", refusing)
        sending_send(sending_id=sending.pk)
    sending.refresh_from_db()
    assert sending.state == SendingState.FAILED
    assert [(fault["name"], fault["code"]) for fault in sending.faults] == [("wang", "mail_refused")]
    sending_retry(sending=sending, by=analyst)
    sending_send(sending_id=sending.pk)
    assert [sent.to for sent in mail.outbox] == [["lin@example.com"], ["wang@example.com"]]
    sending.refresh_from_db()
    assert (sending.state, sending.faults) == (SendingState.SENT, [])
    with pytest.raises(TransitionRefused):
        sending_retry(sending=sending, by=analyst)


def test_whoever_lost_the_right_gets_nothing(analyst: User, other: User) -> None:
    schedule = made(analyst, other)
    other.groups.clear()
    sending = schedule_send_now(schedule=schedule, by=analyst)
    sending_send(sending_id=sending.pk)
    sending.refresh_from_db()
    assert mail.outbox == []
    assert sending.faults[0]["code"] == "permission_refused"


def test_a_sending_whose_worker_died_is_told_and_not_repeated(analyst: User) -> None:
    sending = schedule_send_now(schedule=made(analyst), by=analyst)
    SENDING.move(sending, SendingState.SENDING, taken_at=timezone.now() - timedelta(hours=1))
    schedules_advance(now=timezone.now())
    sending.refresh_from_db()
    assert (sending.state, sending.faults[0]["code"]) == (SendingState.FAILED, "interrupted")
    assert mail.outbox == []


def test_a_lost_wake_up_is_sent_again(analyst: User, django_capture_on_commit_callbacks: Any) -> None:
    sending = schedule_send_now(schedule=made(analyst), by=analyst)  # its wake-up is never sent here
    with django_capture_on_commit_callbacks(execute=True):
        schedules_advance(now=timezone.now() + timedelta(minutes=2))
    sending.refresh_from_db()
    assert sending.state == SendingState.SENT


def test_a_paused_report_is_not_sent_and_misses_its_times(analyst: User) -> None:
    schedule = schedule_pause(schedule=made(analyst), by=analyst)
    moment = due(schedule)
    assert schedules_advance(now=moment) == 0
    ReportSchedule.objects.update(due_at=timezone.now() - timedelta(days=3))
    schedule = schedule_resume(schedule=schedule, by=analyst)
    assert schedule.due_at > timezone.now()
    assert schedules_advance(now=timezone.now()) == 0


def test_a_webhook_is_told_the_figures(analyst: User, other: User) -> None:
    EndpointFactory(owner=other, is_staff_wide=True)
    schedule = made(
        analyst,
        channel="webhook",
        recipients={},
        report_key="usage_failures",
        query={"preset": "7", "compare": "weekdays", "engine": "animation"},
    )
    sending = schedule_send_now(schedule=schedule, by=analyst)
    sending_send(sending_id=sending.pk)
    event = Event.objects.get(type="report.ready")
    assert event.data["report"] == "usage_failures"
    first, last = event.data["first_day"], event.data["last_day"]
    assert event.data["filters"] == {"engine": "animation", "demo": "with"}
    assert (event.data["compared_first_day"] < first, event.data["is_demo"]) == (True, False)
    address = f"/api/v1/reports/usage_failures?since={first}&until={last}"
    address += "&compare=weekdays&engine=animation&demo=with"
    assert event.data["address"] == address
    reader = user_with(roles.ANALYST, roles.APP, is_staff=True)
    assert client_of(reader).get(address).status_code == 200
    assert event.data["row_count"] == 0
    sending.refresh_from_db()
    assert sending.state == SendingState.SENT


def test_a_webhook_that_nobody_listens_to_is_told_as_failed(analyst: User) -> None:
    schedule = made(analyst, channel="webhook", recipients={})
    sending = schedule_send_now(schedule=schedule, by=analyst)
    sending_send(sending_id=sending.pk)
    sending.refresh_from_db()
    assert (sending.state, sending.faults[0]["code"]) == (SendingState.FAILED, "no_endpoint_listens")


def test_a_schedule_needs_the_right_a_moving_period_and_fitting_recipients(analyst: User) -> None:
    outsider = user_with(roles.CURATOR, email="cu@example.com", is_staff=True)
    without_mail = user_with(roles.ANALYST, is_staff=True)
    with pytest.raises(PermissionRefused):
        made(outsider)
    with pytest.raises(ReportQueryInvalid):
        made(analyst, query={"preset": "custom", "since": "2026-03-01", "until": "2026-03-02"})
    with pytest.raises(ReportQueryInvalid):
        made(analyst, query={"engine": "steam"})
    for person in (outsider, without_mail):
        with pytest.raises(RecipientRefused):
            made(analyst, person)
    with pytest.raises(ScheduleWithoutRecipients):
        made(analyst, recipients={})
    assert not ReportSchedule.objects.exists()


def test_a_deleted_schedule_leaves_nothing(analyst: User) -> None:
    schedule = made(analyst)
    schedule_send_now(schedule=schedule, by=analyst)
    schedule_delete(schedule=schedule, by=analyst)
    assert not ReportSending.objects.exists()
