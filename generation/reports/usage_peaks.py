"""When much is danced, again and again: the peaks, and what is to be expected in the next day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generation.reports.usage_base import APP, BY_HOURS, DATA, ENGINE, UsageReport, local_now
from tongyi_portal.common.reports import Asked, Band, Chart, ChartKind, Column, ColumnKind, Row, Series
from tongyi_portal.usage.day_table import QuarterCount
from tongyi_portal.usage.forecasts import Forecast, QuarterForecast, expected_rate, next_peak
from tongyi_portal.usage.local_slots import QUARTER, local_slots
from tongyi_portal.usage.models import UsageKind
from tongyi_portal.usage.peaks import Peak, find_peaks
from tongyi_portal.usage.queries import Wanted, counts_by_slot
from tongyi_portal.usage.shared_reads import shared_read

DAYS_LOOKED_AT = 56
KEPT = 16  # answers that each process remembers: the same weeks give the same peaks
_SUBMITTED = UsageKind.SUBMITTED.value
_A_MONDAY = datetime(2024, 1, 1, tzinfo=timezone.get_fixed_timezone(0))


@dataclass(frozen=True)
class Weeks:
    """What was asked for in each quarter of whole days. first: their beginning on the local clock."""

    first: datetime
    counts: tuple[int, ...]

    def series(self) -> list[QuarterCount]:
        zone = timezone.get_default_timezone()
        step = timedelta(seconds=QUARTER)
        return [
            QuarterCount((self.first + place * step).replace(tzinfo=zone), count)
            for place, count in enumerate(self.counts)
        ]


def weeks_until(until: datetime, wanted: Wanted) -> Weeks:
    """The whole days before `until`, from the first day with any video on, of all templates."""
    zone = timezone.get_default_timezone()
    end = until.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    begin = end - timedelta(days=DAYS_LOOKED_AT)
    return _weeks(replace(wanted, since=begin, until=end, template=None))


@shared_read
def _weeks(wanted: Wanted) -> Weeks:
    counts = counts_by_slot(wanted, (_SUBMITTED,), QUARTER)
    begin, end = wanted.since, wanted.until
    first = begin.replace(tzinfo=None)
    if counts:
        first = max(first, min(counts).replace(hour=0, minute=0))
    slots = [slot for slot in local_slots(begin, end, QUARTER) if slot >= first] if counts else []
    return Weeks(first, tuple(counts.get(slot, {}).get(_SUBMITTED, 0) for slot in slots))


def peaks_until(wanted: Wanted) -> tuple[Peak, ...]:
    """The peaks of the weeks before the end of what is wanted."""
    return _peaks_of(weeks_until(wanted.until, wanted))


def forecast_from(now: datetime, wanted: Wanted) -> Forecast | None:
    """The next peak, with its interval; None where none recurs."""
    return _forecast_of(weeks_until(now, wanted), _quarter(now))


def rates_from(now: datetime, wanted: Wanted) -> tuple[QuarterForecast, ...]:
    """What is expected of each quarter of the next 24 hours; empty without enough days."""
    return _rates_of(weeks_until(now, wanted), _quarter(now))


@lru_cache(maxsize=KEPT)
def _peaks_of(weeks: Weeks) -> tuple[Peak, ...]:
    return tuple(find_peaks(weeks.series()))


@lru_cache(maxsize=KEPT)
def _forecast_of(weeks: Weeks, quarter: datetime) -> Forecast | None:
    return next_peak(weeks.series(), _peaks_of(weeks), quarter)


@lru_cache(maxsize=KEPT)
def _rates_of(weeks: Weeks, quarter: datetime) -> tuple[QuarterForecast, ...]:
    return tuple(expected_rate(weeks.series(), quarter, quarter + timedelta(days=1)))


def _quarter(moment: datetime) -> datetime:
    """The quarter of an hour that a moment lies in, in the site's zone."""
    local = moment.astimezone(timezone.get_default_timezone())
    return local.replace(minute=local.minute - local.minute % 15, second=0, microsecond=0)


def weekdays_text(weekdays: Sequence[int]) -> str:
    """Days of the week for people, "every day" for all of them."""
    days = tuple(sorted(weekdays))
    named = {
        tuple(range(7)): gettext("every day"),
        tuple(range(5)): gettext("Monday to Friday"),
        (5, 6): gettext("Saturday and Sunday"),
    }
    return named.get(days) or ", ".join(weekday_name(day) for day in days)


def weekday_name(weekday: int) -> str:
    """A day's short name in the reader's language; 0 is Monday."""
    return str(date_format(_A_MONDAY + timedelta(days=weekday), "D"))


