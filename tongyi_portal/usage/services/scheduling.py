"""What can happen to a scheduled report: made, paused, deleted, wanted at once; schedules_advance."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.queue import enqueue
from tongyi_portal.common.report_periods import Preset
from tongyi_portal.common.reports import Report, ReportQueryInvalid, asked_of, report_for
from tongyi_portal.usage.errors import RecipientRefused, ScheduleWithoutRecipients
from tongyi_portal.usage.models import Channel, ReportRecipient, ReportSchedule, ReportSending
from tongyi_portal.usage.schedule_times import time_after
from tongyi_portal.usage.states import SENDING, SendingState

SEND_TASK = "tongyi_portal.usage.tasks.outbound.send_report"
WAKE_AGAIN = timedelta(seconds=60)  # a wake-up that brought nothing by then is taken for lost
GIVEN_UP_AFTER = timedelta(minutes=30)  # longer than a task may run: its worker is dead
ADVANCED_AT_ONCE = 100


@transaction.atomic
def schedule_create(
    *,
    by: User,
    report_key: str,
    query: Mapping[str, str],
    recipients: Mapping[User, str],
    channel: str,
    **times: Any,
) -> ReportSchedule:
    """A report that comes by itself from now on.

    query: parameters of the report's address. recipients: language of the mail by member of staff, empty for
    their own. times: rhythm, hour, weekday, month_day. Raises PermissionRefused, ReportNotFound,
    ReportQueryInvalid, RecipientRefused, ScheduleWithoutRecipients.
    """
    roles.require(by, roles.REPORT_SCHEDULE)
    report = report_for(by, report_key)
    asked_of(report, query)
    if query.get("preset") == Preset.CUSTOM or query.get("since"):
        raise ReportQueryInvalid(_("A report that comes again needs a period that moves with the days."))
    if channel == Channel.MAIL and not recipients:
        raise ScheduleWithoutRecipients
    for person in recipients:
        if not may_get(person, report):
            raise RecipientRefused(details={"recipient": person.get_username()})
    schedule = ReportSchedule(by=by, report_key=report_key, query=dict(query), channel=channel, **times)
    schedule.due_at = next_time(schedule, timezone.now())
    schedule.full_clean(exclude=["by"])
    schedule.save()
    if channel == Channel.MAIL:
        ReportRecipient.objects.bulk_create(
            ReportRecipient(schedule=schedule, user=person, language=language)
            for person, language in recipients.items()
        )
    return schedule


@transaction.atomic
def schedule_pause(*, schedule: ReportSchedule, by: User) -> ReportSchedule:
    """Send nothing until it is resumed. Twice is no fault. Raises PermissionRefused."""
    roles.require(by, roles.REPORT_SCHEDULE)
    ReportSchedule.objects.filter(pk=schedule.pk).update(is_paused=True, updated_at=timezone.now())
    schedule.refresh_from_db()
    return schedule


@transaction.atomic
def schedule_resume(*, schedule: ReportSchedule, by: User) -> ReportSchedule:
    """Send again, from the next time on; what was missed stays missed. Raises PermissionRefused."""
    roles.require(by, roles.REPORT_SCHEDULE)
    moment = timezone.now()
    due_at = next_time(schedule, moment)
    ReportSchedule.objects.filter(pk=schedule.pk, is_paused=True).update(
        is_paused=False, due_at=due_at, updated_at=moment
    )
    schedule.refresh_from_db()
    return schedule


@transaction.atomic
def schedule_delete(*, schedule: ReportSchedule, by: User) -> None:
    """Remove it with the memory of its sendings. Raises PermissionRefused."""
    roles.require(by, roles.REPORT_SCHEDULE)
    schedule.delete()


@transaction.atomic
def schedule_send_now(*, schedule: ReportSchedule, by: User) -> ReportSending:
    """Send it once more, besides its own times. Raises PermissionRefused."""
    roles.require(by, roles.REPORT_SCHEDULE)
    return _sending_open(schedule, timezone.now(), is_by_hand=True)


@transaction.atomic
def sending_retry(*, sending: ReportSending, by: User) -> ReportSending:
    """Try those again whom a failed one did not reach. Raises PermissionRefused, TransitionRefused."""
    roles.require(by, roles.REPORT_SCHEDULE)
    SENDING.move(sending, SendingState.WAITING, ended_at=None)
    enqueue(SEND_TASK, sending.pk)
    return sending


def schedules_advance(*, now: datetime) -> int:
    """Open a sending for each schedule that is due, and wake what waits; returns how many were opened.

    Of times missed while the portal stood still, the last one is made up for. Two callers at once open one.
    """
    due = ReportSchedule.objects.filter(is_paused=False, due_at__lte=now).order_by("due_at")
    opened = sum(_advance(schedule, now) for schedule in due[:ADVANCED_AT_ONCE])
    lost = ReportSending.objects.filter(state=SendingState.WAITING, updated_at__lt=now - WAKE_AGAIN)
    for key in lost.values_list("pk", flat=True)[:ADVANCED_AT_ONCE]:
        ReportSending.objects.filter(pk=key).update(updated_at=now)
        enqueue(SEND_TASK, key)
    _give_up(now)
    return opened


def next_time(schedule: ReportSchedule, after: datetime) -> datetime:
    """When the schedule is due next, later than `after`."""
    return time_after(
        after,
        rhythm=schedule.rhythm,
        hour=schedule.hour,
        weekday=schedule.weekday,
        month_day=schedule.month_day,
        zone=timezone.get_default_timezone(),
    )


def may_get(person: User, report: Report) -> bool:
    """Whether a report may be mailed to somebody: active staff with an address who may read it."""
    return bool(person.is_active and person.is_staff and person.email and report.may_be_read_by(person))


@transaction.atomic
def _advance(schedule: ReportSchedule, now: datetime) -> bool:
    """Move one schedule on, unless somebody else did; its last missed time becomes a sending."""
    due_at = schedule.due_at
    while (following := next_time(schedule, due_at)) <= now:
        due_at = following
    mine = ReportSchedule.objects.filter(pk=schedule.pk, due_at=schedule.due_at, is_paused=False)
    if not mine.update(due_at=following, updated_at=now):
        return False
    _sending_open(schedule, due_at)
    return True


def _sending_open(schedule: ReportSchedule, due_at: datetime, *, is_by_hand: bool = False) -> ReportSending:
    sending = ReportSending.objects.create(schedule=schedule, due_at=due_at, is_by_hand=is_by_hand)
    enqueue(SEND_TASK, sending.pk)
    return sending


def _give_up(now: datetime) -> None:
    """A worker died while it sent, and may have reached some: nobody is written to twice, staff are told."""
    stuck = ReportSending.objects.filter(state=SendingState.SENDING, taken_at__lt=now - GIVEN_UP_AFTER)
    for sending in stuck[:ADVANCED_AT_ONCE]:
        fault = {"user": "", "name": "", "code": "interrupted"}
        SENDING.move(
            sending, SendingState.FAILED, ended_at=now, faults=[fault], guard={"taken_at": sending.taken_at}
        )
