"""When in the week something happens: weekday by half-hour, as an average week."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generation.reports.usage_base import APP, DATA, ENGINE, TEMPLATE, UsageReport, local_now
from generation.reports.usage_peaks import weekday_name
from tongyi_portal.common.reports import (
    Asked,
    Chart,
    ChartKind,
    ChoiceFilter,
    Column,
    ColumnKind,
    Row,
    Series,
)
from tongyi_portal.usage.local_slots import HALF, local_slots
from tongyi_portal.usage.models import UsageKind, Weekday
from tongyi_portal.usage.queries import counts_by_week

WEEKDAYS = tuple(f"day_{day.value}" for day in Weekday)
COUNTED = (UsageKind.SUBMITTED, UsageKind.FINISHED, UsageKind.FAILED, UsageKind.CANCELLED)


class UsageHeatmap(UsageReport):
    """Rows are half-hours of the day, columns the days of the week."""

    key = "usage_heatmap"
    title = _("Week by half-hours")
    description = _("What an average week looks like: events in each half-hour of each day of the week.")
    identity = ("time",)
    filters = (
        APP,
        TEMPLATE,
        ENGINE,
        DATA,
        ChoiceFilter(
            "event",
            _("event"),
            lambda: [(kind.value, kind.label) for kind in COUNTED],
            default=UsageKind.SUBMITTED.value,
            is_required=True,
        ),
    )
    columns = (
        Column("time", _("from"), ColumnKind.TEXT, _("Each number is the mean over the days of the period.")),
        *(
            Column(key, name, ColumnKind.NUMBER, is_compared=True)
            for key, name in zip(WEEKDAYS, Weekday.labels, strict=True)
        ),
    )

    def rows(self, asked: Asked) -> list[Row]:
        wanted = self.wanted(asked)
        counts = counts_by_week(wanted, asked.choice("event"))
        if not counts:
            return []
        fresh = local_now(self.data_to(asked))
        times = [[0] * 7 for _half in range(48)]
        for slot in local_slots(wanted.since, wanted.until, HALF):
            if slot + timedelta(seconds=HALF) <= fresh or counts.get((slot.weekday(), slot.hour * 2)):
                times[slot.hour * 2 + slot.minute // 30][slot.weekday()] += 1
        step = 2 if asked.choice("template") else 1
        return [
            {
                "time": f"{half // 2:02}:{half % 2 * 30:02}",
                **{
                    WEEKDAYS[day]: counts.get((day, half), 0) / times[half][day] if times[half][day] else None
                    for day in range(7)
                },
            }
            for half in range(0, 48, step)
        ]

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        cells = [(row[key] or 0, row["time"], day) for row in rows for day, key in enumerate(WEEKDAYS)]
        most, time, day = max(cells)
        return Chart(
            ChartKind.HEATMAP,
            _("An average week"),
            [row["time"] for row in rows],
            [Series(weekday_name(day), [row[key] for row in rows]) for day, key in enumerate(WEEKDAYS)],
            summary=gettext("The most, %(count)s, is on %(day)s from %(time)s.")
            % {"count": f"{most:.1f}", "day": weekday_name(day), "time": time},
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        notes = super().notes(asked, rows)
        if asked.choice("template"):
            notes.append(_("Sums of one template are kept by hours: each row is a whole hour."))
        if asked.period.days < 7:
            notes.append(_("The period is shorter than a week: some days are empty."))
        return notes
