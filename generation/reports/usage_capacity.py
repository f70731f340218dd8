"""How many workers keep waits short at the busiest time to come: by a model, and by a simulation."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from generation.reports.usage_base import APP, DATA, ENGINE, ONE_QUEUE, UsageReport, local_now
from generation.reports.usage_peaks import KEPT, rates_from
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
from tongyi_portal.usage.forecasts import QuarterForecast
from tongyi_portal.usage.histograms import bucket_bounds
from tongyi_portal.usage.models import Measure
from tongyi_portal.usage.queries import Buckets, Wanted, times_together
from tongyi_portal.usage.queueing import Runs, expected_waits, simulated_wait, workers_needed

MINUTES = ("1", "2", "5", "10", "15", "30")
MOST_WORKERS = 256
BEFORE, AFTER = 12, 4  # quarters around the busiest one that are followed
BESIDE = 2  # rows with fewer and with more workers than are needed
RUNS_AT_LEAST = 30
SEED = 1
A_VIDEO_A_QUARTER = 4.0  # an hour; where fewer come, nobody is there to wait


class UsageCapacity(UsageReport):
    """Rows are numbers of workers around the one that is needed."""

    key = "usage_capacity"
    title = _("Workers needed")
    description = _("How many workers keep waits under a limit at the busiest time of the next day.")
    identity = ("workers",)
    filters = (
        ChoiceFilter(
            "limit",
            _("95 of 100 wait at most"),
            lambda: [(minutes, _minutes(minutes)) for minutes in MINUTES],
            default="5",
            is_required=True,
        ),
        ChoiceFilter(
            "basis",
            _("videos to come"),
            lambda: [("expected", _("as expected")), ("high", _("the upper bound of 80 %"))],
            default="expected",
            is_required=True,
        ),
        APP,
        ENGINE,
        DATA,
    )
    not_narrowed = {"template": ONE_QUEUE}
    columns = (
        Column("workers", _("workers"), ColumnKind.COUNT),
        Column(
            "model",
            _("wait of 95 %, by the model"),
            ColumnKind.SECONDS,
            _("Of the worst quarter of an hour around the peak."),
        ),
        Column(
            "simulated",
            _("wait of 95 %, simulated"),
            ColumnKind.SECONDS,
            _(
                "Of the same quarter, from videos that come by chance and are taken one by one; with the "
                "interval in which 19 of 20 such simulations end."
            ),
            low="low",
            high="high",
        ),
        Column("low", _("simulated, lower bound"), ColumnKind.SECONDS),
        Column("high", _("simulated, upper bound"), ColumnKind.SECONDS),
        Column("utilisation", _("busy"), ColumnKind.PERCENT, _("Of the workers, in the busiest quarter.")),
        Column("is_enough", _("enough"), ColumnKind.FLAG, _("The model keeps the limit in every quarter.")),
    )

    def rows(self, asked: Asked) -> list[Row]:
        arrivals, runs = _arrivals(asked, self.wanted(asked)), self._runs(asked)
        if not arrivals or runs is None:
            return []
        limit = 60.0 * int(asked.choice("limit"))
        return [dict(row) for row in _rows_of(arrivals, runs, limit)]

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        return Chart(
            ChartKind.BARS,
            _("Minutes that 95 of 100 wait at the peak"),
            [str(row["workers"]) for row in rows],
            [
                Series(_("by the model"), [row["model"] / 60 for row in rows]),
                Series(
                    _("simulated"),
                    [None if row["simulated"] is None else row["simulated"] / 60 for row in rows],
                ),
            ],
            " min",
            summary=_needed_text(asked, rows),
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        notes = super().notes(asked, rows)
        if not rows:
            return [*notes, _("There are too few days or finished videos to tell.")]
        runs = self._runs(asked)
        busiest = max(rates_from(asked.now, self.wanted(asked)), key=lambda one: one.expected)
        made_of = gettext(
            "Made of the forecast for %(time)s (%(expected)d videos in 15 minutes) and of the work on a "
            "video in the period: %(seconds)s s on average."
        ) % {
            "time": f"{local_now(busiest.quarter):%m-%d %H:%M}",
            "expected": round(busiest.expected),
            "seconds": f"{runs.mean_seconds:.1f}" if runs is not None else "–",
        }
        return [
            _needed_text(asked, rows),
            made_of,
            *notes,
            _("Work for the library takes workers, too, and is not counted here."),
        ]

    def _runs(self, asked: Asked) -> Runs | None:
        return runs_of(times_together(self.wanted(asked), Measure.RUN))


def runs_of(counts: Buckets) -> Runs | None:
    """Mean and variation of what was counted in buckets; None of too few."""
    total = sum(counts.values())
    if total < RUNS_AT_LEAST:
        return None
    middles = {bucket: sum(bucket_bounds(bucket)) / 2000 for bucket in counts}
    mean = sum(middles[bucket] * count for bucket, count in counts.items()) / total
    square = sum((middles[bucket] - mean) ** 2 * count for bucket, count in counts.items()) / total
    return Runs(mean, square / mean**2) if mean > 0 else None


def _arrivals(asked: Asked, wanted: Wanted) -> tuple[float, ...]:
    """Videos an hour in each quarter around the busiest one to come."""
    coming = rates_from(asked.now, wanted)
    if not coming:
        return ()

    def rate(one: QuarterForecast) -> float:
        return 4 * (one.high if asked.choice("basis") == "high" else one.expected)

    busiest = max(range(len(coming)), key=lambda place: rate(coming[place]))
    return tuple(rate(one) for one in coming[max(busiest - BEFORE, 0) : busiest + AFTER + 1])


@lru_cache(maxsize=KEPT)
def _rows_of(arrivals: tuple[float, ...], runs: Runs, limit: float) -> tuple[Row, ...]:
    if not any(arrivals):
        return ()
    needed = workers_needed(arrivals, runs, limit, MOST_WORKERS).workers
    rows: list[Row] = []
    for workers in range(max(needed - BESIDE, 1), min(needed + BESIDE, MOST_WORKERS) + 1):
        plan = expected_waits(arrivals, runs, limit, workers)
        worst = max(
            (place for place, rate in enumerate(arrivals) if rate >= min(A_VIDEO_A_QUARTER, max(arrivals))),
            key=lambda place: plan.p95_wait_seconds[place],
        )
        simulated = simulated_wait(arrivals, runs, workers, worst, seed=SEED)
        rows.append(
            {
                "workers": workers,
                "model": plan.p95_wait_seconds[worst],
                "simulated": simulated.p95_seconds if simulated is not None else None,
                "low": simulated.low if simulated is not None else None,
                "high": simulated.high if simulated is not None else None,
                "utilisation": 100 * max(plan.utilisation),
                "is_enough": plan.is_enough,
            }
        )
    return tuple(rows)


def _needed_text(asked: Asked, rows: Sequence[Row]) -> str:
    enough = [row["workers"] for row in rows if row["is_enough"]]
    minutes = int(asked.choice("limit"))
    if not enough:
        most = rows[-1]["workers"]
        return ngettext(
            "More than %(workers)d worker would be needed.",
            "More than %(workers)d workers would be needed.",
            most,
        ) % {"workers": most}
    return ngettext(
        "%(workers)d worker keeps the wait of 95 of 100 videos under %(minutes)d min.",
        "%(workers)d workers keep the wait of 95 of 100 videos under %(minutes)d min.",
        min(enough),
    ) % {"workers": min(enough), "minutes": minutes}


def _minutes(minutes: str) -> str:
    return gettext("%(minutes)s min") % {"minutes": minutes}
