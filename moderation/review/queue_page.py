"""The queue page: what is due, by queue and filter, and how a bulk answer went."""

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from moderation.models import ReviewItem, ReviewQueue
from moderation.models.choices import CategoryChoice, SeverityChoice, SurfaceChoice
from moderation.models.review import ReviewPurpose
from moderation.queue_selectors import (
    backlog_counts_recent,
    held_by,
    queue_counts_recent,
    queues_open_to,
    review_heads_for,
    reviews_visible_to,
)
from moderation.review.bulk import bulk_report
from moderation.review.item_context import refusal_reasons
from moderation.review.queue_filters import (
    DUE_CHOICES,
    LANGUAGE_CHOICES,
    PURPOSE_CHOICES,
    QueueFilters,
)
from moderation.review.shift import shift_of
from moderation.services.reviews import reviews_settle_due
from moderation.states import ReviewState
from tongyi_portal.common import roles

PAGE_SIZE = 50
LAST_PAGE = 100


@require_GET
def queue_page(request: HttpRequest) -> HttpResponse:
    """Waiting items, most urgent first, by default those that are due within two days."""
    if not request.user.has_perm("moderation.view_reviewitem"):
        raise PermissionDenied
    reviews_settle_due()
    filters = QueueFilters.read(request.GET)
    page = _page_number(request)
    rows = _waiting_rows(request.user, filters, page)
    own = set(queues_open_to(request.user).values_list("pk", flat=True))
    context = {
        **admin.site.each_context(request),
        "title": gettext("Review queue"),
        "filters": filters,
        "choices": _choices(filters),
        "tabs": _tabs(filters, own),
        "all_tab": filters.address(queue=""),
        "due_later": 0 if rows else _due_later(request.user, filters),
        "due_any_time": filters.address(due="all"),
        "rows": [(row, _due_text(row)) for row in rows[:PAGE_SIZE]],
        "page": page,
        "previous_page": f"{filters.address()}&page={page - 1}" if page > 1 else "",
        "next_page": f"{filters.address()}&page={page + 1}"
        if len(rows) > PAGE_SIZE and page < LAST_PAGE
        else "",
        "backlog": backlog_counts_recent(),
        "shift": shift_of(request.user),
        "may_decide": request.user.has_perm(roles.REVIEW_DECIDE),
        "may_take_next": bool(review_heads_for(request.user, 1) or held_by(request.user).exists()),
        "may_route": request.user.has_perm(roles.QUEUE_CHANGE),
        "queues": ReviewQueue.objects.all(),
        "refusal_reasons": refusal_reasons("other"),
        "report": bulk_report(request),
        "here": request.get_full_path(),
    }
    return TemplateResponse(request, "moderation/review/queue.html", context)


def _due_text(item: ReviewItem) -> str:
    """How late it is, or how much time is left, by its largest unit."""
    if item.is_overdue:
        return gettext("%(time)s overdue") % {"time": timesince(item.due_at, depth=1)}
    return gettext("in %(time)s") % {"time": timeuntil(item.due_at, depth=1)}


def _visible(user: Any, filters: QueueFilters) -> QuerySet[ReviewItem]:
    return filters.apply(reviews_visible_to(user).exclude(purpose=ReviewPurpose.GOLD))


def _due_later(user: Any, filters: QueueFilters) -> int:
    """How many items these filters would show if they named no due time."""
    waiting = [ReviewState.OPEN, ReviewState.CLAIMED]
    return _visible(user, replace(filters, due="all")).filter(state__in=waiting).count()


def _waiting_rows(user: Any, filters: QueueFilters, page: int) -> list[ReviewItem]:
    """The rows of a page and one more. Each state by itself, since the index is in order only within one."""
    visible = _visible(user, filters)
    found: list[ReviewItem] = []
    for state in (ReviewState.OPEN, ReviewState.CLAIMED):
        ordered = visible.filter(state=state).order_by("-severity", "due_at", "id")
        found += ordered[: page * PAGE_SIZE + 1]
    found.sort(key=lambda item: (-item.severity, item.due_at, item.pk))
    return found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE + 1]


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return min(max(1, int(text)), LAST_PAGE) if text.isdecimal() and len(text) < 7 else 1


def _choices(filters: QueueFilters) -> list[dict[str, Any]]:
    known: list[tuple[str, Any, Any]] = [
        ("due", gettext("due"), DUE_CHOICES),
        ("category", gettext("category"), CategoryChoice.choices),
        ("severity", gettext("severity"), SeverityChoice.choices),
        ("surface", gettext("surface"), SurfaceChoice.choices),
        ("language", gettext("language"), LANGUAGE_CHOICES),
        ("purpose", gettext("purpose"), PURPOSE_CHOICES),
    ]
    return [
        {
            "name": name,
            "label": label,
            "may_be_any": name != "due",
            "options": [(str(key), text, str(key) == str(getattr(filters, name))) for key, text in options],
        }
        for name, label, options in known
    ]


def _tabs(filters: QueueFilters, own: set[Any]) -> list[dict[str, Any]]:
    """All queues; those that the viewer is no member of are marked."""
    return [
        {
            "counts": counts,
            "waiting": counts.open + counts.claimed,
            "address": filters.address(queue=counts.queue.slug),
            "is_here": counts.queue.slug == filters.queue,
            "is_own": counts.queue.pk in own,
        }
        for counts in queue_counts_recent()
    ]
