"""What reviewers looked at unveiled, and the breaks that came of it. For seniors, who answer for them."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.models.exposure import BreakOutcome, ExposureBreak, ExposureEvent
from moderation.models.settings import ModerationSettings
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles
from tongyi_portal.common.reports import (
    Asked,
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    Report,
    Row,
    Series,
    sum_of,
)

_BREAKS = {"due": None, "taken": BreakOutcome.TAKEN, "continued": BreakOutcome.CONTINUED}


class Exposure(Report):
    """Rows are people who looked at something without its veil in the period, or were asked to pause."""

    key = "exposure"
    title = _("Exposure and breaks")
    description = _(
        "What each reviewer looked at without blur, and whether they took the breaks that the budget asked "
        "for. Meant for care: whoever sees much that is grave should get other work for a while."
    )
    permissions = (roles.REVIEW_ESCALATED,)
    scope = Scope.MODERATION_READ.value
    identity = ("reviewer",)
    columns = (
        Column("reviewer", _("reviewer"), ColumnKind.TEXT),
        Column(
            "grave",
            _("grave items"),
            help=_("Items of severity 4 and 6 that were revealed, each once."),
            is_compared=True,
        ),
        Column("items", _("items revealed"), help=_("Items of any severity, each once."), is_compared=True),
        Column("looks", _("looks")),
        Column("seconds", _("time unveiled"), ColumnKind.SECONDS, is_compared=True),
        Column("grave_seconds", _("of it, grave"), ColumnKind.SECONDS),
        Column("due", _("breaks due"), help=_("The budget of grave items was used up.")),
        Column("taken", _("breaks taken")),
        Column("continued", _("went on without"), help=_("Not a fault; ask how they are.")),
    )

    def rows(self, asked: Asked) -> list[Row]:
        looks, breaks = _looks(asked), _breaks(asked)
        people = get_user_model().objects.filter(pk__in={*looks, *breaks})
        nothing: Row = {"grave": 0, "items": 0, "looks": 0, "seconds": 0.0, "grave_seconds": 0.0}
        rows = [
            {
                "reviewer": person.get_username(),
                **looks.get(person.pk, nothing),
                **breaks.get(person.pk, dict.fromkeys(_BREAKS, 0)),
            }
            for person in people
        ]
        return sorted(rows, key=lambda row: (-row["grave"], -row["seconds"], row["reviewer"]))

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        counts = ("grave", "items", "looks", *_BREAKS)
        seconds = {key: sum(row[key] for row in rows) for key in ("seconds", "grave_seconds")}
        return {"reviewer": gettext("all"), **{key: sum_of(rows, key) for key in counts}, **seconds}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        names = [row["reviewer"] for row in rows]
        grave = Series(_("grave items"), [row["grave"] for row in rows])
        return Chart(ChartKind.BARS, _("Grave items revealed"), names, [grave])

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        current = ModerationSettings.current()
        budget = _("A break of %(minutes)d minutes is due after %(count)d grave items in %(hours)d hours.")
        numbers = {
            "minutes": current.break_minutes,
            "count": current.exposure_budget,
            "hours": current.shift_hours,
        }
        seen = _("What somebody sees through the blur is not counted.")
        return [budget % numbers, seen] if current.exposure_budget else [seen]


def _looks(asked: Asked) -> dict[Any, Row]:
    since, until = asked.moments
    grave = Q(is_grave=True)
    rows = (
        ExposureEvent.objects.filter(created_at__gte=since, created_at__lt=until)
        .order_by()
        .values("by")
        .annotate(
            grave=Count("item", distinct=True, filter=grave),
            items=Count("item", distinct=True),
            looks=Count("pk"),
            all_seconds=Sum("seconds"),
            grave_seconds=Sum("seconds", filter=grave, default=0.0),
        )
    )
    return {row.pop("by"): {**row, "seconds": row.pop("all_seconds")} for row in map(dict, rows)}


def _breaks(asked: Asked) -> dict[Any, Row]:
    since, until = asked.moments
    counts = {
        name: Count("pk", filter=Q(outcome=outcome) if outcome else Q()) for name, outcome in _BREAKS.items()
    }
    rows = ExposureBreak.objects.filter(started_at__gte=since, started_at__lt=until).order_by()
    return {row.pop("by"): row for row in map(dict, rows.values("by").annotate(**counts))}
