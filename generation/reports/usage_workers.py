"""How busy the workers are, and how often one stood idle while somebody waited."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generation.reports.usage_base import UsageReport, local_text, part_of
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
from tongyi_portal.usage.load_queries import Load, load_by_hour_of_day, load_by_slot
from tongyi_portal.usage.local_slots import DAY, HOUR, local_slots

BY_DAY_FROM = 8  # days from which a row is a day


class UsageWorkers(UsageReport):
    """Rows are hours of the day, or hours or days one after the other."""

    key = "usage_workers"
    title = _("Workers")
    description = _("How many workers there were, how busy they were, and whether any stood idle in vain.")
    identity = ("slot",)
    filters = (
        ChoiceFilter(
            "by",
            _("a row for each"),
            lambda: [("hour", _("hour of the day")), ("time", _("hour or day of the period"))],
            default="hour",
            is_required=True,
        ),
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

    def rows(self, asked: Asked) -> list[Row]:
        since, until = asked.period.since, min(asked.period.until, max(asked.now, asked.period.since))
        if asked.choice("by") == "hour":
            loads = load_by_hour_of_day(since, until)
            if not loads:
                return []
            return [{"slot": f"{hour:02}:00", "place": hour, **_cells(loads.get(hour))} for hour in range(24)]
        seconds = DAY if asked.period.days >= BY_DAY_FROM else HOUR
        by_slot = load_by_slot(since, until, seconds)
        return [
            {"slot": local_text(slot, seconds), "place": place, **_cells(by_slot.get(slot))}
            for place, slot in enumerate(local_slots(since, until, seconds))
        ]

    def row_key(self, row: Row) -> tuple[Any, ...]:
        return (row["place"],)

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        since, until = asked.period.since, min(asked.period.until, max(asked.now, asked.period.since))
        loads = load_by_hour_of_day(since, until).values()
        together = Load(
            samples=sum(load.samples for load in loads),
            queued=sum(load.queued for load in loads),
            queued_most=max((load.queued_most for load in loads), default=0),
            oldest_wait_ms=max((load.oldest_wait_ms for load in loads), default=0),
            workers=sum(load.workers for load in loads),
            busy=sum(load.busy for load in loads),
            idle_while_queued=sum(load.idle_while_queued for load in loads),
        )
        return {"slot": gettext("together"), **_cells(together)}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        return Chart(
            ChartKind.LINES,
            _("Share of the workers' time"),
            [row["slot"] if asked.choice("by") == "hour" else row["slot"][5:] for row in rows],
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
            _("Workers are not told apart by app, template or engine: all take what comes next."),
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
