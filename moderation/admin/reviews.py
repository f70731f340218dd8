"""The review queue in the console; an item is looked at on the desk."""

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from moderation.models import ReviewItem
from moderation.queue_selectors import reviews_visible_to
from moderation.review.urls import desk_urls
from moderation.review.views import desk_url
from moderation.services.reviews import review_route
from moderation.services.routing import queue_for
from moderation.states import ReviewState
from tongyi_portal.common import roles
from tongyi_portal.common.admin import EvidenceAdmin, for_each_row, staff_of

REVIEW_COLOURS = {
    ReviewState.OPEN: "warning",
    ReviewState.CLAIMED: "primary",
    ReviewState.ANSWERED: "primary",
    ReviewState.APPROVED: "success",
    ReviewState.REFUSED: "danger",
    ReviewState.WITHDRAWN: "info",
}


@admin.register(ReviewItem)
class ReviewItemAdmin(EvidenceAdmin):
    list_display = (
        "item",
        "surface",
        "category",
        "severity",
        "status",
        "queue",
        "holder",
        "due",
        "owner",
    )
    list_filter = ("state", "queue", "category", "severity", "surface", "language", "job_kind", "for_senior")
    search_fields = ("id", "subject_id", "owner__username")
    actions = ("make_gold", "route_again")

    def get_urls(self) -> list[URLPattern]:
        return [*desk_urls(), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ReviewItem]:
        return reviews_visible_to(request.user).select_related("answered_by").order_by(*self.opts.ordering)

    def has_mark_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.GOLD_MARK))

    def has_route_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.QUEUE_CHANGE))

    @admin.action(description=_("Make a gold item of the selected item"), permissions=["mark"])
    def make_gold(
        self, request: HttpRequest, items: models.QuerySet[ReviewItem]
    ) -> HttpResponseRedirect | None:
        """Leads to the form that asks for the right answer."""
        chosen = list(items[:2])
        if len(chosen) != 1:
            messages.error(request, gettext("Select one decided item."))
            return None
        return HttpResponseRedirect(f"{reverse('admin:moderation_golditem_add')}?source={chosen[0].pk}")

    @admin.action(description=_("Route the selected items again"), permissions=["route"])
    def route_again(self, request: HttpRequest, items: models.QuerySet[ReviewItem]) -> None:
        for_each_row(
            request,
            items,
            lambda item: review_route(
                item,
                staff_of(request),
                queue_for(category=item.category, language=item.language, surface=item.surface),
            ),
            ngettext_lazy("%(count)d item was routed again.", "%(count)d items were routed again.", "count"),
        )

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """An item is looked at on the desk; without one, back to the list with a word."""
        item = self.get_object(request, object_id)
        if item is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return HttpResponseRedirect(desk_url(item.pk))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What waits is on the queue page; the list is for looking up items of any state."""
        if not request.GET and request.method == "GET":
            return HttpResponseRedirect(reverse("admin:review_queue"))
        return super().changelist_view(request, extra_context)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "state__in" or super().lookup_allowed(lookup, value, request)

    @display(description=_("item"))
    def item(self, row: ReviewItem) -> SafeString:
        return format_html('<a href="{}">{}</a>', desk_url(row.pk), str(row.pk)[:8])

    @display(description=_("due"), ordering="due_at")
    def due(self, row: ReviewItem) -> str:
        return date_format(localtime(row.due_at), "Y-m-d H:i")

    @display(description=_("moderator"))
    def holder(self, row: ReviewItem) -> str:
        """Who works on it, or who answered it."""
        return str(row.claimed_by or row.answered_by or "–")

    @display(description=_("state"), label=REVIEW_COLOURS)
    def status(self, row: ReviewItem) -> tuple[str, str]:
        return row.state, row.get_state_display()
