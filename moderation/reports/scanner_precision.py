"""How often each scanner is right when it asks for a person, and how much violating content it finds."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Count, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.models.choices import CategoryChoice
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.models.scan import ScanMedium, ScanPurpose, ScanRun
from moderation.reports.truth import (
    FEW_NOTE,
    PRECISION_COLUMNS,
    READERS,
    SURFACES,
    TRUTH_NOTE,
    is_refused,
    judged_items,
    percent_cells,
    precision_cells,
    rules_met,
)
from moderation.scanners import SCANNERS, agreement
from moderation.scanners.base import Media
from moderation.statistics import Stratum, recall
from moderation.taxonomy import Verdict
from moderation.texts import label_text
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

Value = TypeVar("Value")
_FINDING = "scan_run__findings"
_MEDIA = {ScanMedium.IMAGE: Media.IMAGE, ScanMedium.VIDEO: Media.VIDEO_FRAME, ScanMedium.TEXT: Media.TEXT}
Kind = tuple[str, str]  # surface and medium of content
Strata = dict[Kind, tuple[int, int]]  # decided, refused


class ScannerPrecision(Report):
    """Rows are scanners, or a scanner's categories or labels; recall is known of whole scanners only."""

    key = "scanner_precision"
    title = _("Precision and recall of scanners")
    description = _(
        "Of what a scanner had held for a person, how much was refused; and of all content that should "
        "not pass, how much it found, as the audit of passed content lets us estimate."
    )
    permissions = READERS
    scope = Scope.MODERATION_READ.value
    identity = ("scanner", "part")
    filters = (
        ChoiceFilter(
            "by",
            _("a row for each"),
            lambda: [("scanner", _("scanner")), ("category", _("category")), ("label", _("label"))],
            default="scanner",
            is_required=True,
        ),
        SURFACES,
        ChoiceFilter(
            "blocked",
            _("blocked by the policy alone"),
            lambda: [("apart", _("left out of recall")), ("right", _("counted as rightly found"))],
            default="apart",
            is_required=True,
        ),
    )
    columns = (
        Column("scanner", _("scanner"), ColumnKind.TEXT),
        Column("part", _("category or label"), ColumnKind.TEXT),
        *PRECISION_COLUMNS,
        Column(
            "recall",
            _("recall"),
            ColumnKind.PERCENT,
            _(
                "Of the violating content that this scanner looks at, pictures, videos or texts, the share "
                "that it had held for a person. What passed is estimated from the audit sample, weighted by "
                "how much it stands for; interval of 95 %."
            ),
            low="recall_low",
            high="recall_high",
        ),
        Column("recall_low", _("recall, lower bound"), ColumnKind.PERCENT),
        Column("recall_high", _("recall, upper bound"), ColumnKind.PERCENT),
    )

    def columns_for(self, asked: Asked) -> tuple[Column, ...]:
        unused = "part" if asked.choice("by") == "scanner" else "recall"
        return tuple(column for column in self.columns if not column.key.startswith(unused))

    def rows(self, asked: Asked) -> list[Row]:
        by = asked.choice("by")
        part = () if by == "scanner" else (f"{_FINDING}__{by}",)
        found = (
            judged_items(asked)
            .filter(rules_met())
            .values("surface", "scan_run__medium", f"{_FINDING}__scanner", *part)
            .annotate(
                flagged=Count("pk", distinct=True),
                refused=Count("pk", distinct=True, filter=is_refused()),
            )
        )
        groups: dict[tuple[str, str], Strata] = {}
        for one in found:
            key = (one[f"{_FINDING}__scanner"], str(one.get(f"{_FINDING}__{by}", "")) if part else "")
            kind = one["surface"], one["scan_run__medium"]
            groups.setdefault(key, {})[kind] = (one["flagged"], one["refused"])
        recalls = _Recalls(asked) if groups and by == "scanner" else None
        rows: list[Row] = []
        for (scanner, value), strata in groups.items():
            flagged, refused = (sum(pair[place] for pair in strata.values()) for place in (0, 1))
            cells: dict[str, Any] = {"scanner": scanner, "part": _part_text(by, value)}
            if recalls is not None:
                cells |= percent_cells("recall", recalls.of(scanner, strata))
            rows.append({**cells, **precision_cells(flagged, refused)})
        return sorted(rows, key=lambda row: (-row["flagged"], row["scanner"], row["part"]))

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        names = [f"{row['scanner']} · {row['part']}" if row["part"] else row["scanner"] for row in rows]
        bounds = ("precision", "precision_low", "precision_high")
        series = [Series(key, [row[key] for row in rows]) for key in bounds]
        return Chart(ChartKind.INTERVALS, _("Precision with its interval"), names, series, "%")

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        passed, audited = sum(_passed(asked).values()), _audited(asked)
        decided, refused = (sum(pair[place] for pair in audited.values()) for place in (0, 1))
        sample = gettext(
            "Of %(passed)d contents that passed, people looked at %(decided)d for the audit and refused "
            "%(refused)d."
        ) % {"passed": passed, "decided": decided, "refused": refused}
        notes = [sample, TRUTH_NOTE, FEW_NOTE]
        if asked.choice("by") == "scanner" and not decided:
            notes.append(
                _("Without an audit sample nothing is known of what passed: recall is an upper bound.")
            )
        return notes


