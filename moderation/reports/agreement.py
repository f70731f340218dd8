"""How far two people agree who decide the same item without knowing of each other."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.models.answer import ReviewAnswer
from moderation.models.choices import CategoryChoice, SurfaceChoice
from moderation.models.queue import ReviewQueue
from moderation.models.review import ReviewPurpose
from moderation.reports.truth import READERS, percent_cells
from moderation.statistics import ENOUGH, cohens_kappa, wilson
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

_FIELDS = {"category": "item__category", "surface": "item__surface", "queue": "item__first_item__queue"}
Table = dict[tuple[bool, bool], int]  # (first approved, second approved) -> pairs


class Agreement(Report):
    """Rows are categories, surfaces or queues; the last row is of all pairs together."""

    key = "agreement"
    title = _("Agreement of second reviews")
    description = _(
        "A share of the decided items is decided again by somebody else, who does not know of it. How often "
        "both say the same, and how much more often than by chance."
    )
    permissions = READERS
    scope = Scope.MODERATION_READ.value
    identity = ("name",)
    filters = (
        ChoiceFilter(
            "by",
            _("a row for each"),
            lambda: [("category", _("category")), ("surface", _("surface")), ("queue", _("review queue"))],
            default="category",
            is_required=True,
        ),
    )
    columns = (
        Column("name", _("name"), ColumnKind.TEXT),
        Column("pairs", _("pairs"), help=_("Items that two people decided."), is_compared=True),
        Column("differ", _("different"), help=_("Pairs that a senior moderator had to decide.")),
        Column(
            "same",
            _("agreement"),
            ColumnKind.PERCENT,
            _("Pairs with the same verdict, with Wilson's interval of 95 %."),
            is_compared=True,
            low="same_low",
            high="same_high",
        ),
        Column("same_low", _("agreement, lower bound"), ColumnKind.PERCENT),
        Column("same_high", _("agreement, upper bound"), ColumnKind.PERCENT),
        Column(
            "kappa",
            _("Cohen's kappa"),
            ColumnKind.RATIO,
            _("Agreement beyond chance: 0 as by chance, 1 always; above 0.6 it is usually called good."),
            is_compared=True,
            low="kappa_low",
            high="kappa_high",
        ),
        Column("kappa_low", _("kappa, lower bound"), ColumnKind.RATIO),
        Column("kappa_high", _("kappa, upper bound"), ColumnKind.RATIO),
        Column("is_enough", _("enough data"), ColumnKind.FLAG, _("At least 30 pairs.")),
    )

    def rows(self, asked: Asked) -> list[Row]:
        names = _names(asked.choice("by"))
        tables = _tables(asked)
        rows: list[Row] = [
            {"name": names.get(key, str(key)), **_cells(table)} for key, table in tables.items()
        ]
        return sorted(rows, key=lambda row: (-row["pairs"], str(row["name"])))

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        together: Table = {}
        for table in _tables(asked).values():
            for pair, count in table.items():
                together[pair] = together.get(pair, 0) + count
        return {"name": gettext("all"), **_cells(together)}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        series = [Series(key, [row[key] for row in rows]) for key in ("same", "same_low", "same_high")]
        names = [row["name"] for row in rows]
        return Chart(ChartKind.INTERVALS, _("Agreement with its interval"), names, series, "%")

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        return [
            _(
                "Kappa is low where nearly everything gets the same verdict, even when people agree: "
                "read both."
            ),
            _("Fewer than 30 pairs say little; such rows are marked."),
        ]


def _tables(asked: Asked) -> dict[Any, Table]:
    since, until = asked.moments
    field, first = _FIELDS[asked.choice("by")], "item__first_item__answer__approve"
    rows = (
        ReviewAnswer.objects.filter(
            purpose=ReviewPurpose.SECOND,
            answered_at__gte=since,
            answered_at__lt=until,
            item__first_item__answer__isnull=False,
        )
        .order_by()
        .values(field, first, "approve")
        .annotate(count=Count("pk"))
    )
    tables: dict[Any, Table] = {}
    for row in rows:
        tables.setdefault(row[field], {})[(row[first], row["approve"])] = row["count"]
    return tables


def _cells(table: Table) -> dict[str, Any]:
    both, first, second, neither = (
        table.get(pair, 0) for pair in ((True, True), (True, False), (False, True), (False, False))
    )
    pairs = both + first + second + neither
    agreement = cohens_kappa(both, first, second, neither)
    kappa = agreement.kappa if agreement is not None else None
    bounds = kappa if pairs >= ENOUGH else None  # they are of large samples: of few pairs they would lie
    return {
        "pairs": pairs,
        "differ": first + second,
        **percent_cells("same", wilson(both + neither, pairs)),
        "kappa": kappa.value if kappa is not None else None,
        "kappa_low": bounds.low if bounds is not None else None,
        "kappa_high": bounds.high if bounds is not None else None,
        "is_enough": pairs >= ENOUGH,
    }


def _names(by: str) -> dict[Any, Any]:
    if by == "queue":
        return {queue.pk: str(queue) for queue in ReviewQueue.objects.all()}
    return dict(CategoryChoice.choices if by == "category" else SurfaceChoice.choices)
