"""How many refusals are appealed against, and how many appeals are right."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from moderation.models.appeal import Appeal
from moderation.models.decision import Decision
from moderation.policy.rules import reason_text
from moderation.reports.truth import READERS, percent_cells
from moderation.states import AppealState
from moderation.statistics import ENOUGH, percentile, wilson
from moderation.taxonomy import Verdict
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common.reports import (
    Asked,
    Chart,
    ChartKind,
    ChoiceFilter,
    Column,
    ColumnKind,
    Report,
    Row,
    Series,
    sum_of,
)


class Appeals(Report):
    """Rows are reasons of refusals, or who refused: the policy alone, or a person."""

    key = "appeals"
    title = _("Appeals and overturned decisions")
    description = _("Of the refusals, how many were appealed against; of the appeals, how many were right.")
    permissions = READERS
    scope = Scope.MODERATION_READ.value
    identity = ("name",)
    filters = (
        ChoiceFilter(
            "by",
            _("a row for each"),
            lambda: [("reason", _("reason")), ("decider", _("decided by"))],
            default="reason",
            is_required=True,
        ),
    )
    columns = (
        Column("name", _("name"), ColumnKind.TEXT),
        Column(
            "refusals",
            _("refusals"),
            help=_("Made in the period, by the policy or a person."),
            is_compared=True,
        ),
        Column("appeals", _("appeals"), help=_("Made in the period."), is_compared=True),
        Column("rate", _("appeals per 100 refusals"), ColumnKind.NUMBER),
        Column("open", _("being looked at")),
        Column("upheld", _("decision stands")),
        Column("overturned", _("decision taken back")),
        Column(
            "overturned_share",
            _("overturned, share"),
            ColumnKind.PERCENT,
            _("Of the decided appeals, with Wilson's interval of 95 %."),
            is_compared=True,
            low="overturned_share_low",
            high="overturned_share_high",
        ),
        Column("overturned_share_low", _("overturned, lower bound"), ColumnKind.PERCENT),
        Column("overturned_share_high", _("overturned, upper bound"), ColumnKind.PERCENT),
        Column("hours_p50", _("time, median"), ColumnKind.HOURS, _("From the appeal to its decision.")),
        Column("is_enough", _("enough data"), ColumnKind.FLAG, _("At least 30 decided appeals.")),
    )

    def rows(self, asked: Asked) -> list[Row]:
        by = asked.choice("by")
        refusals, appeals = _refusals(asked, by), _appeals(asked, by)
        rows: list[Row] = [
            {"name": _name(by, key), **_cells(refusals.get(key, 0), appeals.get(key, []))}
            for key in {*refusals, *appeals}
        ]
        return sorted(rows, key=lambda row: (-row["appeals"], -row["refusals"], row["name"]))

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        keys = ("refusals", "appeals", "open", "upheld", "overturned")
        sums = {key: sum_of(rows, key) for key in keys}
        share = wilson(sums["overturned"], sums["overturned"] + sums["upheld"])
        return {"name": gettext("all"), **sums, **percent_cells("overturned_share", share)}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart | None:
        decided = [row for row in rows if row["overturned_share"] is not None]
        if not decided:
            return None
        bounds = ("overturned_share", "overturned_share_low", "overturned_share_high")
        series = [Series(key, [row[key] for row in decided]) for key in bounds]
        names = [row["name"] for row in decided]
        return Chart(ChartKind.INTERVALS, _("Overturned share with its interval"), names, series, "%")


def _refusals(asked: Asked, by: str) -> dict[str, int]:
    since, until = asked.moments
    decisions = Decision.objects.filter(
        verdict=Verdict.BLOCK, created_at__gte=since, created_at__lt=until
    ).order_by()
    if by == "decider":
        alone = decisions.filter(by__isnull=True).count()
        return {"policy": alone, "person": decisions.count() - alone}
    first = decisions.annotate(reason=KeyTextTransform(0, "reason_codes")).values("reason")
    return {row["reason"] or "other": row["count"] for row in first.annotate(count=Count("pk"))}


def _appeals(asked: Asked, by: str) -> dict[str, list[tuple[str, float | None]]]:
    """State of each appeal, and the hours it took; those against strikes given by hand have no decision."""
    since, until = asked.moments
    rows = Appeal.objects.filter(
        created_at__gte=since, created_at__lt=until, decision__isnull=False
    ).values_list("decision__reason_codes", "decision__by", "state", "created_at", "decided_at")
    found: dict[str, list[tuple[str, float | None]]] = {}
    for reasons, person, state, created_at, decided_at in rows:
        decider = "policy" if person is None else "person"
        key = decider if by == "decider" else next(iter(reasons), "other")
        hours = (decided_at - created_at).total_seconds() / 3600 if decided_at else None
        found.setdefault(key, []).append((state, hours))
    return found


def _cells(refusals: int, appeals: list[tuple[str, float | None]]) -> dict[str, Any]:
    states = [state for state, _hours in appeals]
    upheld, overturned = states.count(AppealState.UPHELD), states.count(AppealState.OVERTURNED)
    hours = sorted(
        hours
        for state, hours in appeals
        if hours is not None and state in (AppealState.UPHELD, AppealState.OVERTURNED)
    )
    return {
        "refusals": refusals,
        "appeals": len(appeals),
        "rate": 100 * len(appeals) / refusals if refusals else None,
        "open": states.count(AppealState.OPEN),
        "upheld": upheld,
        "overturned": overturned,
        **percent_cells("overturned_share", wilson(overturned, upheld + overturned)),
        "hours_p50": percentile(hours, 0.5),
        "is_enough": upheld + overturned >= ENOUGH,
    }


def _name(by: str, key: str) -> str:
    if by == "decider":
        return gettext("the policy alone") if key == "policy" else gettext("a person")
    return f"{key}: {reason_text(key, get_language() or 'en')}"
