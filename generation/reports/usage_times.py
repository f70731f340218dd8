"""How long people wait and workers work, by hour of the day or over time."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generation.reports.usage_base import APP, BY, DATA, ENGINE, ONE_QUEUE, Cells, ClockReport
from tongyi_portal.common.reports import (
    Asked,
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    Row,
    Series,
)
from tongyi_portal.usage.histograms import quantile_seconds
from tongyi_portal.usage.models import Measure
from tongyi_portal.usage.queries import Buckets, Wanted, times_by_hour_of_day, times_by_slot, times_together


class UsageTimes(ClockReport):
    """Waits and work."""

    key = "usage_times"
    title = _("Waits and work")
    description = _(
        "How long videos waited in the queue and how long workers worked on them: the median, and the time "
        "that 95 of 100 do not exceed."
    )
    filters = (
        BY,
        APP,
        ENGINE,
        DATA,
    )
    not_narrowed = {"template": ONE_QUEUE}
    columns = (
        Column("slot", _("from"), ColumnKind.TEXT),
        Column("started", _("started"), help=_("Videos whose wait ended then."), is_compared=True),
        Column(
            "wait_p50", _("wait, median"), ColumnKind.SECONDS, _("From queued to started."), is_compared=True
        ),
        Column(
            "wait_p95",
            _("wait, 95 %"),
            ColumnKind.SECONDS,
            _("95 of 100 waited no longer."),
            is_compared=True,
        ),
        Column("finished", _("finished")),
        Column("run_p50", _("work, median"), ColumnKind.SECONDS, is_compared=True),
        Column("run_p95", _("work, 95 %"), ColumnKind.SECONDS, is_compared=True),
    )

    def by_hour(self, wanted: Wanted) -> Cells | None:
        waits, runs = (times_by_hour_of_day(wanted, measure) for measure in (Measure.WAIT, Measure.RUN))
        if not waits and not runs:
            return None
        return lambda hour: _cells(waits.get(hour, {}), runs.get(hour, {}))

    def by_slot(self, wanted: Wanted, seconds: int) -> Cells:
        waits, runs = (times_by_slot(wanted, measure, seconds) for measure in (Measure.WAIT, Measure.RUN))
        return lambda slot: _cells(waits.get(slot, {}), runs.get(slot, {}))

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        wanted = self.wanted(asked)
        together = _cells(times_together(wanted, Measure.WAIT), times_together(wanted, Measure.RUN))
        return {"slot": gettext("together"), **together}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        waited = [row for row in rows if row["wait_p95"] is not None]
        worst = max(waited, key=lambda row: row["wait_p95"], default=None)
        return Chart(
            ChartKind.LINES,
            _("Seconds of waiting and work"),
            self.labels(asked, rows),
            [
                Series(_("wait, median"), [row["wait_p50"] for row in rows]),
                Series(_("wait, 95 %"), [row["wait_p95"] for row in rows]),
                Series(_("work, median"), [row["run_p50"] for row in rows]),
            ],
            " s",
            summary=gettext("The longest waits, 95 of 100 up to %(seconds)d s, were from %(slot)s.")
            % {"seconds": round(worst["wait_p95"]), "slot": worst["slot"]}
            if worst
            else "",
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        return [
            *super().notes(asked, rows),
            _("Times are counted in steps of a tenth, so each is right within 5 %."),
        ]


def _cells(waits: Buckets, runs: Buckets) -> Mapping[str, Any]:
    return {
        "started": sum(waits.values()),
        "wait_p50": quantile_seconds(waits, 0.5),
        "wait_p95": quantile_seconds(waits, 0.95),
        "finished": sum(runs.values()),
        "run_p50": quantile_seconds(runs, 0.5),
        "run_p95": quantile_seconds(runs, 0.95),
    }
