"""What each reviewer did and how it stood: overturned, right on gold items, agreed with. For seniors."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.models.answer import ReviewAnswer
from moderation.models.decision import Decision
from moderation.models.review import ReviewPurpose
from moderation.reports.percentiles import Grouped, percentiles_by
from moderation.reports.truth import JUDGED, percent_cells
from moderation.statistics import wilson
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


class ReviewerWork(Report):
    """Rows are people who answered in the period."""

    key = "reviewer_work"
    title = _("Work of reviewers")
    description = _(
        "Who decided how much, how fast, and how often it did not stand. Meant for talks and training: small "
        "numbers and hard queues make good people look bad."
    )
    permissions = (roles.REVIEW_ESCALATED,)
    scope = Scope.MODERATION_READ.value
    identity = ("reviewer",)
    columns = (
        Column("reviewer", _("reviewer"), ColumnKind.TEXT),
        Column(
            "answered",
            _("answers"),
            help=_("Of every kind, also second reviews and gold items."),
            is_compared=True,
        ),
        Column("decided", _("decided"), help=_("Ordinary items, audits and appeals."), is_compared=True),
        Column("refused_share", _("refused"), ColumnKind.PERCENT, _("Of the decided.")),
        Column("together", _("in batches"), ColumnKind.PERCENT, _("Answers given to many items at once.")),
        Column(
            "seconds_p50",
            _("time, median"),
            ColumnKind.SECONDS,
            _("From the claim to the answer, one by one."),
        ),
        Column("seconds_p95", _("time, 95 %"), ColumnKind.SECONDS),
        Column(
            "overturned",
            _("overturned"),
            help=_("Decisions of the period that somebody replaced by another."),
        ),
        Column(
            "overturned_share",
            _("overturned, share"),
            ColumnKind.PERCENT,
            _("Of the decided, with Wilson's interval of 95 %."),
            low="overturned_share_low",
            high="overturned_share_high",
        ),
        Column("overturned_share_low", _("overturned, lower bound"), ColumnKind.PERCENT),
        Column("overturned_share_high", _("overturned, upper bound"), ColumnKind.PERCENT),
        Column("gold", _("gold items")),
        Column(
            "right",
            _("right on gold items"),
            ColumnKind.PERCENT,
            _("With Wilson's interval of 95 %."),
            low="right_low",
            high="right_high",
        ),
        Column("right_low", _("right, lower bound"), ColumnKind.PERCENT),
        Column("right_high", _("right, upper bound"), ColumnKind.PERCENT),
        Column(
            "pairs", _("decided twice"), help=_("Items that somebody else decided, too, without knowing.")
        ),
        Column(
            "same",
            _("agreement"),
            ColumnKind.PERCENT,
            _("Of those, with the same verdict."),
            low="same_low",
            high="same_high",
        ),
        Column("same_low", _("agreement, lower bound"), ColumnKind.PERCENT),
        Column("same_high", _("agreement, upper bound"), ColumnKind.PERCENT),
    )

    def rows(self, asked: Asked) -> list[Row]:
        counts = _answer_counts(asked)
        overturned, times, pairs = _overturned(asked), _times(asked), _pairs(asked)
        people = get_user_model().objects.filter(pk__in=counts).order_by("username")
        rows = []
        for person in people:
            one = counts[person.pk]
            decided, lost = one["decided"], overturned.get(person.pk, 0)
            took = times.get(person.pk, {})
            met, same = pairs.get(person.pk, (0, 0))
            rows.append(
                {
                    "reviewer": person.get_username(),
                    "answered": one["answered"],
                    "decided": decided,
                    "refused_share": 100 * one["refused"] / decided if decided else None,
                    "together": 100 * one["together"] / one["answered"],
                    "seconds_p50": took.get("seconds_p50"),
                    "seconds_p95": took.get("seconds_p95"),
                    "overturned": lost,
                    **percent_cells("overturned_share", wilson(min(lost, decided), decided)),
                    "gold": one["gold"],
                    **percent_cells("right", wilson(one["right"], one["gold"])),
                    "pairs": met,
                    **percent_cells("same", wilson(same, met)),
                }
            )
        return sorted(rows, key=lambda row: (-row["answered"], row["reviewer"]))

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        keys = ("answered", "decided", "overturned", "gold")
        return {"reviewer": gettext("all"), **{key: sum_of(rows, key) for key in keys}}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        names = [row["reviewer"] for row in rows]
        return Chart(
            ChartKind.BARS, _("Answers"), names, [Series(_("answers"), [row["answered"] for row in rows])]
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        return [
            _("An answer that was taken back within its time to undo leaves no trace and is not counted."),
            _("A decision of this period may still be overturned later: compare finished periods."),
        ]


def _answers(asked: Asked) -> Any:
    since, until = asked.moments
    return ReviewAnswer.objects.filter(answered_at__gte=since, answered_at__lt=until).order_by()


def _answer_counts(asked: Asked) -> dict[Any, dict[str, int]]:
    decided = Q(purpose__in=[*JUDGED, ReviewPurpose.APPEAL])
    rows = (
        _answers(asked)
        .values("by")
        .annotate(
            answered=Count("pk"),
            decided=Count("pk", filter=decided),
            refused=Count("pk", filter=decided & Q(approve=False)),
            together=Count("pk", filter=Q(batch__isnull=False)),
            gold=Count("pk", filter=Q(purpose=ReviewPurpose.GOLD)),
            right=Count("pk", filter=Q(purpose=ReviewPurpose.GOLD, is_right=True)),
        )
    )
    return {row["by"]: row for row in rows}


def _times(asked: Asked) -> Grouped:
    one_by_one = _answers(asked).filter(batch__isnull=True)
    return percentiles_by(one_by_one, "by", {"seconds": F("seconds")}, (0.5, 0.95))


def _overturned(asked: Asked) -> dict[Any, int]:
    since, until = asked.moments
    rows = (
        Decision.objects.filter(by__isnull=False, created_at__gte=since, created_at__lt=until)
        .filter(overridden_by__isnull=False)
        .exclude(overridden_by__verdict=F("verdict"))
        .order_by()
        .values("by")
        .annotate(count=Count("pk"))
    )
    return {row["by"]: row["count"] for row in rows}


def _pairs(asked: Asked) -> dict[Any, tuple[int, int]]:
    """How many items each person shares with a second reviewer, on either side, and how many alike."""
    pairs: dict[Any, tuple[int, int]] = {}
    seconds = _answers(asked).filter(purpose=ReviewPurpose.SECOND, agrees__isnull=False)
    for side in ("by", "item__first_item__answered_by"):
        rows = seconds.values(side).annotate(met=Count("pk"), same=Count("pk", filter=Q(agrees=True)))
        for row in rows:
            met, same = pairs.get(row[side], (0, 0))
            pairs[row[side]] = (met + row["met"], same + row["same"])
    return pairs
