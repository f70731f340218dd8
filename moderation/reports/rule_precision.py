"""How often people refuse what each rule of the policy held for them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from moderation.models.policy import Policy, PolicyRule
from moderation.policy.rules import reason_text
from moderation.reports.truth import (
    FEW_NOTE,
    PRECISION_COLUMNS,
    READERS,
    SURFACES,
    TRUTH_NOTE,
    is_refused,
    judged_items,
    precision_cells,
    rules_met,
)
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
)

_RULE = "scan_run__policy__rules"


def _versions() -> Iterable[tuple[str, Any]]:
    frozen = Policy.objects.filter(frozen_at__isnull=False).order_by("-version")
    return [(str(version), str(version)) for version in frozen.values_list("version", flat=True)[:50]]


class RulePrecision(Report):
    """Rows are rules, or reason codes over all versions of the policy."""

    key = "rule_precision"
    title = _("Precision of policy rules")
    description = _("Of the items that a rule of the policy held for a person, how many were refused.")
    permissions = READERS
    scope = Scope.MODERATION_READ.value
    identity = ("version", "rule", "surface", "reason")
    filters = (
        ChoiceFilter(
            "by",
            _("a row for each"),
            lambda: [("rule", _("rule")), ("reason", _("reason code"))],
            default="rule",
            is_required=True,
        ),
        ChoiceFilter("version", _("policy version"), _versions),
        SURFACES,
    )
    columns = (
        Column("version", _("policy version"), ColumnKind.TEXT),
        Column("rule", _("rule"), ColumnKind.TEXT, _("Category, lowest severity and confidence, verdict.")),
        Column("surface", _("surface"), ColumnKind.TEXT),
        Column("reason", _("reason code"), ColumnKind.TEXT),
        Column("text", _("reason told"), ColumnKind.TEXT),
        *PRECISION_COLUMNS,
    )

    def columns_for(self, asked: Asked) -> tuple[Column, ...]:
        left_out = {"reason": {"version", "rule", "surface"}, "rule": {"text"}}[asked.choice("by")]
        return tuple(column for column in self.columns if column.key not in left_out)

    def rows(self, asked: Asked) -> list[Row]:
        items = judged_items(asked)
        if asked.choice("version"):
            items = items.filter(scan_run__policy__version=int(asked.choice("version")))
        field = f"{_RULE}__reason_code" if asked.choice("by") == "reason" else f"{_RULE}__pk"
        found = list(
            items.filter(rules_met())
            .values(field)
            .annotate(
                flagged=Count("pk", distinct=True),
                refused=Count("pk", distinct=True, filter=is_refused()),
            )
        )
        if asked.choice("by") == "reason":
            language = get_language() or "en"
            cells = {one[field]: _reason_cells(one[field], language) for one in found}
        else:
            rules = PolicyRule.objects.filter(pk__in=[one[field] for one in found]).select_related("policy")
            cells = {rule.pk: _rule_cells(rule) for rule in rules}
        rows = [{**cells[one[field]], **precision_cells(one["flagged"], one["refused"])} for one in found]
        return sorted(rows, key=lambda row: (-row["flagged"], row["version"], row["rule"], row["reason"]))

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        names = [row["rule"] or row["reason"] for row in rows]
        bounds = ("precision", "precision_low", "precision_high")
        series = [Series(key, [row[key] for row in rows]) for key in bounds]
        return Chart(ChartKind.INTERVALS, _("Precision with its interval"), names, series, "%")

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        several = _("An item that met several rules counts for each of them.")
        return [TRUTH_NOTE, FEW_NOTE, several]


def _rule_cells(rule: PolicyRule) -> dict[str, Any]:
    return {
        "version": str(rule.policy.version),
        "rule": str(rule),
        "surface": rule.get_surface_display(),
        "reason": rule.reason_code,
        "text": "",
    }


def _reason_cells(code: str, language: str) -> dict[str, Any]:
    return {"version": "", "rule": "", "surface": "", "reason": code, "text": reason_text(code, language)}
