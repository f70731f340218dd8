"""What the photos show, and how many different persons came on a day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generation.reports.usage_base import (
    APP,
    DATA,
    ENGINE,
    NOT_SUMMED,
    UsageReport,
    apps_offered,
    local_now,
    part_of,
)
from tongyi_portal.common.report_periods import Compare
from tongyi_portal.common.reports import (
    Asked,
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    Row,
    Series,
    sum_of,
)
from tongyi_portal.usage.models import UsageKind
from tongyi_portal.usage.queries import persons_by_day, subject_totals

K = UsageKind
COUNTED = (K.SUBMITTED.value, K.FINISHED.value, K.FAILED.value)
SUBJECTS = {
    "photo": _("photo of a person"),
    "comic": _("comic figure"),
    "statue": _("statue"),
    "unknown": _("cannot be told"),
}
LINES_DRAWN = 3


class _DayReport(UsageReport):
    """Counted by whole days: no part of one can be told."""

    def comparison_end(self, asked: Asked) -> datetime | None:
        return None


class UsageSubjects(_DayReport):
    """Rows are kinds of subjects."""

    key = "usage_subjects"
    title = _("What the photos show")
    description = _("Whether people have photos, comic figures or statues dance, and how well that goes.")
    identity = ("kind",)
    not_narrowed = {"template": NOT_SUMMED}
    filters = (APP, ENGINE, DATA)
    columns = (
        Column("subject", _("photo shows"), ColumnKind.TEXT),
        Column("submitted", _("submitted"), is_compared=True),
        Column("share", _("share"), ColumnKind.PERCENT, _("Of all videos asked for."), is_compared=True),
        Column("finished", _("finished"), is_compared=True),
        Column("failed", _("failed"), is_compared=True),
        Column("failed_share", _("failed, share"), ColumnKind.PERCENT, _("Of those that ended.")),
        Column("kind", _("code"), ColumnKind.TEXT),
    )

    def rows(self, asked: Asked) -> list[Row]:
        if asked.period.cut is not None:  # sums of whole days: no part of the last one is to be had
            return []
        totals = subject_totals(self.wanted(asked), asked.period)
        whole = sum(counts.get(K.SUBMITTED, 0) for counts in totals.values())
        rows: list[Row] = []
        for kind, counts in totals.items():
            submitted, finished, failed = (counts.get(one, 0) for one in COUNTED)
            rows.append(
                {
                    "subject": str(SUBJECTS.get(kind, kind)),
                    "submitted": submitted,
                    "share": part_of(submitted, whole),
                    "finished": finished,
                    "failed": failed,
                    "failed_share": part_of(failed, finished + failed),
                    "kind": kind,
                }
            )
        return sorted(rows, key=lambda row: (-row["submitted"], row["kind"]))

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        if asked.period.cut is not None:
            return None
        return {"subject": gettext("together"), **{key: sum_of(rows, key) for key in COUNTED}}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        return Chart(
            ChartKind.BARS,
            _("What the photos show"),
            [row["subject"] for row in rows],
            [Series(_("share"), [row["share"] for row in rows])],
            " %",
            summary=", ".join(f"{row['subject']}: {row['share'] or 0:.1f} %" for row in rows) + ".",
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        return [
            *super().notes(asked, rows),
            _("A program guesses it from the picture, and says so where it cannot tell."),
            *(
                [_("Counted by whole days, so a period is not compared while its last day runs.")]
                if _is_compared_while_it_runs(asked)
                else []
            ),
        ]


class UsagePersons(_DayReport):
    """Rows are days and apps."""

    key = "usage_persons"
    title = _("Persons by day")
    description = _("How many different accounts did something on a day, by the app that they used.")
    identity = ("app", "day")
    not_narrowed = dict.fromkeys(
        ("template", "engine"),
        _("Persons are counted once a day by app; then the secret that tells them apart is deleted."),
    )
    filters = (APP, DATA)
    columns = (
        Column("day", _("day"), ColumnKind.TEXT),
        Column("app", _("app"), ColumnKind.TEXT),
        Column("persons", _("persons"), is_compared=True),
        Column("is_open", _("not over"), ColumnKind.FLAG, _("The day's number will still grow.")),
        Column(
            "app_id",
            _("id of the app"),
            ColumnKind.TEXT,
            _("Of its token; zeros for the portal's own pages."),
            is_for_programs=True,
        ),
    )

    def rows(self, asked: Asked) -> list[Row]:
        names = dict(apps_offered())
        wanted = self.wanted(asked)
        counts = persons_by_day(asked.period.first, asked.period.last, wanted.app, wanted.is_demo)
        today = local_now(asked.now).date()
        rows: list[Row] = [
            {
                "day": str(day),
                "app": str(names.get(str(app), str(app)[:8])),
                "persons": count,
                "is_open": day >= today,
                "app_id": str(app),
                "place": ((day - asked.period.first).days, str(app)),
            }
            for (day, app), count in counts.items()
            if asked.period.cut is None
            or day < asked.period.last  # the last day is cut: not all of it counts
        ]
        return sorted(rows, key=lambda row: row["place"])

    def row_key(self, row: Row) -> tuple[Any, ...]:
        return (row["place"],)

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        days = [str(asked.period.first + timedelta(days=number)) for number in range(asked.period.days)]
        by_app: dict[str, dict[str, int]] = {}
        for row in rows:
            by_app.setdefault(row["app"], {})[row["day"]] = row["persons"]
        largest = sorted(by_app, key=lambda app: -sum(by_app[app].values()))[:LINES_DRAWN]
        return Chart(
            ChartKind.LINES,
            _("Persons by day"),
            [day[5:] for day in days],
            [Series(app, [by_app[app].get(day) for day in days]) for app in largest],
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        return [
            *super().notes(asked, rows),
            _(
                "Days must not be added up, and apps neither: whoever came on two days is counted on both. "
                "Each day's persons are known by a secret that is deleted after the day, so nobody can say "
                "who came again."
            ),
            *(
                [_("A day that runs is not compared: its number is of a part of the day.")]
                if _is_compared_while_it_runs(asked)
                else []
            ),
        ]


def _is_compared_while_it_runs(asked: Asked) -> bool:
    return asked.compare != Compare.NONE and asked.period.is_running(asked.now)
