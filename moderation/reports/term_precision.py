"""How often people refuse what each word of the term lists found, and which words had better go."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext_lazy as _

from moderation.models.terms import Term, TermList
from moderation.reports.truth import (
    PRECISION_COLUMNS,
    READERS,
    SURFACES,
    TRUTH_NOTE,
    is_refused,
    judged_items,
    precision_cells,
)
from moderation.statistics import ENOUGH
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

_EVIDENCE = "scan_run__findings__evidence"
_SCANNERS = ("text_terms", "text_in_image")


class TermPrecision(Report):
    """Rows are words, or whole lists. A word is worth removing when even its upper bound is low."""

    key = "term_precision"
    title = _("Precision of terms and lists")
    description = _(
        "Of the items in which a listed word was found, how many were refused. Words that hardly ever find "
        "anything to refuse cost time: they are suggested for removal once there are enough decisions."
    )
    permissions = READERS
    scope = Scope.MODERATION_READ.value
    identity = ("list", "term")
    filters = (
        ChoiceFilter(
            "by",
            _("a row for each"),
            lambda: [("term", _("word")), ("list", _("list"))],
            default="term",
            is_required=True,
        ),
        ChoiceFilter(
            "limit",
            _("suggest removal below"),
            lambda: [(str(percent), f"{percent} %") for percent in (5, 10, 20, 50)],
            default="20",
            is_required=True,
        ),
        SURFACES,
    )
    columns = (
        Column("list", _("list"), ColumnKind.TEXT),
        Column("term", _("word"), ColumnKind.TEXT),
        Column("category", _("category"), ColumnKind.TEXT),
        *PRECISION_COLUMNS,
        Column(
            "remove",
            _("suggestion"),
            ColumnKind.TEXT,
            _("Remove: at least 30 decided items, and even the upper bound lies below the limit."),
        ),
    )

    def columns_for(self, asked: Asked) -> tuple[Column, ...]:
        return tuple(
            column for column in self.columns if asked.choice("by") == "term" or column.key != "term"
        )

    def rows(self, asked: Asked) -> list[Row]:
        by = asked.choice("by")
        found = list(
            judged_items(asked)
            .filter(scan_run__findings__scanner__in=_SCANNERS)
            .annotate(entry=KeyTextTransform(f"{by}_id", _EVIDENCE))
            .filter(entry__isnull=False)
            .values("entry")
            .annotate(
                flagged=Count("pk", distinct=True),
                refused=Count("pk", distinct=True, filter=is_refused()),
            )
        )
        names = _names(by, [one["entry"] for one in found])
        limit = float(asked.choice("limit"))
        rows = []
        for one in found:
            cells = precision_cells(one["flagged"], one["refused"])
            is_poor = cells["flagged"] >= ENOUGH and cells["precision_high"] < limit
            gone = {"list": "", "term": str(one["entry"])[:8], "category": ""}
            suggestion = {"remove": _("remove") if is_poor else ""}
            rows.append({**names.get(one["entry"], gone), **cells, **suggestion})
        return sorted(rows, key=lambda row: (not row["remove"], -row["flagged"], row["term"], row["list"]))

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        names = [row["term"] or row["list"] for row in rows]
        bounds = ("precision", "precision_low", "precision_high")
        series = [Series(key, [row[key] for row in rows]) for key in bounds]
        return Chart(ChartKind.INTERVALS, _("Precision with its interval"), names, series, "%")

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        together = _("An item in which several words were found counts for each of them.")
        return [TRUTH_NOTE, together]


def _names(by: str, entries: Iterable[str]) -> dict[str, dict[str, str]]:
    ids = [UUID(entry) for entry in entries if _is_uuid(entry)]
    if by == "list":
        lists = TermList.objects.filter(pk__in=ids)
        return {str(one.pk): _cells(one, "") for one in lists}
    terms = Term.objects.filter(pk__in=ids).select_related("term_list")
    return {str(one.pk): _cells(one.term_list, one.text) for one in terms}


def _cells(term_list: TermList, term: str) -> dict[str, str]:
    return {"list": str(term_list), "term": term, "category": str(term_list.get_category_display())}


def _is_uuid(entry: str) -> bool:
    try:
        UUID(entry)
    except ValueError:
        return False
    return True
