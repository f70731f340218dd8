"""What waits now, by queue, and whether it grows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.db.models.functions import TruncHour
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.models.queue import ReviewQueue
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.reports.truth import DECIDED, READERS
from moderation.states import UNDECIDED, ReviewState
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

SOON = timedelta(days=2)


class Backlog(Report):
    """Rows are queues, also empty ones. Gold items are left out: they are no backlog."""

    key = "backlog"
    title = _("Backlog and load")
    description = _("What waits in each queue now, what is late, and how much came in and went out lately.")
    permissions = READERS
    scope = Scope.MODERATION_READ.value
    identity = ("queue",)
    has_period = False
    filters = (
        ChoiceFilter(
            "window",
            _("in and out over"),
            lambda: [("6", _("6 hours")), ("24", _("24 hours")), ("168", _("7 days"))],
            default="24",
            is_required=True,
        ),
    )
    columns = (
        Column("queue", _("review queue"), ColumnKind.TEXT),
        Column("waiting", _("waiting"), help=_("Open, claimed, or answered and not yet in effect.")),
        Column("claimed", _("claimed"), help=_("In somebody's hands now.")),
        Column("overdue", _("overdue")),
        Column("due_soon", _("due in two days"), help=_("Without those that are late.")),
        Column("oldest", _("oldest since"), ColumnKind.MOMENT),
        Column("inflow", _("in per hour"), ColumnKind.NUMBER),
        Column("outflow", _("out per hour"), ColumnKind.NUMBER, _("Decided or withdrawn.")),
        Column("trend", _("change in the time"), help=_("Came in less went out; below zero it shrinks.")),
        Column(
            "clear_hours", _("empty in"), ColumnKind.HOURS, _("At this pace; a dash when it does not shrink.")
        ),
    )

    def rows(self, asked: Asked) -> list[Row]:
        now, hours = asked.now, int(asked.choice("window"))
        since = now - timedelta(hours=hours)
        waiting = _waiting(asked)
        came = _by_queue(_items().filter(created_at__gte=since, created_at__lt=now))
        gone = _by_queue(_items().filter(_left_since(since)))
        rows: list[Row] = []
        for queue in ReviewQueue.objects.all():
            counts = waiting.get(queue.pk, {})
            flow = came.get(queue.pk, 0), gone.get(queue.pk, 0)
            rows.append({"queue": str(queue), **_cells(counts, flow, hours)})
        return rows

    def totals(self, asked: Asked, rows: Sequence[Row]) -> Row | None:
        keys = ("waiting", "claimed", "overdue", "due_soon", "trend")
        flows = {key: sum(row[key] for row in rows) for key in ("inflow", "outflow")}
        return {"queue": gettext("all"), **{key: sum_of(rows, key) for key in keys}, **flows}

    def chart(self, asked: Asked, rows: Sequence[Row]) -> Chart:
        """Came in and went out, hour by hour; day by day over a week."""
        hours = int(asked.choice("window"))
        since = asked.now - timedelta(hours=hours)
        came = _hourly(_items().filter(created_at__gte=since), "created_at")
        gone = _hourly(_items().filter(state__in=DECIDED, decided_at__gte=since), "decided_at")
        first = timezone.localtime(since).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        moments = [first + timedelta(hours=number) for number in range(hours)]
        shape = "%H:%M" if hours <= 24 else "%m-%d %H:%M"
        series = [
            Series(_("came in"), [came.get(moment, 0) for moment in moments]),
            Series(_("decided"), [gone.get(moment, 0) for moment in moments]),
        ]
        labels = [f"{moment:{shape}}" for moment in moments]
        return Chart(ChartKind.LINES, _("Items by hour"), labels, series)

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        return [_("The last hour of the chart is not over.")]


def _items() -> Any:
    return ReviewItem.objects.exclude(purpose=ReviewPurpose.GOLD).order_by()


def _waiting(asked: Asked) -> dict[int, dict[str, Any]]:
    soon = asked.now + SOON
    rows = (
        _items()
        .filter(state__in=UNDECIDED)
        .values("queue_id")
        .annotate(
            waiting=Count("pk"),
            claimed=Count("pk", filter=Q(state=ReviewState.CLAIMED)),
            overdue=Count("pk", filter=Q(due_at__lt=asked.now)),
            due_soon=Count("pk", filter=Q(due_at__gte=asked.now, due_at__lt=soon)),
            oldest=Min("created_at"),
        )
    )
    return {row.pop("queue_id"): row for row in rows}


def _left_since(since: Any) -> Q:
    return Q(state__in=DECIDED, decided_at__gte=since) | Q(state=ReviewState.WITHDRAWN, updated_at__gte=since)


def _by_queue(items: Any) -> dict[int, int]:
    return {row["queue_id"]: row["count"] for row in items.values("queue_id").annotate(count=Count("pk"))}


def _hourly(items: Any, field: str) -> dict[Any, int]:
    zone = timezone.get_current_timezone()
    rows = items.annotate(hour=TruncHour(field, tzinfo=zone)).values("hour").annotate(count=Count("pk"))
    return {row["hour"]: row["count"] for row in rows}


def _cells(counts: dict[str, Any], flow: tuple[int, int], hours: int) -> dict[str, Any]:
    waiting, (came, gone) = counts.get("waiting", 0), flow
    shrinks = (gone - came) / hours
    return {
        "waiting": waiting,
        "claimed": counts.get("claimed", 0),
        "overdue": counts.get("overdue", 0),
        "due_soon": counts.get("due_soon", 0),
        "oldest": counts.get("oldest"),
        "inflow": came / hours,
        "outflow": gone / hours,
        "trend": came - gone,
        "clear_hours": waiting / shrinks if waiting and shrinks > 0 else None,
    }
