"""How much is danced over time: the volume by slots of 15 minutes to a day, with peaks and what happened."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from generation.reports.usage_base import (
    APP,
    DATA,
    ENGINE,
    IS_DEMO,
    TEMPLATE,
    UsageReport,
    grain_for,
    local_now,
    local_text,
)
from generation.reports.usage_peaks import peaks_until
from generation.usage_moments import Moment, moments_between, moments_chosen
from tongyi_portal.common.reports import (
    Asked,
    Band,
    Chart,
    ChartKind,
    ChoiceFilter,
    Column,
    ColumnKind,
    Mark,
    Row,
    Series,
    sum_of,
)
from tongyi_portal.usage.local_slots import DAY, HALF, HOUR, QUARTER, local_slots
from tongyi_portal.usage.models import UsageKind
from tongyi_portal.usage.queries import counts_by_slot

COUNTED = (UsageKind.SUBMITTED.value, UsageKind.FINISHED.value, UsageKind.FAILED.value)
GRAINS = {"quarter": QUARTER, "half": HALF, "hour": HOUR, "day": DAY}
MARKS_DRAWN = 12


class UsageVolume(UsageReport):
    """Rows are slots of time."""

    key = "usage_volume"
    title = _("Volume")
    description = _(
        "How many videos were asked for, finished and failed, over time, with the peaks that recur and "
        "what happened meanwhile."
    )
    identity = ("slot",)
    filters = (
        APP,
        TEMPLATE,
        ENGINE,
        DATA,
        ChoiceFilter(
            "grain",
            _("a row for each"),
            lambda: [
                ("auto", _("what fits the period")),
                ("quarter", _("15 minutes")),
                ("half", _("30 minutes")),
                ("hour", _("hour")),
                ("day", _("day")),
            ],
            default="auto",
            is_required=True,
        ),
    )
    columns = (
        Column("slot", _("from"), ColumnKind.TEXT, _("When the slot begins, on the site's clock.")),
        Column(
            "submitted",
            _("submitted"),
            help=_("Videos asked for, whatever became of them."),
            is_compared=True,
        ),
        Column("finished", _("finished"), help=_("Counted when the result was made."), is_compared=True),
        Column("failed", _("failed"), is_compared=True),
        Column("is_open", _("not over"), ColumnKind.FLAG, _("Its numbers will still grow.")),
    )

    def rows(self, asked: Asked) -> list[Row]:
        seconds, wanted = grain_of(asked), self.wanted(asked)
        counts = counts_by_slot(wanted, COUNTED, seconds)
        fresh = local_now(self.data_to(asked))
        return [
            {
                "slot": local_text(slot, seconds),
                **{kind: counts.get(slot, {}).get(kind, 0) for kind in COUNTED},
                "is_open": slot + timedelta(seconds=seconds) > fresh,
                "place": place,
                "begins": slot,
            }
            for place, slot in enumerate(local_slots(wanted.since, wanted.until, seconds))
        ]

    def row_key(self, row: Row) -> tuple[Any, ...]:
        return (row["place"],)

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        return {"slot": gettext("together"), **{kind: sum_of(rows, kind) for kind in COUNTED}}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        seconds = grain_of(asked)
        begins = [row["begins"] for row in rows]
        most = max(rows, key=lambda row: row["submitted"])
        is_open = [place for place, row in enumerate(rows) if row["is_open"]]
        return Chart(
            ChartKind.LINES,
            _("Videos over time"),
            [f"{slot:%m-%d}" if seconds == DAY else f"{slot:%m-%d %H:%M}" for slot in begins],
            [
                Series(_("submitted"), [row["submitted"] for row in rows]),
                Series(_("finished"), [row["finished"] for row in rows]),
                Series(_("failed"), [row["failed"] for row in rows]),
            ],
            summary=gettext("Most were submitted from %(slot)s: %(count)d.")
            % {"slot": most["slot"], "count": most["submitted"]},
            bands=self._bands(asked, begins, seconds),
            marks=_marks(asked, begins, seconds),
            open_from=is_open[0] if is_open else None,
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        notes = super().notes(asked, rows)
        if asked.choice("template"):
            notes.append(_("Sums of one template are kept by hours: shorter slots are not to be had."))
        if any(row["is_open"] for row in rows):
            notes.append(_("What is not over is drawn dashed, and its numbers will still grow."))
        if rows and grain_of(asked) < DAY:
            notes.append(_("Shaded are the peaks that recur, see the report on peaks."))
        left_out = len(_moments(asked)) - MARKS_DRAWN
        if len(rows) > 1 and left_out > 0:
            notes.append(
                ngettext(
                    "%(count)d older moment is not marked in the picture; notes by hand come first.",
                    "%(count)d older moments are not marked in the picture; notes by hand come first.",
                    left_out,
                )
                % {"count": left_out}
            )
        return notes

    def _bands(self, asked: Asked, begins: Sequence[datetime], seconds: int) -> list[Band]:
        """Each stretch of slots that lie in one of the peaks."""
        if seconds >= DAY or len(begins) < 2 or asked.period.days > 14:
            return []
        bands = []
        for peak in peaks_until(self.wanted(asked)):
            inside = [
                place
                for place, slot in enumerate(begins)
                if slot.weekday() in peak.weekdays and peak.start <= slot.time() < peak.end
            ]
            for place in inside:
                if place - 1 not in inside:
                    last = place
                    while last + 1 in inside:
                        last += 1
                    title = f"{peak.start:%H:%M}–{peak.end:%H:%M}"
                    bands.append(Band(place, last, title))
        return bands


def grain_of(asked: Asked) -> int:
    """Seconds of a slot; with a template at least an hour."""
    chosen = GRAINS.get(asked.choice("grain"), 0)
    by_hours = bool(asked.choice("template"))
    seconds = chosen or grain_for(asked.period.days, is_by_hours=by_hours)
    return max(seconds, HOUR) if by_hours else seconds


def _marks(asked: Asked, begins: Sequence[datetime], seconds: int) -> list[Mark]:
    """Moments of the period, those written by hand first, at their place between the slots."""
    if len(begins) < 2:
        return []
    return [
        Mark(
            min((local_now(moment.at) - begins[0]).total_seconds() / seconds, len(begins) - 1),
            f"{local_now(moment.at):%Y-%m-%d %H:%M} {moment.text}",
        )
        for moment in moments_chosen(_moments(asked), MARKS_DRAWN)
    ]


def _moments(asked: Asked) -> list[Moment]:
    """Those of the period that have come; notes may be written ahead."""
    found = moments_between(asked.period.since, asked.period.until, IS_DEMO.get(asked.choice("demo")))
    return [moment for moment in found if moment.at < asked.now]
