"""How long content waits for a person, and how long a person needs."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Case, Count, F, Q, QuerySet, When
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.models.choices import CategoryChoice
from moderation.models.queue import ReviewQueue
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.reports.percentiles import percentiles_by
from moderation.reports.truth import DECIDED, READERS
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles
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

_FIELDS = {"queue": "queue_id", "category": "category", "purpose": "purpose", "group": "is_senior"}


def _queues() -> list[tuple[str, Any]]:
    return [(queue.slug, str(queue)) for queue in ReviewQueue.objects.all()]


class DecisionTimes(Report):
    """Rows are queues, categories, purposes or groups of reviewers; gold items are left out."""

    key = "decision_times"
    title = _("Time to decision")
    description = _(
        "From the moment an item entered the queue to the decision, and from the claim to the answer: the "
        "median, and the time that 95 of 100 items do not exceed."
    )
    permissions = READERS
    scope = Scope.MODERATION_READ.value
    identity = ("name",)
    filters = (
        ChoiceFilter(
            "by",
            _("a row for each"),
            lambda: [
                ("queue", _("review queue")),
                ("category", _("category")),
                ("purpose", _("purpose")),
                ("group", _("group of reviewers")),
            ],
            default="queue",
            is_required=True,
        ),
        ChoiceFilter("queue", _("review queue"), _queues),
    )
    columns = (
        Column("name", _("name"), ColumnKind.TEXT),
        Column("decided", _("decided"), is_compared=True),
        Column(
            "wait_p50", _("wait, median"), ColumnKind.SECONDS, _("From open to decided."), is_compared=True
        ),
        Column(
            "wait_p95",
            _("wait, 95 %"),
            ColumnKind.SECONDS,
            _("95 of 100 waited no longer."),
            is_compared=True,
        ),
        Column("work_p50", _("work, median"), ColumnKind.SECONDS, _("From the claim to the answer.")),
        Column("work_p95", _("work, 95 %"), ColumnKind.SECONDS),
        Column(
            "on_time", _("in time"), ColumnKind.PERCENT, _("Decided before it was due."), is_compared=True
        ),
    )

    def rows(self, asked: Asked) -> list[Row]:
        by = asked.choice("by")
        items = _decided(asked)
        if by == "group":
            items = items.annotate(is_senior=Case(When(answered_by__in=_seniors(), then=True), default=False))
        field = _FIELDS[by]
        is_counted = ~Q(purpose=ReviewPurpose.SECOND)
        counts = items.values(field).annotate(
            decided=Count("pk"),
            due=Count("pk", filter=is_counted),
            in_time=Count("pk", filter=is_counted & Q(decided_at__lte=F("due_at"))),
        )
        times = percentiles_by(
            items,
            field,
            {"wait": F("decided_at") - F("created_at"), "work": F("answer__seconds")},
            (0.5, 0.95),
        )
        names = _names(by)
        rows: list[Row] = [
            {
                "name": names.get(one[field], str(one[field])),
                "decided": one["decided"],
                **{key: times[one[field]][key] for key in ("wait_p50", "wait_p95", "work_p50", "work_p95")},
                "on_time": 100 * one["in_time"] / one["due"] if one["due"] else None,
                "due": one["due"],
            }
            for one in counts
        ]
        return sorted(rows, key=lambda row: (-row["decided"], str(row["name"])))

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        decided = sum(row["decided"] for row in rows)
        if not decided:
            return None
        due = sum(row["due"] for row in rows)
        on_time = sum(row["due"] * row["on_time"] for row in rows if row["due"]) / due if due else None
        return {"name": gettext("all"), "decided": decided, "on_time": on_time}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        series = [
            Series(_("median"), [row["wait_p50"] / 3600 for row in rows]),
            Series("95 %", [row["wait_p95"] / 3600 for row in rows]),
        ]
        return Chart(
            ChartKind.BARS, _("Hours until the decision"), [row["name"] for row in rows], series, " h"
        )

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        return [
            _("Gold items are left out: they wait for nobody."),
            _("In time counts no second reviews: they carry the due time of the first one, to look like it."),
        ]


def _decided(asked: Asked) -> QuerySet[ReviewItem]:
    since, until = asked.moments
    items = ReviewItem.objects.filter(state__in=DECIDED, decided_at__gte=since, decided_at__lt=until).exclude(
        purpose=ReviewPurpose.GOLD
    )
    if asked.choice("queue"):
        items = items.filter(queue__slug=asked.choice("queue"))
    return items.order_by()


def _names(by: str) -> dict[Any, Any]:
    if by == "queue":
        return {queue.pk: str(queue) for queue in ReviewQueue.objects.all()}
    if by == "group":
        return {True: gettext(roles.SENIOR_MODERATOR), False: gettext(roles.MODERATOR)}
    return dict(CategoryChoice.choices if by == "category" else ReviewPurpose.choices)


def _seniors() -> set[Any]:
    senior = Group.objects.filter(name=roles.SENIOR_MODERATOR)
    return set(senior.annotate(member=F("user")).values_list("member", flat=True))
