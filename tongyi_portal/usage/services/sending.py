"""sending_send: a due report to each of its recipients in their language, or as an event."""

import logging
import uuid
from collections.abc import Mapping
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, override

from tongyi_portal.common.errors import AppError, PermissionRefused, TransitionRefused
from tongyi_portal.common.report_periods import zone_name
from tongyi_portal.common.report_tables import csv_lines, file_name, json_value
from tongyi_portal.common.report_texts import cell_text, compared_text
from tongyi_portal.common.reports import ReportResult, ResultRow, asked_of, report_for, report_run
from tongyi_portal.usage.models import Channel, ReportRecipient, ReportSchedule, ReportSending
from tongyi_portal.usage.services.scheduling import may_get
from tongyi_portal.usage.states import SENDING, SendingState
from tongyi_portal.webhooks.services.events import event_emit

logger = logging.getLogger(__name__)
READY = "report.ready"
ROWS_IN_MAIL = 10
ROWS_IN_EVENT = 50


def sending_send(*, sending_id: uuid.UUID) -> None:
    """Send what waits, once; nothing when it is gone, done, or in another worker's hands.

    A fault of one recipient hinders no other; all are written down.
    """
    sending = ReportSending.objects.select_related("schedule__by").filter(pk=sending_id).first()
    if sending is None:
        return
    try:
        SENDING.move(sending, SendingState.SENDING, taken_at=timezone.now(), faults=[])
    except TransitionRefused:
        return
    schedule = sending.schedule
    if schedule.channel == Channel.WEBHOOK:
        _emit(sending, schedule)
    else:
        _mail(sending, schedule)


def _mail(sending: ReportSending, schedule: ReportSchedule) -> None:
    faults: list[dict[str, str]] = []
    others = schedule.recipients.select_related("user").order_by("pk")
    for recipient in others:
        if str(recipient.user_id) in sending.done:
            continue
        code = _mail_to(recipient, sending)
        if code:
            name = recipient.user.get_username()
            faults.append({"user": str(recipient.user_id), "name": name, "code": code})
            continue
        sending.done.append(str(recipient.user_id))
        ReportSending.objects.filter(pk=sending.pk).update(done=sending.done)
    _end(sending, faults)


def _mail_to(recipient: ReportRecipient, sending: ReportSending) -> str:
    """Why it could not be sent; empty when it was."""
    try:
        with override(recipient.mail_language):
            result = _result(sending, recipient.user)
            message = EmailMessage(
                subject=_subject(result), body=mail_body(result), to=[recipient.user.email]
            )
            message.attach(file_name(result), "".join(csv_lines(result)), "text/csv")
        message.send()
    except AppError as error:
        return error.code
    except (SMTPException, OSError) as error:
        logger.warning("report not mailed", extra={"sending": str(sending.pk), "fault": str(error)})
        return "mail_refused"
    return ""


def _emit(sending: ReportSending, schedule: ReportSchedule) -> None:
    try:
        with override(settings.LANGUAGE_CODE):
            result = _result(sending, schedule.by)
            data = event_data(result, schedule)
    except AppError as error:
        _end(sending, [{"user": "", "name": schedule.by.get_username(), "code": error.code}])
        return
    with transaction.atomic():
        told = event_emit(type=READY, owner_id=None, data=data)
        nobody = {"user": "", "name": "", "code": "no_endpoint_listens"}
        _end(sending, [] if told is not None else [nobody])


def _result(sending: ReportSending, reader: Any) -> ReportResult:
    """The report as of the time at which it was due. Raises ReportNotFound, PermissionRefused and others."""
    report = report_for(reader, sending.schedule.report_key)
    if sending.schedule.channel == Channel.MAIL and not may_get(reader, report):
        raise PermissionRefused
    return report_run(report, asked_of(report, sending.schedule.query, sending.due_at))


def _end(sending: ReportSending, faults: list[dict[str, str]]) -> None:
    state = SendingState.FAILED if faults else SendingState.SENT
    SENDING.move(sending, state, ended_at=timezone.now(), faults=faults)