class UsagePeaks(UsageReport):
    """Rows are peaks that recur."""

    key = "usage_peaks"
    title = _("Peaks")
    description = _("Times of day at which much more is asked for than around them, on most days.")
    identity = ("days", "time")
    filters = (APP, ENGINE, DATA)
    not_narrowed = {"template": BY_HOURS}
    columns = (
        Column("time", _("time"), ColumnKind.TEXT),
        Column("days", _("on these days"), ColumnKind.TEXT),
        Column("top", _("at the top"), ColumnKind.NUMBER, _("Videos in 15 minutes, on an average day.")),
        Column("usual", _("around it"), ColumnKind.NUMBER, _("Videos in 15 minutes without the peak.")),
        Column("ratio", _("times as many"), ColumnKind.RATIO),
        Column("seen", _("days seen"), help=_("On how many of the days it could be made out.")),
        Column("looked_at", _("days looked at")),
    )

    def rows(self, asked: Asked) -> list[Row]:
        return [
            {
                "time": f"{peak.start:%H:%M}–{peak.end:%H:%M}",
                "days": weekdays_text(peak.weekdays),
                "top": peak.top_count,
                "usual": peak.usual_count,
                "ratio": peak.ratio,
                "seen": peak.days_seen,
                "looked_at": peak.days_looked_at,
            }
            for peak in peaks_until(self.wanted(asked))
        ]

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        return Chart(
            ChartKind.BARS,
            _("Videos in 15 minutes, at the top and around it"),
            [f"{row['time']} {row['days']}" for row in rows],
            [
                Series(_("at the top"), [row["top"] for row in rows]),
                Series(_("around it"), [row["usual"] for row in rows]),
            ],
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        days = gettext("Looked for in the %(days)d days before the end of the period, however short it is.")
        notes = [*super().notes(asked, rows), days % {"days": DAYS_LOOKED_AT}]
        if not rows:
            notes.append(_("No peak recurs, or there are too few days to tell."))
        return [*notes, forecast_text(forecast_from(asked.now, self.wanted(asked)))]


class UsageForecast(UsageReport):
    """Rows are the quarters of the next 24 hours."""

    key = "usage_forecast"
    title = _("Forecast of the next day")
    description = _("How many videos are to be expected in each quarter of an hour of the next 24 hours.")
    identity = ("slot",)
    filters = (APP, ENGINE, DATA)
    not_narrowed = {"template": BY_HOURS}
    has_period = False
    columns = (
        Column("slot", _("from"), ColumnKind.TEXT),
        Column(
            "expected",
            _("expected"),
            ColumnKind.NUMBER,
            _("From the same weekdays of the last weeks, with an interval of 80 %."),
            low="low",
            high="high",
        ),
        Column("low", _("lower bound"), ColumnKind.NUMBER),
        Column("high", _("upper bound"), ColumnKind.NUMBER),
    )

    def rows(self, asked: Asked) -> list[Row]:
        return [
            {
                "slot": f"{one.quarter:%Y-%m-%d %H:%M}",
                "expected": one.expected,
                "low": one.low,
                "high": one.high,
            }
            for one in rates_from(asked.now, self.wanted(asked))
        ]

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        forecast = forecast_from(asked.now, self.wanted(asked))
        bands = []
        if forecast is not None:
            inside = [
                place
                for place, row in enumerate(rows)
                if f"{local_now(forecast.start):%Y-%m-%d %H:%M}"
                <= row["slot"]
                < f"{local_now(forecast.end):%Y-%m-%d %H:%M}"
            ]
            bands = [Band(inside[0], inside[-1], gettext("next peak"))] if inside else []
        return Chart(
            ChartKind.LINES,
            _("Videos in 15 minutes"),
            [row["slot"][5:] for row in rows],
            [
                Series(_("expected"), [row["expected"] for row in rows]),
                Series(_("lower bound"), [row["low"] for row in rows]),
                Series(_("upper bound"), [row["high"] for row in rows]),
            ],
            summary=forecast_text(forecast),
            bands=bands,
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        notes = super().notes(asked, rows)
        if not rows:
            notes.append(_("There are too few days to tell."))
        return [*notes, forecast_text(forecast_from(asked.now, self.wanted(asked)))]


def forecast_text(forecast: Forecast | None) -> str:
    """The next peak as a sentence."""
    if forecast is None:
        return gettext("No next peak can be told.")
    return gettext(
        "The next peak is expected from %(start)s to %(end)s: %(expected)d videos, with a chance of 80 %% "
        "between %(low)d and %(high)d; told from %(days)d days."
    ) % {
        "start": f"{local_now(forecast.start):%m-%d %H:%M}",
        "end": f"{local_now(forecast.end):%H:%M}",
        "expected": round(forecast.expected_count),
        "low": round(forecast.low),
        "high": round(forecast.high),
        "days": forecast.based_on_days,
    }
