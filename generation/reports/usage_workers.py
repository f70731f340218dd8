"""How busy the workers are, and how often one stood idle while somebody waited."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generation.reports.usage_base import BY, DATA, Cells, ClockReport, part_of
from tongyi_portal.common.reports import (
    Asked,
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    Row,
    Series,
)
from tongyi_portal.usage.load_queries import Load, load_by_hour_of_day, load_by_slot
from tongyi_portal.usage.queries import Wanted


class UsageWorkers(ClockReport):
    """Queue and workers."""

    key = "usage_workers"
    title = _("Workers")
    description = _("How many workers there were, how busy they were, and whether any stood idle in vain.")
    filters = (BY, DATA)
    not_narrowed = dict.fromkeys(
        ("app", "template", "engine"), _("All workers take what comes next, whatever it is.")
    )
    columns = (
        Column("slot", _("from"), ColumnKind.TEXT),
        Column("workers", _("workers"), ColumnKind.NUMBER, _("Mean over the minutes."), is_compared=True),
        Column(
            "utilisation",
            _("busy"),
            ColumnKind.PERCENT,
            _("Of the time of all workers that were there."),
            is_compared=True,
        ),
        Column("queued", _("queue, mean"), ColumnKind.NUMBER, is_compared=True),
        Column("queued_most", _("queue, longest"), help=_("Videos waiting, at the worst minute.")),
        Column("oldest", _("longest wait seen"), ColumnKind.SECONDS),
        Column(
            "idle_while_queued",
            _("idle while others waited"),
            ColumnKind.PERCENT,
            _("Of the workers' time: minutes of idle workers while videos waited."),
            is_compared=True,
        ),
        Column("samples", _("minutes looked at")),
    )

    def by_hour(self, wanted: Wanted) -> Cells | None:
        loads = load_by_hour_of_day(wanted.since, wanted.until, wanted.is_demo)
        return (lambda hour: _cells(loads.get(hour))) if loads else None

    def by_slot(self, wanted: Wanted, seconds: int) -> Cells:
        loads = load_by_slot(wanted.since, wanted.until, seconds, wanted.is_demo)
        return lambda slot: _cells(loads.get(slot))

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        wanted = self.wanted(asked)
        loads = load_by_hour_of_day(wanted.since, wanted.until, wanted.is_demo).values()
        return {"slot": gettext("together"), **_cells(reduce(Load.with_more, loads) if loads else None)}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        return Chart(
            ChartKind.LINES,
            _("Share of the workers' time"),
            self.labels(asked, rows),
            [
                Series(_("busy"), [row["utilisation"] for row in rows]),
                Series(_("idle while others waited"), [row["idle_while_queued"] for row in rows]),
            ],
            "%",
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        return [
            *super().notes(asked, rows),
            _("Queue and workers are looked at once a minute; shorter stretches are not seen."),
        ]


def _cells(load: Load | None) -> dict[str, Any]:
    if load is None or not load.samples:
        keys = ("workers", "utilisation", "queued", "queued_most", "oldest", "idle_while_queued")
        return {**dict.fromkeys(keys), "samples": 0}
    return {
        "workers": load.workers / load.samples,
        "utilisation": part_of(min(load.busy, load.workers), load.workers),
        "queued": load.queued / load.samples,
        "queued_most": load.queued_most,
        "oldest": load.oldest_wait_ms / 1000,
        "idle_while_queued": part_of(load.idle_while_queued, load.workers),
        "samples": load.samples,
    }
