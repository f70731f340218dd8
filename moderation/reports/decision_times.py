"""How long content waits for a person, and how long a person needs."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.models.choices import CategoryChoice
from moderation.models.queue import ReviewQueue
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.reports.truth import DECIDED, READERS
from moderation.statistics import percentile
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

_FIELDS = {"queue": "queue_id", "category": "category", "purpose": "purpose", "group": "answered_by_id"}


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
        groups: dict[Any, list[tuple[float, float | None, bool]]] = {}
        seniors = _seniors() if by == "group" else set()
        for key, created_at, decided_at, due_at, seconds in _decided(asked, _FIELDS[by]):
            name = (key in seniors) if by == "group" else key
            wait = (decided_at - created_at).total_seconds()
            groups.setdefault(name, []).append((wait, seconds, decided_at <= due_at))
        names = _names(by)
        rows: list[Row] = [_row(names.get(key, str(key)), times) for key, times in groups.items()]
        return sorted(rows, key=lambda row: (-row["decided"], str(row["name"])))

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        decided = sum(row["decided"] for row in rows)
        if not decided:
            return None
        on_time = sum(row["decided"] * row["on_time"] for row in rows) / decided
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
        return [_("Gold items are left out: they wait for nobody.")]


def _decided(asked: Asked, field: str) -> Any:
    since, until = asked.moments
    items = ReviewItem.objects.filter(state__in=DECIDED, decided_at__gte=since, decided_at__lt=until).exclude(
        purpose=ReviewPurpose.GOLD
    )
    if asked.choice("queue"):
        items = items.filter(queue__slug=asked.choice("queue"))
    fields = (field, "created_at", "decided_at", "due_at", "answer__seconds")
    return items.order_by().values_list(*fields).iterator(chunk_size=5000)


def _row(name: Any, times: list[tuple[float, float | None, bool]]) -> Row:
    waits = sorted(wait for wait, _work, _late in times)
    works = sorted(work for _wait, work, _late in times if work is not None)
    return {
        "name": name,
        "decided": len(times),
        "wait_p50": percentile(waits, 0.5),
        "wait_p95": percentile(waits, 0.95),
        "work_p50": percentile(works, 0.5),
        "work_p95": percentile(works, 0.95),
        "on_time": 100 * sum(is_in_time for _wait, _work, is_in_time in times) / len(times),
    }


def _names(by: str) -> dict[Any, Any]:
    if by == "queue":
        return {queue.pk: str(queue) for queue in ReviewQueue.objects.all()}
    if by == "group":
        return {True: gettext(roles.SENIOR_MODERATOR), False: gettext(roles.MODERATOR)}
    return dict(CategoryChoice.choices if by == "category" else ReviewPurpose.choices)


def _seniors() -> set[Any]:
    senior = Group.objects.filter(name=roles.SENIOR_MODERATOR)
    return set(senior.annotate(member=F("user")).values_list("member", flat=True))