class _Recalls:
    """Recall of each scanner over what it looks at: what was reviewed, what passed, and what was blocked."""

    def __init__(self, asked: Asked) -> None:
        runs = _runs(asked)
        self.reviewed = _by_kind(runs.filter(verdict=Verdict.REVIEW))
        self.passed = _passed(asked)
        self.judged = _counts(judged_items(asked).filter(purpose=ReviewPurpose.ORDINARY))
        self.audited = _audited(asked)
        self.blocked: dict[Kind, int] = {}
        self.blocked_by: dict[tuple[Kind, str], int] = {}
        if asked.choice("blocked") == "right":
            blocks = runs.filter(verdict=Verdict.BLOCK)
            self.blocked = _by_kind(blocks)
            for row in blocks.values("surface", "medium", "findings__scanner").annotate(
                count=Count("pk", distinct=True)
            ):
                kind = row["surface"], row["medium"]
                self.blocked_by[kind, row["findings__scanner"]] = row["count"]

    def of(self, scanner: str, caught: Strata) -> Any:
        found, lost = [], []
        media = _media_of(scanner) or {medium for _surface, medium in caught}
        for kind, (decided, refused) in _of_media(media, self.judged):
            population = max(self.reviewed.get(kind, 0), decided)
            own = min(caught.get(kind, (0, 0))[1], refused)
            found.append(Stratum(population, decided, own))
            lost.append(Stratum(population, decided, refused - own))
        for kind, population in _of_media(media, self.passed):
            decided, refused = self.audited.get(kind, (0, 0))
            lost.append(Stratum(max(population, decided), decided, refused))
        for kind, total in _of_media(media, self.blocked):
            own = self.blocked_by.get((kind, scanner), 0)
            found.append(Stratum(total, total, own))
            lost.append(Stratum(total, total, total - own))
        return recall(found, lost)


def _media_of(scanner: str) -> set[str]:
    """Media of the runs in which a scanner takes part; none for one that is no longer there."""
    if scanner == agreement.KEY:
        accepts: Collection[Media] = agreement.COMPARES
    else:
        accepts = SCANNERS.get(scanner).accepts if scanner in SCANNERS else ()
    return {medium for medium, media in _MEDIA.items() if media in accepts}


def _of_media(media: Collection[str], strata: Mapping[Kind, Value]) -> list[tuple[Kind, Value]]:
    return [(kind, value) for kind, value in strata.items() if kind[1] in media]


def _runs(asked: Asked) -> QuerySet[ScanRun]:
    since, until = asked.moments
    runs = ScanRun.objects.filter(
        purpose=ScanPurpose.ADMISSION, created_at__gte=since, created_at__lt=until
    ).order_by()
    surface = asked.choice(SURFACES.key)
    return runs.filter(surface=surface) if surface else runs


def _by_kind(runs: QuerySet[ScanRun]) -> dict[Kind, int]:
    rows = runs.values("surface", "medium").annotate(count=Count("pk"))
    return {(row["surface"], row["medium"]): row["count"] for row in rows}


def _passed(asked: Asked) -> dict[Kind, int]:
    return _by_kind(_runs(asked).filter(verdict=Verdict.PASS))


def _audited(asked: Asked) -> Strata:
    return _counts(judged_items(asked).filter(purpose=ReviewPurpose.AUDIT))


def _counts(items: QuerySet[ReviewItem]) -> Strata:
    rows = items.values("surface", "scan_run__medium").annotate(
        decided=Count("pk"), refused=Count("pk", filter=is_refused())
    )
    return {(row["surface"], row["scan_run__medium"]): (row["decided"], row["refused"]) for row in rows}


def _part_text(by: str, value: str) -> str:
    if by == "scanner":
        return ""
    if by == "category":
        return str(dict(CategoryChoice.choices).get(value, value))
    return label_text(value)