def _subject(result: ReportResult) -> str:
    """The report, its days and its filters, on one line."""
    return " ".join(" · ".join([str(result.report.title), _days(result), *_filters(result)]).split())


def _filters(result: ReportResult) -> list[str]:
    return [f"{title}: {value}" for title, value in result.chosen]


def _days(result: ReportResult) -> str:
    if not result.report.has_period:
        return timezone.localtime(result.asked.now).strftime("%Y-%m-%d %H:%M")
    period = result.asked.period
    return str(period.first) if period.first == period.last else f"{period.first} – {period.last}"


def mail_body(result: ReportResult) -> str:
    """The first rows and the totals as lines of plain text, in the language that is active."""
    fresh = timezone.localtime(result.data_to).strftime("%Y-%m-%d %H:%M")
    lines = [
        f"{result.report.title} · {_days(result)}",
        gettext("Times are in the zone %(zone)s; data to %(time)s.") % {"zone": zone_name(), "time": fresh},
        *_filters(result),
        *([compared_text(result.compared)] if result.compared is not None else []),
        "",
    ]
    lines += [_line(result, row) for row in result.rows[:ROWS_IN_MAIL]]
    if not result.rows:
        lines.append(gettext("There is nothing to count in this period."))
    elif len(result.rows) > ROWS_IN_MAIL:
        lines.append(
            gettext("The first %(shown)d of %(count)d rows; the attached file has all.")
            % {"shown": ROWS_IN_MAIL, "count": len(result.rows)}
        )
    if result.totals is not None and result.rows:
        lines += ["", _line(result, result.totals)]
    lines += ["", *(str(note) for note in result.notes)] if result.notes else []
    return "\n".join(lines) + "\n"


def _line(result: ReportResult, row: ResultRow) -> str:
    """A row as "name: first title 1, second title 2 (before: 3)"; what has no number is left out."""
    name, *others = result.columns
    parts = []
    for column in others:
        value = row.cells.get(column.key)
        if value is None or value == "" or column.is_for_programs:
            continue
        text = cell_text(column, value)
        earlier = (row.previous or {}).get(column.key)
        if column.is_compared and earlier is not None:
            before = {"value": text, "before": cell_text(column, earlier)}
            text = gettext("%(value)s (before: %(before)s)") % before
        parts.append(f"{column.title} {text}")
    return f"{cell_text(name, row.cells.get(name.key))}: {', '.join(parts)}"


def event_data(result: ReportResult, schedule: ReportSchedule) -> dict[str, Any]:
    """What the event tells: the figures, cut after ROWS_IN_EVENT rows, and where all of them are."""

    def cells(given: Mapping[str, Any]) -> dict[str, Any]:
        return {one.key: json_value(one, given[one.key]) for one in result.columns if one.key in given}

    asked, compared = result.asked, result.compared
    period, has_period = asked.period, result.report.has_period
    filters = {key: value for key, value in asked.choices.items() if value}
    days = {"since": str(period.first), "until": str(period.last), "compare": str(asked.compare)}
    query = urlencode({**(days if has_period else {}), **filters})
    address = f"/api/v1/reports/{result.report.key}"
    return {
        "schedule": str(schedule.pk),
        "report": result.report.key,
        "zone": zone_name(),
        "data_to": timezone.localtime(result.data_to).isoformat(timespec="seconds"),
        "first_day": str(period.first) if has_period else None,
        "last_day": str(period.last) if has_period else None,
        "compared_first_day": str(compared.first) if compared is not None else None,
        "compared_last_day": str(compared.last) if compared is not None else None,
        "filters": filters,
        "is_demo": result.is_demo,
        "rows": [cells(row.cells) for row in result.rows[:ROWS_IN_EVENT]],
        "row_count": len(result.rows),
        "totals": cells(result.totals.cells) if result.totals is not None else None,
        "address": f"{address}?{query}" if query else address,
    }
